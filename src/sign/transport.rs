//! What cannot survive transport is repaired or refused before signing, never after.

use super::error::SignError;
use crate::message::{BareLineEndings, LineEndingNormalizer};

/// The longest line that transport takes, its CRLF not counted (RFC 5322 §2.1.1).
pub const MAX_LINE_OCTETS: u64 = 998;

/// What happens to CR and LF that stand alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEndings {
    /// Each is taken for a line end, as [`LineEndingNormalizer`] repairs it; the message is to be
    /// sent so, too.
    #[default]
    Normalize,
    /// The message is not signed.
    Refuse,
}

/// What happens to a message that has a line of more than [`MAX_LINE_OCTETS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongLines {
    /// It is not signed: an MTA would break the line, and the signature with it.
    #[default]
    Refuse,
    /// It is signed as it is.
    Pass,
}

/// Looks through a message on its way to the hashers.
#[derive(Debug)]
pub(crate) struct Transport {
    line_endings: LineEndings,
    normalizer: LineEndingNormalizer,
    bare: BareLineEndings,
    lines: Lines,
}

impl Transport {
    pub(crate) fn new(line_endings: LineEndings, long_lines: LongLines, seven_bit: bool) -> Self {
        let refuse_long = long_lines == LongLines::Refuse;
        Self {
            line_endings,
            normalizer: LineEndingNormalizer::default(),
            bare: BareLineEndings::default(),
            lines: Lines { refuse_long, seven_bit, complete: 0, column: 0 },
        }
    }

    /// Hands the octets that are to be signed to `sink`.
    pub(crate) fn push(
        &mut self,
        octets: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), SignError>,
    ) -> Result<(), SignError> {
        let Self { line_endings, normalizer, bare, lines } = self;
        match line_endings {
            LineEndings::Refuse => {
                let before = *bare;
                let lines_before = lines.complete;
                bare.push(octets);
                if bare.found_before_end() {
                    return Err(locate(before, lines_before, octets));
                }
                lines.push(octets)?;
                sink(octets)
            }
            LineEndings::Normalize => {
                let mut result = Ok(());
                normalizer.push(octets, &mut |span| {
                    if result.is_ok() {
                        result = lines.push(span).and_then(|()| sink(span));
                    }
                });
                result
            }
        }
    }

    /// Says that the message is complete.
    pub(crate) fn finish(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), SignError>,
    ) -> Result<(), SignError> {
        // A last line without CRLF: of the others the CR was counted, too.
        if self.lines.refuse_long && self.lines.column > MAX_LINE_OCTETS && !self.bare.found() {
            return Err(SignError::LongLine { line: self.lines.number() });
        }
        let mut result = Ok(());
        match self.line_endings {
            LineEndings::Refuse if self.bare.found() => {
                result = Err(SignError::BareLineEnding { line: self.lines.number() });
            }
            LineEndings::Refuse => {}
            LineEndings::Normalize => self.normalizer.finish(&mut |span| {
                if result.is_ok() {
                    result = sink(span);
                }
            }),
        }
        result
    }

    /// Whether line ends were repaired.
    pub(crate) fn has_repaired(&self) -> bool {
        self.normalizer.has_changed()
    }
}

/// Where in the octets, one of which is or ends a bare line ending, it stands.
fn locate(mut search: BareLineEndings, complete: u64, octets: &[u8]) -> SignError {
    let mut line = complete.saturating_add(1);
    for octet in octets {
        search.push(std::slice::from_ref(octet));
        if search.found_before_end() {
            break;
        }
        line = line.saturating_add(u64::from(*octet == b'\n'));
    }
    SignError::BareLineEnding { line }
}

/// The lines of a message, all of which end in CRLF.
#[derive(Debug)]
struct Lines {
    refuse_long: bool,
    seven_bit: bool,
    complete: u64,
    /// Octets of the line that is not complete, a CR included.
    column: u64,
}

impl Lines {
    fn number(&self) -> u64 {
        self.complete.saturating_add(1)
    }

    fn push(&mut self, octets: &[u8]) -> Result<(), SignError> {
        if self.seven_bit
            && let Some(at) = octets.iter().position(|octet| !octet.is_ascii())
        {
            let before = octets.get(..at).unwrap_or_default();
            let line_ends = memchr::memchr_iter(b'\n', before).count();
            let line_ends = u64::try_from(line_ends).unwrap_or(u64::MAX);
            return Err(SignError::EightBit { line: self.number().saturating_add(line_ends) });
        }
        let mut start = 0_usize;
        for end in memchr::memchr_iter(b'\n', octets) {
            self.extend(end.saturating_sub(start))?;
            self.complete = self.complete.saturating_add(1);
            self.column = 0;
            start = end.saturating_add(1);
        }
        self.extend(octets.len().saturating_sub(start))
    }

    fn extend(&mut self, octets: usize) -> Result<(), SignError> {
        self.column = self.column.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
        // One more for the CR.
        if self.refuse_long && self.column > MAX_LINE_OCTETS.saturating_add(1) {
            return Err(SignError::LongLine { line: self.number() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn through(mut transport: Transport, octets: &[u8], cut: usize) -> Result<Vec<u8>, SignError> {
        let mut passed = Vec::new();
        let mut sink = |span: &[u8]| {
            passed.extend_from_slice(span);
            Ok(())
        };
        let (first, second) = octets.split_at(cut);
        transport.push(first, &mut sink)?;
        transport.push(second, &mut sink)?;
        transport.finish(&mut sink)?;
        Ok(passed)
    }

    #[test]
    fn bare_line_endings_are_repaired_or_refused_with_their_line() {
        for (octets, line) in [
            (&b"a\r\nb\nc"[..], Some(2)),
            (b"a\r\nb\rc\r\n", Some(2)),
            (b"a\r\nb\r\n\r", Some(3)),
            (b"\n", Some(1)),
            (b"a\r\n\r\n\r\r\n", Some(3)),
            (b"a\r\nb\r\n", None),
        ] {
            for cut in 0..=octets.len() {
                let refuse = Transport::new(LineEndings::Refuse, LongLines::Refuse, false);
                let expected = match line {
                    Some(line) => Err(SignError::BareLineEnding { line }),
                    None => Ok(octets.to_vec()),
                };
                assert_eq!(through(refuse, octets, cut), expected, "{octets:?} cut at {cut}");
                let repair = Transport::new(LineEndings::Normalize, LongLines::Refuse, false);
                let repaired = through(repair, octets, cut).unwrap();
                let mut bare = BareLineEndings::default();
                bare.push(&repaired);
                assert!(!bare.found(), "{repaired:?}");
            }
        }
    }

    #[test]
    fn long_lines_are_refused_past_998_octets() {
        let fits = [b"a\r\n".to_vec(), vec![b'x'; 998], b"\r\ny".to_vec()].concat();
        let long = [b"a\r\n".to_vec(), vec![b'x'; 999], b"\r\ny".to_vec()].concat();
        for cut in [0, 5, 500, 1000, 1001, 1002, 1003] {
            for endings in [LineEndings::Refuse, LineEndings::Normalize] {
                let transport = || Transport::new(endings, LongLines::Refuse, false);
                assert_eq!(through(transport(), &fits, cut).unwrap(), fits);
                let error = through(transport(), &long, cut).unwrap_err();
                assert_eq!(error, SignError::LongLine { line: 2 });
                let lax = Transport::new(endings, LongLines::Pass, false);
                assert_eq!(through(lax, &long, cut).unwrap(), long);
            }
        }
    }

    #[test]
    fn a_last_line_without_its_end_is_no_longer_either() {
        for (octets, fits) in [(998, true), (999, false), (1000, false)] {
            for end in [&b""[..], b"\r"] {
                let line = [b"a\r\n", &vec![b'x'; octets][..], end].concat();
                let transport = Transport::new(LineEndings::Normalize, LongLines::Refuse, false);
                let found = through(transport, &line, 500).map(drop);
                let expected = if fits { Ok(()) } else { Err(SignError::LongLine { line: 2 }) };
                assert_eq!(found, expected, "{octets} {end:?}");
            }
        }
    }

    #[test]
    fn eight_bits_are_refused_where_seven_are_asked_for() {
        let octets = b"a\r\nb\r\nc\xe4\r\n";
        for cut in 0..octets.len() {
            let transport = Transport::new(LineEndings::Refuse, LongLines::Refuse, true);
            assert_eq!(through(transport, octets, cut), Err(SignError::EightBit { line: 3 }));
        }
    }
}
