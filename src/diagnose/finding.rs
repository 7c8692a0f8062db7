//! What a diagnosis says: one shape for `waxseal explain --json`, the npm package and Rust.
//!
//! Names are camelCase when serialised, absent things are null, lists are never null.

use serde::Serialize;

use super::hypothesis::Hypothesis;
use crate::verify::Report;

/// Why the signatures of a message fail, as far as it can be found out.
///
/// Nothing in here makes a verdict better: a repair says what was done to the message, and a message
/// to which something was done is not the one that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// The report on the message as it is.
    pub report: Report,
    /// Damage to the message as a whole, by copying it for instance.
    pub message: Vec<Finding>,
    /// Where the header cannot be read for that damage: the report on the message with the damage
    /// repaired, and then [`signatures`](Self::signatures) are those of this report. Otherwise null.
    pub repaired_report: Option<Report>,
    /// The DKIM signatures that fail, topmost first.
    pub signatures: Vec<SignatureDiagnosis>,
    /// How much work it was.
    pub work: Work,
}

/// Why one signature fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignatureDiagnosis {
    /// Its place among the signatures of the report, 0 for the topmost.
    pub index: usize,
    /// How the signature over the header stands.
    pub header: PartState,
    /// How the hash of the body stands.
    pub body: PartState,
    /// All in one English sentence.
    pub explanation: String,
    /// What was found: what restores a part first, then what else is known.
    pub findings: Vec<Finding>,
    /// The fields whose copies in `z=` differ from what the message has, in the order of `z=`.
    pub copied_fields: Vec<CopiedField>,
    /// Whether hypotheses were left untried because the bound on the work was reached.
    pub exhausted: bool,
}

/// How the header or the body of a signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PartState {
    /// It verifies as it is.
    Verifies,
    /// It verifies only when the repairs of a finding are made.
    WouldVerify,
    /// It does not verify, and no repair that was tried changes that.
    Fails,
    /// It was not looked at: there is no usable key, or only the header was given.
    NotChecked,
}

/// Which part of a message something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// The message as a whole.
    Message,
    /// The header, and the signature over it.
    Header,
    /// The body, and its hash.
    Body,
}

/// Something that was found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What happened; where it takes several repairs, the first of [`changes`](Self::changes).
    pub hypothesis: Hypothesis,
    /// Which part it is about.
    pub part: Part,
    /// Whether the part was seen to verify with these repairs; otherwise it is a hint.
    pub restored: bool,
    /// One English sentence, for instance "The body would verify without the 3 lines appended at the
    /// end."
    pub explanation: String,
    /// The repairs, all of which it takes; empty for most hints.
    pub changes: Vec<Change>,
}

/// One repair: what stands there, and what would have to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What happened.
    pub hypothesis: Hypothesis,
    /// The name of the header field; null in the body.
    pub field: Option<String>,
    /// The place of the field in the header, 0 for the topmost; null in the body, and where the field
    /// is not there.
    pub index: Option<usize>,
    /// The first line it is about, 1 for the first of the body, of the field, or of the message.
    pub line: usize,
    /// How many lines of what stands there it is about.
    pub lines: usize,
    /// Where it begins, in octets from the start of the body, of the field, or of the message.
    pub octet: usize,
    /// What stands there, at most [`EXCERPT_OCTETS`](super::EXCERPT_OCTETS) of it; octets that are no
    /// UTF-8 are U+FFFD.
    pub before: String,
    /// What would have to stand there, at most as much.
    pub after: String,
}

/// A header field that the signer copied (`z=`, RFC 6376 §3.5), where the message differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CopiedField {
    /// The name, as the copy has it.
    pub name: String,
    /// The value when it was signed, without blanks around it.
    pub copied: String,
    /// The value that the message has, unfolded and without blanks around it; null where it has no
    /// such field.
    pub present: Option<String>,
}

/// How much work a diagnosis was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Octets hashed, with an allowance for every signature checked.
    pub octets: u64,
    /// How many were allowed.
    pub limit: u64,
}
