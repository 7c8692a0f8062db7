//! Algorithms, and the provider that computes them.
//!
//! A [`Provider`] is a value that a host hands in, so that one build can hold several and tests can
//! compare them.

#[cfg(all(feature = "aws-lc", not(target_arch = "wasm32")))]
mod aws_lc;
pub(crate) mod der;
mod modexp;
mod private;
mod pure;
#[cfg(feature = "rsa")]
mod random;
#[cfg(any(not(feature = "rsa"), test))]
mod rsa_numbers;
#[cfg(feature = "rsa")]
mod rsa_private;
#[cfg(test)]
pub(crate) mod test_keys;
mod unequivocal;

use std::fmt;

#[cfg(all(feature = "aws-lc", not(target_arch = "wasm32")))]
pub use aws_lc::AWS_LC;
pub use private::{GenerateError, PrivateKey, RsaKeyError, RsaPrivateKey, SigningKey, UnusableKey};
pub use pure::PURE_RUST;
pub(crate) use pure::digest_signed;
pub(crate) use unequivocal::is_unequivocal;

/// A signature algorithm, `a=` (RFC 6376 §3.3, RFC 8463 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `rsa-sha1`, historic: it must not be used (RFC 8301 §3.1).
    RsaSha1,
    /// `rsa-sha256` (RFC 6376 §3.3.2).
    RsaSha256,
    /// `ed25519-sha256` (RFC 8463 §3).
    Ed25519Sha256,
}

impl Algorithm {
    /// The algorithm of that name, letter case aside.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::RsaSha1, Self::RsaSha256, Self::Ed25519Sha256]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The name, as it stands in `a=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaSha1 => "rsa-sha1",
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }

    /// The hash it uses.
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::RsaSha1 => HashAlgorithm::Sha1,
            Self::RsaSha256 | Self::Ed25519Sha256 => HashAlgorithm::Sha256,
        }
    }

    /// The kind of key it needs.
    pub const fn key_type(self) -> KeyType {
        match self {
            Self::RsaSha1 | Self::RsaSha256 => KeyType::Rsa,
            Self::Ed25519Sha256 => KeyType::Ed25519,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A hash algorithm, as `h=` of a key record names it (RFC 6376 §3.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-1, historic.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl HashAlgorithm {
    /// The name, as it stands in `h=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

/// A kind of key, `k=` (RFC 6376 §3.6.1, RFC 8463 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// Ed25519.
    Ed25519,
}

impl KeyType {
    /// The kind of that name, letter case aside.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Rsa, Self::Ed25519].into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The name, as it stands in `k=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// The numbers of a public key, as any provider can take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// An RSA key.
    Rsa(RsaPublicKey),
    /// An Ed25519 key: 32 octets (RFC 8032 §5.1.5).
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// What kind it is.
    pub const fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa(_) => KeyType::Rsa,
            Self::Ed25519(_) => KeyType::Ed25519,
        }
    }

    /// The length of the modulus in bits, or 256 for Ed25519.
    pub fn bits(&self) -> usize {
        match self {
            Self::Rsa(key) => key.bits(),
            Self::Ed25519(_) => 256,
        }
    }
}

/// The numbers of an RSA public key, big-endian, without leading zero octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// The modulus.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: u64,
}

impl RsaPublicKey {
    /// The length of the modulus in bits.
    pub fn bits(&self) -> usize {
        match self.modulus.first() {
            Some(first) => {
                let spare = usize::try_from(first.leading_zeros()).unwrap_or_default();
                self.modulus.len().saturating_mul(8).saturating_sub(spare)
            }
            None => 0,
        }
    }

    /// The public exponent, where it is one that can be used.
    pub(crate) fn exponent_from(octets: &[u8]) -> Option<u64> {
        octets
            .iter()
            .try_fold(0_u64, |sum, &octet| sum.checked_mul(256)?.checked_add(octet.into()))
            // Large exponents only make verification expensive; even ones are none (RFC 8017 §3.1).
            .filter(|exponent| (3..=1 << 32).contains(exponent) && exponent & 1 == 1)
    }
}

/// Computes hashes, makes and checks signatures, makes RSA keys.
pub trait Provider: fmt::Debug + Send + Sync {
    /// A hasher with nothing hashed yet.
    fn hasher(&self, algorithm: HashAlgorithm) -> Box<dyn Hasher>;

    /// Whether `signature` over the digest verifies with the key.
    ///
    /// For RSA the signature is RSASSA-PKCS1-v1_5 (RFC 8017 §8.2), for Ed25519 it is PureEdDSA with
    /// the digest as the message (RFC 8463 §3). Whatever is wrong with the input is `false`.
    fn verify(&self, key: &PublicKey, hash: HashAlgorithm, digest: &[u8], signature: &[u8])
    -> bool;

    /// The key made ready to sign any number of messages.
    ///
    /// # Errors
    ///
    /// [`UnusableKey::Damaged`] where the numbers of the key do not fit together,
    /// [`UnusableKey::WithoutRsa`] where the build does without RSA private keys.
    fn signing_key(&self, key: &PrivateKey) -> Result<Box<dyn SigningKey>, UnusableKey>;

    /// A new RSA key of that many bits, with the public exponent 65537.
    ///
    /// Any size from 1024 to 8192 bits is taken. `fill` fills its argument with random octets of a
    /// generator made for keys; one that repeats itself makes worthless keys, or none in a lifetime.
    /// A provider that has a generator of its own may do without `fill`.
    ///
    /// # Errors
    ///
    /// [`GenerateError`] for other sizes, and where the build does without RSA private keys.
    fn generate_rsa(
        &self,
        bits: usize,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<PrivateKey, GenerateError>;
}

/// A hash being computed.
pub trait Hasher: fmt::Debug + Send + Sync {
    /// Takes more octets.
    fn update(&mut self, octets: &[u8]);

    /// The digest of all octets taken.
    fn finish(self: Box<Self>) -> Vec<u8>;

    /// A second hasher that has taken the same octets, and goes its own way from here.
    fn fork(&self) -> Box<dyn Hasher>;
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn names_are_known_in_any_case() {
        assert_eq!(Algorithm::parse("RSA-sha256"), Some(Algorithm::RsaSha256));
        assert_eq!(Algorithm::parse("rsa-sha512"), None);
        assert_eq!(KeyType::parse("Ed25519"), Some(KeyType::Ed25519));
    }

    #[test]
    fn bits_are_those_of_the_modulus() {
        let key = RsaPublicKey { modulus: vec![0x01, 0xff], exponent: 3 };
        assert_eq!(key.bits(), 9);
        assert_eq!(RsaPublicKey { modulus: vec![], exponent: 3 }.bits(), 0);
    }
}
