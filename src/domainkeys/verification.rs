//! The machine for one DomainKey-Signature: from its field to its verdict.

use super::evaluation::Evaluation;
use super::selection::{Coverage, SendingAddress};
use super::signature::DomainKeySignature;
use crate::canon::DomainKeysBodyCanonicalizer;
use crate::crypto::{Algorithm, Hasher};
use crate::dns::Answer;
use crate::message::{Field, Header};
use crate::name::DomainName;
use crate::signature::{Claims, ParseLimits};
use crate::verify::{
    CheckOutcome, Checker, Failure, Options, Protocol, Reason, Signature, SignatureCheck, Trace,
    Verdict, report,
};

/// Verifies one DomainKey-Signature without doing any input or output.
///
/// Made of its field once the header is complete; where it has a [`key_name`](Self::key_name), the
/// signature may verify, and wants the body and the TXT records of that name.
///
/// ```
/// use waxseal::dns::Answer;
/// use waxseal::domainkeys::Verification;
/// use waxseal::message::HeaderReader;
/// use waxseal::{Options, UnixTime, VerificationTime};
///
/// let mut reader = HeaderReader::new(10_000, 100);
/// reader
///     .push(
///         b"DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; s=s; d=example.com; b=YQ==\r\n\
///           From: joe@example.com\r\n\r\n",
///     )
///     .unwrap();
/// let header = reader.into_header();
/// let options = Options::new(VerificationTime::At(UnixTime::from_seconds(0)));
///
/// let mut verification = Verification::new(&header, 0, &options).unwrap();
/// assert_eq!(verification.key_name().unwrap().as_str(), "s._domainkey.example.com");
/// verification.push(b"Hi.\r\n");
/// let outcome = verification.finish(&Answer::NotFound, &header, &options);
/// assert_eq!(outcome.report.reason.unwrap().code(), "keyNotFound");
/// ```
#[derive(Debug)]
pub struct Verification {
    claims: Claims,
    state: Result<Alive, Failure>,
    trace: Trace,
}

/// A signature that may verify.
#[derive(Debug)]
struct Alive {
    signature: DomainKeySignature,
    coverage: Coverage,
    hash: Hash,
    /// Octets of the canonical body.
    octets: u64,
    /// What came of the checks made outside.
    outcomes: Vec<CheckOutcome>,
}

/// The hash of what is signed.
#[derive(Debug)]
enum Hash {
    /// More of the body may come.
    Running { body: DomainKeysBodyCanonicalizer, hasher: Box<dyn Hasher> },
    /// The body was complete.
    Complete(Vec<u8>),
}

/// What became of one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The row for the report.
    pub report: Signature,
    /// Who sends, as far as the field is well formed and fits the message.
    pub sender: Option<SendingAddress>,
    /// What the signature covers, where it verifies, whether or not policy accepts it.
    pub verified: Option<Coverage>,
    /// Octets of the canonical body, which a signature that verifies covers as a whole.
    pub body_octets: u64,
}

impl Verification {
    /// The verification of the field at that place of the header; `None` where no field is there.
    /// What kind of field it is has been looked at.
    pub fn new(header: &Header, place: usize, options: &Options) -> Option<Self> {
        let field = header.field(place)?;
        let (claims, signature) = parse(field, options);
        let mut verification = Self {
            claims,
            state: signature.and_then(|signature| start(signature, header, place, options)),
            trace: Trace::new(options.trace),
        };
        verification.trace_start(header);
        Some(verification)
    }

    /// Where the key is published; `None` where the signature is dead and no body nor answer matters.
    pub fn key_name(&self) -> Option<&DomainName> {
        self.state.as_ref().ok().map(|alive| &alive.signature.key_name)
    }

    /// The signing domain; `None` where the signature is dead.
    pub fn domain(&self) -> Option<&DomainName> {
        self.state.as_ref().ok().map(|alive| &alive.signature.domain)
    }

    /// Gives the signature up for a reason from outside: the message, or a limit.
    pub fn refuse(&mut self, reason: Reason, explanation: &str) {
        self.state = Err(Failure::new(reason, explanation));
    }

    /// Takes the next octets of the body, in pieces of any size.
    pub fn push(&mut self, octets: &[u8]) {
        if let Ok(Alive { hash: Hash::Running { body, hasher }, octets: count, .. }) =
            &mut self.state
        {
            body.push(octets, &mut |span| take(span, hasher, count));
        }
    }

    /// Says that the body is complete.
    pub(super) fn end(&mut self) {
        let Ok(Alive { hash, octets, .. }) = &mut self.state else { return };
        *hash = match std::mem::replace(hash, Hash::Complete(Vec::new())) {
            Hash::Running { body, mut hasher } => {
                body.finish(&mut |span| take(span, &mut hasher, octets));
                Hash::Complete(hasher.finish())
            }
            complete @ Hash::Complete(_) => complete,
        };
    }

    /// The next check that somebody outside may make, the body being complete.
    pub(super) fn next_check(
        &self,
        answer: &Answer,
        header: &Header,
        options: &Options,
    ) -> Option<SignatureCheck> {
        let alive = self.state.as_ref().ok()?;
        let mut checker = Checker::probe(options.provider, &alive.outcomes);
        let mut verdict = Verdict::new(Trace::default());
        let _ = alive.evaluation(header, options).run(answer, &mut checker, &mut verdict);
        checker.into_next()
    }

    /// What came of it.
    pub(super) fn answer_check(&mut self, outcome: CheckOutcome) {
        if let Ok(alive) = &mut self.state {
            alive.outcomes.push(outcome);
        }
    }

    /// The verdict, the body being complete. Who has no answer gives one of unavailability.
    pub fn finish(mut self, answer: &Answer, header: &Header, options: &Options) -> Outcome {
        self.end();
        let Self { claims, state, trace } = self;
        let mut verdict = Verdict::new(trace);
        let mut outcome = Finished::default();
        let result = state.and_then(|alive| {
            let mut checker = Checker::new(options.provider, &alive.outcomes);
            let evaluation = alive.evaluation(header, options);
            let result = evaluation.run(answer, &mut checker, &mut verdict);
            let Alive { signature, coverage, octets, .. } = alive;
            outcome = Finished {
                explanation: format!("The signature of {} verifies.", signature.domain),
                sender: Some(coverage.sender.clone()),
                verified: verdict.verifies.then_some(coverage),
                octets,
            };
            result
        });
        Outcome {
            report: report(
                Protocol::DomainKeys,
                claims,
                result.err(),
                verdict,
                outcome.explanation,
            ),
            sender: outcome.sender,
            verified: outcome.verified,
            body_octets: outcome.octets,
        }
    }

    fn trace_start(&mut self, header: &Header) {
        if !self.trace.is_wanted() {
            return;
        }
        let mut canonical = Vec::new();
        let parse = match &self.state {
            Ok(Alive { signature, coverage, .. }) => {
                let mut sink = |span: &[u8]| canonical.extend_from_slice(span);
                signature.canonical_fields(header, coverage, &mut sink);
                format!("the key is at {}", signature.key_name)
            }
            Err(failure) => failure.explanation.clone(),
        };
        let is_alive = self.state.is_ok();
        self.trace.step("parse", is_alive, || parse);
        if is_alive {
            self.trace.octets("canonicalHeader", true, &canonical);
        }
    }
}

/// What a signature that was alive to its end leaves.
#[derive(Default)]
struct Finished {
    explanation: String,
    sender: Option<SendingAddress>,
    verified: Option<Coverage>,
    octets: u64,
}

impl Alive {
    fn evaluation<'a>(&'a self, header: &'a Header, options: &'a Options) -> Evaluation<'a> {
        let Self { signature, coverage, hash, .. } = self;
        let digest = match hash {
            Hash::Complete(digest) => digest.as_slice(),
            Hash::Running { .. } => &[],
        };
        Evaluation { signature, coverage, digest, header, options }
    }
}

fn take(span: &[u8], hasher: &mut Box<dyn Hasher>, octets: &mut u64) {
    *octets = octets.saturating_add(u64::try_from(span.len()).unwrap_or(u64::MAX));
    hasher.update(span);
}

fn parse(field: Field<'_>, options: &Options) -> (Claims, Result<DomainKeySignature, Failure>) {
    let limits = ParseLimits {
        octets: options.limits.signature_octets,
        signed_names: options.limits.signed_names,
    };
    let (claims, signature) =
        DomainKeySignature::parse(field.octets(), field.value_offset(), limits);
    (claims, signature.map_err(Failure::from))
}

fn start(
    signature: DomainKeySignature,
    header: &Header,
    place: usize,
    options: &Options,
) -> Result<Alive, Failure> {
    let coverage = signature.cover(header, place)?;
    if options.headers_only {
        // Header and body make one hash.
        let explanation = "header and body are signed as one, and the body was not given";
        return Err(Failure::new(Reason::BodyNotChecked, explanation));
    }
    let mut hasher = options.provider.hasher(Algorithm::RsaSha1.hash());
    signature.canonical_fields(header, &coverage, &mut |span| hasher.update(span));
    let body = DomainKeysBodyCanonicalizer::new(signature.canonicalization);
    let hash = Hash::Running { body, hasher };
    Ok(Alive { signature, coverage, hash, octets: 0, outcomes: Vec::new() })
}
