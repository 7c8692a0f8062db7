//! What a message has that does not travel well: lone CR or LF, NUL, overlong lines.

use memchr::memchr3;

/// Octets a line may have without its CRLF (RFC 5321 §4.5.3.1.6).
const LINE: u64 = 998;

/// Watches the octets of a message go by.
#[derive(Debug, Default)]
pub(crate) struct Hygiene {
    found: Findings,
    /// The octet before was a CR.
    after_cr: bool,
    /// Octets since the last CRLF.
    line: u64,
    /// The piece since the last CR, LF or CRLF.
    piece: Piece,
}

/// What a careless server takes for a line.
#[derive(Debug, Default)]
struct Piece {
    /// It began at a lone CR or LF: whoever sends it puts no dot before its dot.
    after_lone: bool,
    nul: bool,
    /// Octets but NUL, as far as two.
    octets: u8,
    dot: bool,
}

/// How often what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) lone_cr: u64,
    pub(crate) lone_lf: u64,
    pub(crate) nul: u64,
    pub(crate) long_lines: u64,
    /// There is an octet over 127.
    pub(crate) eight_bit: bool,
    /// A dot stands alone between what a careless server takes for line ends: it would see the end of
    /// the message there, and commands in what follows.
    pub(crate) smuggling: bool,
}

impl Findings {
    /// Nothing was found that a policy speaks of.
    pub(crate) const fn is_clean(&self) -> bool {
        self.lone_cr == 0 && self.lone_lf == 0 && self.nul == 0 && self.long_lines == 0
    }
}

impl Hygiene {
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.found.eight_bit |= !octets.is_ascii();
        let mut rest = octets;
        while let Some(first) = rest.first() {
            if self.after_cr {
                self.after_cr = false;
                if *first == b'\n' {
                    self.end_line();
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
                self.found.lone_cr += 1;
                self.line += 1;
                self.end_piece(true);
            }
            let length = memchr3(b'\r', b'\n', 0, rest).unwrap_or(rest.len());
            let (plain, special) = rest.split_at(length);
            self.plain(plain);
            match special.first() {
                None => return,
                Some(b'\r') => self.after_cr = true,
                Some(b'\n') => {
                    self.found.lone_lf += 1;
                    self.line += 1;
                    self.end_piece(true);
                }
                Some(_) => {
                    self.found.nul += 1;
                    self.line += 1;
                    self.piece.nul = true;
                }
            }
            rest = special.get(1..).unwrap_or_default();
        }
    }

    /// What was found in all. A CR at the very end stands alone.
    pub(crate) fn finish(mut self) -> Findings {
        if self.after_cr {
            self.found.lone_cr += 1;
        }
        self.end_line();
        self.found
    }

    fn plain(&mut self, octets: &[u8]) {
        self.line = self.line.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        if let Some(first) = octets.first() {
            self.piece.dot |= self.piece.octets == 0 && *first == b'.';
            let more = u8::try_from(octets.len()).unwrap_or(2);
            self.piece.octets = self.piece.octets.saturating_add(more);
        }
    }

    fn end_line(&mut self) {
        self.found.long_lines += u64::from(self.line > LINE);
        self.line = 0;
        self.end_piece(false);
    }

    fn end_piece(&mut self, lone: bool) {
        let Piece { after_lone, nul, octets, dot } = self.piece;
        let dot_alone = dot && octets == 1;
        self.found.smuggling |= dot_alone && (after_lone || nul);
        self.piece = Piece { after_lone: lone, ..Piece::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(message: &[u8]) -> Findings {
        let whole = {
            let mut hygiene = Hygiene::default();
            hygiene.push(message);
            hygiene.finish()
        };
        let mut hygiene = Hygiene::default();
        for octet in message.chunks(1) {
            hygiene.push(octet);
        }
        assert_eq!(hygiene.finish(), whole, "octet by octet it is the same");
        whole
    }

    #[test]
    fn a_clean_message_is_clean() {
        let found = find(b"From: a\r\n\r\nx\r\n.\r\n..\r\n");
        assert!(found.is_clean() && !found.smuggling && !found.eight_bit);
    }

    #[test]
    fn each_is_counted() {
        let found = find(b"a\rb\nc\0\n\r\r\n\xFF\r");
        let expected =
            Findings { lone_cr: 3, lone_lf: 2, nul: 1, eight_bit: true, ..Findings::default() };
        assert_eq!(found, expected);
    }

    #[test]
    fn long_lines_are_over_998_octets() {
        let line = |length: usize| [vec![b'x'; length], b"\r\n".to_vec()].concat();
        assert_eq!(find(&line(998)).long_lines, 0);
        assert_eq!(find(&[line(999), line(5), line(2000)].concat()).long_lines, 2);
        assert_eq!(find(&[b'x'; 999]).long_lines, 1);
    }

    #[test]
    fn a_dot_that_a_careless_server_takes_for_the_end() {
        for message in [
            &b"a\n.\n"[..],
            b"a\n.\r\n",
            b"a\r.\r\n",
            b"a\r.\r",
            b"a\r\n\0.\r\n",
            b"a\r\n.\0\r\n",
            b"a\r\n\n.\n",
        ] {
            assert!(find(message).smuggling, "{:?}", String::from_utf8_lossy(message));
        }
        // after a CRLF a dot is put before the dot, so nobody sees an end there
        for message in
            [&b"a\r\n.\r\n"[..], b"a\r\n.\n", b".\r\n", b"a\n..\n", b"a\n.b\n", b"a\nb.\n"]
        {
            assert!(!find(message).smuggling, "{:?}", String::from_utf8_lossy(message));
        }
    }
}
