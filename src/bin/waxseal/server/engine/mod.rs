//! What is done to one message: verified, signed, both or neither. The content filter and the milter
//! push the message in here as it comes and get told what to add, what to take away, and whether it
//! goes on. Nothing here waits; whoever holds an [`Examination`] carries its DNS queries.

mod forged;
mod kept;
mod normalizer;
mod own;
mod policy;
mod sealing;
mod signing;

use std::sync::Arc;

use waxseal::auth_results;
use waxseal::crypto::AWS_LC;
use waxseal::dns::{Answer, Query, QueryId};
use waxseal::message::fields::Progress;
use waxseal::message::{Header, HeaderReader};
use waxseal::sign::SignLimits;
use waxseal::verify::Report;
use waxseal::{Options, UnixTime, VerificationTime, Verifier};

use super::generation::Generation;
use crate::config::{Bank, OddLines, OnSignError};
use crate::smtp::hygiene::{Findings, Hygiene};
use crate::verify::Asking;

use forged::CarelessReader;
pub(crate) use kept::kept;
use normalizer::{LongLines, Normalizer};
pub(crate) use policy::{Disposition, Refusal};
use sealing::Sealing;
use signing::Signing;

/// What is known of a message before its first octet.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) generation: Arc<Generation>,
    pub(crate) bank: Arc<Bank>,
    /// It is from our own users.
    pub(crate) originating: bool,
    /// Without angle brackets.
    pub(crate) envelope_sender: Option<String>,
    pub(crate) now: UnixTime,
    /// The message goes on as the examination hands it out. Where a mail server does not let a milter
    /// change it, it goes on as it came, and the mail server breaks its long lines.
    pub(crate) hands_out: bool,
}

/// A message that is being looked at.
#[derive(Debug)]
pub(crate) struct Examination {
    context: Context,
    reader: Option<HeaderReader>,
    header: Header,
    malformed: Option<String>,
    removals: Vec<usize>,
    verifier: Option<Verifier>,
    signing: Option<Signing>,
    sealing: Option<Sealing>,
    hygiene: Hygiene,
    /// Makes the message fit to travel before anything else but verification sees it.
    normalizer: Option<Normalizer>,
    /// Set where results that carry our name are taken away.
    careless: Option<CarelessReader>,
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) context: Context,
    pub(crate) disposition: Disposition,
    /// Whole fields, CRLF included, that go on top, the topmost first.
    pub(crate) additions: Vec<String>,
    /// The places of the fields of the header that are taken away, ascending.
    pub(crate) removals: Vec<usize>,
    /// The header as it was handed out.
    pub(crate) header: Header,
    /// What was handed out is not what came.
    pub(crate) normalized: bool,
    pub(crate) findings: Findings,
    /// The verdict, where it was verified.
    pub(crate) report: Option<Report>,
    /// Domain and selector of each signature made.
    pub(crate) signed: Vec<(String, String)>,
    /// Why there is none, where signing was on.
    pub(crate) not_signed: Option<String>,
    /// It should have been signed, and could not be.
    pub(crate) sign_failed: bool,
    /// Domain and selector of the key that sealed it, or why it is not sealed though the bank seals.
    pub(crate) sealed: Option<Result<(String, String), String>>,
}

impl Examination {
    pub(crate) fn new(context: Context) -> Self {
        let limits = SignLimits::default();
        let normalizes = context.hands_out && odd_lines(&context) == OddLines::Normalize;
        let verifies = context.bank.verify.as_ref().is_none_or(|verify| verify.value);
        let verifier = verifies.then(|| {
            let mut options = Options::new(VerificationTime::At(context.now));
            options.provider = AWS_LC;
            options.authserv_id = Some(context.generation.authserv_id.clone());
            Verifier::new(options)
        });
        let host = &context.generation.authserv_id;
        let careless = (verifies || context.originating).then(|| CarelessReader::new(host));
        Self {
            reader: Some(HeaderReader::new(limits.header_octets, limits.fields)),
            header: Header::default(),
            malformed: None,
            removals: Vec::new(),
            verifier,
            signing: None,
            sealing: None,
            hygiene: Hygiene::default(),
            normalizer: normalizes.then(Normalizer::default),
            careless,
            context,
        }
    }

    /// What it hands out may be different from what it takes.
    pub(crate) const fn may_change(&self) -> bool {
        self.normalizer.is_some()
    }

    /// Takes the next octets of the message and hands those out that go on.
    pub(crate) fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        self.hygiene.push(octets);
        if let Some(verifier) = &mut self.verifier {
            verifier.push(octets);
        }
        match self.normalizer.take() {
            None => {
                self.take(octets);
                sink(octets);
            }
            Some(mut normalizer) => {
                normalizer.push(octets, &mut |span| {
                    self.take(span);
                    sink(span);
                });
                self.normalizer = Some(normalizer);
            }
        }
    }

    /// Octets as they go on: whatever is decided is decided by them.
    fn take(&mut self, octets: &[u8]) {
        if let Some(careless) = &mut self.careless {
            careless.push(octets);
        }
        let Some(mut reader) = self.reader.take() else {
            self.body(octets);
            return;
        };
        match reader.push(octets) {
            Ok(Progress::More) => self.reader = Some(reader),
            Ok(Progress::Complete(body)) => {
                self.start(reader.into_header());
                self.body(body);
            }
            Err(error) => {
                self.malformed = Some(error.to_string());
                self.start(reader.into_header());
            }
        }
    }

    fn body(&mut self, octets: &[u8]) {
        if let Some(signing) = &mut self.signing {
            signing.push(octets);
        }
        if let Some(sealing) = &mut self.sealing {
            sealing.push(octets);
        }
    }

    /// The message is whole. Queries may still be due, then [`finish`](Self::finish).
    pub(crate) fn end(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if let Some(mut normalizer) = self.normalizer.take() {
            normalizer.finish(&mut |span| {
                self.take(span);
                sink(span);
            });
            self.normalizer = Some(normalizer);
        }
        if let Some(mut reader) = self.reader.take() {
            if let Err(error) = reader.end() {
                self.malformed = Some(error.to_string());
            }
            self.start(reader.into_header());
        }
        if let Some(verifier) = &mut self.verifier {
            verifier.end();
        }
        if let Some(sealing) = &mut self.sealing {
            sealing.end();
        }
    }

    /// The header is known: what is taken away, and whether it is signed.
    fn start(&mut self, header: Header) {
        let host = &self.context.generation.authserv_id;
        self.removals = match self.verifier.is_some() || self.context.originating {
            true => auth_results::to_remove(&header, host),
            false => Vec::new(),
        };
        if self.context.bank.signs() && self.context.originating {
            let malformed = self.malformed.clone();
            self.signing = Some(Signing::new(&self.context, &header, &self.removals, malformed));
        }
        let verified = self.verifier.is_some();
        self.sealing = Sealing::new(&self.context, &header, &self.removals, verified);
        self.header = header;
    }

    /// What is to be done with it. Lookups that are not answered are temporary errors.
    pub(crate) fn finish(self) -> Outcome {
        let Self { context, header, removals, verifier, signing, sealing, hygiene, .. } = self;
        let normalized = self.normalizer.is_some_and(|normalizer| normalizer.has_changed());
        let findings = hygiene.finish();
        let report = verifier.map(Verifier::finish);
        let mut disposition = match &report {
            Some(report) => policy::disposition(&context.bank, report),
            None => Disposition::Forward,
        };
        let (signatures, not_signed, sign_failed) =
            match signing.map(|signing| signing.finish(&context)) {
                None => (None, None, false),
                Some(Ok(signatures)) => (Some(signatures), None, false),
                Some(Err(signing::NotSigned::NotMeant(why))) => (None, Some(why), false),
                Some(Err(signing::NotSigned::Failed(why))) => (None, Some(why), true),
            };
        let on_error = context.bank.on_sign_error.as_ref().map(|on_error| on_error.value);
        if sign_failed
            && on_error.unwrap_or(OnSignError::Tempfail) == OnSignError::Tempfail
            && !matches!(disposition, Disposition::Refuse(_))
        {
            let text = "the message cannot be signed for now";
            disposition = Disposition::Refuse(Refusal::temporary("4.7.0", text));
        }
        if self.careless.is_some_and(|reader| reader.has_forged(&header, &removals)) {
            let text = "the message hides an Authentication-Results field in a malformed header";
            disposition = Disposition::Refuse(Refusal::permanent("5.7.1", text));
        }
        if let Some(refusal) = refuse_odd(&findings, odd_lines(&context)) {
            disposition = Disposition::Refuse(refusal);
        }
        // that our own mail has no signature yet says nothing, and would be read by all the world
        let telling = report.as_ref();
        let telling = telling.filter(|told| !context.originating || !told.signatures.is_empty());
        let results = telling.map(|report| {
            (auth_results::format_folded(report, &context.generation.authserv_id), &report.arc)
        });
        // what does not go on needs no seal
        let sealing = sealing.filter(|_| !matches!(disposition, Disposition::Refuse(_)));
        let sealed = sealing.map(|sealing| {
            let found = results.as_ref().map(|(value, chain)| (value.as_str(), *chain));
            sealing.finish(found, &context)
        });
        let mut additions = Vec::new();
        // RFC 8617 §5.1: the newest set goes on top of all
        if let Some(Ok(sealing::Seal { set, .. })) = &sealed {
            let fields = [&set.seal, &set.message_signature, &set.authentication_results];
            additions.extend(fields.map(String::clone));
        }
        if let Some((value, _)) = &results {
            additions.push(format!("Authentication-Results: {value}\r\n"));
        }
        if let Disposition::Quarantine(reason) = &disposition {
            additions.push(format!("X-Waxseal-Quarantine: {reason}\r\n"));
        }
        let (fields, signed) =
            signatures.map_or_else(Default::default, |made| (made.fields, made.names));
        additions.extend(fields);
        Outcome {
            disposition,
            additions,
            removals,
            header,
            normalized,
            findings,
            signed,
            not_signed,
            sign_failed,
            sealed: sealed.map(|sealed| sealed.map(|seal| seal.name)),
            report,
            context,
        }
    }
}

/// What becomes of lone CR and LF, NUL and long lines. What cannot be made fit is passed.
fn odd_lines(context: &Context) -> OddLines {
    match wanted(&context.bank, context.originating) {
        OddLines::Normalize if !context.hands_out => OddLines::Pass,
        odd => odd,
    }
}

/// Mail that we may sign is made fit to travel, other mail is passed as it is, where the bank does not
/// say.
fn wanted(bank: &Bank, originating: bool) -> OddLines {
    let usual = match bank.signs() && originating {
        true => OddLines::Normalize,
        false => OddLines::Pass,
    };
    bank.odd_lines.as_ref().map_or(usual, |odd| odd.value)
}

/// Whether such mail is made fit to travel where it can be changed.
pub(crate) fn is_made_fit(bank: &Bank, originating: bool) -> bool {
    wanted(bank, originating) == OddLines::Normalize
}

/// A lone dot that a careless server takes for the end is never passed on as it is: what follows it
/// would be a message of its own there.
fn refuse_odd(findings: &Findings, odd: OddLines) -> Option<Refusal> {
    let refuse = |text: String| Some(Refusal::permanent("5.6.0", text));
    match odd {
        OddLines::Reject if !findings.is_clean() => refuse(format!(
            "the message has {} lone CR, {} lone LF, {} NUL and {} lines over 998 octets",
            findings.lone_cr, findings.lone_lf, findings.nul, findings.long_lines
        )),
        OddLines::Pass if findings.smuggling => refuse(
            "the message has a dot between lone CR or LF, which some servers take for its end"
                .to_owned(),
        ),
        _ => None,
    }
}

impl Asking for Examination {
    // two never ask at once: a sealer beside a verifier is told the verdict
    fn poll_query(&mut self) -> Option<Query> {
        match (&mut self.verifier, &mut self.sealing) {
            (Some(verifier), _) => verifier.poll_query(),
            (None, Some(sealing)) => sealing.poll_query(),
            (None, None) => None,
        }
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        match (&mut self.verifier, &mut self.sealing) {
            (Some(verifier), _) => verifier.answer(id, answer),
            (None, Some(sealing)) => sealing.answer(id, answer),
            (None, None) => {}
        }
    }
}
