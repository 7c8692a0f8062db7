//! What holds for every chain: nothing panics, and nothing but an untouched chain passes.

use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::VerificationResult;
use waxseal::message::LineEndingNormalizer;

use super::*;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Pieces of ARC fields, so that many a random sequence of them means something.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=eA==".to_vec()),
        Just(
            b"ARC-Message-Signature: i=1; a=rsa-sha256; d=a.example; s=s; h=; bh=eA==; b=eA=="
                .to_vec()
        ),
        Just(b"ARC-Authentication-Results: i=1; mx.example; none".to_vec()),
        Just(b"ARC-Seal: ".to_vec()),
        Just(b"ARC-Authentication-Results: (i".to_vec()),
        Just(b"Authentication-Results: mx.example; x".to_vec()),
        Just(b"Authentication-Results: \"mx.".to_vec()),
        Just(b"; i=2; cv=pass".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r\n ".to_vec()),
        Just(b"From: a@b.example\r\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn no_soup_of_arc_fields_passes_or_panics(raw in soup(), seal_failed: bool) {
        // As it will be sent: a sealer takes no other.
        let mut soup = Vec::new();
        let mut normalizer = LineEndingNormalizer::default();
        normalizer.push(&raw, &mut |span| soup.extend_from_slice(span));
        normalizer.finish(&mut |span| soup.extend_from_slice(span));
        prop_assert_ne!(support::verify(&raw, &dns(), at(NOW)).arc.result, VerificationResult::Pass);
        let report = support::verify(&soup, &dns(), at(NOW));
        prop_assert_ne!(report.arc.result, VerificationResult::Pass);
        let request = request_with(|request| {
            request.results = CarriedResults::OfMessage { authserv_id: "mx.example".to_owned() };
            request.seal_failed = seal_failed;
        });
        // What can be sealed can be read again: the chain is there, and it is the one just made.
        if let Ok(Sealing { set: Ok(set), chain, .. }) =
            sealing_in_pieces(&soup, request, &dns(), 4096)
        {
            let key = key(Algorithm::Ed25519Sha256);
            let header = set.sign(&*key, &*key).expect("signed").header();
            let sealed = [header.as_bytes(), &soup].concat();
            let report = support::verify(&sealed, &dns(), at(NOW));
            let expected = match chain.result {
                VerificationResult::None => VerificationResult::Pass,
                result => result,
            };
            prop_assert_eq!(report.arc.result, expected, "{}", report.arc.explanation);
        }
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn an_octet_changed_in_a_chain_never_passes_unnoticed(place in 0_usize..100_000, octet: u8) {
        let message = sealed(2).into_bytes();
        let mut changed = message.clone();
        let place = place % changed.len();
        changed[place] = octet;
        let report = support::verify(&changed, &dns(), at(NOW));
        if report.arc.result == VerificationResult::Pass {
            // White space and the letter case of names are free to change, and so are the last bits
            // of base64, which stand for nothing, where no other seal covers them.
            let end = message.windows(3).position(|octets| octets == b"==;").expect("a seal");
            let fold = |octets: &[u8]| octets.to_ascii_lowercase();
            let (old, new) = (fold(&message), fold(&changed));
            let is_blank = |octet: u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
            prop_assert!(
                old == new
                    || is_blank(message[place]) && is_blank(octet)
                    || (end - 1..end + 2).contains(&place),
                "{} at {place} passes: {}", octet.escape_ascii(), String::from_utf8_lossy(&changed)
            );
        }
    }
}
