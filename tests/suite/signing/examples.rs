//! Signatures that others have made with the same keys come out the same.

use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::crypto::PURE_RUST;
use waxseal::encoding::base64;
use waxseal::key::private;
use waxseal::sign::{SignError, SignOptions, Signer};
use waxseal::signature::SignatureError;

use super::key;
use crate::rfc_examples::RFC_8463;
use crate::support::vector_lines;

/// The two signature fields of RFC 8463 §A.3, and the message below them.
fn rfc_8463() -> ([&'static str; 2], &'static str) {
    let (fields, message) = RFC_8463.split_at(RFC_8463.find("From: Joe").expect("a message"));
    let (first, second) = fields.split_at(fields.rfind("DKIM-Signature:").expect("two fields"));
    ([first, second], message)
}

fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn rfc_8463_appendix_a_is_reproduced() {
    let (fields, message) = rfc_8463();
    for field in fields {
        // What b= holds counts for nothing: it is made anew.
        let (kept, _) = field.split_once(" b=").expect("a signature");
        let written = format!("{kept} b=AAAA\r\n");
        let mut signer =
            Signer::of_written_field(written.as_bytes(), SignOptions::default()).expect("a field");
        signer.push(message.as_bytes()).expect("a message");
        let unsigned = signer.finish().expect("signed").unsigned.remove(0);
        let key = key(unsigned.algorithm());
        let made = unsigned.sign(&*key).expect("a signature");
        assert!(made.starts_with(kept), "{made}");
        assert_eq!(without_white_space(&made), without_white_space(field));
    }
}

#[test]
fn a_written_field_must_fit_the_message_and_the_algorithms_allowed() {
    let (fields, _) = rfc_8463();
    let mut signer =
        Signer::of_written_field(fields[0].as_bytes(), SignOptions::default()).expect("a field");
    signer.push(b"From: a@b.example\r\n\r\nother\r\n").expect("a message");
    assert!(matches!(signer.finish(), Err(SignError::BodyHashMismatch { .. })));

    let sha1 = fields[1].replace("rsa-sha256", "rsa-sha1");
    let error = Signer::of_written_field(sha1.as_bytes(), SignOptions::default()).unwrap_err();
    assert_eq!(error, SignatureError::Sha1Refused);
}

#[test]
fn the_signing_cases_of_the_vectors_come_out() {
    let Some(cases) = vector_lines("sign_cases.jsonl") else { return };
    let mut made = 0;
    for case in cases.iter().filter(|case| case["kind"] == "dkim-resign") {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let latin1 = |value: &Value| -> Vec<u8> {
            text(value).chars().map(|c| u8::try_from(c).expect("latin1")).collect()
        };
        let key = match &case["private_key"] {
            Value::String(seed) => seed.strip_prefix("ed25519-seed:").expect("a seed").to_owned(),
            object => text(&object["der_base64"]),
        };
        let key = private::parse(key.as_bytes()).expect("a private key");
        let key = PURE_RUST.signing_key(&key).expect("a usable key");
        let field = latin1(&case["header_latin1"]);
        let mut signer = Signer::of_written_field(&field, SignOptions::default()).expect("a field");
        signer.push(&latin1(&case["message_latin1"])).expect("a message");
        let unsigned = signer.finish().expect("signed").unsigned.remove(0);
        let field = unsigned.sign(&*key).expect("a signature");
        let b = field.rsplit_once(" b=").expect("a signature").1;
        let expected = base64::decode(&text(&case["expect_b"])).expect("base64");
        assert_eq!(base64::decode(b).expect("base64"), expected, "{}", case["id"]);
        made += 1;
    }
    assert!(made >= 2, "only {made} cases");
}
