//! Public keys as key records carry them, DER within base64, and as files hold them.

use std::fmt;

use super::container::{self, Container, ContainerError, Shape};
use super::private::{ED25519, RSA, RSA_ALGORITHM};
use crate::crypto::der::{self, Der, NotOne};
use crate::crypto::{KeyType, PublicKey, RsaPublicKey};

/// SubjectPublicKeyInfo of an Ed25519 key up to the key (RFC 8410 §4).
const ED25519_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

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

/// SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7, RFC 8410 §4).
///
/// For RSA it is what `p=` holds in base64; for Ed25519 that is the bare 32 octets (RFC 8463 §4.2).
pub fn to_spki_der(key: &PublicKey) -> Vec<u8> {
    match key {
        PublicKey::Rsa(key) => {
            let modulus = integer(&key.modulus);
            let exponent = integer(&key.exponent.to_be_bytes());
            let key = container::der(0x30, &[&modulus, &exponent]);
            let bits = container::der(0x03, &[&[0], &key]);
            container::der(0x30, &[&RSA_ALGORITHM, &bits]).to_vec()
        }
        PublicKey::Ed25519(key) => [&ED25519_HEAD[..], key].concat(),
    }
}

/// SubjectPublicKeyInfo in PEM, `PUBLIC KEY` (RFC 7468 §13).
pub fn to_pem(key: &PublicKey) -> String {
    container::to_pem("PUBLIC KEY", &to_spki_der(key)).to_string()
}

/// Reads the public key in a file: SubjectPublicKeyInfo or RSAPublicKey, as PEM, as DER, or as base64
/// without armour; and the 32 octets of an Ed25519 key in base64, as `p=` has them.
///
/// # Errors
///
/// [`PublicKeyFileError`] says what it is instead; a private key is an error, too.
///
/// ```
/// use waxseal::key::public;
///
/// let key = public::parse_file(b"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n")?;
/// let pem = public::to_pem(&key);
/// assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
/// assert_eq!(public::parse_file(pem.as_bytes())?, key);
/// # Ok::<(), public::PublicKeyFileError>(())
/// ```
pub fn parse_file(octets: &[u8]) -> Result<PublicKey, PublicKeyFileError> {
    match container::open(octets, |label| label.ends_with("PUBLIC KEY"))? {
        Container::Pem(block) if block.label.ends_with("PRIVATE KEY") => {
            Err(PublicKeyFileError::Private)
        }
        Container::Pem(block) if block.label.contains("CERTIFICATE") => {
            Err(PublicKeyFileError::Certificate)
        }
        Container::Pem(block) => parse_file_der(&block.text.decode()?),
        Container::Base64(text) => {
            let octets = text.decode_unarmoured()?;
            match <[u8; 32]>::try_from(octets.as_slice()) {
                Ok(key) => Ok(PublicKey::Ed25519(key)),
                Err(_) => parse_file_der(&octets),
            }
        }
        Container::Octets(octets) => parse_file_der(octets),
    }
}

fn parse_file_der(octets: &[u8]) -> Result<PublicKey, PublicKeyFileError> {
    container::check_sequence(octets)?;
    match container::shape(octets) {
        Shape::PublicKeyInfo => {
            let (algorithm, key) = public_key_info(octets).map_err(not_der)?;
            match algorithm {
                RSA => Ok(parse(KeyType::Rsa, octets)?),
                ED25519 => Ok(parse(KeyType::Ed25519, key.unwrap_or_default())?),
                other => Err(PublicKeyFileError::OtherAlgorithm(container::algorithm_name(other))),
            }
        }
        Shape::RsaPublicKey => Ok(parse(KeyType::Rsa, octets)?),
        Shape::PrivateKeyInfo
        | Shape::EncryptedPrivateKeyInfo
        | Shape::RsaPrivateKey
        | Shape::EcPrivateKey
        | Shape::DsaPrivateKey
        | Shape::Pkcs12 => Err(PublicKeyFileError::Private),
        Shape::Certificate => Err(PublicKeyFileError::Certificate),
        Shape::Unknown => Err(ContainerError::NotAKey.into()),
    }
}

/// INTEGER of a number that is not negative.
fn integer(octets: &[u8]) -> zeroize::Zeroizing<Vec<u8>> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    match octets.get(zeros..).unwrap_or_default() {
        // The top bit is the sign (X.690 §8.3).
        [] => container::der(0x02, &[&[0]]),
        number @ [0x80..=0xff, ..] => container::der(0x02, &[&[0], number]),
        number => container::der(0x02, &[number]),
    }
}

/// Why a file gives no public key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyFileError {
    /// No key could be taken out of it.
    Container(ContainerError),
    /// A private key.
    Private,
    /// A certificate or a request for one.
    Certificate,
    /// A public key of that other algorithm.
    OtherAlgorithm(String),
    /// A public key that cannot be used.
    Key(PublicKeyError),
}

impl From<ContainerError> for PublicKeyFileError {
    fn from(error: ContainerError) -> Self {
        Self::Container(error)
    }
}

impl From<PublicKeyError> for PublicKeyFileError {
    fn from(error: PublicKeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for PublicKeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(error) => error.fmt(f),
            Self::Private => f.write_str(
                "this is a private key where a public one belongs; keep it to yourself, and take \
                 its public half with `openssl pkey -in FILE -pubout`",
            ),
            Self::Certificate => f.write_str(
                "this is a certificate or a request for one; take the public key out of a \
                 certificate with `openssl x509 -in FILE -noout -pubkey`",
            ),
            Self::OtherAlgorithm(name) => {
                write!(f, "this is a public key for {name}, but DKIM knows RSA and Ed25519 only")
            }
            Self::Key(PublicKeyError::EvenModulus) => {
                f.write_str("the RSA public key is damaged: its modulus is even")
            }
            Self::Key(PublicKeyError::Exponent) => f.write_str(
                "the RSA public key is damaged: its exponent is even, below 3 or above 2^32",
            ),
            Self::Key(PublicKeyError::Ed25519Length(octets)) => {
                write!(f, "the Ed25519 public key has {octets} octets, but it must have 32")
            }
            Self::Key(_) => f.write_str("the public key is damaged: its DER is broken"),
        }
    }
}

impl std::error::Error for PublicKeyFileError {}

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
    let key = match public_key_info(octets) {
        Ok((RSA, bits)) => bits.ok_or(PublicKeyError::NotDer)?,
        Ok(_) => return Err(PublicKeyError::NotRsa),
        Err(NotOne::Trailing) => return Err(PublicKeyError::TrailingOctets),
        Err(NotOne::Malformed) => octets,
    };
    let (modulus, exponent) = der::rsa_public_key(key).map_err(not_der)?;
    if modulus.last().is_none_or(|last| last & 1 == 0) {
        return Err(PublicKeyError::EvenModulus);
    }
    let exponent = RsaPublicKey::exponent_from(exponent).ok_or(PublicKeyError::Exponent)?;
    Ok(RsaPublicKey { modulus: modulus.to_vec(), exponent })
}

/// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): the algorithm, and the key where it is whole octets.
fn public_key_info(octets: &[u8]) -> Result<(&[u8], Option<&[u8]>), NotOne> {
    let mut info = Der::sequence_of(octets)?;
    match (info.algorithm(), info.element(der::BIT_STRING)) {
        (Some(algorithm), Some(bits)) if info.is_at_end() => {
            Ok((algorithm, der::bits_as_octets(bits)))
        }
        _ => Err(NotOne::Malformed),
    }
}

fn not_der(why: NotOne) -> PublicKeyError {
    match why {
        NotOne::Trailing => PublicKeyError::TrailingOctets,
        NotOne::Malformed => PublicKeyError::NotDer,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::test_keys::{ED25519_PUBLIC, ED25519_SEED, RSA_1024};
    use crate::encoding::base64;
    use crate::key::private;

    fn keys() -> [PublicKey; 2] {
        [RSA_1024, ED25519_SEED].map(|key| private::parse(key.as_bytes()).unwrap().public_key())
    }

    #[test]
    fn every_form_is_read() {
        for key in keys() {
            let der = to_spki_der(&key);
            let encoded = base64::encode(&der);
            for form in [&der[..], to_pem(&key).as_bytes(), encoded.as_bytes()] {
                assert_eq!(parse_file(form).as_ref(), Ok(&key));
            }
        }
        let [rsa, ed25519] = keys();
        let der = to_spki_der(&rsa);
        // RSAPublicKey lies behind the algorithm and the head of the BIT STRING.
        assert_eq!(parse_file(&der[22..]).as_ref(), Ok(&rsa));
        assert_eq!(parse(KeyType::Rsa, &der), Ok(rsa));
        assert_eq!(parse_file(ED25519_PUBLIC.as_bytes()), Ok(ed25519));
    }

    #[test]
    fn what_is_no_public_key_is_named() {
        let error = |octets: &[u8]| parse_file(octets).unwrap_err();
        for key in [RSA_1024, ED25519_SEED] {
            let key = private::parse(key.as_bytes()).unwrap();
            assert_eq!(error(&private::to_pkcs8_der(&key)), PublicKeyFileError::Private);
            let pem = private::to_pkcs8_pem(&key);
            assert_eq!(error(pem.as_bytes()), PublicKeyFileError::Private);
        }
        assert_eq!(error(b""), PublicKeyFileError::Container(ContainerError::Empty));
        assert_eq!(
            error(b"-----BEGIN CERTIFICATE-----\nSGk=\n-----END CERTIFICATE-----\n"),
            PublicKeyFileError::Certificate
        );
        // id-ecPublicKey
        let algorithm = [0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
        let other = container::der(0x30, &[&algorithm, &[3, 2, 0, 4]]);
        assert_eq!(error(&other), PublicKeyFileError::OtherAlgorithm("EC".to_owned()));
        let short = [0x30, 0x0a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 1, 0];
        let length = PublicKeyError::Ed25519Length(0);
        assert_eq!(error(&short), PublicKeyFileError::Key(length));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn numbers_are_written_as_the_crate_reads_them(
            mut modulus in prop::collection::vec(any::<u8>(), 1..200),
            exponent in 1_u64..1 << 31,
        ) {
            *modulus.last_mut().unwrap() |= 1;
            let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
            let modulus = modulus.split_off(zeros);
            let key = PublicKey::Rsa(RsaPublicKey { modulus, exponent: exponent * 2 + 1 });
            prop_assert_eq!(parse(KeyType::Rsa, &to_spki_der(&key)), Ok(key));
        }

        #[test]
        fn damaged_keys_are_read_as_the_twin_reads_them(
            edits in prop::collection::vec((0_usize..162, any::<u8>()), 0..3),
        ) {
            use rsa::pkcs1::RsaPublicKeyRef;
            use rsa::pkcs8::der::Decode as _;
            use rsa::pkcs8::spki::SubjectPublicKeyInfoRef;

            let [rsa, _] = keys();
            let mut der = to_spki_der(&rsa);
            for (place, octet) in edits {
                // But for the parameters, which ours takes whatever they are.
                if !(16..18).contains(&place) {
                    der[place] = octet;
                }
            }
            let twin = SubjectPublicKeyInfoRef::from_der(&der).ok();
            let twin = twin.filter(|info| info.algorithm.oid == rsa::pkcs1::ALGORITHM_OID);
            let bits = twin.as_ref().and_then(|info| info.subject_public_key.as_bytes());
            let twin = bits.and_then(|bits| RsaPublicKeyRef::from_der(bits).ok()).and_then(|key| {
                let exponent = RsaPublicKey::exponent_from(key.public_exponent.as_bytes())?;
                let modulus = key.modulus.as_bytes().to_vec();
                (modulus.last()? & 1 == 1).then_some(RsaPublicKey { modulus, exponent })
            });
            prop_assert_eq!(parse_rsa(&der).ok(), twin);
        }

        #[test]
        fn any_octets_are_a_key_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..99)) {
            prop_assert!(parse_file(&octets).is_err());
        }
    }
}
