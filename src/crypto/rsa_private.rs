//! The RSA private-key operation and new RSA keys, with the crate `rsa` (feature `rsa`).

use std::fmt;

use rsa::BoxedUint;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use sha1::Sha1;
use sha2::Sha256;

use super::der::RsaNumbers;
use super::random::{FromHost, Seed};
use super::{
    GenerateError, HashAlgorithm, PublicKey, RsaKeyError, RsaPrivateKey, SigningKey, UnusableKey,
};

/// Checks that the numbers of the key in these octets fit together.
pub(super) fn check(octets: &[u8], numbers: &RsaNumbers<'_>) -> Result<(), RsaKeyError> {
    let again = rsa_key(numbers)?.to_pkcs1_der().map_err(|_| RsaKeyError::Factors)?;
    // What follows from the other numbers is computed anew; where the file says otherwise, a
    // provider that believes the file would compute nonsense, or worse, give a prime away.
    if again.as_bytes() == octets { Ok(()) } else { Err(RsaKeyError::Coefficients) }
}

/// The numbers that the others follow from, checked: n = pq, and d is the inverse of e.
fn rsa_key(numbers: &RsaNumbers<'_>) -> Result<rsa::RsaPrivateKey, RsaKeyError> {
    let octets = u32::try_from(numbers.modulus.len()).unwrap_or(u32::MAX);
    let bits = octets.saturating_mul(8);
    // A public width for every secret number, so that no time depends on how long it is.
    let number = |number: &[u8]| BoxedUint::from_be_slice(number, bits);
    let exponent = BoxedUint::from_be_slice_vartime(numbers.public_exponent);
    let modulus = number(numbers.modulus).map_err(|_| RsaKeyError::Factors)?;
    let private = number(numbers.private_exponent).map_err(|_| RsaKeyError::PrivateExponent)?;
    let primes = numbers.primes.map(number).into_iter();
    let primes = primes.collect::<Result<Vec<_>, _>>().map_err(|_| RsaKeyError::Factors)?;
    rsa::RsaPrivateKey::from_components(modulus, exponent, private, primes).map_err(|error| {
        match error {
            rsa::Error::InvalidExponent => RsaKeyError::PrivateExponent,
            _ => RsaKeyError::Factors,
        }
    })
}

/// The key made ready to sign.
pub(super) fn signing_key(private: &RsaPrivateKey) -> Result<Box<dyn SigningKey>, UnusableKey> {
    let der = private.pkcs1_der();
    let key = rsa::RsaPrivateKey::from_pkcs1_der(der).map_err(|_| UnusableKey::Damaged)?;
    let public = PublicKey::Rsa(private.public_key().clone());
    Ok(Box::new(RsaSigningKey { key, seed: Seed::of_key(der), public }))
}

/// A new key of that many bits, made of the octets that `fill` gives.
pub(super) fn generate(
    bits: usize,
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<RsaPrivateKey, GenerateError> {
    rsa::RsaPrivateKey::new(&mut FromHost(fill), bits)
        .ok()
        // A document that is overwritten when it is dropped.
        .and_then(|key| key.to_pkcs1_der().ok())
        .and_then(|der| RsaPrivateKey::from_pkcs1_der(der.as_bytes()).ok())
        .ok_or(GenerateError::Failed)
}

struct RsaSigningKey {
    key: rsa::RsaPrivateKey,
    seed: Seed,
    public: PublicKey,
}

impl fmt::Debug for RsaSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaSigningKey({} bits)", self.public.bits())
    }
}

impl SigningKey for RsaSigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, UnusableKey> {
        let scheme = match hash {
            HashAlgorithm::Sha1 => rsa::Pkcs1v15Sign::new::<Sha1>(),
            HashAlgorithm::Sha256 => rsa::Pkcs1v15Sign::new::<Sha256>(),
        };
        // The crate raises the result to the public exponent and compares, so that a fault in the
        // computation never gives a prime away.
        let mut blinding = self.seed.blinding(digest);
        self.key.sign_with_rng(&mut blinding, scheme, digest).map_err(|_| UnusableKey::Damaged)
    }
}
