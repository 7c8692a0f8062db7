//! Which DomainKeys signature gets which result.

use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::dns::Answer;
use waxseal::domainkeys::{SendingField, Verification};
use waxseal::message::HeaderReader;
use waxseal::{Options, Reason};

use super::{BODY, FROM, allowing, field, outcome, record, verify};
use crate::support::{Dns, at};

const NAME: &str = "s._domainkey.example.com";

fn verified(header: &str, dns: &Dns, options: &Options) -> String {
    outcome(&verify(format!("{header}{BODY}").as_bytes(), dns, options, 3)[0])
}

#[test]
fn a_good_signature_is_historic_unless_allowed() {
    let dns = Dns::new().txt(NAME, &record());
    let signed = field(FROM, "example.com") + FROM;
    assert_eq!(verified(&signed, &dns, &at(0)), "policy historicAlgorithm");
    let message = format!("{signed}{BODY}");
    let outcome = verify(message.as_bytes(), &dns, &allowing(), 100).remove(0);
    let report = serde_json::to_value(&outcome.report).expect("JSON");
    assert_eq!(report["protocol"], "domainkeys");
    assert_eq!(report["result"], "pass");
    assert_eq!(report["reason"], serde_json::Value::Null);
    assert_eq!(report["explanation"], "The signature of example.com verifies.");
    assert_eq!(report["algorithm"], "rsa-sha1");
    assert_eq!(report["canonicalization"]["body"], "nofws");
    assert_eq!(report["identity"], serde_json::Value::Null);
    assert_eq!(report["key"]["name"], NAME);
    assert_eq!(report["key"]["bits"], 2048);
    assert_eq!(report["warnings"][0]["code"], "weakAlgorithm");
    assert_eq!(report["trace"], serde_json::json!([]));
    let sender = outcome.sender.expect("a sender");
    assert_eq!((sender.field, sender.local_part.as_str()), (SendingField::From, "joe"));
    assert_eq!(outcome.verified.expect("it verifies").picked, [1]);
    assert_eq!(outcome.body_octets, "\r\nHello\r\n".len() as u64);
}

#[test]
fn keys_decide() {
    let signed = field(FROM, "example.com") + FROM;
    let key = record();
    let no_key = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKL71jhIktHOfqs+2+VcZIc3pz0Vc5zq4rM/gKpAjYrwPZUZlj/f7zDMYN6w3rOy+3Kh5ZmGL7SDYTG3hKpTlsECAwEAAQ==";
    for (records, expected) in [
        (&[key.as_str()][..], "pass"),
        (&[], "permerror keyNotFound"),
        (&["v=spf1 -all"], "permerror keyNotFound"),
        (&["k=rsa; p="], "permerror keyRevoked"),
        (&["k=rsa; p=*"], "permerror keySyntax"),
        (&["k=dsa; p=YQ=="], "permerror keyTypeMismatch"),
        (
            &["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
            "permerror keyTypeMismatch",
        ),
        (&["v=spf1 -all", key.as_str()], "pass"),
        (&[&format!("k=rsa; p={no_key}")], "permerror keyTooSmall"),
        (&[&format!("g=joe; {key}")], "pass"),
        (&[&format!("g=; {key}")], "pass"),
        (&[&format!("g=*; {key}")], "pass"),
        (&[&format!("g=j*e; {key}")], "pass"),
        (&[&format!("g=ann; {key}")], "permerror identityMismatch"),
        (&[&format!("g=JOE; {key}")], "permerror identityMismatch"),
        (&[&format!("{key}; h=sha256")], "permerror keyHashNotAllowed"),
        (&[&format!("{key}; s=tlsrpt")], "permerror keyServiceNotAllowed"),
        (&[&format!("g=ann; {key}"), &key], "pass"),
        (&[&format!("n=notes; {key}; t=y")], "pass"),
    ] {
        let dns = Dns::new().records(NAME, records);
        assert_eq!(verified(&signed, &dns, &allowing()), expected, "{records:?}");
    }
    let dns = Dns::new().answer(NAME, Answer::unavailable("SERVFAIL"));
    assert_eq!(verified(&signed, &dns, &allowing()), "temperror keyUnavailable");
    // The flag s holds for who sends, as for i= of DKIM.
    let below = "From: joe@mail.example.com\r\n";
    let signed = field(below, "example.com") + below;
    for (flags, expected) in [("y", "pass"), ("s", "permerror identityMismatch")] {
        let dns = Dns::new().txt(NAME, &format!("{key}; t={flags}"));
        assert_eq!(verified(&signed, &dns, &allowing()), expected);
    }
}

#[test]
fn only_what_is_signed_and_stands_below_counts() {
    let dns = Dns::new().txt(NAME, &record());
    let signed = field(FROM, "example.com");
    for (header, expected) in [
        (format!("{signed}{FROM}"), "pass"),
        (format!("{FROM}{signed}"), "permerror fromNotSigned"),
        (format!("From: eve@example.org\r\n{signed}{FROM}"), "policy unsignedFrom"),
        (format!("Sender: eve@example.org\r\n{signed}{FROM}"), "pass"),
        (format!("{signed}Sender: eve@example.org\r\n{FROM}"), "permerror fromNotSigned"),
        (format!("{signed}{FROM}{FROM}"), "fail signatureMismatch"),
        (format!("{signed}From: joe@example.org\r\n"), "permerror identityMismatch"),
        (signed.replace("rsa-sha1", "rsa-sha256") + FROM, "permerror unsupportedAlgorithm"),
    ] {
        assert_eq!(verified(&header, &dns, &allowing()), expected, "{header}");
    }
    // Sender signs for From.
    let fields = "From: joe@example.org\r\nSender: ann@example.com\r\n";
    let signed = field(fields, "example.com") + fields;
    assert_eq!(verified(&signed, &dns, &allowing()), "pass");
}

#[test]
fn a_single_label_signs_for_nobody() {
    let from = "From: joe@mail.example\r\n";
    let dns = Dns::new().txt("s._domainkey.example", &record());
    let signed = field(from, "example") + from;
    assert_eq!(verified(&signed, &dns, &allowing()), "policy publicSuffix");
}

#[test]
fn without_a_body_nothing_is_said() {
    let mut options = allowing();
    options.headers_only = true;
    let dns = Dns::new().txt(NAME, &record());
    let signed = field(FROM, "example.com") + FROM;
    assert_eq!(verified(&signed, &dns, &options), "neutral bodyNotChecked");
}

#[test]
fn the_trace_shows_the_steps() {
    let dns = Dns::new().txt(NAME, &record());
    let message = format!("{}{FROM}{BODY}", field(FROM, "example.com"));
    let mut options = at(0);
    options.trace = true;
    let outcome = verify(message.as_bytes(), &dns, &options, 100).remove(0);
    let steps: Vec<_> = outcome.report.trace.iter().map(|step| (step.step, step.ok)).collect();
    let expected = [
        ("parse", true),
        ("canonicalHeader", true),
        ("key", true),
        ("signature", true),
        ("policy", false),
    ];
    assert_eq!(steps, expected);
    let canonical = waxseal::encoding::base64::encode(b"From:joe@example.com\r\n");
    assert_eq!(outcome.report.trace[1].detail, canonical);
}

#[test]
fn a_refused_signature_has_that_reason_and_no_key() {
    let mut reader = HeaderReader::new(10_000, 100);
    reader.push(format!("{}{FROM}\r\n", field(FROM, "example.com")).as_bytes()).expect("a header");
    let header = reader.into_header();
    let options = allowing();
    let mut verification = Verification::new(&header, 0, &options).expect("a field");
    assert!(verification.key_name().is_some());
    verification.refuse(Reason::TooManySignatures, "only the first 10 signatures are evaluated");
    assert_eq!(verification.key_name(), None);
    let outcome = verification.finish(&Answer::NotFound, &header, &options);
    assert_eq!(super::outcome(&outcome), "policy tooManySignatures");
    assert_eq!(outcome.report.explanation, "Only the first 10 signatures are evaluated.");
    assert!(Verification::new(&header, 2, &options).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_field_has_a_verdict(
        tags in prop::collection::vec(prop_oneof![
            Just("a=rsa-sha1;".to_owned()), Just("b=YQ==;".to_owned()), Just("c=nofws;".to_owned()),
            Just("d=example.com;".to_owned()), Just("s=s;".to_owned()), Just("h=From;".to_owned()),
            Just("q=dns;".to_owned()), Just("\r\n ".to_owned()), "[ -~]{0,9}",
        ], 0..10),
        record in "[ -~]{0,40}",
        body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let fields = format!("DomainKey-Signature: {}\r\n{FROM}\r\n", tags.concat());
        let message = [fields.as_bytes(), &body].concat();
        let dns = Dns::new().txt(NAME, &record);
        for piece in [1, 7, 100] {
            let outcomes = verify(&message, &dns, &allowing(), piece);
            prop_assert_eq!(outcomes.len(), 1);
            prop_assert!(outcome(&outcomes[0]) != "pass");
        }
    }
}
