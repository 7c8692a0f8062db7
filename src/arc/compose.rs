//! Composes the three fields of a new ARC set, all of them but the two signatures.

use super::request::{CarriedResults, SealKey, SealRequest};
use super::results::of_message;
use super::sets::{Set, Sets};
use crate::canon::Canonicalization;
use crate::crypto::{Provider, SigningKey};
use crate::encoding::base64;
use crate::message::{FieldIndex, Header};
use crate::sign::{Parts, SignError, SignLimits, SignOptions, Unsigned};
use crate::signature::{FieldWriter, WIDTH};

/// Columns of the line that the message signature stands on: all that transport allows (RFC 5322
/// §2.1.1). Its folds would be octets that the seal covers; where there are none, the seal comes out
/// as in RFC 8617's test suite, and nobody on the way finds a place to fold anew.
const COLUMNS: usize = 998;

/// What a new set says.
#[derive(Debug)]
pub(super) struct NewSet<'a> {
    pub(super) request: &'a SealRequest,
    pub(super) instance: u32,
    pub(super) chain_validation: &'static str,
    /// `h=`.
    pub(super) names: Vec<String>,
    pub(super) body_hash: &'a [u8],
}

/// An ARC set that lacks both signatures. The message signature is made first, because the seal
/// covers it.
#[derive(Clone, Debug)]
pub struct UnsignedSet {
    message_signature: Unsigned,
    seal: PlannedSeal,
}

/// An ARC set that lacks only its seal.
#[derive(Clone, Debug)]
pub struct UnsignedSeal {
    seal: Unsigned,
    message_signature: String,
    authentication_results: String,
}

/// The three fields of an ARC set, each with its CRLF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSet {
    /// The ARC-Seal.
    pub seal: String,
    /// The ARC-Message-Signature.
    pub message_signature: String,
    /// The ARC-Authentication-Results.
    pub authentication_results: String,
}

/// A seal to be made once the message signature is there.
#[derive(Clone, Debug)]
struct PlannedSeal {
    key: SealKey,
    field: (String, String),
    /// The fields of the older sets that it covers.
    covered: Vec<Vec<u8>>,
    authentication_results: String,
    provider: &'static dyn Provider,
}

impl UnsignedSet {
    pub(super) fn new(
        new: &NewSet<'_>,
        header: &Header,
        index: &FieldIndex,
        sets: &Sets,
        options: &SignOptions,
    ) -> Result<Self, SignError> {
        let request = new.request;
        let SealKey { domain, selector, algorithm } = &request.message_key;
        let names = new.names.iter().map(|name| name.to_ascii_lowercase()).collect::<Vec<_>>();
        let picked = index.pick(&names, None);
        let covered = picked.into_iter().filter_map(|place| header.field(place));
        let parts = Parts {
            algorithm: *algorithm,
            domain,
            selector,
            canonicalization: request.header_canonicalization,
            field: message_signature(new, &options.limits)?,
            columns: COLUMNS,
        };
        let mut covered = covered.map(|field| field.octets());
        Ok(Self {
            message_signature: Unsigned::new(parts, &mut covered, options.provider),
            seal: PlannedSeal {
                key: request.seal_key.clone(),
                field: seal(new),
                covered: older_sets(new, header, sets),
                authentication_results: authentication_results(new, header),
                provider: options.provider,
            },
        })
    }

    /// The ARC-Message-Signature to be made: what is to be signed, and by which key.
    pub fn message_signature(&self) -> &Unsigned {
        &self.message_signature
    }

    /// Puts the message signature in its place.
    ///
    /// # Errors
    ///
    /// As [`Unsigned::complete`].
    pub fn complete(self, signature: &[u8]) -> Result<UnsignedSeal, SignError> {
        let Self { message_signature, seal } = self;
        Ok(seal.over(message_signature.complete(signature)?))
    }

    /// Makes both signatures with keys in the process.
    ///
    /// # Errors
    ///
    /// As [`Unsigned::sign`].
    pub fn sign(
        self,
        message_key: &dyn SigningKey,
        seal_key: &dyn SigningKey,
    ) -> Result<SealedSet, SignError> {
        let Self { message_signature, seal } = self;
        let UnsignedSeal { seal, message_signature, authentication_results } =
            seal.over(message_signature.sign(message_key)?);
        Ok(SealedSet { seal: seal.sign(seal_key)?, message_signature, authentication_results })
    }
}

impl UnsignedSeal {
    /// The ARC-Seal to be made: what is to be signed, and by which key.
    pub fn seal(&self) -> &Unsigned {
        &self.seal
    }

    /// Puts the seal in its place.
    ///
    /// # Errors
    ///
    /// As [`Unsigned::complete`].
    pub fn complete(self, signature: &[u8]) -> Result<SealedSet, SignError> {
        let Self { seal, message_signature, authentication_results } = self;
        let seal = seal.complete(signature)?;
        Ok(SealedSet { seal, message_signature, authentication_results })
    }
}

impl SealedSet {
    /// The fields to put on top of the message: ARC-Seal, ARC-Message-Signature and
    /// ARC-Authentication-Results.
    pub fn header(&self) -> String {
        let Self { seal, message_signature, authentication_results } = self;
        format!("{seal}{message_signature}{authentication_results}")
    }
}

impl PlannedSeal {
    fn over(self, message_signature: String) -> UnsignedSeal {
        let Self { key, field, covered, authentication_results, provider } = self;
        let parts = Parts {
            algorithm: key.algorithm,
            domain: &key.domain,
            selector: &key.selector,
            canonicalization: Canonicalization::Relaxed,
            field,
            columns: WIDTH,
        };
        // RFC 8617 §5.1.1: set by set, and in each results, message signature, seal.
        let new = [&authentication_results, &message_signature];
        let new = new.map(|field| field.strip_suffix("\r\n").unwrap_or(field).as_bytes());
        let covered = covered.iter().map(Vec::as_slice);
        let seal = Unsigned::new(parts, &mut covered.chain(new), provider);
        UnsignedSeal { seal, message_signature, authentication_results }
    }
}

/// The fields of the sets before, in the order in which a seal covers them. One that says `cv=fail`
/// covers none of them (RFC 8617 §5.1.2).
fn older_sets(new: &NewSet<'_>, header: &Header, sets: &Sets) -> Vec<Vec<u8>> {
    if new.chain_validation == "fail" {
        return Vec::new();
    }
    let places = sets.sets.iter().flat_map(Set::places).flatten();
    places.filter_map(|place| Some(header.field(place)?.octets().to_vec())).collect()
}

fn authentication_results(new: &NewSet<'_>, header: &Header) -> String {
    let instance = new.instance;
    let results = &new.request.results;
    let value = match (results, results.written_authserv_id()) {
        (CarriedResults::OfMessage { authserv_id }, Some(written)) => {
            format!("{written};\r\n {}", of_message(header, authserv_id))
        }
        (CarriedResults::OfMessage { authserv_id: text } | CarriedResults::Given(text), _) => {
            text.trim_matches([' ', '\t', '\r', '\n']).to_owned()
        }
    };
    format!("ARC-Authentication-Results: i={instance}; {value}\r\n")
}

/// The ARC-Message-Signature before and behind its signature. The tags stand in the order of the
/// alphabet, as in the fields of RFC 8617's test suite.
fn message_signature(new: &NewSet<'_>, limits: &SignLimits) -> Result<(String, String), SignError> {
    let NewSet { request, instance, names, body_hash, .. } = new;
    if names.len() > limits.signed_names {
        return Err(SignError::TooManyNames { names: names.len() });
    }
    let key = &request.message_key;
    let mut writer = FieldWriter::new("ARC-Message-Signature");
    writer.tag("a", key.algorithm.name());
    let mut rest = FieldWriter::behind_signature();
    rest.tag("bh", &base64::encode(body_hash));
    let (header_kind, body_kind) = (request.header_canonicalization, request.body_canonicalization);
    rest.tag("c", &format!("{}/{}", header_kind.name(), body_kind.name()));
    rest.tag("d", key.domain.as_str());
    rest.list("h", names);
    tail(&mut rest, *instance, key, request);
    let (field, rest) = (writer.finish(), rest.end());
    let octets = field.len().saturating_add(rest.len());
    if octets > limits.signature_octets {
        return Err(SignError::FieldTooLong { octets });
    }
    Ok((field, rest))
}

/// The ARC-Seal before and behind its signature.
fn seal(new: &NewSet<'_>) -> (String, String) {
    let key = &new.request.seal_key;
    let mut writer = FieldWriter::new("ARC-Seal");
    writer.tag("a", key.algorithm.name());
    let mut rest = FieldWriter::behind_signature();
    rest.tag("cv", new.chain_validation);
    rest.tag("d", key.domain.as_str());
    tail(&mut rest, new.instance, key, new.request);
    (writer.finish(), rest.end())
}

/// The tags that both end in.
fn tail(writer: &mut FieldWriter, instance: u32, key: &SealKey, request: &SealRequest) {
    writer.tag("i", &instance.to_string());
    writer.tag("s", key.selector.as_str());
    if let Some(time) = request.timestamp {
        writer.tag("t", &time.to_string());
    }
}
