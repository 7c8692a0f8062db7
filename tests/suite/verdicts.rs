//! Every row of the table of verdicts, the message model, the limits, warnings and coverage.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use waxseal::dns::{Answer, TxtRecords};
use waxseal::verify::{AlignmentMode, FieldStatus, WarningCode};
use waxseal::{Options, Reason, Report, VerificationResult};

use crate::rfc_examples::{ED25519_RECORD, RFC_8463, RSA_RECORD, SIGNED_AT, keys};
use crate::signer::sign;
use crate::support::{self, Dns, at, outcomes};

const NOW: u64 = 1_700_000_000;
const TAGS: &str =
    "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed; h=from:subject; bh={bh}";
const FIELDS: &str = "From: joe@example.com\r\nSubject: hello\r\n";
const BODY: &str = "Hi.\r\n";

fn dns() -> Dns {
    Dns::new()
        .txt("ed._domainkey.example.com", ED25519_RECORD)
        .txt("rsa._domainkey.example.com", RSA_RECORD)
}

fn verify(message: &[u8]) -> Report {
    support::verify(message, &dns(), at(NOW))
}

/// The outcome of a message signed with these tags.
fn with_tags(tags: &str) -> String {
    outcome(&verify(&sign(tags, FIELDS, BODY)))
}

/// The outcome of the usual message with that key record.
fn with_record(record: &str) -> String {
    with_records(&[record])
}

fn with_records(records: &[&str]) -> String {
    let dns = Dns::new().records("ed._domainkey.example.com", records);
    outcome(&support::verify(&sign(TAGS, FIELDS, BODY), &dns, at(NOW)))
}

fn outcome(report: &Report) -> String {
    outcomes(report).join(", ")
}

fn with(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = at(NOW);
    change(&mut options);
    options
}

fn warning_codes(report: &Report) -> Vec<WarningCode> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

fn signature_warnings(report: &Report) -> Vec<WarningCode> {
    report
        .signatures
        .iter()
        .flat_map(|one| &one.warnings)
        .map(|warning| warning.code)
        .collect()
}

fn statuses(report: &Report) -> Vec<(&str, FieldStatus)> {
    report
        .coverage
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.status))
        .collect()
}

#[test]
fn a_good_signature_passes() {
    let report = verify(&sign(TAGS, FIELDS, BODY));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(report.result, VerificationResult::Pass);
    assert_eq!(report.signatures[0].aligned, AlignmentMode::Strict);
    assert_eq!(report.signatures[0].reason, None);
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn hashes_and_signatures_that_differ_fail() {
    let message = String::from_utf8(sign(TAGS, FIELDS, BODY)).unwrap();
    for (old, new, expected) in [
        ("Hi.", "Ho.", "fail bodyHashMismatch"),
        ("hello", "hullo", "fail signatureMismatch"),
        ("==\r\nFrom", "AA\r\nFrom", "fail signatureMismatch"),
    ] {
        assert_eq!(
            outcome(&verify(message.replace(old, new).as_bytes())),
            expected
        );
    }
    let short = TAGS.replace("{bh}", "YWJj");
    assert_eq!(with_tags(&short), "fail bodyHashMismatch");
}

#[test]
fn tags_that_are_wrong_are_permanent_errors() {
    let hundred = "1".repeat(77);
    for (old, new, expected) in [
        ("; s=ed", "; s=ed; oops", "tagSyntax"),
        ("; s=ed", "; s=ed;; q=dns/txt", "tagSyntax"),
        ("; s=ed", "; s=ed; 1x=y", "tagSyntax"),
        ("bh={bh}", "bh=*", "tagSyntax"),
        ("bh={bh}", "bh=", "tagSyntax"),
        ("; s=ed", "; s=ed; t=abc", "tagSyntax"),
        ("; s=ed", "; s=ed; t=1234567890123", "tagSyntax"),
        ("; s=ed", "; s=ed; x=-1", "tagSyntax"),
        ("; s=ed", &format!("; s=ed; l={hundred}"), "tagSyntax"),
        ("from:subject", "from::subject", "tagSyntax"),
        ("from:subject", "from:sub ject", "tagSyntax"),
        ("; s=ed", "; s=ed; i=example.com", "tagSyntax"),
        ("; s=ed", "; s=ed; i=a=b@example.com", "tagSyntax"),
        ("; s=ed", "; s=ed; z=nothing", "tagSyntax"),
        ("; s=ed", "; s=ed; s=ed", "duplicateTag"),
        ("; s=ed", "; s=ed; q=dns/txt; q=dns/txt", "duplicateTag"),
        ("v=1; ", "", "missingTag"),
        ("a=ed25519-sha256; ", "", "missingTag"),
        ("d=example.com; ", "", "missingTag"),
        ("s=ed; ", "", "missingTag"),
        ("h=from:subject; ", "", "missingTag"),
        ("; bh={bh}", "", "missingTag"),
        ("v=1", "v=2", "unsupportedVersion"),
        ("v=1", "v=01", "unsupportedVersion"),
        ("ed25519-sha256", "ed25519-sha512", "unsupportedAlgorithm"),
        ("ed25519-sha256", "rsa-sha1", "unsupportedAlgorithm"),
        (
            "relaxed/relaxed",
            "relaxed/other",
            "unsupportedCanonicalization",
        ),
        ("relaxed/relaxed", "/", "unsupportedCanonicalization"),
        ("; s=ed", "; s=ed; q=other", "unsupportedQueryMethod"),
        ("from:subject", "subject", "fromNotSigned"),
        ("; s=ed", "; s=ed; i=@example.org", "identityMismatch"),
        ("; s=ed", "; s=ed; i=@notexample.com", "identityMismatch"),
        ("d=example.com", "d=example.com.", "domainInvalid"),
        ("d=example.com", "d=exa mple.com", "domainInvalid"),
        ("d=example.com", "d=exam'ple.com", "domainInvalid"),
        ("s=ed", "s=", "domainInvalid"),
        ("s=ed", &format!("s={}", "a".repeat(64)), "domainInvalid"),
        ("; s=ed", "; s=ed; t=10; x=10", "expiresBeforeTimestamp"),
    ] {
        let tags = TAGS.replace(old, new);
        assert_eq!(with_tags(&tags), format!("permerror {expected}"), "{tags}");
    }
}

#[test]
fn the_tags_of_broken_signatures_are_still_shown() {
    let report = verify(&sign(&TAGS.replace("; s=ed", "; s=ed; oops"), FIELDS, BODY));
    let signature = &report.signatures[0];
    assert_eq!(signature.domain.as_deref(), Some("example.com"));
    assert_eq!(signature.selector.as_deref(), Some("ed"));
    assert!(
        signature.explanation.contains("octet"),
        "{}",
        signature.explanation
    );
}

#[test]
fn dead_signatures_cost_no_lookup() {
    for (old, new) in [
        ("d=example.com", "d=example.com."),
        ("v=1", "v=2"),
        ("from:", ""),
    ] {
        let message = sign(&TAGS.replace(old, new), FIELDS, BODY);
        let mut verifier = waxseal::Verifier::new(at(NOW));
        assert_eq!(verifier.push(&message), waxseal::Interest::Nothing);
        assert_eq!(verifier.poll_query(), None);
    }
}

#[test]
fn signatures_accept_what_the_rfc_allows() {
    for (old, new) in [
        ("; s=ed", "; s=ed; q=other:dns/txt"),
        ("; s=ed", "; s=ed; unknown=tag"),
        ("; s=ed", "; s=ed; i=joe=40home@eng.example.com"),
        ("; s=ed", "; s=ed; z=From:joe@example.com|Subject:hello"),
        ("d=example.com", "d=EXAMPLE.com"),
        ("ed25519-sha256", "ED25519-SHA256"),
        ("relaxed/relaxed", "RELAXED/Relaxed"),
        (
            "from:subject",
            "from : subject :\r\n from:subject:x-absent:x-absent",
        ),
        ("; s=ed", "; s=ed; t=1699999999; x=1700000001"),
        ("relaxed/relaxed", "relaxed"),
        ("relaxed/relaxed", "simple/simple"),
        ("c=relaxed/relaxed; ", ""),
        ("from:subject", "from:subject:dkim-signature"),
    ] {
        let tags = TAGS.replace(old, new);
        assert_eq!(with_tags(&tags), "pass", "{tags}");
    }
}

#[test]
fn body_lengths_are_checked_against_the_canonical_body() {
    let tags = TAGS.replace("; s=ed", "; s=ed; l=3");
    let message = sign(&tags, FIELDS, "Hi.\r\nAn advertisement.\r\n");
    let report = verify(&message);
    assert_eq!(outcome(&report), "policy bodyNotWholeSigned");
    assert_eq!(
        (report.coverage.body.signed, report.coverage.body.total),
        (3, 24)
    );
    let report = support::verify(
        &message,
        &dns(),
        with(|o| o.policy.allow_body_length = true),
    );
    assert_eq!(outcome(&report), "pass");
    assert_eq!(
        signature_warnings(&report),
        [WarningCode::BodyNotWholeSigned]
    );

    assert_eq!(with_tags(&TAGS.replace("; s=ed", "; s=ed; l=5")), "pass");
    assert_eq!(
        with_tags(&TAGS.replace("; s=ed", "; s=ed; l=6")),
        "permerror bodyLengthTooLong"
    );
    let huge = format!("; s=ed; l={}", "9".repeat(76));
    let report = verify(&sign(&TAGS.replace("; s=ed", &huge), FIELDS, BODY));
    assert_eq!(outcome(&report), "permerror bodyLengthTooLong");
    assert_eq!(report.signatures[0].body_length, Some((1 << 53) - 1));
}

#[test]
fn key_records_that_are_wrong_are_permanent_errors() {
    let p = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    for (record, expected) in [
        ("v=spf1 -all".to_owned(), "keyNotFound"),
        ("hello".to_owned(), "keyNotFound"),
        ("v=DKIM1; k=ed25519; p=".to_owned(), "keyRevoked"),
        ("v=DKIM1; k=ed25519".to_owned(), "keySyntax"),
        (format!("v=DKIM2; k=ed25519; {p}"), "keySyntax"),
        (format!("k=ed25519; v=DKIM1; {p}"), "keySyntax"),
        (format!("v=DKIM1; oops; {p}"), "keySyntax"),
        ("v=DKIM1; k=ed25519; p=*".to_owned(), "keySyntax"),
        ("v=DKIM1; k=ed25519; p=YWJj".to_owned(), "keySyntax"),
        ("v=DKIM1; k=rsa; p=YWJj".to_owned(), "keySyntax"),
        (format!("v=DKIM1; k=ed25519; {p}; {p}"), "duplicateTag"),
        (RSA_RECORD.to_owned(), "keyTypeMismatch"),
        (format!("v=DKIM1; k=new; {p}"), "keyTypeMismatch"),
        (
            format!("v=DKIM1; k=ed25519; h=sha1; {p}"),
            "keyHashNotAllowed",
        ),
        (
            format!("v=DKIM1; k=ed25519; s=tlsrpt; {p}"),
            "keyServiceNotAllowed",
        ),
        (
            format!("v=DKIM1; k=ed25519; {p}; n={}", "x".repeat(4096)),
            "keySyntax",
        ),
    ] {
        assert_eq!(
            with_record(&record),
            format!("permerror {expected}"),
            "{record}"
        );
    }
    let strict = format!("v=DKIM1; k=ed25519; t=s; {p}");
    let dns = Dns::new().txt("ed._domainkey.example.com", &strict);
    let below = sign(
        &TAGS.replace("; s=ed", "; s=ed; i=@a.example.com"),
        FIELDS,
        BODY,
    );
    let report = support::verify(&below, &dns, at(NOW));
    assert_eq!(outcome(&report), "permerror identityMismatch");
    assert!(report.signatures[0].key.as_ref().unwrap().strict_identity);
}

#[test]
fn key_records_accept_what_the_rfc_allows() {
    let p = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    for record in [
        format!("k=ed25519; {p}"),
        format!("k=Ed25519;{p};"),
        format!("v=DKIM1; k=ed25519; h=sha1:SHA256:new; {p}"),
        format!("v=DKIM1; k=ed25519; s=other:Email; {p}"),
        format!("v=DKIM1; k=ed25519; s=*; {p}"),
        format!("v=DKIM1; k=ed25519; g=; n=note; t=; {p}"),
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7Ty WQHOg7hcvPapiM\tlrwIaaPcHURo=".to_owned(),
    ] {
        assert_eq!(with_record(&record), "pass", "{record}");
    }
}

#[test]
fn of_several_records_each_usable_one_of_the_first_five_is_tried() {
    let other = "v=DKIM1; k=ed25519; p=PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
    assert_eq!(
        with_records(&["v=spf1 -all", other, ED25519_RECORD]),
        "pass"
    );
    assert_eq!(with_records(&[other, other]), "fail signatureMismatch");
    assert_eq!(
        with_records(&["v=DKIM1; p=", other]),
        "fail signatureMismatch"
    );
    let six = [other, other, other, other, other, ED25519_RECORD];
    assert_eq!(with_records(&six), "fail signatureMismatch");
}

#[test]
fn dns_trouble_is_temporary_and_no_such_name_is_not() {
    let message = sign(TAGS, FIELDS, BODY);
    let answered = |answer| {
        let dns = Dns::new().answer("ed._domainkey.example.com", answer);
        outcome(&support::verify(&message, &dns, at(NOW)))
    };
    assert_eq!(
        answered(Answer::unavailable("SERVFAIL")),
        "temperror keyUnavailable"
    );
    assert_eq!(answered(Answer::NotFound), "permerror keyNotFound");
    assert_eq!(
        answered(Answer::Records(TxtRecords::default())),
        "permerror keyNotFound"
    );
    let mut verifier = waxseal::Verifier::new(at(NOW));
    verifier.push(&message);
    assert_eq!(outcome(&verifier.finish()), "temperror keyUnavailable");
}

#[test]
fn rsa_keys_have_bounds() {
    let tags = TAGS
        .replace("ed25519-sha256", "rsa-sha256")
        .replace("s=ed", "s=rsa");
    let message = sign(&tags, FIELDS, BODY);
    let report = verify(&message);
    assert_eq!(outcome(&report), "pass");
    assert_eq!(report.signatures[0].key.as_ref().unwrap().bits, Some(1024));
    let strict = with(|options| options.policy.min_rsa_bits = 2048);
    assert_eq!(
        outcome(&support::verify(&message, &dns(), strict)),
        "permerror keyTooSmall"
    );

    for (modulus, exponent, expected) in [
        (vec![0xff; 64], vec![1, 0, 1], "permerror keyTooSmall"),
        (vec![0xff; 1025], vec![1, 0, 1], "permerror keyTooLarge"),
        (vec![0xff; 1024], vec![1, 0, 1], "fail signatureMismatch"),
        (vec![0xff; 128], vec![3], "fail signatureMismatch"),
        (vec![0xfe; 128], vec![1, 0, 1], "permerror keySyntax"),
        (vec![0xff; 128], vec![4], "permerror keySyntax"),
        (vec![0xff; 128], vec![1], "permerror keySyntax"),
        (vec![0xff; 128], vec![2, 0, 0, 0, 1], "permerror keySyntax"),
    ] {
        let record = format!("p={}", rsa_public_key(&modulus, &exponent));
        let dns = Dns::new().txt("rsa._domainkey.example.com", &record);
        let report = support::verify(
            &message,
            &dns,
            with(|options| {
                options.limits.key_record_octets = 4096;
            }),
        );
        assert_eq!(
            outcome(&report),
            expected,
            "{} octets, {exponent:?}",
            modulus.len()
        );
    }
    // Octets after the key, in the outer and in the inner structure.
    let trailing = format!(
        "p={}AAAA",
        rsa_public_key(&[0xff; 129], &[1, 0, 1]).trim_end_matches('=')
    );
    let dns = Dns::new().txt("rsa._domainkey.example.com", &trailing);
    assert_eq!(
        outcome(&support::verify(&message, &dns, at(NOW))),
        "permerror keySyntax"
    );
}

/// RSAPublicKey in DER and base64 (RFC 8017 §A.1.1).
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> String {
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len().to_be_bytes();
        let length = &length[length.iter().take_while(|octet| **octet == 0).count()..];
        let head = match (content.len(), length) {
            (0..=127, _) => vec![tag, content.len() as u8],
            (_, length) => [&[tag, 0x80 | length.len() as u8], length].concat(),
        };
        [head, content.to_vec()].concat()
    }
    let integer = |octets: &[u8]| {
        let sign: &[u8] = if octets[0] >= 0x80 { &[0] } else { &[] };
        der(2, &[sign, octets].concat())
    };
    let key = der(0x30, &[integer(modulus), integer(exponent)].concat());
    waxseal::encoding::base64::encode(&key)
}

#[test]
fn rsa_sha1_passes_only_where_allowed_and_with_a_warning() {
    let tags = TAGS
        .replace("ed25519-sha256", "rsa-sha1")
        .replace("s=ed", "s=rsa");
    let message = sign(&tags, FIELDS, BODY);
    assert_eq!(outcome(&verify(&message)), "permerror unsupportedAlgorithm");
    let report = support::verify(&message, &dns(), with(|o| o.policy.allow_sha1 = true));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(signature_warnings(&report), [WarningCode::WeakAlgorithm]);
}

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
    assert_eq!(
        outcome(&verify(changed.as_bytes())),
        "fail bodyHashMismatch"
    );
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
    for added in [
        "From: eve@example.net\r\n",
        "From : eve@example.net\r\n",
        "FROM:x\r\n",
    ] {
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
    assert_eq!(
        outcome(&support::verify(&message, &dns, at(NOW))),
        "policy publicSuffix"
    );
}

#[test]
fn headers_alone_are_neutral() {
    let message = sign(TAGS, FIELDS, BODY);
    let header = &message[..message.len() - BODY.len() - 2];
    let options = with(|options| options.headers_only = true);
    let report = support::verify(header, &dns(), options.clone());
    assert_eq!(outcome(&report), "neutral bodyNotChecked");
    assert_eq!(report.signatures[0].body_hash.computed, None);
    let changed = String::from_utf8(message.clone())
        .unwrap()
        .replace("hello", "hullo");
    let report = support::verify(changed.as_bytes(), &dns(), options.clone());
    assert_eq!(outcome(&report), "fail signatureMismatch");
    let revoked = Dns::new().txt("ed._domainkey.example.com", "p=");
    assert_eq!(
        outcome(&support::verify(&message, &revoked, options)),
        "permerror keyRevoked"
    );
}

#[test]
fn signatures_past_the_cap_are_reported_and_not_looked_up() {
    let one = String::from_utf8(sign(TAGS, FIELDS, BODY)).unwrap();
    let (field, rest) = one.split_at(one.find("\r\nFrom").unwrap() + 2);
    let message = format!("{}{rest}", field.repeat(12));
    let report = verify(message.as_bytes());
    let found = outcomes(&report);
    assert_eq!(found[..10], vec!["pass"; 10]);
    assert_eq!(found[10..], vec!["policy tooManySignatures"; 2]);

    // Those dead by their syntax are cheap and take no one's place.
    let message = format!("{}{one}", "DKIM-Signature: v=2; junk\r\n".repeat(20));
    assert_eq!(outcomes(&verify(message.as_bytes()))[20], "pass");
}

#[test]
fn each_name_is_asked_for_once_and_few_at_a_time() {
    let one = String::from_utf8(sign(TAGS, FIELDS, BODY)).unwrap();
    let (field, rest) = one.split_at(one.find("\r\nFrom").unwrap() + 2);
    let others: String = (0..8)
        .map(|n| field.replace("s=ed", &format!("s=ed{n}")))
        .collect();
    let mut verifier = waxseal::Verifier::new(at(NOW));
    verifier.push(format!("{field}{field}{others}{rest}").as_bytes());
    let mut asked = Vec::new();
    while let Some(query) = verifier.poll_query() {
        asked.push(query);
    }
    assert_eq!(asked.len(), 6);
    let mut rest = 0;
    for query in asked {
        verifier.answer(query.id, Answer::NotFound);
        rest += usize::from(verifier.poll_query().is_some());
    }
    assert_eq!(rest, 3);
}

#[test]
fn body_hashes_have_a_cap() {
    let tags = |length: usize| TAGS.replace("; s=ed", &format!("; s=ed; l={length}"));
    let fields: String = (0..5)
        .map(|length| {
            let one = String::from_utf8(sign(&tags(length), FIELDS, BODY)).unwrap();
            one[..one.find("\r\nFrom").unwrap() + 2].to_owned()
        })
        .collect();
    let message = format!("{fields}{FIELDS}\r\n{BODY}");
    let report = support::verify(
        message.as_bytes(),
        &dns(),
        with(|o| o.policy.allow_body_length = true),
    );
    let found = outcomes(&report);
    assert_eq!(found[..4], vec!["pass"; 4]);
    assert_eq!(found[4], "policy tooManySignatures");
}

#[test]
fn limits_of_fields_are_reported() {
    let names = vec!["from"; 1001].join(":");
    let tags = TAGS.replace("from:subject", &names);
    assert_eq!(with_tags(&tags), "permerror tagSyntax");
    let tags = TAGS.replace("; s=ed", &format!("; s=ed; x0={}", "a".repeat(65_536)));
    assert_eq!(with_tags(&tags), "permerror tagSyntax");

    let message = sign(TAGS, FIELDS, BODY);
    let long = format!("X: {}\r\n", "x".repeat(256 * 1024));
    let many = "X: y\r\n".repeat(1001);
    for added in [long, many] {
        let report = verify(&[added.as_bytes(), &message].concat());
        assert_eq!(report.result, VerificationResult::PermError);
        assert_eq!(warning_codes(&report), [WarningCode::MessageMalformed]);
    }
}

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
    let report = verify(&sign(
        TAGS,
        "From: joe@example.com\r\nSubject: \0\u{e9}\r\n",
        "\0\u{e9}",
    ));
    assert_eq!(
        (outcome(&report).as_str(), report.warnings.len()),
        ("pass", 0)
    );
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
    let report = verify(
        message
            .replace("\r\n\r\n", "\r\nTo: x@example.net\r\n\r\n")
            .as_bytes(),
    );
    assert_eq!(warning_codes(&report), [WarningCode::FieldAdded]);

    let oversigned = TAGS.replace("from:subject", "from:from:subject");
    let report = verify(&sign(&oversigned, FIELDS, BODY));
    assert_eq!(report.coverage.fields[1].status, FieldStatus::Oversigned);
    assert_eq!(report.coverage.fields[2].status, FieldStatus::Signed);
}

#[test]
fn keys_that_are_being_tested_are_said_to_be() {
    let record = format!("t=y; {}", ED25519_RECORD.trim_start_matches("v=DKIM1; "));
    let dns = Dns::new().txt("ed._domainkey.example.com", &record);
    let report = support::verify(&sign(TAGS, FIELDS, BODY), &dns, at(NOW));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(signature_warnings(&report), [WarningCode::TestMode]);
    assert!(report.signatures[0].key.as_ref().unwrap().testing);
}

#[test]
fn internationalized_names_are_verified_through_a_labels() {
    let tags = TAGS
        .replace("example.com", "bücher.example")
        .replace("s=ed", "s=größe");
    let tags = format!("{tags}; i=jörg@mail.bücher.example");
    let dns = Dns::new().txt(
        "xn--gre-6ka8i._domainkey.xn--bcher-kva.example",
        ED25519_RECORD,
    );
    let fields = "From: jörg@bücher.example\r\nSubject: grüße\r\n";
    let report = support::verify(&sign(&tags, fields, BODY), &dns, at(NOW));
    assert_eq!(outcome(&report), "pass", "{report:#?}");
    let signature = &report.signatures[0];
    assert_eq!(signature.domain.as_deref(), Some("xn--bcher-kva.example"));
    assert_eq!(
        signature.identity.as_deref(),
        Some("jörg@mail.xn--bcher-kva.example")
    );
    assert_eq!(signature.aligned, AlignmentMode::Strict);
}

#[test]
fn the_trace_shows_the_steps_only_on_request() {
    let message = sign(TAGS, FIELDS, BODY);
    assert!(verify(&message).signatures[0].trace.is_empty());
    let report = support::verify(&message, &dns(), with(|options| options.trace = true));
    let steps: Vec<_> = report.signatures[0]
        .trace
        .iter()
        .map(|step| step.step)
        .collect();
    assert_eq!(
        steps,
        [
            "parse",
            "canonicalHeader",
            "headerHash",
            "key",
            "canonicalBody",
            "bodyHash",
            "signature",
            "policy"
        ]
    );
    let body = waxseal::encoding::base64::decode(&report.signatures[0].trace[4].detail).unwrap();
    assert_eq!(body, BODY.as_bytes());
}

#[test]
fn authentication_results_are_safe_and_tell_signatures_apart() {
    let tags = TAGS.replace("; s=ed", "; s=ed; i=\"a b;dkim=pass\"@example.com");
    let tags = tags.replace(";dkim=pass", "=3Bdkim=3Dpass");
    let one = String::from_utf8(sign(&tags, FIELDS, BODY)).unwrap();
    let (field, rest) = one.split_at(one.find("\r\nFrom").unwrap() + 2);
    let report = support::verify(
        format!(
            "{field}{}{rest}",
            field.replace("; b=", "; d=evil\"; dkim=pass; b=")
        )
        .as_bytes(),
        &dns(),
        with(|options| options.authserv_id = Some("mx.example.net".to_owned())),
    );
    let value = &report.authentication_results;
    assert!(
        value.starts_with("mx.example.net;\r\n\tdkim=pass header.d=example.com header.i="),
        "{value}"
    );
    assert!(
        value.contains("header.i=\"\\\"a b=3Bdkim=3Dpass\\\"@example.com\""),
        "{value}"
    );
    assert!(
        value.contains("dkim=permerror reason=duplicateTag"),
        "{value}"
    );
    // Equal signatures cannot be told apart by any start of b=, so it stands there whole.
    let signature = report.signatures[0].signature.as_deref().unwrap();
    assert!(
        value.contains(&format!("header.b=\"{signature}\"")),
        "{value}"
    );
}

#[test]
fn every_reason_maps_to_its_word() {
    let words: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| format!("{} {reason}", reason.result()))
        .collect();
    for expected in [
        "fail bodyHashMismatch",
        "permerror tagSyntax",
        "temperror keyUnavailable",
        "policy historicAlgorithm",
        "neutral bodyNotChecked",
    ] {
        assert!(words.iter().any(|word| word == expected), "{expected}");
    }
    assert_eq!(words.len(), 32);
}

#[test]
fn the_report_has_the_shape_of_the_contract() {
    let report = support::verify(RFC_8463.as_bytes(), &keys(), at(SIGNED_AT));
    let json = serde_json::to_value(&report).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    for name in [
        "version",
        "file",
        "result",
        "authors",
        "signatures",
        "arc",
        "alignment",
        "authenticationResults",
        "warnings",
        "coverage",
    ] {
        assert!(keys(&json).contains(&name.to_owned()), "{name}");
    }
    let signature = &json["signatures"][0];
    for name in [
        "protocol",
        "result",
        "reason",
        "explanation",
        "domain",
        "selector",
        "identity",
        "algorithm",
        "canonicalization",
        "timestamp",
        "expires",
        "bodyLength",
        "bodyHash",
        "signedFields",
        "key",
        "aligned",
        "warnings",
        "trace",
    ] {
        assert!(keys(signature).contains(&name.to_owned()), "{name}");
    }
    assert_eq!(signature["protocol"], "dkim");
    assert_eq!(signature["key"]["type"], "ed25519");
    assert_eq!(json["arc"]["result"], "none");
    assert_eq!(json["coverage"]["fields"][2]["status"], "oversigned");
    assert_eq!(
        json["coverage"]["body"]["signed"],
        json["coverage"]["body"]["total"]
    );
}
