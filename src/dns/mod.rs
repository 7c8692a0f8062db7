//! What the core asks of the DNS and what it accepts as an answer.
//!
//! The core opens no socket. It hands out a [`Query`], and the host, whatever it is, comes back with
//! an [`Answer`]. A host that can only move octets (DNS over HTTPS from a browser) uses
//! [`message`]; one that answers from a file uses [`zone`].

pub mod message;
pub mod zone;

use crate::name::DomainName;

/// One TXT question, to be answered under its [`QueryId`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The handle to answer with.
    pub id: QueryId,
    /// The owner name whose TXT records are wanted.
    pub name: DomainName,
}

/// Ties an [`Answer`] to its [`Query`]; unique within one verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId(pub(crate) usize);

/// What came back for a [`Query`].
///
/// The distinction that matters most: that a record does not exist is a fact about the signer and
/// permanent; that it could not be had is not (RFC 6376 §6.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The name has TXT records.
    Records(TxtRecords),
    /// The name does not exist (NXDOMAIN), or it has no TXT record (no data).
    NotFound,
    /// The same as [`NotFound`](Self::NotFound), with what else is known about it.
    Absent(Absence),
    /// No answer for now: SERVFAIL, REFUSED, a time-out, truncation without TCP, a broken answer.
    Unavailable {
        /// What went wrong, for the person who reads the report, for instance `SERVFAIL`.
        cause: String,
    },
}

impl Answer {
    /// Whether it says that there are no TXT records.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound | Self::Absent(_))
    }

    /// An answer of unavailability with its cause.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self::Unavailable { cause: cause.into() }
    }
}

/// How a name comes to have no TXT records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// Whether the name, or the last of its aliases, exists: it does with "no data", it does not with
    /// NXDOMAIN; `None` where unknown.
    pub name_exists: Option<bool>,
    /// As in [`TxtRecords::aliases`]: the last of them is the name that has no TXT records.
    pub aliases: Vec<String>,
}

impl Absence {
    /// Where the aliases lead in vain, in words; `None` where there are none.
    pub(crate) fn dangling(&self) -> Option<String> {
        let target = self.aliases.last()?;
        let state = match self.name_exists {
            Some(false) => "does not exist",
            Some(true) | None => "has no TXT record",
        };
        Some(format!("the name is an alias (CNAME) of {target}, which {state}"))
    }
}

/// The TXT records of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TxtRecords {
    /// One item a record, its strings joined without anything between them (RFC 6376 §3.6.2.2).
    pub records: Vec<Vec<u8>>,
    /// The lowest time to live along the way to the records, in seconds; `None` where unknown.
    pub ttl: Option<u32>,
    /// Whether the resolver vouches for the answer by DNSSEC (the AD bit, RFC 4035 §3.2.3); `None`
    /// where it cannot tell.
    pub authenticated: Option<bool>,
    /// The names that CNAME records led through, in order, the owner of the records last, without
    /// final dots; empty where the name itself has the records, or where it is not known.
    pub aliases: Vec<String>,
}
