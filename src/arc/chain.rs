//! The Authenticated Received Chain of a message, judged (RFC 8617 §5.2).

use super::results;
use super::sets::{Part, Set, Sets};
use crate::message::Header;
use crate::verify::{
    Arc, ArcSet, Checkable, Evaluator, Facts, Failure, Kind, Opening, Options, Reason, Task,
    VerificationResult, sentence,
};

const SEAL: &str = "ARC-Seal";
const MESSAGE_SIGNATURE: &str = "ARC-Message-Signature";

/// Evaluates the Authenticated Received Chain of a message.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    links: Vec<Link>,
    /// Whether the message has any ARC field.
    present: bool,
    /// Why the chain fails without any lookup.
    dead: Option<Failure>,
}

/// What one set brings to the chain.
#[derive(Debug)]
struct Link {
    instance: u32,
    chain_validation: String,
    seal: Task,
    message_signature: Task,
    authentication_results: String,
}

impl Evaluator for Chain {
    fn start(&mut self, opening: &mut Opening<'_>) {
        let Sets { sets, present, broken } = Sets::gather(opening.header, &opening.options.limits);
        self.present = present;
        if !present {
            return;
        }
        let places: Vec<_> = sets.iter().map(Set::places).collect();
        self.links = sets
            .into_iter()
            .filter_map(|set| Link::new(set, opening.header, opening.options))
            .collect();
        let malformed = opening.malformed.map(Failure::from);
        self.dead = malformed.or(broken).or_else(|| self.first_dead());
        if self.dead.is_none() {
            self.dead = self.start_links(&places, opening);
        }
        if self.dead.is_some() {
            self.leave_the_rest();
        }
    }
}

impl Chain {
    /// The verdict on the chain.
    pub(crate) fn finish(self, facts: &Facts) -> Arc {
        let Self { links, present, dead } = self;
        if !present {
            return Arc {
                result: VerificationResult::None,
                reason: None,
                explanation: "The message carries no ARC set.".to_owned(),
                oldest_pass: None,
                sets: Vec::new(),
            };
        }
        let sets: Vec<ArcSet> = links.into_iter().map(|link| link.finish(facts)).collect();
        let failure = dead.or_else(|| failure_of(&sets));
        let newest = sets.len();
        Arc {
            result: match failure {
                Some(_) => VerificationResult::Fail,
                None => VerificationResult::Pass,
            },
            reason: failure.as_ref().map(|failure| failure.reason),
            oldest_pass: if failure.is_none() { Some(oldest_pass(&sets)) } else { None },
            explanation: match failure {
                Some(failure) => sentence(&failure.explanation),
                None => format!(
                    "The seals of all ARC sets verify, and the message signature of set {newest}."
                ),
            },
            sets,
        }
    }

    /// The signatures of all sets, as what may be checked outside.
    pub(crate) fn checkables(&mut self) -> impl Iterator<Item = &mut dyn Checkable> {
        let tasks =
            self.links.iter_mut().flat_map(|link| [&mut link.seal, &mut link.message_signature]);
        tasks.map(Task::checkable)
    }

    /// What dooms the chain already: a seal, or the newest message signature, that can never verify.
    fn first_dead(&self) -> Option<Failure> {
        let newest = self.links.last()?;
        let seals = self.links.iter().rev();
        newest
            .message_signature_failure()
            .or_else(|| seals.into_iter().find_map(Link::seal_failure))
    }

    /// Asks for everything the verdict depends on, in the order of its weight. The older message
    /// signatures decide about `oldestPass` only.
    fn start_links(
        &mut self,
        places: &[[Option<usize>; 3]],
        opening: &mut Opening<'_>,
    ) -> Option<Failure> {
        let newest = self.links.last_mut()?;
        if !newest.message_signature.start(opening) {
            return newest.message_signature_failure();
        }
        for (at, link) in self.links.iter_mut().enumerate().rev() {
            // RFC 8617 §5.1.1: the fields of all sets up to this one, in order. Of this one, the seal
            // itself comes in by being the signature.
            let covered = places.iter().take(at.saturating_add(1)).flatten().flatten().copied();
            let others = covered.clone().count().saturating_sub(1);
            link.seal.start_over(covered.take(others).collect(), opening);
        }
        for link in self.links.iter_mut().rev().skip(1) {
            link.message_signature.start(opening);
        }
        None
    }

    /// Nothing is looked up for a chain that is dead; what is alive in it stays undecided.
    fn leave_the_rest(&mut self) {
        let tasks =
            self.links.iter_mut().flat_map(|link| [&mut link.seal, &mut link.message_signature]);
        for task in tasks.filter(|task| task.is_alive()) {
            task.fail(Failure::new(
                Reason::NotEvaluated,
                "the chain fails already, so this signature was not looked at",
            ));
        }
    }
}

impl Link {
    /// The link of a set, if the set has all its fields.
    fn new(set: Set, header: &Header, options: &Options) -> Option<Self> {
        let chain_validation = set.chain_validation().to_owned();
        let results = header.field(set.results?)?;
        let task = |kind, part: Part| {
            Task::new(kind, part.place, part.field.claims, part.field.signature, options)
        };
        Some(Self {
            instance: set.instance,
            chain_validation,
            seal: task(Kind::ArcSeal, set.seal?),
            message_signature: task(Kind::ArcMessageSignature, set.message_signature?),
            authentication_results: results::payload(results.value()),
        })
    }

    fn message_signature_failure(&self) -> Option<Failure> {
        let Failure { reason, explanation } = self.message_signature.failure()?;
        Some(located(MESSAGE_SIGNATURE, self.instance, *reason, &sentence(explanation)))
    }

    fn seal_failure(&self) -> Option<Failure> {
        let Failure { reason, explanation } = self.seal.failure()?;
        Some(located(SEAL, self.instance, *reason, &sentence(explanation)))
    }

    fn finish(self, facts: &Facts) -> ArcSet {
        ArcSet {
            instance: self.instance,
            chain_validation: self.chain_validation,
            seal: self.seal.finish(facts).report,
            message_signature: self.message_signature.finish(facts).report,
            authentication_results: self.authentication_results,
        }
    }
}

/// RFC 8617 §5.2, steps 4 and 6: the newest message signature must verify, and every seal.
fn failure_of(sets: &[ArcSet]) -> Option<Failure> {
    let newest = sets.last()?;
    let message_signature = (MESSAGE_SIGNATURE, newest.instance, &newest.message_signature);
    let seals = sets.iter().rev().map(|set| (SEAL, set.instance, &set.seal));
    std::iter::once(message_signature).chain(seals).find_map(|(name, instance, signature)| {
        let reason = signature.reason?;
        Some(located(name, instance, reason, &signature.explanation))
    })
}

/// RFC 8617 §5.2, step 5, where the newest message signature verifies.
fn oldest_pass(sets: &[ArcSet]) -> u32 {
    let last_failure = sets
        .iter()
        .rposition(|set| set.message_signature.result != VerificationResult::Pass)
        .and_then(|at| sets.get(at.saturating_add(1)));
    last_failure.map_or(0, |set| set.instance)
}

/// A failure with the field it befell.
fn located(name: &str, instance: u32, reason: Reason, explanation: &str) -> Failure {
    let explanation = explanation.trim_end_matches('.');
    let outlook = match reason.result() {
        // RFC 8617 §5.2.1: all failures are permanent; this one need not be.
        VerificationResult::TempError => "; the chain may pass when the key can be had",
        _ => "",
    };
    Failure::new(reason, format!("the {name} of set {instance}: {explanation}{outlook}"))
}
