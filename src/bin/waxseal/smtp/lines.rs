//! Lines of a protocol, cut out of what arrives.

/// Cuts lines that end in CRLF off what arrives.
///
/// A line longer than the limit is dropped as it arrives, so that no client can make us hold more than
/// that, and told as [`Line::TooLong`] when its end is there.
#[derive(Debug)]
pub(crate) struct Lines {
    limit: usize,
    /// The line is over the limit: its octets are dropped until it ends.
    overlong: bool,
}

/// One line, without its CRLF.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl Lines {
    /// `limit` is in octets, CRLF included.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, overlong: false }
    }

    /// Takes the next line off the front of `input`, or nothing where there is none yet.
    ///
    /// A line ends at LF, a CR before it belongs to the end (RFC 5321 §2.3.8 wants CRLF; commands, unlike
    /// messages, hide nothing behind a lone LF, and people who type are let be).
    pub(crate) fn take(&mut self, input: &mut Vec<u8>, from: &mut usize) -> Option<Line> {
        let rest = input.get(*from..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', rest) else {
            if rest.len() >= self.limit {
                self.overlong = true;
                input.clear();
                *from = 0;
            } else if self.overlong {
                input.truncate(*from);
            }
            return None;
        };
        let line = rest.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let taken = match self.overlong || end >= self.limit {
            true => Line::TooLong,
            false => Line::Text(line.to_vec()),
        };
        self.overlong = false;
        *from += end + 1;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(limit: usize, chunks: &[&str]) -> Vec<Line> {
        let (mut lines, mut input, mut from) = (Lines::new(limit), Vec::new(), 0);
        let mut found = Vec::new();
        for chunk in chunks {
            input.extend_from_slice(chunk.as_bytes());
            while let Some(line) = lines.take(&mut input, &mut from) {
                found.push(line);
            }
            assert!(input.len() - from < limit, "no more than the limit is held");
            input.drain(..from);
            from = 0;
        }
        found
    }

    fn text(text: &str) -> Line {
        Line::Text(text.into())
    }

    #[test]
    fn lines_come_out_however_they_arrive() {
        assert_eq!(
            all(20, &["EHLO a\r\nMA", "IL\r", "\nx\n"]),
            [text("EHLO a"), text("MAIL"), text("x")]
        );
    }

    #[test]
    fn a_long_line_is_told_once_and_the_next_is_whole() {
        let long = "x".repeat(100);
        assert_eq!(all(20, &[&long, &long, "yy\r\nNOOP\r\n"]), [Line::TooLong, text("NOOP")]);
        assert_eq!(all(20, &[&format!("{long}\r\nNOOP\r\n")]), [Line::TooLong, text("NOOP")]);
    }
}
