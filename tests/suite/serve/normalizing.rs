//! What is made fit to travel: all that is decided is decided by what goes on, so that nothing becomes a
//! field or a line after the decision.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use waxseal::VerificationResult;
use waxseal::auth_results::to_remove;
use waxseal::message::HeaderReader;

use super::policies::with;
use super::running::Client;
use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::support::{Dns, at, verify};

/// After every signature that is made here.
pub(super) const LATER: u64 = 4_000_000_000;

const FORGED: &str = "Authentication-Results: filter.example; dkim=pass header.d=bank.example";

pub(super) fn dns() -> Dns {
    Dns::new()
        .txt("rsa._domainkey.example.com", RSA_RECORD)
        .txt("ed._domainkey.example.com", ED25519_RECORD)
}

/// How many fields carry our name, to a strict reader.
fn ours(message: &[u8]) -> usize {
    let mut reader = HeaderReader::new(1_000_000, 1000);
    let _ = reader.push(message);
    to_remove(&reader.into_header(), "filter.example").len()
}

#[test]
fn results_that_hide_behind_a_lone_line_end_are_taken_away() {
    for settings in
        ["originating = true\nverify = false", "originating = false\nodd_lines = \"normalize\""]
    {
        let (_server, hop, port) = with(settings);
        for hiding in ["X: a\n", "X: a\r", "X: a\n\0", "X: a\r\r\n"] {
            let message =
                format!("From: joe@example.com\r\n{hiding}{FORGED}\r\nY: b\r\n\r\nbody\r\n");
            let (code, text) = Client::hello(port).message(message.as_bytes());
            assert_eq!(code, 250, "{text}");
            let taken = hop.taken().pop().unwrap();
            assert!(
                taken.text().ends_with("From: joe@example.com\r\nX: a\r\nY: b\r\n\r\nbody\r\n")
            );
            assert!(!taken.text().contains("bank.example"), "{}", taken.text());
        }
    }
}

#[test]
fn where_nothing_may_be_changed_such_a_message_is_refused() {
    let (server, hop, port) = with("originating = false");
    for hiding in ["X: a\n", "X: a\r", "X: a\n\0", "no field\r\n"] {
        let message = format!("From: joe@example.com\r\n{hiding}{FORGED}\r\nY: b\r\n\r\nbody\r\n");
        let (code, text) = Client::hello(port).message(message.as_bytes());
        assert_eq!((code, text.get(..5)), (550, Some("5.7.1")), "{hiding:?}: {text}");
    }
    server.logged("hides an Authentication-Results field");
    // what another said may stand wherever it does
    let message = "From: joe@example.com\r\nX: a\nAuthentication-Results: other.example; none\r\n\r\nbody\r\n";
    assert_eq!(Client::hello(port).message(message.as_bytes()).0, 250);
    assert_eq!(hop.taken().len(), 1);
}

/// A message in its parts: fields and body lines, each with how it ends.
#[derive(Clone, Debug)]
struct Parts {
    fields: Vec<(&'static str, &'static str)>,
    lines: Vec<(&'static str, &'static str)>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let end = || prop::sample::select(vec!["\r\n", "\r\n", "\n", "\r", "\0\n", "\r\0\n"]);
    let field = prop::sample::select(vec![
        "Subject: hello",
        "Subject: a\rb c",
        "Subject: a\nb c",
        "X-Folded: a\n b\r\tc",
        "To : ann@example.net",
        "X-Empty:",
        "X-Eight: \u{e4}",
        FORGED,
        "authentication-results:\n\tfilter.example; dkim=pass",
        "Authentication-Results: other.example; none",
    ]);
    let line = prop::sample::select(vec![".", "..", "x", "From: y", FORGED, "a \t", "\u{20ac}"]);
    (prop::collection::vec((field, end()), 0..8), prop::collection::vec((line, end()), 0..12))
        .prop_map(|(fields, lines)| Parts { fields, lines })
}

impl Parts {
    fn message(&self) -> String {
        let mut message = "From: joe@example.com\r\n".to_owned();
        for (field, end) in &self.fields {
            message.push_str(field);
            message.push_str(end);
        }
        // a CR and what follows it would be one line end
        let after_cr = self.fields.last().is_some_and(|(_, end)| *end == "\r");
        message.push_str(if after_cr { "\r" } else { "\r\n" });
        for (line, end) in &self.lines {
            message.push_str(line);
            message.push_str(end);
        }
        message.push_str("end\r\n");
        message
    }

    /// What is to become of it, less what is added on top; the plain way.
    fn expected(&self) -> String {
        let mut message = "From: joe@example.com\r\n".to_owned();
        for (field, _) in &self.fields {
            if !field.to_lowercase().contains("filter.example") {
                let field = field.replace("a\rb", "a b").replace("a\nb", "a b");
                message.push_str(&field.replace("\n b\r\tc", "\r\n b\r\n\tc"));
                message.push_str("\r\n");
            }
        }
        message.push_str("\r\n");
        for (line, _) in &self.lines {
            message.push_str(line);
            message.push_str("\r\n");
        }
        message.push_str("end\r\n");
        message
    }
}

#[test]
fn mixtures_come_out_fit_and_what_is_signed_verifies() {
    let (_signing, signed, sign_port) = with("originating = true\nverify = false");
    let (_verifying, verified, verify_port) =
        with("originating = false\nodd_lines = \"normalize\"");
    let (mut signer, mut verifier) = (Client::hello(sign_port), Client::hello(verify_port));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[8; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    for number in 0..150 {
        let parts = parts().new_tree(&mut runner).unwrap().current();
        let (message, expected) = (parts.message(), parts.expected());
        for client in [&mut signer, &mut verifier] {
            let (code, text) = client.message(message.as_bytes());
            assert_eq!(code, 250, "{text}: {message:?}");
        }
        let taken = signed.taken_number(number);
        let added = taken.octets.strip_suffix(expected.as_bytes());
        let added = added.unwrap_or_else(|| panic!("{message:?}\nbecame\n{:?}", taken.text()));
        assert!(added.starts_with(b"DKIM-Signature: "), "{:?}", taken.text());
        assert_eq!(ours(&taken.octets), 0);
        let report = verify(&taken.octets, &dns(), at(LATER));
        let passing = report.signatures.iter().filter(|one| one.result == VerificationResult::Pass);
        assert_eq!(passing.count(), 2, "{message:?}\nbecame\n{:?}", taken.text());

        let taken = verified.taken_number(number);
        let added = taken.octets.strip_suffix(expected.as_bytes()).expect("all else is the same");
        assert!(added.starts_with(b"Authentication-Results: filter.example;"));
        assert_eq!(ours(&taken.octets), 1);
    }
}

#[test]
fn a_message_of_lone_line_feeds_comes_out_as_proper_mail() {
    let (_server, hop, port) = with("originating = true\nverify = false");
    let message = "From: joe@example.com\nSubject: hello\n\tthere\n\nHi.\n\n.\nBye.\r\n";
    assert_eq!(Client::hello(port).message(message.as_bytes()).0, 250);
    let text = hop.one().text();
    assert!(
        text.ends_with(
            "From: joe@example.com\r\nSubject: hello\r\n\tthere\r\n\r\nHi.\r\n\r\n.\r\nBye.\r\n"
        ),
        "{text}"
    );
    assert!(text.contains("d=example.com; s=rsa"));
}
