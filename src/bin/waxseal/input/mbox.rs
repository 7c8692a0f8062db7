//! Mailboxes in the mbox format (RFC 4155), quoted the mboxrd way.

use std::io;
use std::ops::{ControlFlow, Range};

use super::octets::{BLOCK, Blocks};
use super::source::Source;

/// How an mbox begins, and each message in it.
const SEPARATOR: &[u8] = b"From ";

/// A line with more `>`s than this is not taken for a quoted one: they are held until it is known
/// what follows them, and nobody quotes that often.
const DEEPEST_QUOTE: u64 = 1000;

/// Octets of a line that are looked at.
pub(super) const LINE_HEAD: usize = 256;

/// Whether a line that begins so separates messages. `From :` does not: it is an author field with a
/// blank before its colon (RFC 5322 §4.5), and whoever took it for a separator would hide an author.
pub(super) fn is_separator(head: &[u8]) -> bool {
    let address = head.strip_prefix(SEPARATOR).map(<[u8]>::trim_ascii_start);
    address.is_some_and(|address| !address.is_empty() && !address.starts_with(b":"))
}

/// Finds the messages of an mbox one after the other; each is handed out as soon as its end is
/// seen.
///
/// A message begins after a line that begins with "From ", which is the first of all or stands after
/// an empty line. Where the first such line tells a time of day, as they should (RFC 4155 appendix
/// A), the others must as well: bodies from programs that do not quote are full of "From ". The
/// empty line before the next message belongs to the mailbox.
pub(super) fn split(
    source: &Source,
    mut deliver: impl FnMut(Range<u64>) -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    let mut lines = Lines::new(source);
    let Some(first) = lines.next()? else {
        return Ok(ControlFlow::Continue(()));
    };
    let timed = has_time_of_day(lines.head());
    let mut message = first.end..first.end;
    let mut after_empty_line = false;
    while let Some(line) = lines.next()? {
        let head = lines.head();
        let separates = after_empty_line && is_separator(head) && (!timed || has_time_of_day(head));
        if separates {
            // `message.end` is still before the empty line.
            if deliver(message).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            message = line.end..line.end;
            after_empty_line = false;
            continue;
        }
        if after_empty_line {
            message.end = line.start;
        }
        after_empty_line = matches!(head, b"\n" | b"\r\n");
        if !after_empty_line {
            message.end = line.end;
        }
    }
    Ok(deliver(message))
}

/// Takes one `>` from each line of `>`s and "From " (mboxrd), however the lines are cut.
#[derive(Debug)]
pub(super) struct Unquoter {
    state: UnquoterState,
}

#[derive(Clone, Copy, Debug)]
enum UnquoterState {
    /// At the start of a line, after so many `>` and so many octets of "From ".
    LineStart { brackets: u64, matched: usize },
    /// Within a line.
    Line,
}

impl Default for Unquoter {
    fn default() -> Self {
        Self { state: UnquoterState::LineStart { brackets: 0, matched: 0 } }
    }
}

impl Unquoter {
    pub(super) fn push(&mut self, mut octets: &[u8], to: &mut Vec<u8>) {
        while let Some((&octet, rest)) = octets.split_first() {
            match self.state {
                UnquoterState::Line => {
                    let end = memchr::memchr(b'\n', octets).map(|at| at + 1);
                    let (line, rest) = octets.split_at(end.unwrap_or(octets.len()));
                    to.extend_from_slice(line);
                    octets = rest;
                    if end.is_some() {
                        self.state = UnquoterState::LineStart { brackets: 0, matched: 0 };
                    }
                }
                UnquoterState::LineStart { brackets, matched: 0 }
                    if octet == b'>' && brackets < DEEPEST_QUOTE =>
                {
                    let brackets = brackets + 1;
                    self.state = UnquoterState::LineStart { brackets, matched: 0 };
                    octets = rest;
                }
                UnquoterState::LineStart { brackets, matched }
                    if SEPARATOR.get(matched) == Some(&octet) =>
                {
                    let matched = matched + 1;
                    octets = rest;
                    if matched < SEPARATOR.len() {
                        self.state = UnquoterState::LineStart { brackets, matched };
                    } else {
                        write_line_start(brackets.saturating_sub(1), matched, to);
                        self.state = UnquoterState::Line;
                    }
                }
                UnquoterState::LineStart { brackets, matched } => {
                    write_line_start(brackets, matched, to);
                    self.state = UnquoterState::Line;
                }
            }
        }
    }

    pub(super) fn finish(&mut self, to: &mut Vec<u8>) {
        if let UnquoterState::LineStart { brackets, matched } = self.state {
            write_line_start(brackets, matched, to);
            self.state = UnquoterState::Line;
        }
    }
}

fn write_line_start(brackets: u64, matched: usize, to: &mut Vec<u8>) {
    to.extend(std::iter::repeat_n(b'>', usize::try_from(brackets).unwrap_or(usize::MAX)));
    to.extend_from_slice(SEPARATOR.get(..matched).unwrap_or_default());
}

/// Whether the line has two digits, a colon and two digits.
fn has_time_of_day(line: &[u8]) -> bool {
    line.windows(5).any(|five| match five {
        [a, b, b':', c, d] => [a, b, c, d].iter().all(|octet| octet.is_ascii_digit()),
        _ => false,
    })
}

/// The lines of a source: where they stand and how they begin, however long they are.
struct Lines<'a> {
    blocks: Blocks<'a>,
    /// What is left of the last block.
    rest: Vec<u8>,
    used: usize,
    offset: u64,
    head: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a Source) -> Self {
        let blocks = Blocks::new(source, 0..source.len(), BLOCK);
        Self { blocks, rest: Vec::new(), used: 0, offset: 0, head: Vec::new() }
    }

    /// The first octets of the line that was returned last, its end included where they reach it.
    fn head(&self) -> &[u8] {
        &self.head
    }

    fn next(&mut self) -> io::Result<Option<Range<u64>>> {
        let start = self.offset;
        self.head.clear();
        loop {
            let unread = self.rest.get(self.used..).unwrap_or_default();
            if unread.is_empty() {
                let Some(block) = self.blocks.next()? else {
                    return Ok((self.offset > start).then_some(start..self.offset));
                };
                self.rest.clear();
                self.rest.extend_from_slice(block);
                self.used = 0;
                continue;
            }
            let end = memchr::memchr(b'\n', unread).map(|at| at + 1);
            let line = unread.get(..end.unwrap_or(unread.len())).unwrap_or_default();
            let room = LINE_HEAD - self.head.len();
            self.head.extend_from_slice(line.get(..room.min(line.len())).unwrap_or_default());
            self.used += line.len();
            self.offset += u64::try_from(line.len()).unwrap_or(u64::MAX);
            if end.is_some() {
                return Ok(Some(start..self.offset));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(mbox: &str) -> Vec<&str> {
        let source = Source::spool(mbox.as_bytes()).unwrap();
        let mut found = Vec::new();
        let all = split(&source, |range| {
            found.push(&mbox[range.start as usize..range.end as usize]);
            ControlFlow::Continue(())
        });
        assert!(all.unwrap().is_continue());
        found
    }

    #[test]
    fn messages_are_told_apart() {
        let from = "From joe@example.com Fri Jun  1 10:00:00 2018\n";
        let mbox = format!("{from}A: 1\n\none\n\n{from}A: 2\n\ntwo\n\n\n{from}A: 3\n");
        assert_eq!(messages(&mbox), ["A: 1\n\none\n", "A: 2\n\ntwo\n\n", "A: 3\n"]);
        let crlf = mbox.replace('\n', "\r\n");
        assert_eq!(messages(&crlf), ["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n\r\n", "A: 3\r\n"]);
    }

    #[test]
    fn the_last_empty_line_belongs_to_the_mailbox() {
        assert_eq!(messages("From x 10:00\nA: 1\n\nb\n\n"), ["A: 1\n\nb\n"]);
        assert_eq!(messages("From x 10:00\nA: 1\n\nb"), ["A: 1\n\nb"]);
        assert_eq!(messages("From x 10:00\n"), [""]);
        assert_eq!(messages(""), [""; 0]);
    }

    #[test]
    fn a_sentence_is_no_separator() {
        let mbox = "From x 10:00\nA: 1\n\nb\nFrom y 11:00\n\nFrom here on it is text.\n";
        assert_eq!(messages(mbox), [&mbox[13..]]);
        assert_eq!(messages("From x\nA: 1\n\nFrom y\nA: 2\n"), ["A: 1\n", "A: 2\n"]);
    }

    #[test]
    fn an_author_field_with_a_blank_is_no_separator() {
        for line in ["From : a@b.example\n", "From \t : x 10:00\n", "From  \n", "From", "from x\n"]
        {
            assert!(!is_separator(line.as_bytes()), "{line:?}");
        }
        assert!(is_separator(b"From a@b.example 10:00\n"));
        let mbox = "From x\nA: 1\n\nFrom : y\n\nFrom z\nA: 2\n";
        assert_eq!(messages(mbox), ["A: 1\n\nFrom : y\n", "A: 2\n"]);
    }

    #[test]
    fn long_lines_and_blocks_do_not_show() {
        let body = format!("{}\n", "x".repeat(LINE_HEAD)).repeat(BLOCK / LINE_HEAD);
        let mbox = format!("From x 10:00\n{body}\nFrom y 10:00\n{body}");
        assert_eq!(messages(&mbox), [body.as_str(), &body]);
    }

    #[test]
    fn lines_of_nothing_but_brackets_are_not_held() {
        let mut unquoter = Unquoter::default();
        let mut out = Vec::new();
        for _ in 0..3 {
            unquoter.push(&[b'>'; 1000], &mut out);
        }
        assert!(out.len() >= 1999, "{} octets came out", out.len());
        unquoter.push(b"From a\n", &mut out);
        unquoter.finish(&mut out);
        assert_eq!(out, [&[b'>'; 3000][..], b"From a\n"].concat());
    }

    #[test]
    fn one_bracket_is_taken_from_quoted_lines() {
        let quoted = b">From a\n>>From b\n>Frog\n> From c\nd >From e\n>>\nFro\n>From";
        let plain = b"From a\n>From b\n>Frog\n> From c\nd >From e\n>>\nFro\n>From";
        for size in 1..quoted.len() {
            let mut unquoter = Unquoter::default();
            let mut out = Vec::new();
            for chunk in quoted.chunks(size) {
                unquoter.push(chunk, &mut out);
            }
            unquoter.finish(&mut out);
            assert_eq!(out, plain, "in pieces of {size}");
        }
    }
}
