//! The report of a message, put together from the verdicts on its parts.

use super::coverage;
use super::dkim::NO_AUTHOR;
use super::pass::Facts;
use super::reason::VerificationResult;
use super::report::{Alignment, Arc, Coverage, MessageWarning, Report, Signature, WarningCode};
use super::task::Outcome;
use crate::message::authors::authors;

/// The report, less what only the verifier of the face knows: alignment and Authentication-Results.
///
/// The outcomes come in the order in which their fields stand.
pub(crate) fn summarize(facts: &Facts, outcomes: Vec<Outcome>, arc: Arc) -> Report {
    let (coverage, mut warnings) = coverage::evaluate(&facts.header, facts.body_octets, &outcomes);
    // In a malformed header it would depend on the cutting how much was looked through.
    if facts.bare_line_ending && facts.malformed.is_none() {
        warnings.push(MessageWarning {
            code: WarningCode::BareLineEnding,
            explanation: "The message has a CR or an LF that stands alone; other programs may see \
                          its lines differently."
                .to_owned(),
            field: None,
        });
    }
    let malformed = match facts.malformed {
        Some(error) => Some(sentence(&error.to_string())),
        None if !facts.has_author() => Some(NO_AUTHOR.to_owned()),
        None => None,
    };
    let is_malformed = malformed.is_some();
    warnings.extend(malformed.map(|explanation| MessageWarning {
        code: WarningCode::MessageMalformed,
        explanation,
        field: None,
    }));
    let signatures: Vec<Signature> = outcomes.into_iter().map(|outcome| outcome.report).collect();
    Report {
        version: 1,
        file: None,
        result: best_result(&signatures, is_malformed),
        authors: authors(&facts.header),
        signatures,
        arc,
        alignment: Alignment::default(),
        authentication_results: String::new(),
        warnings,
        coverage: if facts.malformed.is_some() { Coverage::default() } else { coverage },
    }
}

/// A phrase made a sentence: a capital first, a full stop last.
pub(crate) fn sentence(phrase: &str) -> String {
    let mut characters = phrase.chars();
    // A tag such as "l=" keeps its case: "L=" would be another tag.
    let is_tag = phrase.split_once('=').is_some_and(|(name, _)| name.len() <= 2);
    let first = match characters.next() {
        Some(first) if !is_tag => first.to_ascii_uppercase().to_string(),
        Some(first) => first.to_string(),
        None => String::new(),
    };
    format!("{first}{}.", characters.as_str())
}

fn best_result(signatures: &[Signature], malformed: bool) -> VerificationResult {
    // A malformed message without signatures is no unsigned message: nothing can be said of it.
    if malformed && signatures.is_empty() {
        return VerificationResult::PermError;
    }
    VerificationResult::BEST_FIRST
        .into_iter()
        .find(|result| signatures.iter().any(|signature| signature.result == *result))
        .unwrap_or(VerificationResult::None)
}
