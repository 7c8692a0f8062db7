//! Which chain passes, and why another fails (RFC 8617 §5.2).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::VerificationResult;
use waxseal::crypto::Algorithm;
use waxseal::dns::Answer;

use super::*;

#[test]
fn a_chain_passes_as_far_back_as_its_message_signatures_do() {
    assert_eq!(verdict(&verify(MESSAGE)), "none");
    assert_eq!(verdict(&verify(&sealed(1))), "pass 0");
    let report = verify(&sealed(3));
    assert_eq!(verdict(&report), "pass 0");
    let instances: Vec<_> = report.arc.sets.iter().map(|set| set.instance).collect();
    assert_eq!(instances, [1, 2, 3]);
    let cv: Vec<_> = report.arc.sets.iter().map(|set| set.chain_validation.as_str()).collect();
    assert_eq!(cv, ["none", "pass", "pass"]);
    let first = &report.arc.sets[0];
    assert_eq!(first.authentication_results, "mx.example.org; spf=pass");
    assert_eq!(first.seal.result, VerificationResult::Pass);
    assert_eq!(first.seal.domain.as_deref(), Some("example.org"));
    assert_eq!(first.message_signature.signed_fields[..2], ["From", "From"]);
    assert_eq!(first.message_signature.identity, None);
    // The chain is no DKIM signature.
    assert_eq!(report.signatures, []);
    assert_eq!(report.result, VerificationResult::None);

    // A list adds a footer between the second set and the third.
    let came = sealed(2);
    let changed = came.replace("Hi.", "Hi!");
    let third = request_with(|request| request.chain = Some(verify(&came).arc));
    let message = String::from_utf8(seal(changed.as_bytes(), third)).unwrap();
    let report = verify(&message);
    assert_eq!(verdict(&report), "pass 3");
    let second = &report.arc.sets[1].message_signature;
    assert_eq!(second.reason.map(|reason| reason.code()), Some("bodyHashMismatch"));
}

#[test]
fn whatever_is_changed_in_a_chain_breaks_it() {
    let message = sealed(2);
    for (old, new, expected) in [
        ("Hi.", "Hi!", "fail bodyHashMismatch"),
        ("Subject: hello", "Subject: hullo", "fail signatureMismatch"),
        (
            "i=1; mx.example.org; spf=pass",
            "i=1; mx.example.org; spf=fail",
            "fail signatureMismatch",
        ),
        ("t=1700000000", "t=1700000001", "fail signatureMismatch"),
        ("t=1700000000", "t=1700009999", "fail signatureMismatch"),
        ("cv=none", "cv=pass", "fail chainBroken"),
        ("cv=pass", "cv=none", "fail chainBroken"),
        ("cv=pass", "cv=fail", "fail chainFailed"),
        ("cv=none", "cv=fail", "fail chainBroken"),
        ("cv=none", "cv=", "fail chainBroken"),
        ("i=1; mx", "i=3; mx", "fail chainBroken"),
        ("i=1; mx", "i=2; mx", "fail chainBroken"),
        ("i=1; mx", "mx; i=1", "fail chainBroken"),
        ("ARC-Seal", "X-Seal", "fail chainBroken"),
        ("ARC-Message-Signature", "X-Message-Signature", "fail chainBroken"),
        ("ARC-Authentication-Results", "X-Results", "fail chainBroken"),
        ("cv=none; ", "cv=none; h=from; ", "fail tagSyntax"),
        ("cv=none; ", "cv=none; cv=none; ", "fail duplicateTag"),
        ("cv=none; ", "cv=none; =; ", "fail chainBroken"),
        ("t=1700000000", "t=now", "fail tagSyntax"),
        ("From: Joe", "From: Eve <eve@example.net>\r\nFrom: Joe", "fail signatureMismatch"),
    ] {
        assert!(message.contains(old), "{old}");
        let report = verify(&message.replacen(old, new, 1));
        assert_eq!(verdict(&report), expected, "{old} -> {new}: {}", report.arc.explanation);
        let last = message.rfind(old).unwrap();
        let changed = format!("{}{new}{}", &message[..last], &message[last + old.len()..]);
        assert_eq!(verify(&changed).arc.result, VerificationResult::Fail, "{old} -> {new}, last");
    }
    // Any one field that is gone or stands twice.
    let fields: Vec<&str> = arc_fields(&message);
    assert_eq!(fields.len(), 6);
    for field in fields {
        assert_eq!(verdict(&verify(&message.replace(field, ""))), "fail chainBroken");
        let twice = message.replace(field, &field.repeat(2));
        assert_eq!(verdict(&verify(&twice)), "fail chainBroken", "{field}");
    }
    // In which order the fields stand means nothing.
    let (top, rest) = message.split_once("ARC-Message-Signature").unwrap();
    assert_eq!(
        verdict(&verify(
            &format!("ARC-Message-Signature{rest}")
                .replace("From: Joe", &format!("{top}From: Joe"))
        )),
        "pass 0"
    );
}

fn arc_fields(message: &str) -> Vec<&str> {
    let header = message.split("From: Joe").next().unwrap();
    let mut starts: Vec<usize> = header.match_indices("ARC-").map(|(at, _)| at).collect();
    starts.push(header.len());
    starts.windows(2).map(|pair| &header[pair[0]..pair[1]]).collect()
}

#[test]
fn a_second_author_is_refused_where_the_message_signature_does_not_forbid_it() {
    let request = request_with(|request| request.oversign = waxseal::sign::Oversign::None);
    let message = String::from_utf8(seal(MESSAGE.as_bytes(), request)).unwrap();
    assert_eq!(verdict(&verify(&message)), "pass 0");
    let message = message.replace("From: Joe", "From: Eve <eve@example.net>\r\nFrom: Joe");
    assert_eq!(verdict(&verify(&message)), "fail unsignedFrom");
}

#[test]
fn dead_chains_cost_no_lookup_and_their_signatures_stay_undecided() {
    let message = sealed(2);
    for (old, new) in [
        ("cv=none", "cv=pass"),
        ("cv=pass", "cv=fail"),
        ("i=1; mx", "i=3; mx"),
        ("a=ed25519-sha256;\r\n b=", "a=rsa-sha1;\r\n b="),
    ] {
        let changed = message.replacen(old, new, 1);
        assert_ne!(changed, message);
        let (report, asked) = verify_answering(&changed, &Answer::NotFound);
        assert_eq!(asked, 0, "{new}");
        assert_eq!(report.arc.result, VerificationResult::Fail);
        let first = report.arc.sets.first().map(|set| &set.message_signature);
        if let Some(first) = first {
            assert_eq!(first.reason.map(|reason| reason.code()), Some("notEvaluated"));
            assert_eq!(first.result, VerificationResult::Neutral);
        }
    }
}

#[test]
fn a_key_that_cannot_be_had_makes_a_chain_fail_for_now() {
    // RFC 8617 §5.2.1.
    let message = sealed(2);
    let (report, asked) = verify_answering(&message, &Answer::unavailable("SERVFAIL"));
    assert_eq!(asked, 1);
    assert_eq!(verdict(&report), "fail keyUnavailable");
    assert!(report.arc.explanation.contains("may pass"), "{}", report.arc.explanation);
    assert_eq!(verdict(&verify_answering(&message, &Answer::NotFound).0), "fail keyNotFound");
}

#[test]
fn both_algorithms_and_different_keys_make_a_chain() {
    let request = request_with(|request| request.message_key = seal_key(Algorithm::RsaSha256));
    let message = String::from_utf8(seal(MESSAGE.as_bytes(), request)).unwrap();
    let report = verify(&message);
    assert_eq!(verdict(&report), "pass 0");
    let set = &report.arc.sets[0];
    assert_eq!(set.message_signature.algorithm.as_deref(), Some("rsa-sha256"));
    assert_eq!(set.seal.algorithm.as_deref(), Some("ed25519-sha256"));
}

#[test]
fn without_the_body_no_chain_passes() {
    let mut options = at(NOW);
    options.headers_only = true;
    let report = support::verify(sealed(1).as_bytes(), &dns(), options);
    assert_eq!(verdict(&report), "fail bodyNotChecked");
    assert_eq!(report.arc.sets[0].seal.result, VerificationResult::Pass);
}

#[test]
fn a_header_that_breaks_off_has_no_chain_that_passes() {
    let message = sealed(1).replace("Subject: hello", "no field");
    assert_eq!(verdict(&verify(&message)), "fail messageMalformed");
    assert_eq!(verdict(&verify("no field\r\n\r\n")), "none");
}

#[test]
fn the_report_does_not_depend_on_pieces_and_the_order_of_answers() {
    let message = sealed(2).replacen("s=ed", "s=ed2", 1);
    let expected = verify(&message);
    for piece in [1, 2, 7, 64] {
        let cuts = vec![piece; message.len() / piece];
        let report = support::verify_in_pieces(message.as_bytes(), &cuts, &dns(), at(NOW));
        assert_eq!(report, expected);
    }
    let mut verifier = waxseal::Verifier::new(at(NOW));
    verifier.push(message.as_bytes());
    let queries: Vec<_> = std::iter::from_fn(|| verifier.poll_query()).collect();
    assert_eq!(queries.len(), 2);
    for query in queries.into_iter().rev() {
        verifier.answer(query.id, dns().lookup(query.name.as_str()));
    }
    assert_eq!(verifier.finish(), expected);
}
