//! The message in DATA: where it ends, and the dots before its lines (RFC 5321 §4.5.2).

use memchr::{memchr, memmem};

/// Takes the message out of what follows DATA.
///
/// It ends at CRLF.CRLF and at nothing else: whoever takes a lone LF or CR for the end of a line can be
/// made to see two messages where the sender's server saw one (SMTP smuggling).
#[derive(Debug, Default)]
pub(crate) struct Undotter {
    state: State,
}

/// What the last octets were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// CRLF, or there were none.
    #[default]
    LineStart,
    /// A dot at the start of a line. It is held back.
    Dot,
    /// The same and CR. Both are held back.
    DotCr,
    /// CR, passed on already.
    Cr,
    Middle,
}

impl Undotter {
    /// Passes the octets of the message in `octets` on, without the dots that were put before its lines.
    /// Gives the number of octets that belong to it and its end, once the end is there; what follows are
    /// commands.
    pub(crate) fn push(&mut self, octets: &[u8], mut sink: impl FnMut(&[u8])) -> Option<usize> {
        let at = |position: usize| octets.get(position).copied();
        // what is passed on next begins here
        let mut from = 0;
        let mut position = 0;
        while let Some(octet) = at(position) {
            match (self.state, octet) {
                (State::LineStart, b'.') => {
                    sink(octets.get(from..position).unwrap_or_default());
                    from = position + 1;
                    self.state = State::Dot;
                    position += 1;
                }
                (State::Dot, b'\r') => {
                    from = position;
                    self.state = State::DotCr;
                    position += 1;
                }
                (State::DotCr, b'\n') => return Some(position + 1),
                (State::DotCr, _) => {
                    // not the end: the dot was put there, the CR is the message's
                    sink(b"\r");
                    from = position;
                    self.state = State::Cr;
                }
                (State::Cr, b'\n') => {
                    self.state = State::LineStart;
                    position += 1;
                }
                (_, b'\r') => {
                    self.state = State::Cr;
                    position += 1;
                }
                _ => {
                    self.state = State::Middle;
                    let rest = octets.get(position..).unwrap_or_default();
                    position += memchr(b'\r', rest).unwrap_or(rest.len());
                }
            }
        }
        if self.state != State::DotCr {
            sink(octets.get(from..).unwrap_or_default());
        }
        None
    }
}

/// Puts dots before the lines of a message that begin with one.
#[derive(Debug)]
pub(crate) struct Dotter {
    /// How much of CRLF the last octets are.
    matched: usize,
}

/// What ends DATA.
pub(crate) const END: &[u8] = b".\r\n";

impl Default for Dotter {
    fn default() -> Self {
        // a message begins at the start of a line
        Self { matched: 2 }
    }
}

impl Dotter {
    /// Passes the octets on as they go over the wire.
    pub(crate) fn push(&mut self, octets: &[u8], mut sink: impl FnMut(&[u8])) {
        let Some(first) = octets.first() else { return };
        let mut from = 0;
        match (self.matched, first) {
            (2, b'.') => sink(b"."),
            // the line end itself was cut in two, and a dot may follow
            (1, b'\n') if octets.get(1) == Some(&b'.') => {
                sink(b"\n.");
                from = 1;
            }
            _ => {}
        }
        for found in memmem::find_iter(octets, b"\r\n.") {
            let dot = found + 2;
            sink(octets.get(from..dot).unwrap_or_default());
            sink(b".");
            from = dot;
        }
        sink(octets.get(from..).unwrap_or_default());
        self.matched = match octets {
            [.., b'\r', b'\n'] => 2,
            [b'\n'] if self.matched == 1 => 2,
            [.., b'\r'] => 1,
            _ => 0,
        };
    }

    /// What closes the message: a CRLF where its last line has none, for the end to be seen, and the end.
    pub(crate) fn end(&self) -> &'static [u8] {
        match self.matched {
            2 => END,
            _ => b"\r\n.\r\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn undotted(chunks: &[&[u8]]) -> (Vec<u8>, Option<usize>) {
        let (mut undotter, mut message) = (Undotter::default(), Vec::new());
        let mut before = 0;
        for chunk in chunks {
            if let Some(end) = undotter.push(chunk, |octets| message.extend_from_slice(octets)) {
                return (message, Some(before + end));
            }
            before += chunk.len();
        }
        (message, None)
    }

    fn dotted(chunks: &[&[u8]]) -> Vec<u8> {
        let (mut dotter, mut wire) = (Dotter::default(), Vec::new());
        for chunk in chunks {
            dotter.push(chunk, |octets| wire.extend_from_slice(octets));
        }
        wire.extend_from_slice(dotter.end());
        wire
    }

    #[test]
    fn dots_before_lines_go_and_come() {
        for (message, wire) in [
            (&b""[..], &b".\r\n"[..]),
            (b".\r\n", b"..\r\n.\r\n"),
            (b"a\r\n.b\r\n..\r\n", b"a\r\n..b\r\n...\r\n.\r\n"),
            (b"a.\r\n.\r\n", b"a.\r\n..\r\n.\r\n"),
            (b"a\n.\r\n", b"a\n.\r\n.\r\n"),
            (b"a\r.\r\n", b"a\r.\r\n.\r\n"),
            (b"\r\n.\r\r\n", b"\r\n..\r\r\n.\r\n"),
        ] {
            assert_eq!(dotted(&[message]), wire);
            assert_eq!(undotted(&[wire]), (message.to_vec(), Some(wire.len())));
        }
    }

    #[test]
    fn nothing_but_crlf_dot_crlf_ends_a_message() {
        for wire in [
            &b"a\n.\n"[..],
            b"a\n.\r\n",
            b"a\r\n.\n",
            b"a\r\n.\r",
            b"a\r.\r\n",
            b"a\r\n\0.\r\n",
            b"a\r\n.\rx\r\n",
            b"a\r.\r",
            b"a\r\n. \r\n",
        ] {
            assert_eq!(undotted(&[wire]).1, None, "{:?}", String::from_utf8_lossy(wire));
        }
    }

    #[test]
    fn what_follows_the_end_is_left() {
        assert_eq!(undotted(&[b"a\r\n.\r\nQUIT\r\n"]), (b"a\r\n".to_vec(), Some(6)));
    }

    #[test]
    fn a_dot_and_cr_that_are_no_end_stay() {
        assert_eq!(undotted(&[b".\rx\r\n", b".\r\n"]).0, b"\rx\r\n");
        assert_eq!(undotted(&[b".", b"\r", b"\r", b"\n", b".", b"\r", b"\n"]).0, b"\r\r\n");
    }

    proptest! {
        #[test]
        fn messages_survive_in_any_chunks(
            parts in prop::collection::vec(prop::sample::select(vec!["\r", "\n", "\r\n", ".", "a", "bc"]), 0..40),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut message = parts.concat().into_bytes();
            if !message.is_empty() && !message.ends_with(b"\r\n") {
                message.extend_from_slice(b"\r\n");
            }
            let cut = |whole: &[u8]| -> Vec<Vec<u8>> {
                let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
                places.extend([0, whole.len()]);
                places.sort_unstable();
                places.windows(2).map(|pair| whole[pair[0]..pair[1]].to_vec()).collect()
            };
            let pieces = cut(&message);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let mut wire = dotted(&pieces);
            prop_assert_eq!(&wire, &dotted(&[&message]));
            let length = wire.len();
            wire.extend_from_slice(b"RSET\r\n.\r\n");
            let pieces = cut(&wire);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(undotted(&pieces), (message, Some(length)));
        }
    }
}
