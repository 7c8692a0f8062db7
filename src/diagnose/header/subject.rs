//! Words that were put into the Subject field.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis;
use crate::diagnose::text::is_blank;

/// How many words at the start may stand before those that were put in: `Re:` and `Fwd:`.
const KEPT_WORDS: usize = 2;

/// How many words are taken out.
const MOST_WORDS: usize = 6;

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    if !slot.is_named("Subject") {
        return;
    }
    let value = slot.value();
    let starts = word_starts(value);
    for kept in 0..=KEPT_WORDS {
        for taken in 1..=MOST_WORDS {
            let Some(&from) = starts.get(kept) else { return };
            let to = starts.get(kept.saturating_add(taken)).copied().unwrap_or(value.len());
            let head = value.get(..from).unwrap_or_default();
            let words = value.get(from..to).unwrap_or_default();
            let tail = value.get(to..).unwrap_or_default();
            let is_tag = words.starts_with(b"[") && words.trim_ascii().ends_with(b"]");
            let hypothesis = if is_tag { Hypothesis::SubjectTag } else { Hypothesis::SubjectWords };
            found.value(hypothesis, is_tag || kept == 0 && taken == 1, &[head, tail].concat());
        }
    }
    for taken in 1..=MOST_WORDS {
        let start = starts.len().checked_sub(taken).and_then(|at| starts.get(at));
        let head = start.and_then(|start| value.get(..*start)).unwrap_or_default();
        found.value(Hypothesis::SubjectWords, false, head.trim_ascii_end());
    }
}

/// Where words begin, white space before them or a closing bracket.
fn word_starts(value: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut before = b' ';
    for (at, &octet) in value.iter().enumerate() {
        let is_space = is_blank(octet) || matches!(octet, b'\r' | b'\n');
        let begins = is_blank(before) || before == b']' || before == b'\n';
        if !is_space && begins {
            starts.push(at);
        }
        before = octet;
    }
    starts
}
