//! Seals a message that is forwarded: adds a set to its Authenticated Received Chain (RFC 8617), with what
//! we found and the verdict on the chain it came with.

use std::sync::Arc;

use waxseal::arc::{CarriedResults, SealKey, SealRequest, SealedSet, Sealer};
use waxseal::crypto::{AWS_LC, Algorithm, KeyType, SigningKey};
use waxseal::dns::{Answer, Query, QueryId};
use waxseal::message::Header;
use waxseal::sign::SignOptions;
use waxseal::verify;
use waxseal::{Options, VerificationResult, VerificationTime};

use super::kept::kept;
use super::{Context, LongLines};

/// A message that is being sealed.
#[derive(Debug)]
pub(super) struct Sealing {
    state: Result<Running, String>,
}

#[derive(Debug)]
struct Running {
    sealer: Sealer,
    key: Arc<dyn SigningKey>,
    name: (String, String),
    /// Where the mail server breaks long lines after us.
    long_lines: Option<LongLines>,
}

/// What was made.
#[derive(Debug)]
pub(super) struct Seal {
    pub(super) set: SealedSet,
    /// Domain and selector of the key.
    pub(super) name: (String, String),
}

impl Sealing {
    /// Begins where the bank seals and the message is not ours: with what is left of its header after the
    /// removals. `verified` says that a verdict on the chain will come at the end.
    pub(super) fn new(
        context: &Context,
        header: &Header,
        removals: &[usize],
        verified: bool,
    ) -> Option<Self> {
        let seal = context.bank.arc_seal.as_ref().filter(|_| !context.originating)?;
        let state = Running::new(context, &seal.value, verified);
        let mut sealing = Self { state };
        for piece in kept(header, removals) {
            sealing.push(piece);
        }
        Some(sealing)
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        let Ok(Running { sealer, long_lines, .. }) = &mut self.state else { return };
        let mut result = Ok(());
        let mut push = |span: &[u8]| {
            if result.is_ok() {
                result = sealer.push(span);
            }
        };
        match long_lines {
            None => push(octets),
            Some(long_lines) => long_lines.push(octets, &mut push),
        }
        if let Err(error) = result {
            self.state = Err(error.to_string());
        }
    }

    pub(super) fn end(&mut self) {
        if let Ok(running) = &mut self.state
            && let Err(error) = running.sealer.end()
        {
            self.state = Err(error.to_string());
        }
    }

    pub(super) fn poll_query(&mut self) -> Option<Query> {
        self.state.as_mut().ok()?.sealer.poll_query()
    }

    pub(super) fn answer(&mut self, id: QueryId, answer: Answer) {
        if let Ok(running) = &mut self.state {
            running.sealer.answer(id, answer);
        }
    }

    /// The set, or why there is none. `found` is our Authentication-Results value and the verdict on the
    /// chain, where the message was verified.
    pub(super) fn finish(
        self,
        found: Option<(&str, &verify::Arc)>,
        context: &Context,
    ) -> Result<Seal, String> {
        let Running { mut sealer, key, name, .. } = self.state?;
        if let Some((results, chain)) = found {
            let results = CarriedResults::Given(results.to_owned());
            sealer.conclude(results, chain.clone()).map_err(|error| error.to_string())?;
        }
        let sealing = sealer.finish().map_err(|error| error.to_string())?;
        if !sealing.warnings.is_empty() {
            let why = match context.hands_out {
                true => "odd_lines = \"pass\" leaves them",
                false => "a milter cannot repair them",
            };
            return Err(format!("it has CR or LF that stand alone, and {why}"));
        }
        let set = sealing.set.map_err(|reason| reason.to_string())?;
        let set = set.sign(&*key, &*key).map_err(|error| error.to_string())?;
        Ok(Seal { set, name })
    }
}

impl Running {
    fn new(
        context: &Context,
        record: &waxseal::DomainName,
        verified: bool,
    ) -> Result<Self, String> {
        let generation = &context.generation;
        let index = generation.config.key_named(record);
        let index = index.ok_or_else(|| format!("there is no key {record}"))?;
        let (Some(configured), Some(loaded)) =
            (generation.config.keys.get(index), generation.keys.get(index))
        else {
            return Err(format!("there is no key {record}"));
        };
        let loaded = loaded.as_ref().map_err(String::clone)?;
        let key = SealKey {
            domain: configured.domain.clone(),
            selector: configured.selector.clone(),
            algorithm: match loaded.private.key_type() {
                KeyType::Rsa => Algorithm::RsaSha256,
                KeyType::Ed25519 => Algorithm::Ed25519Sha256,
            },
        };
        let name = (key.domain.as_str().to_owned(), key.selector.as_str().to_owned());
        // what the message was told by us on its way in holds where it is not verified here
        let results = CarriedResults::OfMessage { authserv_id: generation.authserv_id.clone() };
        let mut request = SealRequest::new(key, results);
        request.timestamp = Some(context.now);
        request.chain = verified.then(not_judged_yet);
        let mut options = Options::new(VerificationTime::At(context.now));
        options.provider = AWS_LC;
        let signing = SignOptions { provider: AWS_LC, ..SignOptions::default() };
        let sealer = Sealer::new(request, options, signing).map_err(|error| error.to_string())?;
        let long_lines = (!context.hands_out).then(LongLines::default);
        Ok(Self { sealer, key: Arc::clone(&loaded.signing), name, long_lines })
    }
}

/// Stands for the verdict until it is there.
fn not_judged_yet() -> verify::Arc {
    verify::Arc {
        result: VerificationResult::None,
        reason: None,
        explanation: String::new(),
        oldest_pass: None,
        sets: Vec::new(),
    }
}
