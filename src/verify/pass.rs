//! The pass over a message that all share who judge it: one header, one set of body hashers, one
//! list of lookups.
//!
//! Who judges is an [`Evaluator`]: the DKIM signatures are one, the Authenticated Received Chain is
//! another. Each asks for what it needs when the header is complete, may ask for more whenever an
//! answer comes, and reads its verdict off the [`Facts`] at the end.

use super::lookups::{LookupId, Lookups};
use super::policy::Options;
use super::reason::{Failure, Reason};
use super::trace::KEPT_BODY_OCTETS;
use crate::dns::{Answer, Query, QueryId};
use crate::hash::{BodyDigest, BodyHashes};
use crate::message::authors::received_time;
use crate::message::fields::Progress;
use crate::message::{BareLineEndings, FieldIndex, Header, HeaderReader, MalformedHeader};
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

/// Judges something about a message.
pub(crate) trait Evaluator {
    /// The header is complete, or was given up: asks for the lookups and body hashes it takes.
    fn start(&mut self, opening: &mut Opening<'_>);

    /// More octets of the body, for who hashes it by itself.
    fn body(&mut self, octets: &[u8]) {
        let _ = octets;
    }

    /// Whether [`body`](Self::body) still matters.
    fn wants_body(&self) -> bool {
        false
    }

    /// A lookup was answered, its own or another's; what follows from it may be asked for.
    fn answered(&mut self, answered: LookupId, lookups: &mut Lookups) {
        let _ = (answered, lookups);
    }
}

/// What an [`Evaluator`] starts with.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) header: &'a Header,
    pub(crate) fields: &'a FieldIndex,
    /// Why the header could not be read to its end; no signature is evaluated then.
    pub(crate) malformed: Option<MalformedHeader>,
    pub(crate) options: &'a Options,
    pub(crate) hashes: &'a mut BodyHashes,
    pub(crate) lookups: &'a mut Lookups,
}

/// Everything that is known when the message is complete.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) options: Options,
    pub(crate) header: Header,
    /// Why the header could not be read to its end.
    pub(crate) malformed: Option<MalformedHeader>,
    pub(crate) now: UnixTime,
    pub(crate) digests: Vec<BodyDigest>,
    pub(crate) lookups: Lookups,
    /// Octets of the body.
    pub(crate) body_octets: u64,
    pub(crate) bare_line_ending: bool,
    unanswered: Answer,
}

impl Facts {
    /// Whether the message has a From field.
    pub(crate) fn has_author(&self) -> bool {
        self.header.first("From").is_some()
    }

    /// The answer to a lookup; where there is none, that none came.
    pub(crate) fn answer_to(&self, lookup: Option<LookupId>) -> &Answer {
        lookup.and_then(|id| self.lookups.answer_to(id)).unwrap_or(&self.unanswered)
    }
}

/// A header that could not be read to its end, as the reason for a verdict.
impl From<MalformedHeader> for Failure {
    fn from(error: MalformedHeader) -> Self {
        Self::new(Reason::MessageMalformed, error.to_string())
    }
}

/// A pass over one message. Whoever makes it holds the evaluators, and hands the same ones in each time.
#[derive(Debug)]
pub(crate) struct Pass {
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
    malformed: Option<MalformedHeader>,
    now: UnixTime,
    lookups: Lookups,
    hashes: BodyHashes,
    octets: u64,
}

impl Pass {
    pub(crate) fn new(options: Options) -> Self {
        let reader = HeaderReader::new(options.limits.header_octets, options.limits.fields);
        let line_endings = BareLineEndings::default();
        Self { options, state: State::Header(reader), line_endings }
    }

    pub(crate) fn push(&mut self, evaluators: &mut dyn Evaluator, octets: &[u8]) -> Interest {
        let State::Header(reader) = &mut self.state else {
            return self.push_body(evaluators, octets);
        };
        match reader.push(octets) {
            Ok(Progress::More) => {
                self.line_endings.push(octets);
                Interest::Header
            }
            Ok(Progress::Complete(rest)) => {
                let header = octets.len().saturating_sub(rest.len());
                self.line_endings.push(octets.get(..header).unwrap_or_default());
                self.end_header(evaluators, None);
                self.push_body(evaluators, rest)
            }
            Err(error) => {
                self.end_header(evaluators, Some(error));
                Interest::Nothing
            }
        }
    }

    pub(crate) fn poll_query(&mut self) -> Option<Query> {
        match &mut self.state {
            State::Header(_) => None,
            State::Body(body) => body.lookups.poll(),
        }
    }

    pub(crate) fn answer(&mut self, evaluators: &mut dyn Evaluator, id: QueryId, answer: Answer) {
        if let State::Body(body) = &mut self.state
            && let Some(answered) = body.lookups.take(id, answer)
        {
            evaluators.answered(answered, &mut body.lookups);
        }
    }

    pub(crate) fn end(&mut self, evaluators: &mut dyn Evaluator) {
        if let State::Header(reader) = &mut self.state {
            let malformed = reader.end().err();
            self.end_header(evaluators, malformed);
        }
    }

    /// What the evaluators need for their verdicts.
    pub(crate) fn finish(mut self, evaluators: &mut dyn Evaluator) -> Facts {
        // The message may have ended within its header.
        self.end(evaluators);
        let Self { options, state, line_endings } = self;
        let body = match state {
            State::Body(body) => *body,
            State::Header(reader) => Body::new(reader.into_header(), None, &options),
        };
        Facts {
            options,
            header: body.header,
            malformed: body.malformed,
            now: body.now,
            digests: body.hashes.finish(),
            lookups: body.lookups,
            body_octets: body.octets,
            bare_line_ending: line_endings.found(),
            unanswered: Answer::unavailable("no answer came in time"),
        }
    }

    fn push_body(&mut self, evaluators: &mut dyn Evaluator, octets: &[u8]) -> Interest {
        let State::Body(body) = &mut self.state else {
            return Interest::Header;
        };
        // The report must not depend on how much is pushed of what it does not look at.
        if body.malformed.is_some() || self.options.headers_only {
            return Interest::Nothing;
        }
        self.line_endings.push(octets);
        body.octets = body.octets.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        if body.hashes.is_empty() && !evaluators.wants_body() {
            return Interest::Nothing;
        }
        body.hashes.push(octets);
        evaluators.body(octets);
        Interest::Body
    }

    fn end_header(&mut self, evaluators: &mut dyn Evaluator, malformed: Option<MalformedHeader>) {
        let empty = HeaderReader::new(0, 0);
        if let State::Header(reader) = std::mem::replace(&mut self.state, State::Header(empty)) {
            let mut body = Body::new(reader.into_header(), malformed, &self.options);
            evaluators.start(&mut Opening {
                header: &body.header,
                fields: &FieldIndex::new(&body.header),
                malformed,
                options: &self.options,
                hashes: &mut body.hashes,
                lookups: &mut body.lookups,
            });
            self.state = State::Body(Box::new(body));
        }
    }
}

impl Body {
    fn new(header: Header, malformed: Option<MalformedHeader>, options: &Options) -> Self {
        let now = match options.time {
            VerificationTime::At(time) => time,
            VerificationTime::TopReceived { otherwise } => {
                received_time(&header).unwrap_or(otherwise)
            }
        };
        let keep = if options.trace { KEPT_BODY_OCTETS } else { 0 };
        Self {
            header,
            malformed,
            now,
            lookups: Lookups::new(&options.limits),
            hashes: BodyHashes::new(options.limits.body_hashes, keep),
            octets: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::name::DomainName;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    /// Walks down from a name as long as there is nothing.
    #[derive(Debug, Default)]
    struct Walk {
        steps: Vec<LookupId>,
    }

    impl Evaluator for Walk {
        fn start(&mut self, opening: &mut Opening<'_>) {
            self.steps.push(opening.lookups.want(&name("a.b.example")));
        }

        fn answered(&mut self, answered: LookupId, lookups: &mut Lookups) {
            let is_own = self.steps.last() == Some(&answered);
            let is_nothing = lookups.answer_to(answered).is_some_and(Answer::is_not_found);
            if is_own && is_nothing && self.steps.len() < 3 {
                let next = ["b.example", "example"][self.steps.len() - 1];
                self.steps.push(lookups.want(&name(next)));
            }
        }
    }

    #[test]
    fn an_answer_may_lead_to_another_lookup() {
        let now = VerificationTime::At(UnixTime::from_seconds(0));
        let mut walk = Walk::default();
        let mut pass = Pass::new(Options::new(now));
        assert_eq!(pass.push(&mut walk, b"From: a@b.example\r\n"), Interest::Header);
        assert_eq!(pass.poll_query(), None);
        assert_eq!(pass.push(&mut walk, b"\r\nHi.\r\n"), Interest::Nothing);
        let mut asked = Vec::new();
        while let Some(query) = pass.poll_query() {
            asked.push(query.name.as_str().to_owned());
            let answer = match asked.len() {
                1 => Answer::NotFound,
                _ => Answer::unavailable("SERVFAIL"),
            };
            pass.answer(&mut walk, query.id, answer);
        }
        assert_eq!(asked, ["a.b.example", "b.example"]);
        let facts = pass.finish(&mut walk);
        let answers: Vec<_> = walk.steps.iter().map(|id| facts.answer_to(Some(*id))).collect();
        assert_eq!(answers, [&Answer::NotFound, &Answer::unavailable("SERVFAIL")]);
        assert_eq!(facts.body_octets, 5);
    }
}
