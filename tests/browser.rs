//! The core in a browser: the example of RFC 8463 appendix A, in headless Chromium.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use waxseal::dns::{Answer, TxtRecords};
use waxseal::{Options, UnixTime, VerificationTime, Verifier};

wasm_bindgen_test_configure!(run_in_browser);

/// RFC 8463 §A.3, with LF for CRLF.
const MESSAGE: &str = "\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
";

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
    for piece in message.replace('\n', "\r\n").as_bytes().chunks(octets) {
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
