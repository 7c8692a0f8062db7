//! Why there is no signature: the request asks for what cannot be, or the message or the key does
//! not allow it.

use std::fmt;

use crate::crypto::{Algorithm, UnusableKey};
use crate::message::MalformedHeader;
use crate::name::NameError;

/// A [`Request`](super::Request) that no message could satisfy: the fault of whoever set it up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// An algorithm that must not sign (RFC 8301 §3.1).
    Algorithm(Algorithm),
    /// Selector and domain together are too long for the DNS.
    KeyName(NameError),
    /// `i=` is no `[local-part]@domain`.
    Identity {
        /// What it is.
        identity: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The domain of `i=` is neither `d=` nor below it (RFC 6376 §3.5).
    IdentityOutside {
        /// What `i=` is.
        identity: String,
        /// What `d=` is.
        domain: String,
    },
    /// The domain of `i=` is below `d=`, which the key's flag `t=s` forbids (RFC 6376 §3.6.1).
    IdentityNotStrict {
        /// What `i=` is.
        identity: String,
        /// What `d=` is.
        domain: String,
    },
    /// `x=` is not later than `t=` (RFC 6376 §3.5).
    Expiration {
        /// `x=`.
        expires: u64,
        /// `t=`.
        timestamp: u64,
    },
    /// A time beyond the twelve digits that `t=` and `x=` may have (RFC 6376 §3.5).
    Time(u64),
    /// Not the name of a header field (RFC 5322 §3.6.8), or one that cannot stand in `h=`.
    FieldName(String),
    /// A field that others add, change or remove on the way; see
    /// [`NEVER_SIGNED`](super::NEVER_SIGNED).
    NeverSigned(String),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(algorithm) => write!(
                f,
                "{algorithm} must not be used for signing (RFC 8301); use rsa-sha256 or \
                 ed25519-sha256"
            ),
            Self::KeyName(error) => {
                write!(f, "the name of the key record, SELECTOR._domainkey.DOMAIN: {error}")
            }
            Self::Identity { identity, problem } => {
                write!(f, "the identity (i=) '{}': {problem}", identity.escape_debug())
            }
            Self::IdentityOutside { identity, domain } => write!(
                f,
                "the identity (i=) '{}' is neither of the signing domain (d=) {domain} nor of a \
                 domain below it",
                identity.escape_debug()
            ),
            Self::IdentityNotStrict { identity, domain } => write!(
                f,
                "the identity (i=) '{}' must be of the signing domain (d=) {domain} itself, for the \
                 key has the flag t=s",
                identity.escape_debug()
            ),
            Self::Expiration { expires, timestamp } => write!(
                f,
                "the expiration (x={expires}) is not later than the timestamp (t={timestamp})"
            ),
            Self::Time(seconds) => write!(f, "the time {seconds} has more than 12 digits"),
            Self::FieldName(name) => {
                write!(f, "'{}' is no name of a header field", name.escape_debug())
            }
            Self::NeverSigned(name) => write!(
                f,
                "the field {name} must not be signed: it is added, changed or removed on the way"
            ),
        }
    }
}

impl std::error::Error for RequestError {}

/// Why this message is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The header is none.
    Malformed(MalformedHeader),
    /// There is no From field, which must be signed (RFC 6376 §5.4).
    NoFrom,
    /// A CR or LF stands alone, which does not survive transport (RFC 5321 §2.3.8).
    BareLineEnding {
        /// The line it stands in or ends, 1 for the first.
        line: u64,
    },
    /// A line is longer than transport allows (RFC 5322 §2.1.1).
    LongLine {
        /// The line, 1 for the first.
        line: u64,
    },
    /// An octet above 127 where seven bits were asked for.
    EightBit {
        /// The line it stands in, 1 for the first.
        line: u64,
    },
    /// More octets shall be signed than the canonical body has.
    BodyTooShort {
        /// How many shall be signed.
        wanted: u64,
        /// How many there are.
        total: u64,
    },
    /// The field would be longer than verifiers accept.
    FieldTooLong {
        /// Its length in octets.
        octets: usize,
    },
    /// `h=` would have more names than verifiers accept.
    TooManyNames {
        /// How many.
        names: usize,
    },
    /// The field that was given as written has another body hash than the message.
    BodyHashMismatch {
        /// What `bh=` should be, in base64.
        computed: String,
    },
    /// The key is of another kind than the algorithm needs.
    KeyType {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// An RSA key outside 1024 to 8192 bits (RFC 8301 §3.2).
    KeySize {
        /// Its bits.
        bits: usize,
    },
    /// The key cannot sign.
    Key(UnusableKey),
    /// What the outside signer gave has not the length of a signature.
    SignatureLength {
        /// The algorithm.
        algorithm: Algorithm,
        /// How many octets it gave.
        octets: usize,
    },
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::NoFrom => f.write_str("the message has no From field, which must be signed"),
            Self::BareLineEnding { line } => write!(
                f,
                "line {line} has a CR or LF that stands alone; it would not survive transport"
            ),
            Self::LongLine { line } => write!(
                f,
                "line {line} is longer than 998 octets; it would not survive transport, so encode \
                 the body (quoted-printable, base64) or fold the field first"
            ),
            Self::EightBit { line } => write!(
                f,
                "line {line} has an octet above 127, but 7-bit was asked for; encode it first"
            ),
            Self::BodyTooShort { wanted, total } => write!(
                f,
                "{wanted} octets of the body shall be signed (l=), but the canonical body has \
                 {total}"
            ),
            Self::FieldTooLong { octets } => write!(
                f,
                "the DKIM-Signature field would have {octets} octets, more than verifiers accept; \
                 copy no fields (z=) or sign fewer"
            ),
            Self::TooManyNames { names } => {
                write!(f, "{names} fields would be signed, more than verifiers accept; sign fewer")
            }
            Self::BodyHashMismatch { computed } => {
                write!(f, "the field's bh= is not that of the body, which is {computed}")
            }
            Self::KeyType { algorithm } => {
                write!(f, "{algorithm} needs a key of type {}", algorithm.key_type().name())
            }
            Self::KeySize { bits } => write!(
                f,
                "the RSA key has {bits} bits; 1024 to 8192 are accepted, and 2048 are recommended"
            ),
            Self::Key(error) => error.fmt(f),
            Self::SignatureLength { algorithm, octets } => write!(
                f,
                "the outside signer gave {octets} octets, which is no {algorithm} signature"
            ),
        }
    }
}

impl std::error::Error for SignError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(error),
            Self::Key(error) => Some(error),
            _ => None,
        }
    }
}

impl From<MalformedHeader> for SignError {
    fn from(error: MalformedHeader) -> Self {
        Self::Malformed(error)
    }
}

impl From<UnusableKey> for SignError {
    fn from(error: UnusableKey) -> Self {
        Self::Key(error)
    }
}
