//! The verifier that hosts hold: the machine of [`crate::verify`], joined with what stands around a
//! signature.

use crate::dns::{Answer, Query, QueryId};
use crate::verify::{AlignmentMode, Interest, Machine, Options, Report, VerificationResult};
use crate::{alignment, auth_results};

/// Verifies the signatures of one message without doing any input or output.
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
    machine: Machine,
    authserv_id: Option<String>,
}

impl Verifier {
    /// A verifier for one message.
    pub fn new(mut options: Options) -> Self {
        let authserv_id = options.authserv_id.take();
        Self { machine: Machine::new(options), authserv_id }
    }

    /// Takes the next octets of the message, header and body in turn, in pieces of any size.
    ///
    /// Tells what more octets are good for; a host need not heed it.
    pub fn push(&mut self, octets: &[u8]) -> Interest {
        self.machine.push(octets)
    }

    /// The next DNS query, if one is due: each name once, a bounded number unanswered at a time.
    ///
    /// Queries become due when the header is complete, so poll after every [`push`](Self::push);
    /// and as answers make room, so poll after every [`answer`](Self::answer). When the message has
    /// no body and no empty line, they become due at [`end`](Self::end).
    pub fn poll_query(&mut self) -> Option<Query> {
        self.machine.poll_query()
    }

    /// Answers a query. Answers to unknown or answered queries are ignored.
    pub fn answer(&mut self, id: QueryId, answer: Answer) {
        self.machine.answer(id, answer);
    }

    /// Says that the message is complete. Only needed to have the queries of a message that ends
    /// within its header; [`finish`](Self::finish) implies it.
    pub fn end(&mut self) {
        self.machine.end();
    }

    /// The report. A signature whose query has no answer yet is a temperror.
    pub fn finish(self) -> Report {
        let mut report = self.machine.finish();
        align(&mut report);
        let authserv_id = self.authserv_id.as_deref().unwrap_or(auth_results::DEFAULT_AUTHSERV_ID);
        report.authentication_results = auth_results::format(&report, authserv_id);
        report
    }
}

/// Fills in how the signing domains relate to the author's (RFC 9989).
fn align(report: &mut Report) {
    let Some(author) = alignment::author_domain(&report.authors) else {
        return;
    };
    for signature in &mut report.signatures {
        let signing_domain = signature.domain.as_deref().unwrap_or_default();
        if alignment::is_strict(&author, signing_domain) {
            signature.aligned = AlignmentMode::Strict;
            // Only what passes vouches for the author.
            if signature.result == VerificationResult::Pass {
                report.alignment.dkim = AlignmentMode::Strict;
            }
        }
    }
    report.alignment.from = Some(author.as_str().to_owned());
}
