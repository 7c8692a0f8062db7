//! What holds for every message: what is signed verifies, however it was cut; what is changed does
//! not.

use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::canon::Canonicalization;
use waxseal::crypto::Algorithm;
use waxseal::sign::{BodyLength, Oversign, Request, SignOptions, SignedFields};

use super::{NOW, dns, fields, request, signing};
use crate::support::{at, outcomes, verify};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    // Few kinds of octets, so that blanks and line ends meet often; no bare line ends.
    let piece = prop_oneof![
        4 => Just(b"a".to_vec()),
        2 => Just(b" ".to_vec()),
        1 => Just(b"\t".to_vec()),
        1 => Just(b"\xe4".to_vec()),
        1 => Just(b"\0".to_vec()),
        1 => Just(b"=;|:".to_vec()),
    ];
    prop::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

fn field() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        Just("Subject"),
        Just("To"),
        Just("tO"),
        Just("X-Other"),
        Just("List-Id "),
        Just("References"),
    ];
    (name, octets(20), octets(20)).prop_map(|(name, value, folded)| {
        let fold: &[u8] = if folded.is_empty() { b"" } else { b"\r\n " };
        [name.as_bytes(), b":", &value, fold, &folded, b"\r\n"].concat()
    })
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let line = octets(12).prop_map(|line| [&line[..], b"\r\n"].concat());
    let body = prop::collection::vec(line, 0..8).prop_map(|lines| lines.concat());
    let fields = prop::collection::vec(field(), 0..6).prop_map(|fields| fields.concat());
    (fields, any::<bool>(), body, octets(5)).prop_map(|(fields, has_body, body, rest)| {
        let head = [b"From: joe@example.com\r\n", &fields[..]].concat();
        if has_body { [&head[..], b"\r\n", &body, &rest].concat() } else { head }
    })
}

fn requests() -> impl Strategy<Value = Request> {
    let kind = || prop_oneof![Just(Canonicalization::Simple), Just(Canonicalization::Relaxed)];
    let listed = || vec!["to".to_owned(), "X-Other".to_owned(), "to".to_owned()];
    let chosen =
        prop_oneof![Just(SignedFields::Recommended), Just(SignedFields::Listed(listed())),];
    let oversign = prop_oneof![
        Just(Oversign::Recommended),
        Just(Oversign::None),
        Just(Oversign::Present),
        Just(Oversign::All),
        Just(Oversign::Listed(listed())),
    ];
    let length = prop_oneof![Just(None), Just(Some(BodyLength::Whole))];
    (kind(), kind(), chosen, oversign, length, any::<bool>()).prop_map(
        |(header, body, chosen, oversign, length, copies)| {
            let mut request = request(Algorithm::Ed25519Sha256);
            request.header_canonicalization = header;
            request.body_canonicalization = body;
            request.fields = chosen;
            request.oversign = oversign;
            request.body_length = length;
            request.copy_fields = copies;
            request
        },
    )
}

proptest! {
    #![proptest_config(config(if cfg!(target_arch = "wasm32") { 24 } else { 256 }))]

    #[test]
    fn what_is_signed_verifies(message in message(), request in requests()) {
        let signed = [fields(&message, vec![request]).as_bytes(), &message].concat();
        let report = verify(&signed, &dns(), at(NOW));
        prop_assert_eq!(outcomes(&report), ["pass"], "{:#?}", report);
    }

    #[test]
    fn the_signature_does_not_depend_on_the_cutting(
        message in message(),
        request in requests(),
        piece in 1_usize..40,
    ) {
        let whole = signing(&message, vec![request.clone()], 10_000, SignOptions::default());
        let pieces = signing(&message, vec![request], piece, SignOptions::default());
        let input = |made: Result<waxseal::sign::Signing, _>| {
            made.map(|made| made.unsigned[0].input().to_vec()).unwrap()
        };
        prop_assert_eq!(input(whole), input(pieces));
    }

    #[test]
    fn nothing_panics(
        octets in prop::collection::vec(any::<u8>(), 0..300),
        request in requests(),
        piece in 1_usize..40,
    ) {
        let octets = [b"From: a\n", &octets[..]].concat();
        let _ = signing(&octets, vec![request], piece, SignOptions::default());
    }
}
