//! How a field is written: folds, blanks, the letter case of names.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis::{Blanks, Folding, HtmlEscaped, NameCase, Tabs};
use crate::diagnose::text::{Repair, is_blank, replace, trim_end, trim_start, unescaped};

/// What writing fields anew does to them, undone; for single fields and for all alike.
pub(super) const TRANSFORMS: &[Repair] = &[
    Repair { hypothesis: Folding, undo: |field| unfolded(field, None) },
    Repair { hypothesis: Folding, undo: |field| unfolded(field, Some(b" ")) },
    Repair { hypothesis: Folding, undo: |field| unfolded(field, Some(b"")) },
    Repair { hypothesis: Tabs, undo: |field| replace(field, b"\r\n\t", b"\r\n ") },
    Repair { hypothesis: Tabs, undo: |field| replace(field, b"\r\n ", b"\r\n\t") },
    Repair { hypothesis: Folding, undo: |field| folded_behind(field, b',', b"\r\n ") },
    Repair { hypothesis: Folding, undo: |field| folded_behind(field, b',', b"\r\n\t") },
    Repair { hypothesis: Folding, undo: |field| folded_behind(field, b';', b"\r\n ") },
    Repair { hypothesis: Folding, undo: |field| folded_behind(field, b';', b"\r\n\t") },
    Repair { hypothesis: Folding, undo: |field| folded_at(field, 78) },
    Repair { hypothesis: Folding, undo: |field| folded_at(field, 76) },
    Repair { hypothesis: Folding, undo: |field| folded_at(field, 72) },
    Repair { hypothesis: Blanks, undo: |field| trim_end(field).to_vec() },
    Repair { hypothesis: Blanks, undo: |field| behind_colon(field, b" ") },
    Repair { hypothesis: Blanks, undo: |field| behind_colon(field, b"") },
    Repair { hypothesis: Blanks, undo: |field| behind_colon(field, b"\t") },
    Repair { hypothesis: Blanks, undo: |field| behind(field, b',', b"") },
    Repair { hypothesis: Blanks, undo: |field| behind(field, b',', b" ") },
    Repair { hypothesis: Blanks, undo: |field| behind(field, b';', b"") },
    Repair { hypothesis: Blanks, undo: |field| behind(field, b';', b" ") },
    Repair { hypothesis: NameCase, undo: |field| named(field, &|name| name.to_ascii_lowercase()) },
    Repair { hypothesis: NameCase, undo: |field| named(field, &capitalized) },
    Repair { hypothesis: HtmlEscaped, undo: unescaped },
];

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    let Some(field) = slot.octets.as_deref() else { return };
    if !slot.is_own {
        // As h= has the name, which many signers copy from the message.
        found.add(NameCase, false, Some(named(field, &|_| slot.name().as_bytes().to_vec())));
    } else {
        found.add(Folding, true, Some(replace(&behind(field, b':', b""), b" :", b":")));
    }
    for Repair { hypothesis, undo } in TRANSFORMS {
        found.add(*hypothesis, slot.is_own && *hypothesis == Folding, Some(undo(field)));
    }
}

/// Every line end and the blanks behind it made `blank`, or only the line ends taken out.
fn unfolded(field: &[u8], blank: Option<&[u8]>) -> Vec<u8> {
    let mut unfolded = Vec::with_capacity(field.len());
    let mut lines = field.split(|octet| *octet == b'\n').peekable();
    let mut is_first = true;
    while let Some(line) = lines.next() {
        let line = match (lines.peek(), line.strip_suffix(b"\r")) {
            (Some(_), Some(line)) => line,
            _ => line,
        };
        match blank {
            Some(blank) if !is_first => {
                unfolded.extend_from_slice(blank);
                unfolded.extend_from_slice(trim_start(line));
            }
            _ => unfolded.extend_from_slice(line),
        }
        is_first = false;
    }
    unfolded
}

/// The blanks and folds behind every such octet of the value made `blanks`.
fn behind(field: &[u8], octet: u8, blanks: &[u8]) -> Vec<u8> {
    let (name, value) = split(field);
    let mut written = name.to_vec();
    let mut after = false;
    for &one in value {
        if after && (is_blank(one) || matches!(one, b'\r' | b'\n')) {
            continue;
        }
        if after {
            written.extend_from_slice(blanks);
        }
        written.push(one);
        after = one == octet;
    }
    written
}

fn folded_behind(field: &[u8], octet: u8, fold: &[u8]) -> Vec<u8> {
    behind(&unfolded(field, Some(b" ")), octet, fold)
}

/// Folded at the last blank before that column.
fn folded_at(field: &[u8], width: usize) -> Vec<u8> {
    let unfolded = unfolded(field, Some(b" "));
    let mut folded = Vec::with_capacity(unfolded.len());
    let mut rest = unfolded.as_slice();
    while rest.len() > width {
        let fits = rest.get(..=width).unwrap_or(rest);
        let place = fits.iter().rposition(|octet| is_blank(*octet)).filter(|at| *at > 0);
        let later = || rest.iter().skip(1).position(|octet| is_blank(*octet));
        let Some(at) = place.or_else(|| later().map(|at| at.saturating_add(1))) else { break };
        let (line, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        folded.extend_from_slice(line);
        folded.extend_from_slice(b"\r\n");
        rest = after;
    }
    folded.extend_from_slice(rest);
    folded
}

fn behind_colon(field: &[u8], blanks: &[u8]) -> Vec<u8> {
    let (name, value) = split(field);
    [name, blanks, trim_start(value)].concat()
}

fn named(field: &[u8], name: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (old, value) = split(field);
    let old = trim_end(old.strip_suffix(b":").unwrap_or(old));
    [&name(old), &b":"[..], value].concat()
}

/// As most write names: `Content-Type`, `Message-Id`.
fn capitalized(name: &[u8]) -> Vec<u8> {
    let mut before = b'-';
    let letters = name.iter().map(|octet| {
        let letter =
            if before == b'-' { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() };
        before = *octet;
        letter
    });
    letters.collect()
}

/// The name with its colon, and the rest.
fn split(field: &[u8]) -> (&[u8], &[u8]) {
    let colon = memchr::memchr(b':', field).map_or(field.len(), |at| at.saturating_add(1));
    field.split_at_checked(colon).unwrap_or((field, &[]))
}
