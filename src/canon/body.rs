//! Body canonicalization (RFC 6376 §3.4.3, §3.4.4), streaming.

use super::Canonicalization;
use crate::lanes::{self, Lanes, Pair};

/// Canonicalizes a body that comes in pieces of any size.
///
/// ```
/// use waxseal::canon::{BodyCanonicalizer, Canonicalization};
///
/// let mut body = BodyCanonicalizer::new(Canonicalization::Relaxed);
/// let mut canonical = Vec::new();
/// body.push(b" C \r", &mut |span| canonical.extend_from_slice(span));
/// body.push(b"\nD \t E\r\n\r\n\r\n", &mut |span| canonical.extend_from_slice(span));
/// body.finish(&mut |span| canonical.extend_from_slice(span));
/// assert_eq!(canonical, b" C\r\nD E\r\n");
/// ```
#[derive(Clone, Debug)]
pub struct BodyCanonicalizer {
    kind: Canonicalization,
    /// CRLFs held back, because at the end of the body they vanish.
    held_line_ends: u64,
    /// White space held back, because at the end of a line it vanishes; relaxed only.
    held_blank: bool,
    /// A CR at the end of a piece, which may begin a CRLF.
    held_cr: bool,
    /// Whether anything was handed on.
    any: bool,
}

impl BodyCanonicalizer {
    /// A canonicalizer at the start of a body.
    pub fn new(kind: Canonicalization) -> Self {
        Self { kind, held_line_ends: 0, held_blank: false, held_cr: false, any: false }
    }

    /// Takes the next octets of the body and hands their canonical form to `sink`, in spans.
    pub fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        if self.held_cr {
            let Some((&first, after)) = rest.split_first() else {
                return;
            };
            self.held_cr = false;
            if first == b'\n' {
                self.end_line();
                rest = after;
            } else {
                self.release(sink);
                sink(b"\r");
            }
        }
        match self.kind {
            Canonicalization::Simple => self.push_simple(rest, sink),
            Canonicalization::Relaxed => self.push_relaxed(rest, sink),
        }
    }

    /// Hands on what the end of the body decides.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.held_cr {
            self.release(sink);
            sink(b"\r");
        }
        // RFC 6376 §3.4.3: a body that does not end in a CRLF gets one, and an empty one becomes a
        // CRLF; §3.4.4: relaxed, an empty one stays empty.
        if self.any || self.kind == Canonicalization::Simple {
            sink(b"\r\n");
        }
    }

    fn push_simple(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut content = octets;
        let held_cr = match content.split_last() {
            Some((b'\r', head)) => {
                content = head;
                true
            }
            _ => false,
        };
        let mut line_ends = 0_u64;
        while let [head @ .., b'\r', b'\n'] = content {
            content = head;
            line_ends = line_ends.saturating_add(1);
        }
        if !content.is_empty() {
            self.release(sink);
            sink(content);
        }
        self.held_line_ends = self.held_line_ends.saturating_add(line_ends);
        self.held_cr = held_cr;
    }

    fn push_relaxed(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        while let Some((&first, after)) = rest.split_first() {
            match (first, after.first()) {
                (b' ' | b'\t', _) => {
                    self.held_blank = true;
                    rest = after;
                }
                (b'\r', None) => {
                    self.held_cr = true;
                    return;
                }
                (b'\r', Some(b'\n')) => {
                    self.end_line();
                    rest = after.get(1..).unwrap_or_default();
                }
                _ => {
                    self.release(sink);
                    let (span, after) =
                        rest.split_at_checked(verbatim_length(rest)).unwrap_or((rest, &[]));
                    sink(span);
                    rest = after;
                }
            }
        }
    }

    fn end_line(&mut self) {
        // RFC 6376 §3.4.4: white space at the end of a line is ignored.
        self.held_blank = false;
        self.held_line_ends = self.held_line_ends.saturating_add(1);
    }

    /// Hands on what was held back, for data follows it.
    fn release(&mut self, sink: &mut dyn FnMut(&[u8])) {
        const LINE_ENDS: &[u8] =
            b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
        const HELD: u64 = 16;
        while self.held_line_ends >= HELD {
            sink(LINE_ENDS);
            self.held_line_ends = self.held_line_ends.saturating_sub(HELD);
        }
        while self.held_line_ends > 0 {
            sink(b"\r\n");
            self.held_line_ends = self.held_line_ends.saturating_sub(1);
        }
        if self.held_blank {
            // RFC 6376 §3.4.4: white space within a line becomes one SP.
            sink(b" ");
            self.held_blank = false;
        }
        self.any = true;
    }
}

/// How many octets from the start, which is data, relaxed canonicalization leaves as they are:
/// single SPs between data, and CRLFs between lines that neither end nor begin with a blank.
fn verbatim_length(octets: &[u8]) -> usize {
    let found = lanes::find::<MayChange>(octets);
    match found.and_then(|at| Some((at, octets.get(at)?))) {
        Some((at, b'\n')) => match octets.get(..at) {
            Some([before @ .., b'\r']) => before.len(),
            // A bare LF is data.
            _ => at.saturating_add(1),
        },
        Some((at, _)) => at,
        // What the last octet becomes is for the next piece to decide.
        None => match octets {
            [before @ .., b'\r', b'\n'] | [before @ .., b' ' | b'\t' | b'\r']
                if !before.is_empty() =>
            {
                before.len()
            }
            _ => octets.len(),
        },
    }
}

/// Where relaxed canonicalization may have to do something: a HTAB becomes SP, runs of blanks shrink,
/// blanks before a CR may go, and so may a line end before another CR. A line that begins with a blank
/// needs no change, but may be nothing else than blanks.
struct MayChange;

impl Pair for MayChange {
    #[inline(always)]
    fn is_sought<L: Lanes>(this: L, follower: L) -> L {
        let before = follower.equal(b' ') | follower.equal(b'\t') | follower.equal(b'\r');
        this.equal(b'\t') | ((this.equal(b' ') | this.equal(b'\n')) & before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::is_wsp;
    use super::*;

    fn streamed(kind: Canonicalization, octets: &[u8], cuts: &[usize]) -> Vec<u8> {
        let mut canonical = Vec::new();
        let mut body = BodyCanonicalizer::new(kind);
        let mut rest = octets;
        for &cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            body.push(piece, &mut |span| canonical.extend_from_slice(span));
            rest = after;
        }
        body.push(rest, &mut |span| canonical.extend_from_slice(span));
        body.finish(&mut |span| canonical.extend_from_slice(span));
        canonical
    }

    /// The plain twin: the text of RFC 6376 §3.4.3 and §3.4.4, on the whole body at once.
    fn plain(kind: Canonicalization, octets: &[u8]) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = vec![vec![]];
        let mut at = 0;
        while at < octets.len() {
            if octets[at..].starts_with(b"\r\n") {
                lines.push(vec![]);
                at += 2;
            } else {
                lines.last_mut().unwrap().push(octets[at]);
                at += 1;
            }
        }
        if kind == Canonicalization::Relaxed {
            for line in &mut lines {
                while line.last().copied().is_some_and(is_wsp) {
                    line.pop();
                }
                let mut reduced: Vec<u8> = vec![];
                for &octet in line.iter() {
                    match (is_wsp(octet), reduced.last()) {
                        (true, Some(b' ')) => {}
                        (true, _) => reduced.push(b' '),
                        (false, _) => reduced.push(octet),
                    }
                }
                *line = reduced;
            }
        }
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        if lines.is_empty() {
            return if kind == Canonicalization::Simple { b"\r\n".to_vec() } else { vec![] };
        }
        lines.iter().flat_map(|line| [line.as_slice(), b"\r\n"].concat()).collect()
    }

    #[test]
    fn the_examples_of_rfc_6376_come_out() {
        // RFC 6376 §3.4.5.
        let body = b" C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(streamed(Canonicalization::Relaxed, body, &[]), b" C\r\nD E\r\n");
        assert_eq!(streamed(Canonicalization::Simple, body, &[]), b" C \r\nD \t E\r\n");
    }

    #[test]
    fn empty_and_blank_bodies() {
        for (body, simple, relaxed) in [
            (&b""[..], &b"\r\n"[..], &b""[..]),
            (b"\r\n\r\n", b"\r\n", b""),
            (b" \r\n\t", b" \r\n\t\r\n", b""),
            (b"a", b"a\r\n", b"a\r\n"),
            (b"\r", b"\r\r\n", b"\r\r\n"),
            (b"a \r", b"a \r\r\n", b"a \r\r\n"),
            (b"\r\n a", b"\r\n a\r\n", b"\r\n a\r\n"),
        ] {
            assert_eq!(streamed(Canonicalization::Simple, body, &[]), simple, "{body:?}");
            assert_eq!(streamed(Canonicalization::Relaxed, body, &[]), relaxed, "{body:?}");
        }
    }

    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            3 => Just(b"\r\n".to_vec()),
            2 => Just(b" ".to_vec()),
            1 => Just(b"\t".to_vec()),
            1 => Just(b"\r".to_vec()),
            1 => Just(b"\n".to_vec()),
            1 => Just(b"\0".to_vec()),
            4 => "[a-z]{1,3}".prop_map(String::into_bytes),
            // Blocks that need no change.
            2 => "[a-z]{40,90}".prop_map(String::into_bytes),
        ];
        prop::collection::vec(piece, 0..250).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(target_arch = "wasm32") { 64 } else { 512 },
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn streaming_equals_the_plain_twin(
            body in bodies(),
            cuts in prop::collection::vec(prop_oneof![0_usize..6, 60_usize..140], 0..20),
        ) {
            for kind in [Canonicalization::Simple, Canonicalization::Relaxed] {
                prop_assert_eq!(streamed(kind, &body, &cuts), plain(kind, &body));
            }
        }

        #[test]
        fn canonical_bodies_stay_as_they_are(body in bodies()) {
            for kind in [Canonicalization::Simple, Canonicalization::Relaxed] {
                let once = plain(kind, &body);
                prop_assert_eq!(streamed(kind, &once, &[]), once);
            }
        }
    }
}
