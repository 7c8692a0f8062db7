//! Lines: their ends, and what SMTP and mailboxes put at their starts.

use crate::diagnose::hypothesis::Hypothesis::{
    ByteOrderMark, DotStuffing, DoubledLineEnds, FromStuffing, LeadingBlankLines, LineEndings,
    LongLines,
};
use crate::diagnose::message::normalized;
use crate::diagnose::text::{Repair, lines, map_lines, replace, trim_line_end};

pub(super) const REPAIRS: &[Repair] = &[
    Repair { hypothesis: LineEndings, undo: normalized },
    Repair { hypothesis: ByteOrderMark, undo: |body| replace(body, b"\xef\xbb\xbf", b"") },
    Repair { hypothesis: LeadingBlankLines, undo: without_leading_blank_lines },
    Repair { hypothesis: LeadingBlankLines, undo: |body| [b"\r\n", body].concat() },
    Repair { hypothesis: DoubledLineEnds, undo: |body| replace(body, b"\r\n\r\n", b"\r\n") },
    // A dot too many that was not taken off, or one too few because it was taken off twice.
    Repair { hypothesis: DotStuffing, undo: |body| change_start(body, b"..", b".") },
    Repair { hypothesis: DotStuffing, undo: |body| change_start(body, b".", b"..") },
    Repair { hypothesis: FromStuffing, undo: |body| change_start(body, b">From ", b"From ") },
    Repair { hypothesis: FromStuffing, undo: |body| change_start(body, b"From ", b">From ") },
    // Postfix puts a line end and a blank in, others an exclamation mark before, or nothing.
    Repair { hypothesis: LongLines, undo: |body| joined(body, b"", b" ") },
    Repair { hypothesis: LongLines, undo: |body| joined(body, b"!", b" ") },
    Repair { hypothesis: LongLines, undo: |body| joined(body, b"", b"") },
];

fn without_leading_blank_lines(body: &[u8]) -> Vec<u8> {
    let mut rest = body;
    while let Some(after) = rest.strip_prefix(b"\r\n") {
        rest = after;
    }
    rest.to_vec()
}

/// The lines that begin with `from` begin with `to`.
fn change_start(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    map_lines(body, &|line, out| match line.strip_prefix(from) {
        Some(rest) => {
            out.extend_from_slice(to);
            out.extend_from_slice(rest);
        }
        None => out.extend_from_slice(line),
    })
}

/// Lines that are as long as relays leave them (RFC 5321 §4.5.3.1.6), with `end`, are one with the
/// next, which begins with `start`.
fn joined(body: &[u8], end: &[u8], start: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(body.len());
    let mut was_cut = false;
    for line in lines(body) {
        let line = match line.strip_prefix(start) {
            Some(rest) if was_cut => {
                joined.truncate(joined.len().saturating_sub(end.len()).saturating_sub(2));
                rest
            }
            _ => line,
        };
        joined.extend_from_slice(line);
        let content = trim_line_end(line);
        was_cut = (900..=2048).contains(&content.len())
            && content.ends_with(end)
            && line.ends_with(b"\r\n");
    }
    joined
}
