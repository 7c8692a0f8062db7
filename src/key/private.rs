//! Private keys as files hold them.

use std::fmt;

use zeroize::Zeroizing;

use super::container::{self, Container, ContainerError, Shape};
use crate::crypto::der::{self, Der};
use crate::crypto::{PrivateKey, PublicKey, RsaKeyError, RsaPrivateKey};

/// id-Ed25519 (RFC 8410 §3), 1.3.101.112.
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// rsaEncryption (RFC 8017 §A.1), 1.2.840.113549.1.1.1.
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// PrivateKeyInfo of an Ed25519 key up to the seed (RFC 8410 §7).
const ED25519_HEAD: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// AlgorithmIdentifier of RSA, with the NULL it must have (RFC 3279 §2.3.1).
pub(super) const RSA_ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// Reads a private key.
///
/// Taken are RSA keys as PKCS#1 (RFC 8017 §A.1.2) and RSA and Ed25519 keys as PKCS#8 of either version
/// (RFC 5958, RFC 8410), as PEM, as DER, or as base64 of DER without armour; and the 32 octets of an
/// Ed25519 seed in base64, which is what `dknewkey` of dkimpy writes. In PEM, lines may end as they
/// like, and other text may stand before and after; of several blocks the first private key is taken.
///
/// RSA keys have 1024 to 8192 bits, and their numbers are checked against each other. A bare seed has
/// nothing that it could be checked against.
///
/// # Errors
///
/// [`PrivateKeyError`] says what it is instead and what can be done.
///
/// ```
/// use waxseal::key::private;
///
/// let key = private::parse(b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n")?;
/// let pem = private::to_pkcs8_pem(&key);
/// assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
/// assert_eq!(private::parse(pem.as_bytes())?.public_key(), key.public_key());
/// # Ok::<(), private::PrivateKeyError>(())
/// ```
pub fn parse(octets: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
    match container::open(octets, |label| label.ends_with("PRIVATE KEY"))? {
        Container::Pem(block) => {
            refuse_label(&block.label, block.encrypted)?;
            parse_der(&block.text.decode()?)
        }
        Container::Base64(text) => {
            let octets = text.decode_unarmoured()?;
            match <[u8; 32]>::try_from(octets.as_slice()).map(Zeroizing::new) {
                Ok(seed) if !is_head_of_key(&octets) => Ok(PrivateKey::Ed25519(seed)),
                _ => parse_der(&octets),
            }
        }
        Container::Octets(octets) => parse_der(octets),
    }
}

/// RSAPrivateKey in PEM, `RSA PRIVATE KEY`: what `openssl genrsa` of old wrote and everything reads.
pub fn to_pkcs1_pem(key: &RsaPrivateKey) -> Zeroizing<String> {
    container::to_pem("RSA PRIVATE KEY", key.pkcs1_der())
}

/// PrivateKeyInfo in PEM, `PRIVATE KEY` (RFC 5958).
pub fn to_pkcs8_pem(key: &PrivateKey) -> Zeroizing<String> {
    container::to_pem("PRIVATE KEY", &to_pkcs8_der(key))
}

/// PrivateKeyInfo in DER (RFC 5958), version 1.
pub fn to_pkcs8_der(key: &PrivateKey) -> Zeroizing<Vec<u8>> {
    match key {
        PrivateKey::Rsa(key) => {
            let key = container::der(0x04, &[key.pkcs1_der()]);
            container::der(0x30, &[&[2, 1, 0], &RSA_ALGORITHM, &key])
        }
        PrivateKey::Ed25519(seed) => Zeroizing::new([&ED25519_HEAD[..], &seed[..]].concat()),
    }
}

/// Whether 32 octets are rather the first ones of a longer key: a SEQUENCE with a version in it.
fn is_head_of_key(octets: &[u8]) -> bool {
    matches!(
        octets,
        [0x30, 0x82, _, _, 2, 1, 0 | 1, ..]
            | [0x30, 0x81, _, 2, 1, 0 | 1, ..]
            | [0x30, 0..=0x7f, 2, 1, 0 | 1, ..]
    )
}

/// Refuses what the label alone tells to be no private key of ours.
fn refuse_label(label: &str, encrypted: bool) -> Result<(), PrivateKeyError> {
    match label {
        _ if encrypted || label.contains("ENCRYPTED") => Err(PrivateKeyError::Encrypted),
        "OPENSSH PRIVATE KEY" => Err(PrivateKeyError::OpenSsh),
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => {
            let name = label.split(' ').next().unwrap_or_default();
            Err(PrivateKeyError::OtherAlgorithm(name.to_owned()))
        }
        // Whether it is PKCS#1 or PKCS#8 is seen from the DER, whatever the label says.
        _ if label.ends_with("PRIVATE KEY") => Ok(()),
        _ if label.ends_with("PUBLIC KEY") => Err(PrivateKeyError::PublicOnly),
        _ if label.contains("CERTIFICATE") || label == "PKCS7" || label == "CMS" => {
            Err(PrivateKeyError::Certificate)
        }
        _ => Err(ContainerError::NotAKey.into()),
    }
}

fn parse_der(octets: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
    container::check_sequence(octets)?;
    match container::shape(octets) {
        Shape::PrivateKeyInfo => parse_pkcs8(octets),
        Shape::RsaPrivateKey => Ok(PrivateKey::Rsa(RsaPrivateKey::from_pkcs1_der(octets)?)),
        Shape::EncryptedPrivateKeyInfo => Err(PrivateKeyError::Encrypted),
        Shape::EcPrivateKey => Err(PrivateKeyError::OtherAlgorithm("EC".to_owned())),
        Shape::DsaPrivateKey => Err(PrivateKeyError::OtherAlgorithm("DSA".to_owned())),
        Shape::PublicKeyInfo | Shape::RsaPublicKey => Err(PrivateKeyError::PublicOnly),
        Shape::Certificate => Err(PrivateKeyError::Certificate),
        Shape::Pkcs12 => Err(PrivateKeyError::Pkcs12),
        Shape::Unknown => Err(PrivateKeyError::Malformed),
    }
}

fn parse_pkcs8(octets: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
    let PrivateKeyInfo { algorithm, key, public_key } =
        PrivateKeyInfo::from_der(octets).ok_or(PrivateKeyError::Malformed)?;
    match algorithm {
        RSA => Ok(PrivateKey::Rsa(RsaPrivateKey::from_pkcs1_der(key)?)),
        ED25519 => {
            // RFC 8410 §7: an OCTET STRING within the OCTET STRING.
            let seed = match key {
                [0x04, 0x20, seed @ ..] => <[u8; 32]>::try_from(seed).map(Zeroizing::new),
                _ => return Err(PrivateKeyError::Malformed),
            };
            let key = PrivateKey::Ed25519(seed.map_err(|_| PrivateKeyError::Malformed)?);
            let public = key.public_key();
            match (public_key, public) {
                (Some(told), PublicKey::Ed25519(computed)) if told != computed => {
                    Err(PrivateKeyError::Ed25519Halves)
                }
                _ => Ok(key),
            }
        }
        other => Err(PrivateKeyError::OtherAlgorithm(container::algorithm_name(other))),
    }
}

/// PrivateKeyInfo or OneAsymmetricKey (RFC 5958 §2).
struct PrivateKeyInfo<'a> {
    algorithm: &'a [u8],
    key: &'a [u8],
    public_key: Option<&'a [u8]>,
}

impl<'a> PrivateKeyInfo<'a> {
    fn from_der(octets: &'a [u8]) -> Option<Self> {
        const ATTRIBUTES: u8 = 0xa0;
        const PUBLIC_KEY: u8 = 0x81;
        let mut info = Der::sequence_of(octets).ok()?;
        let version = info.number()?;
        let (algorithm, key) = (info.algorithm()?, info.element(der::OCTET_STRING)?);
        info.element(ATTRIBUTES);
        let public_key = match info.element(PUBLIC_KEY) {
            Some(bits) => Some(der::bits_as_octets(bits)?),
            None => None,
        };
        // Version 2 is that which has the public half.
        let fits = match version {
            [0] => public_key.is_none(),
            [1] => public_key.is_some(),
            _ => false,
        };
        // What later versions add is context-specific.
        while !info.is_at_end() {
            info.any().filter(|(tag, _)| tag & 0xc0 == 0x80)?;
        }
        fits.then_some(Self { algorithm, key, public_key })
    }
}

/// Why a file gives no private key to sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivateKeyError {
    /// No key could be taken out of it.
    Container(ContainerError),
    /// A private key that a passphrase protects.
    Encrypted,
    /// Only the public half.
    PublicOnly,
    /// A certificate or a request for one.
    Certificate,
    /// A PKCS#12 file, which holds keys and certificates.
    Pkcs12,
    /// OpenSSH's own format.
    OpenSsh,
    /// A private key of that other algorithm.
    OtherAlgorithm(String),
    /// It looks like a private key, but its DER is damaged.
    Malformed,
    /// An RSA key that cannot be used.
    Rsa(RsaKeyError),
    /// The public half in the file is not that of the private one.
    Ed25519Halves,
}

impl From<ContainerError> for PrivateKeyError {
    fn from(error: ContainerError) -> Self {
        Self::Container(error)
    }
}

impl From<RsaKeyError> for PrivateKeyError {
    fn from(error: RsaKeyError) -> Self {
        Self::Rsa(error)
    }
}

impl fmt::Display for PrivateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(error) => error.fmt(f),
            Self::Encrypted => f.write_str(
                "the private key is encrypted, and nobody is there to type its passphrase; decrypt \
                 it with `umask 077; openssl pkey -in FILE -out NEWFILE`",
            ),
            Self::PublicOnly => f.write_str(
                "this is a public key; signing needs the private key that it was made from",
            ),
            Self::Certificate => f.write_str(
                "this is a certificate or a request for one, without a private key; DKIM needs a \
                 private key and no certificate",
            ),
            Self::Pkcs12 => f.write_str(
                "this is a PKCS#12 file; take the key out of it with `umask 077; openssl pkcs12 \
                 -nocerts -nodes -in FILE -out NEWFILE`",
            ),
            Self::OpenSsh => f.write_str(
                "this is a key in OpenSSH's own format; make one for mail with `waxseal genkey`",
            ),
            Self::OtherAlgorithm(name) => write!(
                f,
                "this is a private key for {name}, but DKIM signs with RSA and Ed25519 only; make \
                 one with `waxseal genkey`"
            ),
            Self::Malformed => f.write_str(
                "the private key is damaged: it is no PKCS#1 or PKCS#8 in DER; restore it from a \
                 copy or make a new one",
            ),
            Self::Rsa(error) => error.fmt(f),
            Self::Ed25519Halves => f.write_str(
                "the Ed25519 key is damaged: its public half is not that of its private half; \
                 restore it from a copy or make a new one",
            ),
        }
    }
}

impl std::error::Error for PrivateKeyError {}

#[cfg(test)]
mod tests;
