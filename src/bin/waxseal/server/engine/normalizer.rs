//! Makes a message fit to travel: lone CR and LF become line ends (or blanks within a header field), NUL
//! goes, long lines are broken as Postfix would break them after us.

mod header;
mod long_lines;

use memchr::memchr;
use waxseal::message::LineEndingNormalizer;

use header::HeaderLines;
pub(crate) use long_lines::LongLines;

/// The octets in, in pieces; the octets as they are sent on out. What comes out does not depend on the
/// pieces, and a message that is fit comes out as it went in.
#[derive(Debug, Default)]
pub(crate) struct Normalizer {
    header: HeaderLines,
    body: LineEndingNormalizer,
    long_lines: LongLines,
    nul: bool,
}

impl Normalizer {
    pub(crate) fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        // NUL goes first: what stands on either side of one meets, and is looked at as it will be sent
        let mut rest = octets;
        while let Some(at) = memchr(0, rest) {
            let (text, after) = rest.split_at(at);
            self.text(text, sink);
            self.nul = true;
            rest = after.get(1..).unwrap_or_default();
        }
        self.text(rest, sink);
    }

    /// Passes on what was held back.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(&[u8])) {
        let Self { header, body, long_lines, .. } = self;
        header.finish(&mut |span| long_lines.push(span, sink));
        body.finish(&mut |span| long_lines.push(span, sink));
    }

    /// Something was made different.
    pub(crate) fn has_changed(&self) -> bool {
        self.nul
            || self.header.has_changed()
            || self.body.has_changed()
            || self.long_lines.has_changed()
    }

    fn text(&mut self, text: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let Self { header, body, long_lines, .. } = self;
        let rest = header.push(text, &mut |span| long_lines.push(span, sink));
        if !rest.is_empty() {
            body.push(rest, &mut |span| long_lines.push(span, sink));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::hygiene::Hygiene;
    use proptest::prelude::*;

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
        for message in [
            [b"A: b\r\n\r\n".to_vec(), vec![b'x'; 998], b"\r\ny".to_vec()].concat(),
            b"A: b\r\nno field\r\n\r\nx".to_vec(),
            b"A: b".to_vec(),
            b"\r\nA: b\r\n".to_vec(),
            Vec::new(),
        ] {
            assert_eq!(normalized(&message), (message, false));
        }
    }

    #[test]
    fn lone_line_ends_and_nul() {
        for (message, expected) in [
            (&b"A: b\r\n\r\na\nb\rc\0d\r\n"[..], &b"A: b\r\n\r\na\r\nb\r\ncd\r\n"[..]),
            (b"A: b\n\nx\n\ny\n", b"A: b\r\n\r\nx\r\n\r\ny\r\n"),
            (b"A: b\r\r\n\r\r\nx\r\r\n", b"A: b\r\n\r\nx\r\n"),
            (b"A: b\r\rx\r", b"A: b\r\n\r\nx\r\n"),
            (b"A: \0b\r\0\n\0\r\n\0x", b"A: b\r\n\r\nx"),
        ] {
            assert_eq!(normalized(message), (expected.to_vec(), true), "{message:?}");
        }
    }

    #[test]
    fn long_lines_are_broken() {
        let message =
            [b"\r\n".to_vec(), vec![b'x'; 999], b"\r\n".to_vec(), vec![b'y'; 2500]].concat();
        let expected = [
            b"\r\n".to_vec(),
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

    proptest! {
        #[test]
        fn what_comes_out_is_fit_and_stays_so(
            words in prop::collection::vec(prop::sample::select(vec![
                "\r", "\n", "\r\n", "\0", " ", "\t", ":", "A: b", "From: a", "x", ".", "\u{e4}",
            ]), 0..40),
            long in prop::option::of(1_usize..2500),
        ) {
            let mut message = words.concat().into_bytes();
            message.extend(vec![b'z'; long.unwrap_or_default()]);
            let (out, changed) = normalized(&message);
            let mut hygiene = Hygiene::default();
            hygiene.push(&out);
            let found = hygiene.finish();
            prop_assert!(found.is_clean() && !found.smuggling, "{:?}", out);
            prop_assert_eq!(changed, out != message);
            prop_assert_eq!(normalized(&out), (out.clone(), false));
            // nothing but line ends, blanks and NUL differs
            let text = |octets: &[u8]| -> Vec<u8> {
                octets.iter().copied().filter(|octet| !b"\r\n \0".contains(octet)).collect()
            };
            prop_assert_eq!(text(&out), text(&message));
        }
    }
}
