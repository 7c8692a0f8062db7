//! The provider in pure Rust: the crates `sha2`, `sha1` and `ed25519-dalek`, and for RSA the
//! public-key operation of [`super::modexp`].

use std::fmt;

use ed25519_dalek::VerifyingKey;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::modexp::modexp;
use super::{HashAlgorithm, Hasher, Provider, PublicKey, RsaPublicKey};

/// Hashes and signatures in pure Rust, the same natively and in WebAssembly.
pub const PURE_RUST: &dyn Provider = &PureRust;

#[derive(Debug)]
struct PureRust;

impl Provider for PureRust {
    fn hasher(&self, algorithm: HashAlgorithm) -> Box<dyn Hasher> {
        match algorithm {
            HashAlgorithm::Sha1 => Box::new(Running(Sha1::new())),
            HashAlgorithm::Sha256 => Box::new(Running(Sha256::new())),
        }
    }

    fn verify(
        &self,
        key: &PublicKey,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> bool {
        match key {
            PublicKey::Rsa(key) => verify_rsa(key, hash, digest, signature),
            PublicKey::Ed25519(key) => verify_ed25519(key, digest, signature),
        }
    }
}

struct Running<D>(D);

impl<D> fmt::Debug for Running<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}

impl<D: Digest + Send + Sync> Hasher for Running<D> {
    fn update(&mut self, octets: &[u8]) {
        Digest::update(&mut self.0, octets);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

fn verify_rsa(key: &RsaPublicKey, hash: HashAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
    // RFC 8017 §8.2.2: the encoded message is built and compared as a whole; taking the signature
    // apart instead has let forgeries through elsewhere.
    let expected = encoded_message(hash, digest, key.modulus.len());
    expected.is_some() && modexp(signature, key.exponent, &key.modulus) == expected
}

/// EMSA-PKCS1-v1_5 (RFC 8017 §9.2) for a key of so many octets.
fn encoded_message(hash: HashAlgorithm, digest: &[u8], octets: usize) -> Option<Vec<u8>> {
    // DER of DigestInfo up to the digest itself: RFC 8017 §9.2, note 1.
    let (prefix, digest_octets): (&[u8], usize) = match hash {
        HashAlgorithm::Sha1 => {
            (&[0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14], 20)
        }
        HashAlgorithm::Sha256 => (
            &[0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20],
            32,
        ),
    };
    let tail = prefix.len().checked_add(digest.len())?;
    let padding = octets.checked_sub(tail)?.checked_sub(3)?;
    // RFC 8017 §9.2, step 3: at least eight octets of padding.
    if digest.len() != digest_octets || padding < 8 {
        return None;
    }
    Some([&[0, 1][..], &vec![0xff; padding], &[0], prefix, digest].concat())
}

fn verify_ed25519(key: &[u8; 32], digest: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(key) else {
        return false;
    };
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
        return false;
    };
    // Strict: a key of small order would make one signature fit many messages (RFC 8032 §5.1.7
    // leaves the choice).
    key.verify_strict(digest, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn hashes_are_those_of_the_standards() {
        // FIPS 180-4 examples for "abc".
        let hex = |octets: Vec<u8>| octets.iter().map(|o| format!("{o:02x}")).collect::<String>();
        let digest = |algorithm| {
            let mut hasher = PURE_RUST.hasher(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            hex(hasher.finish())
        };
        assert_eq!(digest(HashAlgorithm::Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            digest(HashAlgorithm::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn ed25519_signs_the_message_of_rfc_8032() {
        // RFC 8032 §7.1, test 2.
        let key = unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = unhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        let key = PublicKey::Ed25519(key.try_into().unwrap());
        let verify = |message: &[u8], signature: &[u8]| {
            PURE_RUST.verify(&key, HashAlgorithm::Sha256, message, signature)
        };
        assert!(verify(&[0x72], &signature));
        assert!(!verify(&[0x73], &signature));
        assert!(!verify(&[0x72], &signature[1..]));
    }

    #[test]
    fn keys_of_small_order_verify_nothing() {
        let key = PublicKey::Ed25519([0; 32]);
        assert!(!PURE_RUST.verify(&key, HashAlgorithm::Sha256, b"x", &[0; 64]));
    }

    #[test]
    fn broken_rsa_keys_verify_nothing() {
        for modulus in [vec![], vec![0], vec![1], vec![4; 128]] {
            let key = PublicKey::Rsa(RsaPublicKey { modulus, exponent: 65_537 });
            assert!(!PURE_RUST.verify(&key, HashAlgorithm::Sha256, &[0; 32], &[0; 128]));
        }
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }
}
