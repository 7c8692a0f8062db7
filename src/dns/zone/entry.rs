//! The entries of a master file: directives and records (RFC 1035 §5.1).

use super::words::{Entry, Word, Words};
use super::{Alias, Fault, Key, Node, Text, Zone, ZoneErrorKind};

/// Reads a whole master file.
pub(super) fn read(text: &str, origin: Option<Key>) -> Result<Zone, Fault> {
    let mut words = Words::new(text);
    let mut reader = Reader { origin, ..Reader::default() };
    while let Some(entry) = words.entry()? {
        reader.entry(&entry)?;
    }
    Ok(Zone::gather(reader.nodes))
}

/// The zone so far and what an entry takes over from those before it.
#[derive(Default)]
struct Reader {
    nodes: Vec<(Key, Node)>,
    origin: Option<Key>,
    owner: Option<Key>,
    /// From `$TTL`.
    default_ttl: Option<u32>,
    /// From the last record that stated one.
    last_ttl: Option<u32>,
}

impl Reader {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), Fault> {
        let Some((first, rest)) = entry.words.split_first() else {
            return Ok(());
        };
        if !first.quoted && first.text.starts_with('$') {
            return self.directive(first, rest);
        }
        if entry.indented {
            let owner = self.owner.clone().ok_or_else(|| first.fault(ZoneErrorKind::NoOwner))?;
            return self.record(owner, first, &entry.words);
        }
        let owner = first.name(self.origin.as_ref())?;
        self.owner = Some(owner.clone());
        self.record(owner, first, rest)
    }

    fn directive(&mut self, directive: &Word<'_>, values: &[Word<'_>]) -> Result<(), Fault> {
        if directive.is("$INCLUDE") {
            return Err(directive.fault(ZoneErrorKind::Include));
        }
        let sets_origin = directive.is("$ORIGIN");
        if !sets_origin && !directive.is("$TTL") {
            return Err(directive.fault(ZoneErrorKind::UnknownDirective(directive.excerpt())));
        }
        let [value] = values else {
            return Err(directive.fault(ZoneErrorKind::NotOneValue));
        };
        if sets_origin {
            self.origin = Some(value.name(self.origin.as_ref())?);
        } else {
            self.default_ttl = Some(ttl(value)?);
        }
        Ok(())
    }

    /// Reads a record from its time to live on; `first` is where the entry begins.
    fn record(&mut self, owner: Key, first: &Word<'_>, words: &[Word<'_>]) -> Result<(), Fault> {
        let mut stated_ttl = None;
        let mut class_in = None;
        let mut words = words.iter();
        // RFC 1035 §5.1: time to live and class stand in either order, and either may be absent.
        let kind = loop {
            let word = words.next().ok_or_else(|| first.fault(ZoneErrorKind::NoType))?;
            if stated_ttl.is_none() && word.text.starts_with(|c: char| c.is_ascii_digit()) {
                stated_ttl = Some(ttl(word)?);
            } else if class_in.is_none() && is_class(word) {
                class_in = Some(word.is("IN") || word.is("CLASS1"));
            } else {
                break word;
            }
        };
        if kind.quoted || !is_mnemonic(kind.text) {
            return Err(kind.fault(ZoneErrorKind::BadType(kind.excerpt())));
        }
        self.last_ttl = stated_ttl.or(self.last_ttl);
        if class_in == Some(false) {
            return Ok(());
        }
        // RFC 2308 §4: `$TTL` goes before the last one stated.
        let ttl = stated_ttl.or(self.default_ttl).or(self.last_ttl);
        let data = words.as_slice();
        let mut node = Node::default();

        let generic = data.first().is_some_and(|word| word.is("\\#"));
        let (is_txt, is_cname) = (kind.is("TXT"), kind.is("CNAME"));
        // To read over these would make a record that is there look as if it did not exist.
        if kind.is("TYPE16") || kind.is("TYPE5") || (generic && (is_txt || is_cname)) {
            return Err(kind.fault(ZoneErrorKind::GenericForm));
        }
        if is_txt {
            if data.is_empty() {
                return Err(kind.fault(ZoneErrorKind::NoString));
            }
            let mut joined = Vec::new();
            for word in data {
                joined.append(&mut word.string()?);
            }
            node.texts.push(Text { ttl, data: joined });
        } else if is_cname {
            let [target] = data else {
                return Err(kind.fault(ZoneErrorKind::NotOneTarget));
            };
            let target = target.name(self.origin.as_ref())?;
            node.alias = Some(Alias { ttl, target });
        }
        self.nodes.push((owner, node));
        Ok(())
    }
}

/// Whether a word is a class: a mnemonic (RFC 1035 §3.2.4) or a number (RFC 3597 §5).
fn is_class(word: &Word<'_>) -> bool {
    let numbered = word.text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("CLASS"));
    ["IN", "CH", "HS", "CS"].iter().any(|class| word.is(class)) || (!word.quoted && numbered)
}

fn is_mnemonic(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// A time to live in seconds, or with units as BIND writes it (`1w2d3h4m5s`).
fn ttl(word: &Word<'_>) -> Result<u32, Fault> {
    seconds(word.text)
        // RFC 2181 §8: 31 bits.
        .filter(|&seconds| !word.quoted && seconds <= i32::MAX.unsigned_abs())
        .ok_or_else(|| word.fault(ZoneErrorKind::BadTtl(word.excerpt())))
}

fn seconds(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total: u32 = 0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(digits)?;
        let number: u32 = number.parse().ok()?;
        let mut units = behind.chars();
        let unit = match units.next().map(|unit| unit.to_ascii_lowercase()) {
            // Without a unit the number must be all there is.
            None => return (digits == text.len()).then_some(number),
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            Some('w') => 604_800,
            Some(_) => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = units.as_str();
        if rest.is_empty() {
            return Some(total);
        }
    }
}
