//! The core in a browser: the example of RFC 8463 appendix A, in headless Chromium.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use waxseal::dns::{Answer, TxtRecords};
use waxseal::{Options, UnixTime, VerificationTime, Verifier};

wasm_bindgen_test_configure!(run_in_browser);

/// RFC 8463 §A.3.
const MESSAGE: &str = include_str!("../docs/samples/rfc8463.eml");

/// RFC 8463 §A.2.
const KEYS: [(&str, &str); 2] = [
    (
        "brisbane._domainkey.football.example.com",
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    ),
    (
        "test._domainkey.football.example.com",
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
    ),
];

fn lookup(name: &str) -> Answer {
    match KEYS.iter().find(|(owner, _)| *owner == name) {
        Some((_, key)) => Answer::Records(TxtRecords {
            records: vec![key.as_bytes().to_vec()],
            ..TxtRecords::default()
        }),
        None => Answer::NotFound,
    }
}

/// The report as JSON, of the message in pieces of so many octets.
fn report(message: &str, octets: usize) -> serde_json::Value {
    let now = VerificationTime::At(UnixTime::from_seconds(1_528_637_909));
    let mut verifier = Verifier::new(Options::new(now));
    for piece in message.as_bytes().chunks(octets) {
        verifier.push(piece);
        while let Some(query) = verifier.poll_query() {
            verifier.answer(query.id, lookup(query.name.as_str()));
        }
    }
    serde_json::to_value(verifier.finish()).unwrap()
}

#[wasm_bindgen_test]
fn both_signatures_of_rfc_8463_pass() {
    let report = report(MESSAGE, usize::MAX);
    assert_eq!(report["result"], "pass");
    assert_eq!(report["signatures"][0]["algorithm"], "ed25519-sha256");
    assert_eq!(report["signatures"][0]["result"], "pass");
    assert_eq!(report["signatures"][1]["algorithm"], "rsa-sha256");
    assert_eq!(report["signatures"][1]["result"], "pass");
}

#[wasm_bindgen_test]
fn any_chunking_gives_the_same_report() {
    let whole = report(MESSAGE, usize::MAX);
    for octets in [1, 2, 3, 7, 64, 1021] {
        assert_eq!(report(MESSAGE, octets), whole, "in pieces of {octets} octets");
    }
}

#[wasm_bindgen_test]
fn a_changed_body_fails() {
    let report = report(&MESSAGE.replace("lost", "won"), 100);
    assert_eq!(report["result"], "fail");
    assert_eq!(report["signatures"][1]["reason"], "bodyHashMismatch");
}
