//! What stands between quotes.

use super::lexer::{Sigil, name_octets, unqualified};

/// A piece of a string.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Literal(String),
    /// A variable, with what picks an element of it.
    Variable(Sigil, String, Vec<Subscript>),
    /// What is not understood, and why.
    Odd(String),
}

/// What picks an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subscript {
    Key(String),
    /// `{$x}`: the key is what that scalar has.
    Scalar(String),
    Index(usize),
}

/// A string in single quotes: only the quote and the backslash can be escaped.
pub(super) fn single_quoted(inner: &str, close: char) -> Vec<Part> {
    let mut text = String::new();
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(&next) if c == '\\' && (next == '\\' || next == close) => {
                text.push(next);
                rest.next();
            }
            _ => text.push(c),
        }
    }
    vec![Part::Literal(text)]
}

/// A string in double quotes: escapes, and variables.
pub(super) fn interpolated(inner: &str) -> Vec<Part> {
    let mut parts = Parts::default();
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let behind = &rest[c.len_utf8()..];
        rest = match c {
            '\\' => escape(behind, &mut parts),
            '$' => variable(Sigil::Scalar, behind, &mut parts),
            '@' => variable(Sigil::Array, behind, &mut parts),
            _ => {
                parts.literal(c);
                behind
            }
        };
    }
    parts.finish()
}

#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    literal: String,
}

impl Parts {
    fn literal(&mut self, c: char) {
        self.literal.push(c);
    }

    fn part(&mut self, part: Part) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal)));
        }
        self.parts.push(part);
    }

    fn finish(mut self) -> Vec<Part> {
        if !self.literal.is_empty() || self.parts.is_empty() {
            self.parts.push(Part::Literal(self.literal));
        }
        self.parts
    }
}

fn escape<'t>(behind: &'t str, parts: &mut Parts) -> &'t str {
    let Some(c) = behind.chars().next() else {
        return behind;
    };
    let mut rest = &behind[c.len_utf8()..];
    match c {
        'n' => parts.literal('\n'),
        't' => parts.literal('\t'),
        'r' => parts.literal('\r'),
        '0' => parts.literal('\0'),
        'a' => parts.literal('\x07'),
        'e' => parts.literal('\x1b'),
        'f' => parts.literal('\x0c'),
        'x' => {
            let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (digits, behind) = braced.unwrap_or_else(|| {
                let digits = rest.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                rest.split_at(digits)
            });
            match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
                Some(c) => parts.literal(c),
                None => parts.part(Part::Odd("a character code that is none".to_owned())),
            }
            rest = behind;
        }
        'l' | 'u' | 'L' | 'U' | 'Q' | 'E' | 'F' | 'N' => {
            parts.part(Part::Odd(format!("the escape \\{c}")));
        }
        other => parts.literal(other),
    }
    rest
}

fn variable<'t>(sigil: Sigil, behind: &'t str, parts: &mut Parts) -> &'t str {
    let plain = if sigil == Sigil::Scalar { '$' } else { '@' };
    let braced = behind.strip_prefix('{').and_then(|inner| {
        let octets = name_octets(inner);
        let rest = inner.get(octets..)?.strip_prefix('}')?;
        (octets > 0).then(|| (&inner[..octets], rest))
    });
    let (name, rest) = match braced {
        Some(found) => found,
        None => behind.split_at(name_octets(behind)),
    };
    if name.is_empty() {
        if behind.starts_with('{') || behind.starts_with('$') {
            parts.part(Part::Odd(format!(
                "{plain}{} within a string; to mean the character {plain}, write \\{plain}",
                behind.chars().next().unwrap_or_default()
            )));
            return behind;
        }
        parts.literal(plain);
        return behind;
    }
    let (subscripts, rest) = subscripts(rest);
    parts.part(Part::Variable(sigil, unqualified(name), subscripts));
    rest
}

/// `{key}`, `[0]`, each with or without an arrow before it.
fn subscripts(mut rest: &str) -> (Vec<Subscript>, &str) {
    let mut found = Vec::new();
    loop {
        let next = match rest.strip_prefix("->") {
            Some(next) if next.starts_with(['{', '[']) => next,
            _ => rest,
        };
        let one = if let Some((key, behind)) =
            next.strip_prefix('{').and_then(|inner| inner.split_once('}'))
        {
            let key = key.trim();
            let bare = key
                .strip_prefix(['\'', '"'])
                .and_then(|inner| inner.strip_suffix(['\'', '"']))
                .unwrap_or(key);
            let is_plain = !bare.is_empty()
                && bare.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-.".contains(&c));
            let scalar = key.strip_prefix('$').filter(|name| {
                !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
            });
            match scalar {
                Some(name) => Some((Subscript::Scalar(name.to_owned()), behind)),
                None => is_plain.then(|| (Subscript::Key(bare.to_owned()), behind)),
            }
        } else {
            next.strip_prefix('[')
                .and_then(|inner| inner.split_once(']'))
                .and_then(|(index, behind)| Some((Subscript::Index(index.parse().ok()?), behind)))
        };
        match one {
            Some((subscript, behind)) => {
                found.push(subscript);
                rest = behind;
            }
            None => return (found, rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Part {
        Part::Literal(text.to_owned())
    }

    fn scalar(name: &str) -> Part {
        Part::Variable(Sigil::Scalar, name.to_owned(), Vec::new())
    }

    #[test]
    fn variables_are_found_in_strings() {
        assert_eq!(interpolated(".$mydomain"), [literal("."), scalar("mydomain")]);
        assert_eq!(interpolated("${a}b.pem"), [scalar("a"), literal("b.pem")]);
        assert_eq!(interpolated("a\\@b\\$c"), [literal("a@b$c")]);
        assert_eq!(interpolated("$a.example"), [scalar("a"), literal(".example")]);
        assert_eq!(
            interpolated("$h{'k'}$a[1]"),
            [
                Part::Variable(Sigil::Scalar, "h".to_owned(), vec![Subscript::Key("k".to_owned())]),
                Part::Variable(Sigil::Scalar, "a".to_owned(), vec![Subscript::Index(1)]),
            ]
        );
        assert_eq!(
            interpolated("joe@example"),
            [literal("joe"), Part::Variable(Sigil::Array, "example".to_owned(), Vec::new())]
        );
        assert!(matches!(interpolated("a@$x").as_slice(), [_, Part::Odd(_), _]));
    }

    #[test]
    fn escapes_are_taken_away() {
        assert_eq!(interpolated("\\x41\\x{42}\\n\\."), [literal("AB\n.")]);
        assert_eq!(single_quoted("a\\'b\\nc\\\\", '\''), [literal("a'b\\nc\\")]);
        assert_eq!(interpolated(""), [literal("")]);
    }
}
