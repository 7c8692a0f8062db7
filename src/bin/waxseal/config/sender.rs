//! Signature options by sender: which tags a signature has for whom.

use std::fmt;

use waxseal::canon::Canonicalization;
use waxseal::crypto::Algorithm;
use waxseal::sign::{BodyLength, Oversign, SignedFields};
use waxseal::{DomainName, Selector, UnixTime};

use super::place::{Place, Placed};

/// Signature options by sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SenderMap {
    pub(crate) entries: Vec<SenderEntry>,
}

/// The options of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SenderEntry {
    pub(crate) pattern: SenderPattern,
    pub(crate) tags: SignatureTags,
    pub(crate) place: Place,
}

/// Whom an entry is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SenderPattern {
    /// `user@example.com`: this address; its local part in lower case.
    Address(String, DomainName),
    /// `user@`: this local part in any domain.
    LocalPart(String),
    /// `example.com`: this domain, not what is below it.
    Domain(DomainName),
    /// `.example.com`: this domain and all below it.
    Subdomains(DomainName),
    /// `.`: everyone.
    All,
}

/// What a signature shall say; `None` leaves it to a less specific entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignatureTags {
    /// `a`: one signature with each of these.
    pub(crate) algorithms: Option<Placed<Vec<Algorithm>>>,
    /// `c`: header and body.
    pub(crate) canonicalization: Option<Placed<(Canonicalization, Canonicalization)>>,
    /// `d`: the signing domain; otherwise it is the sender's.
    pub(crate) domain: Option<Placed<DomainName>>,
    /// `i`: the identity; empty for none.
    pub(crate) identity: Option<Placed<String>>,
    /// `s`: the selectors of the keys that may sign.
    pub(crate) selectors: Option<Placed<Vec<Selector>>>,
    /// `ttl`: seconds until the signature expires; 0 for never.
    pub(crate) ttl: Option<Placed<u64>>,
    /// `x`: when it expires; `ttl` goes before it.
    pub(crate) expires: Option<Placed<UnixTime>>,
    /// `h`: the fields that are signed.
    pub(crate) fields: Option<Placed<SignedFields>>,
    /// `oversign`.
    pub(crate) oversign: Option<Placed<Oversign>>,
    /// `l`.
    pub(crate) body_length: Option<Placed<Option<BodyLength>>>,
    /// `z`.
    pub(crate) copy_fields: Option<Placed<bool>>,
    /// The tags that are not to be set, whatever less specific entries say.
    pub(crate) unset: Vec<&'static str>,
}

/// The address of a sender, taken apart for lookups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    /// In lower case.
    pub(crate) local_part: String,
    /// `None` where it is no domain name, such as the address literal `[192.0.2.1]`.
    pub(crate) domain: Option<DomainName>,
}

impl Sender {
    pub(crate) fn new(address: &str) -> Self {
        let (local_part, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        let local_part = local_part.to_lowercase();
        let domain = DomainName::parse(domain.trim_end_matches('.')).ok();
        Self { local_part, domain }
    }

    /// The local part without its extension, where it has one (as amavisd 2.13 finds it): not that of
    /// system accounts, nor those of lists, whose names have a `-` of their own.
    fn base(&self, delimiter: &str) -> Option<&str> {
        let local_part = self.local_part.as_str();
        if matches!(local_part, "postmaster" | "mailer-daemon" | "double-bounce")
            || delimiter.contains('-')
                && (local_part.len() > 6 && local_part.starts_with("owner-")
                    || local_part.len() > 8 && local_part.ends_with("-request"))
        {
            return None;
        }
        // A local part does not begin with its extension.
        let first = local_part.chars().next()?.len_utf8();
        let at = local_part.get(first..)?.find(|c| delimiter.contains(c))?;
        local_part.get(..first + at)
    }
}

impl SenderMap {
    /// The entries for the sender, the most specific first; those of an address with its extension
    /// go before those of the address without.
    pub(crate) fn lookup(&self, sender: &Sender, delimiter: &str) -> Vec<&SenderEntry> {
        let base = sender.base(delimiter);
        let mut found: Vec<(usize, &SenderEntry)> = self
            .entries
            .iter()
            .filter_map(|entry| Some((entry.pattern.distance(sender, base)?, entry)))
            .collect();
        found.sort_by_key(|(distance, _)| *distance);
        found.into_iter().map(|(_, entry)| entry).collect()
    }
}

impl SenderPattern {
    /// Parses what stands before the options.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let name = |text: &str| {
            DomainName::parse(text)
                .map_err(|error| format!("{text:?} is not a domain name: {error}"))
        };
        if text == "." {
            return Ok(Self::All);
        }
        if let Some((local_part, domain)) = text.rsplit_once('@') {
            let lower = local_part.to_lowercase();
            return match (local_part, domain) {
                ("", "") => Err("a sender is missing before the options".to_owned()),
                ("", domain) => Err(format!(
                    "{text:?} matches no sender; write {domain:?} for all addresses in that domain"
                )),
                (_, "") => Ok(Self::LocalPart(lower)),
                (_, domain) => Ok(Self::Address(lower, name(domain)?)),
            };
        }
        match text.strip_prefix('.') {
            Some(domain) => Ok(Self::Subdomains(name(domain)?)),
            None => Ok(Self::Domain(name(text)?)),
        }
    }

    /// How far the pattern is from the very address, if it matches.
    fn distance(&self, sender: &Sender, base: Option<&str>) -> Option<usize> {
        let is_full = |local_part: &String| *local_part == sender.local_part;
        let is_user =
            |local_part: &String| is_full(local_part) || base == Some(local_part.as_str());
        let matches = match self {
            Self::Address(local_part, domain) => {
                is_user(local_part) && Some(domain) == sender.domain.as_ref()
            }
            Self::LocalPart(local_part) => is_user(local_part),
            Self::Domain(domain) => Some(domain) == sender.domain.as_ref(),
            Self::Subdomains(domain) => {
                sender.domain.as_ref().is_some_and(|of_sender| of_sender.is_within(domain))
            }
            Self::All => true,
        };
        let distance = match self {
            Self::Address(local_part, _) => usize::from(!is_full(local_part)),
            Self::LocalPart(local_part) => 2 + usize::from(!is_full(local_part)),
            Self::Domain(_) => 4,
            // More labels are nearer; a name has no more than 127.
            Self::Subdomains(domain) => 200 - domain.labels().count().min(127),
            Self::All => 200,
        };
        matches.then_some(distance)
    }
}

impl fmt::Display for SenderPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(local_part, domain) => write!(f, "{local_part}@{domain}"),
            Self::LocalPart(local_part) => write!(f, "{local_part}@"),
            Self::Domain(domain) => domain.fmt(f),
            Self::Subdomains(domain) => write!(f, ".{domain}"),
            Self::All => f.write_str("."),
        }
    }
}

impl SignatureTags {
    /// Takes from `other` the tags that are not set yet, and says which.
    pub(crate) fn fill_from(&mut self, other: &Self) -> Vec<&'static str> {
        let mut taken = Vec::new();
        let mut fill = |name, was_set: bool, sets: bool| {
            if !was_set && sets {
                taken.push(name);
            }
        };
        macro_rules! fill {
            ($($name:literal: $tag:ident),+ $(,)?) => {
                $(
                    let was_set = self.$tag.is_some() || self.unset.contains(&$name);
                    fill($name, was_set, other.$tag.is_some() || other.unset.contains(&$name));
                    if !was_set {
                        self.$tag.clone_from(&other.$tag);
                        if other.unset.contains(&$name) {
                            self.unset.push($name);
                        }
                    }
                )+
            };
        }
        fill! {
            "a": algorithms, "c": canonicalization, "d": domain, "i": identity, "s": selectors,
            "ttl": ttl, "x": expires, "h": fields, "oversign": oversign, "l": body_length,
            "z": copy_fields,
        }
        taken
    }

    /// The tags that are set, as they could be written.
    pub(crate) fn texts(&self) -> Vec<(&'static str, String)> {
        fn list<T: fmt::Display>(items: &[T]) -> String {
            items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
        }
        let mut texts = Vec::new();
        let mut tell = |name, text: Option<String>| {
            if let Some(text) = text {
                texts.push((name, text));
            }
        };
        tell("a", self.algorithms.as_ref().map(|tag| list(&tag.value)));
        tell(
            "c",
            self.canonicalization
                .as_ref()
                .map(|tag| format!("{}/{}", tag.value.0.name(), tag.value.1.name())),
        );
        tell("d", self.domain.as_ref().map(|tag| tag.value.to_string()));
        tell("i", self.identity.as_ref().map(|tag| tag.value.clone()));
        tell("s", self.selectors.as_ref().map(|tag| list(&tag.value)));
        tell("ttl", self.ttl.as_ref().map(|tag| format!("{}s", tag.value)));
        tell("x", self.expires.as_ref().map(|tag| tag.value.to_string()));
        tell(
            "h",
            self.fields.as_ref().map(|tag| match &tag.value {
                SignedFields::Recommended => "recommended".to_owned(),
                SignedFields::Listed(names) => list(names),
            }),
        );
        tell(
            "oversign",
            self.oversign.as_ref().map(|tag| match &tag.value {
                Oversign::Recommended => "recommended".to_owned(),
                Oversign::None => "none".to_owned(),
                Oversign::Present => "present".to_owned(),
                Oversign::All => "all".to_owned(),
                Oversign::Listed(names) => list(names),
            }),
        );
        tell(
            "l",
            self.body_length.as_ref().map(|tag| match tag.value {
                None => "false".to_owned(),
                Some(BodyLength::Whole) => "true".to_owned(),
                Some(BodyLength::Octets(octets) | BodyLength::AtMost(octets)) => octets.to_string(),
            }),
        );
        tell("z", self.copy_fields.as_ref().map(|tag| tag.value.to_string()));
        texts.extend(self.unset.iter().map(|name| (*name, "undef".to_owned())));
        texts
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn found(patterns: &[&str], address: &str) -> Vec<String> {
        let place = Place::new(&Path::new("x").into(), 1);
        let entry = |text: &&str| SenderEntry {
            pattern: SenderPattern::parse(text).unwrap(),
            tags: SignatureTags::default(),
            place: place.clone(),
        };
        let map = SenderMap { entries: patterns.iter().map(entry).collect() };
        map.lookup(&Sender::new(address), "+")
            .iter()
            .map(|entry| entry.pattern.to_string())
            .collect()
    }

    #[test]
    fn the_most_specific_entry_is_first() {
        let patterns = [
            ".",
            ".example.com",
            "example.com",
            "joe@",
            ".com",
            "joe@example.com",
            "example.org",
            ".a.example.com",
            "a.example.com",
        ];
        assert_eq!(
            found(&patterns, "Joe@Example.COM"),
            ["joe@example.com", "joe@", "example.com", ".example.com", ".com", "."]
        );
        assert_eq!(
            found(&patterns, "x@a.example.com"),
            ["a.example.com", ".a.example.com", ".example.com", ".com", "."]
        );
        assert_eq!(found(&patterns, "x@badexample.com"), [".com", "."]);
        assert_eq!(found(&patterns, "joe@[192.0.2.1]"), ["joe@", "."]);
        assert_eq!(
            found(&["bücher.example"], "x@xn--bcher-kva.example"),
            ["xn--bcher-kva.example"]
        );
    }

    #[test]
    fn an_address_with_an_extension_is_that_without_too() {
        let patterns = ["joe@example.com", "joe@", "joe+x@example.com", "joe+x@", "example.com"];
        assert_eq!(
            found(&patterns, "Joe+X@example.com"),
            ["joe+x@example.com", "joe@example.com", "joe+x@", "joe@", "example.com"]
        );
        assert_eq!(found(&patterns, "+joe@example.org"), Vec::<String>::new());
        let base = |local_part: &str, delimiter: &str| {
            Sender::new(local_part).base(delimiter).map(str::to_owned)
        };
        assert_eq!(base("joe+a-b", "-+").as_deref(), Some("joe"));
        assert_eq!(base("++joe+a", "+").as_deref(), Some("+"));
        for (local_part, delimiter) in
            [("postmaster", "t"), ("owner-x", "-"), ("x-request", "-"), ("joe+a", ""), ("é", "é")]
        {
            assert_eq!(base(local_part, delimiter), None, "{local_part}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "@", "@example.com", "..", "a b", "joe@a b", "example.com."] {
            assert!(SenderPattern::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn tags_are_filled_one_by_one() {
        let place = Place::new(&Path::new("x").into(), 1);
        let ttl = |seconds| Some(Placed::new(seconds, place.clone()));
        let mut tags = SignatureTags { ttl: ttl(1), ..SignatureTags::default() };
        let general = SignatureTags {
            ttl: ttl(2),
            identity: Some(Placed::new("@a".to_owned(), place.clone())),
            ..SignatureTags::default()
        };
        let mut blocked = SignatureTags { unset: vec!["ttl"], ..SignatureTags::default() };
        assert_eq!(blocked.fill_from(&general), ["i"]);
        assert_eq!(blocked.ttl, None);
        assert_eq!(tags.fill_from(&general), ["i"]);
        assert_eq!(tags.texts(), [("i", "@a".to_owned()), ("ttl", "1s".to_owned())]);
    }
}
