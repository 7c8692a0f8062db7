//! Signatures: what may stand in the field, and what it comes to.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

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
        assert_eq!(outcome(&verify(message.replace(old, new).as_bytes())), expected);
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
        ("relaxed/relaxed", "relaxed/other", "unsupportedCanonicalization"),
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
    assert!(signature.explanation.contains("octet"), "{}", signature.explanation);
}

#[test]
fn dead_signatures_cost_no_lookup() {
    for (old, new) in [("d=example.com", "d=example.com."), ("v=1", "v=2"), ("from:", "")] {
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
        ("from:subject", "from : subject :\r\n from:subject:x-absent:x-absent"),
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
    assert_eq!((report.coverage.body.signed, report.coverage.body.total), (3, 24));
    let report = support::verify(&message, &dns(), with(|o| o.policy.allow_body_length = true));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(signature_warnings(&report), [WarningCode::BodyNotWholeSigned]);

    assert_eq!(with_tags(&TAGS.replace("; s=ed", "; s=ed; l=5")), "pass");
    assert_eq!(with_tags(&TAGS.replace("; s=ed", "; s=ed; l=6")), "permerror bodyLengthTooLong");
    let huge = format!("; s=ed; l={}", "9".repeat(76));
    let report = verify(&sign(&TAGS.replace("; s=ed", &huge), FIELDS, BODY));
    assert_eq!(outcome(&report), "permerror bodyLengthTooLong");
    assert_eq!(report.signatures[0].body_length, Some((1 << 53) - 1));
}

#[test]
fn rsa_sha1_passes_only_where_allowed_and_with_a_warning() {
    let tags = TAGS.replace("ed25519-sha256", "rsa-sha1").replace("s=ed", "s=rsa");
    let message = sign(&tags, FIELDS, BODY);
    assert_eq!(outcome(&verify(&message)), "permerror unsupportedAlgorithm");
    let report = support::verify(&message, &dns(), with(|o| o.policy.allow_sha1 = true));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(signature_warnings(&report), [WarningCode::WeakAlgorithm]);
}

#[test]
fn internationalized_names_are_verified_through_a_labels() {
    let tags = TAGS.replace("example.com", "bücher.example").replace("s=ed", "s=größe");
    let tags = format!("{tags}; i=jörg@mail.bücher.example");
    let dns = Dns::new().txt("xn--gre-6ka8i._domainkey.xn--bcher-kva.example", ED25519_RECORD);
    let fields = "From: jörg@bücher.example\r\nSubject: grüße\r\n";
    let report = support::verify(&sign(&tags, fields, BODY), &dns, at(NOW));
    assert_eq!(outcome(&report), "pass", "{report:#?}");
    let signature = &report.signatures[0];
    assert_eq!(signature.domain.as_deref(), Some("xn--bcher-kva.example"));
    assert_eq!(signature.identity.as_deref(), Some("jörg@mail.xn--bcher-kva.example"));
    assert_eq!(signature.aligned, AlignmentMode::Strict);
}
