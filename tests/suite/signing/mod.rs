//! What is signed verifies, and says what was asked for.

mod examples;
mod properties;
mod refusals;
mod tags;

use waxseal::crypto::{Algorithm, PURE_RUST, SigningKey};
use waxseal::key::private;
use waxseal::sign::{Request, SignError, SignOptions, Signer, Signing};
use waxseal::{DomainName, Selector, UnixTime};

use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::signer::{ED25519_SEED, RSA_KEY};
use crate::support::Dns;

/// When the tests sign.
pub(super) const NOW: u64 = 1_700_000_000;

/// A message that has a field of most kinds.
pub(super) const MESSAGE: &str = "\
Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r
From: Joe <joe@example.com>\r
To: ann@example.net,\r
\tbob@example.net\r
Subject:  hello  there \r
Comments: one\r
Comments: two\r
Date: Tue, 14 Nov 2023 22:13:20 +0000\r
\r
Hi.  \r
\r
 Bye\t.\r
\r
\r
";

/// The keys of RFC 8463 §A.2, ready to sign.
pub(super) fn key(algorithm: Algorithm) -> Box<dyn SigningKey> {
    let text = match algorithm {
        Algorithm::Ed25519Sha256 => ED25519_SEED,
        Algorithm::RsaSha1 | Algorithm::RsaSha256 => RSA_KEY,
    };
    let key = private::parse(text.as_bytes()).expect("a private key");
    PURE_RUST.signing_key(&key).expect("a usable key")
}

/// Their records, at the names that [`request`] uses.
pub(super) fn dns() -> Dns {
    Dns::new()
        .txt("rsa._domainkey.example.com", RSA_RECORD)
        .txt("ed._domainkey.example.com", ED25519_RECORD)
}

/// A plain request for one of the keys.
pub(super) fn request(algorithm: Algorithm) -> Request {
    let selector = match algorithm {
        Algorithm::Ed25519Sha256 => "ed",
        Algorithm::RsaSha1 | Algorithm::RsaSha256 => "rsa",
    };
    let domain = DomainName::parse("example.com").expect("a name");
    let selector = Selector::parse(selector).expect("a selector");
    let mut request = Request::new(domain, selector, algorithm);
    request.timestamp = Some(UnixTime::from_seconds(NOW));
    request
}

/// A request for the key that signs quickly, changed.
pub(super) fn request_with(change: impl FnOnce(&mut Request)) -> Request {
    let mut request = request(Algorithm::Ed25519Sha256);
    change(&mut request);
    request
}

/// What a signer makes of a message that comes in pieces of that size.
pub(super) fn signing(
    message: &[u8],
    requests: Vec<Request>,
    piece: usize,
    options: SignOptions,
) -> Result<Signing, SignError> {
    let mut signer = Signer::new(requests, options).expect("requests that can be satisfied");
    for piece in message.chunks(piece) {
        signer.push(piece)?;
    }
    signer.finish()
}

/// The fields that go on top of the message.
pub(super) fn fields(message: &[u8], requests: Vec<Request>) -> String {
    let signing = signing(message, requests, 4096, SignOptions::default()).expect("signed");
    let complete = signing.unsigned.into_iter().map(|unsigned| {
        let key = key(unsigned.algorithm());
        unsigned.sign(&*key).expect("a signature")
    });
    complete.collect()
}

/// The signed message.
pub(super) fn sign(message: &[u8], requests: Vec<Request>) -> Vec<u8> {
    [fields(message, requests).as_bytes(), message].concat()
}
