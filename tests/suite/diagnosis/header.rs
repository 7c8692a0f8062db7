//! Damage to headers, each way of signing.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

/// What restores a header that was signed and came as another, in each of these ways of signing.
fn restores(expected: &str, ways: &[(&str, &str)], signed: &str, came: &str) {
    for way in ways {
        let diagnosis = diagnose(&damaged(*way, (signed, BODY), (came, BODY)));
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), expected, "{way:?} {came:?}");
        assert_eq!(signature.body, PartState::Verifies);
    }
}

/// The usual fields with one text in place of another.
fn with(from: &str, to: &str) -> String {
    assert!(FIELDS.contains(from), "{from}");
    FIELDS.replace(from, to)
}

const SIMPLE: &[(&str, &str)] = &[WAYS[1], WAYS[3]];

#[test]
fn the_tag_of_a_list_is_found() {
    restores("subjectTag", &WAYS, FIELDS, &with("Subject: ", "Subject: [friends] "));
    let signed = with("Subject: ", "Subject: Re: ");
    restores("subjectTag", &WAYS, &signed, &with("Subject: ", "Subject: Re: [friends 12] "));
    restores("subjectWords", &WAYS, FIELDS, &with("Subject: ", "Subject: EXTERNAL: "));
    restores("subjectWords", &WAYS, FIELDS, &with("Friday", "Friday (external sender)"));
    let came = with("Subject: ", "Subject: [friends] ");
    let diagnosis = diagnose(&damaged(WAYS[2], (FIELDS, BODY), (&came, BODY)));
    let signature = only(&diagnosis);
    assert_eq!(signature.explanation, "It would verify without \"[friends]\" in Subject.");
    let change = &signature.findings[0].changes[0];
    assert_eq!((change.field.as_deref(), change.index), (Some("Subject"), Some(3)));
    assert_eq!((change.before.as_str(), change.after.as_str()), ("[friends] ", ""));
}

#[test]
fn fields_added_and_removed_are_found() {
    let added = format!("Reply-To: friends@example.net\r\n{FIELDS}");
    restores("fieldAdded", &WAYS, FIELDS, &added);
    let twice = format!("{FIELDS}Subject: Viagra\r\n");
    restores("otherInstance", &WAYS, FIELDS, &twice);
    let renamed = with("Message-ID", "X-Original-Message-ID");
    restores("fieldRemoved", &WAYS, FIELDS, &renamed);
    let replaced = format!("Message-ID: <2@example.net>\r\n{renamed}");
    restores("messageIdRewritten", &WAYS, FIELDS, &replaced);
    let replaced = with("From: ", "From: The List <list@example.net>\r\nX-Original-From: ");
    restores("fromRewritten", &WAYS, FIELDS, &replaced);
}

#[test]
fn folding_and_blanks_are_repaired() {
    let folded =
        with("friends@example.net", "a@example.net,\r\n\tb@example.net,\r\n\tc@example.net");
    restores("folding", SIMPLE, &folded, &folded.replace("\r\n\t", " "));
    restores("tabs", SIMPLE, &folded, &folded.replace("\r\n\t", "\r\n "));
    restores("folding", SIMPLE, &folded.replace("\r\n\t", " "), &folded);
    restores("blanks", SIMPLE, FIELDS, &with("Friday", "Friday \t"));
    restores("blanks", SIMPLE, FIELDS, &FIELDS.replace(": ", ":"));
    restores(
        "nameCase",
        SIMPLE,
        FIELDS,
        &with("Message-ID", "Message-Id")
            .replace("Subject", "SUBJECT")
            .replace("Message-Id", "Message-ID"),
    );
}

#[test]
fn a_signature_of_another_key_is_told_from_a_changed_header() {
    for (way, hints) in [(WAYS[0], &[][..]), (WAYS[2], &["headerChanged"])] {
        let came = with("Lunch", "Supper");
        let diagnosis = diagnose(&damaged(way, (FIELDS, BODY), (&came, BODY)));
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), "-");
        assert_eq!((signature.header, signature.body), (PartState::Fails, PartState::Verifies));
        let codes: Vec<_> = signature.findings.iter().map(|one| one.hypothesis.code()).collect();
        assert_eq!(codes, hints);
    }
    let message = String::from_utf8(sign(&tags(WAYS[2].0, WAYS[2].1), FIELDS, BODY)).unwrap();
    let place = message.find("; b=").unwrap() + 10;
    let letter = if &message[place..=place] == "A" { "B" } else { "A" };
    let forged = format!("{}{letter}{}", &message[..place], &message[place + 1..]);
    let diagnosis = diagnose(forged.as_bytes());
    let [finding] = &only(&diagnosis).findings[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("otherKey", false));
}

#[test]
fn header_and_body_are_restored_together() {
    for way in WAYS {
        let came = with("Subject: ", "Subject: [friends] ");
        let message = damaged(way, (FIELDS, BODY), (&came, &format!("{BODY}footer\r\n")));
        let diagnosis = diagnose(&message);
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), "subjectTag + footer");
        assert_eq!(
            signature.explanation,
            "It would verify without \"[friends]\" in Subject and without the line appended at the end."
        );
    }
}
