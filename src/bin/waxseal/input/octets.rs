//! A message in blocks, as the verifier takes it.

use std::io;
use std::ops::Range;

use super::line_endings::{LineEndings, append_with_crlf};
use super::mbox::Unquoter;
use super::source::Source;

/// Octets read at a time.
pub(super) const BLOCK: usize = 64 * 1024;

/// The octets of one message: line endings made CRLF, mbox quoting undone.
#[derive(Debug)]
pub(crate) struct MessageOctets<'a> {
    blocks: Blocks<'a>,
    line_endings: LineEndings,
    unquoter: Option<Unquoter>,
    unquoted: Vec<u8>,
    converted: Vec<u8>,
    ended: bool,
}

impl<'a> MessageOctets<'a> {
    pub(super) fn new(source: &'a Source, range: Range<u64>, in_mbox: bool) -> io::Result<Self> {
        Ok(Self {
            line_endings: LineEndings::detect(source, range.clone())?,
            blocks: Blocks::new(source, range, BLOCK),
            unquoter: in_mbox.then(Unquoter::default),
            unquoted: Vec::new(),
            converted: Vec::new(),
            ended: false,
        })
    }

    /// The next octets, `None` after the last. A block may be empty before that.
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.ended {
            return Ok(None);
        }
        let raw = self.blocks.next()?;
        self.ended = raw.is_none();
        let octets = match (&mut self.unquoter, raw) {
            (Some(unquoter), raw) => {
                self.unquoted.clear();
                match raw {
                    Some(raw) => unquoter.push(raw, &mut self.unquoted),
                    None => unquoter.finish(&mut self.unquoted),
                }
                self.unquoted.as_slice()
            }
            (None, Some(raw)) => raw,
            (None, None) => return Ok(None),
        };
        Ok(Some(match self.line_endings {
            LineEndings::AsTheyAre => octets,
            LineEndings::LfToCrlf => {
                self.converted.clear();
                append_with_crlf(octets, &mut self.converted);
                &self.converted
            }
        }))
    }
}

/// A part of a source, block by block.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    source: &'a Source,
    range: Range<u64>,
    buffer: Vec<u8>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(source: &'a Source, range: Range<u64>, block: usize) -> Self {
        let left = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        Self { source, range, buffer: vec![0; block.min(left)] }
    }

    /// The next block, `None` after the last. It is an error when the source has become shorter.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let left = self.range.end.saturating_sub(self.range.start);
        let wanted = self.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(buffer) = self.buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(None);
        };
        let count = self.source.read_at(self.range.start, buffer)?;
        if count < wanted {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it became shorter while it was read",
            ));
        }
        self.range.start =
            self.range.start.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(Some(buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8], in_mbox: bool) -> Vec<u8> {
        let source = Source::spool(octets).unwrap();
        let mut reader = MessageOctets::new(&source, 0..source.len(), in_mbox).unwrap();
        let mut all = Vec::new();
        while let Some(block) = reader.next().unwrap() {
            all.extend_from_slice(block);
        }
        all
    }

    #[test]
    fn a_message_is_read_as_it_went_over_the_wire() {
        assert_eq!(read(b"A: b\n\n>From c\n", false), b"A: b\r\n\r\n>From c\r\n");
        assert_eq!(read(b"A: b\n\n>From c\n>", true), b"A: b\r\n\r\nFrom c\r\n>");
        assert_eq!(read(b"A: b\r\n\r\nc\n", false), b"A: b\r\n\r\nc\n");
        assert_eq!(read(b"", false), b"");
        assert_eq!(read(b"", true), b"");
    }

    #[test]
    fn blocks_do_not_show() {
        let line = b"A line of no particular length.\n";
        let octets = line.repeat(3 * BLOCK / line.len());
        let expected = b"A line of no particular length.\r\n".repeat(3 * BLOCK / line.len());
        assert_eq!(read(&octets, true), expected);
    }

    #[test]
    fn a_source_that_shrinks_is_an_error() {
        let source = Source::spool(&b"A: b\n"[..]).unwrap();
        let mut blocks = Blocks::new(&source, 0..9, BLOCK);
        assert_eq!(blocks.next().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
