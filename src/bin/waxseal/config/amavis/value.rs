//! The values that settings have.

use super::lexer::Sigil;
use crate::config::place::Place;

/// A value, and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Undef,
    /// A string or a number.
    Text(String),
    /// A list, or a reference to one.
    List(Vec<Value>),
    /// A hash, or a reference to one; the later of two equal names counts.
    Hash(Vec<(String, Value)>),
    /// A reference to a variable, which may change until everything is read.
    Reference(Sigil, String),
    /// Code, patterns, objects, bare words: what it is.
    Opaque(String),
    /// What only Perl could tell: why.
    Unknown(String),
}

impl Value {
    pub(super) fn new(kind: Kind, place: Place) -> Self {
        Self { kind, place }
    }

    /// How many values there are in it, itself included.
    pub(super) fn size(&self) -> usize {
        match &self.kind {
            Kind::List(list) => 1 + list.iter().map(Self::size).sum::<usize>(),
            Kind::Hash(pairs) => 1 + pairs.iter().map(|(_, value)| value.size()).sum::<usize>(),
            Kind::Text(text) => 1 + text.len() / 64,
            _ => 1,
        }
    }

    /// Whether it holds, as far as that is known.
    pub(super) fn truth(&self) -> Option<bool> {
        match &self.kind {
            Kind::Undef => Some(false),
            Kind::Text(text) => Some(!text.is_empty() && text != "0"),
            Kind::List(_) | Kind::Hash(_) | Kind::Reference(..) => Some(true),
            Kind::Opaque(_) | Kind::Unknown(_) => None,
        }
    }

    /// The number that it begins with, as Perl takes a string for one.
    pub(super) fn number(&self) -> Result<f64, String> {
        match &self.kind {
            Kind::Undef => Ok(0.0),
            Kind::Text(text) => Ok(leading_number(text)),
            other => Err(other.describe()),
        }
    }
}

impl Kind {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn flag(flag: bool) -> Self {
        Self::text(if flag { "1" } else { "" })
    }

    /// A number as Perl prints it.
    pub(super) fn number(number: f64) -> Self {
        Self::Text(number.to_string())
    }

    /// What it is, for messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Undef => "undef".to_owned(),
            Self::Text(text) => format!("{text:?}"),
            Self::List(_) => "a list".to_owned(),
            Self::Hash(_) => "a hash".to_owned(),
            Self::Reference(Sigil::Array, name) if name.starts_with('(') => "a list".to_owned(),
            Self::Reference(_, name) if name.starts_with('(') => "a hash".to_owned(),
            Self::Reference(sigil, name) => format!("a reference to {}{name}", sigil.text()),
            Self::Opaque(what) => what.clone(),
            Self::Unknown(why) => why.clone(),
        }
    }
}

fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
    (0..=end).rev().find_map(|end| text.get(..end)?.parse().ok()).unwrap_or(0.0)
}

/// A number as it is written in code.
pub(super) fn literal_number(text: &str) -> Option<f64> {
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(|n| n as f64);
    if let Some(digits) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0b") {
        return radix(digits, 2);
    }
    match text.strip_prefix('0') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()) => {
            radix(digits, 8)
        }
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_perl_reads_them() {
        for (text, number) in
            [("12abc", 12.0), ("", 0.0), ("1e2", 100.0), ("-3", -3.0), ("1e", 1.0)]
        {
            assert_eq!(leading_number(text), number, "{text}");
        }
        assert_eq!(literal_number("0x10"), Some(16.0));
        assert_eq!(literal_number("010"), Some(8.0));
        assert_eq!(literal_number("0"), Some(0.0));
        assert_eq!(literal_number("127.0.0.1"), None);
        assert_eq!(Kind::number(1_814_400.0), Kind::text("1814400"));
        assert_eq!(Kind::number(0.5), Kind::text("0.5"));
    }
}
