//! One signature's way from its field to its verdict (RFC 6376 §6.1).

use std::collections::BTreeMap;

use super::machine::sentence;
use super::policy::{Options, Policy};
use super::reason::{Failure, Reason, VerificationResult};
use super::report::{
    AlignmentMode, BodyHash, Canonicalization as CanonicalizationReport, Key, Protocol,
    Signature as SignatureReport, SignatureWarning, WarningCode,
};
use super::trace::Trace;
use crate::canon::{canonicalize_field, canonicalize_signature_field};
use crate::crypto::{Algorithm, KeyType};
use crate::dns::{Answer, TxtRecords};
use crate::encoding::base64;
use crate::hash::{BodyDigest, BodyHashRequest, BodyHashes};
use crate::key::{KeyRecord, KeyRecordError};
use crate::message::{Field, Header};
use crate::name::DomainName;
use crate::signature::{Claims, ParseLimits, Signature, SignatureError};
use crate::time::UnixTime;

/// The fields of a header by name, so that picking those of an `h=` is linear.
#[derive(Debug)]
pub(super) struct FieldIndex {
    /// Lower-case names, and where fields of that name stand, topmost first.
    places: BTreeMap<Vec<u8>, Vec<usize>>,
}

impl FieldIndex {
    pub(super) fn new(header: &Header) -> Self {
        let mut places: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (index, field) in header.fields().enumerate() {
            places.entry(field.name().to_ascii_lowercase()).or_default().push(index);
        }
        Self { places }
    }

    /// The fields that an `h=` picks, in its order (RFC 6376 §5.4.2): of a repeated name the
    /// bottommost first; names that have no field left pick nothing. A signature does not sign
    /// itself (RFC 6376 §3.7), so its own field is passed over.
    fn pick(&self, signed_fields: &[String], own: usize) -> Vec<usize> {
        let mut left: BTreeMap<&str, std::iter::Rev<std::slice::Iter<'_, usize>>> = BTreeMap::new();
        let mut picked = Vec::new();
        for name in signed_fields {
            let places = left.entry(name).or_insert_with(|| {
                self.places.get(name.as_bytes()).map(Vec::as_slice).unwrap_or_default().iter().rev()
            });
            picked.extend(places.find(|place| **place != own));
        }
        picked
    }
}

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

        self.picked = fields.pick(&signature.signed_fields, self.index);
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

/// What is found out about a signature, step by step.
#[derive(Debug)]
struct Verdict {
    failure: Option<Failure>,
    key: Option<Key>,
    computed: Option<String>,
    verified: Option<Verified>,
    warnings: Vec<SignatureWarning>,
    trace: Trace,
}

impl Verdict {
    fn warn(&mut self, code: WarningCode, explanation: impl Into<String>) {
        self.warnings.push(SignatureWarning { code, explanation: explanation.into() });
    }
}

/// Everything that decides about a signature but the answer of the DNS.
struct Evaluation<'a> {
    signature: &'a Signature,
    picked: &'a [usize],
    header_digest: &'a [u8],
    digest: Option<&'a BodyDigest>,
    header: &'a Header,
    now: UnixTime,
    options: &'a Options,
}

impl Evaluation<'_> {
    fn run(&self, answer: &Answer, verdict: &mut Verdict) -> Result<(), Failure> {
        let records = self.records(answer).inspect_err(|failure| {
            verdict.trace.step("key", false, || failure.explanation.clone());
        })?;
        // RFC 6376 §6.1.2, step 4, leaves it open what to do with several records: each usable one
        // is tried. The first that verifies decides, else the first that could be used, else the
        // first.
        let mut first: Option<(Failure, Option<Key>)> = None;
        for octets in records.records.iter().take(self.options.limits.key_records) {
            let attempt = self.key(octets, records);
            let (failure, key, usable) = match attempt {
                Ok((record, key)) => match self.check(&record, verdict) {
                    Ok(()) => {
                        verdict.key = Some(key);
                        return self.accept(&record, verdict);
                    }
                    Err(failure) => (failure, Some(key), true),
                },
                Err((failure, key)) => {
                    if failure.reason != Reason::KeyNotFound {
                        verdict.trace.step("key", false, || failure.explanation.clone());
                    }
                    (failure, key, false)
                }
            };
            let is_better = match &first {
                None => true,
                Some((known, _)) => {
                    known.reason == Reason::KeyNotFound
                        || usable && known.reason.result() != VerificationResult::Fail
                }
            };
            if is_better {
                first = Some((failure, key));
            }
        }
        let (failure, key) = first.unwrap_or_else(|| (self.not_found(), None));
        verdict.key = key;
        if failure.reason == Reason::KeyNotFound {
            return Err(self.not_found());
        }
        Err(failure)
    }

    fn records<'b>(&self, answer: &'b Answer) -> Result<&'b TxtRecords, Failure> {
        match answer {
            Answer::Records(records) => Ok(records),
            Answer::NotFound => Err(self.not_found()),
            Answer::Unavailable { cause } => Err(Failure::new(
                Reason::KeyUnavailable,
                format!("the key at {} could not be had: {cause}", self.signature.key_name),
            )),
        }
    }

    fn not_found(&self) -> Failure {
        let name = &self.signature.key_name;
        Failure::new(Reason::KeyNotFound, format!("there is no DKIM key at {name}"))
    }

    /// RFC 6376 §6.1.2: whether the record is a key that this signature may use.
    fn key(
        &self,
        octets: &[u8],
        records: &TxtRecords,
    ) -> Result<(KeyRecord, Key), (Failure, Option<Key>)> {
        let signature = self.signature;
        let mut key = Key {
            name: signature.key_name.as_str().to_owned(),
            key_type: None,
            bits: None,
            testing: false,
            strict_identity: false,
            ttl: records.ttl,
            authenticated: records.authenticated,
        };
        let record = KeyRecord::parse(octets, self.options.limits.key_record_octets);
        let record = match record {
            Ok(record) => record,
            Err(KeyRecordError::NotDkim) => return Err((KeyRecordError::NotDkim.into(), None)),
            Err(error) => return Err((error.into(), Some(key))),
        };
        key.key_type = Some(record.public_key.key_type().name().to_owned());
        key.bits = Some(record.public_key.bits());
        key.testing = record.testing;
        key.strict_identity = record.strict_identity;
        match self.unusable(&record) {
            Some(failure) => Err((failure, Some(key))),
            None => Ok((record, key)),
        }
    }

    fn unusable(&self, record: &KeyRecord) -> Option<Failure> {
        let Self { signature, options, .. } = self;
        let algorithm = signature.algorithm;
        let (key_type, bits) = (record.public_key.key_type(), record.public_key.bits());
        let (reason, explanation) = if key_type != algorithm.key_type() {
            let explanation =
                format!("the key is of type {}, but the signature is {algorithm}", key_type.name());
            (Reason::KeyTypeMismatch, explanation)
        } else if !record.allows_hash(algorithm.hash()) {
            let hash = algorithm.hash().name();
            (Reason::KeyHashNotAllowed, format!("h= of the key record does not allow {hash}"))
        } else if !record.allows_email() {
            (Reason::KeyServiceNotAllowed, "s= of the key record does not allow e-mail".to_owned())
        } else if record.strict_identity && signature.identity_domain != signature.domain {
            let explanation = format!(
                "the key has the flag t=s, so the domain of i= must be {}, not {}",
                signature.domain, signature.identity_domain
            );
            (Reason::IdentityMismatch, explanation)
        } else if key_type == KeyType::Rsa && bits < options.policy.min_rsa_bits {
            let least = options.policy.min_rsa_bits;
            (Reason::KeyTooSmall, format!("the RSA key has {bits} bits, fewer than {least}"))
        } else if key_type == KeyType::Rsa && bits > options.limits.max_rsa_bits {
            let most = options.limits.max_rsa_bits;
            (Reason::KeyTooLarge, format!("the RSA key has {bits} bits, more than {most}"))
        } else {
            return None;
        };
        Some(Failure::new(reason, explanation))
    }

    /// RFC 6376 §6.1.3: body hash first, then the signature.
    fn check(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
        let signature = self.signature;
        verdict.trace.step("key", true, || {
            let key = &record.public_key;
            format!(
                "{} key of {} bits at {}",
                key.key_type().name(),
                key.bits(),
                signature.key_name
            )
        });
        let body = self.check_body(verdict);
        if body.is_err() && !verdict.trace.is_wanted() {
            return body;
        }
        let verifies = self.options.provider.verify(
            &record.public_key,
            signature.algorithm.hash(),
            self.header_digest,
            &signature.signature,
        );
        verdict.trace.step("signature", verifies, || {
            let verdict = if verifies { "verifies" } else { "does not verify" };
            format!("b= {verdict} over the header hash")
        });
        body?;
        if !verifies {
            return Err(Failure::new(
                Reason::SignatureMismatch,
                "the signature does not fit the signed header fields and the key",
            ));
        }
        Ok(())
    }

    fn check_body(&self, verdict: &mut Verdict) -> Result<(), Failure> {
        // None with headersOnly, where no body hash was asked for.
        let Some(digest) = self.digest else {
            return Ok(());
        };
        let computed = base64::encode(&digest.digest);
        verdict.trace.octets("canonicalBody", true, &digest.kept);
        // RFC 6376 §3.5: l= must not be longer than the canonical body.
        if let Some(length) = self.signature.body_length
            && length > digest.total
        {
            let total = digest.total;
            return Err(Failure::new(
                Reason::BodyLengthTooLong,
                format!("l= counts more octets than the {total} of the canonical body"),
            ));
        }
        let equal = digest.digest == self.signature.body_hash;
        verdict.trace.step("bodyHash", equal, || computed.clone());
        verdict.computed = Some(computed);
        if equal {
            Ok(())
        } else {
            let explanation = "the body hash differs from bh=: the body was changed after signing";
            Err(Failure::new(Reason::BodyHashMismatch, explanation))
        }
    }

    /// The signature verifies; whether policy accepts it.
    fn accept(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
        let signature = self.signature;
        let body = self.digest.map(|digest| {
            (signature.body_length.unwrap_or(digest.total).min(digest.total), digest.total)
        });
        verdict.verified = Some(Verified {
            picked: self.picked.to_vec(),
            signed_fields: signature.signed_fields.clone(),
            body,
        });
        if record.testing {
            verdict
                .warn(WarningCode::TestMode, "The key says that its domain is testing DKIM (t=y).");
        }
        let accepted = self.policy(body, record, verdict);
        verdict.trace.step("policy", accepted.is_ok(), || match &accepted {
            Ok(()) => "accepted".to_owned(),
            Err(failure) => failure.explanation.clone(),
        });
        accepted
    }

    fn policy(
        &self,
        body: Option<(u64, u64)>,
        record: &KeyRecord,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        let Self { signature, now, .. } = self;
        let Policy { allow_expired, allow_body_length, clock_skew, .. } = self.options.policy;
        let refuse = |reason, explanation: String| Err(Failure::new(reason, explanation));

        // RFC 6376 §8.15: what a reader shows as the author must be what was signed.
        let from_fields = self.header.fields().filter(|field| field.is_named("From")).count();
        let signed = signature.signed_fields.iter().filter(|name| *name == "from").count();
        if from_fields > signed {
            return refuse(
                Reason::UnsignedFrom,
                format!("the message has {from_fields} From fields, but only {signed} signed"),
            );
        }
        if signature.domain.is_single_label() {
            return refuse(
                Reason::PublicSuffix,
                format!(
                    "d={} is a public suffix, not a domain of someone who signs mail",
                    signature.domain
                ),
            );
        }
        if let Some(timestamp) = signature.timestamp
            && timestamp > now.plus_seconds(clock_skew)
        {
            return refuse(
                Reason::TimestampInFuture,
                format!("t={timestamp} lies after the time of verification, {now}"),
            );
        }
        if let Some(expires) = signature.expires
            && *now > expires.plus_seconds(clock_skew)
        {
            let explanation = format!(
                "the signature expired at x={expires}, before the time of verification, {now}"
            );
            if !allow_expired {
                return refuse(Reason::Expired, explanation);
            }
            verdict.warn(WarningCode::Expired, sentence(&explanation));
        }
        if let Some((signed, total)) = body
            && signed < total
        {
            let explanation = format!(
                "only the first {signed} of {total} octets of the body are signed (l=); anything \
                 may have been added after them"
            );
            if !allow_body_length {
                return refuse(Reason::BodyNotWholeSigned, explanation);
            }
            verdict.warn(WarningCode::BodyNotWholeSigned, sentence(&explanation));
        }
        if signature.algorithm == Algorithm::RsaSha1 {
            verdict.warn(
                WarningCode::WeakAlgorithm,
                "The signature uses rsa-sha1, which is historic (RFC 8301).",
            );
        }
        if signature.algorithm.key_type() == KeyType::Rsa && record.public_key.bits() < 1024 {
            verdict.warn(
                WarningCode::WeakKey,
                "The RSA key has fewer than 1024 bits and can be broken (RFC 8301).",
            );
        }
        if self.options.headers_only {
            return refuse(
                Reason::BodyNotChecked,
                "the signature over the header verifies; the body was not given".to_owned(),
            );
        }
        Ok(())
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
