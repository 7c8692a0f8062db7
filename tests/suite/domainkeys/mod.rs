//! DomainKeys through its machines: the shared vectors, what we sign, what goes wrong.

mod round_trips;
mod vectors;
mod verdicts;

use waxseal::crypto::{PURE_RUST, SigningKey};
use waxseal::domainkeys::sign::{Request, Signer};
use waxseal::domainkeys::{FIELD_NAME, Outcome, Verification};
use waxseal::key::private;
use waxseal::message::HeaderReader;
use waxseal::message::fields::Progress;
use waxseal::{DomainName, Options, Reason, Selector};

use crate::support::{Dns, at};

pub(crate) const RSA_PEM: &str = include_str!("../../peers/keys/rsa.pem");

/// The key record of [`RSA_PEM`], as DomainKeys has it.
pub(crate) fn record() -> String {
    let key = private::parse(RSA_PEM.as_bytes()).expect("a key").public_key();
    let octets = waxseal::key::public::to_spki_der(&key);
    format!("k=rsa; p={}", waxseal::encoding::base64::encode(&octets))
}

pub(crate) fn signing_key() -> Box<dyn SigningKey> {
    let key = private::parse(RSA_PEM.as_bytes()).expect("a key");
    PURE_RUST.signing_key(&key).expect("a key that signs")
}

const FROM: &str = "From: joe@example.com\r\n";
const BODY: &str = "\r\nHello\r\n";

/// A field for a message of these fields.
fn field(fields: &str, domain: &str) -> String {
    let domain = DomainName::parse(domain).expect("a name");
    let request = Request::new(domain, Selector::parse("s").expect("a selector"));
    let mut signer = Signer::new(request, PURE_RUST).expect("a request");
    signer.push(format!("{fields}{BODY}").as_bytes()).expect("a message");
    signer.finish().expect("unsigned").sign(&*signing_key()).expect("a field")
}

/// A message signed for example.com, the key's name being `s._domainkey.example.com`.
pub(crate) fn signed_message() -> String {
    format!("{}{FROM}{BODY}", field(FROM, "example.com"))
}

/// Options under which a good DomainKeys signature passes.
pub(crate) fn allowing() -> Options {
    let mut options = at(1_700_000_000);
    options.policy.allow_sha1 = true;
    options
}

/// Verifies every DomainKey-Signature of a message, its body in pieces of that length.
pub(crate) fn verify(message: &[u8], dns: &Dns, options: &Options, piece: usize) -> Vec<Outcome> {
    let mut reader = HeaderReader::new(1_000_000, 10_000);
    let body = match reader.push(message).expect("a header") {
        Progress::Complete(body) => body,
        Progress::More => {
            reader.end().expect("a header");
            &[]
        }
    };
    let header = reader.into_header();
    let fields = header.fields().enumerate().filter(|(_, field)| field.is_named(FIELD_NAME));
    fields
        .map(|(place, _)| {
            let mut verification = Verification::new(&header, place, options).expect("a field");
            for piece in body.chunks(piece) {
                verification.push(piece);
            }
            let answer = verification.key_name().map(|name| dns.lookup(name.as_str()));
            let answer = answer.unwrap_or(waxseal::dns::Answer::NotFound);
            verification.finish(&answer, &header, options)
        })
        .collect()
}

/// The result and reason, for instance `fail signatureMismatch`.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    match outcome.report.reason {
        Some(reason) => format!("{} {reason}", outcome.report.result),
        None => outcome.report.result.to_string(),
    }
}

pub(crate) const HISTORIC: Option<Reason> = Some(Reason::HistoricAlgorithm);
