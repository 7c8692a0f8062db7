//! Bounds on the work, each reported.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

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
    let others: String = (0..8).map(|n| field.replace("s=ed", &format!("s=ed{n}"))).collect();
    // Keys alone, without the DMARC records of the author's domain.
    let options = with(|options| options.alignment = false);
    let mut verifier = waxseal::Verifier::new(options);
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
    let report =
        support::verify(message.as_bytes(), &dns(), with(|o| o.policy.allow_body_length = true));
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
