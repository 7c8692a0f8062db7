//! What keeps a DomainKey-Signature from ever verifying.

use std::fmt;

use super::selection::SendingField;
use crate::signature::SignatureError;
use crate::verify::{Failure, Reason};

/// Why a DomainKey-Signature can never verify.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DomainKeysError {
    /// The field is wrong by itself.
    Field(SignatureError),
    /// `q=` is not dns.
    QueryMethod {
        /// What it is.
        value: String,
    },
    /// Neither a Sender nor a From stands below the signature.
    NoSender,
    /// `h=` does not list the field that tells who sends.
    SenderNotSigned {
        /// The field.
        field: SendingField,
    },
    /// The field that tells who sends has no address with a domain.
    NoAddress {
        /// The field.
        field: SendingField,
    },
    /// The domain of the sending address is neither `d=` nor below it.
    OtherDomain {
        /// The field that the address stands in.
        field: SendingField,
        /// The domain of the address.
        sender: String,
        /// `d=`.
        domain: String,
    },
}

impl fmt::Display for DomainKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(error) => error.fmt(f),
            Self::QueryMethod { value } => {
                write!(f, "q={} is not the query method dns", value.escape_debug())
            }
            Self::NoSender => f.write_str("neither Sender nor From stands below the signature"),
            Self::SenderNotSigned { field } => {
                write!(f, "h= does not list {field}, which tells who sends and must be signed")
            }
            Self::NoAddress { field } => write!(
                f,
                "{field} has no address with a domain, so nothing tells whose signature it must be"
            ),
            Self::OtherDomain { field, sender, domain } => {
                write!(f, "the domain of {field}, {sender}, is neither d={domain} nor below it")
            }
        }
    }
}

impl std::error::Error for DomainKeysError {}

impl From<SignatureError> for DomainKeysError {
    fn from(error: SignatureError) -> Self {
        Self::Field(error)
    }
}

impl From<DomainKeysError> for Failure {
    fn from(error: DomainKeysError) -> Self {
        let reason = match error {
            DomainKeysError::Field(error) => return error.into(),
            DomainKeysError::QueryMethod { .. } => Reason::UnsupportedQueryMethod,
            DomainKeysError::NoSender | DomainKeysError::SenderNotSigned { .. } => {
                Reason::FromNotSigned
            }
            DomainKeysError::NoAddress { .. } | DomainKeysError::OtherDomain { .. } => {
                Reason::IdentityMismatch
            }
        };
        Self::new(reason, error.to_string())
    }
}
