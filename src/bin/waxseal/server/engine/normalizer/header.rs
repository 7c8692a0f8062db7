//! The lines of a header.
//!
//! A lone CR or LF in a header is a line end only where a header line follows: a field name and its
//! colon, white space, or the empty line. Elsewhere it becomes a blank, as Postfix makes it, for a line
//! that is no field would end the header there for most of those who read it.

use memchr::memchr2;

/// Octets that a field name may have, the white space before its colon included: those of a line.
const NAME: usize = 998;

/// Repairs the line ends of a header, up to the empty line and with it. NUL is gone already.
#[derive(Debug, Default)]
pub(super) struct HeaderLines {
    /// The empty line was there.
    over: bool,
    /// The present line has an octet.
    begun: bool,
    /// CR that came last; an LF may follow.
    carriage_returns: usize,
    /// A lone line end waits for what follows it, with what may be a field name.
    waiting: Option<Vec<u8>>,
    changed: bool,
}

impl HeaderLines {
    /// Takes the next octets and gives back what belongs to the body.
    pub(super) fn push<'a>(&mut self, octets: &'a [u8], sink: &mut dyn FnMut(&[u8])) -> &'a [u8] {
        let mut rest = octets;
        while !self.over
            && let Some((&first, after)) = rest.split_first()
        {
            rest = match first {
                b'\r' => {
                    self.carriage_returns += 1;
                    after
                }
                b'\n' => {
                    let carriage_returns = std::mem::take(&mut self.carriage_returns);
                    // several CR before an LF are left by converting a message twice
                    self.changed |= carriage_returns != 1;
                    self.line_end(carriage_returns == 0, sink);
                    after
                }
                _ if self.carriage_returns > 0 => {
                    self.release(sink);
                    rest
                }
                _ if self.waiting.is_some() => {
                    self.after_lone(first, sink);
                    after
                }
                _ => {
                    let (text, after) =
                        rest.split_at(memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()));
                    self.begun = true;
                    sink(text);
                    after
                }
            };
        }
        rest
    }

    /// The message ends within its header.
    pub(super) fn finish(&mut self, sink: &mut dyn FnMut(&[u8])) {
        self.release(sink);
        match self.waiting.take() {
            Some(name) if name.is_empty() => sink(b"\r\n"),
            Some(name) => {
                sink(b" ");
                sink(&name);
            }
            None => {}
        }
    }

    pub(super) fn has_changed(&self) -> bool {
        self.changed
    }

    /// Every CR held back stands alone.
    fn release(&mut self, sink: &mut dyn FnMut(&[u8])) {
        for _ in 0..std::mem::take(&mut self.carriage_returns) {
            self.changed = true;
            if self.over {
                sink(b"\r\n");
            } else {
                self.line_end(true, sink);
            }
        }
    }

    fn line_end(&mut self, lone: bool, sink: &mut dyn FnMut(&[u8])) {
        match self.waiting.take() {
            // an empty line
            Some(name) if name.is_empty() => {
                sink(b"\r\n");
                self.begun = false;
            }
            // a line that is no field
            Some(name) => {
                sink(b" ");
                sink(&name);
            }
            None => {}
        }
        if !self.begun {
            sink(b"\r\n");
            self.over = true;
        } else if lone {
            self.waiting = Some(Vec::new());
        } else {
            sink(b"\r\n");
            self.begun = false;
        }
    }

    /// The next octet, which is no line end, where a lone line end waits for it.
    fn after_lone(&mut self, octet: u8, sink: &mut dyn FnMut(&[u8])) {
        let Some(mut name) = self.waiting.take() else { return };
        let after_blank = matches!(name.last(), Some(b' ' | b'\t'));
        let before: &[u8] = match octet {
            b' ' | b'\t' if name.is_empty() => b"\r\n",
            b':' if !name.is_empty() => b"\r\n",
            _ if name.len() < NAME
                && (matches!(octet, b' ' | b'\t')
                    || (octet.is_ascii_graphic() && octet != b':' && !after_blank)) =>
            {
                name.push(octet);
                self.waiting = Some(name);
                return;
            }
            _ => b" ",
        };
        sink(before);
        sink(&name);
        sink(&[octet]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(header: &[u8]) -> String {
        let (mut lines, mut out) = (HeaderLines::default(), Vec::new());
        let rest = lines.push(header, &mut |span| out.extend_from_slice(span));
        lines.finish(&mut |span| out.extend_from_slice(span));
        out.extend_from_slice(b"|");
        out.extend_from_slice(rest);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_lone_line_end_ends_a_line_where_a_header_line_follows() {
        for (header, expected) in [
            ("A: b\nC: d\n\nx", "A: b\r\nC: d\r\n\r\n|x"),
            ("A: b\rC : d\r\n\r\nx", "A: b\r\nC : d\r\n\r\n|x"),
            ("A: b\n c\r\td\r\n\r\n", "A: b\r\n c\r\n\td\r\n\r\n|"),
            ("A: b\r\n\nx", "A: b\r\n\r\n|x"),
            ("A: b\n\r\nx", "A: b\r\n\r\n|x"),
            ("A: b\n", "A: b\r\n|"),
            ("\nx", "\r\n|x"),
        ] {
            assert_eq!(repaired(header.as_bytes()), expected, "{header:?}");
        }
    }

    #[test]
    fn elsewhere_it_is_a_blank() {
        for (header, expected) in [
            ("A: b\nc\r\n\r\n", "A: b c\r\n\r\n|"),
            ("A: b\rc d: e\r\n\r\n", "A: b c d: e\r\n\r\n|"),
            ("A: b\n: c\r\n\r\n", "A: b : c\r\n\r\n|"),
            ("A: b\nc\nd\nE: f\r\n\r\n", "A: b c d\r\nE: f\r\n\r\n|"),
            ("A: b\nc", "A: b c|"),
            ("A: b\nc\u{e4}: d\r\n", "A: b c\u{e4}: d\r\n|"),
        ] {
            assert_eq!(repaired(header.as_bytes()), expected, "{header:?}");
        }
        let long = format!("A: b\n{}: c\r\n", "x".repeat(999));
        assert!(repaired(long.as_bytes()).starts_with("A: b xxx"));
    }
}
