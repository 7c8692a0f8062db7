//! The provider over AWS-LC, for native hosts that verify much: its verdicts are those of
//! [`PURE_RUST`], which is its plain twin.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    UnparsedPublicKey,
};
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::pkcs1::der::Encode;
use rsa::pkcs1::der::asn1::UintRef;

use super::{HashAlgorithm, Hasher, PURE_RUST, Provider, PublicKey, RsaPublicKey};

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
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use rsa::traits::PublicKeyParts;
    use rsa::{Pkcs1v15Sign, RsaPrivateKey};
    use sha2::Sha256;

    use super::*;
    use crate::encoding::base64;

    /// The private key of RFC 8463 §A.2.
    const RSA_KEY: &str = "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQABAoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZezHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8GcuSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxyWvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxdWFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1alicIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcsto7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOeuEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL";

    fn verdicts(key: &PublicKey, digest: &[u8], signature: &[u8]) -> [bool; 2] {
        [AWS_LC, PURE_RUST]
            .map(|provider| provider.verify(key, HashAlgorithm::Sha256, digest, signature))
    }

    fn key_and_signature(digest: &[u8]) -> (PublicKey, Vec<u8>) {
        let private = RsaPrivateKey::from_pkcs1_der(&base64::decode(RSA_KEY).unwrap()).unwrap();
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
