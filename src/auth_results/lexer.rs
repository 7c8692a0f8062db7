//! The lexical tokens of a field (RFC 5322 §3.2, RFC 2045 §5.1), from left to right in linear time.

use super::problem::{Expected, Problem};
use super::syntax::{is_domain_name, is_dot_atom, is_token_octet};

/// How deeply comments may be nested. People nest two or three.
pub(super) const MAX_COMMENT_DEPTH: usize = 100;

/// Where properties come from (RFC 8601 §2.3, and `dns` of RFC 8904).
const PTYPES: &[&[u8]] = &[b"smtp", b"header", b"body", b"policy", b"dns"];

/// The length of the longest of them.
const MAX_PTYPE_OCTETS: usize = 6;

/// The octets of a field value, read up to a place.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    octets: &'a [u8],
    at: usize,
    /// The comments read and not yet fetched.
    pub(super) comments: Vec<String>,
    /// The first departure from the grammar.
    pub(super) problem: Option<Problem>,
}

/// A value and how it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Where it begins.
    pub(super) offset: usize,
    pub(super) text: String,
    pub(super) form: Form,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// There is nothing.
    Empty,
    Token,
    QuotedString,
    /// `[[local-part] "@"] domain-name` (RFC 8601 §2.2).
    Address,
    /// None of these.
    Junk,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0, comments: Vec::new(), problem: None }
    }

    /// Where the next octet stands.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Goes back to a place and forgets the comments read.
    pub(super) fn go_back(&mut self, offset: usize) {
        self.at = offset;
        self.comments.clear();
    }

    /// Keeps in mind that something else should stand there.
    pub(super) fn note(&mut self, offset: usize, expected: Expected) {
        if self.problem.is_none_or(|problem| offset < problem.offset) {
            self.problem = Some(Problem { offset, expected });
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    /// Whether the octets from that place to here are UTF-8.
    pub(super) fn is_utf8_since(&self, offset: usize) -> bool {
        std::str::from_utf8(self.octets.get(offset..self.at).unwrap_or_default()).is_ok()
    }

    /// Whether a result ends here.
    pub(super) fn at_result_end(&self) -> bool {
        matches!(self.peek(), None | Some(b';'))
    }

    /// Steps over that octet, where it is next.
    pub(super) fn take(&mut self, octet: u8) -> bool {
        let is_next = self.peek() == Some(octet);
        if is_next {
            self.advance(1);
        }
        is_next
    }

    fn advance(&mut self, octets: usize) {
        self.at = self.at.saturating_add(octets);
    }

    /// The octets from here on that are of a kind.
    pub(super) fn run(&mut self, is_of_kind: fn(u8) -> bool) -> &'a [u8] {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&octet| !is_of_kind(octet)).unwrap_or(rest.len());
        self.advance(length);
        rest.get(..length).unwrap_or_default()
    }

    /// Steps over blanks, folds and comments (RFC 5322 §3.2.2 `CFWS`) and keeps the comments.
    pub(super) fn skip_cfws(&mut self) -> Result<(), Problem> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.advance(1),
                Some(b'\r' | b'\n') => self.skip_line_end()?,
                Some(b'(') => {
                    let comment = self.comment()?;
                    self.comments.push(comment);
                }
                _ => return Ok(()),
            }
        }
    }

    /// Steps over a line end, which only a blank or the end may follow: what looks like a new line to
    /// a mail system must not be part of this field.
    fn skip_line_end(&mut self) -> Result<(), Problem> {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        let length = if rest.starts_with(b"\r\n") {
            2
        } else {
            self.note(self.at, Expected::Fold);
            1
        };
        if !matches!(rest.get(length), None | Some(b' ' | b'\t')) {
            return Err(Problem { offset: self.at, expected: Expected::Fold });
        }
        self.advance(length);
        Ok(())
    }

    /// What stands within the parentheses, its quoted pairs undone (RFC 5322 §3.2.2).
    fn comment(&mut self) -> Result<String, Problem> {
        let start = self.at;
        self.advance(1);
        let mut text = Vec::new();
        let mut depth = 1_usize;
        loop {
            let Some(octet) = self.text_octet(&mut text)? else {
                let expected = Expected::ClosingParenthesis;
                return Err(Problem { offset: start, expected });
            };
            match octet {
                b'(' => depth = depth.saturating_add(1),
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_COMMENT_DEPTH {
                return Err(Problem { offset: start, expected: Expected::ShallowComment });
            }
            if depth == 0 {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            text.push(octet);
        }
    }

    /// What stands within the quotes, its quoted pairs undone (RFC 5322 §3.2.4).
    fn quoted_string(&mut self) -> Result<String, Problem> {
        let start = self.at;
        self.advance(1);
        let mut text = Vec::new();
        loop {
            match self.text_octet(&mut text)? {
                None => return Err(Problem { offset: start, expected: Expected::ClosingQuote }),
                Some(b'"') => return Ok(String::from_utf8_lossy(&text).into_owned()),
                Some(octet) => text.push(octet),
            }
        }
    }

    /// The next octet of a comment or quoted string that may have a meaning there; what is quoted by
    /// a backslash goes to the text at once, and a line end goes nowhere (RFC 5322 §3.2.2).
    fn text_octet(&mut self, text: &mut Vec<u8>) -> Result<Option<u8>, Problem> {
        loop {
            let Some(octet) = self.peek() else {
                return Ok(None);
            };
            if matches!(octet, b'\r' | b'\n') {
                self.skip_line_end()?;
                continue;
            }
            if octet.is_ascii_control() && octet != b'\t' {
                self.note(self.at, Expected::NoControl);
            }
            self.advance(1);
            if octet != b'\\' {
                return Ok(Some(octet));
            }
            match self.peek() {
                None => return Ok(None),
                // RFC 5322 §4.1 has line ends here as obsolete; a line end stays one.
                Some(b'\r' | b'\n') => self.note(self.at, Expected::NoControl),
                Some(quoted) => {
                    if quoted.is_ascii_control() && quoted != b'\t' {
                        self.note(self.at, Expected::NoControl);
                    }
                    text.push(quoted);
                    self.advance(1);
                }
            }
        }
    }

    /// Whatever is written in one piece: a token, a quoted string, an address or junk such as
    /// `2001:db8::1` that means itself.
    pub(super) fn value(&mut self) -> Result<Value, Problem> {
        let start = self.at;
        let mut quoted = None;
        let mut quoted_end = start;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let first = self.at == start;
                    let text = self.quoted_string()?;
                    if first {
                        quoted = Some(text);
                        quoted_end = self.at;
                    }
                }
                Some(octet) if is_value_octet(octet) => {
                    self.run(is_value_octet);
                }
                Some(octet) if is_forbidden_control(octet) => {
                    return Err(Problem { offset: self.at, expected: Expected::NoControl });
                }
                _ => break,
            }
        }
        let written = self.octets.get(start..self.at).unwrap_or_default();
        if let Some(text) = quoted.take_if(|_| quoted_end == self.at) {
            return Ok(Value { offset: start, text, form: Form::QuotedString });
        }
        let is_token = |text: &[u8]| text.iter().all(|&o| is_token_octet(o) || !o.is_ascii());
        let form = if written.is_empty() {
            Form::Empty
        } else if is_token(written) {
            Form::Token
        } else if is_address(written, quoted_end.saturating_sub(start)) {
            Form::Address
        } else {
            Form::Junk
        };
        // A line end within a quoted local-part is no part of it.
        let text: Vec<u8> =
            written.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
        Ok(Value { offset: start, text: String::from_utf8_lossy(&text).into_owned(), form })
    }

    /// Whether a property begins here: hosts write `header.d= header.i=@example.com`.
    pub(super) fn is_at_property(&self) -> bool {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        let length = rest.iter().take(MAX_PTYPE_OCTETS).take_while(|&&o| o != b'.').count();
        let (ptype, behind) = rest.split_at_checked(length).unwrap_or_default();
        let name = behind.get(1..).unwrap_or_default();
        let is_word_octet = |octet: &&u8| octet.is_ascii_alphanumeric() || **octet == b'-';
        let length = name.iter().take_while(is_word_octet).count();
        PTYPES.iter().any(|known| ptype.eq_ignore_ascii_case(known))
            && behind.first() == Some(&b'.')
            && length > 0
            && name.get(length) == Some(&b'=')
    }
}

/// An octet of a value that is not quoted: all but blanks, controls and what ends or quotes it.
pub(super) fn is_value_octet(octet: u8) -> bool {
    !octet.is_ascii() || (octet.is_ascii_graphic() && !b"\"();".contains(&octet))
}

fn is_forbidden_control(octet: u8) -> bool {
    octet.is_ascii_control() && !matches!(octet, b'\t' | b'\r' | b'\n')
}

/// `[[local-part] "@"] domain-name` (RFC 8601 §2.2); a domain name alone is a token already.
/// The first octets, as many as `quoted`, are a quoted string.
fn is_address(written: &[u8], quoted: usize) -> bool {
    let Some(at) = written.iter().rposition(|&octet| octet == b'@') else {
        return false;
    };
    let (local_part, domain) = written.split_at_checked(at).unwrap_or_default();
    (at == quoted || is_dot_atom(local_part, true))
        && is_domain_name(domain.get(1..).unwrap_or_default())
}
