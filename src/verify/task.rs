//! One signature's way from its field to its verdict (RFC 6376 §6.1).

use super::evaluation::{Evaluation, Verdict};
use super::machine::sentence;
use super::policy::Options;
use super::reason::{Failure, Reason, VerificationResult};
use super::report::{
    AlignmentMode, BodyHash, Canonicalization as CanonicalizationReport, Protocol,
    Signature as SignatureReport,
};
use super::trace::Trace;
use crate::canon::{canonicalize_field, canonicalize_signature_field};
use crate::crypto::Algorithm;
use crate::dns::Answer;
use crate::hash::{BodyDigest, BodyHashRequest, BodyHashes};
use crate::message::{Field, FieldIndex, Header};
use crate::name::DomainName;
use crate::signature::{Claims, ParseLimits, Signature, SignatureError};
use crate::time::UnixTime;

/// One signature, on its way.
#[derive(Debug)]
pub(super) struct Task {
    index: usize,
    claims: Claims,
    state: Result<Signature, Failure>,
    picked: Vec<usize>,
    header_digest: Vec<u8>,
    trace: Trace,
    pub(super) lookup: Option<usize>,
}

/// What became of one signature.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) report: SignatureReport,
    /// What the signature covers, where it verifies, whether or not policy accepts it.
    pub(super) verified: Option<Verified>,
}

/// What a signature that verifies covers.
#[derive(Debug)]
pub(super) struct Verified {
    /// Places of the fields it signs.
    pub(super) picked: Vec<usize>,
    /// `h=`, in lower case.
    pub(super) signed_fields: Vec<String>,
    /// Octets of the canonical body that it signs, and that there are.
    pub(super) body: Option<(u64, u64)>,
}

impl Task {
    pub(super) fn parse(index: usize, field: Field<'_>, options: &Options) -> Self {
        let limits = ParseLimits {
            octets: options.limits.signature_octets,
            signed_names: options.limits.signed_names,
        };
        let (claims, signature) = Signature::parse(field.octets(), field.value_offset(), limits);
        let signature = signature.and_then(|signature| match signature.algorithm {
            // RFC 8301 §3.1: rsa-sha1 must not be taken for a signature.
            Algorithm::RsaSha1 if !options.policy.allow_sha1 => Err(SignatureError::Sha1Refused),
            _ => Ok(signature),
        });
        let mut trace = Trace::new(options.trace);
        trace.step("parse", signature.is_ok(), || match &signature {
            Ok(signature) => format!("the key is at {}", signature.key_name),
            Err(error) => error.to_string(),
        });
        Self {
            index,
            claims,
            state: signature.map_err(Failure::from),
            picked: Vec::new(),
            header_digest: Vec::new(),
            trace,
            lookup: None,
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.state.is_ok()
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.state = Err(failure);
    }

    /// Hashes the header and asks for the body hash; gives the name of the key to look up, unless
    /// the signature is dead.
    pub(super) fn start(
        &mut self,
        header: &Header,
        fields: &FieldIndex,
        hashes: &mut BodyHashes,
        options: &Options,
    ) -> Option<&DomainName> {
        let signature = self.state.as_ref().ok()?;
        let request = body_hash_request(signature);
        if !options.headers_only && !hashes.request(options.provider, request) {
            self.state = Err(Failure::new(
                Reason::TooManySignatures,
                format!(
                    "the signatures ask for more than the {} different body hashes allowed",
                    options.limits.body_hashes
                ),
            ));
            return None;
        }

        self.picked = fields.pick(&signature.signed_fields, Some(self.index));
        let mut hasher = options.provider.hasher(signature.algorithm.hash());
        let mut kept = Vec::new();
        let mut sink = |span: &[u8]| {
            hasher.update(span);
            if self.trace.is_wanted() {
                kept.extend_from_slice(span);
            }
        };
        // RFC 6376 §3.7, step 2: the fields in the order of h=, then the signature itself.
        let kind = signature.header_canonicalization;
        for field in self.picked.iter().filter_map(|place| header.field(*place)) {
            canonicalize_field(kind, field.octets(), &mut sink);
        }
        if let Some(own) = header.field(self.index) {
            let span = signature.signature_span.clone();
            canonicalize_signature_field(kind, own.octets(), span, &mut sink);
        }
        self.header_digest = hasher.finish();
        self.trace.octets("canonicalHeader", true, &kept);
        self.trace.octets("headerHash", true, &self.header_digest);
        self.state.as_ref().ok().map(|signature| &signature.key_name)
    }

    /// The verdict.
    pub(super) fn finish(
        self,
        answer: &Answer,
        digests: &[BodyDigest],
        header: &Header,
        now: UnixTime,
        options: &Options,
    ) -> Outcome {
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
                let evaluation = Evaluation {
                    signature,
                    picked: &self.picked,
                    header_digest: &self.header_digest,
                    digest: digests.iter().find(|one| one.request == body_hash_request(signature)),
                    header,
                    now,
                    options,
                };
                verdict.failure = evaluation.run(answer, &mut verdict).err();
                format!("The signature of {} verifies.", signature.domain)
            }
        };
        Outcome {
            verified: verdict.verified.take(),
            report: report(self.claims, verdict, explanation),
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

fn report(claims: Claims, verdict: Verdict, verifies: String) -> SignatureReport {
    let Verdict { failure, key, computed, warnings, trace, .. } = verdict;
    SignatureReport {
        protocol: Protocol::Dkim,
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
        warnings,
        trace: trace.into_steps(),
        signature: claims.signature,
    }
}
