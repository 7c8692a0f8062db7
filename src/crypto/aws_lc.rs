//! The provider over AWS-LC, for native hosts that verify and sign much: its verdicts and signatures
//! are those of [`PURE_RUST`], which is its plain twin.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::pkcs1::der::asn1::UintRef;
use rsa::pkcs1::der::{Decode, Encode};
use rsa::pkcs8::PrivateKeyInfoRef;

use super::{
    GenerateError, HashAlgorithm, Hasher, PURE_RUST, PrivateKey, Provider, PublicKey,
    RsaPrivateKey, RsaPublicKey, SigningKey, UnusableKey,
};

/// Hashes and RSA signatures through AWS-LC, the rest in pure Rust. Feature `aws-lc`.
pub const AWS_LC: &dyn Provider = &AwsLc;

/// The moduli that AWS-LC takes, in bits; others are left to pure Rust.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

#[derive(Debug)]
struct AwsLc;

impl Provider for AwsLc {
    fn hasher(&self, algorithm: HashAlgorithm) -> Box<dyn Hasher> {
        Box::new(Running(digest::Context::new(digest_algorithm(algorithm))))
    }

    fn verify(
        &self,
        key: &PublicKey,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> bool {
        match key {
            PublicKey::Rsa(rsa) if RSA_BITS.contains(&rsa.bits()) => {
                verify_rsa(rsa, hash, digest, signature).is_some()
            }
            // Ed25519 is verified strictly, which AWS-LC does not do.
            PublicKey::Rsa(_) | PublicKey::Ed25519(_) => {
                PURE_RUST.verify(key, hash, digest, signature)
            }
        }
    }

    fn signing_key(&self, key: &PrivateKey) -> Result<Box<dyn SigningKey>, UnusableKey> {
        if let PrivateKey::Rsa(private) = key
            // It refuses to sign with less than 2048 bits.
            && let Ok(pair) = RsaKeyPair::from_der(private.pkcs1_der())
        {
            let public = key.public_key();
            return Ok(Box::new(AwsLcSigningKey { pair, private: key.clone(), public }));
        }
        PURE_RUST.signing_key(key)
    }

    fn generate_rsa(
        &self,
        bits: usize,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<PrivateKey, GenerateError> {
        match generate(bits) {
            Some(key) => Ok(PrivateKey::Rsa(key)),
            None => PURE_RUST.generate_rsa(bits, fill),
        }
    }
}

struct AwsLcSigningKey {
    pair: RsaKeyPair,
    private: PrivateKey,
    public: PublicKey,
}

impl fmt::Debug for AwsLcSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwsLcSigningKey({} bits)", self.public.bits())
    }
}

impl SigningKey for AwsLcSigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, UnusableKey> {
        if hash == HashAlgorithm::Sha1 {
            // AWS-LC makes no such signatures, and it is rare enough that somebody asks for one.
            return PURE_RUST.signing_key(&self.private)?.sign(hash, digest);
        }
        let digest = digest::Digest::import_less_safe(digest, digest_algorithm(hash));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        digest
            .and_then(|digest| self.pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature))
            .map_err(|_| UnusableKey::Damaged)?;
        Ok(signature)
    }
}

/// A new key, of a size that AWS-LC makes, from its own random octets.
fn generate(bits: usize) -> Option<RsaPrivateKey> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        8192 => KeySize::Rsa8192,
        _ => return None,
    };
    // The octets are overwritten when they are dropped.
    let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(size).ok()?.as_der().ok()?;
    let info = PrivateKeyInfoRef::from_der(der.as_ref()).ok()?;
    RsaPrivateKey::from_pkcs1_der(info.private_key.as_bytes()).ok()
}

struct Running(digest::Context);

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}

impl Hasher for Running {
    fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }

    fn fork(&self) -> Box<dyn Hasher> {
        Box::new(Self(self.0.clone()))
    }
}

fn digest_algorithm(algorithm: HashAlgorithm) -> &'static digest::Algorithm {
    match algorithm {
        HashAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha256 => &digest::SHA256,
    }
}

/// `Some` where the signature verifies.
fn verify_rsa(
    key: &RsaPublicKey,
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Option<()> {
    let exponent = key.exponent.to_be_bytes();
    let der = RsaPublicKeyRef {
        modulus: UintRef::new(&key.modulus).ok()?,
        public_exponent: UintRef::new(&exponent).ok()?,
    }
    .to_der()
    .ok()?;
    let scheme = match hash {
        HashAlgorithm::Sha1 => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha256 => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    };
    let digest = digest::Digest::import_less_safe(digest, digest_algorithm(hash)).ok()?;
    UnparsedPublicKey::new(scheme, der).verify_digest(&digest, signature).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rsa::Pkcs1v15Sign;
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use rsa::traits::PublicKeyParts;
    use sha2::Sha256;

    use super::*;
    use crate::crypto::test_keys::{ED25519_SEED, RSA_1024, TestRandom};
    use crate::encoding::base64;

    fn verdicts(key: &PublicKey, digest: &[u8], signature: &[u8]) -> [bool; 2] {
        [AWS_LC, PURE_RUST]
            .map(|provider| provider.verify(key, HashAlgorithm::Sha256, digest, signature))
    }

    fn key_and_signature(digest: &[u8]) -> (PublicKey, Vec<u8>) {
        let private =
            rsa::RsaPrivateKey::from_pkcs1_der(&base64::decode(RSA_1024).unwrap()).unwrap();
        let key = PublicKey::Rsa(RsaPublicKey {
            modulus: private.n().as_ref().to_be_bytes_trimmed_vartime().to_vec(),
            exponent: 65_537,
        });
        (key, private.sign(Pkcs1v15Sign::new::<Sha256>(), digest).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn hashes_equal_those_of_the_twin(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            for algorithm in [HashAlgorithm::Sha1, HashAlgorithm::Sha256] {
                let digests = [AWS_LC, PURE_RUST].map(|provider| {
                    let mut hasher = provider.hasher(algorithm);
                    octets.chunks(70).for_each(|piece| hasher.update(piece));
                    hasher.finish()
                });
                prop_assert_eq!(&digests[0], &digests[1]);
            }
        }

        #[test]
        fn good_and_damaged_signatures_have_the_verdict_of_the_twin(
            digest in prop::array::uniform32(any::<u8>()),
            edits in prop::collection::vec((0_usize..130, any::<u8>()), 0..2),
        ) {
            let (key, good) = key_and_signature(&digest);
            prop_assert_eq!(verdicts(&key, &digest, &good), [true, true]);
            let mut signature = good.clone();
            for (place, octet) in edits {
                match signature.get_mut(place) {
                    Some(old) => *old = octet,
                    None => signature.insert(0, octet),
                }
            }
            prop_assert_eq!(verdicts(&key, &digest, &signature), [signature == good; 2]);
        }

        #[test]
        fn any_numbers_have_the_verdict_of_the_twin(
            modulus in prop::collection::vec(any::<u8>(), 60..300),
            exponent in any::<u64>(),
            signature in prop::collection::vec(any::<u8>(), 60..300),
        ) {
            let key = PublicKey::Rsa(RsaPublicKey { modulus, exponent });
            prop_assert_eq!(verdicts(&key, &[7; 32], &signature), [false, false]);
        }
    }

    fn keys() -> Vec<PrivateKey> {
        let mut random = TestRandom::new(3);
        let mut fill = |octets: &mut [u8]| random.fill(octets);
        let mut keys = vec![
            PrivateKey::Rsa(
                RsaPrivateKey::from_pkcs1_der(&base64::decode(RSA_1024).unwrap()).unwrap(),
            ),
            PrivateKey::Ed25519(zeroize::Zeroizing::new(
                base64::decode(ED25519_SEED).unwrap().try_into().unwrap(),
            )),
        ];
        for (provider, bits) in
            [(PURE_RUST, 2048), (PURE_RUST, 2053), (AWS_LC, 2048), (AWS_LC, 1536), (AWS_LC, 3072)]
        {
            let key = provider.generate_rsa(bits, &mut fill).unwrap();
            assert_eq!(key.bits(), bits);
            keys.push(key);
        }
        keys
    }

    #[test]
    fn signatures_equal_those_of_the_twin() {
        for private in keys() {
            let providers = [AWS_LC, PURE_RUST];
            let keys = providers.map(|provider| provider.signing_key(&private).unwrap());
            for (hash, octets) in [(HashAlgorithm::Sha1, 20), (HashAlgorithm::Sha256, 32)] {
                for octet in [0, 7, 0xff] {
                    let digest = vec![octet; octets];
                    let [ours, twins] = [0, 1].map(|n| keys[n].sign(hash, &digest).unwrap());
                    assert_eq!(ours, twins, "{private:?}");
                    for provider in providers {
                        assert!(provider.verify(keys[0].public_key(), hash, &digest, &ours));
                    }
                }
            }
            assert_eq!(keys[0].public_key(), keys[1].public_key());
            if private.key_type() == crate::crypto::KeyType::Rsa {
                for key in &keys {
                    assert_eq!(
                        key.sign(HashAlgorithm::Sha256, &[7; 31]),
                        Err(UnusableKey::Damaged)
                    );
                }
            }
        }
    }

    #[test]
    fn sizes_are_refused_as_the_twin_does() {
        for bits in [0, 1023, 8193] {
            let made = AWS_LC.generate_rsa(bits, &mut |_| unreachable!());
            assert_eq!(made.unwrap_err(), GenerateError::Bits(bits));
        }
    }

    #[test]
    fn small_exponents_forge_nothing() {
        // With e = 3 a cube that merely begins like a padded digest must not pass: the signature is
        // compared as a whole (RFC 8017 §8.2.2, step 4).
        let modulus = [vec![0xff], vec![0x11; 127]].concat();
        let key = PublicKey::Rsa(RsaPublicKey { modulus, exponent: 3 });
        let mut cube_root = vec![0; 128];
        cube_root[86] = 0x7f;
        assert_eq!(verdicts(&key, &[7; 32], &cube_root), [false, false]);
    }
}
