//! What we sign verifies, and nothing else does.

use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::canon::DomainKeysCanonicalization;
use waxseal::crypto::{HashAlgorithm, PURE_RUST};
use waxseal::domainkeys::sign::{DomainKeysSignError, Request, Signer};
use waxseal::sign::SignError;
use waxseal::{DomainName, Selector};

use super::{allowing, outcome, record, signing_key, verify};
use crate::support::Dns;

const NAME: &str = "s._domainkey.example.com";

fn request() -> Request {
    let domain = DomainName::parse("example.com").expect("a name");
    Request::new(domain, Selector::parse("s").expect("a selector"))
}

fn sign(message: &[u8], request: Request, piece: usize) -> Result<String, DomainKeysSignError> {
    let mut signer = Signer::new(request, PURE_RUST).expect("a request");
    for piece in message.chunks(piece) {
        signer.push(piece)?;
    }
    signer.finish()?.sign(&*signing_key())
}

/// The outcome of the message with that field on top.
fn verified(field: &str, message: &[u8]) -> String {
    let message = [field.as_bytes(), message].concat();
    let dns = Dns::new().txt(NAME, &record());
    outcome(&verify(&message, &dns, &allowing(), 100)[0])
}

const MESSAGE: &[u8] = b"Received: from x\r\n\tby y\r\nFrom: Joe <joe@mail.example.com>\r\n\
      Subject: one\r\nTo: a@b.example\r\nSubject: two\r\n\r\n Hello \t world \r\n\r\nBye\r\n\r\n";

#[test]
fn what_we_sign_verifies_in_every_form() {
    for canonicalization in [DomainKeysCanonicalization::Simple, DomainKeysCanonicalization::Nofws]
    {
        for list_fields in [true, false] {
            let request = Request { canonicalization, list_fields, ..request() };
            let field = sign(MESSAGE, request.clone(), 5).expect("a field");
            assert_eq!(field, sign(MESSAGE, request, 5000).expect("a field"));
            assert_eq!(verified(&field, MESSAGE), "pass", "{field}");
            let names = field.replace("\r\n ", "");
            assert_eq!(names.contains("h=From:Subject:To:Subject;"), list_fields, "{field}");
            // What is added above is not signed, below it is.
            let above = format!("Received: later\r\n{field}");
            assert_eq!(verified(&above, MESSAGE), "pass");
            let received = verified(&format!("{field}Received: x\r\n"), MESSAGE);
            assert_eq!(received == "pass", list_fields);
            let subject = verified(&format!("{field}Subject: x\r\n"), MESSAGE);
            assert_eq!(subject, "fail signatureMismatch");
        }
    }
}

#[test]
fn outside_keys_sign_the_digest() {
    let mut signer = Signer::new(request(), PURE_RUST).expect("a request");
    signer.push(MESSAGE).expect("a message");
    let unsigned = signer.finish().expect("unsigned");
    assert_eq!(unsigned.domain().as_str(), "example.com");
    assert_eq!(unsigned.selector().as_str(), "s");
    let signature = signing_key().sign(HashAlgorithm::Sha1, unsigned.digest()).expect("signed");
    let field = unsigned.clone().complete(&signature).expect("a field");
    assert_eq!(verified(&field, MESSAGE), "pass");
    let error = unsigned.complete(&signature[..100]).expect_err("short");
    assert!(matches!(error, DomainKeysSignError::Sign(SignError::SignatureLength { .. })));
}

#[test]
fn messages_without_a_sender_of_the_domain_are_not_signed() {
    for (message, error) in [
        ("Subject: x\r\n\r\n", "the message has no From field, which must be signed"),
        ("Sender: a@example.com\r\n\r\n", "the message has no From field, which must be signed"),
        (
            "From: a@example.org\r\n\r\n",
            "the domain of From, example.org, is neither d=example.com nor below it",
        ),
        (
            "From: a@example.com\r\nSender: b@example.org\r\n\r\n",
            "the domain of Sender, example.org, is neither d=example.com nor below it",
        ),
        (
            "From: nobody",
            "From has no address with a domain, so nothing tells whose signature it must be",
        ),
        (
            "no field\r\n",
            "line 1 of the header (octet 0) is neither a field nor the continuation of one",
        ),
    ] {
        let found = sign(message.as_bytes(), request(), 3).expect_err(message);
        assert_eq!(found.to_string(), error, "{message}");
    }
    let field = sign(b"From: a@example.com", request(), 4).expect("a field");
    assert_eq!(verified(&field, b"From: a@example.com"), "pass");
}

#[test]
fn line_ends_are_repaired_before_signing() {
    let bare = MESSAGE.iter().copied().filter(|octet| *octet != b'\r').collect::<Vec<_>>();
    let field = sign(&bare, request(), 7).expect("a field");
    assert_eq!(verified(&field, MESSAGE), "pass");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_message_we_sign_verifies_and_its_damaged_copy_does_not(
        names in prop::collection::vec("[A-Ca-c]|Received|Subject", 0..8),
        values in prop::collection::vec("[ -~]{0,12}(\r\n [ -~]{0,8}x)?", 8),
        body in prop::collection::vec(prop_oneof![
            Just(b"\r\n".to_vec()), Just(b" \t".to_vec()), prop::collection::vec(any::<u8>(), 0..9),
        ], 0..12),
        simple in any::<bool>(),
        list_fields in any::<bool>(),
        at in 0_usize..9,
    ) {
        use waxseal::message::LineEndingNormalizer;

        let mut fields: Vec<_> =
            names.iter().zip(&values).map(|(name, value)| format!("{name}:{value}\r\n")).collect();
        fields.insert(at.min(fields.len()), "From: a@example.com\r\n".to_owned());
        let raw = [fields.concat().as_bytes(), b"\r\n", &body.concat()].concat();
        // What is sent is what was repaired.
        let mut message = Vec::new();
        let mut normalizer = LineEndingNormalizer::default();
        normalizer.push(&raw, &mut |span| message.extend_from_slice(span));
        normalizer.finish(&mut |span| message.extend_from_slice(span));

        let canonicalization = if simple {
            DomainKeysCanonicalization::Simple
        } else {
            DomainKeysCanonicalization::Nofws
        };
        let request = Request { canonicalization, list_fields, ..request() };
        let field = sign(&raw, request, 11).expect("a field");
        prop_assert_eq!(verified(&field, &message), "pass");
        let mut damaged = message.clone();
        damaged.extend_from_slice(b"x");
        prop_assert_eq!(verified(&field, &damaged), "fail signatureMismatch");
    }
}
