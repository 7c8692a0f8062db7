//! Zones from master files (RFC 1035 §5), to answer without a network.
//!
//! This is what stands behind `--zone` and the npm package's `zoneResolver`: a test, a key check
//! before publication, an old message with its old key. TXT and CNAME records are kept; records of
//! every other type, and of other classes than IN, are read over. `$INCLUDE` and `$GENERATE` are
//! refused, for this code opens no file and guesses nothing.

mod entry;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;

use super::message::{ALIAS_LOOP, MAX_ALIASES};
use super::{Absence, Answer, TxtRecords};
use crate::name::{DomainName, NameError};
use crate::sorted::Sorted;

/// The TXT records and aliases of one or more master files.
///
/// ```
/// use waxseal::DomainName;
/// use waxseal::dns::Answer;
/// use waxseal::dns::zone::Zone;
///
/// let zone = Zone::parse(
///     "s1._domainkey.example.com.\t3600 TXT (\n  \"v=DKIM1; k=ed25519; \"\n  \"p=MCow\" )\n",
///     None,
/// )
/// .unwrap();
/// let name = DomainName::parse("s1._domainkey.example.com").unwrap();
/// let Answer::Records(found) = zone.lookup(&name) else { panic!() };
/// assert_eq!(found.records, [b"v=DKIM1; k=ed25519; p=MCow"]);
/// assert_eq!(found.ttl, Some(3600));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// In the order of their keys, each once.
    nodes: Vec<(Key, Node)>,
}

impl Zone {
    /// Reads a master file. Relative names stand below `origin` until the file says `$ORIGIN`;
    /// without either they are taken as if they ended in a dot.
    ///
    /// Lines end in LF or CRLF, a byte order mark is skipped. A time to live is in seconds or has
    /// units (`1h30m`); where a record has none, `$TTL` holds (RFC 2308 §4), or else the last one
    /// stated (RFC 1035 §5.1). Names in U-labels are converted (RFC 8616 §3).
    ///
    /// # Errors
    ///
    /// [`ZoneError`] at the first place that cannot be read.
    pub fn parse(text: &str, origin: Option<&DomainName>) -> Result<Self, ZoneError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        entry::read(text, origin.map(key_of)).map_err(|fault| fault.locate(text))
    }

    /// Adds the records of `other` to those already here. Where both have a CNAME for one name, the
    /// present one stays.
    pub fn merge(&mut self, other: Self) {
        self.nodes.extend(other.nodes);
        *self = Self::gather(std::mem::take(&mut self.nodes));
    }

    /// The zone of these, in any order; of one name, those that come first stand first.
    fn gather(mut found: Vec<(Key, Node)>) -> Self {
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut nodes: Vec<(Key, Node)> = Vec::new();
        for (key, mut node) in found {
            match nodes.last_mut() {
                Some((last, present)) if *last == key => {
                    present.texts.append(&mut node.texts);
                    present.alias = present.alias.take().or(node.alias);
                }
                _ => nodes.push((key, node)),
            }
        }
        Self { nodes }
    }

    /// Adds TXT records to `name`, each given whole, its strings already joined. Their time to live
    /// is unknown.
    ///
    /// ```
    /// use waxseal::DomainName;
    /// use waxseal::dns::Answer;
    /// use waxseal::dns::zone::Zone;
    ///
    /// let name = DomainName::parse("s._domainkey.example.com").unwrap();
    /// let mut zone = Zone::default();
    /// assert!(zone.lookup(&name).is_not_found());
    /// zone.add_txt(&name, ["v=DKIM1; p="]);
    /// assert!(matches!(zone.lookup(&name), Answer::Records(_)));
    /// ```
    pub fn add_txt<R: Into<Vec<u8>>>(
        &mut self,
        name: &DomainName,
        records: impl IntoIterator<Item = R>,
    ) {
        let text = |record: R| Text { ttl: None, data: record.into() };
        let texts = records.into_iter().map(text).collect();
        self.nodes.push((key_of(name), Node { texts, alias: None }));
        *self = Self::gather(std::mem::take(&mut self.nodes));
    }

    /// Answers as a server of these zones would: aliases are followed, wildcards applied (RFC 4592).
    ///
    /// What is not in the zones is [`Answer::Absent`], and so is an alias to it; a loop of aliases
    /// is [`Answer::Unavailable`]. Where a name has TXT records and, against the rules, a CNAME too,
    /// the TXT records are the answer.
    pub fn lookup(&self, name: &DomainName) -> Answer {
        let mut key = key_of(name);
        let mut lowest = None;
        let mut aliases = Vec::new();
        for _ in 0..=MAX_ALIASES {
            let node = self.node(&key);
            if let Some(node) = node.filter(|node| !node.texts.is_empty()) {
                return Answer::Records(TxtRecords { aliases, ..node.records(lowest) });
            }
            let Some(alias) = node.and_then(|node| node.alias.as_ref()) else {
                let name_exists = Some(node.is_some() || self.exists(&key));
                return Answer::Absent(Absence { name_exists, aliases });
            };
            lowest = lower(lowest, alias.ttl);
            aliases.push(shown(&alias.target));
            key.clone_from(&alias.target);
        }
        Answer::unavailable(ALIAS_LOOP)
    }

    /// The node that speaks for `key`: its own, or the wildcard that covers it.
    fn node(&self, key: &str) -> Option<&Node> {
        if self.exists(key) {
            return self.get(key);
        }
        // RFC 4592 §3.3.1: only a wildcard right below the closest encloser, the nearest ancestor
        // that exists, is the source of synthesis.
        let mut ancestor = key;
        while let Some((parent, _)) = ancestor.rsplit_once('.') {
            if self.exists(parent) {
                return self.get(&format!("{parent}.*"));
            }
            ancestor = parent;
        }
        self.get("*")
    }

    fn get(&self, key: &str) -> Option<&Node> {
        let (_, node) = self.nodes.get(self.place(key)).filter(|(known, _)| known == key)?;
        Some(node)
    }

    /// Where the first key stands that is not before this one.
    fn place(&self, key: &str) -> usize {
        self.nodes.partition_point(|(known, _)| known.as_str() < key)
    }

    /// Whether a name has records or, as an empty non-terminal, has names below it (RFC 4592 §2.2.2).
    fn exists(&self, key: &str) -> bool {
        let below = format!("{key}.");
        let next = self.nodes.get(self.place(&below));
        key.is_empty()
            || self.get(key).is_some()
            || next.is_some_and(|(next, _)| next.starts_with(&below))
    }
}

/// Why a text is no master file we can read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ZoneError {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: ZoneErrorKind,
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

impl std::error::Error for ZoneError {}

/// The kinds of [`ZoneError`]; what is quoted from the file is cut to a few characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ZoneErrorKind {
    /// A quoted string has no second quote on its line.
    UnclosedQuote,
    /// A parenthesis is opened and not closed.
    UnclosedParenthesis,
    /// A parenthesis is closed that was not opened.
    UnopenedParenthesis,
    /// A backslash with neither a character nor a decimal octet behind it (RFC 1035 §5.1).
    BadEscape,
    /// A string has more than 255 octets: how many.
    StringTooLong(usize),
    /// The first record has no owner name.
    NoOwner,
    /// `@` where there is no origin.
    NoOrigin,
    /// A name breaks the rules of the DNS.
    BadName(NameError),
    /// Not a time to live.
    BadTtl(String),
    /// Not a record type.
    BadType(String),
    /// The entry ends where a record type is due.
    NoType,
    /// A TXT record without a string.
    NoString,
    /// A CNAME record without a name, or with more than one.
    NotOneTarget,
    /// A directive without its value, or with more than one.
    NotOneValue,
    /// `$INCLUDE`, which would need a file.
    Include,
    /// Another directive that is not known.
    UnknownDirective(String),
    /// A TXT or CNAME record in the form for unknown types (RFC 3597 §5).
    GenericForm,
}

impl ZoneErrorKind {
    fn at(self, offset: usize) -> Fault {
        Fault { offset, kind: self }
    }
}

impl fmt::Display for ZoneErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnclosedQuote => "the quoted string does not end on this line; close it with \"",
            Self::UnclosedParenthesis => "this parenthesis is never closed; add )",
            Self::UnopenedParenthesis => "no parenthesis is open here; remove )",
            Self::BadEscape => "write \\ before one character, or before three digits up to 255",
            Self::StringTooLong(octets) => {
                return write!(
                    f,
                    "the string has {octets} octets; split it into strings of at most 255"
                );
            }
            Self::NoOwner => "no owner name to go on with; begin the line with a name",
            Self::NoOrigin => "@ means the origin and there is none; set it with $ORIGIN",
            Self::BadName(error) => return write!(f, "not a domain name: {error}"),
            Self::BadTtl(text) => {
                return write!(
                    f,
                    "{text:?} is no time to live; write seconds up to 2147483647, or as in 1h30m"
                );
            }
            Self::BadType(text) => {
                return write!(f, "{text:?} is no record type; write one, such as TXT");
            }
            Self::NoType => "the record type is missing; write for instance NAME TXT \"text\"",
            Self::NoString => "TXT has no text; write at least one string, or \"\"",
            Self::NotOneTarget => "CNAME takes exactly one name",
            Self::NotOneValue => "this directive takes exactly one value",
            Self::Include => "$INCLUDE is not followed; give that file as a zone of its own",
            Self::UnknownDirective(text) => {
                return write!(f, "{text:?} is not supported; write the records out");
            }
            Self::GenericForm => "the form for unknown types is not read; write it as TXT or CNAME",
        })
    }
}

/// Labels from the root down with dots between, so that the names below a name follow it in order:
/// `com.example.*`. Letters are lower case; octets that no host name has, dots within labels
/// included, are written `\DDD`, and so no two names share a key.
type Key = String;

fn key_of(name: &DomainName) -> Key {
    name.as_str().rsplit('.').collect::<Vec<_>>().join(".")
}

fn shown(key: &Key) -> String {
    match key.as_str() {
        "" => ".".to_owned(),
        key => key.rsplit('.').collect::<Vec<_>>().join("."),
    }
}

/// What is kept of a name; nothing where the name merely exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    texts: Vec<Text>,
    alias: Option<Alias>,
}

impl Node {
    fn records(&self, ttl: Option<u32>) -> TxtRecords {
        // RFC 2181 §5: equal records in a set are one, as when a file is given twice.
        let mut seen: Sorted<&[u8], ()> = Sorted::default();
        TxtRecords {
            records: self
                .texts
                .iter()
                .filter(|text| {
                    let data = text.data.as_slice();
                    let is_new = seen.get(data).is_none();
                    seen.insert(data, ());
                    is_new
                })
                .map(|text| text.data.clone())
                .collect(),
            ttl: self.texts.iter().fold(ttl, |lowest, text| lower(lowest, text.ttl)),
            authenticated: None,
            aliases: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    ttl: Option<u32>,
    data: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Alias {
    ttl: Option<u32>,
    target: Key,
}

/// The lower of two times to live, of which either may be unknown.
fn lower(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).min()
}

/// An error on its way out, at an octet of the text.
struct Fault {
    offset: usize,
    kind: ZoneErrorKind,
}

impl Fault {
    fn locate(self, text: &str) -> ZoneError {
        let before = text.get(..self.offset).unwrap_or(text);
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        ZoneError {
            line: before.split('\n').count(),
            column: last_line.chars().count().saturating_add(1),
            kind: self.kind,
        }
    }
}
