//! The words of a master file: lines, parentheses, comments, quotes and escapes (RFC 1035 §5.1).

use super::{Fault, Key, ZoneErrorKind};
use crate::name::{DomainName, NameError};

/// Hands out the entries of a master file, one after the other.
pub(super) struct Words<'a> {
    length: usize,
    rest: &'a str,
}

/// The words of one entry, which is a line unless parentheses make it longer.
pub(super) struct Entry<'a> {
    pub(super) words: Vec<Word<'a>>,
    /// Whether it begins with a blank, and so has no owner of its own.
    pub(super) indented: bool,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { length: text.len(), rest: text }
    }

    /// The next entry that has a word in it; `None` at the end of the text.
    pub(super) fn entry(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        let mut words = Vec::new();
        let mut indented = self.is_at_blank();
        let mut open = Vec::new();
        while let Some(&octet) = self.rest.as_bytes().first() {
            let offset = self.offset();
            match octet {
                b'\n' => {
                    self.take(1);
                    if open.is_empty() {
                        if !words.is_empty() {
                            break;
                        }
                        indented = self.is_at_blank();
                    }
                }
                b' ' | b'\t' | b'\r' => {
                    self.take(1);
                }
                b';' => {
                    self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
                }
                b'(' => {
                    self.take(1);
                    open.push(offset);
                }
                b')' => {
                    self.take(1);
                    open.pop().ok_or(ZoneErrorKind::UnopenedParenthesis.at(offset))?;
                }
                b'"' => {
                    self.take(1);
                    let text = self.take_until(|octet| octet == b'"');
                    if !self.rest.starts_with('"') {
                        return Err(ZoneErrorKind::UnclosedQuote.at(offset));
                    }
                    self.take(1);
                    words.push(Word { text, offset, quoted: true });
                }
                _ => {
                    let text = self.take_until(|octet| b" \t;()\"".contains(&octet));
                    words.push(Word { text, offset, quoted: false });
                }
            }
        }
        if let Some(offset) = open.pop() {
            return Err(ZoneErrorKind::UnclosedParenthesis.at(offset));
        }
        Ok((!words.is_empty()).then_some(Entry { words, indented }))
    }

    fn offset(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    fn is_at_blank(&self) -> bool {
        self.rest.starts_with([' ', '\t'])
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes what stands before the end of the line and before an octet that `ends` it and is not
    /// escaped.
    fn take_until(&mut self, ends: impl Fn(u8) -> bool) -> &'a str {
        let mut escaped = false;
        let end = self.rest.bytes().position(|octet| {
            let found = octet == b'\n' || octet == b'\r' || (!escaped && ends(octet));
            escaped = octet == b'\\' && !escaped;
            found
        });
        self.take(end.unwrap_or(self.rest.len()))
    }
}

/// A word as it stands in the file, escapes and all, without its quotes.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
    pub(super) quoted: bool,
}

impl Word<'_> {
    /// Whether this is the keyword `keyword`, in any case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(keyword)
    }

    pub(super) fn fault(&self, kind: ZoneErrorKind) -> Fault {
        kind.at(self.offset)
    }

    /// The beginning of the word, for an error.
    pub(super) fn excerpt(&self) -> String {
        self.text.chars().take(32).collect()
    }

    /// The octets of a character string (RFC 1035 §5.1), 255 at most (§3.3).
    pub(super) fn string(&self) -> Result<Vec<u8>, Fault> {
        let octets = self.unescape(self.text)?;
        if octets.len() > 255 {
            return Err(self.fault(ZoneErrorKind::StringTooLong(octets.len())));
        }
        Ok(octets)
    }

    /// The key of a domain name; a relative one stands below `origin`, or is whole without it.
    pub(super) fn name(&self, origin: Option<&Key>) -> Result<Key, Fault> {
        let bad_name = |error| self.fault(ZoneErrorKind::BadName(error));
        if self.is("@") {
            return origin.cloned().ok_or_else(|| self.fault(ZoneErrorKind::NoOrigin));
        }
        if self.is(".") {
            return Ok(Key::new());
        }
        let mut escaped = false;
        let mut labels: Vec<&str> = self
            .text
            .split(|c| {
                let separates = c == '.' && !escaped;
                escaped = c == '\\' && !escaped;
                separates
            })
            .collect();
        let absolute = labels.pop_if(|last| last.is_empty()).is_some();
        let mut key = origin.filter(|_| !absolute).cloned().unwrap_or_default();
        if labels.is_empty() {
            return Err(bad_name(NameError::Empty));
        }
        for label in labels.into_iter().rev() {
            let octets = self.unescape(label)?;
            if octets.is_empty() {
                return Err(bad_name(NameError::EmptyLabel));
            }
            // RFC 8616 §3. What is not ASCII and no U-label either is a name no one asks for.
            let octets = match &octets {
                label if label.is_ascii() => octets,
                label => DomainName::from_octets(label).map_or(octets, |name| name.as_str().into()),
            };
            if octets.len() > DomainName::MAX_LABEL_OCTETS {
                return Err(bad_name(NameError::LabelTooLong));
            }
            if !key.is_empty() {
                key.push('.');
            }
            push_label(&mut key, &octets);
        }
        // A `\DDD` of the key is one octet of the name.
        let escapes = key.bytes().filter(|&octet| octet == b'\\').count();
        if key.len().saturating_sub(escapes.saturating_mul(3)) > DomainName::MAX_OCTETS {
            return Err(bad_name(NameError::TooLong));
        }
        Ok(key)
    }

    fn unescape(&self, text: &str) -> Result<Vec<u8>, Fault> {
        let bad_escape = || self.fault(ZoneErrorKind::BadEscape);
        let mut octets = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((plain, escape)) = rest.split_once('\\') {
            octets.extend(plain.bytes());
            let mut behind = escape.chars();
            let first = behind.next().ok_or_else(bad_escape)?;
            if first.is_ascii_digit() {
                let (digits, tail) = escape.split_at_checked(3).ok_or_else(bad_escape)?;
                octets.push(digits.parse().map_err(|_| bad_escape())?);
                rest = tail;
            } else {
                octets.extend(first.encode_utf8(&mut [0; 4]).bytes());
                rest = behind.as_str();
            }
        }
        octets.extend(rest.bytes());
        Ok(octets)
    }
}

fn push_label(key: &mut Key, octets: &[u8]) {
    for &octet in octets {
        match octet {
            b'-' | b'_' | b'*' | b'0'..=b'9' | b'a'..=b'z' => key.push(octet.into()),
            b'A'..=b'Z' => key.push(octet.to_ascii_lowercase().into()),
            _ => key.push_str(&format!("\\{octet:03}")),
        }
    }
}
