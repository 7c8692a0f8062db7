//! The test of a configured key: a probe is signed with it and verified with what is published.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;

use serde::Serialize;
use waxseal::check::{CheckOptions, KeyCheck, KeyReport};
use waxseal::crypto::{AWS_LC, Algorithm, KeyType, PrivateKey};
use waxseal::dns::Answer;
use waxseal::sign::{Request, SignOptions, Signer};
use waxseal::{Options, UnixTime, VerificationResult, VerificationTime, Verifier};

use super::{Permissions, read_private_key};
use crate::config::Key;
use crate::exit::Exit;
use crate::resolver::Resolver;

/// Lookups on their way at a time.
const IN_FLIGHT: usize = 16;

/// What became of one key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyTest {
    /// Its number in the configuration, 1 for the first.
    pub(crate) number: usize,
    /// The file of the private key.
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) report: KeyReport,
    /// How it bears on the exit status.
    #[serde(skip)]
    pub(crate) exit: Exit,
}

/// Tests the keys, several side by side, and hands over each outcome, in the order of the keys and as
/// soon as it is there. `told` says whether to go on.
pub(crate) fn test_keys(
    keys: &[(usize, &Key)],
    permissions: Permissions,
    time: UnixTime,
    resolver: &Resolver,
    mut told: impl FnMut(KeyTest) -> bool,
) {
    let (sender, answers) = mpsc::channel();
    let mut waiting = BTreeMap::new();
    let mut done = BTreeMap::new();
    let mut rest = keys.iter().enumerate();
    let mut next = 0;
    loop {
        if let Some(outcome) = done.remove(&next) {
            next += 1;
            if !told(outcome) {
                return;
            }
            continue;
        }
        if waiting.len() < IN_FLIGHT
            && let Some((index, (number, key))) = rest.next()
        {
            match Task::start(*number, key, permissions) {
                Ok((task, name)) => {
                    let sender = sender.clone();
                    // Fails when nobody waits any more.
                    resolver.lookup(name, move |answer| drop(sender.send((index, answer))));
                    waiting.insert(index, task);
                }
                Err(outcome) => drop(done.insert(index, *outcome)),
            }
            continue;
        }
        if waiting.is_empty() {
            return;
        }
        // Every lookup ends, if only because its time is up.
        let Ok((index, answer)) = answers.recv() else { return };
        if let Some(task) = waiting.remove(&index) {
            done.insert(index, task.finish(&answer, time));
        }
    }
}

/// Tests keys that are loaded already.
pub(crate) fn test_loaded(
    keys: &[(&Key, &PrivateKey)],
    time: UnixTime,
    resolver: &Resolver,
) -> Vec<KeyReport> {
    let mut reports = Vec::with_capacity(keys.len());
    for (configured, private) in keys {
        let Ok((task, name)) = Task::of(0, configured, (*private).clone()) else { continue };
        let (sender, answer) = mpsc::channel();
        // Fails when nobody waits any more.
        resolver.lookup(name, move |answer| drop(sender.send(answer)));
        // Every lookup ends, if only because its time is up.
        let Ok(answer) = answer.recv() else { continue };
        reports.push(task.finish(&answer, time).report);
    }
    reports
}

/// A key whose lookup is on its way.
struct Task<'a> {
    number: usize,
    configured: &'a Key,
    private: PrivateKey,
    check: KeyCheck,
    query: waxseal::dns::QueryId,
}

impl<'a> Task<'a> {
    /// Reads the key, and tells the name to look up; or at once what is wrong.
    fn start(
        number: usize,
        configured: &'a Key,
        permissions: Permissions,
    ) -> Result<(Self, waxseal::DomainName), Box<KeyTest>> {
        let broken = |exit, why: String| Box::new(untested(number, configured, exit, why));
        let private = read_private_key(&configured.file, permissions)
            .map_err(|error| broken(error.exit(), error.to_string()))?;
        if let Some(kind) = configured.kind
            && kind != private.key_type()
        {
            let (k, is) = (kind.name(), private.key_type().name());
            let why = format!("{}: k is {k}, but the key is of type {is}", configured.place);
            return Err(broken(Exit::Configuration, why));
        }
        Self::of(number, configured, private)
    }

    /// The same for a key that is read already.
    fn of(
        number: usize,
        configured: &'a Key,
        private: PrivateKey,
    ) -> Result<(Self, waxseal::DomainName), Box<KeyTest>> {
        let broken = |exit, why: String| Box::new(untested(number, configured, exit, why));
        let options = CheckOptions { provider: AWS_LC, ..CheckOptions::default() };
        let (domain, selector) = (configured.domain.clone(), configured.selector.clone());
        let check = KeyCheck::new(domain, selector, Some(private.public_key()), options);
        let mut check = check.map_err(|error| {
            broken(Exit::Configuration, format!("{}: {error}", configured.place))
        })?;
        let Some(query) = check.poll_query() else {
            // It has one, being new.
            return Err(broken(Exit::Configuration, "no lookup".to_owned()));
        };
        Ok((Self { number, configured, private, check, query: query.id }, query.name))
    }

    fn finish(mut self, answer: &Answer, time: UnixTime) -> KeyTest {
        self.check.answer(self.query, answer.clone());
        let (number, configured) = (self.number, self.configured);
        let probe = match sign_probe(configured, &self.private, time) {
            Ok(probe) => probe,
            Err(why) => {
                return untested(number, configured, Exit::NotAMessage, why);
            }
        };
        let mut report = self.check.finish();
        if report.result == VerificationResult::Pass {
            verify_probe(&probe, answer, time, &mut report);
        }
        let exit = match report.result {
            VerificationResult::Pass => Exit::Success,
            VerificationResult::TempError => Exit::TemporaryFailure,
            _ => Exit::NotPassed,
        };
        KeyTest { number, file: shown(&configured.file), report, exit }
    }
}

/// The outcome for a key that cannot sign: there is no signature, hence no verdict about one.
fn untested(number: usize, key: &Key, exit: Exit, why: String) -> KeyTest {
    let name = key.selector.key_name(&key.domain);
    KeyTest {
        number,
        file: shown(&key.file),
        report: KeyReport {
            domain: key.domain.as_str().to_owned(),
            selector: key.selector.as_str().to_owned(),
            name: name.map_or_else(
                |_| format!("{}._domainkey.{}", key.selector, key.domain),
                |name| name.as_str().to_owned(),
            ),
            result: VerificationResult::None,
            reason: None,
            explanation: format!("The private key cannot sign: {why}"),
            key: None,
            warnings: Vec::new(),
        },
        exit,
    }
}

/// A small message with a signature of the key on it.
fn sign_probe(configured: &Key, key: &PrivateKey, time: UnixTime) -> Result<Vec<u8>, String> {
    let algorithm = match key.key_type() {
        KeyType::Rsa => Algorithm::RsaSha256,
        KeyType::Ed25519 => Algorithm::Ed25519Sha256,
    };
    let domain = &configured.domain;
    let message = format!(
        "From: test@{domain}\r\nSubject: test\r\nMessage-ID: <{time}@{domain}>\r\n\r\ntest\r\n"
    );
    let mut request = Request::new(domain.clone(), configured.selector.clone(), algorithm);
    request.timestamp = Some(time);
    let options = SignOptions { provider: AWS_LC, ..SignOptions::default() };
    let mut signer = Signer::new(vec![request], options).map_err(|error| error.to_string())?;
    signer.push(message.as_bytes()).map_err(|error| error.to_string())?;
    let signing = signer.finish().map_err(|error| error.to_string())?;
    let signing_key = AWS_LC.signing_key(key).map_err(|error| error.to_string())?;
    let mut signed = Vec::new();
    for unsigned in signing.unsigned {
        let field = unsigned.sign(&*signing_key).map_err(|error| error.to_string())?;
        signed.extend(field.into_bytes());
    }
    signed.extend(message.into_bytes());
    Ok(signed)
}

/// Verifies the probe with the same answer; where it does not pass, the report says so.
fn verify_probe(probe: &[u8], answer: &Answer, time: UnixTime, report: &mut KeyReport) {
    let mut options = Options::new(VerificationTime::At(time));
    options.provider = AWS_LC;
    let mut verifier = Verifier::new(options);
    verifier.push(probe);
    while let Some(query) = verifier.poll_query() {
        verifier.answer(query.id, answer.clone());
    }
    if let Some(signature) = verifier.finish().signatures.into_iter().next()
        && signature.result != VerificationResult::Pass
    {
        report.result = signature.result;
        report.reason = signature.reason;
        report.explanation = signature.explanation;
    }
}

fn shown(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}
