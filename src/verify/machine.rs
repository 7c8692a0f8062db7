//! The machine: takes a message in pieces, hands out queries, and ends in a report.

use std::collections::BTreeMap;

use super::coverage;
use super::policy::Options;
use super::reason::{Failure, Reason, VerificationResult};
use super::report::{
    Alignment, Arc, Coverage, Display, MessageWarning, Report, Signature as SignatureReport,
    WarningCode,
};
use super::task::{Outcome, Task};
use super::trace::KEPT_BODY_OCTETS;
use crate::dns::{Answer, Query, QueryId};
use crate::hash::BodyHashes;
use crate::message::authors::{authors, displayed, received_time};
use crate::message::fields::Progress;
use crate::message::{BareLineEndings, FieldIndex, Header, HeaderReader, MalformedHeader};
use crate::name::DomainName;
use crate::time::{UnixTime, VerificationTime};

/// What more octets of the message are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// The header is not complete.
    Header,
    /// Some signature may verify: its body hash is being computed.
    Body,
    /// No verdict depends on what follows. It is still counted for the coverage and looked through
    /// for bare line endings, so a host that wants those goes on.
    Nothing,
}

/// Verifies the DKIM signatures of one message.
#[derive(Debug)]
pub(crate) struct Machine {
    options: Options,
    state: State,
    line_endings: BareLineEndings,
}

#[derive(Debug)]
enum State {
    Header(HeaderReader),
    Body(Box<Body>),
}

/// Everything there is once the header is complete.
#[derive(Debug)]
struct Body {
    header: Header,
    /// Why the header could not be read to its end; no signature is evaluated then.
    malformed: Option<Failure>,
    /// Whether the message has a From field; see [`without_author`].
    has_author: bool,
    now: UnixTime,
    tasks: Vec<Task>,
    lookups: Vec<Lookup>,
    hashes: BodyHashes,
    octets: u64,
}

#[derive(Debug)]
struct Lookup {
    name: DomainName,
    state: LookupState,
}

#[derive(Debug)]
enum LookupState {
    Due,
    InFlight,
    Answered(Answer),
}

impl Machine {
    pub(crate) fn new(options: Options) -> Self {
        let reader = HeaderReader::new(options.limits.header_octets, options.limits.fields);
        Self { options, state: State::Header(reader), line_endings: BareLineEndings::default() }
    }

    pub(crate) fn push(&mut self, octets: &[u8]) -> Interest {
        let State::Header(reader) = &mut self.state else {
            return self.push_body(octets);
        };
        match reader.push(octets) {
            Ok(Progress::More) => {
                self.line_endings.push(octets);
                Interest::Header
            }
            Ok(Progress::Complete(rest)) => {
                let header = octets.len().saturating_sub(rest.len());
                self.line_endings.push(octets.get(..header).unwrap_or_default());
                self.end_header(None);
                self.push_body(rest)
            }
            Err(error) => {
                self.end_header(Some(malformed(error)));
                Interest::Nothing
            }
        }
    }

    pub(crate) fn poll_query(&mut self) -> Option<Query> {
        let State::Body(body) = &mut self.state else {
            return None;
        };
        let in_flight =
            body.lookups.iter().filter(|one| matches!(one.state, LookupState::InFlight)).count();
        if in_flight >= self.options.limits.lookups_in_flight {
            return None;
        }
        let mut lookups = body.lookups.iter_mut().enumerate();
        let (id, lookup) = lookups.find(|(_, one)| matches!(one.state, LookupState::Due))?;
        lookup.state = LookupState::InFlight;
        Some(Query { id: QueryId(id), name: lookup.name.clone() })
    }

    pub(crate) fn answer(&mut self, id: QueryId, answer: Answer) {
        if let State::Body(body) = &mut self.state
            && let Some(lookup) = body.lookups.get_mut(id.0)
            && matches!(lookup.state, LookupState::InFlight)
        {
            lookup.state = LookupState::Answered(answer);
        }
    }

    pub(crate) fn end(&mut self) {
        if let State::Header(reader) = &mut self.state {
            let failure = reader.end().err().map(malformed);
            self.end_header(failure);
        }
    }

    pub(crate) fn finish(self) -> Report {
        let Self { options, state, line_endings } = self;
        let body = match state {
            State::Body(body) => *body,
            // The message ended within its header, and nobody wanted its queries.
            State::Header(mut reader) => {
                let failure = reader.end().err().map(malformed);
                Body::new(reader.into_header(), failure, &options)
            }
        };
        body.finish(&options, line_endings.found())
    }

    fn push_body(&mut self, octets: &[u8]) -> Interest {
        let State::Body(body) = &mut self.state else {
            return Interest::Header;
        };
        // The report must not depend on how much is pushed of what it does not look at.
        if body.malformed.is_some() || self.options.headers_only {
            return Interest::Nothing;
        }
        self.line_endings.push(octets);
        body.octets = body.octets.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        if body.hashes.is_empty() {
            return Interest::Nothing;
        }
        body.hashes.push(octets);
        Interest::Body
    }

    fn end_header(&mut self, failure: Option<Failure>) {
        let empty = HeaderReader::new(0, 0);
        if let State::Header(reader) = std::mem::replace(&mut self.state, State::Header(empty)) {
            let body = Body::new(reader.into_header(), failure, &self.options);
            self.state = State::Body(Box::new(body));
        }
    }
}

impl Body {
    fn new(header: Header, failure: Option<Failure>, options: &Options) -> Self {
        let has_author = header.fields().any(|field| field.is_named("From"));
        let now = match options.time {
            VerificationTime::At(time) => time,
            VerificationTime::TopReceived { otherwise } => {
                received_time(&header).unwrap_or(otherwise)
            }
        };
        let keep = if options.trace { KEPT_BODY_OCTETS } else { 0 };
        let mut body = Self {
            header,
            malformed: failure,
            has_author,
            now,
            tasks: Vec::new(),
            lookups: Vec::new(),
            hashes: BodyHashes::new(options.limits.body_hashes, keep),
            octets: 0,
        };
        body.start_tasks(options);
        body
    }

    fn start_tasks(&mut self, options: &Options) {
        let fields = FieldIndex::new(&self.header);
        let mut evaluated = 0_usize;
        let mut names = BTreeMap::new();
        for (index, field) in self.header.fields().enumerate() {
            if !field.is_named("DKIM-Signature") {
                continue;
            }
            let mut task = Task::parse(index, field, options);
            if let Some(failure) = &self.malformed {
                task.fail(failure.clone());
            }
            if task.is_alive() && evaluated >= options.limits.signatures {
                task.fail(Failure::new(
                    Reason::TooManySignatures,
                    format!(
                        "only the first {} signatures are evaluated",
                        options.limits.signatures
                    ),
                ));
            }
            if let Some(name) =
                task.start(&self.header, &fields, &mut self.hashes, options).cloned()
            {
                evaluated = evaluated.saturating_add(1);
                // Each name is asked for once, however many signatures it serves.
                let next = self.lookups.len();
                let lookup = *names.entry(name.clone()).or_insert(next);
                if lookup == next {
                    self.lookups.push(Lookup { name, state: LookupState::Due });
                }
                task.lookup = Some(lookup);
            }
            self.tasks.push(task);
        }
    }

    fn finish(self, options: &Options, bare_line_ending: bool) -> Report {
        let digests = self.hashes.finish();
        let unanswered = Answer::unavailable("no answer came in time");
        let outcomes: Vec<_> = self
            .tasks
            .into_iter()
            .map(|task| {
                let lookup = task.lookup.and_then(|lookup| self.lookups.get(lookup));
                let answer = match lookup.map(|lookup| &lookup.state) {
                    Some(LookupState::Answered(answer)) => answer,
                    _ => &unanswered,
                };
                task.finish(answer, &digests, &self.header, self.now, options)
            })
            .map(|outcome| if self.has_author { outcome } else { without_author(outcome) })
            .collect();

        let (coverage, mut warnings) = coverage::evaluate(&self.header, self.octets, &outcomes);
        // In a malformed header it would depend on the cutting how much was looked through.
        if bare_line_ending && self.malformed.is_none() {
            warnings.push(MessageWarning {
                code: WarningCode::BareLineEnding,
                explanation: "The message has a CR or an LF that stands alone; other programs may \
                              see its lines differently."
                    .to_owned(),
                field: None,
            });
        }
        let malformed = match &self.malformed {
            Some(failure) => Some(sentence(&failure.explanation)),
            None if !self.has_author => Some(NO_AUTHOR.to_owned()),
            None => None,
        };
        let is_malformed = malformed.is_some();
        warnings.extend(malformed.map(|explanation| MessageWarning {
            code: WarningCode::MessageMalformed,
            explanation,
            field: None,
        }));
        let signatures: Vec<SignatureReport> =
            outcomes.into_iter().map(|outcome| outcome.report).collect();
        let result = best_result(&signatures, is_malformed);
        let has_arc = self.header.fields().any(|field| {
            ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"]
                .iter()
                .any(|name| field.is_named(name))
        });
        let show = |name| displayed(&self.header, name);
        Report {
            version: 1,
            file: None,
            result,
            authors: authors(&self.header),
            signatures,
            arc: (!has_arc).then(no_arc),
            alignment: Alignment {
                from: None,
                organizational_domain: None,
                dkim: Default::default(),
            },
            authentication_results: String::new(),
            warnings,
            coverage: if self.malformed.is_some() { Coverage::default() } else { coverage },
            display: Display {
                from: show("From"),
                to: show("To"),
                subject: show("Subject"),
                date: show("Date"),
            },
        }
    }
}

fn malformed(error: MalformedHeader) -> Failure {
    Failure::new(Reason::MessageMalformed, error.to_string())
}

const NO_AUTHOR: &str = "The message has no From field.";

/// The outcome in a message that has no From field.
///
/// A signature whose `h=` lists a From that is not there signs its absence (RFC 6376 §5.4.2): where
/// it verifies, the signer sent the message like that. Where it does not, what it misses is most
/// likely the author, and the message is malformed whatever it misses.
fn without_author(mut outcome: Outcome) -> Outcome {
    if outcome.report.result == VerificationResult::Fail {
        outcome.report.result = Reason::MessageMalformed.result();
        outcome.report.reason = Some(Reason::MessageMalformed);
        outcome.report.explanation = NO_AUTHOR.to_owned();
    }
    outcome
}

/// A phrase made a sentence: a capital first, a full stop last.
pub(crate) fn sentence(phrase: &str) -> String {
    let mut characters = phrase.chars();
    // A tag such as "l=" keeps its case: "L=" would be another tag.
    let is_tag = phrase.split_once('=').is_some_and(|(name, _)| name.len() <= 2);
    let first = match characters.next() {
        Some(first) if !is_tag => first.to_uppercase().to_string(),
        Some(first) => first.to_string(),
        None => String::new(),
    };
    format!("{first}{}.", characters.as_str())
}

fn best_result(signatures: &[SignatureReport], malformed: bool) -> VerificationResult {
    // A malformed message without signatures is no unsigned message: nothing can be said of it.
    if malformed && signatures.is_empty() {
        return VerificationResult::PermError;
    }
    VerificationResult::BEST_FIRST
        .into_iter()
        .find(|result| signatures.iter().any(|signature| signature.result == *result))
        .unwrap_or(VerificationResult::None)
}

fn no_arc() -> Arc {
    Arc {
        result: VerificationResult::None,
        reason: None,
        explanation: "The message carries no ARC set.".to_owned(),
        oldest_pass: None,
        sets: Vec::new(),
    }
}
