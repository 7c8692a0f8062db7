//! Finds CR and LF that stand alone, and makes line ends of them.

use crate::lanes::{self, Lanes, Pair};

/// Looks for a CR without LF, or an LF without CR, in octets that come in pieces (RFC 5322 §2.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct BareLineEndings {
    found: bool,
    after_cr: bool,
}

impl BareLineEndings {
    /// Takes the next octets.
    pub fn push(&mut self, octets: &[u8]) {
        let (Some(first), Some(last)) = (octets.first(), octets.last()) else { return };
        if self.after_cr != (*first == b'\n') || lanes::find::<Bare>(octets).is_some() {
            self.found = true;
        }
        self.after_cr = *last == b'\r';
    }

    /// Whether one was found so far, a CR at the very end left open: an LF may follow.
    pub(crate) fn found_before_end(self) -> bool {
        self.found
    }

    /// Whether one was found, the octets being complete.
    pub fn found(self) -> bool {
        self.found || self.after_cr
    }
}

/// A CR stands before an LF and an LF behind a CR, in every pair of neighbours; but in these.
struct Bare;

impl Pair for Bare {
    #[inline(always)]
    fn is_sought<L: Lanes>(this: L, follower: L) -> L {
        this.equal(b'\r') ^ follower.equal(b'\n')
    }
}

/// Makes CRLF of every CR and LF that stands alone, in octets that come in pieces.
///
/// Several CR before one LF are one line end: that is what converting a message twice leaves behind.
///
/// ```
/// use waxseal::message::LineEndingNormalizer;
///
/// let mut repaired = Vec::new();
/// let mut normalizer = LineEndingNormalizer::default();
/// let mut sink = |span: &[u8]| repaired.extend_from_slice(span);
/// normalizer.push(b"a\nb\r", &mut sink);
/// normalizer.push(b"\nc\r\r\n", &mut sink);
/// normalizer.finish(&mut sink);
/// assert!(normalizer.has_changed());
/// assert_eq!(repaired, b"a\r\nb\r\nc\r\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct LineEndingNormalizer {
    /// How many CR stand before what comes next; they are not handed on yet.
    held: usize,
    changed: bool,
}

impl LineEndingNormalizer {
    /// Takes the next octets and hands spans of the repaired message to `sink`.
    pub fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        while let Some(&first) = rest.first() {
            if self.held > 0 || first == b'\n' || first == b'\r' {
                rest = self.push_line_end(first, rest, sink);
                continue;
            }
            // Up to the first line end that needs a look; good ones are handed on with the rest.
            let mut end = 0_usize;
            loop {
                let tail = rest.get(end..).unwrap_or_default();
                let Some(at) = memchr::memchr2(b'\r', b'\n', tail) else {
                    end = rest.len();
                    break;
                };
                end = end.saturating_add(at);
                if !tail.get(at..).is_some_and(|tail| tail.starts_with(b"\r\n")) {
                    break;
                }
                end = end.saturating_add(2);
            }
            let (span, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            sink(span);
            rest = after;
        }
    }

    /// Says that the message is complete. A CR that ends it is a line end, too.
    pub fn finish(&mut self, sink: &mut dyn FnMut(&[u8])) {
        self.release(sink);
    }

    /// Whether anything was repaired so far.
    pub fn has_changed(&self) -> bool {
        self.changed
    }

    /// `first` begins `rest`, and it is a line end or stands behind a CR.
    fn push_line_end<'a>(
        &mut self,
        first: u8,
        rest: &'a [u8],
        sink: &mut dyn FnMut(&[u8]),
    ) -> &'a [u8] {
        match first {
            b'\r' => self.held = self.held.saturating_add(1),
            b'\n' => {
                self.changed |= self.held != 1;
                self.held = 0;
                sink(b"\r\n");
            }
            _ => {
                self.release(sink);
                return rest;
            }
        }
        rest.get(1..).unwrap_or_default()
    }

    fn release(&mut self, sink: &mut dyn FnMut(&[u8])) {
        for _ in 0..std::mem::take(&mut self.held) {
            self.changed = true;
            sink(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn bare_line_endings_are_found_wherever_the_pieces_end() {
        for (octets, expected) in [
            (&b""[..], false),
            (b"a\r\nb\r\n", false),
            (b"\r\n\r\n", false),
            (b"a\nb", true),
            (b"\n", true),
            (b"a\rb", true),
            (b"a\r", true),
            (b"a\r\r\n", true),
            (b"a\r\n\n", true),
        ] {
            for cut in 0..=octets.len() {
                let (first, second) = octets.split_at(cut);
                let mut search = BareLineEndings::default();
                search.push(first);
                search.push(second);
                assert_eq!(search.found(), expected, "{octets:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn line_endings_are_repaired_wherever_the_pieces_end() {
        for (octets, expected) in [
            (&b""[..], &b""[..]),
            (b"a\r\nb\r\n", b"a\r\nb\r\n"),
            (b"\r\n\r\n", b"\r\n\r\n"),
            (b"a\nb", b"a\r\nb"),
            (b"\n\n", b"\r\n\r\n"),
            (b"a\rb", b"a\r\nb"),
            (b"a\r\rb", b"a\r\n\r\nb"),
            (b"a\r", b"a\r\n"),
            (b"a\r\r\nb", b"a\r\nb"),
            (b"a\r\n\nb", b"a\r\n\r\nb"),
            (b"a\n\rb", b"a\r\n\r\nb"),
        ] {
            for cut in 0..=octets.len() {
                let (first, second) = octets.split_at(cut);
                let mut repaired = Vec::new();
                let mut normalizer = LineEndingNormalizer::default();
                normalizer.push(first, &mut |span| repaired.extend_from_slice(span));
                normalizer.push(second, &mut |span| repaired.extend_from_slice(span));
                normalizer.finish(&mut |span| repaired.extend_from_slice(span));
                assert_eq!(repaired, expected, "{octets:?} cut at {cut}");
                assert_eq!(normalizer.has_changed(), octets != expected, "{octets:?}");
            }
        }
    }
}
