//! One signature's way from its field to its verdict (RFC 6376 §6.1).

use super::checks::{CheckOutcome, Checkable, Checker, SignatureCheck};
use super::evaluation::Evaluation;
use super::lookups::LookupId;
use super::pass::{Facts, Opening};
use super::policy::Options;
use super::reason::{Failure, Reason, VerificationResult};
use super::report::{
    AlignmentMode, BodyHash, Canonicalization as CanonicalizationReport, Protocol,
    Signature as SignatureReport,
};
use super::summary::sentence;
use super::trace::Trace;
use super::trial::Verdict;
use crate::canon::{canonicalize_field, canonicalize_signature_field};
use crate::hash::BodyHashRequest;
use crate::message::Header;
use crate::name::DomainName;
use crate::signature::{Claims, Signature, SignatureError};

/// What kind of signature a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A DKIM-Signature.
    Dkim,
    /// An ARC-Message-Signature (RFC 8617 §4.1.2).
    ArcMessageSignature,
    /// An ARC-Seal, which covers fields of ARC sets and no body (RFC 8617 §4.1.3).
    ArcSeal,
}

impl Kind {
    pub(super) const fn covers_body(self) -> bool {
        !matches!(self, Self::ArcSeal)
    }

    const fn protocol(self) -> Protocol {
        match self {
            Self::Dkim => Protocol::Dkim,
            Self::ArcMessageSignature | Self::ArcSeal => Protocol::Arc,
        }
    }
}

/// One signature, on its way.
#[derive(Debug)]
pub(crate) struct Task {
    kind: Kind,
    /// Where its field stands in the header.
    place: usize,
    claims: Claims,
    state: Result<Signature, Failure>,
    picked: Vec<usize>,
    header_digest: Vec<u8>,
    trace: Trace,
    lookup: Option<LookupId>,
    /// What came of the checks made outside.
    outcomes: Vec<CheckOutcome>,
}

/// What became of one signature.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Where its field stands in the header.
    pub(crate) place: usize,
    pub(crate) report: SignatureReport,
    /// What the signature covers, where it verifies, whether or not policy accepts it.
    pub(crate) verified: Option<Verified>,
}

/// What a signature that verifies covers.
#[derive(Debug)]
pub(crate) struct Verified {
    /// Places of the fields it signs.
    pub(crate) picked: Vec<usize>,
    /// `h=`, in lower case.
    pub(crate) signed_fields: Vec<String>,
    /// Octets of the canonical body that it signs, and that there are.
    pub(crate) body: Option<(u64, u64)>,
}

impl Task {
    /// A task for the field at `place`, as it was parsed.
    pub(crate) fn new(
        kind: Kind,
        place: usize,
        claims: Claims,
        signature: Result<Signature, SignatureError>,
        options: &Options,
    ) -> Self {
        let mut trace = Trace::new(options.trace);
        trace.step("parse", signature.is_ok(), || match &signature {
            Ok(signature) => format!("the key is at {}", signature.key_name),
            Err(error) => error.to_string(),
        });
        Self {
            kind,
            place,
            claims,
            state: signature.map_err(Failure::from),
            picked: Vec::new(),
            header_digest: Vec::new(),
            trace,
            lookup: None,
            outcomes: Vec::new(),
        }
    }

    /// Why it is dead already, if it is.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.state.as_ref().err()
    }

    /// Where its field stands in the header, and who signs; `None` where it is dead.
    pub(crate) fn signer(&self) -> Option<(usize, &DomainName)> {
        self.state.as_ref().ok().map(|signature| (self.place, &signature.domain))
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.state.is_ok()
    }

    /// Ends it for that reason.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.state = Err(failure);
    }

    /// Hashes the fields that `h=` picks, and asks for the body hash and the key. False where the
    /// signature is dead.
    pub(crate) fn start(&mut self, opening: &mut Opening<'_>) -> bool {
        let Ok(signature) = &self.state else { return false };
        let picked = opening.fields.pick(&signature.signed_fields, Some(self.place));
        self.start_over(picked, opening)
    }

    /// The same for a signature over the fields at these places, in this order, and itself.
    pub(crate) fn start_over(&mut self, picked: Vec<usize>, opening: &mut Opening<'_>) -> bool {
        let Ok(signature) = &self.state else { return false };
        let Opening { header, options, .. } = *opening;
        if self.kind.covers_body()
            && !options.headers_only
            && !opening.hashes.request(options.provider, body_hash_request(signature))
        {
            self.state = Err(Failure::new(
                Reason::TooManySignatures,
                format!(
                    "the signatures ask for more than the {} different body hashes allowed",
                    options.limits.body_hashes
                ),
            ));
            return false;
        }

        let mut hasher = options.provider.hasher(signature.algorithm.hash());
        let mut kept = Vec::new();
        let mut sink = |span: &[u8]| {
            hasher.update(span);
            if self.trace.is_wanted() {
                kept.extend_from_slice(span);
            }
        };
        canonical_header(signature, &picked, self.place, header, &mut sink);
        self.header_digest = hasher.finish();
        self.picked = picked;
        self.trace.octets("canonicalHeader", true, &kept);
        self.trace.octets("headerHash", true, &self.header_digest);
        self.lookup = Some(opening.lookups.want(&signature.key_name));
        true
    }

    /// As what may be checked outside.
    pub(crate) fn checkable(&mut self) -> &mut dyn Checkable {
        self
    }

    /// The verdict.
    pub(crate) fn finish(self, facts: &Facts) -> Outcome {
        let Self { kind, place, claims, state, picked, header_digest, trace, lookup, outcomes } =
            self;
        let mut verdict = Verdict::new(trace);
        let mut explanation = String::new();
        let mut verified = None;
        let result = state.and_then(|signature| {
            let mut checker = Checker::new(facts.options.provider, &outcomes);
            let evaluation = evaluation(kind, &signature, &header_digest, facts);
            let result = evaluation.run(facts.answer_to(lookup), &mut checker, &mut verdict);
            explanation = format!("The signature of {} verifies.", signature.domain);
            let body = evaluation.body();
            let signed_fields = signature.signed_fields;
            verified = verdict.verifies.then_some(Verified { picked, signed_fields, body });
            result
        });
        let report = report(kind.protocol(), claims, result.err(), verdict, explanation);
        Outcome { place, report, verified }
    }
}

impl Checkable for Task {
    fn next_check(&self, facts: &Facts) -> Option<SignatureCheck> {
        let signature = self.state.as_ref().ok()?;
        let mut checker = Checker::probe(facts.options.provider, &self.outcomes);
        // Where a trace is wanted, a signature is checked that need not be.
        let mut verdict = Verdict::new(Trace::new(self.trace.is_wanted()));
        let evaluation = evaluation(self.kind, signature, &self.header_digest, facts);
        let _ = evaluation.run(facts.answer_to(self.lookup), &mut checker, &mut verdict);
        let mut check = checker.into_next()?;
        let mut signed = Vec::new();
        let mut sink = |span: &[u8]| signed.extend_from_slice(span);
        canonical_header(signature, &self.picked, self.place, &facts.header, &mut sink);
        check.signed = Some(signed);
        Some(check)
    }

    fn answer(&mut self, outcome: CheckOutcome) {
        self.outcomes.push(outcome);
    }
}

fn evaluation<'a>(
    kind: Kind,
    signature: &'a Signature,
    header_digest: &'a [u8],
    facts: &'a Facts,
) -> Evaluation<'a> {
    let wanted = body_hash_request(signature);
    let digest = facts.digests.iter().find(|one| one.request == wanted);
    Evaluation {
        kind,
        signature,
        header_digest,
        digest: digest.filter(|_| kind.covers_body()),
        header: &facts.header,
        now: facts.now,
        options: &facts.options,
    }
}

/// What a signature at that place covers of the header (RFC 6376 §3.7, step 2): the fields in the order
/// of h=, then the signature itself.
fn canonical_header(
    signature: &Signature,
    picked: &[usize],
    place: usize,
    header: &Header,
    sink: &mut dyn FnMut(&[u8]),
) {
    let canonicalization = signature.header_canonicalization;
    for field in picked.iter().filter_map(|place| header.field(*place)) {
        canonicalize_field(canonicalization, field.octets(), sink);
    }
    if let Some(own) = header.field(place) {
        let span = signature.signature_span.clone();
        canonicalize_signature_field(canonicalization, own.octets(), span, sink);
    }
}

fn body_hash_request(signature: &Signature) -> BodyHashRequest {
    BodyHashRequest {
        algorithm: signature.algorithm.hash(),
        canonicalization: signature.body_canonicalization,
        length: signature.body_length,
    }
}

/// The row for the report; `verifies` is said where nothing failed.
pub(crate) fn report(
    protocol: Protocol,
    claims: Claims,
    failure: Option<Failure>,
    verdict: Verdict,
    verifies: String,
) -> SignatureReport {
    let Verdict { key, computed, warnings, trace, .. } = verdict;
    SignatureReport {
        protocol,
        result: failure
            .as_ref()
            .map_or(VerificationResult::Pass, |failure| failure.reason.result()),
        reason: failure.as_ref().map(|failure| failure.reason),
        explanation: failure.map_or(verifies, |failure| sentence(&failure.explanation)),
        domain: claims.domain,
        selector: claims.selector,
        identity: claims.identity,
        algorithm: claims.algorithm,
        canonicalization: CanonicalizationReport {
            header: claims.header_canonicalization,
            body: claims.body_canonicalization,
        },
        timestamp: claims.timestamp,
        expires: claims.expires,
        body_length: claims.body_length,
        body_hash: BodyHash { claimed: claims.body_hash, computed },
        signed_fields: claims.signed_fields,
        key,
        aligned: AlignmentMode::None,
        reporting: None,
        atps: None,
        warnings,
        trace: trace.into_steps(),
        signature: claims.signature,
    }
}
