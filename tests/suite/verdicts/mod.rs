//! Every row of the table of verdicts, the message model, the limits, warnings and coverage.

mod around;
mod keys;
mod limits;
mod message;
mod policy;
mod report;
mod signatures;

use waxseal::dns::{Answer, TxtRecords};
use waxseal::verify::{AlignmentMode, FieldStatus, WarningCode};
use waxseal::{Options, Reason, Report, VerificationResult};

use crate::rfc_examples::{ED25519_RECORD, RFC_8463, RSA_RECORD, SIGNED_AT, keys};
use crate::signer::sign;
use crate::support::{self, Dns, at, outcomes};

const NOW: u64 = 1_700_000_000;
const TAGS: &str =
    "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed; h=from:subject; bh={bh}";
const FIELDS: &str = "From: joe@example.com\r\nSubject: hello\r\n";
const BODY: &str = "Hi.\r\n";

fn dns() -> Dns {
    Dns::new()
        .txt("ed._domainkey.example.com", ED25519_RECORD)
        .txt("rsa._domainkey.example.com", RSA_RECORD)
}

fn verify(message: &[u8]) -> Report {
    support::verify(message, &dns(), at(NOW))
}

/// The outcome of a message signed with these tags.
fn with_tags(tags: &str) -> String {
    outcome(&verify(&sign(tags, FIELDS, BODY)))
}

/// The outcome of the usual message with that key record.
fn with_record(record: &str) -> String {
    with_records(&[record])
}

fn with_records(records: &[&str]) -> String {
    let dns = Dns::new().records("ed._domainkey.example.com", records);
    outcome(&support::verify(&sign(TAGS, FIELDS, BODY), &dns, at(NOW)))
}

fn outcome(report: &Report) -> String {
    outcomes(report).join(", ")
}

fn with(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = at(NOW);
    change(&mut options);
    options
}

fn warning_codes(report: &Report) -> Vec<WarningCode> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

fn signature_warnings(report: &Report) -> Vec<WarningCode> {
    report.signatures.iter().flat_map(|one| &one.warnings).map(|warning| warning.code).collect()
}

fn statuses(report: &Report) -> Vec<(&str, FieldStatus)> {
    report.coverage.fields.iter().map(|field| (field.name.as_str(), field.status)).collect()
}
