//! Quotes, patterns and here-documents: where they end.

use super::{LexError, Lexer, TokenKind, is_blank, name_octets};
use crate::config::amavis::quoted::{Part, interpolated, single_quoted};

impl<'t> Lexer<'t> {
    /// `q(…)` and its kin.
    pub(super) fn quote(&mut self, start: usize, octets: usize) -> Result<(), LexError> {
        let word = &self.rest()[..octets];
        self.at += octets;
        self.skip_spaces();
        let open = self.bump().unwrap_or_default();
        let inner = self.delimited(start, open, "quote")?;
        let kind = match word {
            "q" => TokenKind::Text(single_quoted(inner, closing(open))),
            "qq" => TokenKind::Text(interpolated(inner)),
            "qx" => TokenKind::Program(interpolated(inner)),
            "qw" => {
                let words = inner.split(is_blank).filter(|word| !word.is_empty());
                TokenKind::Words(words.map(str::to_owned).collect())
            }
            _ => {
                if matches!(word, "s" | "tr" | "y") {
                    let mut second = open;
                    if closing(open) != open {
                        self.skip_spaces();
                        second = self.bump().unwrap_or_default();
                    }
                    self.delimited(start, second, "quote")?;
                }
                self.flags();
                TokenKind::Pattern
            }
        };
        self.push(start, kind);
        Ok(())
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.bump();
        }
    }

    pub(super) fn flags(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_lowercase()) {
            self.bump();
        }
    }

    /// What stands up to the delimiter that closes `open`, which has been read. Typographic quotes are
    /// closed by any of the same weight, by the plain one too.
    pub(super) fn delimited(
        &mut self,
        start: usize,
        open: char,
        what: &str,
    ) -> Result<&'t str, LexError> {
        let close = closing(open);
        let from = self.at;
        let mut depth = 0_usize;
        let mut rest = self.text[from..].char_indices();
        while let Some((at, c)) = rest.next() {
            let closes = c == close
                || (is_typographic_quote(open).is_some() && is_typographic_quote(c) == Some(close));
            if c == '\\' {
                rest.next();
            } else if closes && depth == 0 {
                self.at = from + at + c.len_utf8();
                return Ok(&self.text[from..from + at]);
            } else if closes {
                depth -= 1;
            } else if c == open {
                depth += 1;
            }
        }
        self.error(start, &format!("the {what} that begins here with {open} is never closed"))
    }

    pub(super) fn here_document_follows(&self) -> bool {
        self.rest().strip_prefix("<<").is_some_and(|rest| {
            let rest = rest.strip_prefix('~').unwrap_or(rest);
            rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '"' | '\''))
        })
    }

    pub(super) fn here_document(&mut self, start: usize) -> Result<(), LexError> {
        self.at += 2;
        let indented = self.rest().starts_with('~');
        self.at += usize::from(indented);
        let (label, is_plain) = match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.bump();
                (self.delimited(start, quote, "here-document's label")?, quote == '\'')
            }
            _ => {
                let octets = name_octets(self.rest());
                let label = &self.rest()[..octets];
                self.at += octets;
                (label, false)
            }
        };
        // The first one on a line begins behind the line, the next one behind the first.
        let (line_end, body) = match self.here_document {
            Some(pending) => pending,
            None => match self.rest().find('\n') {
                Some(at) => (self.at + at, self.at + at + 1),
                None => return self.error(start, "the here-document that begins here has no end"),
            },
        };
        let mut at = body;
        for line in self.text[body..].split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let bare = if indented { bare.trim_start() } else { bare };
            if bare == label {
                let inner = &self.text[body..at];
                let parts = if is_plain {
                    vec![Part::Literal(inner.to_owned())]
                } else {
                    interpolated(inner)
                };
                self.push(start, TokenKind::Text(parts));
                self.here_document = Some((line_end, at + line.len()));
                return Ok(());
            }
            at += line.len();
        }
        self.error(start, &format!("the here-document that begins here never ends with {label}"))
    }
}

/// The plain quote that a typographic one stands for.
pub(super) fn is_typographic_quote(c: char) -> Option<char> {
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{00b4}' => Some('\''),
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{00ab}' | '\u{00bb}' => Some('"'),
        _ => None,
    }
}

pub(super) fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        other => is_typographic_quote(other).unwrap_or(other),
    }
}
