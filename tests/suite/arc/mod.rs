//! The Authenticated Received Chain: judged, and gone on with.

mod chain;
mod limits;
mod properties;
mod sealing;
mod sealing_cases;

use waxseal::arc::{CarriedResults, SealKey, SealRequest, SealedSet, Sealer, Sealing};
use waxseal::crypto::{Algorithm, PURE_RUST, SigningKey};
use waxseal::dns::Answer;
use waxseal::key::private;
use waxseal::sign::{SignError, SignOptions};
use waxseal::{DomainName, Report, Selector, UnixTime};

use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::signer::{ED25519_SEED, RSA_KEY};
use crate::support::{self, Dns, at};

const NOW: u64 = 1_700_000_000;

const MESSAGE: &str = "\
From: Joe <joe@example.com>\r
To: list@example.org\r
Subject: hello\r
\r
Hi.\r
";

/// The keys of RFC 8463 §A.2, ready to sign.
fn key(algorithm: Algorithm) -> Box<dyn SigningKey> {
    let text = match algorithm {
        Algorithm::Ed25519Sha256 => ED25519_SEED,
        Algorithm::RsaSha1 | Algorithm::RsaSha256 => RSA_KEY,
    };
    let key = private::parse(text.as_bytes()).expect("a private key");
    PURE_RUST.signing_key(&key).expect("a usable key")
}

fn dns() -> Dns {
    Dns::new()
        .txt("ed._domainkey.example.org", ED25519_RECORD)
        .txt("rsa._domainkey.example.org", RSA_RECORD)
}

fn seal_key(algorithm: Algorithm) -> SealKey {
    let selector = if algorithm == Algorithm::Ed25519Sha256 { "ed" } else { "rsa" };
    SealKey {
        domain: DomainName::parse("example.org").expect("a name"),
        selector: Selector::parse(selector).expect("a selector"),
        algorithm,
    }
}

/// A request with the key that signs quickly.
fn request() -> SealRequest {
    let results = CarriedResults::Given("mx.example.org; spf=pass".to_owned());
    let mut request = SealRequest::new(seal_key(Algorithm::Ed25519Sha256), results);
    request.timestamp = Some(UnixTime::from_seconds(NOW));
    request
}

fn request_with(change: impl FnOnce(&mut SealRequest)) -> SealRequest {
    let mut request = request();
    change(&mut request);
    request
}

/// What a sealer makes of a message that comes in pieces of that size.
fn sealing_in_pieces(
    message: &[u8],
    request: SealRequest,
    dns: &Dns,
    piece: usize,
) -> Result<Sealing, SignError> {
    let answered = || {
        let mut sealer =
            Sealer::new(request.clone(), at(NOW), SignOptions::default()).expect("a request");
        for piece in message.chunks(piece) {
            sealer.push(piece)?;
        }
        sealer.end()?;
        while let Some(query) = sealer.poll_query() {
            sealer.answer(query.id, dns.lookup(query.name.as_str()));
        }
        Ok::<_, SignError>(sealer)
    };
    let sealing = answered()?.finish();
    // Who checks the signatures of the chain makes no difference.
    let mut checks = answered()?.checks()?;
    while let Some(check) = checks.poll() {
        checks.answer(check.id, support::check(&check));
    }
    assert_eq!(format!("{:?}", checks.finish()), format!("{sealing:?}"));
    sealing
}

fn sealing(message: &[u8], request: SealRequest) -> Sealing {
    sealing_in_pieces(message, request, &dns(), 4096).expect("a message")
}

/// The set that is added.
fn set(message: &[u8], request: SealRequest) -> SealedSet {
    let set = sealing(message, request).set.expect("a set");
    let message_key = key(set.message_signature().algorithm());
    let seal_key = key(Algorithm::Ed25519Sha256);
    set.sign(&*message_key, &*seal_key).expect("signed")
}

/// The sealed message.
fn seal(message: &[u8], request: SealRequest) -> Vec<u8> {
    [set(message, request).header().as_bytes(), message].concat()
}

/// The message sealed so many times.
fn sealed(times: usize) -> String {
    let message =
        (0..times).fold(MESSAGE.as_bytes().to_vec(), |message, _| seal(&message, request()));
    String::from_utf8(message).expect("UTF-8")
}

fn verify(message: &str) -> Report {
    support::verify(message.as_bytes(), &dns(), at(NOW))
}

/// For instance `fail chainBroken`, or `pass 0` with the oldest pass.
fn verdict(report: &Report) -> String {
    let arc = &report.arc;
    match (arc.reason, arc.oldest_pass) {
        (Some(reason), None) => format!("{} {reason}", arc.result),
        (None, Some(oldest)) => format!("{} {oldest}", arc.result),
        (None, None) => arc.result.to_string(),
        (Some(_), Some(_)) => panic!("a chain that fails has no oldest pass"),
    }
}

/// Answers every query alike.
fn verify_answering(message: &str, answer: &Answer) -> (Report, usize) {
    let mut verifier = waxseal::Verifier::new(at(NOW));
    verifier.push(message.as_bytes());
    let mut asked = 0;
    while let Some(query) = verifier.poll_query() {
        verifier.answer(query.id, answer.clone());
        asked += 1;
    }
    (verifier.finish(), asked)
}
