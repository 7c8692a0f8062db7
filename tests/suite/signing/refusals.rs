//! What cannot be signed is refused, each with its own error.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::crypto::{Algorithm, HashAlgorithm, PublicKey, RsaPublicKey, SigningKey, UnusableKey};
use waxseal::message::LineEndingNormalizer;
use waxseal::sign::{
    BodyLength, LineEndings, LongLines, Oversign, Request, RequestError, SignError, SignOptions,
    SignWarning, SignedFields, Signer,
};
use waxseal::{DomainName, UnixTime};

use super::{MESSAGE, NOW, dns, key, request, request_with, signing};
use crate::support::{at, outcomes, verify};

fn refusal(change: impl FnOnce(&mut Request)) -> String {
    let request = request_with(change);
    Signer::new(vec![request], SignOptions::default()).unwrap_err().to_string()
}

#[test]
fn requests_that_no_message_could_satisfy_are_refused() {
    let with_identity = |identity: &str| {
        let identity = Some(identity.to_owned());
        refusal(|request| request.identity = identity)
    };
    for (found, expected) in [
        (refusal(|one| one.algorithm = Algorithm::RsaSha1), "rsa-sha1 must not be used"),
        (with_identity("joe"), "it has no '@'"),
        (with_identity("joe@a..b"), "its domain: it has an empty label"),
        (with_identity("joe@example.org"), "is neither of the signing domain (d=) example.com"),
        (with_identity("joe@badexample.com"), "is neither of the signing domain"),
        (with_identity(&format!("{}@example.com", "x".repeat(65))), "more than 64 octets"),
        (refusal(|one| one.expires = Some(UnixTime::from_seconds(NOW))), "is not later than"),
        (
            refusal(|one| one.timestamp = Some(UnixTime::from_seconds(1_000_000_000_000))),
            "more than 12 digits",
        ),
        (
            refusal(|one| one.fields = SignedFields::Listed(vec!["Received".to_owned()])),
            "the field Received must not be signed",
        ),
        (
            refusal(|one| one.oversign = Oversign::Listed(vec!["a b".to_owned()])),
            "'a b' is no name of a header field",
        ),
        (
            refusal(|one| {
                let long = vec!["a".repeat(60); 4].join(".");
                one.domain = DomainName::parse(&long).unwrap();
            }),
            "SELECTOR._domainkey.DOMAIN: it has more than 253 octets",
        ),
    ] {
        assert!(found.contains(expected), "{expected:?} in {found:?}");
    }
}

#[test]
fn the_flag_s_of_the_key_ties_the_identity_to_the_domain() {
    let strict = |identity: &str| {
        let request = request_with(|request| {
            request.identity = Some(identity.to_owned());
            request.strict_identity = true;
        });
        Signer::new(vec![request], SignOptions::default()).map(drop)
    };
    assert_eq!(strict("joe@EXAMPLE.com"), Ok(()));
    assert!(matches!(strict("joe@mail.example.com"), Err(RequestError::IdentityNotStrict { .. })));
}

#[test]
fn messages_that_cannot_be_signed_say_why() {
    let error = |message: &[u8], options: SignOptions| {
        let request = request_with(|request| {
            request.body_length = Some(BodyLength::Octets(5));
        });
        signing(message, vec![request], 7, options).unwrap_err()
    };
    let refuse = || SignOptions { line_endings: LineEndings::Refuse, ..SignOptions::default() };
    let seven_bit = || SignOptions { seven_bit: true, ..SignOptions::default() };
    assert_eq!(error(b"To: a\r\n\r\nx", SignOptions::default()), SignError::NoFrom);
    assert_eq!(error(b"", SignOptions::default()), SignError::NoFrom);
    assert!(matches!(
        error(b"From: a\r\nno field\r\n\r\nx", SignOptions::default()),
        SignError::Malformed(_)
    ));
    assert_eq!(
        error(b"From: a\r\n\r\nab", SignOptions::default()),
        SignError::BodyTooShort { wanted: 5, total: 4 }
    );
    assert_eq!(error(b"From: a\r\n\r\nab\ncd", refuse()), SignError::BareLineEnding { line: 3 });
    assert_eq!(error(b"From: \xc3\xa4\r\n\r\nab", seven_bit()), SignError::EightBit { line: 1 });
    let long = [&b"From: a\r\n\r\n"[..], &b"x".repeat(999), b"\r\n"].concat();
    assert_eq!(error(&long, SignOptions::default()), SignError::LongLine { line: 3 });
    let pass = SignOptions { long_lines: LongLines::Pass, ..SignOptions::default() };
    assert!(signing(&long, vec![request(Algorithm::Ed25519Sha256)], 7, pass).is_ok());
}

#[test]
fn a_message_that_was_refused_stays_refused() {
    let options = SignOptions { seven_bit: true, ..SignOptions::default() };
    let mut signer = Signer::new(vec![request(Algorithm::Ed25519Sha256)], options).unwrap();
    let refusal = SignError::EightBit { line: 3 };
    assert_eq!(signer.push(b"From: a\r\n\r\n\xe4"), Err(refusal.clone()));
    assert_eq!(signer.push(b"b"), Err(refusal.clone()));
    assert_eq!(signer.finish().map(drop), Err(refusal));
}

#[test]
fn line_endings_are_repaired_before_signing_and_said() {
    let text = MESSAGE.replace("\r\n", "\n");
    let requests = || vec![request(Algorithm::Ed25519Sha256)];
    let signing = signing(text.as_bytes(), requests(), 5, SignOptions::default()).unwrap();
    assert_eq!(signing.warnings, [SignWarning::LineEndingsRepaired]);
    let field = signing.unsigned[0].clone().sign(&*key(Algorithm::Ed25519Sha256)).unwrap();
    let mut message = field.into_bytes();
    let mut normalizer = LineEndingNormalizer::default();
    normalizer.push(text.as_bytes(), &mut |span| message.extend_from_slice(span));
    normalizer.finish(&mut |span| message.extend_from_slice(span));
    assert_eq!(message, super::sign(MESSAGE.as_bytes(), requests()));
    assert_eq!(outcomes(&verify(&message, &dns(), at(NOW))), ["pass"]);
}

#[test]
fn keys_and_signatures_that_do_not_fit_are_refused() {
    let unsigned = || {
        let requests = vec![request(Algorithm::Ed25519Sha256), request(Algorithm::RsaSha256)];
        signing(MESSAGE.as_bytes(), requests, 99, SignOptions::default()).unwrap().unsigned
    };
    for (one, algorithm) in
        unsigned().into_iter().zip([Algorithm::RsaSha256, Algorithm::Ed25519Sha256])
    {
        let wanted = one.algorithm();
        assert_eq!(one.sign(&*key(algorithm)), Err(SignError::KeyType { algorithm: wanted }));
    }
    for octets in [0, 63, 65, 127, 1025] {
        for one in unsigned() {
            let algorithm = one.algorithm();
            let error = SignError::SignatureLength { algorithm, octets };
            assert_eq!(one.complete(&vec![7; octets]), Err(error));
        }
    }
    let [_, rsa] = <[_; 2]>::try_from(unsigned()).unwrap();
    assert_eq!(rsa.sign(&SmallKey::new()), Err(SignError::KeySize { bits: 768 }));
}

/// A key that would sign, if its size were not looked at.
#[derive(Debug)]
struct SmallKey(PublicKey);

impl SmallKey {
    fn new() -> Self {
        Self(PublicKey::Rsa(RsaPublicKey { modulus: vec![0xff; 96], exponent: 65_537 }))
    }
}

impl SigningKey for SmallKey {
    fn public_key(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _hash: HashAlgorithm, _digest: &[u8]) -> Result<Vec<u8>, UnusableKey> {
        Ok(vec![0; 96])
    }
}
