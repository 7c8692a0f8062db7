//! One signature's way from its field to its verdict (RFC 6376 §6.1).

use super::evaluation::{Evaluation, Verdict};
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
use crate::canon::{canonicalize_field, canonicalize_signature_field};
use crate::hash::BodyHashRequest;
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
        // RFC 6376 §3.7, step 2: the fields in the order of h=, then the signature itself.
        let canonicalization = signature.header_canonicalization;
        for field in picked.iter().filter_map(|place| header.field(*place)) {
            canonicalize_field(canonicalization, field.octets(), &mut sink);
        }
        if let Some(own) = header.field(self.place) {
            let span = signature.signature_span.clone();
            canonicalize_signature_field(canonicalization, own.octets(), span, &mut sink);
        }
        self.header_digest = hasher.finish();
        self.picked = picked;
        self.trace.octets("canonicalHeader", true, &kept);
        self.trace.octets("headerHash", true, &self.header_digest);
        self.lookup = Some(opening.lookups.want(&signature.key_name));
        true
    }

    /// The verdict.
    pub(crate) fn finish(self, facts: &Facts) -> Outcome {
        let mut verdict = Verdict {
            failure: None,
            key: None,
            computed: None,
            verified: None,
            warnings: Vec::new(),
            trace: self.trace,
        };
        let explanation = match &self.state {
            Err(failure) => {
                verdict.failure = Some(failure.clone());
                String::new()
            }
            Ok(signature) => {
                let wanted = body_hash_request(signature);
                let digest = facts.digests.iter().find(|one| one.request == wanted);
                let evaluation = Evaluation {
                    kind: self.kind,
                    signature,
                    picked: &self.picked,
                    header_digest: &self.header_digest,
                    digest: digest.filter(|_| self.kind.covers_body()),
                    header: &facts.header,
                    now: facts.now,
                    options: &facts.options,
                };
                let answer = facts.answer_to(self.lookup);
                verdict.failure = evaluation.run(answer, &mut verdict).err();
                format!("The signature of {} verifies.", signature.domain)
            }
        };
        Outcome {
            place: self.place,
            verified: verdict.verified.take(),
            report: report(self.kind, self.claims, verdict, explanation),
        }
    }
}

fn body_hash_request(signature: &Signature) -> BodyHashRequest {
    BodyHashRequest {
        algorithm: signature.algorithm.hash(),
        canonicalization: signature.body_canonicalization,
        length: signature.body_length,
    }
}

fn report(kind: Kind, claims: Claims, verdict: Verdict, verifies: String) -> SignatureReport {
    let Verdict { failure, key, computed, warnings, trace, .. } = verdict;
    SignatureReport {
        protocol: kind.protocol(),
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
