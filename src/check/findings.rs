//! What an answer of the DNS says about a key.

use super::fingerprint;
use super::machine::KeyCheck;
use super::report::KeyReport;
use crate::crypto::{Algorithm, KeyType, PublicKey};
use crate::dns::{Absence, Answer, TxtRecords};
use crate::key::publish::{UDP_ANSWER_OCTETS, answer_octets};
use crate::key::{KeyRecord, KeyRecordError};
use crate::verify::published;
use crate::verify::{
    Failure, Key, Reason, SignatureWarning, VerificationResult, WarningCode, sentence, unfit,
    wrong_size,
};

pub(super) fn report(check: &KeyCheck, answer: &Answer) -> KeyReport {
    let mut warnings = Vec::new();
    let (outcome, key) = match answer {
        Answer::Records(records) => {
            warnings.extend(about_answer(check, records));
            let candidate = choose(check, records);
            warnings.extend(about_key(check, &candidate));
            if let Some(several) = about_siblings(check, records) {
                warnings.push(several);
            }
            (candidate.outcome, candidate.key)
        }
        Answer::NotFound => (Err(not_found(check, None)), None),
        Answer::Absent(absence) => (Err(not_found(check, Some(in_words(absence)))), None),
        Answer::Unavailable { cause } => {
            let explanation = format!("the key at {} could not be had: {cause}", check.name);
            (Err(Failure::new(Reason::KeyUnavailable, explanation)), None)
        }
    };
    let failure = outcome.err();
    let passes = match check.expected {
        Some(_) => format!("The key is published at {}.", check.name),
        None => format!("There is a usable DKIM key at {}.", check.name),
    };
    KeyReport {
        domain: check.domain.as_str().to_owned(),
        selector: check.selector.as_str().to_owned(),
        name: check.name.as_str().to_owned(),
        result: failure
            .as_ref()
            .map_or(VerificationResult::Pass, |failure| failure.reason.result()),
        reason: failure.as_ref().map(|failure| failure.reason),
        explanation: failure.map_or(passes, |failure| sentence(&failure.explanation)),
        key,
        warnings,
    }
}

/// One TXT record of the name, judged.
struct Candidate {
    outcome: Result<(), Failure>,
    key: Option<Key>,
    public_key: Option<PublicKey>,
}

/// The record that decides, as it does for a signature (RFC 6376 §6.1.2): the first that would
/// verify, else the first that can be used, else the first that is a key.
fn choose(check: &KeyCheck, records: &TxtRecords) -> Candidate {
    let mut chosen: Option<Candidate> = None;
    for octets in records.records.iter().take(check.options.limits.key_records) {
        let Some(candidate) = judge(check, octets, records) else {
            continue;
        };
        let rank = |candidate: &Candidate| match &candidate.outcome {
            Ok(()) => 0,
            Err(failure) if failure.reason.result() == VerificationResult::Fail => 1,
            Err(_) => 2,
        };
        if chosen.as_ref().is_none_or(|known| rank(&candidate) < rank(known)) {
            chosen = Some(candidate);
        }
    }
    chosen.unwrap_or_else(|| {
        let count = records.records.len();
        let how = match count {
            0 => None,
            1 => Some("the name has a TXT record, but it is no DKIM key".to_owned()),
            _ => Some(format!("the name has {count} TXT records, but none is a DKIM key")),
        };
        Candidate { outcome: Err(not_found(check, how)), key: None, public_key: None }
    })
}

/// The verdict about one record; `None` where it was never meant as a key.
fn judge(check: &KeyCheck, octets: &[u8], records: &TxtRecords) -> Option<Candidate> {
    let max_octets = check.options.limits.key_record_octets;
    let (record, key) = match published::key(octets, max_octets, &check.name, records) {
        Ok(found) => found,
        Err((failure, key)) => {
            return key.map(|key| Candidate {
                outcome: Err(failure),
                key: Some(key),
                public_key: None,
            });
        }
    };
    Some(Candidate {
        outcome: fits(check, &record),
        key: Some(key),
        public_key: Some(record.public_key),
    })
}

/// Whether a signature with the expected key would verify with this record.
fn fits(check: &KeyCheck, record: &KeyRecord) -> Result<(), Failure> {
    let published = &record.public_key;
    let signing = check.expected.as_ref().unwrap_or(published);
    let other = (signing != published).then(|| {
        let shown = |key| {
            let (kind, bits) = (PublicKey::key_type(key).name(), key.bits());
            format!("{} ({kind}, {bits} bits)", fingerprint(key, check.options.provider))
        };
        format!(
            "another key is published at {}: {} stands there, and ours is {}",
            check.name,
            shown(published),
            shown(signing)
        )
    });
    let algorithm = match signing.key_type() {
        KeyType::Rsa => Algorithm::RsaSha256,
        KeyType::Ed25519 => Algorithm::Ed25519Sha256,
    };
    let options = &check.options;
    let failure = unfit(record, algorithm)
        .or_else(|| wrong_size(record, options.min_rsa_bits, &options.limits));
    match (failure, other) {
        (None, None) => Ok(()),
        (None, Some(other)) => Err(Failure::new(Reason::SignatureMismatch, other)),
        (Some(failure), None) => Err(failure),
        // The reason is the one that a signature gets; that it is the wrong key anyway says more.
        (Some(failure), Some(other)) if failure.reason == Reason::KeyTypeMismatch => {
            Err(Failure::new(failure.reason, other))
        }
        (Some(failure), Some(other)) => {
            let explanation = format!("{other}; besides, {}", failure.explanation);
            Err(Failure::new(failure.reason, explanation))
        }
    }
}

fn not_found(check: &KeyCheck, how: Option<String>) -> Failure {
    let how = how.map(|how| format!(": {how}")).unwrap_or_default();
    let explanation = format!("there is no DKIM key at {}{how}", check.name);
    Failure::new(Reason::KeyNotFound, explanation)
}

fn in_words(absence: &Absence) -> String {
    match (absence.dangling(), absence.name_exists) {
        (Some(dangling), _) => dangling,
        (None, Some(false)) => "the name does not exist (NXDOMAIN)".to_owned(),
        (None, _) => "the name has no TXT record".to_owned(),
    }
}

/// What is to be known about the answer as a whole.
fn about_answer(check: &KeyCheck, records: &TxtRecords) -> Vec<SignatureWarning> {
    let mut warnings = Vec::new();
    if !records.aliases.is_empty() {
        let chain = records.aliases.join(", which is one of ");
        warnings.push(SignatureWarning {
            code: WarningCode::AliasedKey,
            explanation: format!("The name is an alias (CNAME) of {chain}."),
        });
    }
    // The answer does not tell how records are cut into strings; longer ones cost least.
    let strings = |record: &Vec<u8>| record.chunks(255).map(<[u8]>::len).collect::<Vec<_>>();
    // A CNAME record has twelve octets before its target, as every record has.
    let aliases = records.aliases.iter().map(|alias| alias.len().saturating_add(14));
    let octets = aliases.fold(
        answer_octets(&check.name, records.records.iter().map(strings)),
        usize::saturating_add,
    );
    if octets > UDP_ANSWER_OCTETS {
        warnings.push(SignatureWarning {
            code: WarningCode::LargeAnswer,
            explanation: format!(
                "The answer of the DNS has about {octets} octets, more than the {UDP_ANSWER_OCTETS} \
                 that cross every path in one UDP packet; resolvers that cannot use TCP do not get \
                 it."
            ),
        });
    }
    warnings
}

/// What is to be known about the key that decided.
fn about_key(check: &KeyCheck, candidate: &Candidate) -> Vec<SignatureWarning> {
    let mut warnings = Vec::new();
    if candidate.key.as_ref().is_some_and(|key| key.testing) {
        warnings.push(SignatureWarning {
            code: WarningCode::TestMode,
            explanation: "The key says that its domain is testing DKIM (t=y).".to_owned(),
        });
    }
    // How good a stranger's key is does not matter.
    if let Some(key @ PublicKey::Rsa(_)) = &candidate.public_key
        && check.expected.as_ref().is_none_or(|expected| expected == key)
        && (check.options.min_rsa_bits..GOOD_RSA_BITS).contains(&key.bits())
    {
        warnings.push(SignatureWarning {
            code: WarningCode::WeakKey,
            explanation: format!(
                "The RSA key has {} bits, but should have {GOOD_RSA_BITS} (RFC 8301 §3.2).",
                key.bits()
            ),
        });
    }
    warnings
}

/// A warning where the name has several records that are keys.
fn about_siblings(check: &KeyCheck, records: &TxtRecords) -> Option<SignatureWarning> {
    let all: Vec<_> = records
        .records
        .iter()
        .map(|octets| KeyRecord::parse(octets, check.options.limits.key_record_octets))
        .filter(|record| !matches!(record, Err(KeyRecordError::NotDkim)))
        .collect();
    if all.len() < 2 {
        return None;
    }
    let count = all.len();
    let which = check.expected.as_ref().map(|expected| {
        let is_ours = |record: &Result<KeyRecord, _>| {
            record.as_ref().is_ok_and(|record| record.public_key == *expected)
        };
        match all.iter().filter(|record| is_ours(record)).count() {
            0 => "none of them ours, ".to_owned(),
            1 => "one of them ours, ".to_owned(),
            ours => format!("{ours} of them ours, "),
        }
    });
    Some(SignatureWarning {
        code: WarningCode::SeveralKeys,
        explanation: format!(
            "The name has {count} key records, {}and many verifiers try only one of them, whichever \
             comes first (RFC 6376 §3.6.2.2).",
            which.unwrap_or_default()
        ),
    })
}

/// What RSA keys should have (RFC 8301 §3.2).
const GOOD_RSA_BITS: usize = 2048;
