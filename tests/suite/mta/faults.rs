//! What goes wrong behind us and beside us, while a real Postfix feeds us: each message arrives as it was
//! sent, or is with Postfix still.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::content_filter::{has_results_of_ours, taken, with_crlf};
use super::numbered::{counts, number_of, numbered};
use super::postfix::{program, run_reading, wait_for};
use super::site::{FILTER, Plan, Site};
use crate::command_runner::Scratch;
use crate::dns_server_scripted::{Server, with_flags, with_key};
use crate::serve::hop::{Hop, Manners};
use crate::serve::running::free_port;

/// The content filter, behind which there is not Postfix again but a hop that misbehaves.
struct Faulty {
    site: Site,
    hop: Hop,
}

impl Faulty {
    fn start(manners: Manners, change: impl Fn(String) -> String) -> Self {
        let plan = Plan::new();
        let hop = Hop::start(manners);
        let main = plan.snippet(FILTER, "content_filter = ");
        let services = change(plan.snippet(FILTER, "amavisfeed unix"));
        let config = plan.snippet(FILTER, "[bank.INCOMING]");
        let scheme = if hop.is_lmtp() { "lmtp" } else { "smtp" };
        let config = config.replace(
            &format!("smtp:[127.0.0.1]:{}", plan.verified),
            &format!("{scheme}:[127.0.0.1]:{}", hop.port),
        );
        let site = plan.start(&main, &services, &config);
        Self { site, hop }
    }

    fn send(&self, number: usize, to: &[&str]) {
        let mut client = self.site.foreign_client();
        client.envelope("eve@example.org", to);
        assert_eq!(client.data(&numbered(number, "eve@example.org")).0, 250);
    }

    /// How often each message arrived for each recipient.
    fn arrived(&self) -> BTreeMap<(usize, String), usize> {
        let mut arrived = BTreeMap::new();
        for one in self.hop.taken() {
            let number = number_of(&one.octets);
            for path in one.accepted {
                *arrived.entry((number, path)).or_default() += 1;
            }
        }
        arrived
    }
}

/// Postfix gives up soon where nothing can be lost by it. After the final dot it has more patience, or a slow
/// machine would make two messages of one.
fn impatient(services: String) -> String {
    let times = ["helo", "mail", "rcpt", "data_init", "data_xfer", "xforward"];
    let times: String = times.iter().map(|one| format!("  -o smtp_{one}_timeout=3s\n")).collect();
    let first = "  -o smtp_data_done_timeout=1200\n";
    assert!(services.contains(first));
    services.replace(first, &format!("{times}  -o smtp_data_done_timeout=20s\n"))
}

/// Waits until Postfix has tried to deliver to that recipient, and will again.
fn is_put_off(site: &Site, to: &str) {
    site.plan.postfix.logged(&[&format!("to=<{to}>"), "relay=127.0.0.1[", "status=deferred"]);
}

/// What a hop does instead of what it should.
const FAULTS: [(&str, &str); 3] = [("drop", ""), ("hang", "hang"), ("refuse", "451 4.3.0 not now")];

#[test]
fn a_hop_that_is_not_there_gets_the_mail_once_it_is() {
    let plan = Plan::new();
    let main = plan.snippet(FILTER, "content_filter = ");
    let services = plan.snippet(FILTER, "amavisfeed unix");
    let nobody = free_port();
    let config = plan.snippet(FILTER, "[bank.INCOMING]");
    let config = config.replace(&plan.verified.to_string(), &nobody.to_string());
    let site = plan.start(&main, &services, &config);
    taken(&site.arrive("eve@example.org", "ann@example.com", &numbered(1, "eve@example.org")));
    is_put_off(&site, "ann@example.com");
    site.plan.postfix.logged(&["status=deferred", "451 4.4.1 MTA(smtp:[127.0.0.1]:"]);
    let hop = Hop::start_at(Manners::default(), nobody).unwrap();
    site.plan.postfix.drained();
    assert_eq!(hop.count(), 1);
}

#[test]
fn a_hop_that_greets_nobody_gets_the_mail_once_it_does() {
    let faulty = Faulty::start(Manners::default(), impatient);
    let postfix = &faulty.site.plan.postfix;
    let mut number = 0;
    for stage in ["greeting", "EHLO"] {
        for (name, reply) in FAULTS {
            faulty.hop.change(Manners::with(stage, reply));
            faulty.hop.hang_up();
            let to = format!("{stage}-{name}@example.com").to_lowercase();
            faulty.send(number, &[&to]);
            is_put_off(&faulty.site, &to);
            faulty.hop.change(Manners::default());
            faulty.hop.hang_up();
            number += 1;
            wait_for(&to, || faulty.hop.count() == number);
        }
    }
    postfix.drained();
    assert_eq!(counts(&faulty.hop.taken()), (0..number).map(|number| (number, 1)).collect());
    assert!(!postfix.log().contains("status=bounced"));
}

#[test]
fn a_hop_that_misbehaves_at_any_stage_gets_the_mail_once_it_is_good_again() {
    // all at once, each message with a fault of its own
    let mut replies: Vec<(&'static str, &'static str)> = Vec::new();
    let mut recipients = Vec::new();
    for stage in ["MAIL FROM:<", "RCPT TO:<", "DATA ", "body ", ". "] {
        for (name, reply) in FAULTS {
            // amid a message there is no reply
            if (stage, name) != ("body ", "refuse") {
                let number = recipients.len();
                let to = format!("{number}-{name}@example.com");
                replies.push((format!("{stage}{to}").leak(), reply));
                recipients.push(to);
            }
        }
    }
    let faulty = Faulty::start(Manners { replies, ..Manners::default() }, impatient);
    for (number, to) in recipients.iter().enumerate() {
        let mut client = faulty.site.foreign_client();
        client.envelope(to, &[to]);
        assert_eq!(client.data(&numbered(number, "eve@example.org")).0, 250);
    }
    for to in &recipients {
        is_put_off(&faulty.site, to);
    }
    assert!(faulty.hop.taken().is_empty(), "{:?}", faulty.hop.taken());
    faulty.hop.change(Manners::default());
    wait_for("all messages", || faulty.hop.count() == recipients.len());
    faulty.site.plan.postfix.drained();
    let once =
        recipients.iter().enumerate().map(|(number, to)| ((number, to.clone()), 1)).collect();
    assert_eq!(faulty.arrived(), once);
    assert!(!faulty.site.plan.postfix.log().contains("status=bounced"));
}

#[test]
fn a_hop_that_takes_a_message_and_is_gone_may_get_it_twice_but_the_log_says_so() {
    let faulty = Faulty::start(Manners::with(".", "lose"), impatient);
    faulty.send(1, &["ann@example.com"]);
    is_put_off(&faulty.site, "ann@example.com");
    let line = faulty.site.waxseal.logged("action=\"possible duplicate\"");
    assert!(line.contains("may arrive twice"), "{line}");
    faulty.hop.change(Manners::default());
    faulty.site.plan.postfix.drained();
    let log = faulty.site.waxseal.log();
    let lost = log.lines().filter(|line| line.contains("possible duplicate")).count();
    assert_eq!(counts(&faulty.hop.taken()), BTreeMap::from([(1, lost + 1)]));
}

#[test]
fn of_several_recipients_each_has_its_own_fate() {
    let refusals = Manners {
        replies: vec![("RCPT TO:<no", "550 5.1.1 nobody"), ("RCPT TO:<later", "452 4.2.2 full")],
        ..Manners::default()
    };
    let faulty = Faulty::start(refusals, impatient);
    each_has_its_own_fate(&faulty);
}

#[test]
fn of_several_recipients_each_has_its_own_fate_by_lmtp_after_the_message() {
    let refusals = Manners {
        replies: vec![
            (". no", "550 5.1.1 nobody"),
            (".. no", "550 5.1.1 nobody"),
            (". later", "452 4.2.2 full"),
            (".. later", "452 4.2.2 full"),
        ],
        lmtp: true,
        ..Manners::default()
    };
    // Postfix must speak LMTP to hear of each
    let by_lmtp = |services: String| {
        let feed = "amavisfeed unix    -       -       n       -       20      ";
        assert!(services.contains(&format!("{feed}smtp\n")));
        let services = services.replace(&format!("{feed}smtp\n"), &format!("{feed}lmtp\n"));
        services.replace("-o smtp_", "-o lmtp_")
    };
    let faulty = Faulty::start(refusals, by_lmtp);
    each_has_its_own_fate(&faulty);
}

fn each_has_its_own_fate(faulty: &Faulty) {
    let good = ["ann@example.com", "bea@example.com"];
    let later = ["later1@example.com", "later2@example.com"];
    let to = [good[0], later[0], "no1@example.com", good[1], "no2@example.com", later[1]];
    faulty.send(1, &to);
    for one in later {
        is_put_off(&faulty.site, one);
    }
    // those who do not exist are told of at once, and in one bounce
    let bounce = faulty.site.went_out(1).remove(0).text();
    for one in ["no1@example.com", "no2@example.com"] {
        assert!(bounce.contains(&format!("Final-Recipient: rfc822; {one}")), "{bounce}");
    }
    assert!(bounce.contains("550 5.1.1 nobody"), "{bounce}");
    let once = |of: &[&str]| of.iter().map(|one| ((1, (*one).to_owned()), 1)).collect();
    assert_eq!(faulty.arrived(), once(&good));
    let lmtp = faulty.hop.is_lmtp();
    faulty.hop.change(Manners { lmtp, ..Manners::default() });
    faulty.site.plan.postfix.drained();
    assert_eq!(faulty.arrived(), once(&[good, later].concat()));
    assert_eq!(faulty.site.plan.world.taken().len(), 1, "one bounce");
}

/// A message of eve's, signed with a key of that selector.
fn signed_with(selector: &str) -> Vec<u8> {
    let scratch = Scratch::new();
    let key = scratch.write("rsa.pem", crate::signer::RSA_KEY);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key, mode).unwrap();
    let arguments = ["sign", "--domain", "example.org", "--selector", selector, "--key", &key];
    let message = numbered(7, "eve@example.org");
    let ran = crate::command_runner::waxseal_reading(&message, &arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout.into_bytes()
}

/// The content filter with a name server that does what a number says.
struct WithNames {
    site: Site,
    does: Arc<AtomicUsize>,
    _server: Server,
}

/// What the name server does.
const SAYS_NOTHING: usize = 0;
const FAILS: usize = 1;
const TALKS_NONSENSE: usize = 2;
const ANSWERS_ANOTHER: usize = 3;
const IS_SLOW: usize = 4;
const IS_GOOD: usize = 5;

impl WithNames {
    fn start(more_config: &str) -> Self {
        let does = Arc::new(AtomicUsize::new(SAYS_NOTHING));
        let now = Arc::clone(&does);
        let server = Server::start(move |query| match now.load(Ordering::SeqCst) {
            SAYS_NOTHING => None,
            FAILS => Some(with_flags(query, 0, 2)),
            TALKS_NONSENSE => Some(b"what?".to_vec()),
            ANSWERS_ANOTHER => {
                let mut reply = with_key(with_flags(query, 0, 0));
                reply[0] ^= 0xff;
                Some(reply)
            }
            does => {
                if does == IS_SLOW {
                    std::thread::sleep(std::time::Duration::from_millis(500));
                }
                Some(with_key(with_flags(query, 0, 0)))
            }
        });
        let mut plan = Plan::new();
        plan.more_arguments =
            ["--resolver", &server.address, "--timeout", "2"].map(str::to_owned).to_vec();
        let site = plan.content_filter_with(more_config, "", |services| services);
        Self { site, does, _server: server }
    }
}

#[test]
fn dns_trouble_is_told_and_holds_nothing_up() {
    let names = WithNames::start("");
    let postfix = &names.site.plan.postfix;
    // each with a key of its own, for answers are remembered
    for (count, (does, selector, said)) in [
        (SAYS_NOTHING, "silent", "dkim=temperror"),
        (FAILS, "failing", "dkim=temperror"),
        (TALKS_NONSENSE, "nonsense", "dkim=temperror"),
        (ANSWERS_ANOTHER, "another", "dkim=temperror"),
        (IS_SLOW, "slow", "dkim=pass"),
        (IS_GOOD, "good", "dkim=pass"),
    ]
    .into_iter()
    .enumerate()
    {
        names.does.store(does, Ordering::SeqCst);
        taken(&names.site.arrive("eve@example.org", "ann@example.com", &signed_with(selector)));
        let arrived = postfix.mailbox("ann", count + 1).pop().unwrap();
        has_results_of_ours(&arrived, said);
    }
    assert!(!postfix.log().contains("status=deferred"));
}

#[test]
fn where_policy_says_so_mail_waits_for_the_dns() {
    let names = WithNames::start("[bank.INCOMING.policy]\ntemperror = \"tempfail\"\n");
    let postfix = &names.site.plan.postfix;
    taken(&names.site.arrive("eve@example.org", "ann@example.com", &signed_with("later")));
    postfix.logged(&["status=deferred", "451 4.7.5 DKIM result temperror"]);
    names.does.store(IS_GOOD, Ordering::SeqCst);
    let arrived = postfix.mailbox("ann", 1);
    has_results_of_ours(&arrived[0], "dkim=pass");
    postfix.drained();
    assert_eq!(postfix.mailbox("ann", 1).len(), 1);
}

#[test]
fn while_the_disk_is_full_large_messages_wait_and_small_ones_pass() {
    let mut plan = Plan::new();
    // what it writes to a file ends after that many octets; it has no other files
    plan.limit = Some("--fsize=100000:");
    let config = "[limits]\nmemory_octets = 10000\n";
    let site = plan.content_filter_with(config, "", |services| services);
    let postfix = &site.plan.postfix;
    let large = [numbered(1, "eve@example.org"), b"0123456789abcdef\r\n".repeat(50_000)].concat();
    let mut client = site.foreign_client();
    client.envelope("eve@example.org", &["ann@example.com"]);
    assert_eq!(client.data(&large).0, 250);
    postfix.logged(&["status=deferred", "452 4.3.1 No room for the message"]);
    site.waxseal.logged("a message cannot be spooled");
    client.envelope("eve@example.org", &["joe@example.com"]);
    assert_eq!(client.data(&numbered(2, "eve@example.org")).0, 250);
    let small = with_crlf(&postfix.mailbox("joe", 1)[0]);
    assert_eq!(number_of(&small), 2);
    // somebody makes room
    let mut room = program("prlimit");
    room.args(["--pid", &site.waxseal.child.id().to_string(), "--fsize=unlimited:"]);
    run_reading(room, b"");
    let arrived = with_crlf(&postfix.mailbox("ann", 1)[0]);
    let body = &large[large.windows(4).position(|four| four == b"\r\n\r\n").unwrap()..];
    assert!(arrived.ends_with(body), "{} of {} octets", arrived.len(), large.len());
    has_results_of_ours(&postfix.mailbox("ann", 1)[0], "dkim=none");
    postfix.drained();
    assert_eq!(postfix.mailbox("ann", 1).len(), 1);
}
