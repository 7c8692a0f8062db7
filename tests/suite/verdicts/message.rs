//! The message model: malformed messages, bare line endings, fields that must be single.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

#[test]
fn malformed_messages_end_verification() {
    let message = String::from_utf8(sign(TAGS, FIELDS, BODY)).unwrap();
    let broken = message.replace("Subject: hello\r\n", "Subject: hello\r\nno field\r\n");
    let report = verify(broken.as_bytes());
    assert_eq!(outcome(&report), "permerror messageMalformed");
    assert_eq!(
        report.signatures[0].explanation,
        "Line 4 of the header (octet 275) is neither a field nor the continuation of one."
    );
    let report = verify(message.replace("From: joe@example.com\r\n", "").as_bytes());
    assert_eq!(outcome(&report), "permerror messageMalformed");
    for nothing in [&b""[..], b"\r\n\r\n", b"no message", b"Subject: x\r\n\r\n"] {
        let report = verify(nothing);
        assert_eq!(report.result, VerificationResult::PermError, "{nothing:?}");
        assert_eq!(warning_codes(&report), [WarningCode::MessageMalformed]);
    }
}

#[test]
fn a_missing_author_can_be_signed() {
    let message = sign(TAGS, "Subject: hello\r\n", BODY);
    let report = verify(&message);
    assert_eq!(outcome(&report), "pass");
    assert_eq!(warning_codes(&report), [WarningCode::MessageMalformed]);
}

#[test]
fn bare_line_endings_are_data_and_warned_of() {
    for (fields, body) in [
        ("From: joe@example.com\r\nSubject: he\nllo\r\n", BODY),
        ("From: joe@example.com\r\nSubject: he\rllo\r\n", BODY),
        (FIELDS, "Hi.\nHo.\r\n"),
        (FIELDS, "Hi.\rHo.\r\n\r"),
    ] {
        let report = verify(&sign(TAGS, fields, body));
        assert_eq!(outcome(&report), "pass");
        assert_eq!(warning_codes(&report), [WarningCode::BareLineEnding]);
    }
    let report = verify(&sign(TAGS, "From: joe@example.com\r\nSubject: \0\u{e9}\r\n", "\0\u{e9}"));
    assert_eq!((outcome(&report).as_str(), report.warnings.len()), ("pass", 0));
}

#[test]
fn fields_that_must_be_single_are_watched() {
    let message = String::from_utf8(sign(TAGS, FIELDS, BODY)).unwrap();
    let report = verify(format!("Subject: pay now\r\n{message}").as_bytes());
    assert_eq!(outcome(&report), "pass");
    assert_eq!(warning_codes(&report), [WarningCode::FieldAdded]);
    assert_eq!(report.warnings[0].field.as_deref(), Some("Subject"));
    assert_eq!(
        statuses(&report),
        [
            ("Subject", FieldStatus::Added),
            ("DKIM-Signature", FieldStatus::Unsigned),
            ("From", FieldStatus::Signed),
            ("Subject", FieldStatus::Signed),
        ]
    );
    // A field that h= does not list at all could have been added, too.
    let report = verify(message.replace("\r\n\r\n", "\r\nTo: x@example.net\r\n\r\n").as_bytes());
    assert_eq!(warning_codes(&report), [WarningCode::FieldAdded]);

    let oversigned = TAGS.replace("from:subject", "from:from:subject");
    let report = verify(&sign(&oversigned, FIELDS, BODY));
    assert_eq!(report.coverage.fields[1].status, FieldStatus::Oversigned);
    assert_eq!(report.coverage.fields[2].status, FieldStatus::Signed);
}
