//! The log: a line for each message, whatever a stranger puts into it.

use serde_json::Value;

use super::filter::{Between, MESSAGE, configuration};
use super::hop::{Hop, Manners};
use super::running::{Client, Running, free_port};
use crate::command_runner::Scratch;

const HOSTILE: &str = "x\u{9b}2J\u{202e}\u{2028}message:";

/// Everything that a stranger can put somewhere, put there.
fn hostile_message(port: u16) {
    let mut client = Client::connect(port);
    client.say(&format!("EHLO {HOSTILE}"), 250);
    client.say("XFORWARD NAME=a+1B[2J", 501);
    client.say("XFORWARD IDENT=4Zq+C2+9B1 HELO=+E2+80+A8x", 250);
    client.say(&format!("MAIL FROM:<\"{HOSTILE}\"@example.com> SMTPUTF8"), 501);
    client.say("MAIL FROM:<\"x\u{202e}\u{2028}message:\"@example.com> SMTPUTF8", 250);
    client.say("RCPT TO:<ann@example.net>", 250);
    let message = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=\x1b[2J{HOSTILE}; s={HOSTILE}; h=from; bh=AA==; b=AA==\r\n\
         From: \x1b[2J{HOSTILE} <a@b.example>\r\nX: a\rmessage: queueId=forged\r\n\r\nx\r\n"
    );
    assert_eq!(client.data(message.as_bytes()).0, 250);
}

#[test]
fn no_stranger_begins_a_line_or_speaks_to_a_terminal() {
    let manners = Manners::with(".", "250 2.0.0 Ok \x1b[2J\u{9b}2J\u{2028}queued");
    let hop = Hop::start(manners);
    for log in ["text", "json"] {
        let (verify, sign) = (free_port(), free_port());
        let config = configuration(verify, sign, hop.port);
        let server = Running::start(&format!("{config}[server]\nlog = \"{log}\"\n"));
        hostile_message(verify);
        let line = server.logged("delivered");
        for line in server.log().lines() {
            let odd = |c: char| c.is_control() || "\u{2028}\u{202e}".contains(c);
            assert!(!line.chars().any(odd), "{line:?}");
            let begins = ["message: ", "trouble: ", "note: ", "{"];
            assert!(begins.iter().any(|begin| line.starts_with(begin)), "{line:?}");
            assert!(!line.starts_with("message: queueId=forged"));
        }
        assert_eq!(server.log().matches("delivered").count(), 1);
        assert!(line.contains("\\u009b") && line.contains("\\u202e"), "{line}");
        if log == "json" {
            for line in server.log().lines() {
                let object: Value = serde_json::from_str(line).unwrap();
                assert!(object["time"].as_str().unwrap().ends_with('Z'), "{line}");
                assert!(
                    ["info", "notice", "warning"].contains(&object["severity"].as_str().unwrap())
                );
            }
            let object: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(object["clientName"], HOSTILE);
            assert_eq!(object["queueId"], "4Zq\u{9b}1");
            assert_eq!(object["loneCr"], 1);
            for number in ["milliseconds", "dataMilliseconds", "size", "recipients", "generation"] {
                assert!(object[number].is_u64(), "{number}: {line}");
            }
        }
    }
}

#[test]
fn in_the_journal_each_line_has_its_severity() {
    let (verify, sign) = (free_port(), free_port());
    let config = configuration(verify, sign, free_port());
    // the variable may come from somebody whose standard error is another
    let server = Running::start_in_journal(Scratch::new(), &config, "8:12345");
    assert!(server.logged("ready").starts_with("note: "));
    drop(server);
    let server = Running::start_in_journal(Scratch::new(), &config, "");
    assert!(server.logged("ready").starts_with("<6>note: "));
    Client::hello(verify).say("MAIL FROM:<joe@example.com>", 451);
    assert!(server.logged("action=refused").starts_with("<5>message: "));
}

#[test]
fn what_is_given_up_and_what_is_refused_has_a_line_too() {
    let between = Between::start(Manners::with("RCPT TO:<no", "550 5.1.1 nobody"));
    let mut client = Client::hello(between.verify);
    client.say("MAIL FROM:<refused@example.com>", 250);
    client.say("RCPT TO:<nobody@example.net>", 550);
    client.say("RSET", 250);
    let line = between.server.logged("from=refused@example.com");
    assert!(line.contains("action=refused") && line.contains("5.1.1 nobody"), "{line}");
    client.envelope("gone@example.com", &["ann@example.net"]);
    client.say("DATA", 354);
    client.send(b"From: gone@example.com\r\n\r\nhalf");
    drop(client);
    let line = between.server.logged("from=gone@example.com");
    assert!(line.contains("action=abandoned") && line.contains("recipients=1"), "{line}");
    // an envelope that nothing came of is nothing
    let mut client = Client::hello(between.verify);
    client.envelope("nothing@example.com", &["ann@example.net"]);
    client.say("RSET", 250);
    assert_eq!(client.message(MESSAGE).0, 250);
    between.server.logged("action=delivered");
    assert!(!between.server.log().contains("nothing@example.com"));
}
