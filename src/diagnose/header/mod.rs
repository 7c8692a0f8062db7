//! The header: repairs after which the signature over it verifies.

mod addresses;
mod claim;
mod content;
mod date;
mod encoded_words;
mod fields;
mod folding;
mod slots;
mod subject;

use super::budget::Budget;
use super::change::{change, excerpt};
use super::finding::Change;
use super::hypothesis::Hypothesis;
use super::text::Repair;
use crate::canon::Canonicalization;
pub(super) use claim::HeaderClaim;
use claim::{canonical, pieces};
use slots::value_of;
pub(super) use slots::{Context, Slot};

/// Something that may have stood in the place of a field.
#[derive(Debug)]
struct Alternative {
    slot: usize,
    hypothesis: Hypothesis,
    /// The field less its line end; `None` where there was none.
    octets: Option<Vec<u8>>,
    canonical: Vec<u8>,
    /// Whether it is one of the few that come in company.
    is_likely: bool,
}

/// Collects alternatives, each canonical form once.
#[derive(Debug)]
struct Alternatives<'a> {
    context: &'a Context<'a>,
    kind: Canonicalization,
    /// The canonical forms of what is there.
    present: &'a [Vec<u8>],
    slot: usize,
    /// Where those of the slot begin.
    start: usize,
    all: Vec<Alternative>,
}

impl Alternatives<'_> {
    fn add(&mut self, hypothesis: Hypothesis, is_likely: bool, octets: Option<Vec<u8>>) {
        let Some(slot) = self.context.slots.get(self.slot) else { return };
        if self.all.len() >= MOST_ALTERNATIVES {
            return;
        }
        let canonical = canonical(self.kind, slot, octets.as_deref());
        if self.present.get(self.slot) == Some(&canonical) {
            return;
        }
        let of_slot = self.all.get_mut(self.start..).unwrap_or_default();
        match of_slot.iter_mut().find(|one| one.canonical == canonical) {
            // The likelier of two ways to the same.
            Some(known) if is_likely && !known.is_likely => {
                known.is_likely = true;
                known.hypothesis = hypothesis;
            }
            Some(_) => {}
            None => {
                let slot = self.slot;
                self.all.push(Alternative { slot, hypothesis, octets, canonical, is_likely });
            }
        }
    }

    /// The field with that value.
    fn value(&mut self, hypothesis: Hypothesis, is_likely: bool, value: &[u8]) {
        let Some(slot) = self.context.slots.get(self.slot) else { return };
        let field = [slot.name_as_written(self.context), b": ", value].concat();
        self.add(hypothesis, is_likely, Some(field));
    }
}

/// How many changed fields a finding tells of where all are changed alike.
const MOST_CHANGES: usize = 20;

/// How many signed fields alternatives are made for, the signature itself besides.
const MOST_SLOTS: usize = 200;

/// How many alternatives there are, of all fields.
const MOST_ALTERNATIVES: usize = 4096;

/// How many combinations of likely alternatives are tried.
const MOST_COMBINATIONS: usize = 4096;

/// The repairs after which the signature verifies; the likeliest are tried first.
pub(super) fn search(
    claim: &HeaderClaim<'_>,
    context: &Context<'_>,
    budget: &mut Budget,
) -> Option<Vec<Change>> {
    // No header fits the signature of another key.
    if claim.is_by_key() == Some(false) {
        return None;
    }
    let kind = claim.canonicalization();
    let present = context.canonical(kind);
    if let Some(change) = claim.fault(context, &present, budget) {
        return Some(vec![change]);
    }
    if let Some(changes) = alike(claim, context, kind, budget) {
        return Some(changes);
    }
    if let Some(changes) = turned_round(claim, context, &present, budget) {
        return Some(changes);
    }
    let alternatives = alternatives(context, kind, &present);
    let mut attempt = Attempt { claim, context, present: &present, budget };
    for one in &alternatives {
        if attempt.fits(&[one]) {
            return Some(attempt.changes(&[one]));
        }
    }
    attempt.combinations(&alternatives).or_else(|| attempt.pairs(&alternatives))
}

/// What may have stood in place of each field.
fn alternatives(
    context: &Context<'_>,
    kind: Canonicalization,
    present: &[Vec<u8>],
) -> Vec<Alternative> {
    let mut found = Alternatives { context, kind, present, slot: 0, start: 0, all: Vec::new() };
    for (at, slot) in context.slots.iter().enumerate() {
        if at >= MOST_SLOTS && !slot.is_own {
            continue;
        }
        found.slot = at;
        found.start = found.all.len();
        fields::add(slot, &mut found);
        subject::add(slot, &mut found);
        addresses::add(slot, &mut found);
        content::add(slot, &mut found);
        date::add(slot, &mut found);
        encoded_words::add(slot, &mut found);
        folding::add(slot, &mut found);
    }
    found.all
}

/// All fields changed alike, by a relay that writes headers anew.
fn alike(
    claim: &HeaderClaim<'_>,
    context: &Context<'_>,
    kind: Canonicalization,
    budget: &mut Budget,
) -> Option<Vec<Change>> {
    for Repair { hypothesis, undo } in folding::TRANSFORMS {
        let mut forms = Vec::new();
        let mut changes = Vec::new();
        for slot in &context.slots {
            let repaired = slot.octets.as_deref().map(undo);
            forms.push(canonical(kind, slot, repaired.as_deref()));
            if slot.octets != repaired && changes.len() < MOST_CHANGES {
                changes.push(slot_change(*hypothesis, context, slot, &repaired));
            }
        }
        if !changes.is_empty() && claim.fits(&pieces(&forms), budget) {
            return Some(changes);
        }
    }
    None
}

/// Fields of one name in the other order: a relay has turned them round, or their signer took them from
/// the top (RFC 6376 §5.4.2 takes them from the bottom).
fn turned_round(
    claim: &HeaderClaim<'_>,
    context: &Context<'_>,
    present: &[Vec<u8>],
    budget: &mut Budget,
) -> Option<Vec<Change>> {
    let mut pieces = pieces(present);
    let mut changes = Vec::new();
    for (at, slot) in context.slots.iter().enumerate() {
        let mut alike = Vec::new();
        for (at, other) in context.slots.iter().enumerate() {
            if other.place.is_some() && other.is_named(slot.name()) {
                alike.push(at);
            }
        }
        let Some(rank) = alike.iter().position(|one| *one == at) else { continue };
        let other = alike.iter().rev().nth(rank).copied().unwrap_or(at);
        if other != at
            && let (Some(piece), Some(octets)) = (pieces.get_mut(at), present.get(other))
        {
            *piece = octets;
            let octets = context.slots.get(other).and_then(|slot| slot.octets.clone());
            changes.push(slot_change(Hypothesis::FieldOrder, context, slot, &octets));
        }
    }
    let fits = !changes.is_empty() && claim.fits(&pieces, budget);
    changes.truncate(MOST_CHANGES);
    fits.then_some(changes)
}

/// Puts alternatives in place and looks.
struct Attempt<'a> {
    claim: &'a HeaderClaim<'a>,
    context: &'a Context<'a>,
    present: &'a [Vec<u8>],
    budget: &'a mut Budget,
}

impl Attempt<'_> {
    fn fits(&mut self, chosen: &[&Alternative]) -> bool {
        let mut pieces = pieces(self.present);
        for one in chosen {
            if let Some(piece) = pieces.get_mut(one.slot) {
                *piece = &one.canonical;
            }
        }
        self.claim.fits(&pieces, self.budget)
    }

    fn changes(&self, chosen: &[&Alternative]) -> Vec<Change> {
        let mut changes = Vec::new();
        for one in chosen {
            if let Some(slot) = self.context.slots.get(one.slot) {
                changes.push(slot_change(one.hypothesis, self.context, slot, &one.octets));
            }
        }
        changes
    }

    /// What a mailing list does all at once: author, subject, Reply-To, content fields.
    fn combinations(&mut self, all: &[Alternative]) -> Option<Vec<Change>> {
        let likely: Vec<&Alternative> = all.iter().filter(|one| one.is_likely).collect();
        // Sets of likely alternatives, at most one a slot; the smaller ones first.
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        let mut at = 0_usize;
        while let Some(set) = sets.get(at).cloned() {
            at = at.saturating_add(1);
            let next = set.last().map_or(0, |last| last.saturating_add(1));
            for (index, one) in likely.iter().enumerate().skip(next) {
                let chosen: Vec<_> =
                    set.iter().filter_map(|index| likely.get(*index).copied()).collect();
                if chosen.iter().any(|other| other.slot == one.slot) {
                    continue;
                }
                let chosen = [chosen, vec![*one]].concat();
                if chosen.len() > 1 && self.fits(&chosen) {
                    return Some(self.changes(&chosen));
                }
                if sets.len() >= MOST_COMBINATIONS || self.budget.is_exhausted() {
                    return None;
                }
                sets.push([set.as_slice(), &[index]].concat());
            }
        }
        None
    }

    fn pairs(&mut self, all: &[Alternative]) -> Option<Vec<Change>> {
        for (at, first) in all.iter().enumerate() {
            for second in all.iter().skip(at.saturating_add(1)) {
                if first.slot != second.slot && self.fits(&[first, second]) {
                    return Some(self.changes(&[first, second]));
                }
                if self.budget.is_exhausted() {
                    return None;
                }
            }
        }
        None
    }
}

/// What changes in one field.
fn slot_change(
    hypothesis: Hypothesis,
    context: &Context<'_>,
    slot: &Slot,
    octets: &Option<Vec<u8>>,
) -> Change {
    let before = slot.octets.as_deref().unwrap_or_default();
    let after = octets.as_deref().unwrap_or_default();
    let mut change = change(hypothesis, before, after);
    change.field = Some(String::from_utf8_lossy(slot.name_as_written(context)).into_owned());
    change.index = slot.place;
    // Of words that were put in only those are told; of all else the values, or where these are alike
    // the whole fields.
    if !matches!(hypothesis, Hypothesis::SubjectTag | Hypothesis::SubjectWords) {
        let values = (value_of(before), value_of(after));
        let (before, after) = if values.0 == values.1 { (before, after) } else { values };
        change.before = excerpt(before);
        change.after = excerpt(after);
    }
    change
}
