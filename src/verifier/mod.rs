//! The verifier that hosts hold: the pass of [`crate::verify`] over a message, made for everyone who
//! judges something about it.

mod aligning;
mod checks;
mod diagnoser;
mod extensions;

use crate::arc::Chain;
use crate::dns::{Answer, Query, QueryId};
use crate::domainkeys::DomainKeys;
use crate::verify::{
    CheckQueue, Dkim, Evaluator, Interest, LookupId, Lookups, Opening, Options, Pass, Report,
};
use aligning::Aligning;
use extensions::Extensions;

pub use checks::SignatureChecks;
pub use diagnoser::Diagnoser;

/// Verifies the signatures and the ARC chain of one message without doing any input or output.
///
/// Push the message in pieces of any size; poll for DNS queries after every push and every answer
/// and answer them in any order; finish. The report does not depend on how the message was cut.
///
/// ```
/// use waxseal::dns::{Answer, TxtRecords};
/// use waxseal::{Options, UnixTime, VerificationTime, Verifier};
///
/// let message = b"From: joe@example.com\r\nSubject: hello\r\n\r\nHi.\r\n";
/// let now = VerificationTime::At(UnixTime::from_seconds(1_700_000_000));
/// let mut verifier = Verifier::new(Options::new(now));
/// verifier.push(message);
/// while let Some(query) = verifier.poll_query() {
///     // Ask the DNS for the TXT records of query.name here.
///     verifier.answer(query.id, Answer::NotFound);
/// }
/// let report = verifier.finish();
/// assert_eq!(report.result.as_str(), "none");
/// assert_eq!(report.authors, ["joe@example.com"]);
/// ```
#[derive(Debug)]
pub struct Verifier {
    pass: Pass,
    evaluators: Evaluators,
    authserv_id: Option<String>,
}

/// Everyone who judges. DKIM comes first where something is bounded.
#[derive(Debug, Default)]
struct Evaluators {
    dkim: Dkim,
    domain_keys: DomainKeys,
    chain: Chain,
    aligning: Aligning,
    extensions: Extensions,
}

impl Evaluator for Evaluators {
    fn start(&mut self, opening: &mut Opening<'_>) {
        let Self { dkim, domain_keys, chain, aligning, extensions } = self;
        dkim.start(opening);
        domain_keys.start(opening, dkim.signers().count());
        chain.start(opening);
        let signers = dkim.signers().map(|(_, domain)| domain);
        aligning.start(opening, signers.chain(domain_keys.signers()));
        extensions.start(opening, dkim.signers());
    }

    fn body(&mut self, octets: &[u8]) {
        self.domain_keys.body(octets);
    }

    fn wants_body(&self) -> bool {
        self.domain_keys.wants_body()
    }

    fn answered(&mut self, answered: LookupId, lookups: &mut Lookups) {
        self.dkim.answered(answered, lookups);
        self.chain.answered(answered, lookups);
        self.aligning.answered(answered, lookups);
    }
}

impl Verifier {
    /// A verifier for one message.
    pub fn new(mut options: Options) -> Self {
        let authserv_id = options.authserv_id.take();
        Self { pass: Pass::new(options), evaluators: Evaluators::default(), authserv_id }
    }

    /// Takes the next octets of the message, header and body in turn, in pieces of any size.
    ///
    /// Tells what more octets are good for; a host need not heed it.
    pub fn push(&mut self, octets: &[u8]) -> Interest {
        self.pass.push(&mut self.evaluators, octets)
    }

    /// The next DNS query, if one is due: each name once, a bounded number unanswered at a time.
    ///
    /// Queries become due when the header is complete, so poll after every [`push`](Self::push);
    /// and as answers make room, so poll after every [`answer`](Self::answer). When the message has
    /// no body and no empty line, they become due at [`end`](Self::end).
    pub fn poll_query(&mut self) -> Option<Query> {
        self.pass.poll_query()
    }

    /// Answers a query. Answers to unknown or answered queries are ignored.
    pub fn answer(&mut self, id: QueryId, answer: Answer) {
        self.pass.answer(&mut self.evaluators, id, answer);
    }

    /// Says that the message is complete. Only needed to have the queries of a message that ends
    /// within its header; [`finish`](Self::finish) implies it.
    pub fn end(&mut self) {
        self.pass.end(&mut self.evaluators);
    }

    /// The report. A signature whose query has no answer yet is a temperror.
    pub fn finish(self) -> Report {
        self.checks().finish()
    }

    /// The same as [`finish`](Self::finish) for hosts that check the signatures themselves.
    pub fn checks(self) -> SignatureChecks {
        let Self { pass, mut evaluators, authserv_id } = self;
        let facts = pass.finish(&mut evaluators);
        evaluators.domain_keys.end();
        SignatureChecks { evaluators, facts, authserv_id, queue: CheckQueue::default() }
    }
}
