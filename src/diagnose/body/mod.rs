//! The body: repairs after which its hash is the one in `bh=`.

mod blanks;
mod cuts;
mod lines;
mod signer;

use super::budget::Budget;
use super::change::change;
use super::finding::Change;
use crate::canon::{BodyCanonicalizer, Canonicalization};
use crate::crypto::{HashAlgorithm, Provider};

/// What a signature says of the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyClaim<'a> {
    pub(super) provider: &'static dyn Provider,
    pub(super) algorithm: HashAlgorithm,
    pub(super) canonicalization: Canonicalization,
    /// `l=`.
    pub(super) length: Option<u64>,
    /// `bh=`.
    pub(super) digest: &'a [u8],
}

/// What an extra hash costs beyond its octets.
pub(super) const HASH: usize = 64;

impl BodyClaim<'_> {
    /// Whether the body hashes to what the signature says.
    pub(super) fn fits(&self, body: &[u8], budget: &mut Budget) -> bool {
        self.fits_canonical(&self.canonical(body), budget)
    }

    fn canonical(&self, body: &[u8]) -> Vec<u8> {
        let mut canonical = Vec::with_capacity(body.len());
        let mut canonicalizer = BodyCanonicalizer::new(self.canonicalization);
        let mut sink = |span: &[u8]| canonical.extend_from_slice(span);
        canonicalizer.push(body, &mut sink);
        canonicalizer.finish(&mut sink);
        canonical
    }

    fn fits_canonical(&self, canonical: &[u8], budget: &mut Budget) -> bool {
        let Some(signed) = self.signed(canonical) else { return false };
        if !budget.spend(signed.len().saturating_add(HASH)) {
            return false;
        }
        let mut hasher = self.provider.hasher(self.algorithm);
        hasher.update(signed);
        hasher.finish() == self.digest
    }

    /// As much of the canonical body as `l=` says.
    fn signed<'b>(&self, canonical: &'b [u8]) -> Option<&'b [u8]> {
        match self.length {
            None => Some(canonical),
            Some(length) => canonical.get(..usize::try_from(length).ok()?),
        }
    }
}

/// The repairs after which the body fits; the likeliest are tried first.
pub(super) fn search(
    claim: &BodyClaim<'_>,
    body: &[u8],
    budget: &mut Budget,
) -> Option<Vec<Change>> {
    let canonical = claim.canonical(body);
    if let Some(found) = cuts::end(claim, body, &canonical, budget) {
        return Some(vec![found]);
    }
    // Those that make a difference.
    let mut repairs = Vec::new();
    for repair in lines::REPAIRS.iter().chain(blanks::REPAIRS) {
        let repaired = (repair.undo)(body);
        let next = claim.canonical(&repaired);
        if next == canonical {
            continue;
        }
        if claim.fits_canonical(&next, budget) {
            return Some(vec![change(repair.hypothesis, body, &repaired)]);
        }
        repairs.push(repair);
    }
    let cut = signer::fault(claim, body, budget)
        .or_else(|| cuts::start(claim, body, &canonical, budget))
        .or_else(|| cuts::within_line(claim, &canonical, budget));
    if let Some(found) = cut {
        return Some(vec![found]);
    }
    // With something appended or put on top besides.
    for repair in &repairs {
        let repaired = (repair.undo)(body);
        let canonical = claim.canonical(&repaired);
        let cut = cuts::end(claim, &repaired, &canonical, budget)
            .or_else(|| cuts::start(claim, &repaired, &canonical, budget));
        if let Some(found) = cut {
            return Some(vec![found, change(repair.hypothesis, body, &repaired)]);
        }
    }
    // Two at a time.
    for (at, first) in repairs.iter().enumerate() {
        let once = (first.undo)(body);
        for second in repairs.iter().skip(at.saturating_add(1)) {
            let twice = (second.undo)(&once);
            if claim.fits(&twice, budget) {
                return Some(vec![
                    change(first.hypothesis, body, &once),
                    change(second.hypothesis, &once, &twice),
                ]);
            }
            if budget.is_exhausted() {
                return None;
            }
        }
    }
    None
}
