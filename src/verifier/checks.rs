//! The report of a message whose signatures are checked outside.

use super::Evaluators;
use crate::auth_results;
use crate::verify::{
    CheckId, CheckOutcome, CheckQueue, Checkable, Checkables, Facts, Outcome, Report,
    SignatureCheck, summarize,
};

/// The checks that a message's signatures come down to, for hosts that want to make them elsewhere: in
/// an HSM, on other threads, with the arithmetic of their platform.
///
/// Poll for as many checks as can be made at a time, answer them in any order, poll again after every
/// answer, finish. What is not answered is checked by the provider of the options, as
/// [`Verifier::finish`](super::Verifier::finish) does with all of them. The report is the same either
/// way.
///
/// What can be decided without arithmetic is not handed out: the key is missing or refused, the body was
/// changed, the signature has the wrong length. Neither is what programs disagree about (RFC 8032 §8.4):
/// Ed25519 keys and signatures of small order or in odd encodings.
///
/// Here every check has a thread of its own:
///
/// ```
/// use std::sync::mpsc;
/// use std::thread;
///
/// use waxseal::crypto::{PURE_RUST, Provider};
/// use waxseal::dns::{Answer, TxtRecords};
/// use waxseal::verify::CheckOutcome;
/// use waxseal::{Options, UnixTime, VerificationTime, Verifier};
///
/// let message = include_bytes!("../../docs/samples/rfc8463.eml");
/// let zone = include_str!("../../docs/samples/keys.zone");
/// let zone = waxseal::dns::zone::Zone::parse(zone, None).unwrap();
///
/// let now = VerificationTime::At(UnixTime::from_seconds(1_528_637_909));
/// let mut verifier = Verifier::new(Options::new(now));
/// verifier.push(message);
/// while let Some(query) = verifier.poll_query() {
///     verifier.answer(query.id, zone.lookup(&query.name));
/// }
///
/// let mut checks = verifier.checks();
/// let (sender, receiver) = mpsc::channel();
/// let mut under_way = 0;
/// loop {
///     while let Some(check) = checks.poll() {
///         let sender = sender.clone();
///         thread::spawn(move || {
///             // What an HSM would do; it is given check.message().
///             let hash = check.algorithm.hash();
///             let outcome = match PURE_RUST.verify(&check.key, hash, &check.digest, &check.signature) {
///                 true => CheckOutcome::Verifies,
///                 false => CheckOutcome::Differs,
///             };
///             sender.send((check.id, outcome))
///         });
///         under_way += 1;
///     }
///     if under_way == 0 {
///         break;
///     }
///     let (id, outcome) = receiver.recv().unwrap();
///     checks.answer(id, outcome);
///     under_way -= 1;
/// }
/// let report = checks.finish();
/// assert_eq!(report.result.as_str(), "pass");
/// assert_eq!(report.signatures.len(), 2);
/// ```
#[derive(Debug)]
pub struct SignatureChecks {
    pub(super) evaluators: Evaluators,
    pub(super) facts: Facts,
    pub(super) authserv_id: Option<String>,
    pub(super) queue: CheckQueue,
}

impl Checkables for Evaluators {
    fn checkable(&mut self, number: usize) -> Option<&mut dyn Checkable> {
        let Self { dkim, domain_keys, chain, .. } = self;
        dkim.checkables().chain(domain_keys.checkables()).chain(chain.checkables()).nth(number)
    }
}

impl SignatureChecks {
    /// The next check, if one is due. Of the key records of a signature each is tried in its turn, so
    /// an answer may make another check due.
    ///
    /// A check has a copy of the header fields that are signed: do not poll for more than can be made
    /// at a time.
    pub fn poll(&mut self) -> Option<SignatureCheck> {
        self.queue.poll(&mut self.evaluators, &self.facts)
    }

    /// What came of a check. Answers to unknown or answered checks are ignored.
    pub fn answer(&mut self, id: CheckId, outcome: CheckOutcome) {
        self.queue.answer(&mut self.evaluators, id, outcome);
    }

    /// The report.
    pub fn finish(self) -> Report {
        let Self { evaluators, facts, authserv_id, .. } = self;
        let Evaluators { dkim, domain_keys, chain, aligning, extensions } = evaluators;
        let mut outcomes: Vec<Outcome> = dkim.finish(&facts);
        for outcome in domain_keys.finish(&facts) {
            let at = outcomes.partition_point(|one| one.place < outcome.place);
            outcomes.insert(at, outcome);
        }
        let places: Vec<usize> = outcomes.iter().map(|outcome| outcome.place).collect();
        let mut report = summarize(&facts, outcomes, chain.finish(&facts));
        aligning.fill(&mut report);
        extensions.fill(&mut report, &places, &facts);
        let authserv_id = authserv_id.as_deref().unwrap_or(auth_results::DEFAULT_AUTHSERV_ID);
        report.authentication_results = auth_results::format(&report, authserv_id);
        report
    }
}
