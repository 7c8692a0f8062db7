//! DomainKeys signatures, on explicit request: rsa-sha1 is historic, and signers of today use DKIM
//! ([`crate::sign`]). What still wants DomainKeys is old.
//!
//! ```
//! use waxseal::crypto::{PURE_RUST, Provider};
//! use waxseal::domainkeys::sign::{Request, Signer};
//! use waxseal::key::private;
//! use waxseal::{DomainName, Selector};
//!
//! # let pem = "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQABAoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZezHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8GcuSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxyWvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxdWFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1alicIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcsto7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOeuEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL";
//! let key = private::parse(pem.as_bytes()).unwrap();
//! let key = PURE_RUST.signing_key(&key).unwrap();
//! let domain = DomainName::parse("example.com").unwrap();
//! let request = Request::new(domain, Selector::parse("2026").unwrap());
//! let mut signer = Signer::new(request, PURE_RUST).unwrap();
//! signer.push(b"From: joe@example.com\r\nSubject: hello\r\n\r\nHi.\r\n").unwrap();
//! let field = signer.finish().unwrap().sign(&*key).unwrap();
//! assert!(field.starts_with("DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; d=example.com;"));
//! ```

use std::fmt;

use super::error::DomainKeysError;
use super::selection::sending_address;
use crate::canon::{DomainKeysBodyCanonicalizer, DomainKeysCanonicalization};
use crate::crypto::{Algorithm, Hasher, KeyType, Provider, SigningKey};
use crate::encoding::base64;
use crate::message::fields::Progress;
use crate::message::{Header, HeaderReader, LineEndingNormalizer, MalformedHeader};
use crate::name::{DomainName, NameError, Selector};
use crate::sign::{NEVER_SIGNED, SignError, SignLimits};
use crate::signature::{FieldWriter, WIDTH, fold_signature};

/// A DomainKeys signature that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `d=`, the domain of the sending address or one above it.
    pub domain: DomainName,
    /// `s=`.
    pub selector: Selector,
    /// `c=`. Default nofws.
    pub canonicalization: DomainKeysCanonicalization,
    /// Whether `h=` lists the fields signed: all but those of [`NEVER_SIGNED`]. Without it all fields
    /// are signed as they stand, and a field added anywhere but on top breaks the signature. Default
    /// true.
    pub list_fields: bool,
    /// Bounds on the header.
    pub limits: SignLimits,
}

impl Request {
    /// A request with the defaults.
    pub fn new(domain: DomainName, selector: Selector) -> Self {
        Self {
            domain,
            selector,
            canonicalization: DomainKeysCanonicalization::Nofws,
            list_fields: true,
            limits: SignLimits::default(),
        }
    }
}

/// Signs one message without doing any input or output.
///
/// Bare CR and LF are taken for line ends, as [`LineEndingNormalizer`] repairs them, and the message
/// is to be sent so.
#[derive(Debug)]
pub struct Signer {
    request: Request,
    normalizer: LineEndingNormalizer,
    stream: Stream,
    /// Why the message cannot be signed, once that is known.
    refusal: Option<DomainKeysSignError>,
}

/// Where in the message we are.
#[derive(Debug)]
struct Stream {
    reader: Option<HeaderReader>,
    /// The field up to `b=`, once the header is complete.
    field: Option<String>,
    body: DomainKeysBodyCanonicalizer,
    hasher: Box<dyn Hasher>,
}

impl Signer {
    /// A signer for one message.
    ///
    /// # Errors
    ///
    /// [`NameError`] where selector and domain together are too long for the DNS.
    pub fn new(request: Request, provider: &dyn Provider) -> Result<Self, NameError> {
        request.selector.key_name(&request.domain)?;
        let reader = HeaderReader::new(request.limits.header_octets, request.limits.fields);
        let stream = Stream {
            reader: Some(reader),
            field: None,
            body: DomainKeysBodyCanonicalizer::new(request.canonicalization),
            hasher: provider.hasher(Algorithm::RsaSha1.hash()),
        };
        Ok(Self { request, normalizer: LineEndingNormalizer::default(), stream, refusal: None })
    }

    /// Takes the next octets of the message, header and body in turn, in pieces of any size.
    ///
    /// # Errors
    ///
    /// [`DomainKeysSignError`] where the message cannot be signed, whatever follows.
    pub fn push(&mut self, octets: &[u8]) -> Result<(), DomainKeysSignError> {
        let Self { request, normalizer, stream, refusal } = self;
        if refusal.is_none() {
            normalizer.push(octets, &mut |span| {
                if refusal.is_none() {
                    *refusal = stream.push(span, request).err();
                }
            });
        }
        refusal.clone().map_or(Ok(()), Err)
    }

    /// Says that the message is complete, and gives what is to be signed.
    ///
    /// # Errors
    ///
    /// [`DomainKeysSignError`] where the message cannot be signed.
    pub fn finish(mut self) -> Result<Unsigned, DomainKeysSignError> {
        let Self { request, normalizer, stream, refusal } = &mut self;
        if refusal.is_none() {
            normalizer.finish(&mut |span| *refusal = stream.push(span, request).err());
        }
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let Stream { reader, field, body, mut hasher } = self.stream;
        let field = match (reader, field) {
            (None, Some(field)) => field,
            // The message ends within its header.
            (Some(mut reader), _) => {
                reader.end()?;
                start(&reader.into_header(), &self.request, &mut *hasher)?
            }
            (None, None) => return Err(SignError::NoFrom.into()),
        };
        body.finish(&mut |span| hasher.update(span));
        let Request { domain, selector, .. } = self.request;
        Ok(Unsigned { domain, selector, field, digest: hasher.finish() })
    }
}

impl Stream {
    fn push(&mut self, octets: &[u8], request: &Request) -> Result<(), DomainKeysSignError> {
        let Self { reader, field, body, hasher } = self;
        let mut rest = octets;
        if let Some(open) = reader {
            let Progress::Complete(after) = open.push(octets)? else {
                return Ok(());
            };
            rest = after;
            if let Some(reader) = reader.take() {
                *field = Some(start(&reader.into_header(), request, &mut **hasher)?);
            }
        }
        body.push(rest, &mut |span| hasher.update(span));
        Ok(())
    }
}

/// Hashes the header; gives the field up to `b=`.
fn start(
    header: &Header,
    request: &Request,
    hasher: &mut dyn Hasher,
) -> Result<String, DomainKeysSignError> {
    if header.first("From").is_none() {
        return Err(SignError::NoFrom.into());
    }
    let sender = sending_address(header, 0)?;
    if !sender.domain.is_within(&request.domain) {
        return Err(DomainKeysSignError::Sender(DomainKeysError::OtherDomain {
            field: sender.field,
            sender: sender.domain.as_str().to_owned(),
            domain: request.domain.as_str().to_owned(),
        }));
    }
    let mut names = Vec::new();
    for field in header.fields().filter(|field| !request.list_fields || is_signed(field.name())) {
        names.push(String::from_utf8_lossy(field.name()).into_owned());
        request.canonicalization.field(field.octets(), &mut |span| hasher.update(span));
    }
    if names.len() > request.limits.signed_names {
        return Err(SignError::TooManyNames { names: names.len() }.into());
    }
    let mut writer = FieldWriter::new(super::FIELD_NAME);
    writer.tag("a", Algorithm::RsaSha1.name());
    writer.tag("q", "dns");
    writer.tag("c", request.canonicalization.name());
    writer.tag("d", request.domain.as_str());
    writer.tag("s", request.selector.as_str());
    if request.list_fields {
        writer.list("h", &names);
    }
    let field = writer.finish();
    if field.len() > request.limits.signature_octets {
        return Err(SignError::FieldTooLong { octets: field.len() }.into());
    }
    Ok(field)
}

/// Whether `h=` lists a field of that name: it can stand there, and nobody on the way has a reason to
/// touch it.
fn is_signed(name: &[u8]) -> bool {
    let is_never_signed = NEVER_SIGNED.iter().any(|never| match never.strip_suffix('*') {
        Some(start) => name
            .get(..start.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes())),
        None => name.eq_ignore_ascii_case(never.as_bytes()),
    });
    !is_never_signed
        && !name.eq_ignore_ascii_case(super::FIELD_NAME.as_bytes())
        && !name.contains(&b';')
}

/// A DomainKey-Signature field that lacks the value of `b=`.
#[derive(Clone, Debug)]
pub struct Unsigned {
    domain: DomainName,
    selector: Selector,
    field: String,
    digest: Vec<u8>,
}

impl Unsigned {
    /// `d=`, which with [`selector`](Self::selector) tells which key is wanted.
    pub fn domain(&self) -> &DomainName {
        &self.domain
    }

    /// `s=`.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// The SHA-1 of what is signed, header and body as one, for outside signers that sign digests:
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1).
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// Signs with a key in the process, and gives the complete field, CRLF included. It goes on top
    /// of the message.
    ///
    /// # Errors
    ///
    /// [`SignError::KeyType`], [`SignError::KeySize`] or [`SignError::Key`].
    pub fn sign(self, key: &dyn SigningKey) -> Result<String, DomainKeysSignError> {
        let public = key.public_key();
        if public.key_type() != KeyType::Rsa {
            return Err(SignError::KeyType { algorithm: Algorithm::RsaSha1 }.into());
        }
        let bits = public.bits();
        if !RSA_BITS.contains(&bits) {
            return Err(SignError::KeySize { bits }.into());
        }
        let signature =
            key.sign(Algorithm::RsaSha1.hash(), &self.digest).map_err(SignError::from)?;
        self.complete(&signature)
    }

    /// Puts the signature in its place, and gives the complete field, CRLF included.
    ///
    /// # Errors
    ///
    /// [`SignError::SignatureLength`] where the octets cannot be a signature.
    pub fn complete(self, signature: &[u8]) -> Result<String, DomainKeysSignError> {
        let octets = signature.len();
        // RFC 8017 §8.2.1: as long as the modulus.
        if !RSA_BITS.contains(&octets.saturating_mul(8)) {
            let algorithm = Algorithm::RsaSha1;
            return Err(SignError::SignatureLength { algorithm, octets }.into());
        }
        let signature = fold_signature(&base64::encode(signature), WIDTH);
        Ok(format!("{}{signature}\r\n", self.field))
    }
}

/// The bits that an RSA key may have, as for DKIM.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

/// Why this message gets no DomainKeys signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DomainKeysSignError {
    /// For a reason that DKIM has, too.
    Sign(SignError),
    /// Its sender is not of the domain, or cannot be told.
    Sender(DomainKeysError),
}

impl fmt::Display for DomainKeysSignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sign(error) => error.fmt(f),
            Self::Sender(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DomainKeysSignError {}

impl From<SignError> for DomainKeysSignError {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}

impl From<DomainKeysError> for DomainKeysSignError {
    fn from(error: DomainKeysError) -> Self {
        Self::Sender(error)
    }
}

impl From<MalformedHeader> for DomainKeysSignError {
    fn from(error: MalformedHeader) -> Self {
        Self::Sign(error.into())
    }
}
