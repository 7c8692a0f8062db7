//! The evaluation of one signature against the answer of the DNS and the hashes: RFC 6376 §6.1.2,
//! §6.1.3 and policy.

use super::checks::Checker;
use super::policy::{Options, Policy};
use super::reason::{Failure, Reason};
use super::report::WarningCode;
use super::suitability::{unfit, wrong_size};
use super::summary::sentence;
use super::task::Kind;
use super::trial::{self, Published, Trial, Verdict};
use crate::crypto::{Algorithm, KeyType};
use crate::dns::Answer;
use crate::encoding::base64;
use crate::hash::BodyDigest;
use crate::key::KeyRecord;
use crate::message::Header;
use crate::signature::Signature;
use crate::time::UnixTime;

/// Everything that decides about a signature but the answer of the DNS.
pub(super) struct Evaluation<'a> {
    pub(super) kind: Kind,
    pub(super) signature: &'a Signature,
    pub(super) header_digest: &'a [u8],
    pub(super) digest: Option<&'a BodyDigest>,
    pub(super) header: &'a Header,
    pub(super) now: UnixTime,
    pub(super) options: &'a Options,
}

impl Trial for Evaluation<'_> {
    /// RFC 6376 §6.1.2.
    fn unusable(&self, record: &KeyRecord, _: &[u8]) -> Option<Failure> {
        let Self { signature, options, .. } = self;
        unfit(record, signature.algorithm)
            .or_else(|| {
                let is_strict = record.strict_identity;
                (is_strict && signature.identity_domain != signature.domain).then(|| {
                    let explanation = format!(
                        "the key has the flag t=s, so the domain of i= must be {}, not {}",
                        signature.domain, signature.identity_domain
                    );
                    Failure::new(Reason::IdentityMismatch, explanation)
                })
            })
            .or_else(|| wrong_size(record, self.min_rsa_bits(), &options.limits))
    }

    /// RFC 6376 §6.1.3: body hash first, then the signature.
    fn check(
        &self,
        record: &KeyRecord,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        let signature = self.signature;
        let body = self.check_body(verdict);
        if body.is_err() && !verdict.trace.is_wanted() {
            return body;
        }
        let verifies = checker.verifies(
            &record.public_key,
            signature.algorithm,
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

    fn policy(&self, record: &KeyRecord, verdict: &mut Verdict) -> Result<(), Failure> {
        if record.testing {
            verdict
                .warn(WarningCode::TestMode, "The key says that its domain is testing DKIM (t=y).");
        }
        let Self { signature, now, .. } = self;
        let Policy { allow_expired, allow_body_length, clock_skew, .. } = self.options.policy;
        let refuse = |reason, explanation: String| Err(Failure::new(reason, explanation));

        // RFC 6376 §8.15: what a reader shows as the author must be what was signed.
        let from_fields = self.header.fields().filter(|field| field.is_named("From")).count();
        let signed = signature.signed_fields.iter().filter(|name| *name == "from").count();
        let is_unsigned = match self.kind {
            Kind::Dkim => from_fields > signed,
            // RFC 8617 §4.1.2 does not ask for From in h=; but none may have been added.
            Kind::ArcMessageSignature => from_fields > signed.max(1),
            Kind::ArcSeal => false,
        };
        if is_unsigned {
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
            verdict.warn(WarningCode::Expired, &sentence(&explanation));
        }
        if let Some((signed, total)) = self.body()
            && signed < total
        {
            let explanation = format!(
                "only the first {signed} of {total} octets of the body are signed (l=); anything \
                 may have been added after them"
            );
            if !allow_body_length {
                return refuse(Reason::BodyNotWholeSigned, explanation);
            }
            verdict.warn(WarningCode::BodyNotWholeSigned, &sentence(&explanation));
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
        if self.options.headers_only && self.kind.covers_body() {
            return refuse(
                Reason::BodyNotChecked,
                "the signature over the header verifies; the body was not given".to_owned(),
            );
        }
        Ok(())
    }
}

impl Evaluation<'_> {
    /// The verdict on a signature whose key was looked up.
    pub(super) fn run(
        &self,
        answer: &Answer,
        checker: &mut Checker<'_>,
        verdict: &mut Verdict,
    ) -> Result<(), Failure> {
        let limits = &self.options.limits;
        let published = Published {
            name: &self.signature.key_name,
            what: "DKIM key",
            answer,
            records: limits.key_records,
            octets: limits.key_record_octets,
        };
        trial::run(self, &published, checker, verdict)
    }

    /// Octets of the canonical body that the signature covers, and that there are.
    pub(super) fn body(&self) -> Option<(u64, u64)> {
        let BodyDigest { total, .. } = *self.digest?;
        Some((self.signature.body_length.unwrap_or(total).min(total), total))
    }

    fn min_rsa_bits(&self) -> usize {
        let wanted = self.options.policy.min_rsa_bits;
        match self.kind {
            Kind::Dkim => wanted,
            // What a seal vouches for goes on to others, who do not share our leniency (RFC 8301 §3.2).
            Kind::ArcMessageSignature | Kind::ArcSeal => wanted.max(1024),
        }
    }

    fn check_body(&self, verdict: &mut Verdict) -> Result<(), Failure> {
        // None with headersOnly and for a seal, where no body hash was asked for.
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
}
