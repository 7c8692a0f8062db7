//! The set-up as a milter.

use super::content_filter::{
    MESSAGE, has_results_of_ours, queue_id, signed_elsewhere, taken, with_crlf, with_forged_results,
};
use super::judges::{all_pass, fields, places_of};
use super::postfix::{program, run_reading};
use super::site::{FOREIGN, HOST, MILTER, Plan, Site};

/// The milter as the document has it, with more in the configuration.
pub(super) fn site(plan: Plan, more_config: &str) -> Site {
    let main = plan.snippet(MILTER, "smtpd_milters = inet:");
    let services = plan.snippet(MILTER, "submission inet");
    let config = plan.snippet(MILTER, "address = \"127.0.0.1:");
    // tables stand after what belongs to the whole file
    let (name, tables) = config.split_once('\n').unwrap();
    plan.start(&main, &services, &format!("{name}\n{more_config}\n{tables}"))
}

/// As the document says for mail of the machine itself. All test clients come from the machine; those of
/// elsewhere say so by XCLIENT.
const OWN: &str = "networks = [\"127.0.0.1\"]";

#[test]
fn the_submission_service_signs() {
    let site = site(Plan::new(), "");
    taken(&site.submit("ann@example.org", MESSAGE));
    let out = site.went_out(1).remove(0);
    all_pass(&out.octets, 1);
    let (all, _) = fields(&out.octets);
    assert_eq!(places_of(&all, "DKIM-Signature"), [0], "it is on top: {all:?}");
    assert!(places_of(&all, "Authentication-Results").is_empty(), "{all:?}");
    let id = queue_id(&site.plan.postfix.logged(&["/smtp[", "to=<ann@example.org>"]));
    let ours = site.waxseal.logged(&format!("queueId={id} "));
    assert!(
        ours.contains("signed=example.com/2026") && ours.contains("originating=true"),
        "{ours}"
    );
}

#[test]
fn what_comes_in_is_verified() {
    let site = site(Plan::new(), OWN);
    let message = signed_elsewhere();
    taken(&site.arrive("eve@example.org", "ann@example.com", &with_forged_results(&message)));
    let arrived = site.plan.postfix.mailbox("ann", 1).remove(0);
    let (all, _) = fields(&arrived);
    assert_eq!(places_of(&all, "Authentication-Results").len(), 2, "of other.example too: {all:?}");
    all_pass(&with_crlf(&arrived), 1);
    has_results_of_ours(&arrived, "dkim=pass");
    let id = queue_id(&site.plan.postfix.logged(&["/smtpd[", "client=spike.example.org"]));
    let ours = site.waxseal.logged(&format!("queueId={id} "));
    assert!(ours.contains(&format!("client={FOREIGN} ")), "{ours}");
    assert!(ours.contains("result=pass") && ours.contains("originating=false"), "{ours}");
    // several messages in one session
    let mut client = site.foreign_client();
    for number in 0..3 {
        client.envelope("eve@example.org", &["ann@example.com"]);
        let message =
            if number == 1 { &b"From: eve@example.org\r\n\r\nx\r\n"[..] } else { &message };
        assert_eq!(client.data(message).0, 250);
        let arrived = site.plan.postfix.mailbox("ann", number + 2).pop().unwrap();
        has_results_of_ours(&arrived, if number == 1 { "dkim=none" } else { "dkim=pass" });
    }
}

#[test]
fn mail_of_the_machine_itself_is_signed() {
    let site = site(Plan::new(), OWN);
    site.plan.postfix.sendmail("joe@example.com", "ann@example.org", MESSAGE);
    let out = site.went_out(1).remove(0);
    all_pass(&out.octets, 1);
    let id = queue_id(&site.plan.postfix.logged(&["/smtp[", "to=<ann@example.org>"]));
    site.waxseal.logged(&format!("queueId={id} "));
}

#[test]
fn addresses_and_fields_beyond_ascii_pass() {
    let site = site(Plan::new(), "");
    let message = "From: Jörg <joe@example.com>\r\nTo: änn@example.org\r\nSubject: Grüße\r\n\
        X-Folded: a\r\n\tb\r\n  c\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n.\r\n";
    let mut client = site.submitting_client();
    client.say("MAIL FROM:<joe@example.com> BODY=8BITMIME SMTPUTF8", 250);
    client.say("RCPT TO:<änn@example.org>", 250);
    assert_eq!(client.data(message.as_bytes()).0, 250);
    let out = site.went_out(1).remove(0);
    assert!(out.commands.iter().any(|line| line.starts_with("RCPT TO:<änn@example.org>")));
    let (_, body) = message.split_once("\r\n\r\n").unwrap();
    assert!(out.text().ends_with(body) && out.text().contains("X-Folded: a\r\n\tb\r\n  c\r\n"));
    all_pass(&out.octets, 1);
}

#[test]
fn what_policy_refuses_is_refused_at_the_door() {
    let site = site(Plan::new(), "[policy]\nfail = \"reject\"\n");
    let changed = String::from_utf8(signed_elsewhere()).unwrap().replace("there.", "thief.");
    let ran = site.arrive("eve@example.org", "ann@example.com", changed.as_bytes());
    assert!(ran.stdout.contains("<** 550 5.7.20 "), "{ran:?}");
    site.plan.postfix.logged(&["milter-reject", "5.7.20"]);
    // nothing is bounced, nothing is kept
    site.plan.postfix.drained();
    assert!(site.plan.world.taken().is_empty());
}

#[test]
fn while_the_milter_is_away_clients_keep_their_mail() {
    let mut site = site(Plan::new(), OWN);
    site.waxseal.signal("TERM");
    assert_eq!(site.waxseal.child.wait().unwrap().code(), Some(0));
    let ran = site.arrive("eve@example.org", "ann@example.com", &signed_elsewhere());
    assert!(ran.stdout.contains("<** 451 4.7.1 "), "{ran:?}");
    // the machine's own mail waits in the queue
    site.plan.postfix.sendmail("joe@example.com", "ann@example.org", MESSAGE);
    site.restart_waxseal();
    all_pass(&site.went_out(1)[0].octets, 1);
    taken(&site.arrive("eve@example.org", "ann@example.com", &signed_elsewhere()));
    has_results_of_ours(&site.plan.postfix.mailbox("ann", 1)[0], "dkim=pass");
}

#[test]
fn a_socket_in_the_queue_directory_does_as_well() {
    let mut plan = Plan::new();
    // the document has a user of our own
    plan.places.set("-o waxseal", "-o nobody");
    let mut install = program("sh");
    install.args(["-c", &plan.snippet(MILTER, "install -d")]);
    run_reading(install, b"");
    let main = plan.snippet(MILTER, "smtpd_milters = unix:");
    let listener = plan.snippet(MILTER, "milter.sock\"\nprotocol");
    // started as root it becomes somebody who may do little
    let config = format!("my_host = \"{HOST}\"\n{listener}[server]\nuser = \"nobody\"\n");
    let site = plan.start(&main, "", &config);
    taken(&site.arrive("eve@example.org", "ann@example.com", &signed_elsewhere()));
    has_results_of_ours(&site.plan.postfix.mailbox("ann", 1)[0], "dkim=pass");
}
