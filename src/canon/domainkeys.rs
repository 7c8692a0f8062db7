//! The canonicalizations of DomainKeys, simple and nofws (RFC 4870 §3.4.2).
//!
//! They are none of DKIM's: header and body make one text, in which the empty line between them is a
//! line like any other, so that it vanishes where the body has nothing but empty lines.

/// A canonicalization algorithm of DomainKeys (RFC 4870 §3.4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DomainKeysCanonicalization {
    /// Lines as they are (RFC 4870 §3.4.2.1).
    #[default]
    Simple,
    /// No folding white space: every blank goes, and folded fields become one line
    /// (RFC 4870 §3.4.2.2).
    Nofws,
}

impl DomainKeysCanonicalization {
    /// The algorithm of that name, letter case aside.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Simple, Self::Nofws].into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The name, as it stands in `c=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Nofws => "nofws",
        }
    }

    /// Hands the canonical form of a field to `sink`, its CRLF included. `field` is the field less
    /// the CRLF that ends it.
    ///
    /// ```
    /// use waxseal::canon::DomainKeysCanonicalization;
    ///
    /// let mut canonical = Vec::new();
    /// DomainKeysCanonicalization::Nofws.field(b"To : a,\r\n\tb ", &mut |span| {
    ///     canonical.extend_from_slice(span);
    /// });
    /// assert_eq!(canonical, b"To:a,b\r\n");
    /// ```
    pub fn field(self, field: &[u8], sink: &mut dyn FnMut(&[u8])) {
        match self {
            Self::Simple => sink(field),
            Self::Nofws => spans(field, is_folding_white_space, sink),
        }
        sink(b"\r\n");
    }
}

/// Canonicalizes a body that comes in pieces of any size, and the empty line before it.
///
/// ```
/// use waxseal::canon::{DomainKeysBodyCanonicalizer, DomainKeysCanonicalization};
///
/// let mut body = DomainKeysBodyCanonicalizer::new(DomainKeysCanonicalization::Nofws);
/// let mut canonical = Vec::new();
/// body.push(b" C \r", &mut |span| canonical.extend_from_slice(span));
/// body.push(b"\nD \t E\r\n \r\n\r\n", &mut |span| canonical.extend_from_slice(span));
/// body.finish(&mut |span| canonical.extend_from_slice(span));
/// assert_eq!(canonical, b"\r\nC\r\nDE\r\n");
/// ```
#[derive(Clone, Debug)]
pub struct DomainKeysBodyCanonicalizer {
    kind: DomainKeysCanonicalization,
    /// Line ends held back, because empty lines at the end of the message are ignored. The first is
    /// that of the line between header and body.
    held_line_ends: u64,
    /// A CR at the end of a piece, which may begin a CRLF.
    held_cr: bool,
    /// Whether anything was handed on.
    any: bool,
}

impl DomainKeysBodyCanonicalizer {
    /// A canonicalizer at the end of a header.
    pub fn new(kind: DomainKeysCanonicalization) -> Self {
        Self { kind, held_line_ends: 1, held_cr: false, any: false }
    }

    /// Takes the next octets of the body and hands their canonical form to `sink`, in spans.
    pub fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        if self.held_cr {
            let Some(after) = rest.strip_prefix(b"\n") else {
                if !rest.is_empty() {
                    self.release_cr(sink);
                    self.push(rest, sink);
                }
                return;
            };
            self.held_cr = false;
            self.end_line();
            rest = after;
        }
        while !rest.is_empty() {
            let Some(at) = line_end(rest) else {
                let (line, held_cr) = match rest.split_last() {
                    Some((b'\r', line)) => (line, true),
                    _ => (rest, false),
                };
                self.data(line, sink);
                self.held_cr = held_cr;
                return;
            };
            self.data(rest.get(..at).unwrap_or_default(), sink);
            self.end_line();
            rest = rest.get(at.saturating_add(2)..).unwrap_or_default();
        }
    }

    /// Hands on what the end of the body decides.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.held_cr {
            self.release_cr(sink);
        }
        // RFC 4870 §3.4.2: each line gets its CRLF, whether or not the last had one.
        if self.any {
            sink(b"\r\n");
        }
    }

    /// A CR that ends no line.
    fn release_cr(&mut self, sink: &mut dyn FnMut(&[u8])) {
        self.held_cr = false;
        self.data(b"\r", sink);
    }

    fn end_line(&mut self) {
        self.held_line_ends = self.held_line_ends.saturating_add(1);
    }

    /// Octets within a line.
    fn data(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        match self.kind {
            DomainKeysCanonicalization::Simple => self.hand_on(octets, sink),
            DomainKeysCanonicalization::Nofws => {
                spans(octets, is_folding_white_space, &mut |span| self.hand_on(span, sink));
            }
        }
    }

    fn hand_on(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        if octets.is_empty() {
            return;
        }
        while self.held_line_ends > 0 {
            sink(b"\r\n");
            self.held_line_ends = self.held_line_ends.saturating_sub(1);
        }
        self.any = true;
        sink(octets);
    }
}

/// Where the first CRLF stands.
fn line_end(octets: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\r', octets)
        .find(|at| octets.get(at.saturating_add(1)).is_some_and(|next| *next == b'\n'))
}

/// The octets between those left out, as spans that are not empty.
fn spans(octets: &[u8], left_out: fn(&u8) -> bool, sink: &mut dyn FnMut(&[u8])) {
    octets.split(left_out).filter(|span| !span.is_empty()).for_each(sink);
}

/// RFC 4870 §3.4.2.2: HTAB, LF, CR and SP, wherever they stand.
const fn is_folding_white_space(octet: &u8) -> bool {
    matches!(*octet, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use proptest::prelude::*;

    use super::DomainKeysCanonicalization::{Nofws, Simple};
    use super::*;

    fn canonical(kind: DomainKeysCanonicalization, body: &[u8], piece: usize) -> Vec<u8> {
        let mut octets = Vec::new();
        let mut sink = |span: &[u8]| octets.extend_from_slice(span);
        let mut canonicalizer = DomainKeysBodyCanonicalizer::new(kind);
        for piece in body.chunks(piece) {
            canonicalizer.push(piece, &mut sink);
        }
        canonicalizer.finish(&mut sink);
        octets
    }

    /// The plain twin, line by line as RFC 4870 §3.4.2 tells it.
    fn plainly(kind: DomainKeysCanonicalization, body: &[u8]) -> Vec<u8> {
        let mut lines = vec![Vec::new()];
        let mut line = Vec::new();
        let mut rest = body;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            if let (b'\r', Some(b'\n')) = (first, after.first()) {
                lines.push(std::mem::take(&mut line));
                rest = &after[1..];
            } else if kind == Simple || !b" \t\r\n".contains(&first) {
                line.push(first);
            }
        }
        lines.push(line);
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        lines.iter().flat_map(|line| [line.as_slice(), b"\r\n"].concat()).collect()
    }

    #[test]
    fn bodies_lose_empty_lines_at_their_end_and_nofws_all_blanks() {
        for (body, simple, nofws) in [
            (&b""[..], &b""[..], &b""[..]),
            (b"\r\n\r\n", b"", b""),
            (b" \r\n", b"\r\n \r\n", b""),
            (b"a", b"\r\na\r\n", b"\r\na\r\n"),
            (b"a\r\n", b"\r\na\r\n", b"\r\na\r\n"),
            (b"\r\na b\t\r\n\r\n", b"\r\n\r\na b\t\r\n", b"\r\n\r\nab\r\n"),
            (b"a\r\n \r\nb\r\n \r\n", b"\r\na\r\n \r\nb\r\n \r\n", b"\r\na\r\n\r\nb\r\n"),
            (b"a\rb\nc\r\r\n", b"\r\na\rb\nc\r\r\n", b"\r\nabc\r\n"),
            (b"a\r", b"\r\na\r\r\n", b"\r\na\r\n"),
            (b"\r", b"\r\n\r\r\n", b""),
        ] {
            for piece in 1..=body.len().max(1) {
                assert_eq!(canonical(Simple, body, piece), simple, "{body:?}");
                assert_eq!(canonical(Nofws, body, piece), nofws, "{body:?}");
            }
        }
    }

    #[test]
    fn fields_stay_or_become_one_line_without_blanks() {
        let field = b"Subject : a  b\r\n\tc \rd";
        for (kind, expected) in
            [(Simple, &b"Subject : a  b\r\n\tc \rd\r\n"[..]), (Nofws, b"Subject:abcd\r\n")]
        {
            let mut octets = Vec::new();
            kind.field(field, &mut |span| octets.extend_from_slice(span));
            assert_eq!(octets, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_body_in_any_pieces_is_what_the_plain_twin_says(
            body in proptest::collection::vec(prop_oneof![
                Just(b'\r'), Just(b'\n'), Just(b' '), Just(b'\t'), Just(b'a'), any::<u8>(),
            ], 0..60),
            piece in 1_usize..9,
        ) {
            for kind in [Simple, Nofws] {
                prop_assert_eq!(canonical(kind, &body, piece), plainly(kind, &body));
            }
        }
    }
}
