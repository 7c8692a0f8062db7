//! Makes a message fit to travel: lone CR and LF become line ends, NUL goes, long lines are broken as
//! Postfix would break them after us.

use memchr::memchr;
use waxseal::message::LineEndingNormalizer;

/// Octets of a line without its CRLF (RFC 5321 §4.5.3.1.6).
const LINE: usize = 998;

/// The octets in, in pieces; the octets as they are sent on out. What comes out does not depend on the
/// pieces.
#[derive(Debug, Default)]
pub(crate) struct Normalizer {
    line_endings: LineEndingNormalizer,
    rest: Rest,
}

#[derive(Debug, Default)]
struct Rest {
    /// Octets of the present line so far.
    line: usize,
    after_cr: bool,
    changed: bool,
}

impl Normalizer {
    pub(crate) fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let Self { line_endings, rest } = self;
        line_endings.push(octets, &mut |span| rest.push(span, sink));
    }

    /// Passes on what was held back.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(&[u8])) {
        let Self { line_endings, rest } = self;
        line_endings.finish(&mut |span| rest.push(span, sink));
    }

    /// Something was made different.
    pub(crate) fn has_changed(&self) -> bool {
        self.rest.changed || self.line_endings.has_changed()
    }
}

impl Rest {
    /// Here every CR is followed by LF, every LF preceded by CR.
    fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            self.line(line, sink);
            rest = after;
        }
    }

    /// A line with its end, or a piece of one.
    fn line(&mut self, piece: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let ends = piece.ends_with(b"\n");
        let mut parts = piece.split(|octet| *octet == 0);
        if let Some(part) = parts.next() {
            self.text(part, sink);
        }
        for part in parts {
            self.changed = true;
            self.text(part, sink);
        }
        if ends {
            self.line = 0;
            self.after_cr = false;
        }
    }

    fn text(&mut self, text: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = text;
        loop {
            // the line's end is no part of its length, and may come in another piece
            let visible = match rest {
                [visible @ .., b'\r', b'\n'] | [visible @ .., b'\r'] => visible.len(),
                [b'\n'] if self.after_cr => 0,
                _ => rest.len(),
            };
            let room = LINE.saturating_sub(self.line);
            if visible <= room {
                self.line += visible;
                self.after_cr = rest.ends_with(b"\r");
                if !rest.is_empty() {
                    sink(rest);
                }
                return;
            }
            let (fits, more) = rest.split_at(room);
            sink(fits);
            sink(b"\r\n ");
            self.changed = true;
            self.line = 1;
            rest = more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(message: &[u8]) -> (Vec<u8>, bool) {
        let all = |size: usize| {
            let (mut normalizer, mut out) = (Normalizer::default(), Vec::new());
            for chunk in message.chunks(size.max(1)) {
                normalizer.push(chunk, &mut |span| out.extend_from_slice(span));
            }
            normalizer.finish(&mut |span| out.extend_from_slice(span));
            (out, normalizer.has_changed())
        };
        let whole = all(message.len());
        for size in [1, 2, 3, 997, 998, 999, 1000] {
            assert_eq!(all(size), whole, "pieces of {size}");
        }
        whole
    }

    #[test]
    fn a_clean_message_is_not_touched() {
        let message = [b"A: b\r\n\r\n".to_vec(), vec![b'x'; 998], b"\r\ny".to_vec()].concat();
        assert_eq!(normalized(&message), (message, false));
    }

    #[test]
    fn lone_line_ends_and_nul() {
        assert_eq!(normalized(b"a\nb\rc\0d\r\n"), (b"a\r\nb\r\ncd\r\n".to_vec(), true));
    }

    #[test]
    fn long_lines_are_broken() {
        let message = [vec![b'x'; 999], b"\r\n".to_vec(), vec![b'y'; 2500]].concat();
        let expected = [
            vec![b'x'; 998],
            b"\r\n x\r\n".to_vec(),
            vec![b'y'; 998],
            b"\r\n ".to_vec(),
            vec![b'y'; 997],
            b"\r\n ".to_vec(),
            vec![b'y'; 505],
        ]
        .concat();
        assert_eq!(normalized(&message), (expected, true));
    }
}
