//! What goes wrong: whatever does, the message is with the client still, or arrived.

use super::filter::{Between, MESSAGE, configuration};
use super::hop::{Hop, Manners};
use super::running::{Client, Running, free_port};

#[test]
fn where_the_next_hop_is_away_the_client_keeps_the_message() {
    let (verify, sign) = (free_port(), free_port());
    let server = Running::start(&configuration(verify, sign, free_port()));
    let mut client = Client::hello(verify);
    let text = client.say("MAIL FROM:<joe@example.com>", 451);
    assert!(text.starts_with("4.4.1 MTA("), "{text}");
    server.logged("action=refused");
    client.say("NOOP", 250);
}

#[test]
fn a_refusal_at_any_stage_is_handed_on_as_it_is() {
    for (command, reply, stage) in [
        ("greeting", "554 5.3.2 closed", 1),
        ("EHLO", "421 4.3.2 too busy", 1),
        ("MAIL", "550 5.7.1 not you", 1),
        ("MAIL", "451 4.7.1 later", 1),
        ("RCPT", "550 5.1.1 nobody", 2),
        ("DATA", "554 5.5.1 no", 3),
        (".", "550 5.7.1 spam", 3),
        (".", "452 4.3.1 full", 3),
    ] {
        let between = Between::start(Manners::with(command, reply));
        let mut client = Client::hello(between.verify);
        let expected: u16 = match &reply[..3] {
            "421" => 451,
            code => code.parse().unwrap(),
        };
        let text = match stage {
            1 => client.say("MAIL FROM:<joe@example.com>", expected),
            2 => {
                client.say("MAIL FROM:<joe@example.com>", 250);
                client.say("RCPT TO:<ann@example.net>", expected)
            }
            _ => {
                let (code, text) = client.message(MESSAGE);
                assert_eq!(code, expected, "{command}: {text}");
                text
            }
        };
        assert!(text.contains(reply), "{command}: {text}");
        assert!(between.hop.taken().is_empty());
    }
}

#[test]
fn a_connection_that_breaks_at_any_stage_leaves_the_message_with_the_client() {
    for command in ["greeting", "EHLO", "MAIL", "RCPT", "DATA"] {
        let between = Between::start(Manners::with(command, ""));
        let mut client = Client::hello(between.verify);
        let (code, text) = client.as_far_as_it_goes(MESSAGE);
        assert_eq!(code, 451, "{command}: {text}");
        assert!(text.starts_with("4.4.1 "), "{command}: {text}");
    }
}

#[test]
fn where_it_breaks_after_the_final_dot_the_log_says_that_there_may_be_two() {
    let between = Between::start(Manners::with(".", ""));
    let (code, text) = Client::hello(between.verify).message(MESSAGE);
    assert_eq!(code, 451);
    assert!(text.contains("may arrive twice"), "{text}");
    between.server.logged("possible duplicate");
}

#[test]
fn a_reply_that_is_none_is_trouble() {
    for reply in ["what?", "250-never\r\n251 ends", "99 x"] {
        let between = Between::start(Manners::with("MAIL", reply));
        Client::hello(between.verify).say("MAIL FROM:<joe@example.com>", 451);
    }
}

#[test]
fn a_client_that_goes_away_leaves_nothing_behind() {
    let between = Between::start(Manners::default());
    for part in [
        &b"MAIL FROM:<joe@example.com>\r\n"[..],
        b"MAIL FROM:<joe@example.com>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nFrom: a\r\n\r\nhalf a mess",
        b"MAIL FROM:<joe@example.com>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nFrom: a\r\n\r\nx\r\n.\r",
    ] {
        let mut client = Client::hello(between.verify);
        client.send(part);
        drop(client);
    }
    // the next one finds everything in order
    assert_eq!(Client::hello(between.verify).message(MESSAGE).0, 250);
    assert_eq!(between.hop.taken().len(), 1);
}

#[test]
fn a_kept_connection_that_has_gone_stale_is_replaced() {
    // it says goodbye to everyone after one message
    let between = Between::start(Manners::with("RSET", ""));
    let mut client = Client::hello(between.verify);
    for _ in 0..3 {
        client.say("MAIL FROM:<joe@example.com>", 250);
        client.say("RSET", 250);
        assert_eq!(client.message(MESSAGE).0, 250);
    }
}

#[test]
fn nothing_but_crlf_dot_crlf_ends_a_message() {
    let hop = Hop::start(Manners::default());
    let port = free_port();
    let _server = Running::start(&format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\n[[listener]]\naddress = \"127.0.0.1:{port}\"\n",
        hop.port
    ));
    for end in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\r\n\0.\r\n"] {
        let mut client = Client::hello(port);
        client.envelope("joe@example.com", &["ann@example.net"]);
        client.say("DATA", 354);
        let smuggled = format!(
            "From: a@example.net\r\n\r\nx{end}MAIL FROM:<admin@example.net>\r\nRCPT TO:<b@example.net>\r\n\
             DATA\r\nFrom: admin@example.net\r\n\r\nsmuggled\r\n.\r\n"
        );
        client.send(smuggled.as_bytes());
        let (code, text) = client.reply();
        // the sequences that some servers take for the end are refused, the others are one message
        let dangerous = !matches!(end, "\r\n.\n" | "\r\n.\r");
        assert_eq!(code, if dangerous { 550 } else { 250 }, "{end:?}: {text:?}");
        client.say("NOOP", 250);
    }
    let taken = hop.taken();
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|one| one.text().contains("smuggled")));
}
