//! Mail that is forwarded gets an ARC set on its way (RFC 8617).

use waxseal::Report;

use super::filter::MESSAGE;
use super::hop::{Hop, Manners};
use super::normalizing::{LATER, dns};
use super::running::{Client, KEYS, Running, free_port};
use crate::support::{at, verify};

/// A server that seals, with these settings in its one bank.
fn sealing(settings: &str) -> (Running, Hop, u16) {
    super::policies::with(&format!("arc_seal = \"ed._domainkey.example.com\"\n{settings}"))
}

fn report(message: &[u8]) -> Report {
    verify(message, &dns(), at(LATER))
}

/// The names of the fields, topmost first.
fn names(message: &str) -> Vec<&str> {
    let header = message.split("\r\n\r\n").next().unwrap_or_default();
    let fields = header.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    fields.filter_map(|field| Some(field.split_once(':')?.0)).collect()
}

#[test]
fn a_message_is_sealed_at_each_hop_and_the_chain_verifies() {
    let (server, hop, port) = sealing("originating = false");
    let mut message = MESSAGE.to_vec();
    for hops in 1..=3_u32 {
        assert_eq!(Client::hello(port).message(&message).0, 250);
        let taken = hop.taken().pop().unwrap();
        message = taken.octets.clone();
        let text = taken.text();
        assert_eq!(
            names(&text).get(..5).unwrap(),
            [
                "ARC-Seal",
                "ARC-Message-Signature",
                "ARC-Authentication-Results",
                "Authentication-Results",
                if hops == 1 { "From" } else { "ARC-Seal" },
            ]
        );
        assert_eq!(text.matches("\r\nAuthentication-Results:").count(), 1, "the older one is gone");
        let cv = if hops == 1 { "cv=none" } else { "cv=pass" };
        assert!(text.split("ARC-Message").next().unwrap().contains(cv), "{text}");
        // what the set carries on is what we say ourselves
        let own = text.split("\r\nAuthentication-Results: ").nth(1).unwrap();
        let own = own.split("\r\nARC-Seal").next().unwrap().split("\r\nFrom").next().unwrap();
        assert!(
            text.contains(&format!("ARC-Authentication-Results: i={hops}; {own}\r\n")),
            "{text}"
        );
        let arc = report(&message).arc;
        assert_eq!((arc.result.as_str(), arc.sets.len() as u32), ("pass", hops), "{arc:?}");
        assert_eq!(arc.oldest_pass, Some(0));
    }
    assert!(server.logged("sealed=example.com/ed").contains("action=delivered"));
}

#[test]
fn a_chain_that_fails_is_not_gone_on_with() {
    let (server, hop, port) = sealing("originating = false");
    Client::hello(port).message(MESSAGE);
    let broken = hop.one().text().replace("Hi  there", "Hi you");
    assert_eq!(Client::hello(port).message(broken.as_bytes()).0, 250);
    let text = hop.taken().pop().unwrap().text();
    assert_eq!(names(&text)[..2], ["Authentication-Results", "ARC-Seal"]);
    assert!(text.starts_with("Authentication-Results: filter.example;"), "{text}");
    assert!(text.split("\r\nARC-Seal").next().unwrap().contains("arc=fail"), "{text}");
    assert!(server.logged("notSealed").contains("not repaired"));
}

#[test]
fn what_is_sealed_is_what_goes_on() {
    // normalized, and with a forged field less: the verdict is on what came
    let (_server, hop, port) = sealing("originating = false\nodd_lines = \"normalize\"");
    let odd = "From: joe@example.com\r\nX: a\nAuthentication-Results: filter.example; dkim=pass\r\n\r\na\nb\r\n";
    assert_eq!(Client::hello(port).message(odd.as_bytes()).0, 250);
    let taken = hop.one();
    assert!(taken.text().ends_with("From: joe@example.com\r\nX: a\r\n\r\na\r\nb\r\n"));
    assert_eq!(report(&taken.octets).arc.result.as_str(), "pass");
    // what goes on as it came and would not arrive so is not sealed
    let (server, hop, port) = sealing("originating = false");
    assert_eq!(Client::hello(port).message(b"From: a@b.example\r\n\r\na\nb\r\n").0, 250);
    assert!(!hop.one().text().contains("ARC-Seal"));
    assert!(server.logged("notSealed").contains("stand alone"));
}

#[test]
fn our_own_mail_is_signed_and_not_sealed() {
    let (_server, hop, port) = sealing("originating = true\nverify = false");
    Client::hello(port).message(MESSAGE);
    assert_eq!(names(&hop.one().text())[..3], ["DKIM-Signature", "DKIM-Signature", "From"]);
}

#[test]
fn where_nothing_is_verified_the_results_that_we_gave_are_carried_on() {
    let hop = Hop::start(Manners::default());
    let (incoming, outgoing) = (free_port(), free_port());
    let server = Running::start(&format!(
        "forward_to = \"smtp:[127.0.0.1]:{}\"\nmy_host = \"filter.example\"\nsign = false\n{KEYS}\
         [[listener]]\naddress = \"127.0.0.1:{incoming}\"\nbank = \"IN\"\n\
         [[listener]]\naddress = \"127.0.0.1:{outgoing}\"\nbank = \"OUT\"\n\
         [bank.IN]\n[bank.OUT]\nverify = false\narc_seal = \"rsa._domainkey.example.com\"\n",
        hop.port
    ));
    Client::hello(incoming).message(MESSAGE);
    Client::hello(outgoing).message(&hop.taken_number(0).octets);
    let taken = hop.taken_number(1);
    let carried = "ARC-Authentication-Results: i=1; filter.example;\r\n dkim=none";
    assert!(taken.text().contains(carried), "{}", taken.text());
    // the second hop judges the chain by itself
    Client::hello(outgoing).message(&taken.octets);
    let arc = report(&hop.taken_number(2).octets).arc;
    assert_eq!((arc.result.as_str(), arc.sets.len()), ("pass", 2), "{arc:?}");
    server.logged("sealed=example.com/rsa");
}
