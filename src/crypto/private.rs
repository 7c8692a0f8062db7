//! Private keys, and what signs with them. Their octets are overwritten when they are dropped, and
//! nothing prints them.

use std::fmt;

use zeroize::Zeroizing;

use super::der::{NotOne, RsaNumbers};
use super::{HashAlgorithm, KeyType, PublicKey, RsaPublicKey};

/// The moduli a private key may have, in bits: shorter ones must not sign (RFC 8301 §3.2), longer ones
/// are verified by nobody, us included.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

/// The numbers of a private key, as any provider can take them.
#[derive(Clone)]
pub enum PrivateKey {
    /// An RSA key.
    Rsa(RsaPrivateKey),
    /// The seed of an Ed25519 key: 32 octets (RFC 8032 §5.1.5).
    Ed25519(Zeroizing<[u8; 32]>),
}

impl PrivateKey {
    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(key.public.clone()),
            Self::Ed25519(seed) => {
                let key = ed25519_dalek::SigningKey::from_bytes(seed);
                PublicKey::Ed25519(key.verifying_key().to_bytes())
            }
        }
    }

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
            Self::Rsa(key) => key.public.bits(),
            Self::Ed25519(_) => 256,
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The octets of a private key never reach a log.
        match self {
            Self::Rsa(key) => write!(f, "PrivateKey(rsa, {} bits)", key.public.bits()),
            Self::Ed25519(_) => f.write_str("PrivateKey(ed25519)"),
        }
    }
}

/// An RSA private key with two primes, whose numbers fit together.
#[derive(Clone)]
pub struct RsaPrivateKey {
    der: Zeroizing<Vec<u8>>,
    public: RsaPublicKey,
}

impl RsaPrivateKey {
    /// Reads an RSAPrivateKey in DER (RFC 8017 §A.1.2) and checks that its numbers fit together.
    ///
    /// # Errors
    ///
    /// [`RsaKeyError`] says what is wrong with it.
    pub fn from_pkcs1_der(octets: &[u8]) -> Result<Self, RsaKeyError> {
        let numbers = RsaNumbers::from_der(octets).map_err(|why| match why {
            NotOne::Trailing => RsaKeyError::TrailingOctets,
            NotOne::Malformed => RsaKeyError::NotDer,
        })?;
        if numbers.is_multi_prime {
            return Err(RsaKeyError::SeveralPrimes);
        }
        let modulus = numbers.modulus;
        if modulus.last().is_none_or(|last| last & 1 == 0) {
            return Err(RsaKeyError::EvenModulus);
        }
        let exponent =
            RsaPublicKey::exponent_from(numbers.public_exponent).ok_or(RsaKeyError::Exponent)?;
        let public = RsaPublicKey { modulus: modulus.to_vec(), exponent };
        // Before any arithmetic: its time grows with the cube of the length.
        if !RSA_BITS.contains(&public.bits()) {
            return Err(RsaKeyError::Bits(public.bits()));
        }
        #[cfg(feature = "rsa")]
        super::rsa_private::check(octets, &numbers)?;
        #[cfg(not(feature = "rsa"))]
        super::rsa_numbers::check(&numbers)?;
        Ok(Self { der: Zeroizing::new(octets.to_vec()), public })
    }

    /// RSAPrivateKey in DER (RFC 8017 §A.1.2).
    pub fn pkcs1_der(&self) -> &[u8] {
        &self.der
    }

    /// The public half.
    pub const fn public_key(&self) -> &RsaPublicKey {
        &self.public
    }
}

impl fmt::Debug for RsaPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPrivateKey({} bits)", self.public.bits())
    }
}

/// Why octets are no usable RSA private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RsaKeyError {
    /// Not RSAPrivateKey in DER.
    NotDer,
    /// The DER is followed by more octets.
    TrailingOctets,
    /// A key of more than two primes (RFC 8017 §3.2), which hardly any software takes.
    SeveralPrimes,
    /// The modulus has so many bits; 1024 to 8192 are taken.
    Bits(usize),
    /// An even modulus is no product of two odd primes.
    EvenModulus,
    /// The public exponent is even, below 3 or above 2^32.
    Exponent,
    /// The modulus is not the product of the two primes.
    Factors,
    /// The private exponent does not undo the public one.
    PrivateExponent,
    /// The exponents or the coefficient of the Chinese remainder theorem are wrong.
    Coefficients,
}

impl fmt::Display for RsaKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDer => f.write_str("the RSA private key is not encoded as RFC 8017 says"),
            Self::TrailingOctets => f.write_str("octets follow the RSA private key"),
            Self::SeveralPrimes => f.write_str(
                "the RSA key has more than two primes, which is not supported; make a new key",
            ),
            Self::Bits(bits) if *bits < *RSA_BITS.start() => write!(
                f,
                "the RSA key has {bits} bits, but keys below 1024 bits must not sign (RFC 8301 \
                 section 3.2); make a new key of 2048 bits"
            ),
            Self::Bits(bits) => write!(
                f,
                "the RSA key has {bits} bits, and verifiers refuse keys above 8192 bits; make a new \
                 key of 2048 bits"
            ),
            Self::EvenModulus => broken(f, "its modulus is even"),
            Self::Exponent => broken(f, "its public exponent is even, below 3 or above 2^32"),
            Self::Factors => broken(f, "its modulus is not the product of its two primes"),
            Self::PrivateExponent => broken(f, "its private exponent does not fit the public one"),
            Self::Coefficients => broken(f, "its exponents modulo the primes are wrong"),
        }
    }
}

fn broken(f: &mut fmt::Formatter<'_>, why: &str) -> fmt::Result {
    write!(f, "the RSA key is damaged: {why}; restore it from a copy or make a new one")
}

impl std::error::Error for RsaKeyError {}

/// A key that is ready to sign.
pub trait SigningKey: fmt::Debug + Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// The signature over the digest; the same for the same digest.
    ///
    /// For RSA it is RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1), for Ed25519 it is PureEdDSA with the
    /// digest as the message (RFC 8463 §3).
    ///
    /// # Errors
    ///
    /// [`UnusableKey::Damaged`] where the digest is none of that hash, or the computation went wrong.
    fn sign(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, UnusableKey>;
}

/// Why a private key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableKey {
    /// Its numbers do not fit together.
    Damaged,
    /// An RSA key in a build without the feature `rsa`: it signs outside.
    WithoutRsa,
}

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => {
                f.write_str("the private key cannot sign: its numbers do not fit together")
            }
            Self::WithoutRsa => f.write_str(
                "RSA private keys do not sign in this build, which lacks the feature `rsa`; sign \
                 outside, as with a key in a KMS",
            ),
        }
    }
}

impl std::error::Error for UnusableKey {}

/// Why no RSA key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GenerateError {
    /// Not a size from 1024 to 8192 bits.
    Bits(usize),
    /// The arithmetic failed.
    Failed,
    /// There is no such arithmetic in a build without the feature `rsa`.
    WithoutRsa,
}

impl GenerateError {
    /// Refuses the sizes that no key should have. Any other is taken, multiple of eight or not.
    pub(super) fn check_bits(bits: usize) -> Result<(), Self> {
        if RSA_BITS.contains(&bits) { Ok(()) } else { Err(Self::Bits(bits)) }
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits(bits) => {
                write!(f, "an RSA key has 1024 to 8192 bits, not {bits}; 2048 is usual")
            }
            Self::Failed => f.write_str("the RSA key could not be computed; try again"),
            Self::WithoutRsa => f.write_str(
                "RSA keys are not made in this build, which lacks the feature `rsa`; make it outside",
            ),
        }
    }
}

impl std::error::Error for GenerateError {}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::test_keys::{ED25519_PUBLIC, ED25519_SEED, RSA_1024};
    use crate::encoding::base64;

    fn rsa_1024() -> Vec<u8> {
        base64::decode(RSA_1024).unwrap()
    }

    #[test]
    fn a_good_key_is_taken_and_never_printed() {
        let key = RsaPrivateKey::from_pkcs1_der(&rsa_1024()).unwrap();
        assert_eq!(key.pkcs1_der(), rsa_1024());
        assert_eq!((key.public_key().bits(), key.public_key().exponent), (1024, 65_537));
        assert_eq!(format!("{key:?}"), "RsaPrivateKey(1024 bits)");
        let key = PrivateKey::Rsa(key);
        assert_eq!(format!("{key:?}"), "PrivateKey(rsa, 1024 bits)");
        assert_eq!((key.key_type(), key.bits()), (KeyType::Rsa, 1024));
        let seed = base64::decode(ED25519_SEED).unwrap().try_into().unwrap();
        let key = PrivateKey::Ed25519(Zeroizing::new(seed));
        assert_eq!(format!("{key:?}"), "PrivateKey(ed25519)");
        let public = base64::decode(ED25519_PUBLIC).unwrap().try_into().unwrap();
        assert_eq!(key.public_key(), PublicKey::Ed25519(public));
    }

    #[test]
    fn every_damaged_number_is_noticed() {
        let good = rsa_1024();
        let (mut at, mut found) = (7, Vec::new());
        // The INTEGERs n, e, d, p, q, dP, dQ, qInv follow the header and the version.
        while at < good.len() {
            let (start, length) = match good[at + 1] {
                0x81 => (at + 3, usize::from(good[at + 2])),
                length => (at + 2, usize::from(length)),
            };
            let mut damaged = good.clone();
            damaged[start + length - 1] ^= 2;
            found.push(RsaPrivateKey::from_pkcs1_der(&damaged).unwrap_err());
            at = start + length;
        }
        use RsaKeyError::{Coefficients, Factors, PrivateExponent};
        assert_eq!(
            found,
            [
                Factors,
                PrivateExponent,
                PrivateExponent,
                Factors,
                Factors,
                Coefficients,
                Coefficients,
                Coefficients
            ]
        );
    }

    #[test]
    fn what_is_no_rsa_key_says_so() {
        let error = |octets: &[u8]| RsaPrivateKey::from_pkcs1_der(octets).unwrap_err();
        let good = rsa_1024();
        assert_eq!(error(&[]), RsaKeyError::NotDer);
        assert_eq!(error(&good[..good.len() - 1]), RsaKeyError::NotDer);
        assert_eq!(error(&[&good[..], &[0]].concat()), RsaKeyError::TrailingOctets);
        // The last octet of the modulus, then the exponent.
        let mut even = good.clone();
        even[138] ^= 1;
        assert_eq!(error(&even), RsaKeyError::EvenModulus);
        let mut even = good.clone();
        assert_eq!(even[139..144], [2, 3, 1, 0, 1]);
        even[143] = 2;
        assert_eq!(error(&even), RsaKeyError::Exponent);
        // n = 15, e = 3, d = 3, p = 5, q = 3
        let small = [2, 1, 0, 2, 1, 15, 2, 1, 3, 2, 1, 3, 2, 1, 5, 2, 1, 3];
        let small = [&[0x30, 27][..], &small, &[2, 1, 3, 2, 1, 1, 2, 1, 2]].concat();
        assert_eq!(error(&small), RsaKeyError::Bits(4));
        assert!(RsaKeyError::Bits(512).to_string().contains("below 1024"));
        assert!(RsaKeyError::Bits(9000).to_string().contains("above 8192"));
    }
}
