//! Public keys as key records carry them, DER within base64.

use std::fmt;

use rsa::pkcs1;
use rsa::pkcs1::der::{self, Decode};
use rsa::pkcs8::spki::SubjectPublicKeyInfoRef;

use crate::crypto::{KeyType, PublicKey, RsaPublicKey};

/// Reads the octets of a `p=` tag.
///
/// RSA keys come as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), which is what is published, or as
/// RSAPublicKey (RFC 8017 §A.1.1), which is what RFC 6376 §3.6.1 says (erratum 3017). Ed25519 keys
/// are 32 octets as they are (RFC 8463 §4.2).
///
/// # Errors
///
/// [`PublicKeyError`] says what keeps the octets from being a key that can be used safely.
pub fn parse(key_type: KeyType, octets: &[u8]) -> Result<PublicKey, PublicKeyError> {
    match key_type {
        KeyType::Ed25519 => <[u8; 32]>::try_from(octets)
            .map(PublicKey::Ed25519)
            .map_err(|_| PublicKeyError::Ed25519Length(octets.len())),
        KeyType::Rsa => parse_rsa(octets).map(PublicKey::Rsa),
    }
}

/// Why octets are no usable public key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// Neither SubjectPublicKeyInfo nor RSAPublicKey in DER.
    NotDer,
    /// The DER is followed by more octets.
    TrailingOctets,
    /// A SubjectPublicKeyInfo of another algorithm.
    NotRsa,
    /// An even modulus is no product of two odd primes.
    EvenModulus,
    /// The exponent is even, below 3 or above 2^32.
    Exponent,
    /// An Ed25519 key of so many octets instead of 32.
    Ed25519Length(usize),
}

impl fmt::Display for PublicKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDer => f.write_str("p= holds no RSA public key in DER"),
            Self::TrailingOctets => f.write_str("octets follow the RSA public key in p="),
            Self::NotRsa => f.write_str("p= holds a public key of another algorithm than RSA"),
            Self::EvenModulus => f.write_str("the modulus of the RSA key in p= is even"),
            Self::Exponent => {
                f.write_str("the exponent of the RSA key in p= is even, below 3 or above 2^32")
            }
            Self::Ed25519Length(octets) => {
                write!(f, "p= holds {octets} octets, but an Ed25519 key has 32")
            }
        }
    }
}

impl std::error::Error for PublicKeyError {}

fn parse_rsa(octets: &[u8]) -> Result<RsaPublicKey, PublicKeyError> {
    let key: pkcs1::RsaPublicKeyRef<'_> = match SubjectPublicKeyInfoRef::from_der(octets) {
        Ok(info) => {
            if info.algorithm.oid != pkcs1::ALGORITHM_OID {
                return Err(PublicKeyError::NotRsa);
            }
            let bits = info.subject_public_key.as_bytes().ok_or(PublicKeyError::NotDer)?;
            pkcs1::RsaPublicKeyRef::from_der(bits).map_err(der_error)?
        }
        Err(error) if is_trailing(&error) => return Err(PublicKeyError::TrailingOctets),
        Err(_) => pkcs1::RsaPublicKeyRef::from_der(octets).map_err(der_error)?,
    };
    let modulus = key.modulus.as_bytes();
    if modulus.last().is_none_or(|last| last & 1 == 0) {
        return Err(PublicKeyError::EvenModulus);
    }
    let exponent = key
        .public_exponent
        .as_bytes()
        .iter()
        .try_fold(0_u64, |sum, &octet| sum.checked_mul(256)?.checked_add(octet.into()))
        // Large exponents only make verification expensive; even ones are none (RFC 8017 §3.1).
        .filter(|exponent| (3..=1 << 32).contains(exponent) && exponent & 1 == 1)
        .ok_or(PublicKeyError::Exponent)?;
    Ok(RsaPublicKey { modulus: modulus.to_vec(), exponent })
}

fn der_error(error: der::Error) -> PublicKeyError {
    if is_trailing(&error) { PublicKeyError::TrailingOctets } else { PublicKeyError::NotDer }
}

fn is_trailing(error: &der::Error) -> bool {
    matches!(error.kind(), der::ErrorKind::TrailingData { .. })
}
