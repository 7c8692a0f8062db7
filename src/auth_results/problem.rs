//! Where a field departs from RFC 8601, and what should stand there.

use std::fmt;

use serde::{Serialize, Serializer};

use super::lexer::MAX_COMMENT_DEPTH;
use super::parse::{MAX_OCTETS, MAX_RESULTS};

/// A place in a field value that does not follow RFC 8601 §2.2.
///
/// As an error it says why nothing could be made of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it is, in octets from the start of the value.
    pub offset: usize,
    /// What should stand there.
    pub expected: Expected,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {}: expected {}", self.offset, self.expected)
    }
}

impl std::error::Error for Problem {}

/// What should stand at a place of an Authentication-Results field.
///
/// It is serialised as its English words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// The name of the host that speaks (RFC 8601 §2.5).
    AuthservId,
    /// A version, or the semicolon before the first result.
    VersionOrSemicolon,
    /// A semicolon between two results.
    Semicolon,
    /// A number of at most 32 bits.
    Version,
    /// A method and its result, or `none`.
    Result,
    /// `none` alone, or results alone.
    NoneAlone,
    /// Letters, digits and hyphens (RFC 5321 §4.1.2 `Keyword`).
    Keyword,
    /// `=` and a result.
    EqualsSign,
    /// A property, a semicolon or the end.
    Property,
    /// A property with its ptype.
    PropertyType,
    /// At most one reason, before the properties.
    ReasonFirst,
    /// A token or a quoted string (RFC 2045 §5.1).
    Value,
    /// A token, a quoted string, a domain name or an address (RFC 8601 §2.2 `pvalue`).
    PropertyValue,
    /// The quote that ends a quoted string.
    ClosingQuote,
    /// The parenthesis that ends a comment.
    ClosingParenthesis,
    /// Comments nested less deeply.
    ShallowComment,
    /// CRLF and a blank, where a line ends (RFC 5322 §2.2.3).
    Fold,
    /// Something else than a control character.
    NoControl,
    /// Octets that are UTF-8 (RFC 6532 §3.1).
    Utf8,
    /// A value no longer than [`MAX_OCTETS`].
    FewerOctets,
    /// No more than [`MAX_RESULTS`] results.
    FewerResults,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::AuthservId => "the name of the host that speaks (authserv-id)",
            Self::VersionOrSemicolon => "a version number or ';' after the authserv-id",
            Self::Semicolon => "';' before the next result",
            Self::Version => "a version number",
            Self::Result => "a result such as dkim=pass, or none",
            Self::NoneAlone => "either results or none, not both",
            Self::Keyword => "a word of letters, digits and hyphens",
            Self::EqualsSign => "'=' and a result",
            Self::Property => "a property such as header.d=example.com, or ';'",
            Self::PropertyType => "a property type and '.' before the name of the property",
            Self::ReasonFirst => "one reason, before the properties",
            Self::Value => "a token or a quoted string",
            Self::PropertyValue => {
                "a token, a quoted string, a domain name or an address; anything else is quoted"
            }
            Self::ClosingQuote => "'\"' at the end of the quoted string that begins here",
            Self::ClosingParenthesis => "')' at the end of the comment that begins here",
            Self::ShallowComment => {
                return write!(f, "comments nested no deeper than {MAX_COMMENT_DEPTH}");
            }
            Self::Fold => "CRLF and a blank after it where a line ends",
            Self::NoControl => "no control character",
            Self::Utf8 => "UTF-8",
            Self::FewerOctets => return write!(f, "at most {MAX_OCTETS} octets"),
            Self::FewerResults => return write!(f, "at most {MAX_RESULTS} results"),
        };
        f.write_str(text)
    }
}

impl Serialize for Expected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
