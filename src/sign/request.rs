//! What one signature shall say.

use super::error::RequestError;
use crate::canon::Canonicalization;
use crate::crypto::Algorithm;
use crate::encoding::quoted_printable;
use crate::name::{DomainName, Selector};
use crate::time::UnixTime;

/// One signature to make: everything its field will say but the hashes.
///
/// ```
/// use waxseal::crypto::Algorithm;
/// use waxseal::sign::Request;
/// use waxseal::{DomainName, Selector, UnixTime};
///
/// let domain = DomainName::parse("example.com").unwrap();
/// let selector = Selector::parse("2026").unwrap();
/// let mut request = Request::new(domain, selector, Algorithm::RsaSha256);
/// request.timestamp = Some(UnixTime::from_seconds(1_700_000_000));
/// request.expires = Some(UnixTime::from_seconds(1_700_000_000 + 21 * 24 * 3600));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `d=`, the signing domain.
    pub domain: DomainName,
    /// `s=`, the selector.
    pub selector: Selector,
    /// `a=`: rsa-sha256 or ed25519-sha256 (RFC 8301 §3.1).
    pub algorithm: Algorithm,
    /// `c=` for the header. Default relaxed.
    pub header_canonicalization: Canonicalization,
    /// `c=` for the body. Default simple.
    pub body_canonicalization: Canonicalization,
    /// `i=`, as `[local-part]@domain`; no tag where `None`, the default.
    pub identity: Option<String>,
    /// The key's record has the flag `t=s`: the domain of `i=` must equal `d=` (RFC 6376 §3.6.1).
    pub strict_identity: bool,
    /// `t=`, when the signature is made; no tag where `None`, the default.
    pub timestamp: Option<UnixTime>,
    /// `x=`, when it expires; no tag where `None`, the default.
    pub expires: Option<UnixTime>,
    /// Which fields are signed. Default [`SignedFields::Recommended`].
    pub fields: SignedFields,
    /// Of which fields one more is signed than there are, so that none can be added
    /// (RFC 6376 §8.15). Default [`Oversign::Recommended`].
    pub oversign: Oversign,
    /// `l=`: only the first octets of the canonical body are signed. Default `None`: all of it.
    pub body_length: Option<BodyLength>,
    /// `z=`: copies of the signed fields, for diagnosis. Default false.
    pub copy_fields: bool,
    /// Whether `q=dns/txt` is written, which is also what its absence says. Default false.
    pub query_method: bool,
}

impl Request {
    /// A request with the defaults: `c=relaxed/simple`, recommended fields, oversigned as
    /// recommended, no optional tags.
    pub fn new(domain: DomainName, selector: Selector, algorithm: Algorithm) -> Self {
        Self {
            domain,
            selector,
            algorithm,
            header_canonicalization: Canonicalization::Relaxed,
            body_canonicalization: Canonicalization::Simple,
            identity: None,
            strict_identity: false,
            timestamp: None,
            expires: None,
            fields: SignedFields::Recommended,
            oversign: Oversign::Recommended,
            body_length: None,
            copy_fields: false,
            query_method: false,
        }
    }

    /// Whether some message could satisfy it.
    pub(super) fn check(&self) -> Result<(), RequestError> {
        // RFC 8301 §3.1: rsa-sha1 must not be used for signing.
        if self.algorithm == Algorithm::RsaSha1 {
            return Err(RequestError::Algorithm(self.algorithm));
        }
        self.selector.key_name(&self.domain).map_err(RequestError::KeyName)?;
        if let Some(identity) = &self.identity {
            self.check_identity(identity)?;
        }
        for time in [self.timestamp, self.expires].into_iter().flatten() {
            // RFC 6376 §3.5: 1*12DIGIT.
            if time.seconds() > 999_999_999_999 {
                return Err(RequestError::Time(time.seconds()));
            }
        }
        match (self.timestamp, self.expires) {
            (Some(timestamp), Some(expires)) if expires <= timestamp => {
                Err(RequestError::Expiration {
                    expires: expires.seconds(),
                    timestamp: timestamp.seconds(),
                })
            }
            _ => Ok(()),
        }
    }

    fn check_identity(&self, identity: &str) -> Result<(), RequestError> {
        let bad =
            |problem: String| RequestError::Identity { identity: identity.to_owned(), problem };
        let (local_part, domain) =
            identity.rsplit_once('@').ok_or_else(|| bad("it has no '@'".to_owned()))?;
        // RFC 5321 §4.5.3.1.1; encoded, it may be three times as long.
        if local_part.len() > 64 {
            return Err(bad("its local part has more than 64 octets".to_owned()));
        }
        let domain =
            DomainName::parse(domain).map_err(|error| bad(format!("its domain: {error}")))?;
        let (identity, own) = (identity.to_owned(), self.domain.as_str().to_owned());
        if !domain.is_within(&self.domain) {
            return Err(RequestError::IdentityOutside { identity, domain: own });
        }
        if self.strict_identity && domain != self.domain {
            return Err(RequestError::IdentityNotStrict { identity, domain: own });
        }
        Ok(())
    }

    /// `i=` as it is written: the local part in DKIM quoted-printable (RFC 6376 §3.5), the domain in
    /// A-labels (RFC 8616 §4).
    pub(super) fn written_identity(&self) -> Option<String> {
        let (local_part, domain) = self.identity.as_deref()?.rsplit_once('@')?;
        let domain = DomainName::parse(domain).ok()?;
        let local_part = quoted_printable::encode(local_part.as_bytes(), b"");
        Some(format!("{local_part}@{domain}"))
    }
}

/// Which fields a signature covers. Every field of a chosen name that the message has is signed;
/// From always is. A name that is listed more often than the message has it stands that often in
/// `h=`, which signs the absence of more (RFC 6376 §5.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SignedFields {
    /// Those of RFC 6376 §5.4.1 and the other fields that readers trust: see
    /// [`RECOMMENDED_FIELDS`](super::RECOMMENDED_FIELDS).
    #[default]
    Recommended,
    /// Those of these names, letter case aside.
    Listed(Vec<String>),
}

/// Of which fields one more is signed than the message has, so that nobody can add one
/// (RFC 6376 §8.15).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Oversign {
    /// Of those of [`OVERSIGNED_FIELDS`](super::OVERSIGNED_FIELDS) that are to be signed, whether or
    /// not the message has them.
    #[default]
    Recommended,
    /// Of none.
    None,
    /// Of each signed field that the message has.
    Present,
    /// Of each field that would be signed, whether or not the message has it.
    All,
    /// Of these, whether or not the message has them, and whether or not they would be signed
    /// otherwise.
    Listed(Vec<String>),
}

/// How much of the canonical body is signed, and said so in `l=`. Anyone can add to the rest
/// unnoticed (RFC 6376 §8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// All there is, and what is added behind it is not signed.
    Whole,
    /// So many octets; the body must have them.
    Octets(u64),
    /// So many octets, or all there are where there are fewer.
    AtMost(u64),
}
