//! A signature that lacks only what the key has to give.

use super::error::SignError;
use crate::canon::{Canonicalization, canonicalize_field, canonicalize_signature_field};
use crate::crypto::{Algorithm, HashAlgorithm, Provider, SigningKey};
use crate::encoding::base64;
use crate::name::{DomainName, Selector};
use crate::signature::fold_signature;

/// The bits that an RSA key may have: verifiers need not take fewer (RFC 8301 §3.2), ours take no
/// more.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

/// A signature field that lacks the value of `b=`.
///
/// Either [`sign`](Self::sign) it with a key in the process, or hand
/// [`message_to_sign`](Self::message_to_sign) to an outside signer (WebCrypto, a KMS, an HSM) and
/// [`complete`](Self::complete) it with what comes back.
#[derive(Clone, Debug)]
pub struct Unsigned {
    algorithm: Algorithm,
    domain: DomainName,
    selector: Selector,
    /// The field before and behind the value of `b=`.
    field: (String, String),
    columns: usize,
    input: Vec<u8>,
    digest: Vec<u8>,
}

/// What an [`Unsigned`] is made of.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) domain: &'a DomainName,
    pub(crate) selector: &'a Selector,
    pub(crate) canonicalization: Canonicalization,
    /// The field before and behind the value of `b=`, less its CRLF.
    pub(crate) field: (String, String),
    /// How wide the lines are that the signature is folded into.
    pub(crate) columns: usize,
}

impl Unsigned {
    /// The signature over these fields, each less its CRLF, and itself.
    pub(crate) fn new(
        parts: Parts<'_>,
        covered: &mut dyn Iterator<Item = &[u8]>,
        provider: &dyn Provider,
    ) -> Self {
        let Parts { algorithm, domain, selector, canonicalization, field, columns } = parts;
        let mut input = Vec::new();
        let mut sink = |span: &[u8]| input.extend_from_slice(span);
        // RFC 6376 §3.7, step 2: the fields in the order of h=, then the signature itself.
        for field in covered {
            canonicalize_field(canonicalization, field, &mut sink);
        }
        let (before, after) = &field;
        let own = format!("{before}{after}");
        let span = before.len()..before.len();
        canonicalize_signature_field(canonicalization, own.as_bytes(), span, &mut sink);
        let mut hasher = provider.hasher(HashAlgorithm::Sha256);
        hasher.update(&input);
        let digest = hasher.finish();
        let (domain, selector) = (domain.clone(), selector.clone());
        Self { algorithm, domain, selector, field, columns, input, digest }
    }

    /// `a=`.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `d=`, which with [`selector`](Self::selector) tells which key is wanted.
    pub fn domain(&self) -> &DomainName {
        &self.domain
    }

    /// `s=`.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// The canonical header octets that the signature covers (RFC 6376 §3.7).
    pub fn input(&self) -> &[u8] {
        &self.input
    }

    /// The SHA-256 of [`input`](Self::input), for signers that want it hashed.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// What an outside signer signs: for rsa-sha256 the canonical octets, which RSASSA-PKCS1-v1_5
    /// with SHA-256 hashes itself; for ed25519-sha256 their SHA-256, for Ed25519 signs that digest
    /// as its message (RFC 8463 §3).
    pub fn message_to_sign(&self) -> &[u8] {
        match self.algorithm {
            Algorithm::Ed25519Sha256 => &self.digest,
            Algorithm::RsaSha1 | Algorithm::RsaSha256 => &self.input,
        }
    }

    /// Signs with a key in the process, and gives the complete field, CRLF included.
    ///
    /// # Errors
    ///
    /// [`SignError::KeyType`], [`SignError::KeySize`] or [`SignError::Key`].
    pub fn sign(self, key: &dyn SigningKey) -> Result<String, SignError> {
        let public = key.public_key();
        if public.key_type() != self.algorithm.key_type() {
            return Err(SignError::KeyType { algorithm: self.algorithm });
        }
        let bits = public.bits();
        if self.algorithm != Algorithm::Ed25519Sha256 && !RSA_BITS.contains(&bits) {
            return Err(SignError::KeySize { bits });
        }
        let signature = key.sign(HashAlgorithm::Sha256, &self.digest)?;
        self.complete(&signature)
    }

    /// Puts the signature in its place, and gives the complete field, CRLF included.
    ///
    /// # Errors
    ///
    /// [`SignError::SignatureLength`] where the octets cannot be a signature of the algorithm.
    pub fn complete(self, signature: &[u8]) -> Result<String, SignError> {
        let octets = signature.len();
        let fits = match self.algorithm {
            // RFC 8032 §5.1.6: 64 octets.
            Algorithm::Ed25519Sha256 => octets == 64,
            // RFC 8017 §8.2.1: as long as the modulus.
            Algorithm::RsaSha1 | Algorithm::RsaSha256 => {
                RSA_BITS.contains(&octets.saturating_mul(8))
            }
        };
        if !fits {
            return Err(SignError::SignatureLength { algorithm: self.algorithm, octets });
        }
        let (before, after) = self.field;
        let signature = fold_signature(&base64::encode(signature), self.columns);
        Ok(format!("{before}{signature}{after}\r\n"))
    }
}
