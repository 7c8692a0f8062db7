//! Damage to a message as a whole, as copying and storing do it: found, and repaired.

use super::change::{change, hint, phrases, repair};
use super::finding::{Change, Finding, Part};
use super::hypothesis::Hypothesis;
use super::text::{Repair, find, lines, trim_line_end};
use crate::message::{HeaderReader, LineEndingNormalizer};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The message with all damage repaired that keeps its header from being read, and what it was;
/// `None` where there is none.
pub(crate) fn repaired(message: &[u8]) -> Option<(Vec<u8>, Vec<Change>)> {
    let mut repaired = message.to_vec();
    let mut changes = Vec::new();
    for Repair { hypothesis, undo } in REPAIRS {
        let next = undo(&repaired);
        if next != repaired {
            changes.push(change(*hypothesis, &repaired, &next));
            repaired = next;
        }
    }
    (!changes.is_empty()).then_some((repaired, changes))
}

/// In the order in which the damage was done, the last first.
const REPAIRS: &[Repair] = &[
    Repair {
        hypothesis: Hypothesis::ByteOrderMark,
        undo: |message| message.strip_prefix(BYTE_ORDER_MARK).unwrap_or(message).to_vec(),
    },
    Repair { hypothesis: Hypothesis::LineEndings, undo: normalized },
    Repair {
        hypothesis: Hypothesis::LeadingBlankLines,
        undo: |message| {
            let empty =
                lines(message).take_while(|line| trim_line_end(line).trim_ascii().is_empty());
            let start = empty.map(<[u8]>::len).sum();
            message.get(start..).unwrap_or_default().to_vec()
        },
    },
    Repair {
        hypothesis: Hypothesis::MboxLine,
        undo: |message| {
            let first = lines(message).next().unwrap_or_default();
            // A field name may not hold a blank, unless it stands before the colon.
            let is_separator = first.strip_prefix(b">").unwrap_or(first).starts_with(b"From ")
                && !first.starts_with(b"From :");
            message.get(if is_separator { first.len() } else { 0 }..).unwrap_or_default().to_vec()
        },
    },
    Repair { hypothesis: Hypothesis::LostIndentation, undo: indented },
];

pub(super) fn normalized(octets: &[u8]) -> Vec<u8> {
    let mut normalized = Vec::with_capacity(octets.len());
    let mut normalizer = LineEndingNormalizer::default();
    let mut sink = |span: &[u8]| normalized.extend_from_slice(span);
    normalizer.push(octets, &mut sink);
    normalizer.finish(&mut sink);
    normalized
}

/// A header line that is no field continues one: copied out of a window, it has lost its blank.
fn indented(message: &[u8]) -> Vec<u8> {
    let mut indented = Vec::with_capacity(message.len());
    let mut rest = message;
    for line in lines(message) {
        let content = trim_line_end(line);
        if content.is_empty() {
            break;
        }
        let is_continuation = matches!(line.first(), Some(b' ' | b'\t'));
        if !is_continuation && !indented.is_empty() && !is_field(content) {
            indented.push(b' ');
        }
        indented.extend_from_slice(line);
        rest = rest.get(line.len()..).unwrap_or_default();
    }
    indented.extend_from_slice(rest);
    indented
}

fn is_field(line: &[u8]) -> bool {
    let mut reader = HeaderReader::new(usize::MAX, 1);
    let _ = reader.push(line);
    reader.end().is_ok()
}

/// What the repairs of a message are worth, which has no signature that can be read without them.
pub(crate) fn repairs(changes: Vec<Change>, verifies: bool) -> Option<Finding> {
    let mut finding = repair(Part::Message, changes)?;
    if !verifies {
        finding.restored = false;
        finding.explanation =
            format!("The header can only be read {}.", phrases(finding.changes.iter()));
    }
    Some(finding)
}

/// That the message is too large.
pub(crate) fn too_large() -> Finding {
    hint(Part::Message, Hypothesis::TooLarge, None)
}

/// Signs that blanks at the ends of lines were lost: the line that begins a signature, or none in a
/// text whose format wants some (RFC 3676 §4.1, §4.3).
pub(crate) fn damage(message: &[u8]) -> Option<Finding> {
    let (header, body) = message.split_at_checked(find(message, b"\r\n\r\n")?)?;
    let body = body.get(4..).unwrap_or_default();
    if lines(body).any(|line| trim_line_end(line).ends_with(b" ")) {
        return None;
    }
    let delimiter = lines(body).position(|line| trim_line_end(line) == b"--");
    let is_flowed = find(&header.to_ascii_lowercase(), b"format=flowed").is_some();
    // The lines of a paragraph that goes on would end in a blank.
    let long = || lines(body).position(|line| trim_line_end(line).len() > 65);
    let line = delimiter.or_else(|| if is_flowed { long() } else { None })?;
    let mut change = change(Hypothesis::TrimmedBlanks, b"", b"");
    change.line = line.saturating_add(1);
    change.octet = lines(body).take(line).map(<[u8]>::len).sum();
    Some(hint(Part::Message, Hypothesis::TrimmedBlanks, Some(change)))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn repairs(message: &[u8]) -> (String, Vec<&'static str>) {
        let (repaired, changes) = repaired(message).unwrap_or_default();
        let codes = changes.iter().map(|change| change.hypothesis.code()).collect();
        (String::from_utf8(repaired).unwrap(), codes)
    }

    #[test]
    fn what_copying_does_is_undone() {
        let whole = "From: a\r\nTo: b\r\n c\r\n\r\nbody\r\n".to_owned();
        for (message, codes) in [
            (&b"From: a\nTo: b\n c\n\nbody\n"[..], vec!["lineEndings"]),
            (b"\xef\xbb\xbfFrom: a\r\nTo: b\r\n c\r\n\r\nbody\r\n", vec!["byteOrderMark"]),
            (b"\r\n \r\nFrom: a\r\nTo: b\r\n c\r\n\r\nbody\r\n", vec!["leadingBlankLines"]),
            (b"From x Mon 10:00\r\nFrom: a\r\nTo: b\r\n c\r\n\r\nbody\r\n", vec!["mboxLine"]),
            (b">From x\r\nFrom: a\r\nTo: b\r\n c\r\n\r\nbody\r\n", vec!["mboxLine"]),
            (b"From: a\r\nTo: b\r\nc\r\n\r\nbody\r\n", vec!["lostIndentation"]),
            (
                b"\n\nFrom: a\nTo: b\nc\n\nbody\n",
                vec!["lineEndings", "leadingBlankLines", "lostIndentation"],
            ),
        ] {
            assert_eq!(repairs(message), (whole.clone(), codes));
        }
        assert_eq!(repaired(whole.as_bytes()), None);
        assert_eq!(repaired(b""), None);
    }

    #[test]
    fn trimmed_blanks_are_noticed() {
        let found = damage(b"A: b\r\n\r\nHi\r\n--\r\nJoe\r\n").unwrap();
        assert_eq!((found.hypothesis, found.restored), (Hypothesis::TrimmedBlanks, false));
        assert_eq!((found.changes[0].line, found.changes[0].octet), (2, 4));
        assert_eq!(damage(b"A: b\r\n\r\nHi \r\n--\r\nJoe\r\n"), None);
        let long = ["x"; 70].concat();
        assert!(damage(format!("A: text; Format=flowed\r\n\r\n{long}").as_bytes()).is_some());
        assert_eq!(damage(format!("A: text\r\n\r\n{long}").as_bytes()), None);
    }
}
