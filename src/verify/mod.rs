//! Verification (RFC 6376 §6): the pass over a message, one signature's task, policy, report and
//! reasons.

mod checks;
mod coverage;
mod dkim;
mod evaluation;
mod lookups;
mod pass;
mod policy;
pub(crate) mod published;
mod reason;
mod report;
mod suitability;
mod summary;
mod task;
mod trace;
mod trial;

pub(crate) use checks::{CheckQueue, Checkable, Checkables, Checker};
pub(crate) use dkim::Dkim;
pub(crate) use lookups::{LookupId, Lookups};
pub(crate) use pass::{Evaluator, Facts, Opening, Pass};
pub(crate) use reason::Failure;
pub(crate) use suitability::{unfit, wrong_size};
pub(crate) use summary::{sentence, summarize};
pub(crate) use task::{Kind, Outcome, Task, Verified, report};
pub(crate) use trace::Trace;
pub(crate) use trial::{Published, Trial, Verdict, run};

pub use checks::{CheckId, CheckOutcome, SignatureCheck};
pub use pass::Interest;
pub use policy::{Limits, Options, Policy};
pub use reason::{Reason, VerificationResult};
pub use report::{
    Alignment, AlignmentMode, Arc, ArcSet, Atps, BodyCoverage, BodyHash, Canonicalization,
    Coverage, DmarcPolicy, FieldCoverage, FieldStatus, Key, MessageWarning, Protocol, Report,
    Reporting, Signature, SignatureWarning, TraceStep, WarningCode,
};
