//! A set goes on top of a chain, or does not (RFC 8617 §5.1).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::arc::{NotSealed, SealRequestError};
use waxseal::crypto::{Algorithm, HashAlgorithm};
use waxseal::sign::{LineEndings, Oversign, RequestError, SignWarning, SignedFields};

use super::*;

#[test]
fn the_fields_are_the_same_for_the_same_input() {
    // Written out, so that a change of tag order, folding or defaults shows.
    let message = format!("DKIM-Signature: v=1; x\r\n{MESSAGE}");
    assert_eq!(
        set(message.as_bytes(), request()).header(),
        "ARC-Seal: a=ed25519-sha256;\r\n \
         b=ikWR+LrsplXKnVOCO27I4I6WmfnX3O4/F8Au42JZhyIjAl857u0T+GJ/xtk3UYp/bwheRIv88\r\n \
         IHAMdeoae2rBg==;\r\n \
         cv=none; d=example.org; i=1; s=ed; t=1700000000\r\n\
         ARC-Message-Signature: a=ed25519-sha256;\r\n \
         b=PMobtrrx6e2G6M0eRMaVEFHTTVLPnEjBgAsfzlQ9kJWfYZ5RQwOWAKRTeCB24C8ZtTzRqF\
         WrDnKFHQN2Q/f3Cw==;\r\n \
         bh=UrA8rmgY3eNBotmDWtzAmHyn5RyZv8Gea45sNGsP0zw=; c=relaxed/relaxed;\r\n \
         d=example.org; h=From:From:Reply-To:Subject:Subject:Date:To:To:Cc:\r\n \
         Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding:\r\n \
         DKIM-Signature; i=1; s=ed; t=1700000000\r\n\
         ARC-Authentication-Results: i=1; mx.example.org; spf=pass\r\n"
    );
}

#[test]
fn what_is_sealed_in_pieces_and_by_outside_keys_is_the_same() {
    let message = sealed(1);
    let expected = set(message.as_bytes(), request());
    for piece in [1, 7, 100] {
        let sealing = sealing_in_pieces(message.as_bytes(), request(), &dns(), piece).unwrap();
        let key = key(Algorithm::Ed25519Sha256);
        // RFC 8463 §3: what an outside signer signs is the digest.
        let sign = |digest: &[u8]| key.sign(HashAlgorithm::Sha256, digest).unwrap();
        let unsigned = sealing.set.unwrap();
        let signature = sign(unsigned.message_signature().message_to_sign());
        let unsigned = unsigned.complete(&signature).unwrap();
        assert_eq!(unsigned.seal().selector().as_str(), "ed");
        let signature = sign(unsigned.seal().message_to_sign());
        assert_eq!(unsigned.complete(&signature).unwrap(), expected);
    }
    let unsigned = sealing(message.as_bytes(), request()).set.unwrap();
    assert!(matches!(unsigned.complete(b"short"), Err(SignError::SignatureLength { .. })));
}

#[test]
fn a_chain_that_fails_is_left_alone_or_marked_once() {
    let broken = sealed(2).replace("Hi.", "Hi!");
    let left = sealing(broken.as_bytes(), request());
    assert_eq!(left.set.unwrap_err(), NotSealed::ChainFailed);
    assert_eq!(left.chain.reason.map(|reason| reason.code()), Some("bodyHashMismatch"));

    let marking = || request_with(|request| request.seal_failed = true);
    let marked = seal(broken.as_bytes(), marking());
    let text = String::from_utf8(marked.clone()).unwrap();
    assert!(text.contains("cv=fail; d=example.org; i=3;"), "{text}");
    assert_eq!(verdict(&verify(&text)), "fail chainFailed");
    let ended = sealing(&marked, marking());
    assert_eq!(ended.set.unwrap_err(), NotSealed::ChainEnded);

    // Where no chain can be made out at all, too.
    let chaos = format!("ARC-Seal: x\r\nARC-Seal: i=7; x\r\n{MESSAGE}");
    assert_eq!(sealing(chaos.as_bytes(), request()).set.unwrap_err(), NotSealed::ChainFailed);
    let marked = String::from_utf8(seal(chaos.as_bytes(), marking())).unwrap();
    assert!(marked.contains("cv=fail; d=example.org; i=8;"), "{marked}");
}

#[test]
fn a_chain_is_not_ended_by_dns_trouble() {
    let message = sealed(1);
    let down = Dns::new().answer("ed._domainkey.example.org", Answer::unavailable("SERVFAIL"));
    for seal_failed in [false, true] {
        let request = request_with(|request| request.seal_failed = seal_failed);
        let sealing = sealing_in_pieces(message.as_bytes(), request, &down, 4096).unwrap();
        assert_eq!(sealing.set.unwrap_err(), NotSealed::KeyUnavailable);
    }
}

#[test]
fn a_verdict_that_is_given_must_be_on_the_sets_of_the_message() {
    let came = sealed(2);
    let given = |arc| request_with(|request| request.chain = Some(arc));
    let passed = verify(&came).arc;
    let fine = sealing(came.as_bytes(), given(passed.clone()));
    assert!(fine.set.is_ok());
    for message in [MESSAGE.to_owned(), sealed(1), sealed(3)] {
        let sealing = sealing(message.as_bytes(), given(passed.clone()));
        assert_eq!(sealing.set.unwrap_err(), NotSealed::ChainChanged, "{message}");
    }
    let none = verify(MESSAGE).arc;
    let sealing = sealing(came.as_bytes(), given(none));
    assert_eq!(sealing.set.unwrap_err(), NotSealed::ChainChanged);
    assert!(NotSealed::ChainChanged.to_string().contains("not those that were judged"));
}

#[test]
fn verdict_and_results_may_be_told_while_the_message_passes() {
    let came = sealed(2);
    let passed = verify(&came).arc;
    let given = |results: &str| CarriedResults::Given(results.to_owned());
    let expected = request_with(|request| {
        request.results = given("late.example; dkim=pass");
        request.chain = Some(passed.clone());
    });
    let expected = set(came.as_bytes(), expected);
    let early = request_with(|request| request.chain = Some(verify(MESSAGE).arc));
    let mut sealer = Sealer::new(early, at(NOW), SignOptions::default()).unwrap();
    sealer.push(came.as_bytes()).unwrap();
    sealer.end().unwrap();
    assert_eq!(sealer.poll_query(), None, "nothing is left to be judged");
    assert!(sealer.conclude(given("a\nb"), passed.clone()).is_err());
    sealer.conclude(given("late.example; dkim=pass"), passed).unwrap();
    let key = key(Algorithm::Ed25519Sha256);
    let late = sealer.finish().unwrap().set.unwrap().sign(&*key, &*key).unwrap();
    assert_eq!(late, expected);
}

#[test]
fn the_results_of_our_own_server_are_carried_on() {
    let results = |message: &str, id: &str| {
        let request = request_with(|request| {
            request.results = CarriedResults::OfMessage { authserv_id: id.to_owned() };
        });
        set(message.as_bytes(), request).authentication_results
    };
    let message = format!(
        "Authentication-Results: mx.example.org;\r\n\tspf=pass smtp.mfrom=a@b.example (ok)\r\n\
         Authentication-Results: evil.example; dkim=pass\r\n{MESSAGE}"
    );
    assert_eq!(
        results(&message, "MX.example.org"),
        "ARC-Authentication-Results: i=1; MX.example.org;\r\n \
         spf=pass smtp.mfrom=a@b.example (ok)\r\n"
    );
    assert_eq!(
        results(&message, "other; dkim=pass"),
        "ARC-Authentication-Results: i=1; \"other; dkim=pass\";\r\n none\r\n"
    );
}

#[test]
fn what_no_message_could_satisfy_is_refused() {
    let refused = |request| {
        Sealer::new(request, at(NOW), SignOptions::default()).err().map(|error| error.to_string())
    };
    let long = Selector::parse(&["a".repeat(60).as_str(); 4].join(".")).unwrap();
    for (request, expected) in [
        (request_with(|one| one.seal_key.algorithm = Algorithm::RsaSha1), "rsa-sha1 must not"),
        (request_with(|one| one.message_key.selector = long), "the name of the key record"),
        (
            request_with(|one| one.timestamp = Some(UnixTime::from_seconds(1_000_000_000_000))),
            "the time 1000000000000 has more",
        ),
        (
            request_with(|one| one.fields = SignedFields::Listed(vec!["ARC-Seal".to_owned()])),
            "the field ARC-Seal must not be signed",
        ),
        (request_with(|one| one.oversign = Oversign::Listed(vec!["a b".to_owned()])), "'a b'"),
        (request_with(|one| one.results = CarriedResults::Given("a\nb".to_owned())), "the results"),
    ] {
        let found = refused(request).expect("refused");
        assert!(found.starts_with(expected), "{found}");
    }
    assert_eq!(refused(request()), None);
    let error = SealRequestError::from(RequestError::Time(0));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn what_cannot_be_signed_is_not_sealed() {
    let with = |message: &str, options: SignOptions| {
        let mut sealer = Sealer::new(request(), at(NOW), options).unwrap();
        sealer.push(message.as_bytes())?;
        sealer.finish().map(|sealing| sealing.warnings)
    };
    let plain = SignOptions::default;
    assert_eq!(with("To: a@b.example\r\n\r\n", plain()).unwrap_err(), SignError::NoFrom);
    assert!(matches!(with("no field\r\n", plain()).unwrap_err(), SignError::Malformed(_)));
    let bare = MESSAGE.replace("Hi.", "Hi.\nBye.");
    assert_eq!(with(&bare, plain()).unwrap(), [SignWarning::LineEndingsRepaired]);
    let strict = SignOptions { line_endings: LineEndings::Refuse, ..plain() };
    assert!(matches!(with(&bare, strict).unwrap_err(), SignError::BareLineEnding { .. }));
    let long = format!("{MESSAGE}{}\r\n", "x".repeat(999));
    assert!(matches!(with(&long, plain()).unwrap_err(), SignError::LongLine { .. }));
    assert_eq!(with(MESSAGE, plain()).unwrap(), []);
}
