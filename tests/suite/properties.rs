//! What holds for every input: any cutting gives the same report, and none panics.

use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::rfc_examples::{RFC_8463, SIGNED_AT, keys};
use crate::support::{Dns, at, verify, verify_in_pieces};

/// Fewer cases than by default where they are dear: the suite also runs in WebAssembly.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Pieces of messages, so that many a random sequence of them means something.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let signature = RFC_8463.split_inclusive("==\r\n").next().expect("a signature");
    let piece = prop_oneof![
        Just(signature.as_bytes().to_vec()),
        Just(b"From: a@example.com\r\n".to_vec()),
        Just(
            b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from:to; bh=; b=YQ==\r\n"
                .to_vec()
        ),
        Just(b"DKIM-Signature: ".to_vec()),
        Just(b"h=".to_vec()),
        Just(b"; l=3".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r\n ".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"Subject: =?utf-8?q?=C3?=\r\n".to_vec()),
        Just(b"Received: x; Fri, 11 Jul 2003 21:01:54 -0700\r\n".to_vec()),
        Just(b"text \t text".to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// The signed message with some octets replaced, taken out or put in.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((0..RFC_8463.len(), prop::option::of(any::<u8>())), 0..6).prop_map(
        |edits| {
            let mut message = RFC_8463.as_bytes().to_vec();
            for (place, octet) in edits {
                match octet {
                    Some(octet) if octet % 2 == 0 => {
                        message.insert(place.min(message.len()), octet)
                    }
                    Some(octet) => {
                        if let Some(old) = message.get_mut(place) {
                            *old = octet;
                        }
                    }
                    None if place < message.len() => drop(message.remove(place)),
                    None => {}
                }
            }
            message
        },
    )
}

proptest! {
    #![proptest_config(config(if cfg!(target_arch = "wasm32") { 64 } else { 256 }))]

    #[test]
    fn any_cutting_gives_the_same_report(
        message in prop_oneof![message(), damaged()],
        cuts in prop::collection::vec(0_usize..200, 0..30),
        trace in any::<bool>(),
        headers_only in any::<bool>(),
    ) {
        let mut options = at(SIGNED_AT);
        options.trace = trace;
        options.headers_only = headers_only;
        let whole = verify(&message, &keys(), options.clone());
        let cut = verify_in_pieces(&message, &cuts, &keys(), options);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn no_message_and_no_record_panics(
        message in message(),
        record in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let dns = Dns::new()
            .txt("brisbane._domainkey.football.example.com", &String::from_utf8_lossy(&record))
            .txt("s._domainkey.example.com", "v=DKIM1; p=YQ==");
        verify(&message, &dns, at(SIGNED_AT));
    }

    #[test]
    fn only_changes_that_relaxed_canonicalization_forgives_pass(message in damaged()) {
        let report = verify(&message, &keys(), at(SIGNED_AT));
        if report.signatures.iter().any(|one| one.result.as_str() == "pass") {
            prop_assert!(report.authors.iter().any(|one| one == "joe@football.example.com"));
        }
    }
}
