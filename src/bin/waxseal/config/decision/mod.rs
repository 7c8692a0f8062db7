//! Which key signs.
//!
//! The candidates are the addresses of From, then of the Resent fields, then of Sender, then the
//! envelope sender. For each, the signature options of its sender are put together, and the first key
//! that satisfies `d` `s` `a` `i` signs: one key for each algorithm that the options ask for, and one
//! for each kind of key where they do not say (RFC 8463 §4 lets a message have both).

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;

use waxseal::crypto::{Algorithm, KeyType};
use waxseal::message::addresses::addresses;
use waxseal::message::{Field, Header};
use waxseal::sign::Request;
use waxseal::tag_list::TagList;
use waxseal::{DomainName, Selector, UnixTime};

use super::model::{Bank, Config, Key};
use super::sender::{Sender, SignatureTags};

/// One signature with each kind of key there is, where the options do not say.
const DEFAULT_ALGORITHMS: [Algorithm; 2] = [Algorithm::RsaSha256, Algorithm::Ed25519Sha256];

/// What is asked: shall this message be signed, and with which keys?
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) config: &'a Config,
    /// The kind of each of `config.keys`, in their order, or why its file is of no use.
    pub(crate) kinds: &'a [Result<KeyType, String>],
    pub(crate) header: &'a Header,
    /// The envelope sender, where it is known: `MAIL FROM`, without angle brackets.
    pub(crate) envelope_sender: Option<&'a str>,
    /// The message is from our own users; other mail is not signed.
    pub(crate) originating: bool,
    /// What holds for the message: [`Config::bank`].
    pub(crate) bank: &'a Bank,
    /// The signatures that were found valid, where they were verified: only these count as ours
    /// already. `None` takes every signature at its word.
    pub(crate) valid: Option<&'a [(DomainName, Selector)]>,
    /// When the signatures are made.
    pub(crate) now: UnixTime,
}

/// The answer, and how it came about.
#[derive(Debug)]
pub(crate) struct Decision {
    /// A line for each step.
    pub(crate) steps: Vec<String>,
    pub(crate) outcome: Outcome,
}

/// Whether the message is signed.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With these of `config.keys`, each with what its signature shall say.
    Sign(Vec<(usize, Request)>),
    /// Not at all.
    NotSigned(NotSigned),
}

/// Why a message is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotSigned {
    /// The configuration does not sign.
    Disabled,
    /// It is not from our own users.
    NotOriginating,
    /// No address in From, Resent-From, Resent-Sender, Sender or the envelope.
    NoCandidate,
    /// No key fits any of the candidates; their signing domains.
    NoKey(Vec<String>),
    /// A key fits, and its file cannot be used: its place in `config.keys`, and why.
    BrokenKey(usize, String),
    /// The identity asked for is outside of the signing domain.
    Identity(String),
    /// It has a signature of ours already, of this domain.
    AlreadySigned(DomainName),
}

impl Decision {
    /// How it came about, a line for each step, and the outcome last.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let outcome = match &self.outcome {
            Outcome::Sign(requests) => {
                let signature = |(index, request): &(usize, Request)| {
                    format!(
                        "key#{} d={} s={} a={}",
                        index + 1,
                        request.domain,
                        request.selector,
                        request.algorithm
                    )
                };
                let list: Vec<_> = requests.iter().map(signature).collect();
                format!("signed with {}", list.join(" and "))
            }
            Outcome::NotSigned(reason) => format!("not signed: {reason}"),
        };
        self.steps.iter().cloned().chain([outcome])
    }
}

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("the configuration does not turn signing on"),
            Self::NotOriginating => f.write_str("the message is not from our own users"),
            Self::NoCandidate => f.write_str(
                "there is no address in From, Resent-From, Resent-Sender, Sender or the envelope",
            ),
            Self::NoKey(domains) if domains.is_empty() => f.write_str(
                "no address of a sender has a domain name that could be the signing domain",
            ),
            Self::NoKey(domains) => {
                write!(f, "no key fits the signing domain {}", domains.join(" or "))
            }
            Self::BrokenKey(index, why) => write!(f, "key#{} cannot be used: {why}", index + 1),
            Self::Identity(why) => f.write_str(why),
            Self::AlreadySigned(domain) => {
                write!(f, "the message has a signature of ours already, d={domain}")
            }
        }
    }
}

/// Decides.
pub(crate) fn decide(question: &Question<'_>) -> Decision {
    let mut steps = Vec::new();
    let outcome = match outcome(question, &mut steps) {
        Ok(requests) => Outcome::Sign(requests),
        Err(reason) => Outcome::NotSigned(reason),
    };
    Decision { steps, outcome }
}

fn outcome(
    question: &Question<'_>,
    steps: &mut Vec<String>,
) -> Result<Vec<(usize, Request)>, NotSigned> {
    if !question.bank.signs() {
        return Err(NotSigned::Disabled);
    }
    if !question.originating {
        return Err(NotSigned::NotOriginating);
    }
    let candidates = candidates(question.header, question.envelope_sender);
    if candidates.is_empty() {
        return Err(NotSigned::NoCandidate);
    }
    let mut tried = Vec::new();
    for candidate in &candidates {
        steps.push(format!("candidate {} from {}", candidate.address, candidate.origin));
        let tags = options(question.bank, &candidate.sender, steps);
        let domain = match (&tags.domain, &candidate.sender.domain) {
            (Some(set), _) => set.value.clone(),
            (None, _) if tags.unset.contains(&"d") => {
                steps.push("  the option d is undef, which signs with no domain".to_owned());
                continue;
            }
            (None, Some(domain)) => domain.clone(),
            (None, None) => {
                steps.push("  its domain is no domain name, and no option d gives one".to_owned());
                continue;
            }
        };
        let name = domain.as_str().to_owned();
        if !tried.contains(&name) {
            tried.push(name);
        }
        let chosen = choose(question, &domain, &tags, steps)?;
        if chosen.is_empty() {
            continue;
        }
        let identity_sender = candidate.sender.domain.as_ref();
        let requests = chosen
            .into_iter()
            .map(|(index, algorithm)| {
                let key = &question.config.keys[index];
                Ok((index, request(key, algorithm, &tags, identity_sender, question.now)?))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if is_signed_already(question, &domain) {
            return Err(NotSigned::AlreadySigned(domain));
        }
        return Ok(requests);
    }
    Err(NotSigned::NoKey(tried))
}

struct Candidate {
    address: String,
    origin: &'static str,
    sender: Sender,
}

/// The addresses to look up, each once: From first, for that gives a signature of the author's
/// domain.
fn candidates(header: &Header, envelope_sender: Option<&str>) -> Vec<Candidate> {
    let named = |name: &'static str| {
        let fields = header.fields().filter(move |field| field.is_named(name));
        fields.flat_map(addresses).map(move |address| (address, name))
    };
    let envelope = envelope_sender.map(|address| (address.to_owned(), "the envelope sender"));
    let mut seen = HashSet::new();
    named("From")
        .chain(resent(header))
        .chain(named("Sender"))
        .chain(envelope)
        .filter(|(address, _)| !address.is_empty() && seen.insert(address.clone()))
        .map(|(address, origin)| Candidate { sender: Sender::new(&address), address, origin })
        .collect()
}

/// The addresses of the resent blocks, the latest first, which is the topmost (RFC 5322 §3.6.6); in
/// each, Resent-From goes before Resent-Sender.
fn resent(header: &Header) -> Vec<(String, &'static str)> {
    let mut blocks: Vec<Vec<Field<'_>>> = Vec::new();
    let mut in_block = false;
    for field in header.fields() {
        let is_resent =
            field.name().get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case(b"Resent-"));
        if is_resent {
            let repeats = blocks.last().is_some_and(|block| {
                block.iter().any(|other| other.name().eq_ignore_ascii_case(field.name()))
            });
            match blocks.last_mut() {
                Some(block) if in_block && !repeats => block.push(field),
                _ => blocks.push(vec![field]),
            }
        }
        in_block = is_resent;
    }
    let mut list = Vec::new();
    for block in &blocks {
        for name in ["Resent-From", "Resent-Sender"] {
            for field in block.iter().filter(|field| field.is_named(name)) {
                list.extend(addresses(*field).into_iter().map(|address| (address, name)));
            }
        }
    }
    list
}

/// The options of all entries that match, the most specific first, merged tag by tag.
fn options(bank: &Bank, sender: &Sender, steps: &mut Vec<String>) -> SignatureTags {
    let mut tags = SignatureTags::default();
    let delimiter = bank.recipient_delimiter.as_ref().map_or("", |text| text.value.as_str());
    for map in bank.signing.iter().flatten() {
        for entry in map.lookup(sender, delimiter) {
            let taken = tags.fill_from(&entry.tags);
            let what = match taken.as_slice() {
                [] => "everything it says is said already".to_owned(),
                names => names.join(" "),
            };
            steps.push(format!("  options for \"{}\" ({}): {what}", entry.pattern, entry.place));
        }
    }
    if let Some(general) = &bank.general_tags {
        tags.fill_from(general);
    }
    tags
}

/// The first key for each algorithm that the options ask for.
fn choose(
    question: &Question<'_>,
    domain: &DomainName,
    tags: &SignatureTags,
    steps: &mut Vec<String>,
) -> Result<Vec<(usize, Algorithm)>, NotSigned> {
    let asked = tags.algorithms.as_ref().map(|tag| tag.value.as_slice());
    let mut chosen = Vec::new();
    let mut broken = None;
    let of_domain: Vec<usize> = (0..question.config.keys.len())
        .filter(|&index| question.config.keys[index].domain == *domain)
        .collect();
    if of_domain.is_empty() {
        steps.push(format!("  no key of the signing domain {domain}"));
    }
    for &algorithm in asked.unwrap_or(&DEFAULT_ALGORITHMS) {
        let mut found = None;
        for &index in &of_domain {
            let key = &question.config.keys[index];
            let described = format!("  key#{} s={} ({})", index + 1, key.selector, key.place);
            match fits(key, question.kinds.get(index), algorithm, tags) {
                Ok(()) => {
                    steps.push(format!("{described}: signs with {algorithm}"));
                    found = Some(index);
                    break;
                }
                Err(Unfit::OtherKind) => {}
                Err(Unfit::Because(why)) => steps.push(format!("{described}: not taken, {why}")),
                Err(Unfit::Broken(why)) => {
                    steps.push(format!("{described}: cannot be used, {why}"));
                    broken.get_or_insert((index, why));
                }
            }
        }
        match found {
            Some(index) => chosen.push((index, algorithm)),
            None if asked.is_some() && !of_domain.is_empty() => {
                steps.push(format!("  no key for {algorithm}"));
            }
            None => {}
        }
    }
    // A key that should sign and cannot is no reason to look for someone else's.
    match broken {
        Some((index, why)) if chosen.is_empty() => Err(NotSigned::BrokenKey(index, why)),
        _ => Ok(chosen),
    }
}

enum Unfit {
    /// It is for another algorithm, which is nothing to tell.
    OtherKind,
    Because(String),
    Broken(String),
}

fn fits(
    key: &Key,
    kind: Option<&Result<KeyType, String>>,
    algorithm: Algorithm,
    tags: &SignatureTags,
) -> Result<(), Unfit> {
    let because = |why: String| Err(Unfit::Because(why));
    if let (Some(said), Some(Ok(kind))) = (key.kind, kind)
        && said != *kind
    {
        let why = format!("k is {}, but the key is of type {}", said.name(), kind.name());
        return Err(Unfit::Broken(why));
    }
    if key.kind.is_some_and(|kind| kind != algorithm.key_type()) {
        return Err(Unfit::OtherKind);
    }
    if let Some(selectors) = &tags.selectors
        && !selectors.value.contains(&key.selector)
    {
        let asked: Vec<_> = selectors.value.iter().map(Selector::as_str).collect();
        return because(format!("the options ask for s={}", asked.join(" or ")));
    }
    match kind {
        Some(Ok(kind)) if *kind != algorithm.key_type() => return Err(Unfit::OtherKind),
        Some(Ok(_)) => {}
        Some(Err(why)) => return Err(Unfit::Broken(why.clone())),
        None => return Err(Unfit::Broken("it was not read".to_owned())),
    }
    let has = |list: &[String], what: &str| {
        list.iter().any(|item| item == "*" || item.eq_ignore_ascii_case(what))
    };
    if !key.tags.services.is_empty() && !has(&key.tags.services, "email") {
        return because("its s= is not for email".to_owned());
    }
    let hash = algorithm.hash().name();
    if !key.tags.hashes.is_empty() && !has(&key.tags.hashes, hash) {
        return because(format!("its h= does not allow {hash}"));
    }
    if let Some(identity) = &tags.identity {
        let (local_part, domain) = split_identity(&identity.value);
        let equal = DomainName::parse(domain).is_ok_and(|domain| domain == key.domain);
        if !identity.value.is_empty() && !equal && is_strict(key) {
            return because(format!("its t=s does not allow i={}", identity.value));
        }
        if let Some(granularity) = &key.tags.granularity
            && !granularity_allows(granularity, local_part)
        {
            return because(format!("its g={granularity} does not allow i={}", identity.value));
        }
    }
    Ok(())
}

/// Whether `g=` allows the local part: one `*` stands for anything (RFC 4871 §3.6.1).
fn granularity_allows(granularity: &str, local_part: &str) -> bool {
    match granularity.split_once('*') {
        Some((start, end)) => {
            local_part.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
        }
        None => granularity == local_part,
    }
}

fn is_strict(key: &Key) -> bool {
    key.tags.flags.iter().any(|flag| flag.eq_ignore_ascii_case("s"))
}

/// The local part and the domain of `i=`; what has no `@` is a domain.
fn split_identity(identity: &str) -> (&str, &str) {
    identity.rsplit_once('@').unwrap_or(("", identity))
}

fn request(
    key: &Key,
    algorithm: Algorithm,
    tags: &SignatureTags,
    sender: Option<&DomainName>,
    now: UnixTime,
) -> Result<Request, NotSigned> {
    let mut request = Request::new(key.domain.clone(), key.selector.clone(), algorithm);
    request.strict_identity = is_strict(key);
    request.timestamp = Some(now);
    request.expires = match (&tags.ttl, &tags.expires) {
        (Some(ttl), _) if ttl.value > 0 => Some(now.plus_seconds(ttl.value)),
        (_, Some(expires)) => Some(expires.value),
        _ => None,
    };
    if let Some(tag) = &tags.canonicalization {
        (request.header_canonicalization, request.body_canonicalization) = tag.value;
    }
    if let Some(tag) = &tags.fields {
        request.fields = tag.value.clone();
    }
    if let Some(tag) = &tags.oversign {
        request.oversign = tag.value.clone();
    }
    request.body_length = tags.body_length.as_ref().and_then(|tag| tag.value);
    request.copy_fields = tags.copy_fields.as_ref().is_some_and(|tag| tag.value);
    request.identity = match &tags.identity {
        Some(tag) => identity(key, &tag.value)?,
        // A sender below the signing domain is told apart, where the key allows it.
        None => sender
            .filter(|domain| **domain != key.domain && domain.is_within(&key.domain))
            .filter(|_| !is_strict(key))
            .map(|domain| format!("@{domain}")),
    };
    Ok(request)
}

/// `i=` as the options ask for it; none where it says no more than `d=`.
fn identity(key: &Key, asked: &str) -> Result<Option<String>, NotSigned> {
    if asked.is_empty() {
        return Ok(None);
    }
    let (local_part, domain) = split_identity(asked);
    match DomainName::parse(domain) {
        Ok(domain) if domain == key.domain && local_part.is_empty() => Ok(None),
        Ok(domain) if domain.is_within(&key.domain) => Ok(Some(format!("{local_part}@{domain}"))),
        _ => Err(NotSigned::Identity(format!(
            "the identity i={asked} is not within the signing domain {}",
            key.domain
        ))),
    }
}

/// Whether one of our keys of that domain has signed the message before, as when it passes a second
/// time.
fn is_signed_already(question: &Question<'_>, domain: &DomainName) -> bool {
    let is_ours = |d: &DomainName, s: &Selector| {
        d == domain && question.config.keys.iter().any(|key| key.domain == *d && key.selector == *s)
    };
    if let Some(valid) = question.valid {
        return valid.iter().any(|(d, s)| is_ours(d, s));
    }
    question.header.fields().filter(|field| field.is_named("DKIM-Signature")).any(|field| {
        let (tags, _) = TagList::parse(field.value());
        let value = |name| tags.get(name).map(|tag| tag.value);
        let domain = value("d").and_then(|text| DomainName::parse(text).ok());
        let selector = value("s").and_then(|text| Selector::parse(text).ok());
        matches!((domain, selector), (Some(d), Some(s)) if is_ours(&d, &s))
    })
}
