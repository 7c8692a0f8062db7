//! The sealer: takes a message in pieces, judges its chain and adds a set to it (RFC 8617 §5.1).

use super::chain::Chain;
use super::compose::{NewSet, UnsignedSet};
use super::request::{CarriedResults, SealRequest, SealRequestError};
use super::sets::{MAX_SETS, Sets};
use crate::crypto::HashAlgorithm;
use crate::dns::{Answer, Query, QueryId};
use crate::hash::BodyHashRequest;
use crate::message::FieldIndex;
use crate::sign::{Selection, SignError, SignOptions, SignWarning, Transport};
use crate::verify::{
    Arc, CheckId, CheckOutcome, CheckQueue, Checkable, Checkables, Evaluator, Facts, LookupId,
    Lookups, Opening, Options, Pass, Reason, SignatureCheck, VerificationResult,
};

/// Adds an ARC set to one message without doing any input or output.
///
/// Push the message in pieces of any size, as it will be sent on; poll for DNS queries and answer
/// them as for a [`Verifier`](crate::Verifier); finish; complete what comes out.
#[derive(Debug)]
pub struct Sealer {
    request: SealRequest,
    selection: Selection,
    options: SignOptions,
    transport: Transport,
    pass: Pass,
    evaluators: Evaluators,
    /// Why the message cannot be sealed, once that is known.
    refusal: Option<SignError>,
}

/// What a sealer makes of a message.
#[derive(Debug)]
pub struct Sealing {
    /// The verdict on the chain that the set goes on top of.
    pub chain: Arc,
    /// The set, or why none may be added; the message is then sent on as it is.
    pub set: Result<UnsignedSet, NotSealed>,
    /// What the host should know.
    pub warnings: Vec<SignWarning>,
}

/// Why no set is added to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSealed {
    /// The chain fails, and the request does not ask for it to be marked.
    ChainFailed,
    /// The chain is marked as failed already: nobody goes on with it (RFC 8617 §5.1.3).
    ChainEnded,
    /// A key could not be had for now. Marking the chain as failed would be final.
    KeyUnavailable,
    /// The message has as many sets as there may be (RFC 8617 §4.2.1).
    TooManySets,
    /// The sets of the message are not those of the verdict that was given with the request.
    ChainChanged,
}

impl std::fmt::Display for NotSealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ChainFailed => {
                "the ARC chain of the message fails, and a broken chain is not repaired"
            }
            Self::ChainEnded => {
                "the ARC chain of the message is marked as failed already (cv=fail)"
            }
            Self::KeyUnavailable => {
                "a key of the ARC chain could not be had for now; the message may be sealed later"
            }
            Self::TooManySets => "the message has as many ARC sets as there may be",
            Self::ChainChanged => {
                "the ARC sets of the message are not those that were judged; seal it with the \
                 fields that it came with"
            }
        })
    }
}

impl std::error::Error for NotSealed {}

/// What the sealer needs of the message: the hash of its body, and its chain unless that was judged
/// before.
#[derive(Debug)]
struct Evaluators {
    body: BodyHashRequest,
    chain: Option<Chain>,
}

impl Evaluator for Evaluators {
    fn start(&mut self, opening: &mut Opening<'_>) {
        // There is room for it: the limit was made one wider.
        opening.hashes.request(opening.options.provider, self.body);
        if let Some(chain) = &mut self.chain {
            chain.start(opening);
        }
    }

    fn answered(&mut self, answered: LookupId, lookups: &mut Lookups) {
        if let Some(chain) = &mut self.chain {
            chain.answered(answered, lookups);
        }
    }
}

impl Sealer {
    /// A sealer for one message: how its chain is judged, and how it is signed. Of `signing` the
    /// limits on the header do not count: those of `verification` do.
    ///
    /// # Errors
    ///
    /// [`SealRequestError`] where no message could satisfy the request.
    pub fn new(
        request: SealRequest,
        mut verification: Options,
        signing: SignOptions,
    ) -> Result<Self, SealRequestError> {
        let selection = request.check()?;
        verification.headers_only = false;
        let limits = &mut verification.limits;
        limits.body_hashes = limits.body_hashes.saturating_add(1);
        let evaluators = Evaluators {
            body: BodyHashRequest {
                algorithm: HashAlgorithm::Sha256,
                canonicalization: request.body_canonicalization,
                length: None,
            },
            chain: request.chain.is_none().then(Chain::default),
        };
        let SignOptions { line_endings, long_lines, seven_bit, .. } = signing;
        Ok(Self {
            request,
            selection,
            options: signing,
            transport: Transport::new(line_endings, long_lines, seven_bit),
            pass: Pass::new(verification),
            evaluators,
            refusal: None,
        })
    }

    /// Takes the next octets of the message, header and body in turn, in pieces of any size.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be sealed, whatever follows.
    pub fn push(&mut self, octets: &[u8]) -> Result<(), SignError> {
        if self.refusal.is_none() {
            let (pass, evaluators) = (&mut self.pass, &mut self.evaluators);
            self.refusal = self
                .transport
                .push(octets, &mut |span| {
                    pass.push(evaluators, span);
                    Ok(())
                })
                .err();
        }
        self.refusal.clone().map_or(Ok(()), Err)
    }

    /// Says what the set carries on, and the verdict on the chain of the message as it came, in place of
    /// what the request has: for a host that learns both while the message passes. With a request that
    /// has a verdict already the sealer looks nothing up.
    ///
    /// # Errors
    ///
    /// [`SealRequestError`] where the results are no field value; all is as it was then.
    pub fn conclude(
        &mut self,
        results: CarriedResults,
        chain: Arc,
    ) -> Result<(), SealRequestError> {
        results.check()?;
        self.request.results = results;
        self.request.chain = Some(chain);
        Ok(())
    }

    /// As [`Verifier::poll_query`](crate::Verifier::poll_query).
    pub fn poll_query(&mut self) -> Option<Query> {
        self.pass.poll_query()
    }

    /// As [`Verifier::answer`](crate::Verifier::answer).
    pub fn answer(&mut self, id: QueryId, answer: Answer) {
        self.pass.answer(&mut self.evaluators, id, answer);
    }

    /// Says that the message is complete. Only needed to have the queries of a message that ends
    /// within its header; [`finish`](Self::finish) implies it.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be sealed.
    pub fn end(&mut self) -> Result<(), SignError> {
        if self.refusal.is_none() {
            let (pass, evaluators) = (&mut self.pass, &mut self.evaluators);
            self.refusal = self
                .transport
                .finish(&mut |span| {
                    pass.push(evaluators, span);
                    Ok(())
                })
                .err();
            self.pass.end(&mut self.evaluators);
        }
        self.refusal.clone().map_or(Ok(()), Err)
    }

    /// What is to be signed. A query that has no answer yet is one that could not be answered.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be sealed.
    pub fn finish(self) -> Result<Sealing, SignError> {
        self.checks()?.finish()
    }

    /// The same as [`finish`](Self::finish) for hosts that check the signatures of the chain
    /// themselves.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be sealed.
    pub fn checks(mut self) -> Result<SealChecks, SignError> {
        self.end()?;
        let Self { request, selection, options, transport, pass, mut evaluators, .. } = self;
        let facts = pass.finish(&mut evaluators);
        if let Some(error) = facts.malformed {
            return Err(error.into());
        }
        if !facts.has_author() {
            return Err(SignError::NoFrom);
        }
        let has_repaired = transport.has_repaired();
        let queue = CheckQueue::default();
        Ok(SealChecks { request, selection, options, has_repaired, evaluators, facts, queue })
    }
}

/// The checks that the verdict on a chain comes down to, as
/// [`SignatureChecks`](crate::SignatureChecks) are those of a report.
#[derive(Debug)]
pub struct SealChecks {
    request: SealRequest,
    selection: Selection,
    options: SignOptions,
    has_repaired: bool,
    evaluators: Evaluators,
    facts: Facts,
    queue: CheckQueue,
}

impl Checkables for Evaluators {
    fn checkable(&mut self, number: usize) -> Option<&mut dyn Checkable> {
        self.chain.as_mut()?.checkables().nth(number)
    }
}

impl SealChecks {
    /// As [`SignatureChecks::poll`](crate::SignatureChecks::poll).
    pub fn poll(&mut self) -> Option<SignatureCheck> {
        self.queue.poll(&mut self.evaluators, &self.facts)
    }

    /// As [`SignatureChecks::answer`](crate::SignatureChecks::answer).
    pub fn answer(&mut self, id: CheckId, outcome: CheckOutcome) {
        self.queue.answer(&mut self.evaluators, id, outcome);
    }

    /// What is to be signed.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be sealed.
    pub fn finish(self) -> Result<Sealing, SignError> {
        let Self { mut request, selection, options, has_repaired, evaluators, facts, .. } = self;
        let Evaluators { body, chain } = evaluators;
        let judged = match request.chain.take() {
            Some(known) => known,
            None => chain.unwrap_or_default().finish(&facts),
        };
        let sets = Sets::gather(&facts.header, &facts.options.limits);
        let index = FieldIndex::new(&facts.header);
        let digest = facts.digests.iter().find(|digest| digest.request == body);
        let digest = digest.map(|digest| digest.digest.as_slice()).unwrap_or_default();
        let set = match next(&judged, &sets, &request, &facts) {
            Err(reason) => Err(reason),
            Ok((instance, chain_validation)) => {
                let new = NewSet {
                    request: &request,
                    instance,
                    chain_validation,
                    names: selection.names(&index),
                    body_hash: digest,
                };
                Ok(UnsignedSet::new(&new, &facts.header, &index, &sets, &options)?)
            }
        };
        let repaired = has_repaired.then_some(SignWarning::LineEndingsRepaired);
        Ok(Sealing { chain: judged, set, warnings: repaired.into_iter().collect() })
    }
}

/// The instance of the next set and its `cv=` (RFC 8617 §5.1).
fn next(
    judged: &Arc,
    sets: &Sets,
    request: &SealRequest,
    facts: &Facts,
) -> Result<(u32, &'static str), NotSealed> {
    if sets.has_ended() {
        return Err(NotSealed::ChainEnded);
    }
    let highest = sets.highest();
    let chain_validation = match judged.result {
        VerificationResult::None if !sets.present => "none",
        VerificationResult::Pass if sets.broken.is_none() && sets.is_as_long_as(judged) => "pass",
        VerificationResult::None | VerificationResult::Pass => return Err(NotSealed::ChainChanged),
        _ if judged.reason == Some(Reason::KeyUnavailable) => {
            return Err(NotSealed::KeyUnavailable);
        }
        _ if !request.seal_failed => return Err(NotSealed::ChainFailed),
        _ => "fail",
    };
    if highest >= facts.options.limits.arc_sets.min(MAX_SETS) {
        return Err(NotSealed::TooManySets);
    }
    Ok((highest.saturating_add(1), chain_validation))
}
