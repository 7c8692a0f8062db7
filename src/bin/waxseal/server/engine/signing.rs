//! Signs a message on its way, with the keys that the configuration has for it.

use std::sync::Arc;

use waxseal::crypto::{AWS_LC, SigningKey};
use waxseal::message::Header;
use waxseal::sign::{Request, SignOptions, Signer};

use super::kept::kept;
use super::own::OwnSignatures;
use super::{Context, LongLines};
use crate::config::decision::{self, Outcome, Question};

/// A message that is being signed.
#[derive(Debug)]
pub(super) struct Signing {
    state: Result<Running, NotSigned>,
}

#[derive(Debug)]
struct Running {
    signer: Signer,
    keys: Vec<Arc<dyn SigningKey>>,
    names: Vec<(String, String)>,
    /// Where the mail server breaks long lines after us.
    long_lines: Option<LongLines>,
    own: Option<OwnSignatures>,
    header: Header,
}

/// What was made.
#[derive(Debug)]
pub(super) struct Signatures {
    /// The fields, CRLF included, the topmost first.
    pub(super) fields: Vec<String>,
    /// Domain and selector of each.
    pub(super) names: Vec<(String, String)>,
}

/// Why nothing was made.
#[derive(Debug)]
pub(super) enum NotSigned {
    /// The configuration does not want it signed.
    NotMeant(String),
    /// It does, and it cannot be done.
    Failed(String),
}

impl Signing {
    /// Decides by the header; what is left of it after the removals is the beginning of what is signed.
    pub(super) fn new(
        context: &Context,
        header: &Header,
        removals: &[usize],
        malformed: Option<String>,
    ) -> Self {
        Self { state: start(context, header, removals, malformed) }
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        if let Ok(running) = &mut self.state
            && let Err(why) = running.push(octets)
        {
            self.state = Err(NotSigned::Failed(why));
        }
    }

    pub(super) fn finish(self, context: &Context) -> Result<Signatures, NotSigned> {
        self.state?.finish(context)
    }
}

fn start(
    context: &Context,
    header: &Header,
    removals: &[usize],
    malformed: Option<String>,
) -> Result<Running, NotSigned> {
    if let Some(why) = malformed {
        return Err(NotSigned::Failed(format!("the header is malformed: {why}")));
    }
    // whether it has a signature of ours already is known at its end
    let (requests, keys) = decide(context, header, Some(&[]))?;
    let names = requests
        .iter()
        .map(|request| (request.domain.as_str().to_owned(), request.selector.as_str().to_owned()))
        .collect();
    let options = SignOptions { provider: AWS_LC, ..SignOptions::default() };
    let signer = Signer::new(requests, options)
        .map_err(|error| NotSigned::Failed(format!("no such signature can be made: {error}")))?;
    let long_lines = (!context.hands_out).then(LongLines::default);
    let own = OwnSignatures::new(header, context.now);
    let mut running = Running { signer, keys, names, long_lines, own, header: header.clone() };
    for piece in kept(header, removals) {
        running.push(piece).map_err(NotSigned::Failed)?;
    }
    Ok(running)
}

type Chosen = (Vec<Request>, Vec<Arc<dyn SigningKey>>);

fn decide(
    context: &Context,
    header: &Header,
    valid: Option<&[(waxseal::DomainName, waxseal::Selector)]>,
) -> Result<Chosen, NotSigned> {
    let generation = &context.generation;
    let decision = decision::decide(&Question {
        config: &generation.config,
        kinds: &generation.kinds,
        header,
        envelope_sender: context.envelope_sender.as_deref(),
        originating: context.originating,
        bank: &context.bank,
        valid,
        now: context.now,
    });
    match decision.outcome {
        Outcome::Sign(chosen) => chosen
            .into_iter()
            .map(|(index, request)| match generation.keys.get(index) {
                Some(Ok(key)) => Ok((request, Arc::clone(&key.signing))),
                Some(Err(why)) => Err(NotSigned::Failed(why.clone())),
                None => Err(NotSigned::Failed("the key is gone".to_owned())),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|chosen| chosen.into_iter().unzip()),
        Outcome::NotSigned(
            why @ (decision::NotSigned::BrokenKey(..) | decision::NotSigned::Identity(_)),
        ) => Err(NotSigned::Failed(why.to_string())),
        Outcome::NotSigned(why) => Err(NotSigned::NotMeant(why.to_string())),
    }
}

impl Running {
    fn push(&mut self, octets: &[u8]) -> Result<(), String> {
        let Self { signer, long_lines, own, .. } = self;
        if let Some(own) = own {
            own.push(octets);
        }
        let mut result = Ok(());
        let mut push = |span: &[u8]| {
            if result.is_ok() {
                result = signer.push(span);
            }
        };
        match long_lines {
            None => push(octets),
            Some(long_lines) => long_lines.push(octets, &mut push),
        }
        result.map_err(|error| error.to_string())
    }

    fn finish(mut self, context: &Context) -> Result<Signatures, NotSigned> {
        if let Some(own) = self.own.take() {
            let valid = own.finish(&context.generation);
            decide(context, &self.header, Some(&valid))?;
        }
        let failed = |error: waxseal::sign::SignError| NotSigned::Failed(error.to_string());
        let signing = self.signer.finish().map_err(failed)?;
        let fields = signing
            .unsigned
            .into_iter()
            .zip(&self.keys)
            .map(|(unsigned, key)| unsigned.sign(&**key).map_err(failed))
            .collect::<Result<Vec<_>, _>>()?;
        // what is signed goes on as it came here: nothing that the signer repaired may go on unrepaired
        if !signing.warnings.is_empty() {
            let why = match context.hands_out {
                true => "odd_lines = \"pass\" leaves them",
                false => "a milter cannot repair them",
            };
            return Err(NotSigned::Failed(format!("it has CR or LF that stand alone, and {why}")));
        }
        Ok(Signatures { fields, names: self.names })
    }
}
