//! Bodies and their hashes from other people's tests (`../shared/vectors/canon_cases.jsonl`).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use waxseal::canon::{BodyCanonicalizer, Canonicalization};
use waxseal::crypto::{HashAlgorithm, PURE_RUST};
use waxseal::encoding::base64;

use crate::support;

#[test]
fn bodies_hash_as_elsewhere() {
    let Some(lines) = support::vector_lines("canon_cases.jsonl") else {
        return;
    };
    let mut compared = 0;
    for line in lines.iter().filter(|line| line["kind"] == "body" && line["status"] == "clear") {
        let id = line["id"].as_str().expect("id");
        let body = base64::decode(line["body_b64"].as_str().expect("body")).expect("base64");
        let canonicalization = Canonicalization::parse(line["canon"].as_str().expect("canon"));
        let Some(canonicalization) = canonicalization else {
            continue;
        };
        let mut canonical = Vec::new();
        let mut canonicalizer = BodyCanonicalizer::new(canonicalization);
        for piece in body.chunks(7) {
            canonicalizer.push(piece, &mut |span| canonical.extend_from_slice(span));
        }
        canonicalizer.finish(&mut |span| canonical.extend_from_slice(span));
        // A case gives the canonical body or its hash.
        let (found, expected) = match line["hash"].as_str() {
            None => (base64::encode(&canonical), &line["canonical_b64"]),
            Some(hash) => {
                let algorithm = match hash {
                    "sha1" => HashAlgorithm::Sha1,
                    "sha256" => HashAlgorithm::Sha256,
                    other => panic!("{id}: hash {other}"),
                };
                let mut hasher = PURE_RUST.hasher(algorithm);
                hasher.update(&canonical);
                (base64::encode(&hasher.finish()), &line["bh"])
            }
        };
        assert_eq!(found, expected.as_str().expect("expected"), "{id}");
        compared += 1;
    }
    println!("{compared} bodies");
    assert!(compared > 0);
}
