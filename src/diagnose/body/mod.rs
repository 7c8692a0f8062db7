//! The body: repairs after which its hash is the one in `bh=`.

mod blanks;
mod charset;
mod cuts;
mod encodings;
mod lines;
mod signer;

use super::budget::Budget;
use super::change::{change, hint};
use super::finding::{Change, Finding, Part};
use super::hypothesis::Hypothesis;
use super::mime::Mime;
use super::text::find;
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
    /// Whether the signer is known to mean what it says in `c=`: then a body that fits in relaxed form
    /// only was changed.
    pub(super) is_strict: bool,
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

/// A hypothesis and what undoes it.
type Undo<'a> = (Hypothesis, Box<dyn Fn(&[u8]) -> Vec<u8> + 'a>);

/// The repairs after which the body fits; the likeliest are tried first.
pub(super) fn search(
    claim: &BodyClaim<'_>,
    mime: &Mime,
    body: &[u8],
    budget: &mut Budget,
) -> Option<Vec<Change>> {
    let canonical = claim.canonical(body);
    if let Some(found) = cuts::end(claim, body, &canonical, budget) {
        return Some(vec![found]);
    }
    // Those that make a difference. What they make of the body is not kept: it may be large.
    let mut repairs: Vec<Undo<'_>> = Vec::new();
    for (hypothesis, undo) in every_repair(mime) {
        let repaired = undo(body);
        let next = claim.canonical(&repaired);
        if next == canonical {
            continue;
        }
        if claim.fits_canonical(&next, budget) {
            return Some(vec![change(hypothesis, body, &repaired)]);
        }
        if budget.is_exhausted() {
            return None;
        }
        repairs.push((hypothesis, undo));
    }
    let cut = signer::fault(claim, body, budget)
        .or_else(|| cuts::start(claim, body, &canonical, budget))
        .or_else(|| cuts::within_line(claim, &canonical, budget))
        .or_else(|| cuts::parts(claim, mime, body, &canonical, budget));
    if let Some(found) = cut {
        return Some(vec![found]);
    }
    // With something appended or put on top besides.
    for (hypothesis, undo) in &repairs {
        let repaired = undo(body);
        let canonical = claim.canonical(&repaired);
        let cut = cuts::end(claim, &repaired, &canonical, budget)
            .or_else(|| cuts::start(claim, &repaired, &canonical, budget));
        if let Some(found) = cut {
            return Some(vec![found, change(*hypothesis, body, &repaired)]);
        }
        if budget.is_exhausted() {
            return None;
        }
    }
    // Two at a time, within half of what is left; the other half is for lines anywhere.
    let mut stage = budget.stage(2);
    let found = pairs(claim, &repairs, body, &mut stage);
    budget.settle(stage);
    found.or_else(|| cuts::anywhere(claim, body, &canonical, budget).map(|found| vec![found]))
}

/// Hosts of services that rewrite links.
const LINK_SERVICES: [&[u8]; 6] = [
    b"safelinks.protection.outlook.com",
    b"urldefense.proofpoint.com",
    b"urldefense.com/v",
    b"linkprotect.cudasvc.com",
    b"protect-us.mimecast.com",
    b"secure-web.cisco.com",
];

/// How much of the body is looked through for them, in octets.
const LINKS_WITHIN: usize = 1 << 20;

/// What is known of a body that nothing restores.
pub(super) fn hints(claim: &BodyClaim<'_>, body: &[u8]) -> Vec<Finding> {
    let mut hints = Vec::new();
    let octets = u64::try_from(claim.canonical(body).len()).unwrap_or(u64::MAX);
    if claim.length.is_some_and(|length| length > octets) {
        hints.push(hint(Part::Body, Hypothesis::BodyTruncated, None));
    }
    let body = body.get(..LINKS_WITHIN).unwrap_or(body);
    for service in LINK_SERVICES {
        let Some(at) = find(body, service) else { continue };
        let before = body.get(..at).unwrap_or_default();
        let found = [before, body.get(at.saturating_add(service.len())..).unwrap_or_default()];
        let mut change = change(Hypothesis::LinksRewritten, body, &found.concat());
        change.before = String::from_utf8_lossy(service).into_owned();
        hints.push(hint(Part::Body, Hypothesis::LinksRewritten, Some(change)));
        break;
    }
    hints
}

fn every_repair<'a>(mime: &'a Mime) -> impl Iterator<Item = Undo<'a>> {
    let plain = lines::REPAIRS.iter().chain(blanks::REPAIRS).chain(charset::REPAIRS);
    let plain = plain.map(|repair| -> Undo<'a> { (repair.hypothesis, Box::new(repair.undo)) });
    plain.chain(
        encodings::REPAIRS.iter().map(|(hypothesis, undo)| -> Undo<'a> {
            (*hypothesis, Box::new(|body| undo(mime, body)))
        }),
    )
}

fn pairs(
    claim: &BodyClaim<'_>,
    repairs: &[Undo<'_>],
    body: &[u8],
    budget: &mut Budget,
) -> Option<Vec<Change>> {
    for (at, (first, undo_first)) in repairs.iter().enumerate() {
        let once = undo_first(body);
        for (second, undo_second) in repairs.iter().skip(at.saturating_add(1)) {
            let twice = undo_second(&once);
            if claim.fits(&twice, budget) {
                return Some(vec![change(*first, body, &once), change(*second, &once, &twice)]);
            }
            if budget.is_exhausted() {
                return None;
            }
        }
    }
    None
}
