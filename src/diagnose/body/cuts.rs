//! Lines that were put in: found by leaving lines out, with one pass over the body where they stand
//! at its end.

use super::{BodyClaim, HASH};
use crate::diagnose::budget::Budget;
use crate::diagnose::change::{change, excerpt};
use crate::diagnose::finding::Change;
use crate::diagnose::hypothesis::Hypothesis;
use crate::diagnose::text::{is_blank, lines};

/// How many lines at the top are left out, one after the other; each costs a pass.
const TOP_LINES: usize = 40;

/// How many octets at the end are looked at one by one, for what was appended to a line.
const TAIL_OCTETS: usize = 2048;

/// What was appended at the end. `canonical` is the canonical form of `body`.
pub(super) fn end(
    claim: &BodyClaim<'_>,
    body: &[u8],
    canonical: &[u8],
    budget: &mut Budget,
) -> Option<Change> {
    // What stands behind the octets that l= counts is not hashed anyway.
    if claim.length.is_some() {
        return None;
    }
    let mut hasher = claim.provider.hasher(claim.algorithm);
    for (at, line) in lines(canonical).enumerate() {
        if !budget.spend(line.len().saturating_add(HASH)) {
            return None;
        }
        hasher.update(line);
        // Empty lines at the end are not hashed (RFC 6376 §3.4.3).
        if line != b"\r\n" && hasher.fork().finish() == claim.digest {
            return Some(without_lines(Hypothesis::Footer, body, at.saturating_add(1), usize::MAX));
        }
    }
    None
}

/// What was appended to a line near the end, and did not begin with a line of its own.
pub(super) fn within_line(
    claim: &BodyClaim<'_>,
    canonical: &[u8],
    budget: &mut Budget,
) -> Option<Change> {
    let tail = canonical.len().saturating_sub(TAIL_OCTETS);
    let (head, tail) = canonical.split_at_checked(tail)?;
    let octets = head.len().saturating_add(tail.len().saturating_mul(HASH).saturating_mul(2));
    if claim.length.is_some() || !budget.spend(octets) {
        return None;
    }
    let mut hasher = claim.provider.hasher(claim.algorithm);
    hasher.update(head);
    for (at, octet) in tail.iter().enumerate() {
        hasher.update(&[*octet]);
        if is_blank(*octet) || matches!(octet, b'\r' | b'\n') {
            continue;
        }
        let mut cut = hasher.fork();
        cut.update(b"\r\n");
        if cut.finish() == claim.digest {
            let kept = canonical.get(..head.len().saturating_add(at).saturating_add(1))?;
            return Some(change(Hypothesis::Footer, canonical, &[kept, b"\r\n"].concat()));
        }
    }
    None
}

/// What was put at the top.
pub(super) fn start(
    claim: &BodyClaim<'_>,
    body: &[u8],
    canonical: &[u8],
    budget: &mut Budget,
) -> Option<Change> {
    let mut rest = canonical;
    for (at, line) in lines(canonical).take(TOP_LINES).enumerate() {
        rest = rest.get(line.len()..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        if claim.fits_canonical(rest, budget) {
            return Some(without_lines(Hypothesis::Prepended, body, 0, at.saturating_add(1)));
        }
    }
    None
}

/// That the lines from `start` to before `end` were put in.
fn without_lines(hypothesis: Hypothesis, body: &[u8], start: usize, end: usize) -> Change {
    let octets = |count| lines(body).take(count).map(<[u8]>::len).sum::<usize>();
    let (before, after) = (octets(start), octets(end));
    let head = body.get(..before).unwrap_or_default();
    let tail = body.get(after..).unwrap_or_default();
    let mut change = change(hypothesis, body, &[head, tail].concat());
    // Comparing may have moved the place where the lines repeat what stands around them.
    change.line = start.saturating_add(1);
    change.lines = lines(body).skip(start).take(end.saturating_sub(start)).count();
    change.octet = before;
    change.before = excerpt(body.get(before..after).unwrap_or_default());
    change
}
