//! What the configuration says of a message: with which keys it is signed.

use waxseal::crypto::{KeyType, PrivateKey};
use waxseal::dns::{Answer, TxtRecords};
use waxseal::key::publish;
use waxseal::message::fields::Progress;
use waxseal::message::{Header, HeaderReader};
use waxseal::sign::SignLimits;
use waxseal::{
    DomainName, Options, Selector, UnixTime, VerificationResult, VerificationTime, Verifier,
};

use super::SigningError;
use crate::config::decision::{self, Decision, Question};
use crate::config::{Bank, Config};
use crate::input::Message;
use crate::keys::{Permissions, read_private_key};

/// The private keys of a configuration, or why one cannot be used.
#[derive(Debug)]
pub(crate) struct KeyKinds {
    pub(crate) keys: Vec<Result<PrivateKey, String>>,
    kinds: Vec<Result<KeyType, String>>,
}

impl KeyKinds {
    /// Reads the key files of the configuration.
    pub(crate) fn read(config: &Config, permissions: Permissions) -> Self {
        let keys: Vec<_> = config
            .keys
            .iter()
            .map(|key| read_private_key(&key.file, permissions).map_err(|error| error.to_string()))
            .collect();
        let kinds =
            keys.iter().map(|key| key.as_ref().map(PrivateKey::key_type).map_err(String::clone));
        let kinds = kinds.collect();
        Self { keys, kinds }
    }
}

/// Decides whether the configuration has the message signed, mail of our own users assumed.
pub(crate) fn decide(
    config: &Config,
    kinds: &KeyKinds,
    message: &Message,
    envelope_sender: Option<&str>,
    now: UnixTime,
) -> Result<Decision, SigningError> {
    let header = header(message)?;
    let valid = valid_signatures(config, kinds, &header, message, now)?;
    Ok(decision::decide(&Question {
        config,
        kinds: &kinds.kinds,
        header: &header,
        envelope_sender,
        originating: true,
        bank: &originating_bank(config),
        valid: Some(&valid),
        now,
    }))
}

/// The signatures of the message that are by our keys and valid, as far as the keys at hand tell: no
/// DNS is asked, so nobody can keep us from signing by putting our name on a message.
fn valid_signatures(
    config: &Config,
    kinds: &KeyKinds,
    header: &Header,
    message: &Message,
    now: UnixTime,
) -> Result<Vec<(DomainName, Selector)>, SigningError> {
    if header.first("DKIM-Signature").is_none() {
        return Ok(Vec::new());
    }
    let mut options = Options::new(VerificationTime::At(now));
    options.provider = waxseal::crypto::AWS_LC;
    options.alignment = false;
    let mut verifier = Verifier::new(options);
    let mut octets = message.octets().map_err(SigningError::Input)?;
    while let Some(block) =
        octets.next().map_err(|error| SigningError::Input(message.broken_off(error)))?
    {
        verifier.push(block);
    }
    verifier.end();
    while let Some(query) = verifier.poll_query() {
        let own = config.keys.iter().zip(&kinds.keys);
        let records = own.filter(|(key, _)| key.is_published_at(&query.name));
        let records: Vec<_> = records
            .filter_map(|(key, private)| {
                let public = private.as_ref().ok()?.public_key();
                publish::record(&public, &key.tags).ok().map(String::into_bytes)
            })
            .collect();
        let answer = match records.is_empty() {
            true => Answer::NotFound,
            false => Answer::Records(TxtRecords { records, ..TxtRecords::default() }),
        };
        verifier.answer(query.id, answer);
    }
    let signatures = verifier.finish().signatures.into_iter();
    let passing = signatures.filter(|one| one.result == VerificationResult::Pass);
    Ok(passing
        .filter_map(|one| {
            let domain = DomainName::parse(one.domain.as_deref()?).ok()?;
            Some((domain, Selector::parse(one.selector.as_deref()?).ok()?))
        })
        .collect())
}

/// What holds for mail of our own users: the banks of the first listener that is for it, or what
/// holds without a bank.
fn originating_bank(config: &Config) -> Bank {
    config
        .listeners
        .iter()
        .map(|listener| config.bank(&listener.banks))
        .find(|bank| bank.originating.as_ref().is_some_and(|originating| originating.value))
        .unwrap_or_else(|| config.bank(&[]))
}

/// The header of the message, as far as it is one.
fn header(message: &Message) -> Result<Header, SigningError> {
    let limits = SignLimits::default();
    let mut reader = HeaderReader::new(limits.header_octets, limits.fields);
    let malformed = |error| SigningError::Message {
        name: message.name().to_owned(),
        error: waxseal::sign::SignError::Malformed(error),
    };
    let mut octets = message.octets().map_err(SigningError::Input)?;
    while let Some(block) =
        octets.next().map_err(|error| SigningError::Input(message.broken_off(error)))?
    {
        if let Progress::Complete(_) = reader.push(block).map_err(malformed)? {
            return Ok(reader.into_header());
        }
    }
    reader.end().map_err(malformed)?;
    Ok(reader.into_header())
}
