//! The key records that the DNS has for a signature, tried one after the other, whatever kind of
//! signature it is (RFC 6376 §6.1.2).

use super::checks::Checker;
use super::published;
use super::reason::{Failure, Reason, VerificationResult};
use super::report::{Key, SignatureWarning, WarningCode};
use super::trace::Trace;
use crate::dns::Answer;
use crate::key::KeyRecord;
use crate::name::DomainName;

/// A signature that keys are tried on.
pub(crate) trait Trial {
    /// What keeps the record, of these octets, from being a key that this signature may use.
    fn unusable(&self, record: &KeyRecord, octets: &[u8]) -> Option<Failure>;

    /// Whether the signature verifies with the key.
    fn check(
        &self,
        record: &KeyRecord,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure>;

    /// It verifies; whether policy accepts it.
    fn policy(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure>;
}

/// Where the keys are looked for.
pub(crate) struct Published<'a> {
    pub(crate) name: &'a DomainName,
    /// What is missing where there is none.
    pub(crate) what: &'a str,
    pub(crate) answer: &'a Answer,
    /// The most records that are tried, and octets that each may have.
    pub(crate) records: usize,
    pub(crate) octets: usize,
}

/// What is found out about a signature, step by step.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) key: Option<Key>,
    /// The body hash computed, in base64.
    pub(crate) computed: Option<String>,
    /// Whether it verifies, be it accepted or not.
    pub(crate) verifies: bool,
    pub(crate) warnings: Vec<SignatureWarning>,
    pub(crate) trace: Trace,
}

impl Verdict {
    pub(crate) fn new(trace: Trace) -> Self {
        Self { key: None, computed: None, verifies: false, warnings: Vec::new(), trace }
    }

    pub(crate) fn warn(&mut self, code: WarningCode, explanation: &str) {
        self.warnings.push(SignatureWarning { code, explanation: explanation.to_owned() });
    }
}

/// Tries the keys.
///
/// RFC 6376 §6.1.2, step 4, leaves it open what to do with several records: each usable one is tried.
/// The first that verifies decides, else the first that could be used, else the first.
pub(crate) fn run(
    trial: &dyn Trial,
    published: &Published<'_>,
    checker: &mut Checker<'_>,
    verdict: &mut Verdict,
) -> Result<(), Failure> {
    let Published { name, what, answer, .. } = *published;
    let records = published::records(answer, name, what).inspect_err(|failure| {
        verdict.trace.step("key", false, || failure.explanation.clone());
    })?;
    let mut first: Option<(Failure, Option<Key>)> = None;
    for octets in records.records.iter().take(published.records) {
        let found = published::key(octets, published.octets, name, records);
        let found = found.and_then(|(record, key)| match trial.unusable(&record, octets) {
            Some(failure) => Err((failure, Some(key))),
            None => Ok((record, key)),
        });
        let (failure, key, usable) = match found {
            Ok((record, key)) => {
                trace_key(&record, name, verdict);
                match trial.check(&record, checker, verdict) {
                    Ok(()) => {
                        verdict.key = Some(key);
                        return accept(trial, &record, verdict);
                    }
                    Err(failure) => (failure, Some(key), true),
                }
            }
            Err((failure, key)) => {
                if failure.reason != Reason::KeyNotFound {
                    verdict.trace.step("key", false, || failure.explanation.clone());
                }
                (failure, key, false)
            }
        };
        let is_better = first.as_ref().is_none_or(|(known, _)| {
            known.reason == Reason::KeyNotFound
                || usable && known.reason.result() != VerificationResult::Fail
        });
        if is_better {
            first = Some((failure, key));
        }
    }
    let (failure, key) = first.unwrap_or_else(|| (published::not_found(name, what), None));
    verdict.key = key;
    if failure.reason == Reason::KeyNotFound {
        return Err(published::not_found(name, what));
    }
    Err(failure)
}

fn trace_key(record: &KeyRecord, name: &DomainName, verdict: &mut Verdict) {
    verdict.trace.step("key", true, || {
        let key = &record.public_key;
        format!("{} key of {} bits at {name}", key.key_type().name(), key.bits())
    });
}

fn accept(trial: &dyn Trial, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
    verdict.verifies = true;
    let accepted = trial.policy(record, verdict);
    verdict.trace.step("policy", accepted.is_ok(), || match &accepted {
        Ok(()) => "accepted".to_owned(),
        Err(failure) => failure.explanation.clone(),
    });
    accepted
}
