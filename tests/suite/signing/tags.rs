//! Every tag says what was asked for, and verifiers read it so.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::UnixTime;
use waxseal::canon::Canonicalization;
use waxseal::crypto::Algorithm;
use waxseal::sign::{BodyLength, Oversign, SignedFields};

use super::{MESSAGE, NOW, dns, fields, request, request_with, sign};
use crate::support::{at, outcomes, verify};

/// The field on one line.
fn unfolded(field: &str) -> String {
    field.replace("\r\n ", " ").trim_end().to_owned()
}

#[test]
fn the_field_is_the_same_for_the_same_input() {
    // Written out, so that a change of tag order, folding or defaults shows.
    let field = fields(MESSAGE.as_bytes(), vec![request(Algorithm::Ed25519Sha256)]);
    assert_eq!(
        field,
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=example.com;\r\n \
         s=ed; t=1700000000; h=From:From:Reply-To:Subject:Subject:Date:Date:To:To:\r\n \
         Cc:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding;\r\n \
         bh=6H91vk0WkClRFIA//5/77WMX91ADsF/rccjqfMvfY0c=;\r\n \
         b=VY7kzterHwXgdA/kx2i2uTuVaUWAjKiNPSpTy11rNvz0f9YYytyHEjsSysC5EG80xcQWu7362\r\n \
         kgnshUpzTaVDg==\r\n"
    );
}

#[test]
fn both_algorithms_sign_side_by_side() {
    let requests = vec![request(Algorithm::Ed25519Sha256), request(Algorithm::RsaSha256)];
    let message = sign(MESSAGE.as_bytes(), requests);
    let report = verify(&message, &dns(), at(NOW));
    assert_eq!(outcomes(&report), ["pass", "pass"]);
    let algorithms: Vec<_> =
        report.signatures.iter().map(|one| one.algorithm.as_deref().unwrap()).collect();
    assert_eq!(algorithms, ["ed25519-sha256", "rsa-sha256"]);
}

#[test]
fn a_length_at_most_is_no_longer_than_the_body() {
    let lengths = [3, 1_000_000].map(|most| {
        let request = request_with(|request| request.body_length = Some(BodyLength::AtMost(most)));
        let field = unfolded(&fields(b"From: a@example.com\r\n\r\nHello.\r\n", vec![request]));
        field.split("l=").nth(1).unwrap().split(';').next().unwrap().to_owned()
    });
    assert_eq!(lengths, ["3", "8"]);
}

#[test]
fn all_tags_are_written_in_one_order_and_verify() {
    let request = request_with(|request| {
        request.identity = Some("jöe smith@Mail.Example.com".to_owned());
        request.expires = Some(UnixTime::from_seconds(NOW + 21 * 24 * 3600));
        request.query_method = true;
        request.body_length = Some(BodyLength::Octets(3));
        request.copy_fields = true;
        request.fields = SignedFields::Listed(vec!["Subject".to_owned(), "to".to_owned()]);
        request.oversign = Oversign::None;
    });
    let field = fields(MESSAGE.as_bytes(), vec![request.clone()]);
    let unfolded = unfolded(&field);
    let names: Vec<_> = unfolded
        .strip_prefix("DKIM-Signature:")
        .unwrap()
        .split(';')
        .map(|tag| tag.trim().split_once('=').unwrap().0)
        .collect();
    assert_eq!(
        names,
        ["v", "a", "c", "d", "s", "i", "q", "t", "x", "l", "h", "z", "bh", "b"],
        "{field}"
    );
    for part in [
        "i=j=C3=B6e=20smith@mail.example.com;",
        "q=dns/txt; t=1700000000; x=1701814400; l=3;",
        "h=From:Subject:to;",
    ] {
        assert!(unfolded.contains(part), "{part} in {unfolded}");
    }
    let copies = "z=From:Joe=20<joe@example.com>|Subject:hello=20=20there|\
                  To:ann@example.net,=0D=0A=09bob@example.net;";
    assert!(field.replace("\r\n ", "").contains(copies), "{field}");

    let mut options = at(NOW);
    options.policy.allow_body_length = true;
    let report = verify(&sign(MESSAGE.as_bytes(), vec![request]), &dns(), options);
    assert_eq!(outcomes(&report), ["pass"], "{report:#?}");
    let signature = &report.signatures[0];
    assert_eq!(signature.body_length, Some(3));
    assert_eq!(signature.expires, Some(NOW + 21 * 24 * 3600));
}

#[test]
fn the_length_of_the_whole_body_is_that_of_its_canonical_form() {
    for (kind, length) in [(Canonicalization::Simple, 17), (Canonicalization::Relaxed, 15)] {
        let request = request_with(|request| {
            request.body_canonicalization = kind;
            request.body_length = Some(BodyLength::Whole);
        });
        let message = sign(MESSAGE.as_bytes(), vec![request]);
        let report = verify(&message, &dns(), at(NOW));
        assert_eq!(outcomes(&report), ["pass"]);
        assert_eq!(report.signatures[0].body_length, Some(length));
    }
}

#[test]
fn what_is_oversigned_cannot_be_added() {
    let message = sign(MESSAGE.as_bytes(), vec![request(Algorithm::Ed25519Sha256)]);
    for field in ["Subject: other", "Reply-To: eve@example.org", "From: eve@example.org"] {
        let added = [field.as_bytes(), b"\r\n", &message].concat();
        let report = verify(&added, &dns(), at(NOW));
        assert_eq!(outcomes(&report), ["fail signatureMismatch"], "{field}");
    }
    let unrelated = [&b"X-Spam: no\r\n"[..], &message].concat();
    assert_eq!(outcomes(&verify(&unrelated, &dns(), at(NOW))), ["pass"]);
}

#[test]
fn names_with_umlauts_are_signed_as_a_labels() {
    let request = request_with(|request| {
        request.domain = waxseal::DomainName::parse("bücher.example").unwrap();
        request.selector = waxseal::Selector::parse("schlüssel").unwrap();
        request.identity = Some("@post.bücher.example".to_owned());
    });
    let field = unfolded(&fields(MESSAGE.as_bytes(), vec![request]));
    assert!(
        field.contains(
            "d=xn--bcher-kva.example; s=xn--schlssel-95a; i=@post.xn--bcher-kva.example;"
        ),
        "{field}"
    );
}

#[test]
fn long_fields_are_folded_within_76_columns() {
    let request = request_with(|request| {
        request.copy_fields = true;
        request.oversign = Oversign::All;
        request.identity = Some(format!("{}@example.com", "x".repeat(60)));
    });
    let long = MESSAGE.replacen("Subject:", &format!("Subject: {}\r\n", "ü ".repeat(200)), 1);
    let field = fields(long.as_bytes(), vec![request.clone()]);
    for line in field.trim_end().split("\r\n") {
        assert!(line.len() <= 76 && !line.trim().is_empty(), "{line:?}");
        assert_eq!(line.trim_end(), line);
    }
    let report = verify(&sign(long.as_bytes(), vec![request]), &dns(), at(NOW));
    assert_eq!(outcomes(&report), ["pass"]);
}
