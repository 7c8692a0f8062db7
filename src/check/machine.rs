//! The machine of a check: one query out, one answer in, a report.

use super::findings;
use super::report::KeyReport;
use crate::crypto::{PURE_RUST, Provider, PublicKey};
use crate::dns::{Answer, Query, QueryId};
use crate::name::{DomainName, NameError, Selector};
use crate::verify::{Limits, Policy};

/// Checks one published key without doing any input or output.
///
/// ```
/// use waxseal::check::{CheckOptions, KeyCheck};
/// use waxseal::dns::Answer;
/// use waxseal::{DomainName, Selector};
///
/// let domain = DomainName::parse("example.com").unwrap();
/// let selector = Selector::parse("2026").unwrap();
/// let mut check = KeyCheck::new(domain, selector, None, CheckOptions::default()).unwrap();
/// while let Some(query) = check.poll_query() {
///     // Ask the DNS for the TXT records of query.name here.
///     assert_eq!(query.name.as_str(), "2026._domainkey.example.com");
///     check.answer(query.id, Answer::NotFound);
/// }
/// let report = check.finish();
/// assert_eq!(report.reason.unwrap().code(), "keyNotFound");
/// assert_eq!(report.explanation, "There is no DKIM key at 2026._domainkey.example.com.");
/// ```
#[derive(Debug)]
pub struct KeyCheck {
    pub(super) domain: DomainName,
    pub(super) selector: Selector,
    pub(super) name: DomainName,
    pub(super) expected: Option<PublicKey>,
    pub(super) options: CheckOptions,
    asked: bool,
    answer: Option<Answer>,
}

/// What a host decides about a check.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// RSA keys with fewer bits are refused. Default 1024 (RFC 8301 §3.2).
    pub min_rsa_bits: usize,
    /// Bounds; those that concern key records count. Default as for verification.
    pub limits: Limits,
    /// Where fingerprints are computed.
    pub provider: &'static dyn Provider,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            min_rsa_bits: Policy::default().min_rsa_bits,
            limits: Limits::default(),
            provider: PURE_RUST,
        }
    }
}

impl KeyCheck {
    /// A check of the key of that domain and selector. With an `expected` key it fails unless that
    /// one is published; without, any key that can be used passes.
    ///
    /// # Errors
    ///
    /// [`NameError`] where domain and selector together are too long for the DNS.
    pub fn new(
        domain: DomainName,
        selector: Selector,
        expected: Option<PublicKey>,
        options: CheckOptions,
    ) -> Result<Self, NameError> {
        let name = selector.key_name(&domain)?;
        Ok(Self { domain, selector, name, expected, options, asked: false, answer: None })
    }

    /// The query, once.
    pub fn poll_query(&mut self) -> Option<Query> {
        let due = !std::mem::replace(&mut self.asked, true);
        due.then(|| Query { id: QUERY, name: self.name.clone() })
    }

    /// Answers the query. A second answer is ignored.
    pub fn answer(&mut self, id: QueryId, answer: Answer) {
        if id == QUERY {
            self.answer.get_or_insert(answer);
        }
    }

    /// The report. Without an answer the key is unavailable.
    pub fn finish(mut self) -> KeyReport {
        let answer = self.answer.take();
        let answer = answer.unwrap_or_else(|| Answer::unavailable("no answer came in time"));
        findings::report(&self, &answer)
    }
}

const QUERY: QueryId = QueryId(0);
