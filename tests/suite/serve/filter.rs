//! The content filter: what goes through, and what is said.

use super::hop::{Hop, Manners};
use super::running::{Client, KEYS, Running, free_port};

pub(super) const MESSAGE: &[u8] =
    b"From: Joe <joe@example.com>\r\nTo: ann@example.net\r\nSubject: hello\r\n\r\nHi  there.\r\n.dot\r\n";

/// Port 1 verifies, port 2 signs; both go on to the same next hop.
pub(super) fn configuration(verify: u16, sign: u16, hop: u16) -> String {
    format!(
        "forward_to = \"smtp:[127.0.0.1]:{hop}\"\nmy_host = \"filter.example\"\n{KEYS}\
         [[listener]]\naddress = \"127.0.0.1:{verify}\"\nbank = \"INCOMING\"\n\
         [[listener]]\naddress = \"127.0.0.1:{sign}\"\nbank = \"ORIGINATING\"\n\
         [bank.INCOMING]\noriginating = false\n\
         [bank.ORIGINATING]\noriginating = true\nverify = false\n\
         discard_ehlo_keywords = [\"8BITMIME\"]\n"
    )
}

/// A server between a client and a next hop.
pub(super) struct Between {
    pub(super) hop: Hop,
    pub(super) server: Running,
    pub(super) verify: u16,
    pub(super) sign: u16,
}

impl Between {
    pub(super) fn start(manners: Manners) -> Self {
        let hop = Hop::start(manners);
        let (verify, sign) = (free_port(), free_port());
        let server = Running::start(&configuration(verify, sign, hop.port));
        Self { hop, server, verify, sign }
    }
}

#[test]
fn a_message_is_signed_with_both_keys_and_its_signatures_verify_on_the_way_back() {
    let between = Between::start(Manners::default());
    let (code, text) = Client::hello(between.sign).message(MESSAGE);
    let hop = between.hop.port;
    assert_eq!(code, 250);
    assert_eq!(text, format!("2.0.0 from MTA(smtp:[127.0.0.1]:{hop}): 250 2.0.0 Ok: queued as 0"));
    let signed = between.hop.one();
    let added = signed.octets.strip_suffix(MESSAGE).expect("the message itself is untouched");
    let added = String::from_utf8(added.to_vec()).unwrap();
    assert_eq!(added.matches("DKIM-Signature:").count(), 2);
    assert!(added.contains("s=rsa") && added.contains("s=ed"), "{added}");

    let (code, _) = Client::hello(between.verify).message(&signed.octets);
    assert_eq!(code, 250);
    let verified = between.hop.taken().remove(1);
    let results = verified.octets.strip_suffix(&signed.octets[..]).expect("it is untouched");
    let results = String::from_utf8(results.to_vec()).unwrap();
    assert!(results.starts_with("Authentication-Results: filter.example;"), "{results}");
    assert_eq!(results.matches("dkim=pass").count(), 2, "{results}");
}

#[test]
fn the_sender_of_originating_mail_without_a_key_is_not_signed() {
    let between = Between::start(Manners::default());
    let message = b"From: ann@example.net\r\n\r\nx\r\n";
    let mut client = Client::hello(between.sign);
    client.envelope("ann@example.net", &["joe@example.com"]);
    assert_eq!(client.data(message).0, 250);
    assert_eq!(between.hop.one().octets, message);
    assert!(between.server.logged("notSigned").contains("no key fits"));
}

#[test]
fn a_message_that_was_changed_fails_and_goes_on() {
    let between = Between::start(Manners::default());
    Client::hello(between.sign).message(MESSAGE);
    let mut octets = between.hop.one().octets;
    let place = octets.len() - 4;
    octets[place] = b'?';
    Client::hello(between.verify).message(&octets);
    let text = between.hop.taken()[1].text();
    assert_eq!(text.matches("dkim=fail reason=bodyHashMismatch").count(), 2, "{text}");
    assert!(between.server.logged("result=fail").contains("action=delivered"));
}

#[test]
fn forged_results_are_taken_away_and_others_stay() {
    let between = Between::start(Manners::default());
    let message = b"Received: by x\r\n\
        Authentication-Results: filter.example; dkim=pass header.d=bank.example\r\n\
        authentication-results : (c) \"FILTER.example\" 1;\r\n\tdkim=pass\r\n\
        Authentication-Results: other.example; spf=pass\r\n\
        From: a@bank.example\r\n\r\nx\r\n";
    Client::hello(between.verify).message(message);
    assert_eq!(
        between.hop.one().text(),
        "Authentication-Results: filter.example; dkim=none\r\nReceived: by x\r\n\
         Authentication-Results: other.example; spf=pass\r\nFrom: a@bank.example\r\n\r\nx\r\n"
    );
}

#[test]
fn extensions_are_offered_and_their_parameters_go_on() {
    let between = Between::start(Manners::default());
    let mut client = Client::connect(between.verify);
    let offers = client.say("EHLO client.example", 250);
    let offers: Vec<&str> = offers.lines().collect();
    assert_eq!(
        offers,
        [
            "filter.example",
            "PIPELINING",
            "SIZE",
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
            "SMTPUTF8",
            "DSN",
            "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"
        ]
    );
    client.say("XFORWARD NAME=spike.example ADDR=192.0.2.1 PORT=4711 PROTO=ESMTP", 250);
    client.say("XFORWARD HELO=spike IDENT=4Zq1Xy SOURCE=REMOTE", 250);
    client.say(
        "MAIL FROM:<joe@example.com> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+2By",
        250,
    );
    client.say("RCPT TO:<änn@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=utf-8;änn@example.net", 250);
    client.data(MESSAGE);
    let commands = between.hop.one().commands;
    assert_eq!(
        commands[1..4],
        [
            "XFORWARD NAME=spike.example ADDR=192.0.2.1 PORT=4711 PROTO=ESMTP HELO=spike IDENT=4Zq1Xy SOURCE=REMOTE",
            "MAIL FROM:<joe@example.com> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+2By",
            "RCPT TO:<änn@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=utf-8;änn@example.net",
        ]
    );
    assert!(between.server.logged("queueId=4Zq1Xy").contains("client=192.0.2.1"));
    // it held for that message alone
    client.message(MESSAGE);
    let again = between.hop.taken().remove(1).commands;
    assert!(!again.iter().any(|command| command.starts_with("XFORWARD")), "{again:?}");
}

#[test]
fn where_signing_wants_seven_bits_eight_are_not_offered() {
    let between = Between::start(Manners::default());
    let offers = Client::connect(between.sign).say("EHLO client.example", 250);
    assert!(!offers.contains("8BITMIME") && !offers.contains("SMTPUTF8"), "{offers}");
    Client::hello(between.sign).say("MAIL FROM:<joe@example.com> BODY=8BITMIME", 555);
}

#[test]
fn what_the_next_hop_does_not_take_is_refused_before_there_is_a_message() {
    let between = Between::start(Manners { offers: vec!["DSN"], ..Manners::default() });
    let mut client = Client::hello(between.verify);
    let text = client.say("MAIL FROM:<joe@example.com> BODY=8BITMIME", 550);
    assert!(text.starts_with("5.6.3 "), "{text}");
    let text = client.say("MAIL FROM:<joe@example.com> SMTPUTF8", 550);
    assert!(text.starts_with("5.6.7 "), "{text}");
    client.say("MAIL FROM:<joe@example.com> SIZE=10 RET=FULL", 250);
    client.say("RCPT TO:<ann@example.net>", 250);
    client.data(MESSAGE);
    let commands = between.hop.one().commands;
    assert!(commands.contains(&"MAIL FROM:<joe@example.com> RET=FULL".to_owned()), "{commands:?}");
}

#[test]
fn pipelined_commands_are_answered_in_order() {
    let between = Between::start(Manners::default());
    let mut client = Client::connect(between.verify);
    let mut wire =
        b"EHLO a\r\nMAIL FROM:<joe@example.com>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n".to_vec();
    wire.extend(super::running::on_the_wire(MESSAGE));
    wire.extend_from_slice(b"MAIL FROM:<joe@example.com>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n");
    wire.extend(super::running::on_the_wire(MESSAGE));
    wire.extend_from_slice(b"QUIT\r\n");
    client.send(&wire);
    let codes: Vec<u16> = (0..10).map(|_| client.reply().0).collect();
    assert_eq!(codes, [250, 250, 250, 354, 250, 250, 250, 354, 250, 221]);
    assert_eq!(client.rest(), "");
    assert_eq!(between.hop.taken().len(), 2);
}

#[test]
fn a_connection_to_the_next_hop_is_used_again() {
    let between = Between::start(Manners::default());
    let mut client = Client::hello(between.verify);
    for _ in 0..20 {
        assert_eq!(client.message(MESSAGE).0, 250);
    }
    assert_eq!(between.hop.taken().len(), 20);
    assert_eq!(between.hop.connections(), 1);
}

#[test]
fn each_recipient_has_the_answer_of_the_next_hop() {
    let between = Between::start(Manners::with("RCPT TO:<no", "550 5.1.1 there is no such user"));
    let mut client = Client::hello(between.verify);
    client.say("MAIL FROM:<joe@example.com>", 250);
    client.say("RCPT TO:<ann@example.net>", 250);
    let text = client.say("RCPT TO:<nobody@example.net>", 550);
    let hop = between.hop.port;
    assert_eq!(
        text,
        format!("5.1.1 from MTA(smtp:[127.0.0.1]:{hop}): 550 5.1.1 there is no such user")
    );
    client.say("RCPT TO:<joe@example.net>", 250);
    assert_eq!(client.data(MESSAGE).0, 250);
    assert_eq!(between.hop.one().commands.iter().filter(|one| one.starts_with("RCPT")).count(), 3);
}

#[test]
fn in_lmtp_each_recipient_has_a_reply_of_its_own() {
    let manners =
        Manners { replies: vec![("..", "452 4.2.2 full")], lmtp: true, ..Manners::default() };
    let hop = Hop::start(manners);
    let port = free_port();
    let _server = Running::start(&format!(
        "forward_to = \"lmtp:[127.0.0.1]:{}\"\n[[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        hop.port
    ));
    let mut client = Client::connect(port);
    client.say("LHLO client.example", 250);
    client.envelope("joe@example.com", &["a@example.net", "b@example.net"]);
    assert_eq!(client.data(MESSAGE).0, 250);
    let (code, text) = client.reply();
    assert_eq!(code, 452);
    assert!(text[0].contains("4.2.2 full"), "{text:?}");
    // by SMTP there is one answer, and nobody is forgotten
    let mut client = Client::hello(port);
    client.envelope("joe@example.com", &["a@example.net", "b@example.net"]);
    assert_eq!(client.data(MESSAGE).0, 452);
}

#[test]
fn of_several_next_hops_the_first_that_answers_takes_it() {
    let hop = Hop::start(Manners::default());
    let busy = Hop::start(Manners::with("greeting", "421 4.3.2 busy"));
    let (port, nobody) = (free_port(), free_port());
    let _server = Running::start(&format!(
        "forward_to = [\"smtp:[127.0.0.1]:{nobody}\", \"smtp:[127.0.0.1]:{}\", \"smtp:[127.0.0.1]:{}\"]\n\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        busy.port, hop.port
    ));
    assert_eq!(Client::hello(port).message(MESSAGE).0, 250);
    assert_eq!(hop.taken().len(), 1);
}

#[test]
fn a_message_of_megabytes_goes_through_a_file() {
    let between = Between::start(Manners::default());
    let line = [vec![b'x'; 70], b"\r\n".to_vec()].concat();
    let message = [MESSAGE, &line.repeat(60_000)].concat();
    assert_eq!(Client::hello(between.sign).message(&message).0, 250);
    let taken = between.hop.one().octets;
    assert!(taken.ends_with(&message) && taken.len() > message.len());
}

#[test]
fn what_is_told_ahead_keeps_its_own_replies() {
    for pipelining in [true, false] {
        let mut manners = Manners::default();
        manners.offers.retain(|offer| pipelining || *offer != "PIPELINING");
        manners.replies =
            vec![("RCPT TO:<b@", "550 5.1.1 no b"), ("MAIL FROM:<bad@", "550 5.1.8 no sender")];
        let between = Between::start(manners);
        let mut client = Client::hello(between.verify);
        let mut say = |commands: &[&str], codes: &[u16]| {
            client.send(format!("{}\r\n", commands.join("\r\n")).as_bytes());
            let found: Vec<u16> = codes.iter().map(|_| client.reply().0).collect();
            assert_eq!(found, codes, "{commands:?}");
        };
        let three = ["RCPT TO:<a@c>", "RCPT TO:<b@c>", "RCPT TO:<c@c> NOTIFY=NEVER"];
        // refused as a whole: what was told ahead is nothing to the next message
        let bad =
            [&["XFORWARD NAME=a.example", "MAIL FROM:<bad@c>"], &three[..], &["DATA"]].concat();
        say(&bad, &[250, 550, 503, 503, 503, 503]);
        // given up after it was told
        let reset = [&["MAIL FROM:<a@c>"], &three[..], &["RSET"]].concat();
        say(&reset, &[250, 250, 550, 250, 250]);
        let good = [&["MAIL FROM:<a@c>"], &three[..], &["DATA"]].concat();
        say(&good, &[250, 250, 550, 250, 354]);
        say(&["From: a@c", "", "x", "."], &[250]);
        // with one of them refused at the end of what has come
        say(&["MAIL FROM:<a@c>", "RCPT TO:<b@c>"], &[250, 550]);
        say(&["RCPT TO:<a@c>", "DATA"], &[250, 354]);
        say(&["From: a@c", "", "y", "."], &[250]);
        let taken = between.hop.taken();
        let recipients = |taken: &super::hop::Taken| -> Vec<String> {
            let told = taken.commands.iter().filter(|command| command.starts_with("RCPT"));
            told.cloned().collect()
        };
        assert_eq!(taken.len(), 2);
        assert_eq!(recipients(&taken[0]), three);
        assert_eq!(recipients(&taken[1]), ["RCPT TO:<b@c>", "RCPT TO:<a@c>"]);
        assert!(taken[0].text().ends_with("\r\n\r\nx\r\n"), "{}", taken[0].text());
    }
}
