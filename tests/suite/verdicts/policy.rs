//! What verifies and is not accepted.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

#[test]
fn times_are_checked_with_skew() {
    let expired =
        |seconds: u64| TAGS.replace("; s=ed", &format!("; s=ed; t=1; x={}", NOW - seconds));
    assert_eq!(with_tags(&expired(300)), "pass");
    assert_eq!(with_tags(&expired(301)), "policy expired");
    let future = |seconds: u64| TAGS.replace("; s=ed", &format!("; s=ed; t={}", NOW + seconds));
    assert_eq!(with_tags(&future(300)), "pass");
    assert_eq!(with_tags(&future(301)), "policy timestampInFuture");

    let message = sign(&expired(301), FIELDS, BODY);
    let report = support::verify(&message, &dns(), with(|o| o.policy.allow_expired = true));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(signature_warnings(&report), [WarningCode::Expired]);
    // What policy would refuse and what fails is a failure.
    let changed = String::from_utf8(message).unwrap().replace("Hi.", "Ho.");
    assert_eq!(outcome(&verify(changed.as_bytes())), "fail bodyHashMismatch");
}

#[test]
fn the_topmost_received_field_can_tell_the_time() {
    let received = "Received: by mx; Tue, 14 Nov 2023 22:13:20 +0000\r\n";
    let tags = TAGS.replace("; s=ed", "; s=ed; t=1699999000; x=1700000100");
    let message = [received.as_bytes(), &sign(&tags, FIELDS, BODY)].concat();
    let options = Options::new(waxseal::VerificationTime::TopReceived {
        otherwise: waxseal::UnixTime::from_seconds(0),
    });
    assert_eq!(outcome(&support::verify(&message, &dns(), options)), "pass");
}

#[test]
fn more_from_fields_than_signed_are_refused() {
    let message = String::from_utf8(sign(TAGS, FIELDS, BODY)).unwrap();
    for added in ["From: eve@example.net\r\n", "From : eve@example.net\r\n", "FROM:x\r\n"] {
        let report = verify(format!("{added}{message}").as_bytes());
        assert_eq!(outcome(&report), "policy unsignedFrom", "{added}");
        assert_eq!(report.coverage.fields[0].status, FieldStatus::Added);
    }
    let oversigned = TAGS.replace("from:subject", "from:from:subject");
    let message = String::from_utf8(sign(&oversigned, FIELDS, BODY)).unwrap();
    let report = verify(format!("From: eve@example.net\r\n{message}").as_bytes());
    assert_eq!(outcome(&report), "fail signatureMismatch");
}

#[test]
fn a_single_label_signs_for_no_one() {
    let dns = Dns::new().txt("ed._domainkey.com", ED25519_RECORD);
    let message = sign(&TAGS.replace("example.com", "com"), FIELDS, BODY);
    assert_eq!(outcome(&support::verify(&message, &dns, at(NOW))), "policy publicSuffix");
}

#[test]
fn headers_alone_are_neutral() {
    let message = sign(TAGS, FIELDS, BODY);
    let header = &message[..message.len() - BODY.len() - 2];
    let options = with(|options| options.headers_only = true);
    let report = support::verify(header, &dns(), options.clone());
    assert_eq!(outcome(&report), "neutral bodyNotChecked");
    assert_eq!(report.signatures[0].body_hash.computed, None);
    let changed = String::from_utf8(message.clone()).unwrap().replace("hello", "hullo");
    let report = support::verify(changed.as_bytes(), &dns(), options.clone());
    assert_eq!(outcome(&report), "fail signatureMismatch");
    let revoked = Dns::new().txt("ed._domainkey.example.com", "p=");
    assert_eq!(outcome(&support::verify(&message, &revoked, options)), "permerror keyRevoked");
}

#[test]
fn every_reason_maps_to_its_word() {
    let words: Vec<_> =
        Reason::ALL.iter().map(|reason| format!("{} {reason}", reason.result())).collect();
    for expected in [
        "fail bodyHashMismatch",
        "permerror tagSyntax",
        "temperror keyUnavailable",
        "policy historicAlgorithm",
        "neutral bodyNotChecked",
    ] {
        assert!(words.iter().any(|word| word == expected), "{expected}");
    }
    assert_eq!(words.len(), 35);
}
