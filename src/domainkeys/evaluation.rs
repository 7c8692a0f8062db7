//! The evaluation of one DomainKey-Signature against the answer of the DNS (RFC 4870 §3.2.3).

use super::selection::Coverage;
use super::signature::DomainKeySignature;
use crate::crypto::Algorithm;
use crate::dns::{Answer, TxtRecords};
use crate::key::KeyRecord;
use crate::message::Header;
use crate::tag_list::TagList;
use crate::verify::published;
use crate::verify::{
    Checker, Failure, Key, Options, Reason, SignatureWarning, TraceStep, VerificationResult,
    WarningCode, unfit, wrong_size,
};

/// What is looked for in the DNS.
const KEY: &str = "key";

/// Everything that decides about a signature but the answer of the DNS.
pub(super) struct Evaluation<'a> {
    pub(super) signature: &'a DomainKeySignature,
    pub(super) coverage: &'a Coverage,
    pub(super) digest: &'a [u8],
    pub(super) header: &'a Header,
    pub(super) options: &'a Options,
}

/// What is found out about a signature, step by step.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) key: Option<Key>,
    pub(super) verifies: bool,
    pub(super) warnings: Vec<SignatureWarning>,
    pub(super) trace: Vec<TraceStep>,
    is_traced: bool,
}

impl Verdict {
    pub(super) fn new(trace: Vec<TraceStep>, is_traced: bool) -> Self {
        Self { key: None, verifies: false, warnings: Vec::new(), trace, is_traced }
    }

    fn warn(&mut self, code: WarningCode, explanation: &str) {
        self.warnings.push(SignatureWarning { code, explanation: explanation.to_owned() });
    }

    fn step(&mut self, step: &'static str, ok: bool, detail: impl FnOnce() -> String) {
        if self.is_traced {
            self.trace.push(TraceStep { step, ok, detail: detail() });
        }
    }
}

impl Evaluation<'_> {
    pub(super) fn run(
        &self,
        answer: &Answer,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        let records =
            published::records(answer, &self.signature.key_name, KEY).inspect_err(|failure| {
                verdict.step("key", false, || failure.explanation.clone());
            })?;
        // As with DKIM: each usable record is tried. The first that verifies decides, else the first
        // that could be used, else the first.
        let mut first: Option<(Failure, Option<Key>)> = None;
        for octets in records.records.iter().take(self.options.limits.key_records) {
            let (failure, key, usable) = match self.key(octets, records) {
                Ok((record, key)) => match self.check(&record, checker, verdict) {
                    Ok(()) => {
                        verdict.key = Some(key);
                        return self.accept(&record, verdict);
                    }
                    Err(failure) => (failure, Some(key), true),
                },
                Err((failure, key)) => {
                    if failure.reason != Reason::KeyNotFound {
                        verdict.step("key", false, || failure.explanation.clone());
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
        let (failure, key) = first.unwrap_or_else(|| (self.not_found(), None));
        verdict.key = key;
        if failure.reason == Reason::KeyNotFound { Err(self.not_found()) } else { Err(failure) }
    }

    fn not_found(&self) -> Failure {
        published::not_found(&self.signature.key_name, KEY)
    }

    /// Whether the record is a key that this signature may use.
    fn key(
        &self,
        octets: &[u8],
        records: &TxtRecords,
    ) -> Result<(KeyRecord, Key), (Failure, Option<Key>)> {
        let limits = &self.options.limits;
        // The records of DKIM are those of DomainKeys, and g= beside (RFC 4870 §3.2.3).
        let name = &self.signature.key_name;
        let (record, key) = published::key(octets, limits.key_record_octets, name, records)?;
        let unusable = unfit(&record, Algorithm::RsaSha1)
            .or_else(|| self.other_sender(&record, octets))
            .or_else(|| wrong_size(&record, self.options.policy.min_rsa_bits, limits));
        match unusable {
            Some(failure) => Err((failure, Some(key))),
            None => Ok((record, key)),
        }
    }

    /// Whether the key is not for the sending address.
    fn other_sender(&self, record: &KeyRecord, octets: &[u8]) -> Option<Failure> {
        let sender = &self.coverage.sender;
        let (tags, _) = TagList::parse(octets);
        let granularity = tags.get("g").map(|tag| tag.value).unwrap_or_default();
        let explanation = if !allows(granularity, &sender.local_part) {
            format!(
                "g={} of the key record does not allow the local part {} of {}",
                granularity.escape_debug(),
                sender.local_part.escape_debug(),
                sender.field
            )
        } else if record.strict_identity && sender.domain != self.signature.domain {
            format!(
                "the key has the flag t=s, so the domain of {} must be {}, not {}",
                sender.field, self.signature.domain, sender.domain
            )
        } else {
            return None;
        };
        Some(Failure::new(Reason::IdentityMismatch, explanation))
    }

    fn check(
        &self,
        record: &KeyRecord,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        verdict.step("key", true, || {
            let bits = record.public_key.bits();
            format!("rsa key of {bits} bits at {}", self.signature.key_name)
        });
        let signature = &self.signature.signature;
        let verifies =
            checker.verifies(&record.public_key, Algorithm::RsaSha1, self.digest, signature);
        verdict.step("signature", verifies, || {
            let verb = if verifies { "verifies" } else { "does not verify" };
            format!("b= {verb} over the hash of header and body")
        });
        if verifies {
            return Ok(());
        }
        let explanation = "the signature does not fit the message and the key: one of the fields \
                           signed or the body was changed, or another key signed";
        Err(Failure::new(Reason::SignatureMismatch, explanation))
    }

    /// The signature verifies; whether policy accepts it.
    fn accept(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
        verdict.verifies = true;
        if record.testing {
            let explanation = "The key says that its domain is testing DomainKeys (t=y).";
            verdict.warn(WarningCode::TestMode, explanation);
        }
        let accepted = self.policy(record, verdict);
        verdict.step("policy", accepted.is_ok(), || match &accepted {
            Ok(()) => "accepted".to_owned(),
            Err(failure) => failure.explanation.clone(),
        });
        accepted
    }

    fn policy(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
        let domain = &self.signature.domain;
        // What a reader shows as the author must be what was signed: fields above the signature and
        // fields that h= does not list are not.
        let mut authors = self.header.fields().enumerate().filter(|(_, one)| one.is_named("From"));
        if authors.any(|(place, _)| !self.coverage.picked.contains(&place)) {
            let explanation = "the message has a From field that is not signed";
            return Err(Failure::new(Reason::UnsignedFrom, explanation));
        }
        if domain.is_single_label() {
            let explanation =
                format!("d={domain} is a public suffix, not a domain of someone who signs mail");
            return Err(Failure::new(Reason::PublicSuffix, explanation));
        }
        if !self.options.policy.allow_sha1 {
            let explanation = format!(
                "the DomainKeys signature of {domain} verifies, but rsa-sha1 is historic and no \
                 longer accepted (RFC 8301)"
            );
            return Err(Failure::new(Reason::HistoricAlgorithm, explanation));
        }
        let explanation = "DomainKeys and its rsa-sha1 are historic (RFC 8301).";
        verdict.warn(WarningCode::WeakAlgorithm, explanation);
        if record.public_key.bits() < 1024 {
            let explanation = "The RSA key has fewer than 1024 bits and can be broken (RFC 8301).";
            verdict.warn(WarningCode::WeakKey, explanation);
        }
        Ok(())
    }
}

/// Whether `g=` allows the local part: an empty one any, another that very one (RFC 4870 §3.2.3),
/// one with `*` those that begin and end like it, as records for DKIM had it (RFC 4871 §3.6.1).
fn allows(granularity: &str, local_part: &str) -> bool {
    match granularity.split_once('*') {
        None => granularity.is_empty() || granularity == local_part,
        Some((start, end)) => {
            local_part.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn granularity_is_the_local_part_or_a_pattern_of_it() {
        for (granularity, allowed, others) in [
            ("", &["", "a", "*"][..], &[][..]),
            ("*", &["", "a"], &[]),
            ("joe", &["joe"], &["", "Joe", "joe2", "jo"]),
            ("joe+*", &["joe+", "joe+x"], &["joe", "x+joe+"]),
            ("a*b", &["ab", "axb", "a*b", "abb"], &["a", "b", "axbc", "ba"]),
        ] {
            for local_part in allowed {
                assert!(allows(granularity, local_part), "{granularity} {local_part}");
            }
            for local_part in others {
                assert!(!allows(granularity, local_part), "{granularity} {local_part}");
            }
        }
    }
}
