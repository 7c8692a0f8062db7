//! The evaluation of one DomainKey-Signature against the answer of the DNS (RFC 4870 §3.2.3).

use super::selection::Coverage;
use super::signature::DomainKeySignature;
use crate::crypto::Algorithm;
use crate::dns::Answer;
use crate::key::KeyRecord;
use crate::message::Header;
use crate::tag_list::TagList;
use crate::verify::{
    Checker, Failure, Options, Published, Reason, Trial, Verdict, WarningCode, run, unfit,
    wrong_size,
};

/// Everything that decides about a signature but the answer of the DNS.
pub(super) struct Evaluation<'a> {
    pub(super) signature: &'a DomainKeySignature,
    pub(super) coverage: &'a Coverage,
    pub(super) digest: &'a [u8],
    pub(super) header: &'a Header,
    pub(super) options: &'a Options,
}

impl Trial for Evaluation<'_> {
    fn unusable(&self, record: &KeyRecord, octets: &[u8]) -> Option<Failure> {
        let Options { policy, limits, .. } = self.options;
        // The records of DKIM are those of DomainKeys, and g= beside (RFC 4870 §3.2.3).
        unfit(record, Algorithm::RsaSha1)
            .or_else(|| self.other_sender(record, octets))
            .or_else(|| wrong_size(record, policy.min_rsa_bits, limits))
    }

    fn check(
        &self,
        record: &KeyRecord,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        let signature = &self.signature.signature;
        let verifies =
            checker.verifies(&record.public_key, Algorithm::RsaSha1, self.digest, signature);
        verdict.trace.step("signature", verifies, || {
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

    fn policy(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
        if record.testing {
            let explanation = "The key says that its domain is testing DomainKeys (t=y).";
            verdict.warn(WarningCode::TestMode, explanation);
        }
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

impl Evaluation<'_> {
    pub(super) fn run(
        &self,
        answer: &Answer,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        let limits = &self.options.limits;
        let published = Published {
            name: &self.signature.key_name,
            what: "key",
            answer,
            records: limits.key_records,
            octets: limits.key_record_octets,
        };
        run(self, &published, checker, verdict)
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
