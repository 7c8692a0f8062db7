//! Lines that were put in: found by leaving lines out, with one pass over the body where they stand
//! at its end.

use super::{BodyClaim, HASH};
use crate::diagnose::budget::Budget;
use crate::diagnose::change::{change, excerpt};
use crate::diagnose::finding::Change;
use crate::diagnose::hypothesis::Hypothesis;
use crate::diagnose::mime::Mime;
use crate::diagnose::text::{is_blank, lines};

/// How many lines at the top are left out, one after the other; each costs a pass.
const TOP_LINES: usize = 40;

/// How many lines at the start and at the end of each MIME part are left out.
const PART_LINES: usize = 30;

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
            let kept = at.saturating_add(1);
            // The empty lines before it may have been there: they are not hashed either.
            let empty = lines(body).skip(kept).take_while(|line| *line == b"\r\n").count();
            return Some(without_lines(
                Hypothesis::Footer,
                body,
                kept.saturating_add(empty),
                usize::MAX,
            ));
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

/// What was put into a multipart body: a part, or lines at the end or the start of one.
pub(super) fn parts(
    claim: &BodyClaim<'_>,
    mime: &Mime,
    body: &[u8],
    canonical: &[u8],
    budget: &mut Budget,
) -> Option<Change> {
    mime.boundary.as_ref()?;
    let mut counted = Counted::default();
    for part in mime.parts(body) {
        let first = counted.line_of(body, part.header.start);
        let start = counted.line_of(body, part.content.start);
        // The last line of the content shares its line end with the delimiter.
        let line_end = if part.content.is_empty() { 0 } else { 2 };
        let end = counted.line_of(body, part.content.end.saturating_add(line_end));
        let footers = (1..=PART_LINES).map(|count| (end.saturating_sub(count), end));
        let banners = (1..=PART_LINES).map(|count| (start, start.saturating_add(count)));
        let whole = [(first, end), (first, end.saturating_add(1))];
        let within = |(from, to): &(usize, usize)| *from >= start && *to <= end;
        let blocks = whole.into_iter().chain(footers.chain(banners).filter(within));
        for (from, to) in blocks {
            if without_fits(claim, canonical, from, to, budget) {
                return Some(without_lines(Hypothesis::InsertedLines, body, from, to));
            }
            if budget.is_exhausted() {
                return None;
            }
        }
    }
    None
}

/// Lines counted up to an octet, so that a body is gone through once.
#[derive(Debug, Default)]
struct Counted {
    octets: usize,
    lines: usize,
}

impl Counted {
    /// How many lines begin before that octet, which is not before the last one asked for.
    fn line_of(&mut self, body: &[u8], octet: usize) -> usize {
        let more = lines(body.get(self.octets..octet).unwrap_or_default());
        self.lines = self.lines.saturating_add(more.count());
        self.octets = self.octets.max(octet);
        self.lines
    }
}

/// Lines that were put in anywhere, as far as the work allowed goes: it grows with the square of their
/// number.
pub(super) fn anywhere(
    claim: &BodyClaim<'_>,
    body: &[u8],
    canonical: &[u8],
    budget: &mut Budget,
) -> Option<Change> {
    let count = lines(canonical).count();
    let mut head = claim.provider.hasher(claim.algorithm);
    for (from, line) in lines(canonical).enumerate() {
        let mut rest = canonical.get(octets_of(canonical, from)..).unwrap_or_default();
        for to in from.saturating_add(1)..count {
            let skipped = lines(rest).next().map_or(0, <[u8]>::len);
            rest = rest.get(skipped..).unwrap_or_default();
            if claim.length.is_some() || !budget.spend(rest.len().saturating_add(HASH)) {
                return None;
            }
            let mut hasher = head.fork();
            hasher.update(rest);
            if hasher.finish() == claim.digest {
                return Some(without_lines(Hypothesis::InsertedLines, body, from, to));
            }
        }
        head.update(line);
    }
    None
}

/// Whether the canonical body fits without those lines.
fn without_fits(
    claim: &BodyClaim<'_>,
    canonical: &[u8],
    from: usize,
    to: usize,
    budget: &mut Budget,
) -> bool {
    let head = canonical.get(..octets_of(canonical, from)).unwrap_or_default();
    let tail = canonical.get(octets_of(canonical, to)..).unwrap_or_default();
    claim.fits_canonical(&[head, tail].concat(), budget)
}

/// How many octets so many lines have.
fn octets_of(octets: &[u8], count: usize) -> usize {
    lines(octets).take(count).map(<[u8]>::len).sum()
}

/// That the lines from `start` to before `end` were put in.
fn without_lines(hypothesis: Hypothesis, body: &[u8], start: usize, end: usize) -> Change {
    let (before, after) = (octets_of(body, start), octets_of(body, end));
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
