//! The report: one shape for `--json`, the npm package and Rust (README, "What a verdict means").
//!
//! Names are camelCase when serialised, absent things are null, lists are never null, times are
//! seconds since 1970 and hashes are base64.

use serde::Serialize;

use super::reason::{Reason, VerificationResult};

/// What was found out about one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this shape: 1.
    pub version: u32,
    /// The file the message came from; only the command sets it.
    pub file: Option<String>,
    /// The best result of the signatures: pass, policy, fail, temperror, permerror, neutral, none
    /// in that order. A message that is malformed is permerror even without a signature.
    pub result: VerificationResult,
    /// The addresses of the From field or fields, in order, domains as they stand there.
    pub authors: Vec<String>,
    /// Every DKIM and DomainKeys signature, topmost first.
    pub signatures: Vec<Signature>,
    /// The Authenticated Received Chain.
    pub arc: Arc,
    /// How the signing domains relate to the author's domain.
    pub alignment: Alignment,
    /// A complete Authentication-Results field value (RFC 8601 §2.2), without the field name.
    pub authentication_results: String,
    /// Warnings about the message.
    pub warnings: Vec<MessageWarning>,
    /// What the signatures that verify cover.
    pub coverage: Coverage,
}

/// One signature and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// Which kind of signature it is.
    pub protocol: Protocol,
    /// The verdict (RFC 8601 §2.7.1).
    pub result: VerificationResult,
    /// Why it does not pass; null on pass.
    pub reason: Option<Reason>,
    /// One English sentence.
    pub explanation: String,
    /// The signing domain, `d=`, as A-labels; as it stands in the field where it is no name.
    pub domain: Option<String>,
    /// The selector, `s=`, as A-labels; as it stands in the field where it is no name.
    pub selector: Option<String>,
    /// The identity, `i=`, its domain as A-labels.
    pub identity: Option<String>,
    /// The algorithm, `a=`, in lower case.
    pub algorithm: Option<String>,
    /// The canonicalization, `c=` or its default.
    pub canonicalization: Canonicalization,
    /// When it was made, `t=`.
    pub timestamp: Option<u64>,
    /// When it expires, `x=`.
    pub expires: Option<u64>,
    /// How many octets of the canonical body it signs, `l=`; at most 2^53-1 is reported.
    pub body_length: Option<u64>,
    /// The body hash.
    pub body_hash: BodyHash,
    /// The names in `h=`, in order.
    pub signed_fields: Vec<String>,
    /// The key it was checked with.
    pub key: Option<Key>,
    /// How the signing domain relates to the author's domain.
    pub aligned: AlignmentMode,
    /// Where and about what its signer wants reports; null where it does not ask for any
    /// (RFC 6651 §3, `r=y`).
    pub reporting: Option<Reporting>,
    /// Whether the author's domain authorizes the signer; null where that was not asked for, or the
    /// signature does not claim it (RFC 6541).
    pub atps: Option<Atps>,
    /// Warnings about this signature.
    pub warnings: Vec<SignatureWarning>,
    /// The steps of RFC 6376 §6.1; empty unless asked for.
    pub trace: Vec<TraceStep>,
    /// `b=` without white space; `header.b` of Authentication-Results is taken from it (RFC 6008).
    #[serde(rename = "b")]
    pub signature: Option<String>,
}

/// The family a signature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// DomainKeys Identified Mail (RFC 6376).
    Dkim,
    /// DomainKeys (RFC 4870), historic.
    DomainKeys,
    /// Authenticated Received Chain (RFC 8617).
    Arc,
}

/// The two halves of `c=`, as they stand there or by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Canonicalization {
    /// For the header fields.
    pub header: String,
    /// For the body.
    pub body: String,
}

/// A body hash, claimed and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BodyHash {
    /// `bh=` without white space.
    pub claimed: Option<String>,
    /// What the body hashes to; null where it was not computed.
    pub computed: Option<String>,
}

/// The key record a signature was checked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// The owner name of the record.
    pub name: String,
    /// `rsa` or `ed25519`; null where the record does not get that far.
    #[serde(rename = "type")]
    pub key_type: Option<String>,
    /// The length of the modulus, or 256 for Ed25519; null where there is no usable key.
    pub bits: Option<usize>,
    /// The domain is testing DKIM, `t=y` (RFC 6376 §3.6.1).
    pub testing: bool,
    /// The domain of `i=` must equal `d=`, `t=s` (RFC 6376 §3.6.1).
    pub strict_identity: bool,
    /// Time to live of the answer in seconds.
    pub ttl: Option<u32>,
    /// Whether the resolver vouched for the answer (DNSSEC).
    pub authenticated: Option<bool>,
}

/// What the signing domain publishes about failure reports (RFC 6651 §3). It is told; no report is
/// sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reporting {
    /// Whether there is a record at `_report._domainkey.<d>`; null where the DNS did not answer.
    pub published: Option<bool>,
    /// `ra=`: the address for reports; null where none is wanted.
    pub address: Option<String>,
    /// `rp=`: of a hundred failures so many are to be reported.
    pub percentage: Option<u8>,
    /// `rr=`: the letters of the failures to be reported; null for all.
    pub kinds: Option<Vec<&'static str>>,
    /// `rs=`: what to say to the sender in the SMTP reply.
    pub smtp_text: Option<String>,
}

/// Whether the author's domain authorizes a signer of another domain (RFC 6541).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Atps {
    /// `atps=`: the author's domain.
    pub author: String,
    /// pass, fail, temperror or permerror.
    pub result: &'static str,
    /// One English sentence.
    pub explanation: String,
}

/// The Authenticated Received Chain of the message (RFC 8617), an experiment on its way to Historic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Arc {
    /// none, pass or fail: the Chain Validation Status (RFC 8617 §4.4).
    pub result: VerificationResult,
    /// Why it fails. A key that cannot be had for now makes it fail, too (RFC 8617 §5.2.1).
    pub reason: Option<Reason>,
    /// One English sentence.
    pub explanation: String,
    /// The lowest instance from which on every message signature verifies, 0 where all do
    /// (RFC 8617 §5.2, step 5); null where the chain does not pass.
    pub oldest_pass: Option<u32>,
    /// The sets that are complete, instance 1 first.
    pub sets: Vec<ArcSet>,
}

/// One ARC set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArcSet {
    /// `i=`.
    pub instance: u32,
    /// `cv=` in lower case; empty where the seal lacks it.
    pub chain_validation: String,
    /// The ARC-Seal.
    pub seal: Signature,
    /// The ARC-Message-Signature.
    pub message_signature: Signature,
    /// The value of the ARC-Authentication-Results behind its instance, unfolded.
    pub authentication_results: String,
}

/// How the signing domains relate to the author (RFC 9989).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alignment {
    /// The author's domain; null where there is none, or several authors of different domains.
    pub from: Option<String>,
    /// The author's organizational domain; null where it was not looked up.
    pub organizational_domain: Option<String>,
    /// The closest alignment among the DKIM signatures that pass. Where authors have several domains,
    /// it holds for all of them.
    pub dkim: AlignmentMode,
    /// The DMARC policy that holds for the author's mail; null where there is none, or where it was
    /// not looked up.
    pub dmarc: Option<DmarcPolicy>,
    /// What the DNS left open, one English sentence; null where nothing.
    pub trouble: Option<String>,
}

/// A DMARC policy (RFC 9989 §4.7), in the letters of its tags. What is absent or wrong in the record
/// has its default; a tag without one is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DmarcPolicy {
    /// The domain that publishes the record.
    pub domain: String,
    /// The record as it stands there.
    pub record: String,
    /// `p=` as it takes effect: `none`, `quarantine` or `reject`; null where the record asks for
    /// nothing, because its policy is broken.
    pub p: Option<&'static str>,
    /// `sp=`; null where domains below have the policy of `p=`.
    pub sp: Option<&'static str>,
    /// `np=`; null where domains below that do not exist have the policy of those that do.
    pub np: Option<&'static str>,
    /// `adkim=`: `r` or `s`.
    pub adkim: &'static str,
    /// `aspf=`: `r` or `s`.
    pub aspf: &'static str,
    /// `psd=`: `y`, `n` or `u`.
    pub psd: &'static str,
    /// `t=`: `y` or `n`.
    pub t: &'static str,
    /// `rua=`.
    pub rua: Option<String>,
    /// `ruf=`.
    pub ruf: Option<String>,
    /// `fo=`.
    pub fo: Option<String>,
    /// Whether a DKIM signature that passes is aligned as this policy wants it: with `adkim=s` by the
    /// same domain, else by the same organization.
    pub dkim_aligned: bool,
}

/// How closely two domains are aligned (RFC 9989).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlignmentMode {
    /// The same domain.
    Strict,
    /// The same organizational domain.
    Relaxed,
    /// Neither, or not known.
    #[default]
    None,
}

/// A warning about the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageWarning {
    /// What kind.
    pub code: WarningCode,
    /// One English sentence.
    pub explanation: String,
    /// The field it is about.
    pub field: Option<String>,
}

/// A warning about a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureWarning {
    /// What kind.
    pub code: WarningCode,
    /// One English sentence.
    pub explanation: String,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WarningCode {
    /// A CR or LF stands alone; it ends no line (RFC 5322 §2.3).
    BareLineEnding,
    /// A field that must be single stands more often than it is signed (RFC 6376 §8.15).
    FieldAdded,
    /// The message is malformed; verification ended there.
    MessageMalformed,
    /// The key says its domain is testing DKIM (RFC 6376 §3.6.1).
    TestMode,
    /// The signature was accepted although its algorithm is historic (RFC 8301 §3.1).
    WeakAlgorithm,
    /// The signature was accepted although its RSA key is shorter than 1024 bits; of a key that is
    /// checked, it should have 2048 (RFC 8301 §3.2).
    WeakKey,
    /// The signature was accepted although it has expired.
    Expired,
    /// The signature was accepted although the end of the body is unsigned (RFC 6376 §8.2).
    BodyNotWholeSigned,
    /// The name has several key records (RFC 6376 §3.6.2.2: what then happens is undefined).
    SeveralKeys,
    /// The key is found through an alias, a CNAME record.
    AliasedKey,
    /// The answer of the DNS does not fit into one UDP packet everywhere.
    LargeAnswer,
}

impl WarningCode {
    /// The code, for instance `fieldAdded`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BareLineEnding => "bareLineEnding",
            Self::FieldAdded => "fieldAdded",
            Self::MessageMalformed => "messageMalformed",
            Self::TestMode => "testMode",
            Self::WeakAlgorithm => "weakAlgorithm",
            Self::WeakKey => "weakKey",
            Self::Expired => "expired",
            Self::BodyNotWholeSigned => "bodyNotWholeSigned",
            Self::SeveralKeys => "severalKeys",
            Self::AliasedKey => "aliasedKey",
            Self::LargeAnswer => "largeAnswer",
        }
    }
}

/// What the signatures that verify cover, taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Every field of the header, topmost first.
    pub fields: Vec<FieldCoverage>,
    /// The body.
    pub body: BodyCoverage,
}

/// What is known of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldCoverage {
    /// The name as it stands in the message.
    pub name: String,
    /// Its place in the header, 0 for the topmost.
    pub index: usize,
    /// Whether it is signed.
    pub status: FieldStatus,
}

/// Whether a field is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldStatus {
    /// Signed; one more of the name could be added unnoticed.
    Signed,
    /// Signed, and so is the absence of one more of the name (RFC 6376 §5.4.2).
    Oversigned,
    /// Not signed.
    Unsigned,
    /// Not signed, and of a name that must be single: it may have been added on the way.
    Added,
}

/// How much of the body is signed, in octets of the canonical form of the signature that covers
/// most; where none verifies, of the body as it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BodyCoverage {
    /// Octets signed.
    pub signed: u64,
    /// Octets there are.
    pub total: u64,
}

/// One step of RFC 6376 §6.1, with what it saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceStep {
    /// The step: `parse`, `key`, `canonicalHeader`, `headerHash`, `canonicalBody`, `bodyHash`,
    /// `signature`, `policy`.
    pub step: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// What was seen: canonical octets and hashes in base64, or a sentence.
    pub detail: String,
}
