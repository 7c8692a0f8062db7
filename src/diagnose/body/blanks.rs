//! Blanks: trimmed, added, folded, and tabs for blanks.

use crate::diagnose::hypothesis::Hypothesis::{
    Blanks, LeadingBlanks, NoBreakSpaces, Tabs, TrailingBlanks,
};
use crate::diagnose::text::{Repair, is_blank, map_lines, replace, trim_end, trim_start};

pub(super) const REPAIRS: &[Repair] = &[
    Repair {
        hypothesis: TrailingBlanks,
        undo: |body| map_lines(body, &|line, out| out.extend_from_slice(trim_end(line))),
    },
    // The line that begins a signature is two dashes and a blank.
    Repair {
        hypothesis: TrailingBlanks,
        undo: |body| {
            map_lines(body, &|line, out| {
                out.extend_from_slice(if line == b"--" { b"-- " } else { line });
            })
        },
    },
    Repair { hypothesis: NoBreakSpaces, undo: |body| replace(body, b"\xc2\xa0", b" ") },
    Repair { hypothesis: Tabs, undo: |body| replace(body, b"\t", b" ") },
    Repair { hypothesis: Tabs, undo: |body| expanded(body, 8) },
    Repair { hypothesis: Tabs, undo: |body| expanded(body, 4) },
    Repair { hypothesis: Tabs, undo: |body| replace(body, b"        ", b"\t") },
    Repair { hypothesis: Tabs, undo: |body| replace(body, b"    ", b"\t") },
    Repair {
        hypothesis: LeadingBlanks,
        undo: |body| map_lines(body, &|line, out| out.extend_from_slice(trim_start(line))),
    },
    // Space-stuffing (RFC 3676 §4.4), taken off or put on once too often.
    Repair {
        hypothesis: LeadingBlanks,
        undo: |body| {
            map_lines(body, &|line, out| {
                out.extend_from_slice(line.strip_prefix(b" ").unwrap_or(line));
            })
        },
    },
    Repair {
        hypothesis: LeadingBlanks,
        undo: |body| {
            map_lines(body, &|line, out| {
                if line.starts_with(b" ") || line.starts_with(b">") || line.starts_with(b"From ") {
                    out.push(b' ');
                }
                out.extend_from_slice(line);
            })
        },
    },
    Repair { hypothesis: Blanks, undo: doubled },
];

/// Two blanks behind the end of a sentence, which have become one.
fn doubled(body: &[u8]) -> Vec<u8> {
    map_lines(body, &|line, out| {
        let mut ends_sentence = false;
        for (at, &octet) in line.iter().enumerate() {
            let next_is_word = line.get(at.saturating_add(1)).is_some_and(|next| !is_blank(*next));
            if octet == b' ' && ends_sentence && next_is_word {
                out.push(b' ');
            }
            out.push(octet);
            ends_sentence = matches!(octet, b'.' | b'?' | b'!' | b':');
        }
    })
}

/// Tabs are blanks up to the next column that is a multiple.
fn expanded(body: &[u8], width: usize) -> Vec<u8> {
    map_lines(body, &|line, out| {
        let mut column = 0_usize;
        for &octet in line {
            let blanks = match octet {
                b'\t' => width.saturating_sub(column.checked_rem(width).unwrap_or_default()),
                _ => 0,
            };
            for _ in 0..blanks {
                out.push(b' ');
            }
            if blanks == 0 {
                out.push(octet);
            }
            column = column.saturating_add(blanks.max(1));
        }
    })
}
