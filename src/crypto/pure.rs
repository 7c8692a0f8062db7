//! The provider in pure Rust: the crates `sha2`, `sha1` and `ed25519-dalek`; RSA with the public-key
//! operation of [`super::modexp`] and the private-key operation of the crate `rsa` (feature `rsa`).

use std::fmt;

use ed25519_dalek::{Signer, VerifyingKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::modexp::modexp;
use super::{
    GenerateError, HashAlgorithm, Hasher, PrivateKey, Provider, PublicKey, RsaPublicKey,
    SigningKey, UnusableKey,
};

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

    fn signing_key(&self, key: &PrivateKey) -> Result<Box<dyn SigningKey>, UnusableKey> {
        match key {
            #[cfg(feature = "rsa")]
            PrivateKey::Rsa(key) => super::rsa_private::signing_key(key),
            #[cfg(not(feature = "rsa"))]
            PrivateKey::Rsa(_) => Err(UnusableKey::WithoutRsa),
            PrivateKey::Ed25519(seed) => {
                let public = key.public_key();
                let key = ed25519_dalek::SigningKey::from_bytes(seed);
                Ok(Box::new(Ed25519SigningKey { key, public }))
            }
        }
    }

    fn generate_rsa(
        &self,
        bits: usize,
        #[cfg_attr(not(feature = "rsa"), expect(unused_variables))] fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<PrivateKey, GenerateError> {
        GenerateError::check_bits(bits)?;
        #[cfg(feature = "rsa")]
        return super::rsa_private::generate(bits, fill).map(PrivateKey::Rsa);
        #[cfg(not(feature = "rsa"))]
        Err(GenerateError::WithoutRsa)
    }
}

struct Ed25519SigningKey {
    key: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl fmt::Debug for Ed25519SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519SigningKey")
    }
}

impl SigningKey for Ed25519SigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, _: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, UnusableKey> {
        // RFC 8463 §3: the digest is what PureEdDSA signs.
        Ok(self.key.sign(digest).to_bytes().to_vec())
    }
}

struct Running<D>(D);

impl<D> fmt::Debug for Running<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}

impl<D: Digest + Clone + Send + Sync + 'static> Hasher for Running<D> {
    fn update(&mut self, octets: &[u8]) {
        Digest::update(&mut self.0, octets);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }

    fn fork(&self) -> Box<dyn Hasher> {
        Box::new(Self(self.0.clone()))
    }
}

fn verify_rsa(key: &RsaPublicKey, hash: HashAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
    // RFC 8017 §8.2.2: the encoded message is built and compared as a whole; taking the signature
    // apart instead has let forgeries through elsewhere.
    let expected = encoded_message(hash, digest, key.modulus.len());
    expected.is_some() && modexp(signature, key.exponent, &key.modulus) == expected
}

/// The digest that the private half of the key signed; `None` where the signature was not made with
/// it. For telling people what a signature that does not verify was made over, never for verifying.
pub(crate) fn digest_signed(
    key: &RsaPublicKey,
    signature: &[u8],
) -> Option<(HashAlgorithm, Vec<u8>)> {
    let encoded = modexp(signature, key.exponent, &key.modulus)?;
    [(HashAlgorithm::Sha256, 32), (HashAlgorithm::Sha1, 20)].into_iter().find_map(|(hash, size)| {
        let digest = encoded.get(encoded.len().checked_sub(size)?..)?;
        // As in verifying: what is not in this form to the last octet is no signature.
        let expected = encoded_message(hash, digest, key.modulus.len())?;
        (expected == encoded).then(|| (hash, digest.to_vec()))
    })
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
    #[cfg(feature = "rsa")]
    use crate::crypto::RsaPrivateKey;
    #[cfg(feature = "rsa")]
    use crate::crypto::test_keys::{ED25519_SEED, RSA_1024, TestRandom};
    #[cfg(feature = "rsa")]
    use crate::encoding::base64;

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

    #[cfg(not(feature = "rsa"))]
    #[test]
    fn rsa_private_keys_are_read_and_used_elsewhere() {
        use crate::crypto::RsaPrivateKey;
        use crate::crypto::test_keys::RSA_1024;
        use crate::encoding::base64;

        let key = RsaPrivateKey::from_pkcs1_der(&base64::decode(RSA_1024).unwrap()).unwrap();
        let why = PURE_RUST.signing_key(&PrivateKey::Rsa(key)).unwrap_err();
        assert_eq!(why, UnusableKey::WithoutRsa);
        let make = |bits| PURE_RUST.generate_rsa(bits, &mut |_| unreachable!()).unwrap_err();
        assert_eq!(make(2048), GenerateError::WithoutRsa);
        assert_eq!(make(512), GenerateError::Bits(512));
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

    #[cfg(feature = "rsa")]
    #[test]
    fn keys_sign_what_they_verify() {
        let seed = base64::decode(ED25519_SEED).unwrap().try_into().unwrap();
        let rsa = RsaPrivateKey::from_pkcs1_der(&base64::decode(RSA_1024).unwrap()).unwrap();
        for private in [PrivateKey::Rsa(rsa), PrivateKey::Ed25519(zeroize::Zeroizing::new(seed))] {
            let key = PURE_RUST.signing_key(&private).unwrap();
            assert_eq!(*key.public_key(), private.public_key());
            for (hash, octets) in [(HashAlgorithm::Sha1, 20), (HashAlgorithm::Sha256, 32)] {
                let digest = vec![7; octets];
                let signature = key.sign(hash, &digest).unwrap();
                assert_eq!(key.sign(hash, &digest).unwrap(), signature);
                assert!(PURE_RUST.verify(key.public_key(), hash, &digest, &signature));
                let other = vec![8; octets];
                assert!(!PURE_RUST.verify(key.public_key(), hash, &other, &signature));
            }
            assert!(!format!("{key:?}").contains(['[', '{']), "{key:?}");
        }
    }

    #[cfg(feature = "rsa")]
    #[test]
    fn what_was_signed_can_be_told_from_the_signature_of_the_key_alone() {
        let der = base64::decode(RSA_1024).unwrap();
        let private = PrivateKey::Rsa(RsaPrivateKey::from_pkcs1_der(&der).unwrap());
        let key = PURE_RUST.signing_key(&private).unwrap();
        let PublicKey::Rsa(public) = private.public_key() else { panic!() };
        for (hash, octets) in [(HashAlgorithm::Sha1, 20), (HashAlgorithm::Sha256, 32)] {
            let digest = vec![7; octets];
            let mut signature = key.sign(hash, &digest).unwrap();
            assert_eq!(digest_signed(&public, &signature), Some((hash, digest)));
            signature[60] ^= 1;
            assert_eq!(digest_signed(&public, &signature), None);
            assert_eq!(digest_signed(&public, &signature[1..]), None);
        }
    }

    #[test]
    fn a_hasher_forks() {
        let mut hasher = PURE_RUST.hasher(HashAlgorithm::Sha256);
        hasher.update(b"ab");
        let mut fork = hasher.fork();
        fork.update(b"d");
        hasher.update(b"c");
        let digest = |text: &[u8]| Sha256::digest(text).to_vec();
        assert_eq!((hasher.finish(), fork.finish()), (digest(b"abc"), digest(b"abd")));
    }

    #[cfg(feature = "rsa")]
    #[test]
    fn blinding_does_not_show_in_the_signature() {
        use rsa::pkcs1::DecodeRsaPrivateKey;

        let der = base64::decode(RSA_1024).unwrap();
        let plain = rsa::RsaPrivateKey::from_pkcs1_der(&der).unwrap();
        let private = PrivateKey::Rsa(RsaPrivateKey::from_pkcs1_der(&der).unwrap());
        let key = PURE_RUST.signing_key(&private).unwrap();
        for digest in [[0; 32], [7; 32], [0xff; 32]] {
            let unblinded = plain.sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap();
            assert_eq!(key.sign(HashAlgorithm::Sha256, &digest), Ok(unblinded));
        }
        // A digest of another length is none of SHA-256.
        assert_eq!(key.sign(HashAlgorithm::Sha256, &[7; 31]), Err(UnusableKey::Damaged));
    }

    #[cfg(feature = "rsa")]
    #[test]
    fn rsa_keys_of_any_size_are_made_from_what_the_host_gives() {
        let make = |seed, bits| {
            let mut random = TestRandom::new(seed);
            PURE_RUST.generate_rsa(bits, &mut |octets| random.fill(octets))
        };
        for bits in [1024, 1031] {
            let key = make(1, bits).unwrap();
            assert_eq!(key.bits(), bits);
            let signing = PURE_RUST.signing_key(&key).unwrap();
            let signature = signing.sign(HashAlgorithm::Sha256, &[7; 32]).unwrap();
            let public = key.public_key();
            assert!(PURE_RUST.verify(&public, HashAlgorithm::Sha256, &[7; 32], &signature));
            assert!(matches!(public, PublicKey::Rsa(RsaPublicKey { exponent: 65_537, .. })));
        }
        let public = |seed| make(seed, 1024).unwrap().public_key();
        assert_eq!(public(1), public(1));
        assert_ne!(public(1), public(2));
        for bits in [0, 512, 1023, 8193, usize::MAX] {
            assert_eq!(make(1, bits).unwrap_err(), GenerateError::Bits(bits));
        }
    }

    #[test]
    fn keys_of_small_order_verify_nothing() {
        let key = PublicKey::Ed25519([0; 32]);
        assert!(!PURE_RUST.verify(&key, HashAlgorithm::Sha256, b"x", &[0; 64]));
    }

    /// Somebody who has the private key, and encodes as they please.
    fn sign_raw(key: &rsa::RsaPrivateKey, encoded: &[u8]) -> Vec<u8> {
        use std::convert::Infallible;

        use rsa::rand_core::{TryCryptoRng, TryRng};

        struct Never;
        impl TryRng for Never {
            type Error = Infallible;

            fn try_next_u32(&mut self) -> Result<u32, Infallible> {
                unreachable!()
            }

            fn try_next_u64(&mut self) -> Result<u64, Infallible> {
                unreachable!()
            }

            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
                unreachable!()
            }
        }
        impl TryCryptoRng for Never {}

        let number = rsa::BoxedUint::from_be_slice(encoded, 1024).unwrap();
        let power = rsa::hazmat::rsa_decrypt(None::<&mut Never>, key, &number).unwrap();
        power.to_be_bytes().to_vec()
    }

    #[test]
    fn only_the_exact_encoding_verifies_as_with_the_twin() {
        use rsa::pkcs1::DecodeRsaPrivateKey as _;
        use rsa::traits::PublicKeyParts as _;

        let der = crate::encoding::base64::decode(crate::crypto::test_keys::RSA_1024).unwrap();
        let private = rsa::RsaPrivateKey::from_pkcs1_der(&der).unwrap();
        let modulus = private.n().as_ref().to_be_bytes_trimmed_vartime().to_vec();
        let key = PublicKey::Rsa(RsaPublicKey { modulus: modulus.clone(), exponent: 65_537 });
        let digest = [7; 32];
        let scheme = || rsa::Pkcs1v15Sign::new::<Sha256>();
        let verdicts = |signature: &[u8]| {
            [
                PURE_RUST.verify(&key, HashAlgorithm::Sha256, &digest, signature),
                private.to_public_key().verify(scheme(), &digest, signature).is_ok(),
            ]
        };
        let good = encoded_message(HashAlgorithm::Sha256, &digest, 128).unwrap();
        assert_eq!(verdicts(&sign_raw(&private, &good)), [true, true]);

        let padded =
            |info: &[u8]| [&[0, 1][..], &vec![0xff; 125 - info.len()], &[0], info].concat();
        let info = &good[77..];
        assert_eq!(padded(info), good);
        let without_null = [
            &[0x30, 0x2f, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 0x20],
            &digest[..],
        ];
        let long_length = [&[0x30, 0x81, 0x31], &info[2..]].concat();
        let mut hostile = vec![
            padded(&without_null.concat()),
            padded(&long_length),
            // Of SHA-512, of no hash at all, cut short, with more behind it.
            padded(&[&info[..14], &[3], &info[15..]].concat()),
            padded(&digest),
            padded(&info[..info.len() - 1]),
            padded(&[info, &[0]].concat()),
            // Little padding and much behind it: Bleichenbacher's forgery.
            [&good[..10], &[0], info, &[0x5a; 66]].concat(),
        ];
        // Every octet of the right one, damaged.
        hostile.extend((1..good.len()).map(|place| {
            let mut damaged = good.clone();
            damaged[place] ^= 1;
            damaged
        }));
        for encoded in hostile {
            assert_eq!(encoded.len(), 128);
            assert_eq!(verdicts(&sign_raw(&private, &encoded)), [false, false], "{encoded:x?}");
        }

        let signature = sign_raw(&private, &good);
        for other in [
            signature[1..].to_vec(),
            [&[0], &signature[..]].concat(),
            [&signature[..], &[0]].concat(),
            vec![0; 128],
            modulus,
            vec![0xff; 128],
        ] {
            assert_eq!(verdicts(&other), [false, false], "{other:x?}");
        }
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
