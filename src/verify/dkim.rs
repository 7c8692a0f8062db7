//! The DKIM signatures of a message (RFC 6376 §6.1).

use super::checks::Checkable;
use super::pass::{Evaluator, Facts, Opening};
use super::reason::{Failure, Reason, VerificationResult};
use super::task::{Kind, Outcome, Task};
use crate::crypto::Algorithm;
use crate::message::Field;
use crate::name::DomainName;
use crate::signature::{Signature, SignatureError};

/// Evaluates the DKIM signatures of a message.
#[derive(Debug, Default)]
pub(crate) struct Dkim {
    tasks: Vec<Task>,
}

impl Evaluator for Dkim {
    fn start(&mut self, opening: &mut Opening<'_>) {
        let most = opening.options.limits.signatures;
        let mut evaluated = 0_usize;
        for (place, field) in opening.header.fields().enumerate() {
            if !field.is_named("DKIM-Signature") {
                continue;
            }
            let mut task = parse(place, field, opening);
            if let Some(error) = opening.malformed {
                task.fail(error.into());
            }
            if task.is_alive() && evaluated >= most {
                task.fail(Failure::new(
                    Reason::TooManySignatures,
                    format!("only the first {most} signatures are evaluated"),
                ));
            }
            if task.start(opening) {
                evaluated = evaluated.saturating_add(1);
            }
            self.tasks.push(task);
        }
    }
}

impl Dkim {
    /// Where the signatures stand that may verify, and who signs.
    pub(crate) fn signers(&self) -> impl Iterator<Item = (usize, &DomainName)> {
        self.tasks.iter().filter_map(Task::signer)
    }

    /// The signatures, as what may be checked outside.
    pub(crate) fn checkables(&mut self) -> impl Iterator<Item = &mut dyn Checkable> {
        self.tasks.iter_mut().map(Task::checkable)
    }

    /// The verdicts, topmost signature first.
    pub(crate) fn finish(self, facts: &Facts) -> Vec<Outcome> {
        let has_author = facts.has_author();
        self.tasks
            .into_iter()
            .map(|task| task.finish(facts))
            .map(|outcome| if has_author { outcome } else { without_author(outcome) })
            .collect()
    }
}

fn parse(place: usize, field: Field<'_>, opening: &Opening<'_>) -> Task {
    let options = opening.options;
    let limits = options.limits.parse_limits();
    let (claims, signature) = Signature::parse(field.octets(), field.value_offset(), limits);
    let signature = signature.and_then(|signature| match signature.algorithm {
        // RFC 8301 §3.1: rsa-sha1 must not be taken for a signature.
        Algorithm::RsaSha1 if !options.policy.allow_sha1 => Err(SignatureError::Sha1Refused),
        _ => Ok(signature),
    });
    Task::new(Kind::Dkim, place, claims, signature, options)
}

pub(super) const NO_AUTHOR: &str = "The message has no From field.";

/// The outcome in a message that has no From field.
///
/// A signature whose `h=` lists a From that is not there signs its absence (RFC 6376 §5.4.2): where
/// it verifies, the signer sent the message like that. Where it does not, what it misses is most
/// likely the author, and the message is malformed whatever it misses.
fn without_author(mut outcome: Outcome) -> Outcome {
    if outcome.report.result == VerificationResult::Fail {
        outcome.report.result = Reason::MessageMalformed.result();
        outcome.report.reason = Some(Reason::MessageMalformed);
        outcome.report.explanation = NO_AUTHOR.to_owned();
    }
    outcome
}
