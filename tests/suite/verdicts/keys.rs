//! Key records and the answers of the DNS.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

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
        (format!("v=DKIM1; k=ed25519; h=sha1; {p}"), "keyHashNotAllowed"),
        (format!("v=DKIM1; k=ed25519; s=tlsrpt; {p}"), "keyServiceNotAllowed"),
        (format!("v=DKIM1; k=ed25519; {p}; n={}", "x".repeat(4096)), "keySyntax"),
    ] {
        assert_eq!(with_record(&record), format!("permerror {expected}"), "{record}");
    }
    let strict = format!("v=DKIM1; k=ed25519; t=s; {p}");
    let dns = Dns::new().txt("ed._domainkey.example.com", &strict);
    let below = sign(&TAGS.replace("; s=ed", "; s=ed; i=@a.example.com"), FIELDS, BODY);
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
    assert_eq!(with_records(&["v=spf1 -all", other, ED25519_RECORD]), "pass");
    assert_eq!(with_records(&[other, other]), "fail signatureMismatch");
    assert_eq!(with_records(&["v=DKIM1; p=", other]), "fail signatureMismatch");
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
    assert_eq!(answered(Answer::unavailable("SERVFAIL")), "temperror keyUnavailable");
    assert_eq!(answered(Answer::NotFound), "permerror keyNotFound");
    assert_eq!(answered(Answer::Records(TxtRecords::default())), "permerror keyNotFound");
    let mut verifier = waxseal::Verifier::new(at(NOW));
    verifier.push(&message);
    assert_eq!(outcome(&verifier.finish()), "temperror keyUnavailable");
}

#[test]
fn rsa_keys_have_bounds() {
    let tags = TAGS.replace("ed25519-sha256", "rsa-sha256").replace("s=ed", "s=rsa");
    let message = sign(&tags, FIELDS, BODY);
    let report = verify(&message);
    assert_eq!(outcome(&report), "pass");
    assert_eq!(report.signatures[0].key.as_ref().unwrap().bits, Some(1024));
    let strict = with(|options| options.policy.min_rsa_bits = 2048);
    assert_eq!(outcome(&support::verify(&message, &dns(), strict)), "permerror keyTooSmall");

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
        assert_eq!(outcome(&report), expected, "{} octets, {exponent:?}", modulus.len());
    }
    // Octets after the key, in the outer and in the inner structure.
    let trailing =
        format!("p={}AAAA", rsa_public_key(&[0xff; 129], &[1, 0, 1]).trim_end_matches('='));
    let dns = Dns::new().txt("rsa._domainkey.example.com", &trailing);
    assert_eq!(outcome(&support::verify(&message, &dns, at(NOW))), "permerror keySyntax");
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
fn keys_that_are_being_tested_are_said_to_be() {
    let record = format!("t=y; {}", ED25519_RECORD.trim_start_matches("v=DKIM1; "));
    let dns = Dns::new().txt("ed._domainkey.example.com", &record);
    let report = support::verify(&sign(TAGS, FIELDS, BODY), &dns, at(NOW));
    assert_eq!(outcome(&report), "pass");
    assert_eq!(signature_warnings(&report), [WarningCode::TestMode]);
    assert!(report.signatures[0].key.as_ref().unwrap().testing);
}
