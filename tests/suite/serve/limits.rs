//! Nobody can hold what there is: clients and next hops that are slow, silent or too much.

use std::io::Write;
use std::time::Duration;

use super::filter::{MESSAGE, configuration};
use super::hop::{Hop, Manners};
use super::running::{Client, Running, free_port};

/// A server with these limits before a next hop with these manners; its verifying port.
fn with(limits: &str, manners: Manners) -> (Running, Hop, u16) {
    let hop = Hop::start(manners);
    let port = free_port();
    let config = configuration(port, free_port(), hop.port);
    let server = Running::start(&format!("{config}[limits]\n{limits}\n"));
    (server, hop, port)
}

/// Sends these octets again and again until the server does not take them any more.
fn drip(client: &Client, octets: &'static [u8]) {
    let mut stream = client.stream.get_ref().try_clone().unwrap();
    std::thread::spawn(move || {
        while stream.write_all(octets).is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

/// Says all this at once, and reads replies until the connection is closed: the last one.
fn last_reply(port: u16, said: &[u8]) -> String {
    let mut client = Client::connect_silently(port);
    client.send(said);
    let replies = client.rest();
    replies.lines().last().unwrap_or_default().to_owned()
}

const ENVELOPE: &str = "EHLO a\r\nMAIL FROM:<joe@example.com>\r\nRCPT TO:<ann@example.net>\r\n";

#[test]
fn a_silent_client_is_told_that_time_is_up_in_every_state() {
    let (_server, hop, port) = with("idle = 1", Manners::default());
    for commands in 0..4 {
        let said: String = ENVELOPE.split_inclusive('\n').take(commands).collect();
        let last = last_reply(port, said.as_bytes());
        assert!(last.starts_with("421 4.4.2 "), "{said:?}: {last}");
    }
    // within a message, too, and what was there of it is not a message
    let said = format!("{ENVELOPE}DATA\r\nFrom: joe@example.com\r\n\r\nhalf");
    let last = last_reply(port, said.as_bytes());
    assert!(last.starts_with("421 4.4.2 "), "{last}");
    assert!(hop.taken().is_empty());
    let said = format!("{ENVELOPE}DATA\r\nFrom: joe@example.com\r\n\r\nwhole\r\n.\r\nQUIT\r\n");
    assert_eq!(last_reply(port, said.as_bytes()), "221 2.0.0 Bye");
    assert_eq!(hop.taken().len(), 1);
}

#[test]
fn who_sends_an_octet_now_and_then_has_an_end() {
    let (_server, hop, port) = with("deadline = \"1s\"", Manners::default());
    for (said, again) in [
        ("EHLO a\r\n".to_owned(), &b"NOOP\r\n"[..]),
        (String::new(), b"E"),
        (format!("{ENVELOPE}DATA\r\n"), b"x"),
    ] {
        let mut client = Client::connect_silently(port);
        client.send(said.as_bytes());
        drip(&client, again);
        while client.reply().0 != 421 {}
    }
    assert!(hop.taken().is_empty());
}

#[test]
fn a_next_hop_that_hangs_at_any_stage_leaves_the_message_with_the_client() {
    let stages = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "."].map(|stage| {
        std::thread::spawn(move || {
            let limits = "hop_connect = 4\nhop_command = 4\nhop_end = 4";
            let (server, hop, port) = with(limits, Manners::with(stage, "hang"));
            let mut client = Client::hello(port);
            let (code, text) = client.as_far_as_it_goes(MESSAGE);
            assert_eq!(code, 451, "{stage}: {text}");
            assert_eq!(text.contains("may arrive twice"), stage == ".", "{stage}: {text}");
            if stage == "." {
                server.logged("possible duplicate");
            }
            assert!(hop.connections() >= 1);
        })
    });
    for stage in stages {
        stage.join().unwrap();
    }
}

#[test]
fn long_lines_many_mistakes_and_long_headers_have_an_end() {
    let (server, hop, port) = with("idle = 300", Manners::default());
    let mut client = Client::hello(port);
    client.say(&format!("NOOP {}", "x".repeat(5000)), 500);
    client.say("NOOP", 250);
    client.say(&format!("MAIL FROM:<{}@example.com>", "x".repeat(2000)), 501);
    client.say(&format!("XFORWARD HELO={}", "x".repeat(300)), 501);
    for _ in 0..17 {
        client.say("XYZ", 500);
    }
    client.say("XYZ", 421);
    assert_eq!(client.rest(), "");
    // a header past all bounds is not read to its end; the message goes on as it is
    let header = "X: y\r\n".repeat(60_000);
    let message = format!("From: a@b.example\r\n{header}\r\nx\r\n");
    assert_eq!(Client::hello(port).message(message.as_bytes()).0, 250);
    assert!(hop.one().text().ends_with(&message));
    server.logged("action=delivered");
    // what hides past them is not passed on
    let message = format!(
        "From: a@b.example\r\n{}Authentication-Results: filter.example; dkim=pass\r\n\r\nx\r\n",
        "X: y\r\n".repeat(1000)
    );
    let (code, text) = Client::hello(port).message(message.as_bytes());
    assert_eq!(code, 550, "{text}");
}

#[test]
fn the_administrator_is_told_once_of_mail_that_cannot_be_signed() {
    let (hop, notices) = (Hop::start(Manners::default()), Hop::start(Manners::default()));
    let (verify, sign) = (free_port(), free_port());
    let config = configuration(verify, sign, hop.port).replace(
        "verify = false\n",
        &format!("verify = false\nnotify = \"smtp:[127.0.0.1]:{}\"\n", notices.port),
    );
    let server = Running::start(&format!("{config}[server]\nadmin = \"postmaster@example.com\"\n"));
    let mut client = Client::hello(sign);
    for _ in 0..5 {
        assert_eq!(client.message(b"From: joe@example.com\r\nno field\r\n\r\nx\r\n").0, 451);
    }
    // by another trouble it is seen that the first was told once
    assert_eq!(client.message(b"X: y\r\nFrom: joe@example.com\r\nno field\r\n\r\nx\r\n").0, 451);
    assert_eq!(client.message(b"Subject: no author\r\n\r\nx\r\n").0, 451);
    let since = std::time::Instant::now();
    while notices.taken().len() < 2 && since.elapsed() < super::running::LIMIT {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mails = notices.taken();
    assert!(mails[0].commands.contains(&"RCPT TO:<postmaster@example.com>".to_owned()));
    let text = mails[0].text();
    assert!(text.contains("Subject: mail not signed on filter.example\r\n"), "{text}");
    assert!(
        text.contains(&format!("- listener 127.0.0.1:{sign}: the header is malformed")),
        "{text}"
    );
    assert!(text.contains("(1 message since"), "{text}");
    assert!(mails[1].text().contains("From"), "{}", mails[1].text());
    assert!(hop.taken().is_empty());
    server.logged("notSigned");
}
