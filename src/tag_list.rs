//! Tag lists: `tag=value; tag=value`, the syntax of signatures and key records (RFC 6376 §3.2).
//!
//! Spans are kept, because the canonical form of a signature field is the field less the value of
//! its `b=` tag (RFC 6376 §3.7).

use std::fmt;
use std::ops::Range;

/// One `name=value` of a tag list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The name, as it stands there: names are case-sensitive (RFC 6376 §3.2).
    pub name: &'a str,
    /// The value less the white space around it; white space within it is kept.
    pub value: &'a str,
    /// Where the name begins, in octets from the start of the list.
    pub offset: usize,
    /// Everything between the `=` and the `;`, surrounding white space included.
    pub value_span: Range<usize>,
}

/// The tags of a list in order. Names may repeat: see [`TagList::duplicate`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagList<'a> {
    tags: Vec<Tag<'a>>,
}

impl<'a> TagList<'a> {
    /// Reads as many tags as can be read; where the grammar is broken, tells how.
    ///
    /// What stands before the error is returned too, so that a report can show it.
    ///
    /// ```
    /// use waxseal::tag_list::TagList;
    ///
    /// let (tags, error) = TagList::parse(b"v=DKIM1; p=MIIB\r\n IjAN; n=");
    /// assert_eq!(error, None);
    /// assert_eq!(tags.get("p").unwrap().value, "MIIB\r\n IjAN");
    /// assert_eq!(tags.get("n").unwrap().value, "");
    ///
    /// let (tags, error) = TagList::parse(b"v=1; oops; d=example.com");
    /// assert_eq!(tags.iter().count(), 1);
    /// assert_eq!(error.unwrap().to_string(), "tag at octet 5 has no '='");
    /// ```
    pub fn parse(octets: &'a [u8]) -> (Self, Option<TagListError>) {
        let mut list = Self::default();
        let error = list.read(octets).err();
        (list, error)
    }

    /// The first tag of that name.
    pub fn get(&self, name: &str) -> Option<&Tag<'a>> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// The tags in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tag<'a>> {
        self.tags.iter()
    }

    /// The first tag whose name stands twice; such a list is invalid as a whole (RFC 6376 §3.2).
    pub fn duplicate(&self) -> Option<&'a str> {
        // Sorted rather than compared pairwise, so that a list of many tags costs no more than that.
        let mut names: Vec<&str> = self.tags.iter().map(|tag| tag.name).collect();
        names.sort_unstable();
        names.windows(2).find_map(|pair| match pair {
            [first, second] if first == second => Some(*first),
            _ => None,
        })
    }

    fn read(&mut self, octets: &'a [u8]) -> Result<(), TagListError> {
        let mut specs = octets.split(|&octet| octet == b';').peekable();
        let mut start = 0_usize;
        while let Some(spec) = specs.next() {
            let is_last = specs.peek().is_none();
            let offset = start.saturating_add(leading_fws(spec));
            // RFC 6376 §3.2: a list may end in a semicolon. White space is tolerated after it, as it
            // is around every tag (erratum 5070).
            if is_last && trim_fws(spec).is_empty() && !self.tags.is_empty() {
                return Ok(());
            }
            self.tags.push(read_tag(spec, start, offset)?);
            start = start.saturating_add(spec.len()).saturating_add(1);
        }
        Ok(())
    }
}

/// How a tag list breaks its grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagListError {
    /// The octet it is about, counted from the start of the list.
    pub offset: usize,
    /// What is wrong there.
    pub kind: TagListErrorKind,
}

/// What is wrong in a tag list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagListErrorKind {
    /// Nothing stands between two semicolons.
    EmptyTag,
    /// A tag without `=`.
    NoEquals,
    /// A name that is no name: a letter, then letters, digits and underscores.
    BadName,
    /// An octet that no value may contain.
    BadOctet(u8),
    /// A line end within a value that is not followed by white space.
    BrokenFold,
    /// Octets that are not UTF-8 (RFC 6532 §3.1).
    NotUtf8,
}

impl fmt::Display for TagListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.offset;
        match self.kind {
            TagListErrorKind::EmptyTag => write!(f, "tag at octet {offset} is empty"),
            TagListErrorKind::NoEquals => write!(f, "tag at octet {offset} has no '='"),
            TagListErrorKind::BadName => write!(
                f,
                "tag at octet {offset} has a name that is not a letter followed by letters, digits \
                 and underscores"
            ),
            TagListErrorKind::BadOctet(octet) => {
                write!(f, "octet 0x{octet:02x} at {offset} may not stand in a tag value")
            }
            TagListErrorKind::BrokenFold => {
                write!(f, "line end at octet {offset} is not followed by white space")
            }
            TagListErrorKind::NotUtf8 => write!(f, "octets at {offset} are not UTF-8"),
        }
    }
}

impl std::error::Error for TagListError {}

/// The octets less the folding white space around them.
pub(crate) fn trim_fws(octets: &[u8]) -> &[u8] {
    let mut rest = octets;
    while let [first, tail @ ..] = rest
        && is_fws_char(char::from(*first))
    {
        rest = tail;
    }
    while let [head @ .., last] = rest
        && is_fws_char(char::from(*last))
    {
        rest = head;
    }
    rest
}

/// The items of a list separated by colons, white space around each removed.
pub(crate) fn colon_separated(value: &str) -> impl Iterator<Item = &str> {
    value.split(':').map(|item| item.trim_matches(is_fws_char))
}

/// Whether a character belongs to folding white space.
pub(crate) const fn is_fws_char(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn read_tag(spec: &[u8], start: usize, offset: usize) -> Result<Tag<'_>, TagListError> {
    let error = |offset, kind| Err(TagListError { offset, kind });
    if trim_fws(spec).is_empty() {
        return error(offset, TagListErrorKind::EmptyTag);
    }
    let Some(equals) = memchr::memchr(b'=', spec) else {
        return error(offset, TagListErrorKind::NoEquals);
    };
    let (name, rest) = spec.split_at(equals);
    let raw_value = rest.get(1..).unwrap_or_default();
    let value_start = start.saturating_add(equals).saturating_add(1);
    check_folds(name, start)?;
    check_value(raw_value, value_start)?;

    let name = trim_fws(name);
    let name = match std::str::from_utf8(name) {
        Ok(text) if is_tag_name(name) => text,
        _ => return error(offset, TagListErrorKind::BadName),
    };
    let value = match std::str::from_utf8(trim_fws(raw_value)) {
        Ok(text) => text,
        Err(_) => return error(value_start, TagListErrorKind::NotUtf8),
    };
    let value_span = value_start..value_start.saturating_add(raw_value.len());
    Ok(Tag { name, value, offset, value_span })
}

fn is_tag_name(name: &[u8]) -> bool {
    // tag-name = ALPHA *ALNUMPUNC, RFC 6376 §3.2.
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'_')
}

fn check_value(value: &[u8], start: usize) -> Result<(), TagListError> {
    // VALCHAR is %x21-3A / %x3C-7E, RFC 6376 §3.2; UTF-8 beside it, RFC 8616 §3. The semicolon
    // cannot occur: the list was split at it.
    for (at, &octet) in value.iter().enumerate() {
        if !matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | 0x21..=0x7e | 0x80..) {
            let offset = start.saturating_add(at);
            return Err(TagListError { offset, kind: TagListErrorKind::BadOctet(octet) });
        }
    }
    check_folds(value, start)
}

fn check_folds(octets: &[u8], start: usize) -> Result<(), TagListError> {
    // FWS = [*WSP CRLF] 1*WSP, RFC 6376 §2.8: a line end counts only as CRLF before white space.
    let mut rest = octets.iter().enumerate().peekable();
    while let Some((at, &octet)) = rest.next() {
        let offset = start.saturating_add(at);
        match octet {
            b'\r' => {
                let Some((_, b'\n')) = rest.next() else {
                    return Err(TagListError { offset, kind: TagListErrorKind::BadOctet(b'\r') });
                };
                if !matches!(rest.peek(), Some((_, b' ' | b'\t'))) {
                    return Err(TagListError { offset, kind: TagListErrorKind::BrokenFold });
                }
            }
            b'\n' => {
                return Err(TagListError { offset, kind: TagListErrorKind::BadOctet(b'\n') });
            }
            _ => {}
        }
    }
    Ok(())
}

fn leading_fws(octets: &[u8]) -> usize {
    octets.iter().take_while(|octet| is_fws_char(char::from(**octet))).count()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn error(octets: &[u8]) -> Option<(usize, TagListErrorKind)> {
        TagList::parse(octets).1.map(|error| (error.offset, error.kind))
    }

    #[test]
    fn white_space_around_names_and_values_is_not_part_of_them() {
        let (list, error) = TagList::parse(b" a = 1 ;\r\n\tb\t=\r\n 2 3 ; ");
        assert_eq!(error, None);
        let tags: Vec<_> = list.iter().map(|tag| (tag.name, tag.value)).collect();
        assert_eq!(tags, [("a", "1"), ("b", "2 3")]);
        assert_eq!(list.get("b").unwrap().value_span, 14..21);
    }

    #[test]
    fn a_value_may_contain_equals_signs() {
        let (list, _) = TagList::parse(b"bh=abc==; d=e");
        assert_eq!(list.get("bh").unwrap().value, "abc==");
    }

    #[test]
    fn broken_grammar_is_located() {
        assert_eq!(error(b""), Some((0, TagListErrorKind::EmptyTag)));
        assert_eq!(error(b"a=1;;b=2"), Some((4, TagListErrorKind::EmptyTag)));
        assert_eq!(error(b"a=1; b"), Some((5, TagListErrorKind::NoEquals)));
        assert_eq!(error(b"1a=1"), Some((0, TagListErrorKind::BadName)));
        assert_eq!(error(b"a-b=1"), Some((0, TagListErrorKind::BadName)));
        assert_eq!(error(b"a=1\0"), Some((3, TagListErrorKind::BadOctet(0))));
        assert_eq!(error(b"a=1\n 2"), Some((3, TagListErrorKind::BadOctet(b'\n'))));
        assert_eq!(error(b"a=1\r\n2"), Some((3, TagListErrorKind::BrokenFold)));
        assert_eq!(error(b"a=\xff"), Some((2, TagListErrorKind::NotUtf8)));
    }

    #[test]
    fn names_are_compared_with_case() {
        let (list, _) = TagList::parse(b"a=1; A=2");
        assert_eq!(list.duplicate(), None);
        let (list, _) = TagList::parse(b"b=1; a=1; a=2");
        assert_eq!(list.duplicate(), Some("a"));
    }
}
