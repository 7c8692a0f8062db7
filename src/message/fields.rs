//! The field scanner: splits a header into fields while it streams in, copying it once.

use std::fmt;
use std::ops::Range;

/// Reads a header from octets that come in pieces of any size.
#[derive(Debug)]
pub struct HeaderReader {
    header: Header,
    line_start: usize,
    lines: usize,
    max_octets: usize,
    max_fields: usize,
}

/// What a [`HeaderReader`] made of a piece.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The header goes on.
    More,
    /// The header is complete; this rest of the piece belongs to the body.
    Complete(&'a [u8]),
}

impl HeaderReader {
    /// A reader that gives up past so many octets or fields.
    pub fn new(max_octets: usize, max_fields: usize) -> Self {
        Self { header: Header::default(), line_start: 0, lines: 0, max_octets, max_fields }
    }

    /// Takes the next octets.
    ///
    /// # Errors
    ///
    /// [`MalformedHeader`] at the first line that is neither a field nor a continuation of one, and
    /// past a limit. What was read until then is in [`header`](Self::into_header).
    pub fn push<'a>(&mut self, octets: &'a [u8]) -> Result<Progress<'a>, MalformedHeader> {
        let mut rest = octets;
        while !rest.is_empty() {
            let room = self.max_octets.saturating_sub(self.header.octets.len());
            // Past the room one octet more shows that the limit is broken, wherever pieces end.
            let window = rest.get(..room.saturating_add(1)).unwrap_or(rest);
            let line_end = memchr::memchr_iter(b'\n', window).find(|&at| match at.checked_sub(1) {
                Some(before) => window.get(before) == Some(&b'\r'),
                // A CRLF may have been cut in two.
                None => self.current_line().last() == Some(&b'\r'),
            });
            let take = line_end.map_or(window.len(), |at| at.saturating_add(1));
            let (line, after) = rest.split_at_checked(take).unwrap_or((rest, &[]));
            self.header.octets.extend_from_slice(line);
            rest = after;
            if self.header.octets.len() > self.max_octets {
                return Err(MalformedHeader::TooManyOctets { limit: self.max_octets });
            }
            if line_end.is_some() && self.end_line(2)? {
                return Ok(Progress::Complete(rest));
            }
        }
        Ok(Progress::More)
    }

    /// Says that the message ends here, within its header.
    ///
    /// # Errors
    ///
    /// [`MalformedHeader`] where the last line, which lacks its CRLF, is no field.
    pub fn end(&mut self) -> Result<(), MalformedHeader> {
        if !self.current_line().is_empty() {
            self.end_line(0)?;
        }
        Ok(())
    }

    /// The header as far as it was read.
    pub fn into_header(self) -> Header {
        self.header
    }

    fn current_line(&self) -> &[u8] {
        self.header.octets.get(self.line_start..).unwrap_or_default()
    }

    /// Sorts the current line in; true when it is the empty line that ends the header.
    fn end_line(&mut self, line_ending: usize) -> Result<bool, MalformedHeader> {
        let start = self.line_start;
        let end = self.header.octets.len().saturating_sub(line_ending);
        let line = self.header.octets.get(start..end).unwrap_or_default();
        self.lines = self.lines.saturating_add(1);
        let not_a_field = MalformedHeader::NotAField { line: self.lines, octet: start };
        let Some(&first) = line.first() else {
            self.line_start = self.header.octets.len();
            return Ok(true);
        };
        if matches!(first, b' ' | b'\t') {
            let field = self.header.fields.last_mut().ok_or(not_a_field)?;
            field.end = end;
        } else {
            let name = field_name_length(line).ok_or(not_a_field)?;
            let colon = memchr::memchr(b':', line).unwrap_or(name);
            if self.header.fields.len() >= self.max_fields {
                return Err(MalformedHeader::TooManyFields { limit: self.max_fields });
            }
            self.header.fields.push(Span {
                start,
                name_end: start.saturating_add(name),
                value_start: start.saturating_add(colon).saturating_add(1),
                end,
            });
        }
        self.line_start = self.header.octets.len();
        Ok(false)
    }
}

/// A header: its octets, and where its fields stand in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    octets: Vec<u8>,
    fields: Vec<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: usize,
    name_end: usize,
    value_start: usize,
    end: usize,
}

impl Header {
    /// The fields, topmost first.
    pub fn fields(&self) -> impl DoubleEndedIterator<Item = Field<'_>> + ExactSizeIterator {
        self.fields.iter().map(|span| self.field_at(span))
    }

    /// The field at that place, 0 for the topmost.
    pub fn field(&self, index: usize) -> Option<Field<'_>> {
        self.fields.get(index).map(|span| self.field_at(span))
    }

    /// The topmost field of that name, letter case aside.
    pub fn first(&self, name: &str) -> Option<Field<'_>> {
        self.fields().find(|field| field.is_named(name))
    }

    /// All octets read, line endings included.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    fn field_at(&self, span: &Span) -> Field<'_> {
        let part = |range: Range<usize>| self.octets.get(range).unwrap_or_default();
        Field {
            octets: part(span.start..span.end),
            name: part(span.start..span.name_end),
            value: part(span.value_start..span.end),
        }
    }
}

/// One header field (RFC 5322 §2.2), its folds as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    octets: &'a [u8],
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Field<'a> {
    /// The whole field, less the CRLF that ends it.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The name, less white space before the colon (RFC 5322 §4.5).
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// What stands behind the colon.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Where the value begins, in octets from the start of the field.
    pub fn value_offset(&self) -> usize {
        self.octets.len().saturating_sub(self.value.len())
    }

    /// Whether that is its name, letter case aside.
    pub fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Why octets are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MalformedHeader {
    /// A line that neither begins with a field name and a colon nor continues a field.
    NotAField {
        /// Its number, 1 for the first.
        line: usize,
        /// Where it begins, in octets from the start of the message.
        octet: usize,
    },
    /// More octets than allowed before the empty line.
    TooManyOctets {
        /// How many are allowed.
        limit: usize,
    },
    /// More fields than allowed.
    TooManyFields {
        /// How many are allowed.
        limit: usize,
    },
}

impl fmt::Display for MalformedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAField { line, octet } => write!(
                f,
                "line {line} of the header (octet {octet}) is neither a field nor the continuation \
                 of one"
            ),
            Self::TooManyOctets { limit } => {
                write!(f, "the header is longer than the {limit} octets allowed")
            }
            Self::TooManyFields { limit } => {
                write!(f, "the header has more than the {limit} fields allowed")
            }
        }
    }
}

impl std::error::Error for MalformedHeader {}

/// The length of the field name at the start of the line, if there is one with its colon.
fn field_name_length(line: &[u8]) -> Option<usize> {
    let (before, _) = line.split_at_checked(memchr::memchr(b':', line)?)?;
    // RFC 5322 §3.6.8: a name is printable ASCII less the colon. §4.5 lets white space follow it.
    let name = before.iter().rposition(|octet| !matches!(octet, b' ' | b'\t'))?.saturating_add(1);
    before.iter().take(name).all(u8::is_ascii_graphic).then_some(name)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn read(octets: &[u8], piece: usize) -> (Header, Result<Vec<u8>, MalformedHeader>) {
        let mut reader = HeaderReader::new(1000, 10);
        let mut body = None;
        for piece in octets.chunks(piece) {
            match &mut body {
                Some(body) => Vec::extend_from_slice(body, piece),
                None => match reader.push(piece) {
                    Ok(Progress::More) => {}
                    Ok(Progress::Complete(rest)) => body = Some(rest.to_vec()),
                    Err(error) => return (reader.into_header(), Err(error)),
                },
            }
        }
        if body.is_none()
            && let Err(error) = reader.end()
        {
            return (reader.into_header(), Err(error));
        }
        (reader.into_header(), Ok(body.unwrap_or_default()))
    }

    fn names(header: &Header) -> Vec<&str> {
        header.fields().map(|field| std::str::from_utf8(field.name()).unwrap()).collect()
    }

    #[test]
    fn fields_are_the_same_wherever_the_pieces_end() {
        let message = b"From: a\r\n b\r\nTo : c\nd\r\n\t\r\nX:\r\n\r\nbody\r\n\r\n";
        for piece in 1..=message.len() {
            let (header, body) = read(message, piece);
            assert_eq!(body.unwrap(), b"body\r\n\r\n");
            assert_eq!(names(&header), ["From", "To", "X"]);
            assert_eq!(header.field(0).unwrap().value(), b" a\r\n b");
            assert_eq!(header.field(1).unwrap().octets(), b"To : c\nd\r\n\t");
            assert_eq!(header.field(2).unwrap().value(), b"");
        }
    }

    #[test]
    fn a_header_may_end_with_the_message() {
        for message in
            [&b"From: a\r\nTo: b"[..], b"From: a\r\nTo: b\r\n", b"From: a\r\nTo: b\r\n\r\n"]
        {
            let (header, body) = read(message, 5);
            assert_eq!(body.unwrap(), b"");
            assert_eq!(header.field(1).unwrap().octets(), b"To: b");
        }
    }

    #[test]
    fn lines_that_are_no_fields_are_located() {
        for (message, line, octet) in [
            (&b" a: b\r\n\r\n"[..], 1, 0),
            (b"a: b\r\nno field\r\n\r\n", 2, 6),
            (b"From x y z 10:00\r\n\r\n", 1, 0),
            (b": x\r\n\r\n", 1, 0),
            (b"a: b\r\nFrom\r\n : x\r\n\r\n", 2, 6),
            (b"a: b\r\nno field", 2, 6),
            (b"a\xffb: c\r\n\r\n", 1, 0),
        ] {
            let error = read(message, 3).1.unwrap_err();
            assert_eq!(error, MalformedHeader::NotAField { line, octet }, "{message:?}");
        }
    }

    #[test]
    fn limits_hold_wherever_the_pieces_end() {
        let long = [b"a: ".to_vec(), vec![b'x'; 2000]].concat();
        let many = b"a: b\r\n".repeat(11);
        for piece in [1, 7, 3000] {
            let limit = MalformedHeader::TooManyOctets { limit: 1000 };
            assert_eq!(read(&long, piece).1.unwrap_err(), limit);
            let limit = MalformedHeader::TooManyFields { limit: 10 };
            assert_eq!(read(&many, piece).1.unwrap_err(), limit);
        }
    }
}
