//! The milter, as a mail server speaks to it.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::mail_server::{EVERY_STEP, FIELDS_ALONE, MailServer, Message};
use super::running::{KEYS, Running, free_port};
use crate::command_runner::waxseal;

pub(super) fn configuration(port: u16, more: &str) -> String {
    format!(
        "my_host = \"filter.example\"\nnetworks = [\"10.0.0.0/8\"]\n{KEYS}\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\nprotocol = \"milter\"\n{more}"
    )
}

pub(super) const MESSAGE: &str = "Received: from x\r\n\tby y\r\nFrom: Joe <joe@example.com>\r\nTo:ann@example.net\r\n\
                       Subject:  two blanks\r\n\r\nHi  there.\r\n\r\nBye.\r\n";

/// The results of the signatures of a message.
pub(super) fn results(server: &Running, octets: &[u8]) -> Vec<String> {
    let file = server.scratch.write("signed.eml", octets);
    let zone = server.scratch.path("keys.zone");
    let ran = waxseal(&["verify", "--json", "--zone", zone.to_str().unwrap(), &file]);
    let report = ran.reports().remove(0);
    let signatures = report["signatures"].as_array().unwrap().iter();
    signatures.map(|one| one["result"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn submitted_mail_is_signed_in_every_version_of_the_protocol() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    for (version, offered) in
        [(6, EVERY_STEP), (6, 0), (5, 0x3FF), (4, 0x3FF), (3, 0x7F), (2, 0x7F), (9, EVERY_STEP)]
    {
        let mut mta = MailServer::connect(port, version, offered);
        mta.client(b"", "192.0.2.1");
        // without the blank of a value the header can only be rebuilt as most people write it
        let mut message = match mta.steps & 0x10_0000 {
            0 => Message::of(&MESSAGE.replace("To:ann", "To: ann").replace("two blanks", "blanks")),
            _ => Message::of(MESSAGE),
        };
        let wishes = mta.message(b"{auth_type}\0PLAIN\0", &message);
        assert_eq!((wishes.last, wishes.deleted.len()), (b'c', 0), "{wishes:?}");
        let names: Vec<&str> = wishes.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
        assert_eq!(names, ["DKIM-Signature", "DKIM-Signature"]);
        assert!(wishes.inserted.iter().all(|(index, ..)| *index == 0));
        assert_eq!((wishes.changed.len(), &wishes.body), (0, &None), "it is fit as it is");
        message.change(&wishes, mta.steps);
        assert_eq!(results(&server, &message.octets()), ["pass", "pass"], "version {version}");
    }
    assert!(server.logged("queueId=4Zq1Xy").contains("originating=true"));
}

/// What does not travel: CR, LF and NUL in the body, lines that are too long, and CR and LF within values.
fn unfit() -> Message {
    let mut message = Message::of(MESSAGE);
    let long = "x".repeat(2500);
    let field = |name: &str, value: String| (name.to_owned(), value.into_bytes());
    message.fields.insert(1, field("Reply-To", format!(" <{long}@example.com>")));
    message.fields.push(field("In-Reply-To", " a\rb\nTo: c\r".to_owned()));
    message.fields.push(field("authentication-results", " filter.example; dkim=pass".to_owned()));
    message.fields.push(field("References", format!(" a\n {long}\n\tb\r")));
    message.body = format!("a\rb\nc\0d\r\n{long}\r\n.\r\n\n.\n\r\nno end").into_bytes();
    message
}

fn is_fit(octets: &[u8]) -> bool {
    let lines: Vec<_> = octets.split(|octet| *octet == b'\n').collect();
    let (last, whole) = lines.split_last().unwrap();
    let fits = |line: &[u8]| line.len() <= 998 && !line.iter().any(|octet| b"\r\0".contains(octet));
    fits(last) && whole.iter().all(|line| line.strip_suffix(b"\r").is_some_and(fits))
}

#[test]
fn what_is_signed_is_what_the_mail_server_has_then() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    for (version, offered) in [(6, EVERY_STEP), (6, 0), (2, 0x7F)] {
        let mut mta = MailServer::connect(port, version, offered);
        mta.client(b"", "10.1.1.1");
        let mut message = unfit();
        let wishes = mta.message(b"", &message);
        assert_eq!(wishes.last, b'c', "{wishes:?}");
        let changed = wishes.changed.iter().map(|(nth, name, _)| (*nth, name.as_str()));
        let changed: Vec<_> = changed.collect();
        assert_eq!(changed, [(1, "References"), (1, "In-Reply-To"), (1, "Reply-To")]);
        assert_eq!(wishes.deleted, [(1, "authentication-results".to_owned())]);
        message.change(&wishes, mta.steps);
        let octets = message.octets();
        let text = String::from_utf8_lossy(&octets);
        assert!(is_fit(&octets), "{text}");
        assert_eq!(results(&server, &octets), ["pass", "pass"], "version {version}: {text}");
        assert!(text.contains("\r\nIn-Reply-To: a b To: c \r\n"), "{text}");
        let body = format!(
            "a\r\nb\r\ncd\r\n{}\r\n {}\r\n {}\r\n.\r\n\r\n.\r\n\r\nno end",
            "x".repeat(998),
            "x".repeat(997),
            "x".repeat(505)
        );
        assert!(text.ends_with(&format!("\r\n\r\n{body}")), "{text}");
    }
    server.logged("normalized=true");

    // a field alone
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "10.1.1.1");
    let mut message = Message::of(MESSAGE);
    message.fields.push(("X-A".to_owned(), b" a\rb".to_vec()));
    let wishes = mta.message(b"", &message);
    assert_eq!(wishes.changed, [(1, "X-A".to_owned(), " a b".to_owned())]);
    message.change(&wishes, mta.steps);
    assert_eq!(results(&server, &message.octets()), ["pass", "pass"]);
}

#[test]
fn where_the_body_cannot_be_changed_nothing_is_signed_that_is_not_there() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    let mut mta = MailServer::allowing(port, 6, FIELDS_ALONE, EVERY_STEP);
    mta.client(b"", "10.1.1.1");
    // a mail server breaks long lines after us, as Postfix does after 998 octets
    let mut message = Message::of(MESSAGE);
    message.body = format!("{}\r\n", "x".repeat(1500)).into_bytes();
    let wishes = mta.message(b"", &message);
    message.body = format!("{}\r\n {}\r\n", "x".repeat(998), "x".repeat(502)).into_bytes();
    message.change(&wishes, mta.steps);
    assert_eq!(results(&server, &message.octets()), ["pass", "pass"]);
    // what nobody repairs is not signed
    message.body = b"a\rb\r\n".to_vec();
    let wishes = mta.message(b"", &message);
    assert_eq!((wishes.last, wishes.inserted.len()), (b'y', 0), "{wishes:?}");
    assert!(wishes.reply.starts_with("451 4.7.0 "), "{wishes:?}");
}

#[test]
fn mail_that_is_not_ours_is_not_changed() {
    let port = free_port();
    let _server = Running::start(&configuration(port, ""));
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    let mut message = Message::of(MESSAGE);
    message.body = b"a\rb\0c\r\n".to_vec();
    let wishes = mta.message(b"", &message);
    assert_eq!((wishes.changed.len(), &wishes.body), (0, &None));
    assert_eq!((wishes.inserted.len(), wishes.last), (1, b'c'));
}

#[test]
fn a_large_body_that_is_repaired_comes_in_packets_that_every_server_takes() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "10.1.1.1");
    let mut message = Message::of(MESSAGE);
    // past what is kept in memory
    message.body = b"0123456789 0123456789 0123456789\n".repeat(20_000);
    let wishes = mta.message(b"", &message);
    message.change(&wishes, mta.steps);
    assert_eq!(message.body, b"0123456789 0123456789 0123456789\r\n".repeat(20_000));
    assert_eq!(results(&server, &message.octets()), ["pass", "pass"]);
}

#[test]
fn addresses_and_fields_beyond_ascii() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "10.1.1.1");
    mta.send(b'D', b"M");
    mta.step(b'M', "<j\u{f6}e@example.com>\0SMTPUTF8\0".as_bytes(), 0x4, 0x4000);
    mta.step(b'R', "<\u{e4}nn@b\u{fc}cher.example>\0".as_bytes(), 0x8, 0x8000);
    let mut message = Message::of(
        "From: J\u{f6}e <j\u{f6}e@example.com>\r\nSubject: \u{3b4}\u{3bf}\u{3ba}\r\n\r\n\u{20ac}\r\n",
    );
    for (name, value) in &message.fields {
        mta.field(name, value);
    }
    mta.step(b'N', b"", 0x40, 0x4_0000);
    mta.step(b'B', &message.body, 0x10, 0x8_0000);
    mta.send(b'E', b"");
    let wishes = mta.wishes();
    message.change(&wishes, mta.steps);
    assert_eq!(results(&server, &message.octets()), ["pass", "pass"], "{wishes:?}");
}

#[test]
fn who_is_ours_is_told_by_macros_and_addresses() {
    let port = free_port();
    let bank = "[bank.ORIGINATING]\noriginating = true\nverify = false\n";
    let _server = Running::start(&configuration(port, bank));
    for (connect, mail, address, signed) in [
        (&b""[..], &b""[..], "192.0.2.1", false),
        (b"", b"", "10.2.3.4", true),
        (b"", b"{auth_type}\0PLAIN\0", "192.0.2.1", true),
        (b"{daemon_name}\0ORIGINATING\0", b"", "192.0.2.1", true),
        (b"{daemon_name}\0smtpd\0", b"{auth_type}\0\0", "192.0.2.1", false),
    ] {
        let mut mta = MailServer::connect(port, 6, EVERY_STEP);
        mta.client(connect, address);
        let wishes = mta.message(mail, &Message::of(MESSAGE));
        let is_signed = wishes.inserted.iter().any(|(_, name, _)| name == "DKIM-Signature");
        assert_eq!(is_signed, signed, "{} {address}", String::from_utf8_lossy(connect));
        let verified = wishes.inserted.iter().any(|(_, name, _)| name == "Authentication-Results");
        assert_eq!(verified, !signed, "our own mail has no results to tell of");
    }
}

#[test]
fn forged_results_are_deleted_from_the_last_to_the_first() {
    let port = free_port();
    let _server = Running::start(&configuration(port, ""));
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    let message = "Authentication-Results: filter.example; dkim=pass\r\n\
        From: a@example.net\r\n\
        authentication-results: other.example; dkim=pass\r\n\
        Authentication-Results: filter.example; spf=pass\r\n\r\nx\r\n";
    let wishes = mta.message(b"", &Message::of(message));
    let deleted: Vec<(u32, String)> =
        wishes.deleted.iter().map(|(nth, name)| (*nth, name.to_ascii_lowercase())).collect();
    let name = "authentication-results".to_owned();
    assert_eq!(deleted, [(3, name.clone()), (1, name)]);
    assert_eq!(
        wishes.inserted,
        [(0, "Authentication-Results".into(), " filter.example; dkim=none".into())]
    );
}

#[test]
fn a_connection_carries_many_messages_and_aborts_are_forgotten() {
    let port = free_port();
    let _server = Running::start(&configuration(port, ""));
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    for _ in 0..3 {
        mta.client(b"", "10.1.1.1");
        mta.envelope(b"", "joe@example.com");
        mta.field("From", b" joe");
        mta.send(b'A', b"");
        for _ in 0..3 {
            assert_eq!(mta.message(b"", &Message::of(MESSAGE)).inserted.len(), 2);
        }
        mta.send(b'K', b"");
    }
    mta.send(b'Q', b"");
    assert_eq!(mta.stream.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn policies_hold_here_too() {
    let broken = "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=from;\r\n\
        \tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\nFrom: a@example.net\r\n\r\nx\r\n";
    for (action, last, quarantined) in
        [("reject", b'y', false), ("tempfail", b'y', false), ("quarantine", b'c', true)]
    {
        let port = free_port();
        let _server =
            Running::start(&configuration(port, &format!("[policy]\npermerror = \"{action}\"\n")));
        let mut mta = MailServer::connect(port, 6, EVERY_STEP);
        mta.client(b"", "192.0.2.1");
        let wishes = mta.message(b"", &Message::of(broken));
        assert_eq!((wishes.last, wishes.quarantined.is_some()), (last, quarantined), "{action}");
        let code = if action == "reject" { "550 5.7.20 " } else { "451 4.7.5 " };
        assert!(last != b'y' || wishes.reply.starts_with(code), "{wishes:?}");
    }
}

#[test]
fn slow_dns_is_bridged_by_progress() {
    // nobody answers there, and nobody says so
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap().to_string();
    let port = free_port();
    let scratch = crate::command_runner::Scratch::new();
    let more = ["--resolver", &resolver, "--timeout", "8"];
    let _server = Running::start_in(scratch, &configuration(port, ""), &more);
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    mta.envelope(b"", "a@example.net");
    mta.field("DKIM-Signature", b" v=1; a=rsa-sha256; d=example.net; s=x; h=from; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA");
    mta.field("From", b" a@example.net");
    mta.step(b'N', b"", 0x40, 0x4_0000);
    mta.send(b'E', b"Hi.\r\n");
    let wishes = mta.wishes();
    assert!(wishes.waited > 0);
    assert!(wishes.inserted[0].2.contains("dkim=temperror"), "{wishes:?}");
}

#[test]
fn what_is_no_milter_protocol_ends_the_connection() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
    server.logged("not the milter protocol");
}

#[test]
fn what_is_forwarded_is_sealed_on_top_of_its_results() {
    let port = free_port();
    let _server = Running::start(
        &configuration(port, "[bank.B]\narc_seal = \"ed._domainkey.example.com\"\n")
            .replace("protocol = \"milter\"\n", "protocol = \"milter\"\nbank = \"B\"\n"),
    );
    let mut mta = MailServer::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    let long = MESSAGE.replace("Bye.", &"x".repeat(1200));
    for (message, as_sent) in [
        (MESSAGE.to_owned(), MESSAGE.to_owned()),
        // the mail server breaks long lines when it sends
        (
            long.clone(),
            long.replace(
                &"x".repeat(1200),
                &format!("{}\r\n {}", "x".repeat(998), "x".repeat(202)),
            ),
        ),
    ] {
        let wishes = mta.message(b"", &Message::of(&message));
        let names: Vec<&str> = wishes.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Authentication-Results",
                "ARC-Authentication-Results",
                "ARC-Message-Signature",
                "ARC-Seal"
            ]
        );
        let mut sealed = Message::of(&as_sent);
        sealed.change(&wishes, mta.steps);
        let report = crate::support::verify(
            &sealed.octets(),
            &super::normalizing::dns(),
            crate::support::at(super::normalizing::LATER),
        );
        assert_eq!(report.arc.result.as_str(), "pass", "{:?}", report.arc);
    }
}
