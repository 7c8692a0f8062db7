//! What a check has found.

use serde::Serialize;

use crate::verify::{Key, Reason, SignatureWarning, VerificationResult};

/// What was found out about a published key. Serialised as reports are: camelCase, absent things
/// null, lists never null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyReport {
    /// The signing domain, `d=`, as A-labels.
    pub domain: String,
    /// The selector, `s=`, as A-labels.
    pub selector: String,
    /// Where the key stands in the DNS.
    pub name: String,
    /// What a good signature with this key would get (RFC 8601 §2.7.1).
    pub result: VerificationResult,
    /// Why it would not pass; null on pass.
    pub reason: Option<Reason>,
    /// One English sentence.
    pub explanation: String,
    /// The key that is published; where there are several, the one that decided.
    pub key: Option<Key>,
    /// What should be known though it does not decide.
    pub warnings: Vec<SignatureWarning>,
}
