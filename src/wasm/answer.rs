//! Answers of resolvers, as the package (`pkg-scripts/npm/dns-answer.js`) writes them down.
//!
//! The first octet says what it is:
//!
//! - `m`: a DNS message, which follows
//! - `r`: records: the texts `TTL AD COUNT`, then so many records, then the aliases
//! - `x`: there is no such name, `d`: there is one without such records; aliases follow
//! - `u`: unavailable, and the cause
//!
//! Texts and records are preceded by their length in four octets, the least significant first. That a
//! record does not exist makes a signature permanently bad, so all that is not understood is
//! "unavailable" (RFC 6376 §6.1.2).

use crate::DomainName;
use crate::dns::{Absence, Answer, TxtRecords, message};

/// Reads an answer to the question for the TXT records of `name`.
pub(super) fn read(octets: &[u8], name: &DomainName) -> Answer {
    let Some((kind, rest)) = octets.split_first() else {
        return Answer::unavailable("the resolver failed");
    };
    match kind {
        b'm' => message::answer(rest, name),
        b'u' => Answer::unavailable(text(rest)),
        b'x' | b'd' => absent(*kind == b'd', Parts(rest)),
        _ => records(Parts(rest)).unwrap_or_else(|| Answer::unavailable("the resolver failed")),
    }
}

fn absent(name_exists: bool, aliases: Parts<'_>) -> Answer {
    Answer::Absent(Absence { name_exists: Some(name_exists), aliases: aliases.map(text).collect() })
}

fn records(mut parts: Parts<'_>) -> Option<Answer> {
    let mut number = || text(parts.next()?).parse::<u64>().ok();
    let ttl = number();
    let authenticated = number().map(|bit| bit == 1);
    let count = usize::try_from(number()?).ok()?;
    let records: Vec<Vec<u8>> = parts.by_ref().take(count).map(<[u8]>::to_vec).collect();
    if records.is_empty() {
        return Some(absent(true, parts));
    }
    Some(Answer::Records(TxtRecords {
        records,
        ttl: ttl.map(|ttl| u32::try_from(ttl).unwrap_or(u32::MAX)),
        authenticated,
        aliases: parts.map(text).collect(),
    }))
}

/// Octets, each run of them preceded by its length.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (part, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
