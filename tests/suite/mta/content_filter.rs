//! The set-up as a content filter.

use super::judges::{all_pass, fields, places_of};
use super::postfix::Postfix;
use std::os::unix::fs::PermissionsExt as _;

use super::site::{FILTER, FOREIGN, HOST, Plan, Site, zone};
use crate::command_runner::{Ran, Scratch};
use crate::serve::running::Running;

pub(super) const MESSAGE: &[u8] = b"From: Joe <joe@example.com>\r\nTo: ann@example.org\r\n\
    Subject: hello\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@example.com>\r\n\r\n\
    Hi  there.\r\n.dot\r\n";

/// The same in eight bits.
const EIGHT_BIT: &str = "From: Joe <joe@example.com>\r\nTo: ann@example.org\r\nSubject: eight\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <8@example.com>\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    Grüße aus Österreich\r\n";

pub(super) fn taken(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// A message as somebody at example.org signs it, with results that nobody but we may write.
pub(super) fn signed_elsewhere() -> Vec<u8> {
    let scratch = crate::command_runner::Scratch::new();
    let key = scratch.write("rsa.pem", crate::signer::RSA_KEY);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key, mode).unwrap();
    let message = "From: Eve <eve@example.org>\r\nTo: ann@example.com\r\nSubject: hello\r\n\
        Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@example.org>\r\n\r\nHi  there.\r\n";
    let arguments = ["sign", "--domain", "example.org", "--selector", "k", "--key", &key];
    let ran = crate::command_runner::waxseal_reading(message.as_bytes(), &arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout.into_bytes()
}

/// The same with forged results on top.
pub(super) fn with_forged_results(message: &[u8]) -> Vec<u8> {
    let forged = format!(
        "Authentication-Results: {HOST}; dkim=pass header.d=bank.example\r\n\
         Authentication-Results: other.example; spf=pass\r\n\
         authentication-results:\r\n (a comment) {HOST} 1; spf=pass\r\n"
    );
    [forged.as_bytes(), message].concat()
}

/// Asserts that the message has one field with our results, above all that came with it, and that they say
/// this.
pub(super) fn has_results_of_ours(message: &[u8], said: &str) {
    let (fields, _) = fields(message);
    let results = places_of(&fields, "Authentication-Results");
    let ours: Vec<usize> =
        results.iter().copied().filter(|place| fields[*place].contains(HOST)).collect();
    assert_eq!(ours.len(), 1, "{fields:#?}");
    assert!(fields[ours[0]].contains(said), "{}", fields[ours[0]]);
    let received = places_of(&fields, "Received");
    // above it there is nothing but what our own Postfix has written afterwards
    let own = ["Return-Path", "X-Original-To", "Delivered-To", "Received"];
    for field in &fields[..ours[0]] {
        assert!(own.iter().any(|name| field.starts_with(name)), "{field}");
    }
    assert!(received.iter().any(|place| *place > ours[0]), "{fields:#?}");
}

/// The queue id in a line of Postfix's log.
pub(super) fn queue_id(line: &str) -> String {
    let (_, rest) = line.split_once("]: ").expect("a program and its number");
    rest.split_once(':').expect("a queue id").0.to_owned()
}

#[test]
fn mail_of_our_users_is_signed_on_its_way_out() {
    let site = Plan::new().content_filter();
    let refused = site.swaks(site.plan.submission, "joe@example.com", "a@b.example", MESSAGE, &[]);
    assert!(refused.stdout.contains("<** 554 5.7.1"), "who has no password: {refused:?}");

    taken(&site.submit("ann@example.org", MESSAGE));
    let out = site.went_out(1).remove(0);
    all_pass(&out.octets, 1);
    let (all, _) = fields(&out.octets);
    let signature = &all[places_of(&all, "DKIM-Signature")[0]];
    assert!(signature.contains("d=example.com") && signature.contains("s=2026"), "{signature}");
    assert!(places_of(&all, "Authentication-Results").is_empty(), "{all:?}");
    // swaks adds a line end
    assert!(out.octets.ends_with(b"\r\n\r\nHi  there.\r\n.dot\r\n\r\n"), "{}", out.text());

    // the two logs speak of the same message: ours, and Postfix's before and behind us
    let postfix = &site.plan.postfix;
    let reply = format!(
        "status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:{}): 250 2.0.0 Ok: queued as ",
        site.plan.signed
    );
    let line = postfix.logged(&["/smtp[", "to=<ann@example.org>", &reply]);
    let id = queue_id(&line);
    let ours = site.waxseal.logged(&format!("queueId={id} "));
    assert!(ours.contains("action=delivered") && ours.contains("originating=true"), "{ours}");
    assert!(ours.contains("signed=example.com/2026"), "{ours}");
    let behind = postfix.logged(&["/smtpd[", &format!("orig_queue_id={id}, orig_client=")]);
    assert!(line.contains(&format!("queued as {})", queue_id(&behind))), "{line}\n{behind}");
}

#[test]
fn mail_from_elsewhere_is_verified_on_its_way_in() {
    let site = Plan::new().content_filter();
    let message = signed_elsewhere();
    taken(&site.arrive("eve@example.org", "ann@example.com", &with_forged_results(&message)));
    let arrived = site.plan.postfix.mailbox("ann", 1).remove(0);
    has_results_of_ours(&arrived, "dkim=pass");
    let (all, _) = fields(&arrived);
    assert_eq!(places_of(&all, "Authentication-Results").len(), 2, "of other.example too: {all:?}");
    all_pass(&with_crlf(&arrived), 1);

    // who the client was is known behind us
    let postfix = &site.plan.postfix;
    let client = format!("spike.example.org[{FOREIGN}]");
    let id = queue_id(&postfix.logged(&["/smtpd[", &format!("client={client}")]));
    postfix.logged(&[&format!("orig_queue_id={id}, orig_client={client}")]);
    let ours = site.waxseal.logged(&format!("queueId={id} "));
    assert!(ours.contains(&format!("client={FOREIGN} ")), "{ours}");
    assert!(ours.contains("result=pass") && ours.contains("originating=false"), "{ours}");

    // and what was changed on the way fails, and is delivered all the same
    let changed = String::from_utf8(message).unwrap().replace("Hi  there.", "Hi  thief.");
    taken(&site.arrive("eve@example.org", "ann@example.com", changed.as_bytes()));
    has_results_of_ours(&postfix.mailbox("ann", 2)[1], "dkim=fail");
}

/// Postfix keeps mailboxes with LF.
pub(super) fn with_crlf(message: &[u8]) -> Vec<u8> {
    String::from_utf8(message.to_vec()).unwrap().replace('\n', "\r\n").into_bytes()
}

#[test]
fn what_has_eight_bits_is_converted_before_it_is_signed() {
    let site = Plan::new().content_filter();
    let mut client = site.submitting_client();
    client.say("MAIL FROM:<joe@example.com> BODY=8BITMIME", 250);
    client.say("RCPT TO:<ann@example.org>", 250);
    assert_eq!(client.data(EIGHT_BIT.as_bytes()).0, 250);
    // and where nobody says that it has
    taken(&site.submit("ann@example.org", EIGHT_BIT.as_bytes()));
    for out in site.went_out(2) {
        assert!(out.octets.is_ascii(), "{}", out.text());
        assert!(out.text().contains("Gr=C3=BC=C3=9Fe aus =C3=96sterreich"), "{}", out.text());
        all_pass(&out.octets, 1);
    }
    // what comes in is not converted
    let mut client = site.foreign_client();
    client.say("MAIL FROM:<eve@example.org> BODY=8BITMIME", 250);
    client.say("RCPT TO:<ann@example.com>", 250);
    assert_eq!(client.data(EIGHT_BIT.as_bytes()).0, 250);
    let arrived = site.plan.postfix.mailbox("ann", 1).remove(0);
    assert!(String::from_utf8(arrived).unwrap().contains("Grüße aus Österreich"));
}

#[test]
fn addresses_beyond_ascii_come_in_and_are_told_where_they_cannot_go_out() {
    let site = Plan::new().content_filter();
    let mut client = site.foreign_client();
    client.say("MAIL FROM:<jürg@example.org> SMTPUTF8", 250);
    client.say("RCPT TO:<ann@example.com>", 250);
    assert_eq!(client.data("From: jürg@example.org\r\n\r\nSo.\r\n".as_bytes()).0, 250);
    let arrived = site.plan.postfix.mailbox("ann", 1).remove(0);
    has_results_of_ours(&arrived, "dkim=none");
    assert!(String::from_utf8_lossy(&arrived).contains("\nFrom: jürg@example.org\n"));
    // seven bits were asked for by the bank that signs: Postfix says so to the sender
    let mut client = site.submitting_client();
    client.say("MAIL FROM:<joe@example.com> SMTPUTF8", 250);
    client.say("RCPT TO:<änn@example.org>", 250);
    assert_eq!(client.data(MESSAGE).0, 250);
    site.plan.postfix.logged(&["status=bounced", "SMTPUTF8 is required, but was not offered"]);
    let bounce = site.plan.postfix.mailbox("joe", 1).remove(0);
    assert!(String::from_utf8_lossy(&bounce).contains("SMTPUTF8 is required"));
}

#[test]
fn what_a_sender_asks_of_delivery_goes_on() {
    let site = Plan::new().content_filter();
    let mut client = site.submitting_client();
    client.say("MAIL FROM:<joe@example.com> RET=HDRS ENVID=x+2By", 250);
    client.say(
        "RCPT TO:<ann@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;ann+2Bx@example.org",
        250,
    );
    assert_eq!(client.data(MESSAGE).0, 250);
    let commands = site.went_out(1).remove(0).commands;
    let has = |verb: &str, words: &[&str]| {
        let line = commands.iter().find(|line| line.starts_with(verb)).unwrap();
        assert!(words.iter().all(|word| line.split(' ').any(|one| one == *word)), "{line}");
    };
    has("MAIL", &["FROM:<joe@example.com>", "RET=HDRS", "ENVID=x+2By"]);
    has("RCPT", &["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;ann+2Bx@example.org"]);
}

#[test]
fn what_policy_refuses_is_bounced() {
    let plan = Plan::new();
    let site =
        plan.content_filter_with("[bank.INCOMING.policy]\nfail = \"reject\"\n", "", |all| all);
    let changed = String::from_utf8(signed_elsewhere()).unwrap().replace("there.", "thief.");
    taken(&site.arrive("eve@example.org", "ann@example.com", changed.as_bytes()));
    let bounce = site.went_out(1).remove(0);
    assert!(bounce.commands.iter().any(|line| line.starts_with("MAIL FROM:<>")), "{bounce:?}");
    assert!(bounce.commands.iter().any(|line| line.starts_with("RCPT TO:<eve@example.org>")));
    let text = bounce.text();
    assert!(text.contains("5.7.20") && text.contains("bodyHashMismatch"), "{text}");
    assert!(text.contains("Status: 5.7.20"), "{text}");
    let line = site.plan.postfix.logged(&["status=bounced", "to=<ann@example.com>"]);
    let ours = site.waxseal.logged(&format!("queueId={} ", queue_id(&line)));
    assert!(ours.contains("action=refused"), "{ours}");
    site.plan.postfix.drained();
}

/// The set-up without a port for our users: by maps.
pub(super) fn by_maps(plan: Plan) -> Site {
    let maps = plan.snippet(FILTER, "check_sender_access");
    for name in ["tag_as_originating.re", "tag_as_foreign.re"] {
        let port = if name.contains("foreign") { "10024" } else { "10026" };
        let line = plan.snippet(FILTER, &format!("/^/  FILTER amavisfeed:[127.0.0.1]:{port}"));
        plan.postfix.configure(name, &line);
    }
    let services = plan.snippet(FILTER, "amavisfeed unix");
    let config = plan.snippet(FILTER, "[bank.INCOMING]");
    // as the document says, for what passes no smtpd
    let main = plan
        .snippet(FILTER, "content_filter = ")
        .replace(&plan.verify.to_string(), &plan.sign.to_string());
    plan.start(&format!("{main}{maps}"), &services, &config)
}

#[test]
fn maps_tell_our_clients_from_others() {
    let site = by_maps(Plan::new());
    // a machine of ours, by the port where everybody's mail comes in
    taken(&site.swaks(site.plan.mx, "joe@example.com", "ann@example.org", MESSAGE, &[]));
    let out = site.went_out(1).remove(0);
    all_pass(&out.octets, 1);
    // everybody else, who may say that he is joe
    taken(&site.arrive("joe@example.com", "ann@example.com", MESSAGE));
    let arrived = site.plan.postfix.mailbox("ann", 1).remove(0);
    has_results_of_ours(&arrived, "dkim=none");
    assert!(!String::from_utf8_lossy(&arrived).contains("DKIM-Signature"));
    // and bounces, which have no sender
    taken(&site.arrive("<>", "ann@example.com", MESSAGE));
    has_results_of_ours(&site.plan.postfix.mailbox("ann", 2)[1], "dkim=none");
    // the machine itself
    let postfix: &Postfix = &site.plan.postfix;
    postfix.sendmail("joe@example.com", "ann@example.org", MESSAGE);
    let out = site.went_out(2).remove(1);
    all_pass(&out.octets, 1);
    postfix.drained();
}

#[test]
fn an_amavisd_conf_as_it_is_does_the_same() {
    let mut plan = Plan::new();
    let scratch = Scratch::new();
    for name in ["example.com-2026", "guest", "sub.example.com-2026"] {
        let key = scratch.write(&format!("dkim/{name}.pem"), crate::signer::RSA_KEY);
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    plan.places.set("/var/db/dkim", scratch.path("dkim").display());
    let config = plan.places.fill(include_str!("../../../docs/samples/amavisd.conf"));
    let (main, services) =
        (plan.snippet(FILTER, "content_filter = "), plan.snippet(FILTER, "amavisfeed unix"));
    let zone = scratch.write("world.zone", zone());
    let waxseal = Running::start_named(scratch, "amavisd.conf", &config, &["--zone", &zone]);
    let site = plan.start_beside(waxseal, &main, &services, &config);
    taken(&site.submit("ann@example.org", EIGHT_BIT.as_bytes()));
    let out = site.went_out(1).remove(0);
    assert!(out.octets.is_ascii(), "{}", out.text());
    all_pass(&out.octets, 1);
    taken(&site.arrive("eve@example.org", "ann@example.com", &signed_elsewhere()));
    let arrived = site.plan.postfix.mailbox("ann", 1).remove(0);
    assert!(String::from_utf8_lossy(&arrived).contains("dkim=pass header.d=example.org"));
    // two of its keys are published nowhere, of which the administrator hears by mail
    let told = site.plan.postfix.mailbox("others", 1).remove(0);
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("X-Original-To: virusalert@example.com"), "{told}");
    assert!(told.contains("guest._domainkey.example.com"), "{told}");
}

#[test]
fn postfix_may_hand_over_by_lmtp_through_a_socket() {
    let plan = Plan::new();
    let socket = plan.postfix.path("queue/waxseal/filter.sock");
    let config = plan.snippet(FILTER, "[bank.INCOMING]");
    let address = format!("127.0.0.1:{}", plan.verify);
    let config = config.replace(&address, socket.to_str().unwrap());
    let config = format!("{config}[server]\nsocket_mode = \"0666\"\n");
    let services = plan.snippet(FILTER, "amavisfeed unix");
    std::fs::create_dir(plan.postfix.path("queue/waxseal")).unwrap();
    let main = "content_filter = lmtp:unix:waxseal/filter.sock\nlmtp_send_xforward_command = yes\n";
    let site = plan.start(main, &services, &config);
    taken(&site.arrive("eve@example.org", "ann@example.com", &signed_elsewhere()));
    has_results_of_ours(&site.plan.postfix.mailbox("ann", 1)[0], "dkim=pass");
    let line = site.plan.postfix.logged(&["/lmtp[", "status=sent"]);
    let ours = site.waxseal.logged(&format!("queueId={} ", queue_id(&line)));
    assert!(ours.contains(&format!("client={FOREIGN} ")), "{ours}");
}
