//! Faults of the signer: it hashed the body as it is, but not as its own tags say.

use super::{BodyClaim, HASH};
use crate::canon::Canonicalization;
use crate::crypto::HashAlgorithm;
use crate::diagnose::budget::Budget;
use crate::diagnose::change::change;
use crate::diagnose::finding::Change;
use crate::diagnose::hypothesis::Hypothesis;
use crate::diagnose::message::normalized;
use crate::diagnose::text::{lines, replace};

/// What the signer did with the body, where that is what it hashed.
pub(super) fn fault(claim: &BodyClaim<'_>, body: &[u8], budget: &mut Budget) -> Option<Change> {
    use Hypothesis::{
        NotCanonicalized, OtherBodyLength, OtherCanonicalization, OtherHash, SignedEmptyBody,
        SignedWithLineFeeds,
    };
    let said = |hypothesis, before: &str, after: &str| {
        let mut change = change(hypothesis, b"", b"");
        change.before = before.to_owned();
        change.after = after.to_owned();
        Some(change)
    };
    let kind = claim.canonicalization;
    let other = match kind {
        Canonicalization::Simple => Canonicalization::Relaxed,
        Canonicalization::Relaxed => Canonicalization::Simple,
    };
    let as_other = BodyClaim { canonicalization: other, ..*claim };
    let form = as_other.canonical(body);
    if as_other.fits_canonical(&form, budget) {
        if claim.is_strict && other == Canonicalization::Relaxed {
            return Some(change(Hypothesis::Blanks, body, &form));
        }
        return said(OtherCanonicalization, kind.name(), other.name());
    }
    // The digest tells the hash by its length.
    let algorithm = match claim.algorithm {
        HashAlgorithm::Sha1 => HashAlgorithm::Sha256,
        HashAlgorithm::Sha256 => HashAlgorithm::Sha1,
    };
    for kind in [claim.canonicalization, other] {
        let claim = BodyClaim { algorithm, canonicalization: kind, ..*claim };
        if claim.fits(body, budget) {
            return said(OtherHash, claim.algorithm.name(), algorithm.name());
        }
    }
    if claim.length.is_some() {
        let canonical = claim.canonical(body);
        let all = BodyClaim { length: None, ..*claim };
        let signed = if all.fits_canonical(&canonical, budget) {
            Some(canonical.len())
        } else {
            prefix(&all, &canonical, budget)
        };
        if let Some(signed) = signed {
            let length = claim.length.unwrap_or_default();
            return said(OtherBodyLength, &length.to_string(), &signed.to_string());
        }
    }
    // Octets that are no canonical body of this message.
    let all = BodyClaim { length: None, ..*claim };
    // Where a CR stands alone it is no work of the signer.
    let line_feeds =
        if normalized(body) == body { replace(body, b"\r\n", b"\n") } else { Vec::new() };
    for (hypothesis, octets) in [
        (SignedEmptyBody, &b""[..]),
        (SignedEmptyBody, b"\r\n"),
        (SignedEmptyBody, b"\n"),
        (NotCanonicalized, body),
        (NotCanonicalized, body.strip_suffix(b"\r\n").unwrap_or(body)),
        (SignedWithLineFeeds, &line_feeds),
    ] {
        if all.fits_canonical(octets, budget) {
            return said(hypothesis, "", "");
        }
    }
    None
}

/// How many octets of the canonical body were hashed, whole lines of it.
fn prefix(claim: &BodyClaim<'_>, canonical: &[u8], budget: &mut Budget) -> Option<usize> {
    let mut hasher = claim.provider.hasher(claim.algorithm);
    let mut octets = 0_usize;
    for line in lines(canonical) {
        hasher.update(line);
        octets = octets.saturating_add(line.len());
        if !budget.spend(line.len().saturating_add(HASH)) {
            return None;
        }
        if hasher.fork().finish() == claim.digest {
            return Some(octets);
        }
    }
    None
}
