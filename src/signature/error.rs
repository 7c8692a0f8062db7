//! What keeps a signature field from ever verifying.

use std::fmt;

use crate::name::NameError;
use crate::tag_list::TagListError;

/// Why a signature field can never verify.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The field is longer than allowed.
    TooLarge {
        /// How many octets are allowed.
        limit: usize,
    },
    /// It is no tag list.
    Syntax(TagListError),
    /// A tag stands twice.
    Duplicate {
        /// The tag.
        name: String,
    },
    /// A required tag is missing.
    Missing {
        /// The tag.
        name: &'static str,
    },
    /// A tag's value is outside its grammar.
    BadValue {
        /// The tag.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// `h=` lists more names than allowed.
    TooManyFields {
        /// How many are allowed.
        limit: usize,
    },
    /// `v=` is not 1.
    Version {
        /// What it is.
        value: String,
    },
    /// `a=` is unknown.
    Algorithm {
        /// What it is.
        value: String,
    },
    /// `a=` is rsa-sha1, and that is not allowed.
    Sha1Refused,
    /// `c=` is unknown.
    Canonicalization {
        /// What it is.
        value: String,
    },
    /// `q=` does not offer dns/txt.
    QueryMethod {
        /// What it is.
        value: String,
    },
    /// `h=` does not list From.
    FromNotSigned,
    /// The domain of `i=` is neither `d=` nor below it.
    Identity {
        /// The domain of `i=`.
        identity: String,
        /// `d=`.
        domain: String,
    },
    /// `d=` or `s=` is no DNS name.
    Domain {
        /// The tag.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// `x=` is not after `t=`.
    Expiration {
        /// `x=`.
        expires: u64,
        /// `t=`.
        timestamp: u64,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => {
                write!(f, "the signature field is longer than the {limit} octets allowed")
            }
            Self::Syntax(error) => write!(f, "the signature field is no tag list: {error}"),
            Self::Duplicate { name } => write!(f, "the tag {name}= stands twice"),
            Self::Missing { name } => write!(f, "the required tag {name}= is missing"),
            Self::BadValue { name, problem } => {
                write!(f, "the value of {name}= is wrong: {problem}")
            }
            Self::TooManyFields { limit } => {
                write!(f, "h= lists more than the {limit} names allowed")
            }
            Self::Version { value } => {
                write!(f, "v={} is not the version 1 of DKIM", value.escape_debug())
            }
            Self::Algorithm { value } => {
                write!(f, "the algorithm a={} is unknown", value.escape_debug())
            }
            Self::Sha1Refused => {
                f.write_str("rsa-sha1 is historic and must not be taken as a signature (RFC 8301)")
            }
            Self::Canonicalization { value } => {
                write!(f, "the canonicalization c={} is unknown", value.escape_debug())
            }
            Self::QueryMethod { value } => {
                write!(f, "q={} does not offer the method dns/txt", value.escape_debug())
            }
            Self::FromNotSigned => f.write_str("h= does not list From, which must be signed"),
            Self::Identity { identity, domain } => {
                write!(f, "the domain of i=, {identity}, is neither d={domain} nor below it")
            }
            Self::Domain { name, value, error } => {
                write!(f, "{name}={} is no DNS name: {error}", value.escape_debug())
            }
            Self::Expiration { expires, timestamp } => {
                write!(f, "x={expires} is not after t={timestamp}")
            }
        }
    }
}

impl std::error::Error for SignatureError {}
