//! Messages that were damaged as a whole, by copying and storing them.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use waxseal::VerificationResult;

use super::*;

#[test]
fn a_copied_message_is_repaired_before_it_is_read() {
    for way in WAYS {
        let whole = String::from_utf8(sign(&tags(way.0, way.1), FIELDS, BODY)).unwrap();
        for (came, expected) in [
            (whole.replace("\r\n", "\n"), "lineEndings"),
            (format!("\u{feff}{whole}"), "byteOrderMark"),
            (format!("\r\n\r\n{whole}"), "leadingBlankLines"),
            (format!("From joe@example.com Fri Nov  3 09:08:07 2023\r\n{whole}"), "mboxLine"),
        ] {
            let diagnosis = diagnose(came.as_bytes());
            assert_ne!(diagnosis.report.result, VerificationResult::Pass);
            let repaired = diagnosis.repaired_report.as_ref().expect("a report");
            assert_eq!(repaired.result, VerificationResult::Pass);
            let [finding] = &diagnosis.message[..] else { panic!("{diagnosis:#?}") };
            assert_eq!((finding.hypothesis.code(), finding.restored), (expected, true));
            assert_eq!(diagnosis.signatures, []);
        }
    }
}

#[test]
fn what_else_happened_to_a_copied_message_is_found_as_well() {
    let message = damaged(WAYS[0], (FIELDS, BODY), (FIELDS, &format!("{BODY}footer\r\n")));
    let copied = String::from_utf8(message).unwrap().replace("\r\n", "\n");
    let diagnosis = diagnose(copied.as_bytes());
    let [finding] = &diagnosis.message[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("lineEndings", false));
    assert_eq!(
        finding.explanation,
        "The header can only be read with CRLF at the end of every line."
    );
    assert_eq!(restored_by(only(&diagnosis)), "footer");
}

#[test]
fn continuations_that_lost_their_blank_are_joined_again() {
    let fields =
        FIELDS.replace("friends@example.net", "friends@example.net,\r\n others@example.net");
    let message = damaged(WAYS[0], (&fields, BODY), (&fields.replace("\r\n ", "\r\n"), BODY));
    let diagnosis = diagnose(&message);
    let [finding] = &diagnosis.message[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("lostIndentation", true));
}

#[test]
fn octets_that_are_signed_are_no_damage() {
    let fields = FIELDS.replace("on Friday", "on\nFriday");
    let diagnosis = diagnose(&sign(&tags(WAYS[0].0, WAYS[0].1), &fields, BODY));
    assert_eq!(diagnosis.report.result, VerificationResult::Pass);
    assert_eq!((diagnosis.repaired_report, diagnosis.message), (None, Vec::new()));
}

#[test]
fn trimmed_blanks_are_noticed() {
    // Blanks that no one can know of are lost as well.
    let signed = BODY.replace("there?\r\n", "there? \r\n");
    let came = BODY.replace("-- \r\n", "--\r\n");
    let diagnosis = diagnose(&damaged(WAYS[3], (FIELDS, &signed), (FIELDS, &came)));
    assert_eq!(restored_by(only(&diagnosis)), "-");
    let [finding] = &diagnosis.message[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("trimmedBlanks", false));
    assert_eq!(finding.changes[0].line, 5);
}

#[test]
fn a_message_past_the_bound_is_only_verified() {
    let came = format!("{BODY}footer\r\n");
    let message = damaged(WAYS[0], (FIELDS, BODY), (FIELDS, &came));
    let bounds = Bounds { message_octets: message.len() - 1, ..Bounds::default() };
    let diagnosis = diagnose_with(&message, at(NOW), bounds);
    assert_eq!(diagnosis.message[0].hypothesis.code(), "tooLarge");
    assert_eq!(diagnosis.signatures, []);
    assert_eq!(diagnosis.report.result, VerificationResult::Fail);
}
