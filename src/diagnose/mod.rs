//! Why a signature fails: hypotheses of what happened to the message, each tried by undoing it and
//! looking whether hash and signature then fit.
//!
//! A hypothesis that restores a part is beyond doubt: nobody finds other octets for a hash. It is no
//! verdict, though. What the report says of the signature stays.
//!
//! The signature over the header covers `bh=`, and the body nothing of the header: so both are looked
//! at by themselves, and the repairs of one add up with those of the other. For RSA the digest that
//! was signed comes out of `b=` and the public key once, which makes a candidate cost no more than its
//! hash, and tells a changed header from a signature of another key. All work is counted in octets
//! hashed and bounded, so the same message gives the same diagnosis everywhere.
//!
//! Hosts use [`Diagnoser`](crate::Diagnoser), which verifies first; it has an example.

mod body;
mod budget;
mod change;
mod finding;
mod header;
mod hypothesis;
mod keys;
mod message;
mod mime;
mod quoted_printable;
mod signature;
mod text;

pub use change::EXCERPT_OCTETS;
pub use finding::{
    Change, CopiedField, Diagnosis, Finding, Part, PartState, SignatureDiagnosis, Work,
};
pub use hypothesis::Hypothesis;
pub(crate) use keys::Keys;
pub(crate) use message::{damage, repaired, repairs, too_large};
pub(crate) use signature::diagnose;

/// Bounds on a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The largest message that is looked through, in octets; it is held in memory, and so are a few
    /// copies of it. Default 32 MiB.
    pub message_octets: usize,
    /// How many octets are hashed, for each octet of the message. Default 12.
    pub hashed_per_octet: u64,
    /// How many octets are hashed besides, so that short messages are looked through well. Default
    /// 16 MiB.
    pub hashed_octets: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            message_octets: 32 * 1024 * 1024,
            hashed_per_octet: 12,
            hashed_octets: 16 * 1024 * 1024,
        }
    }
}

impl Bounds {
    /// The bound for a message of so many octets.
    fn limit(&self, octets: usize) -> u64 {
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        octets.saturating_mul(self.hashed_per_octet).saturating_add(self.hashed_octets)
    }
}
