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

/// The same with more fields signed, which stand in `h=` of their own.
fn restores_signed(expected: &str, fields: &str, signed: &str, came: &str) {
    restores_with(expected, fields, (signed, BODY), (came, BODY));
}

fn restores_with(expected: &str, names: &str, signed: (&str, &str), came: (&str, &str)) {
    for way in WAYS {
        let (algorithm, canonicalization) = way;
        let tags =
            tags(algorithm, canonicalization).replace("message-id", &format!("message-id:{names}"));
        let message = sign(&tags, signed.0, signed.1);
        let end = signed.0.len() + signed.1.len() + 2;
        let field = &message[..message.len() - end];
        let message = [field, came.0.as_bytes(), b"\r\n", came.1.as_bytes()].concat();
        let diagnosis = diagnose(&message);
        assert_eq!(restored_by(only(&diagnosis)), expected, "{way:?} {came:?}");
    }
}

#[test]
fn addresses_are_written_as_they_were() {
    let expected = "addressFormat";
    restores(expected, &WAYS, FIELDS, &with("Joe <", "\"Joe\" <"));
    restores(expected, &WAYS, &with("Joe <", "\"Joe\" <"), FIELDS);
    restores(expected, &WAYS, FIELDS, &with("Joe <joe@example.com>", "joe@example.com (Joe)"));
    restores(expected, &WAYS, &with("Joe <joe@example.com>", "joe@example.com"), FIELDS);
    restores(expected, &WAYS, &with("Joe <joe@example.com>", "<joe@example.com>"), FIELDS);
    let two = with("friends@example.net", "a@example.net,b@example.net");
    restores(expected, &WAYS, &two, &two.replace(",b", ", b"));
}

#[test]
fn an_author_whom_a_list_replaced_is_found() {
    let list = "\"Joe via Friends\" <friends@example.net>";
    let came = with("Joe <joe@example.com>", list);
    let header = |more: &str| format!("{came}{more}");
    restores("fromRewritten", &WAYS, FIELDS, &header("Cc: Joe <joe@example.com>\r\n"));
    restores("fromRewritten", &WAYS, FIELDS, &header("X-Original-From: Joe <joe@example.com>\r\n"));
    // The name from one field, the address from another; Reply-To was signed as not being there.
    let more = header("Reply-To: joe@example.com\r\n");
    restores("fromRewritten + fieldAdded", &WAYS, FIELDS, &more);
    let all = more.replace("Subject: ", "Subject: [friends] ");
    restores("fromRewritten + subjectTag + fieldAdded", &WAYS, FIELDS, &all);
}

#[test]
fn what_is_said_of_fields_can_be_read() {
    let told = |came: &str| {
        let diagnosis = diagnose(&damaged(WAYS[3], (FIELDS, BODY), (came, BODY)));
        only(&diagnosis).explanation.clone()
    };
    let came = with("Joe <joe@example.com>", "joe@example.com (Joe)");
    assert_eq!(told(&came), "It would verify with From written as \"Joe <joe@example.com>\".");
    let came = with("Message-ID: ", "X-Original-Message-ID: ");
    let expected = "It would verify with the Message-ID field that is gone: \"<1@example.com>\".";
    assert_eq!(told(&came).to_lowercase(), expected.to_lowercase());
    let came = format!("Reply-To: a@example.net\r\n{FIELDS}");
    assert_eq!(told(&came), "It would verify without Reply-To.");
    let came = FIELDS.replace(": ", ":");
    assert_eq!(told(&came), "It would verify with blanks as they were.");
}

#[test]
fn dates_are_written_as_they_were() {
    let date = "Fri, 3 Nov 2023 09:08:07 +0000";
    for other in [
        "Fri, 03 Nov 2023 09:08:07 +0000",
        "3 Nov 2023 09:08:07 +0000",
        "Fri, 3 Nov 2023 09:08:07 GMT",
        "Fri, 03 Nov 2023 09:08:07 +0000 (UTC)",
    ] {
        restores("dateRewritten", &WAYS, FIELDS, &with(date, other));
        restores("dateRewritten", &WAYS, &with(date, other), FIELDS);
    }
    let former = with("Date: ", "Date: Sat, 4 Nov 2023 10:00:00 +0100\r\nX-Original-Date: ");
    restores("dateRewritten", &WAYS, FIELDS, &former);
    restores("-", &WAYS, FIELDS, &with(date, "Fri, 3 Nov 2023 09:08:08 +0000"));
}

#[test]
fn encoded_words_are_written_as_they_were() {
    let subject = |text: &str| with("Lunch on Friday", text);
    let signed = "=?utf-8?q?caf=C3=A9?= =?utf-8?q?_on_Friday?=";
    for came in [
        "=?UTF-8?Q?caf=C3=A9?= =?UTF-8?Q?_on_Friday?=",
        "=?utf-8?B?Y2Fmw6k=?= =?utf-8?B?IG9uIEZyaWRheQ==?=",
    ] {
        restores("encodedWords", &WAYS, &subject(signed), &subject(came));
    }
    restores("encodedWords", &WAYS, &subject("=?utf-8?B?Y2Fmw6kgb24gRnJpZGF5?="), &subject(signed));
    restores("encodedWords", &WAYS, &subject("=?UTF-8?Q?caf=C3=A9?="), &subject("café"));
    restores("encodedWords", &WAYS, &subject("café on Friday"), &subject(signed));
}

#[test]
fn content_fields_are_written_as_they_were() {
    let fields = |value: &str| format!("{FIELDS}Content-Type: {value}\r\n");
    let signed = "text/plain; charset=\"utf-8\"; format=flowed";
    for came in [
        "text/plain; charset=utf-8; format=flowed",
        "text/plain; charset=\"UTF-8\"; format=flowed",
        "text/plain; charset=\"utf-8\"; format=\"flowed\"",
        "text/plain; charset=\"utf-8\"; format=flowed; delsp=no",
    ] {
        restores_signed("contentFields", "content-type", &fields(signed), &fields(came));
    }
    let encoding = |value: &str| format!("{FIELDS}Content-Transfer-Encoding: {value}\r\n");
    let name = "content-transfer-encoding";
    restores_signed("transferEncoding", name, &encoding("8bit"), &encoding("quoted-printable"));
    restores_signed(
        "fieldRemoved",
        "mime-version",
        &format!("{FIELDS}MIME-Version: 1.0\r\n"),
        FIELDS,
    );
    let boundary = |name: &str, body: &str| {
        let fields = fields(&format!("multipart/mixed; boundary={name}"));
        (fields, format!("--{body}\r\n\r\nHi.\r\n--{body}--\r\n"))
    };
    let (signed, came) = (boundary("one", "one"), boundary("two", "one"));
    let (signed, came) = ((&*signed.0, &*signed.1), (&*came.0, &*came.1));
    restores_with("boundary", "content-type", signed, came);
}

#[test]
fn what_a_list_wrapped_is_restored_header_and_body() {
    let signed = format!("{FIELDS}Content-Type: text/plain; charset=utf-8\r\n");
    let came = format!("{FIELDS}Content-Type: multipart/mixed; boundary=x\r\n")
        .replace("Subject: ", "Subject: [friends] ");
    let body = format!(
        "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{BODY}\r\n--x\r\n\r\nThe list\r\n--x--\r\n"
    );
    let expected = "subjectTag + wrappedInMultipart";
    restores_with(expected, "content-type", (&signed, BODY), (&came, &body));
}

#[test]
fn fields_in_another_order_are_turned_round() {
    let signed = format!("X-A: one\r\nX-A: two\r\nX-A: three\r\n{FIELDS}");
    let came = format!("X-A: three\r\nX-A: two\r\nX-A: one\r\n{FIELDS}");
    restores_signed("fieldOrder", "x-a:x-a:x-a", &signed, &came);
}

#[test]
fn copies_say_what_the_fields_were() {
    for way in WAYS {
        let tags = tags(way.0, way.1)
            + "; z=From:=20Joe=20<joe@example.com>|Subject:=20Lunch=20on=20Friday|X:=20gone";
        let message = sign(&tags, FIELDS, BODY);
        let message = String::from_utf8(message).unwrap().replace("Lunch on", "Supper last");
        let diagnosis = diagnose(message.as_bytes());
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), "copiedField");
        assert_eq!(signature.explanation, "It would verify with Subject as z= has it.");
        let copied: Vec<_> = signature
            .copied_fields
            .iter()
            .map(|one| (one.name.as_str(), one.copied.as_str(), one.present.as_deref()))
            .collect();
        let subject = ("Subject", "Lunch on Friday", Some("Supper last Friday"));
        assert_eq!(copied, [subject, ("X", "gone", None)]);
    }
}

#[test]
fn a_canonicalization_that_is_not_the_one_in_c_is_told() {
    for way in WAYS {
        // The signer of these tests does not see c= behind a blank, and signs in simple form.
        let tags = tags(way.0, "relaxed/relaxed").replace("; c=", "; c =");
        let diagnosis = diagnose(&sign(&tags, FIELDS, BODY));
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), "otherCanonicalization");
        assert_eq!(
            signature.explanation,
            "It would verify with the canonicalization \"simple\" in place of \"relaxed\" in c=."
        );
    }
}

#[test]
fn a_list_is_pointed_out_where_nothing_restores_the_header() {
    let came = format!("List-Id: Friends <friends.example.net>\r\n{}", with("Lunch", "Supper"));
    let diagnosis = diagnose(&damaged(WAYS[0], (FIELDS, BODY), (&came, BODY)));
    let [finding] = &only(&diagnosis).findings[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("mailingList", false));
    assert!(finding.explanation.contains("(Friends <friends.example.net>)"), "{finding:?}");
}

#[test]
fn without_a_key_or_a_body_a_part_is_not_checked() {
    let came = with("Subject: ", "Subject: [friends] ");
    let message = damaged(WAYS[2], (FIELDS, BODY), (&came, ""));
    let mut options = at(NOW);
    options.headers_only = true;
    let diagnosis = diagnose_with(&message, options, Bounds::default());
    let signature = only(&diagnosis);
    assert_eq!(restored_by(signature), "subjectTag");
    assert_eq!((signature.header, signature.body), (PartState::WouldVerify, PartState::NotChecked));
    // A signature that has no verdict for want of its key is no signature that fails.
    let diagnosis = diagnose_in_dns(&message, &Dns::new(), at(NOW), Bounds::default());
    assert_eq!(diagnosis.signatures, []);
}
