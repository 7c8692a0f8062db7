//! All DomainKeys signatures of a message.

use super::FIELD_NAME;
use super::verification::{self, Verification};
use crate::message::Header;
use crate::name::DomainName;
use crate::verify::{
    CheckOutcome, Checkable, Facts, LookupId, Opening, Outcome, Reason, SignatureCheck,
    VerificationResult, Verified,
};

/// Evaluates the DomainKeys signatures of a message.
#[derive(Debug, Default)]
pub(crate) struct DomainKeys {
    tasks: Vec<Task>,
}

#[derive(Debug)]
struct Task {
    /// Where its field stands in the header.
    place: usize,
    verification: Verification,
    lookup: Option<LookupId>,
}

impl DomainKeys {
    /// The header is complete; so many other signatures are evaluated already, and all share one bound.
    pub(crate) fn start(&mut self, opening: &mut Opening<'_>, evaluated: usize) {
        let most = opening.options.limits.signatures;
        let mut evaluated = evaluated;
        for (place, field) in opening.header.fields().enumerate() {
            if !field.is_named(FIELD_NAME) {
                continue;
            }
            let verification = Verification::new(opening.header, place, opening.options);
            let Some(mut verification) = verification else { continue };
            if let Some(error) = opening.malformed {
                verification.refuse(Reason::MessageMalformed, &error.to_string());
            }
            if verification.key_name().is_some() && evaluated >= most {
                let explanation = format!("only the first {most} signatures are evaluated");
                verification.refuse(Reason::TooManySignatures, &explanation);
            }
            let lookup = verification.key_name().map(|name| opening.lookups.want(name));
            evaluated = evaluated.saturating_add(usize::from(lookup.is_some()));
            self.tasks.push(Task { place, verification, lookup });
        }
    }

    /// More octets of the body.
    pub(crate) fn body(&mut self, octets: &[u8]) {
        self.tasks.iter_mut().for_each(|task| task.verification.push(octets));
    }

    /// Whether one of them may verify.
    pub(crate) fn wants_body(&self) -> bool {
        self.tasks.iter().any(|task| task.lookup.is_some())
    }

    /// The signing domains of those that may verify.
    pub(crate) fn signers(&self) -> impl Iterator<Item = &DomainName> {
        self.tasks.iter().filter_map(|task| task.verification.domain())
    }

    /// The body is complete.
    pub(crate) fn end(&mut self) {
        self.tasks.iter_mut().for_each(|task| task.verification.end());
    }

    /// The signatures, as what may be checked outside once the body is complete.
    pub(crate) fn checkables(&mut self) -> impl Iterator<Item = &mut dyn Checkable> {
        self.tasks.iter_mut().map(Task::checkable)
    }

    /// The verdicts, topmost signature first.
    pub(crate) fn finish(self, facts: &Facts) -> Vec<Outcome> {
        let outcome = |task: Task| {
            let answer = facts.answer_to(task.lookup);
            let found = task.verification.finish(answer, &facts.header, &facts.options);
            let verified = covered(&found, &facts.header);
            Outcome { place: task.place, report: found.report, verified }
        };
        self.tasks.into_iter().map(outcome).collect()
    }
}

impl Task {
    fn checkable(&mut self) -> &mut dyn Checkable {
        self
    }
}

impl Checkable for Task {
    fn next_check(&self, facts: &Facts) -> Option<SignatureCheck> {
        let answer = facts.answer_to(self.lookup);
        self.verification.next_check(answer, &facts.header, &facts.options)
    }

    fn answer(&mut self, outcome: CheckOutcome) {
        self.verification.answer_check(outcome);
    }
}

/// What the signature covers, where it passes: one that is refused for its algorithm shows nothing.
fn covered(found: &verification::Outcome, header: &Header) -> Option<Verified> {
    if found.report.result != VerificationResult::Pass {
        return None;
    }
    let picked = found.verified.as_ref()?.picked.clone();
    let names = picked.iter().filter_map(|place| header.field(*place));
    let signed_fields =
        names.map(|field| String::from_utf8_lossy(field.name()).to_ascii_lowercase()).collect();
    Some(Verified { picked, signed_fields, body: Some((found.body_octets, found.body_octets)) })
}
