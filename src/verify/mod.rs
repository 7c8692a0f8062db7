//! Verification (RFC 6376 §6): the machine, one signature's task, policy, report and reasons.

mod coverage;
mod evaluation;
mod machine;
mod policy;
mod reason;
mod report;
mod suitability;
mod task;
mod trace;

pub(crate) use machine::{Machine, sentence};
pub(crate) use reason::Failure;
pub(crate) use suitability::{unfit, wrong_size};

pub use machine::Interest;
pub use policy::{Limits, Options, Policy};
pub use reason::{Reason, VerificationResult};
pub use report::{
    Alignment, AlignmentMode, Arc, ArcSet, BodyCoverage, BodyHash, Canonicalization, Coverage,
    Display, FieldCoverage, FieldStatus, Key, MessageWarning, Protocol, Report, Signature,
    SignatureWarning, TraceStep, WarningCode,
};
