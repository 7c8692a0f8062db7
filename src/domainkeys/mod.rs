//! DomainKeys (RFC 4870), the historic forerunner of DKIM: verified, and on request signed.
//!
//! It differs from DKIM in what a signature covers: header and body make one hash, the signature's
//! own field is not in it, and only fields below that field count. Who signs is told by the address
//! in Sender, or else in From. Its only algorithm is rsa-sha1, which must not be taken for a
//! signature any more (RFC 8301 §3.1), so a signature that verifies is
//! [`HistoricAlgorithm`](crate::Reason::HistoricAlgorithm) unless a host allows it.
//!
//! [`Verification`] is the machine for one signature; the other items are what it is made of.

mod error;
mod evaluation;
mod evaluator;
mod policy;
mod selection;
pub mod sign;
mod signature;
mod verification;

pub(crate) use evaluator::DomainKeys;

pub use error::DomainKeysError;
pub use policy::SigningPolicy;
pub use selection::{Coverage, SendingAddress, SendingField};
pub use signature::DomainKeySignature;
pub use verification::{Outcome, Verification};

/// The name of the field.
pub const FIELD_NAME: &str = "DomainKey-Signature";
