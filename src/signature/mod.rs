//! The DKIM-Signature field (RFC 6376 §3.5), and the two of ARC that are made like it.

mod arc;
mod claims;
mod error;
mod parse;
mod write;

use std::ops::Range;

pub(crate) use arc::{ArcField, instance as arc_instance};
pub use claims::Claims;
pub use error::SignatureError;
pub use parse::ParseLimits;
pub(crate) use write::{FieldWriter, WIDTH, fold_signature};

use crate::canon::Canonicalization;
use crate::crypto::Algorithm;
use crate::name::{DomainName, Selector};
use crate::time::UnixTime;

/// A signature whose field is well formed: it may verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `a=`.
    pub algorithm: Algorithm,
    /// `b=`, decoded.
    pub signature: Vec<u8>,
    /// Where the value of `b=` stands, in octets from the start of the field.
    pub signature_span: Range<usize>,
    /// `bh=`, decoded.
    pub body_hash: Vec<u8>,
    /// `c=` for the header.
    pub header_canonicalization: Canonicalization,
    /// `c=` for the body.
    pub body_canonicalization: Canonicalization,
    /// `d=`, the signing domain.
    pub domain: DomainName,
    /// `s=`, the selector.
    pub selector: Selector,
    /// Where the key is published.
    pub key_name: DomainName,
    /// `h=`, in lower case and in order.
    pub signed_fields: Vec<String>,
    /// The domain of `i=`; `d=` where there is no `i=`.
    pub identity_domain: DomainName,
    /// `l=`; what does not fit is [`u64::MAX`], longer than any body.
    pub body_length: Option<u64>,
    /// `t=`.
    pub timestamp: Option<UnixTime>,
    /// `x=`.
    pub expires: Option<UnixTime>,
}
