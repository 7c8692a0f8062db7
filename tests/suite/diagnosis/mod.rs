//! Freshly signed messages, damaged in one way or several, and what is made of them.

mod body;
mod header;
mod message;
mod properties;
mod vectors;

use waxseal::diagnose::{Bounds, Diagnosis, Finding, PartState, SignatureDiagnosis};
use waxseal::{Diagnoser, Options};

use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::signer::sign;
use crate::support::{Dns, at};

const NOW: u64 = 1_700_000_000;

const FIELDS: &str = "From: Joe <joe@example.com>\r\nTo: friends@example.net\r\n\
    Subject: Lunch on Friday\r\nDate: Fri, 3 Nov 2023 09:08:07 +0000\r\n\
    Message-ID: <1@example.com>\r\n";
const BODY: &str = "Hello,\r\n\r\nare you there?\r\n  Two  blanks\tand a tab.\r\n-- \r\nJoe\r\n";

/// All ways of signing that make a difference to a diagnosis.
const WAYS: [(&str, &str); 4] = [
    ("ed25519-sha256; s=ed", "relaxed/relaxed"),
    ("ed25519-sha256; s=ed", "simple/simple"),
    ("rsa-sha256; s=rsa", "relaxed/relaxed"),
    ("rsa-sha256; s=rsa", "simple/simple"),
];

fn tags(algorithm: &str, canonicalization: &str) -> String {
    format!(
        "v=1; a={algorithm}; c={canonicalization}; d=example.com; \
         h=from:to:subject:date:message-id:reply-to; bh={{bh}}"
    )
}

fn dns() -> Dns {
    Dns::new()
        .txt("ed._domainkey.example.com", ED25519_RECORD)
        .txt("rsa._domainkey.example.com", RSA_RECORD)
}

fn diagnose(message: &[u8]) -> Diagnosis {
    diagnose_with(message, at(NOW), Bounds::default())
}

fn diagnose_with(message: &[u8], options: Options, bounds: Bounds) -> Diagnosis {
    diagnose_in_dns(message, &dns(), options, bounds)
}

fn diagnose_in_dns(message: &[u8], dns: &Dns, options: Options, bounds: Bounds) -> Diagnosis {
    let mut diagnoser = Diagnoser::new(options, bounds);
    diagnoser.push(message);
    diagnoser.end();
    while let Some(query) = diagnoser.poll_query() {
        diagnoser.answer(query.id, dns.lookup(query.name.as_str()));
    }
    diagnoser.finish()
}

/// The one signature of the message that fails.
fn only(diagnosis: &Diagnosis) -> &SignatureDiagnosis {
    assert_eq!(diagnosis.signatures.len(), 1, "{diagnosis:#?}");
    let work = diagnosis.work;
    assert!(work.octets <= work.limit, "{work:?}");
    &diagnosis.signatures[0]
}

/// What restores it, for instance `footer + lineEndings`, header first; `-` where nothing does.
fn restored_by(signature: &SignatureDiagnosis) -> String {
    let codes = |finding: &Finding| {
        finding.changes.iter().map(|change| change.hypothesis.code().to_owned()).collect::<Vec<_>>()
    };
    let mut all: Vec<_> =
        signature.findings.iter().filter(|one| one.restored).flat_map(codes).collect();
    // What happened to many fields alike.
    all.dedup();
    let states = [signature.header, signature.body];
    assert_eq!(all.is_empty(), !states.contains(&PartState::WouldVerify), "{signature:#?}");
    if all.is_empty() { "-".to_owned() } else { all.join(" + ") }
}

/// What is made of a damaged message.
fn found(message: &[u8]) -> String {
    let diagnosis = diagnose(message);
    assert_ne!(diagnosis.report.result, waxseal::VerificationResult::Pass);
    restored_by(only(&diagnosis))
}

/// A message signed in this way, with fields and body replaced afterwards.
fn damaged(way: (&str, &str), signed: (&str, &str), came: (&str, &str)) -> Vec<u8> {
    let message = sign(&tags(way.0, way.1), signed.0, signed.1);
    let end = signed.0.len() + signed.1.len() + 2;
    let field = &message[..message.len() - end];
    [field, came.0.as_bytes(), b"\r\n", came.1.as_bytes()].concat()
}
