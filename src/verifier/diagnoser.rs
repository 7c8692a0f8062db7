//! A verifier that keeps the message, to find out why its signatures fail.

use crate::diagnose::{self, Bounds, Diagnosis, Keys};
use crate::dns::{Answer, Query, QueryId};
use crate::message::{BareLineEndings, HeaderReader};
use crate::name::DomainName;
use crate::verify::{Interest, Options, Report, VerificationResult};

use super::Verifier;

/// Verifies one message and tells, for each DKIM signature that fails, what may have happened to it
/// ([`crate::diagnose`]), without doing any input or output.
///
/// Used like a [`Verifier`]; the report within is the same. Only names that a verification asks for are
/// asked for. The message is kept until the end, up to a bound.
///
/// ```
/// use waxseal::crypto::{Algorithm, PURE_RUST, Provider};
/// use waxseal::dns::{Answer, TxtRecords};
/// use waxseal::key::private;
/// use waxseal::sign::{Request, SignOptions, Signer};
/// use waxseal::{Diagnoser, DomainName, Options, Selector, UnixTime, VerificationTime};
///
/// // A message is signed, and a mailing list adds two lines.
/// let message = b"From: joe@example.com\r\nSubject: hello\r\n\r\nHi.\r\n";
/// let key = private::parse(b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
/// let domain = DomainName::parse("example.com").unwrap();
/// let selector = Selector::parse("2026").unwrap();
/// let request = Request::new(domain, selector, Algorithm::Ed25519Sha256);
/// let mut signer = Signer::new(vec![request], SignOptions::default()).unwrap();
/// signer.push(message).unwrap();
/// let unsigned = signer.finish().unwrap().unsigned.remove(0);
/// let field = unsigned.sign(&*PURE_RUST.signing_key(&key).unwrap()).unwrap();
/// let message = [field.as_bytes(), message, b"-- \r\nA list\r\n"].concat();
///
/// let now = VerificationTime::At(UnixTime::from_seconds(1_700_000_000));
/// let mut diagnoser = Diagnoser::new(Options::new(now), Default::default());
/// diagnoser.push(&message);
/// diagnoser.end();
/// let record = b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
/// while let Some(query) = diagnoser.poll_query() {
///     let is_key = query.name.as_str() == "2026._domainkey.example.com";
///     let records = TxtRecords { records: vec![record.to_vec()], ..TxtRecords::default() };
///     let answer = if is_key { Answer::Records(records) } else { Answer::NotFound };
///     diagnoser.answer(query.id, answer);
/// }
/// let diagnosis = diagnoser.finish();
/// assert_eq!(diagnosis.report.result.as_str(), "fail");
/// assert_eq!(
///     diagnosis.signatures[0].explanation,
///     "It would verify without the 2 lines appended at the end."
/// );
/// ```
#[derive(Debug)]
pub struct Diagnoser {
    verifier: Verifier,
    options: Options,
    bounds: Bounds,
    message: Vec<u8>,
    octets: usize,
    asked: Vec<(QueryId, DomainName)>,
    keys: Keys,
    /// The message with the damage repaired that keeps its header from being read.
    repaired: Option<Repaired>,
    has_ended: bool,
}

#[derive(Debug)]
struct Repaired {
    verifier: Verifier,
    message: Vec<u8>,
    changes: Vec<diagnose::Change>,
}

/// The handles of the second verifier begin behind those of the first, which has no more names.
const SECOND: usize = 1 << 20;

impl Diagnoser {
    /// A diagnoser for one message.
    pub fn new(options: Options, bounds: Bounds) -> Self {
        Self {
            verifier: Verifier::new(options.clone()),
            options,
            bounds,
            message: Vec::new(),
            octets: 0,
            asked: Vec::new(),
            keys: Keys::default(),
            repaired: None,
            has_ended: false,
        }
    }

    /// Takes the next octets of the message.
    pub fn push(&mut self, octets: &[u8]) -> Interest {
        self.octets = self.octets.saturating_add(octets.len());
        if self.is_too_large() {
            self.message = Vec::new();
        } else {
            self.message.extend_from_slice(octets);
        }
        self.verifier.push(octets)
    }

    /// The next DNS query, as in [`Verifier::poll_query`]. Call [`end`](Self::end) when the message is
    /// complete and poll again: what copying has made unreadable is repaired then, and may have
    /// queries of its own.
    pub fn poll_query(&mut self) -> Option<Query> {
        if let Some(query) = self.verifier.poll_query() {
            self.asked.push((query.id, query.name.clone()));
            return Some(query);
        }
        let repaired = self.repaired.as_mut()?;
        loop {
            let query = repaired.verifier.poll_query()?;
            if let Some(answer) = self.keys.get(&query.name) {
                repaired.verifier.answer(query.id, answer.clone());
                continue;
            }
            let id = QueryId(query.id.0.saturating_add(SECOND));
            self.asked.push((id, query.name.clone()));
            return Some(Query { id, name: query.name });
        }
    }

    /// Answers a query. Answers to unknown or answered queries are ignored.
    pub fn answer(&mut self, id: QueryId, answer: Answer) {
        if let Some((_, name)) = self.asked.iter().find(|(asked, _)| *asked == id) {
            self.keys.insert(name, answer.clone());
        }
        match (id.0.checked_sub(SECOND), &mut self.repaired) {
            (Some(second), Some(repaired)) => repaired.verifier.answer(QueryId(second), answer),
            _ => self.verifier.answer(id, answer),
        }
    }

    /// Says that the message is complete.
    pub fn end(&mut self) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        self.verifier.end();
        if self.is_too_large() || self.is_readable(&self.message) {
            return;
        }
        let Some((message, changes)) = diagnose::repaired(&self.message) else { return };
        if self.is_readable(&message) {
            let mut verifier = Verifier::new(self.options.clone());
            verifier.push(&message);
            verifier.end();
            self.repaired = Some(Repaired { verifier, message, changes });
        }
    }

    /// The report, and what may have happened to the message. A signature whose query has no answer
    /// yet is a temperror.
    pub fn finish(mut self) -> Diagnosis {
        self.end();
        let is_too_large = self.is_too_large();
        let Self { verifier, options, bounds, mut message, keys, repaired, .. } = self;
        let report = verifier.finish();
        let mut findings = Vec::new();
        if is_too_large && !verifies(&report) {
            findings.push(diagnose::too_large());
        }
        let mut repaired_report = None;
        // Who signs octets that look damaged has not damaged them.
        if let Some(repaired) = repaired.filter(|_| !verifies(&report)) {
            message = repaired.message;
            let report = repaired.verifier.finish();
            findings.extend(diagnose::repairs(repaired.changes, verifies(&report)));
            repaired_report = Some(report);
        }
        let judged = repaired_report.as_ref().unwrap_or(&report);
        let (signatures, work) = diagnose::diagnose(&message, judged, &keys, &options, &bounds);
        if !signatures.is_empty() {
            findings.extend(diagnose::damage(&message));
        }
        Diagnosis { report, message: findings, repaired_report, signatures, work }
    }

    fn is_too_large(&self) -> bool {
        self.octets > self.bounds.message_octets
    }

    /// Whether the header can be read line by line and has a DKIM signature.
    fn is_readable(&self, message: &[u8]) -> bool {
        let limits = &self.options.limits;
        let mut reader = HeaderReader::new(limits.header_octets, limits.fields);
        let is_header = reader.push(message).is_ok() && reader.end().is_ok();
        let header = reader.into_header();
        let mut bare = BareLineEndings::default();
        bare.push(header.octets());
        is_header && !bare.found() && header.first("DKIM-Signature").is_some()
    }
}

fn verifies(report: &Report) -> bool {
    matches!(report.result, VerificationResult::Pass | VerificationResult::Policy)
}
