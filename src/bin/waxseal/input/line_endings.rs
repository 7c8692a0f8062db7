//! Lines that end in LF alone, as files on Unix have them, against the CRLF of the wire.

use std::io;
use std::ops::Range;

use super::octets::{BLOCK, Blocks};
use super::source::Source;

/// What becomes of the line endings of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEndings {
    /// CRLF is somewhere, or no LF at all: the octets stand as they are, and the core warns of
    /// what is bare.
    AsTheyAre,
    /// Every LF stands alone: each becomes CRLF.
    LfToCrlf,
}

impl LineEndings {
    /// Looks as far into the message as it takes: to the first line where that ends in CRLF,
    /// through the whole where none does.
    pub(super) fn detect(source: &Source, range: Range<u64>) -> io::Result<Self> {
        let mut blocks = Blocks::new(source, range, BLOCK);
        let mut found_lf = false;
        let mut after_cr = false;
        while let Some(block) = blocks.next()? {
            for at in memchr::memchr_iter(b'\n', block) {
                found_lf = true;
                let before = match at.checked_sub(1) {
                    Some(before) => block.get(before) == Some(&b'\r'),
                    None => after_cr,
                };
                if before {
                    return Ok(Self::AsTheyAre);
                }
            }
            after_cr = block.last() == Some(&b'\r');
        }
        Ok(if found_lf { Self::LfToCrlf } else { Self::AsTheyAre })
    }
}

/// Appends `octets` to `to`, each LF as CRLF.
pub(super) fn append_with_crlf(octets: &[u8], to: &mut Vec<u8>) {
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                to.extend_from_slice(line);
                to.extend_from_slice(b"\r\n");
            }
            None => to.extend_from_slice(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(octets: &[u8]) -> LineEndings {
        let source = Source::spool(octets).unwrap();
        let whole = 0..source.len();
        LineEndings::detect(&source, whole).unwrap()
    }

    #[test]
    fn only_lf_alone_is_converted() {
        assert_eq!(detect(b"A: b\n\nc\n"), LineEndings::LfToCrlf);
        assert_eq!(detect(b"A: b\n\nbare \r inside\n"), LineEndings::LfToCrlf);
        assert_eq!(detect(b"A: b\r\n\r\nc\r\n"), LineEndings::AsTheyAre);
        assert_eq!(detect(b"A: b\n\nc\r\n"), LineEndings::AsTheyAre);
        assert_eq!(detect(b"A: b"), LineEndings::AsTheyAre);
        assert_eq!(detect(b"\n"), LineEndings::LfToCrlf);
        assert_eq!(detect(b""), LineEndings::AsTheyAre);
    }

    #[test]
    fn a_crlf_across_two_blocks_is_seen() {
        let mut octets = vec![b'x'; BLOCK - 1];
        octets.extend_from_slice(b"\r\n");
        assert_eq!(detect(&octets), LineEndings::AsTheyAre);
        octets[BLOCK - 1] = b'y';
        assert_eq!(detect(&octets), LineEndings::LfToCrlf);
    }
}
