//! DNS messages as octets: one TXT question out, one answer in (RFC 1035 §4, RFC 6891).
//!
//! For hosts that can move octets but know nothing of the DNS, such as DNS over HTTPS from a browser
//! (RFC 8484). Octets from the network are not trusted: whatever is broken, contradictory or not an
//! answer to the question becomes [`Answer::Unavailable`], never [`Answer::Absent`].
//!
//! ```
//! use waxseal::DomainName;
//! use waxseal::dns::{Answer, message};
//!
//! let name = DomainName::parse("s._domainkey.example.com").unwrap();
//! // RFC 8484 §4.1: the identifier is 0 over HTTPS, so that caches see equal questions as equal.
//! let query = message::encode_query(&name, 0);
//! // POST `query` as application/dns-message; what comes back goes to `message::answer`.
//! let reply = b"502 Bad Gateway";
//! assert!(matches!(message::answer(reply, &name), Answer::Unavailable { .. }));
//! # assert_eq!(query.len(), 12 + 26 + 4 + 11);
//! ```

mod wire;

#[cfg(test)]
mod tests;

use std::{fmt, mem};

use self::wire::{Reader, WireName, shown, wire_name};
use super::{Absence, Answer, TxtRecords};
use crate::name::DomainName;

/// What [`encode_query`] says we can receive over UDP, in octets: small enough to cross every path
/// unfragmented (the value agreed on for DNS Flag Day 2020).
pub const UDP_PAYLOAD_OCTETS: u16 = 1232;

/// The longest DNS message in octets: over TCP its length stands in 16 bits (RFC 1035 §4.2.2).
pub const MAX_MESSAGE_OCTETS: usize = 65_535;

/// Aliases followed from the name asked for; past that the chain counts as a loop.
pub(super) const MAX_ALIASES: usize = 16;

/// The cause given when a chain of aliases is a loop or longer than [`MAX_ALIASES`].
pub(super) const ALIAS_LOOP: &str = "CNAME loop, or a chain of more than 16";

/// Writes the question for the TXT records of `name`, with `id` as its message identifier.
///
/// It asks a recursive resolver (RD), wants to know whether the answer is authenticated (AD in a
/// query, RFC 6840 §5.7), and carries an EDNS(0) record that offers [`UDP_PAYLOAD_OCTETS`]. Over UDP
/// give a random `id`; over HTTPS give 0 (RFC 8484 §4.1).
pub fn encode_query(name: &DomainName, id: u16) -> Vec<u8> {
    let mut message = Vec::with_capacity(288);
    let mut put = |octets: &[u8]| message.extend(octets);
    for field in [id, RECURSION_DESIRED | AUTHENTICATED, 1, 0, 0, 1] {
        put(&field.to_be_bytes());
    }
    put(&wire_name(name));
    put(&[0]);
    for field in [TXT, CLASS_IN] {
        put(&field.to_be_bytes());
    }
    // RFC 6891 §6.1.2: owner is the root, the class is our payload size, the TTL holds version 0 and
    // no flags, and there are no options.
    put(&[0]);
    for field in [OPT, UDP_PAYLOAD_OCTETS, 0, 0, 0] {
        put(&field.to_be_bytes());
    }
    message
}

/// Reads a complete response to the question for the TXT records of `name`.
///
/// All that is not a sound answer is [`Answer::Unavailable`], truncation included, so use this where
/// nothing can be truncated, as over HTTPS or TCP. A host on UDP calls [`decode`].
pub fn answer(message: &[u8], name: &DomainName) -> Answer {
    match decode(message, name) {
        Ok(response) => response.answer,
        Err(error) => Answer::unavailable(error.to_string()),
    }
}

/// Reads a response to the question for the TXT records of `name`.
///
/// A host on UDP drops what has another [`id`](Response::id) than its query, and also what gives an
/// error, and goes on waiting for the real response; where it is
/// [`truncated`](Response::truncated), the host asks again over TCP (RFC 7766 §5).
///
/// CNAME records are followed from `name` through the answer section, in whatever order they stand;
/// records of other names are ignored. An answer that ends without TXT records is
/// [`Answer::Absent`], unless it only points to other servers or to an alias not followed.
///
/// ```
/// use waxseal::DomainName;
/// use waxseal::dns::{Answer, message};
///
/// let name = DomainName::parse("s._domainkey.example.com").unwrap();
/// let mut reply = message::encode_query(&name, 4711);
/// reply[2] |= 0x80; // Now it is a response, with no answer in it.
///
/// let response = message::decode(&reply, &name).unwrap();
/// assert_eq!((response.id, response.truncated), (4711, false));
/// assert!(response.answer.is_not_found());
/// ```
///
/// # Errors
///
/// [`MessageError`] when the octets are no well-formed response, or one to another question.
pub fn decode(message: &[u8], name: &DomainName) -> Result<Response, MessageError> {
    if message.len() > MAX_MESSAGE_OCTETS {
        return Err(MessageErrorKind::TooLong.at(MAX_MESSAGE_OCTETS));
    }
    let mut reader = Reader { message, at: 0 };
    let id = reader.u16()?;
    let flags = reader.u16()?;
    if flags & RESPONSE == 0 || flags & OPCODE != 0 {
        return Err(MessageErrorKind::NotAResponse.at(2));
    }
    let questions = reader.u16()?;
    let [answers, authorities, additional] = [reader.u16()?, reader.u16()?, reader.u16()?];

    let wanted = wire_name(name);
    match questions {
        // Servers that refuse or do not understand may send the bare header back.
        0 => {}
        1 => {
            let at = reader.at;
            let asked = (reader.name()?, reader.u16()?, reader.u16()?);
            if asked != (wanted.clone(), TXT, CLASS_IN) {
                return Err(MessageErrorKind::OtherQuestion.at(at));
            }
        }
        // RFC 9619 §4: a QUERY has at most one question.
        _ => return Err(MessageErrorKind::OtherQuestion.at(4)),
    }
    if flags & TRUNCATED != 0 {
        // RFC 2181 §9: what did arrive is not to be used, and it may end anywhere.
        let answer = Answer::unavailable("truncated response: ask over TCP");
        return Ok(Response { id, truncated: true, answer, lifetime: None });
    }

    let mut found = Vec::new();
    for _ in 0..answers {
        let mut record = reader.record()?;
        let data = match record.kind {
            TXT if record.class == CLASS_IN => Data::Text(record.data.strings()?),
            CNAME if record.class == CLASS_IN => Data::Alias(record.data.whole_name()?),
            _ => continue,
        };
        found.push(Found { owner: record.owner, ttl: record.ttl, data });
    }
    // That of the aliases where there are no TXT records.
    let ttl = found.iter().map(|found| found.ttl).min();
    let (mut name_servers, mut start_of_authority, mut absence) = (false, false, None);
    for _ in 0..authorities {
        let mut record = reader.record()?;
        name_servers |= record.kind == NS;
        if record.kind == SOA {
            start_of_authority = true;
            // RFC 2308 §5. A broken one says nothing, and takes nothing from the answer either.
            absence = record.data.soa_minimum().ok().map(|minimum| minimum.min(record.ttl));
        }
    }
    let mut rcode = flags & RCODE;
    let mut extended_error = None;
    for _ in 0..additional {
        let mut record = reader.record()?;
        if record.kind == OPT {
            // RFC 6891 §6.1.3: the upper eight bits of the response code.
            let [high, ..] = record.ttl.to_be_bytes();
            rcode |= u16::from(high) << 4;
            extended_error = record.data.extended_error()?;
        }
    }

    let answer = match rcode {
        NOERROR => match follow(found, wanted, flags & AUTHENTICATED != 0) {
            // RFC 2308 §2.2.1: name servers without SOA are a referral. Nor is it a fact about the end
            // of a chain that a server which does no recursion, or answers from its own zone (AA
            // speaks of the first name alone, RFC 1035 §4.1.1), sends only the aliases.
            Trail::Empty { aliases }
                if (flags & RECURSION_AVAILABLE == 0 || flags & AUTHORITATIVE != 0)
                    && !start_of_authority
                    && (name_servers || !aliases.is_empty()) =>
            {
                Answer::unavailable(INCOMPLETE)
            }
            Trail::Empty { .. } if questions == 0 => Answer::unavailable(NO_QUESTION),
            Trail::Empty { aliases } => {
                Answer::Absent(Absence { name_exists: Some(true), aliases })
            }
            Trail::Loop => Answer::unavailable(ALIAS_LOOP),
            Trail::Records(records) => Answer::Records(records),
        },
        // RFC 6604 §3: with aliases before it, the code speaks of the last name of the chain.
        NXDOMAIN if questions > 0 => Answer::Absent(Absence {
            name_exists: Some(false),
            aliases: match follow(found, wanted, false) {
                Trail::Empty { aliases } => aliases,
                Trail::Records(_) | Trail::Loop => Vec::new(),
            },
        }),
        NXDOMAIN => Answer::unavailable(NO_QUESTION),
        _ => Answer::unavailable(cause(rcode, extended_error)),
    };
    let lifetime = match &answer {
        Answer::Records(records) => records.ttl,
        Answer::NotFound | Answer::Absent(_) => {
            absence.map(|seconds| ttl.map_or(seconds, |ttl| ttl.min(seconds)))
        }
        Answer::Unavailable { .. } => None,
    };
    Ok(Response { id, truncated: false, answer, lifetime })
}

/// A response as [`decode`] reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The message identifier, to compare with that of the query.
    pub id: u16,
    /// Whether the response did not fit and must be asked for over TCP; `answer` is then
    /// [`Answer::Unavailable`].
    pub truncated: bool,
    /// What the response says.
    pub answer: Answer,
    /// For how many seconds it may be kept: the lowest time to live along the way to the records, or
    /// what the zone says of what it does not have (RFC 2308 §5). `None` where it must not be kept: what
    /// is unavailable, and an absence of which no SOA record says how long it holds.
    pub lifetime: Option<u32>,
}

/// Why octets are no response to the question asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageError {
    /// Where in the message, in octets from 0.
    pub offset: usize,
    /// What is wrong there.
    pub kind: MessageErrorKind,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, kind } = self;
        write!(
            f,
            "broken DNS response: at octet {offset} {kind}; ask again or try another resolver"
        )
    }
}

impl std::error::Error for MessageError {}

/// The kinds of [`MessageError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageErrorKind {
    /// More than [`MAX_MESSAGE_OCTETS`].
    TooLong,
    /// A field or a length leads past the end of its record or of the message.
    CutShort,
    /// A query, or a message with another opcode than QUERY.
    NotAResponse,
    /// The question is not the one asked, or there are several.
    OtherQuestion,
    /// A name has a label of a kind that does not exist (RFC 1035 §4.1.4).
    BadLabel,
    /// A compressed name points to itself or ahead (RFC 1035 §4.1.4).
    BadPointer,
    /// A name has more than 255 octets (RFC 1035 §2.3.4).
    NameTooLong,
    /// A record has octets past the end of its content.
    TrailingOctets,
}

impl MessageErrorKind {
    fn at(self, offset: usize) -> MessageError {
        MessageError { offset, kind: self }
    }
}

impl fmt::Display for MessageErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the limit of its length is passed",
            Self::CutShort => "it is cut short",
            Self::NotAResponse => "it is no response to a query",
            Self::OtherQuestion => "it answers another question",
            Self::BadLabel => "a name has an impossible label",
            Self::BadPointer => "a name points ahead",
            Self::NameTooLong => "a name has more than 255 octets",
            Self::TrailingOctets => "a record goes on past its content",
        })
    }
}

/// The cause given when nothing shows which name it is that does not exist.
const NO_QUESTION: &str = "negative answer without its question";

/// The cause given when the server leaves it to us to ask others.
const INCOMPLETE: &str = "incomplete answer: a referral, or an alias the server did not follow";

// RFC 1035 §4.1.1 and, for AD, RFC 4035 §3.2.3: the second 16 bits of the header.
const RESPONSE: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const AUTHORITATIVE: u16 = 0x0400;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const RECURSION_AVAILABLE: u16 = 0x0080;
const AUTHENTICATED: u16 = 0x0020;
const RCODE: u16 = 0x000f;

const NOERROR: u16 = 0;
const NXDOMAIN: u16 = 3;

const CLASS_IN: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const TXT: u16 = 16;
const OPT: u16 = 41;

/// A record of the answer section that matters here.
struct Found {
    owner: WireName,
    ttl: u32,
    data: Data,
}

enum Data {
    Text(Vec<u8>),
    Alias(WireName),
}

/// Where the answer section leads.
enum Trail {
    Records(TxtRecords),
    Empty { aliases: Vec<String> },
    Loop,
}

fn follow(mut found: Vec<Found>, mut name: WireName, authenticated: bool) -> Trail {
    let mut ttl = u32::MAX;
    let mut aliases = Vec::new();
    for _ in 0..=MAX_ALIASES {
        let mut records = Vec::new();
        let mut alias = None;
        let mut lowest = ttl;
        for record in found.iter_mut().filter(|record| record.owner == name) {
            match &mut record.data {
                Data::Text(text) => {
                    lowest = lowest.min(record.ttl);
                    records.push(mem::take(text));
                }
                Data::Alias(target) if alias.is_none() => {
                    alias = Some((target.clone(), record.ttl));
                }
                Data::Alias(_) => {}
            }
        }
        if !records.is_empty() {
            let (ttl, authenticated) = (Some(lowest), Some(authenticated));
            return Trail::Records(TxtRecords { records, ttl, authenticated, aliases });
        }
        let Some((target, alias_ttl)) = alias else {
            return Trail::Empty { aliases };
        };
        aliases.push(shown(&target));
        name = target;
        ttl = ttl.min(alias_ttl);
    }
    Trail::Loop
}

/// The words for a response code that is no answer (RFC 1035 §4.1.1, RFC 6895 §2.3, RFC 8914).
fn cause(rcode: u16, extended_error: Option<(u16, String)>) -> String {
    let name = match rcode {
        1 => "FORMERR",
        2 => "SERVFAIL",
        4 => "NOTIMP",
        5 => "REFUSED",
        9 => "NOTAUTH",
        16 => "BADVERS",
        _ => "",
    };
    let mut cause = if name.is_empty() { format!("RCODE {rcode}") } else { name.to_owned() };
    if let Some((code, text)) = extended_error {
        cause.push_str(&format!(", extended DNS error {code}"));
        if !text.is_empty() {
            cause.push_str(": ");
            cause.push_str(&text);
        }
    }
    cause
}
