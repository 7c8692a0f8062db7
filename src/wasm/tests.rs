//! The bindings by themselves, in Node and in the browser; what the package makes of them is tested
//! in `tests/node`.

use js_sys::{Array, Function, JSON, Object, Reflect, Uint8Array};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::auth_results::{format_authentication_results, parse_authentication_results};
use super::check::key_check;
use super::checks::Checks;
use super::dns::{answer_trouble, encode_query};
use super::keys::{PrivateKey, PublicKey, fingerprint};
use super::seal::sealer;
use super::sign::{LineEndings, Unsigned, signer};
use super::task::Task;
use super::verify::verifier;
use super::zone::Zone;
use crate::crypto::test_keys::RSA_1024;
use crate::crypto::{Algorithm, HashAlgorithm, PURE_RUST};
use crate::dns::{Absence, Answer, TxtRecords, zone};
use crate::sign::{Request, SignOptions};
use crate::{DomainName, Options, Selector, UnixTime, VerificationTime};

/// Two names to look up, and all kinds of characters that JSON treats specially.
const MESSAGE: &[u8] =
    b"DKIM-Signature: v=1; a=rsa-sha256; d=one.example; s=a; h=from; bh=AAAA; b=AAAA; t=99\r\n\
DKIM-Signature: v=1; a=rsa-sha256; d=two.example; s=b; h=from; bh=AAAA; b=AAAA; i=\"\\x\r\n\
From: \"<\\\"/\\\\>\" <a@one.example>\r\n\
Subject: =?utf-8?q?=01=7F=C3=A9=E2=80=A8=F0=9F=98=80?=\r\n\
\r\n\
body\r\n";

const NOW: u32 = 1_700_000_000;

fn settings() -> Object {
    let settings = Object::new();
    Reflect::set(&settings, &"now".into(), &NOW.into()).unwrap();
    settings
}

/// As the package writes down that there is no such record.
const NO_DATA: &[u8] = b"d";

/// Hands the message in, and answers every query with that; the report.
fn report(answer: &[u8], pieces: usize) -> String {
    let task = verifier(&settings()).unwrap();
    for piece in MESSAGE.chunks(pieces) {
        task.push(&Uint8Array::from(piece)).unwrap();
    }
    task.end().unwrap();
    let mut number = 0;
    while task.query().is_some() {
        task.answer(number, answer);
        number += 1;
    }
    task.finish().unwrap().as_string().unwrap()
}

/// Octets preceded by their length.
fn part(octets: &[u8]) -> Vec<u8> {
    let length = u32::try_from(octets.len()).unwrap();
    [&length.to_le_bytes(), octets].concat()
}

fn text(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn code(error: &JsValue) -> String {
    assert!(error.is_instance_of::<js_sys::Error>());
    Reflect::get(error, &"code".into()).unwrap().as_string().unwrap()
}

/// What the core itself makes of the message.
fn native(answer: &Answer) -> String {
    let now = VerificationTime::At(UnixTime::from_seconds(NOW.into()));
    let mut verifier = crate::Verifier::new(Options::new(now));
    verifier.push(MESSAGE);
    while let Some(query) = verifier.poll_query() {
        verifier.answer(query.id, answer.clone());
    }
    serde_json::to_string(&verifier.finish()).unwrap()
}

#[test]
fn the_report_has_the_json_text_of_the_core() {
    assert_eq!(
        report(NO_DATA, 7),
        native(&Answer::Absent(Absence { name_exists: Some(true), aliases: Vec::new() }))
    );
    assert_eq!(report(b"udown TXT", 1000), native(&Answer::unavailable("down TXT")));
    let record = [
        b"r".to_vec(),
        part(b"60"),
        part(b"1"),
        part(b"1"),
        part(b"v=DKIM1; p="),
        part(b"c.example"),
    ];
    let records = TxtRecords {
        records: vec![b"v=DKIM1; p=".to_vec()],
        ttl: Some(60),
        authenticated: Some(true),
        aliases: vec!["c.example".to_owned()],
    };
    assert_eq!(report(&record.concat(), 1000), native(&Answer::Records(records)));
}

#[test]
fn what_is_no_answer_is_an_outage() {
    let cut = [b"r".to_vec(), part(b""), part(b"")].concat();
    for rubbish in [&b""[..], b"?", b"r", b"m", b"mx", &cut, &[&cut[..], &part(b"many")].concat()] {
        let found = report(rubbish, 1000);
        assert!(found.contains("keyUnavailable") && !found.contains("keyNotFound"), "{found}");
    }
}

#[test]
fn after_the_end_there_is_no_more() {
    let task = verifier(&settings()).unwrap();
    task.end().unwrap();
    assert_eq!(code(&task.push(&Uint8Array::from(MESSAGE)).unwrap_err()), "ended");
    assert_eq!(code(&task.end().unwrap_err()), "ended");
    let report = task.finish().unwrap().as_string().unwrap();
    assert!(report.starts_with("{\"version\":1,"));
    assert_eq!(code(&task.finish().unwrap_err()), "ended");
    assert_eq!(task.query(), None);
    task.answer(7, NO_DATA);
}

/// A message with two signatures, and what its keys are.
fn checks() -> Checks {
    let zone = zone::Zone::parse(include_str!("../../docs/samples/keys.zone"), None).unwrap();
    let settings = Object::new();
    Reflect::set(&settings, &"now".into(), &1_528_637_909.into()).unwrap();
    let task = verifier(&settings).unwrap();
    let message = include_bytes!("../../docs/samples/rfc8463.eml");
    task.push(&Uint8Array::from(&message[..])).unwrap();
    task.end().unwrap();
    let mut number = 0;
    while let Some(name) = task.query() {
        let answer = match zone.lookup(&DomainName::parse(&name).unwrap()) {
            Answer::Records(found) => {
                [b"r".to_vec(), part(b""), part(b""), part(b"1"), part(&found.records[0])].concat()
            }
            _ => b"x".to_vec(),
        };
        task.answer(number, &answer);
        number += 1;
    }
    let checks = task.checks().unwrap().unwrap();
    assert_eq!(code(&task.checks().unwrap_err()), "ended");
    checks
}

#[test]
fn signatures_are_checked_outside() {
    // Whoever says no, or nothing, leaves it to the core.
    for answers in [&[][..], &[false, false], &[true, false], &[true, true]] {
        let checks = checks();
        let found: Vec<_> = std::iter::from_fn(|| checks.next().unwrap()).collect();
        let entry = |at: usize, name: &str| get(&found[at], name);
        let octets = |at, name| entry(at, name).unchecked_into::<Uint8Array>().to_vec();
        assert_eq!(found.len(), 2);
        assert_eq!((entry(0, "algorithm"), entry(0, "id")), ("ed25519-sha256".into(), 0.into()));
        assert_eq!((entry(1, "algorithm"), entry(1, "id")), ("rsa-sha256".into(), 1.into()));
        assert_eq!([octets(0, "key").len(), octets(0, "message").len()], [32, 32]);
        assert_eq!((octets(0, "signature").len(), octets(1, "signature").len()), (64, 128));
        assert_eq!(octets(1, "key")[..2], [0x30, 0x81]);
        assert!(octets(1, "message").starts_with(b"from:"));
        for (id, verifies) in answers.iter().enumerate() {
            checks.answer(id, *verifies);
        }
        checks.answer(2, false);
        assert!(checks.next().unwrap().is_none());
        let report = checks.finish().unwrap().as_string().unwrap();
        assert_eq!(get(&object(&report), "result"), "pass");
        assert_eq!(code(&checks.finish().unwrap_err()), "ended");
        assert!(checks.next().unwrap().is_none());
    }
}

#[test]
fn the_time_must_be_given() {
    for settings in [Object::new(), JSON::parse(r#"{"now":"received"}"#).unwrap().unchecked_into()]
    {
        assert_eq!(code(&verifier(&settings).unwrap_err()), "badArgument");
    }
}

#[test]
fn a_zone_answers_with_octets() {
    let zone = Zone::new("a.example. 60 IN TXT \"x\" \"\\255\"\n").unwrap();
    let response = zone.lookup("A.example").unwrap();
    let get = |name: &str| Reflect::get(&response, &name.into()).unwrap();
    assert_eq!(get("rcode"), "NOERROR");
    assert_eq!(get("ttl"), 60);
    let record: Array = get("records").unchecked_into::<Array>().get(0).unchecked_into();
    assert_eq!(record.get(0).unchecked_into::<Uint8Array>().to_vec(), b"x\xff");
    let missing = zone.lookup("b.example").unwrap();
    assert_eq!(Reflect::get(&missing, &"rcode".into()).unwrap(), "NXDOMAIN");
    assert_eq!(code(&Zone::new("a.example. IN TXT \"x").unwrap_err()), "badZone");
}

#[test]
fn a_query_needs_a_domain_name() {
    assert_eq!(encode_query("a.example").unwrap().get(..2), Some([0, 0].as_slice()));
    assert_eq!(code(&encode_query("a b").unwrap_err()), "badArgument");

    let mut response = encode_query("a.example").unwrap();
    let trouble = |response: &[u8]| answer_trouble("a.example", response).unwrap();
    assert!(trouble(&response).unwrap().contains("response"), "it is the query still");
    response[2] |= 0x80;
    assert_eq!(trouble(&response), None);
    assert!(answer_trouble("b.example", &response).unwrap().unwrap().contains("question"));
    response[3] |= 2;
    assert!(trouble(&response).unwrap().contains("SERVFAIL"));
    response[0] = 1;
    assert!(trouble(&response).unwrap().contains("another query"));
    assert!(trouble(b"HTTP").is_some());
    assert_eq!(code(&answer_trouble("a b", &response).unwrap_err()), "badArgument");
}

/// The key of RFC 8463 §A.2.
const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

const MAIL: &[u8] = b"From: a@one.example\r\nSubject: x\r\n\r\nbody\r\n";

fn octets(text: &str) -> Uint8Array {
    Uint8Array::from(text.as_bytes())
}

fn object(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn message_of(error: &JsValue) -> String {
    error.clone().unchecked_into::<js_sys::Error>().message().into()
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

/// What the core itself signs.
fn native_field(key: &PrivateKey) -> String {
    let domain = DomainName::parse("one.example").unwrap();
    let selector = Selector::parse("s").unwrap();
    let mut request = Request::new(domain, selector, Algorithm::Ed25519Sha256);
    request.timestamp = Some(UnixTime::from_seconds(NOW.into()));
    let mut signer = crate::sign::Signer::new(vec![request], SignOptions::default()).unwrap();
    signer.push(MAIL).unwrap();
    let unsigned = signer.finish().unwrap().unsigned.remove(0);
    unsigned.sign(&*key.signing_key().unwrap()).unwrap()
}

#[test]
fn the_signature_is_that_of_the_core() {
    let key = PrivateKey::parse(&octets(SEED)).unwrap();
    let request = r#"{"domain":"one.example","selector":"s","algorithm":"ed25519-sha256","timestamp":1700000000}"#;
    for pieces in [1, 7, 1000] {
        let task = signer(&object(&format!("[{request}]")), &Object::new()).unwrap();
        for piece in MAIL.chunks(pieces) {
            task.push(&Uint8Array::from(piece)).unwrap();
        }
        task.end().unwrap();
        let signing = task.finish().unwrap();
        assert_eq!(text(&get(&signing, "warnings")), "[]");
        let unsigned: Array = get(&signing, "unsigned").unchecked_into();
        // The handle is one of JavaScript's: it is asked there.
        let sign = Function::new_with_args("one, key", "return one.sign(key)");
        let field = sign.call2(&JsValue::UNDEFINED, &unsigned.get(0), &handle(SEED)).unwrap();
        assert_eq!(field.as_string().unwrap(), native_field(&key));
        assert_eq!(code(&task.push(&octets("x")).unwrap_err()), "ended");
        assert_eq!(code(&task.end().unwrap_err()), "ended");
    }
}

fn handle(file: &str) -> JsValue {
    PrivateKey::parse(&octets(file)).unwrap().into()
}

#[test]
fn a_request_that_cannot_be_is_named() {
    for (request, name) in [
        ("5", "options.signatures[1].domain must"),
        ("{}", "options.signatures[1].domain must"),
        (r#"{"domain":"a.example"}"#, "options.signatures[1].selector must"),
        (
            r#"{"domain":"a.example","selector":"s","algorithm":"rsa-sha1"}"#,
            "options.signatures[1].algorithm: ",
        ),
        (
            r#"{"domain":"a.example","selector":"s","algorithm":"rsa-sha256","headers":["Bcc"]}"#,
            "options.signatures[1].headers: ",
        ),
    ] {
        let good = r#"{"domain":"a.example","selector":"s","algorithm":"rsa-sha256"}"#;
        let list = object(&format!("[{good},{request}]"));
        let error = signer(&list, &Object::new()).unwrap_err();
        assert_eq!(code(&error), "badArgument");
        assert!(message_of(&error).starts_with(name), "{}", message_of(&error));
    }
}

#[test]
fn a_message_that_cannot_be_signed_says_why() {
    let task = signer(&Array::new(), &object(r#"{"lineEndings":"refuse"}"#)).unwrap();
    let error = task.push(&octets("From: a\nb\r\n\r\n")).unwrap_err();
    assert_eq!(code(&error), "cannotSign");
    assert!(message_of(&error).starts_with("line 1 "));
}

#[test]
fn line_endings_are_those_that_are_signed() {
    let repair = LineEndings::new();
    let parts = [repair.push(&octets("a\nb\r")), repair.push(&octets("\nc\r")), repair.finish()];
    assert_eq!(parts.concat(), b"a\r\nb\r\nc\r\n");
}

#[test]
fn keys_come_from_files_and_from_random_octets() {
    let key = PrivateKey::parse(&octets(SEED)).unwrap();
    assert_eq!((key.algorithm().as_str(), key.bits()), ("ed25519-sha256", 256));
    let pem = key.pem().as_string().unwrap();
    assert_eq!(PrivateKey::parse(&octets(&pem)).unwrap().pem(), key.pem());
    assert_eq!(PublicKey::parse(&octets(&pem)).unwrap().pem(), key.public_key().pem());
    assert_eq!(
        PublicKey::parse(&octets(&key.public_key().pem())).unwrap().pem(),
        key.public_key().pem()
    );
    assert_eq!(code(&PrivateKey::parse(&octets("no key")).unwrap_err()), "badKey");
    assert_eq!(code(&PublicKey::parse(&octets("no key")).unwrap_err()), "badKey");
    let huge = Uint8Array::new_with_length(2 * 1024 * 1024);
    assert_eq!(code(&PrivateKey::parse(&huge).unwrap_err()), "badKey");

    let seven = Function::new_with_args("array", "array.fill(7)");
    let made = PrivateKey::generate(&seven).unwrap();
    assert_eq!(made.pem(), handle_pem(&[7; 32]));
    let throws = Function::new_no_args("throw new RangeError('no entropy')");
    assert_eq!(message_of(&PrivateKey::generate(&throws).unwrap_err()), "no entropy");
    // openssl dgst -sha256 -binary </dev/null | base64
    let nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(fingerprint(&octets("")).unwrap(), nothing);
    assert_eq!(code(&fingerprint(&huge).unwrap_err()), "badKey");
}

#[test]
fn a_signature_that_webcrypto_made_is_verified_with_the_key() {
    use rsa::pkcs1::DecodeRsaPrivateKey as _;

    let key = PrivateKey::parse(&octets(RSA_1024)).unwrap();
    assert_eq!((key.algorithm().as_str(), key.bits()), ("rsa-sha256", 1024));
    let der = crate::encoding::base64::decode(RSA_1024).unwrap();
    let mut hasher = PURE_RUST.hasher(HashAlgorithm::Sha256);
    hasher.update(MAIL);
    let mut signature = rsa::RsaPrivateKey::from_pkcs1_der(&der)
        .unwrap()
        .sign(rsa::Pkcs1v15Sign::new::<sha2::Sha256>(), &hasher.finish())
        .unwrap();
    assert!(key.has_signed(MAIL, &signature));
    assert!(!key.has_signed(&MAIL[1..], &signature));
    assert!(!key.has_signed(MAIL, &signature[1..]));
    signature[127] ^= 1;
    assert!(!key.has_signed(MAIL, &signature));
    // The same octets as DER for WebCrypto, whichever form the file has.
    let again = PrivateKey::parse(&key.pkcs8()).unwrap();
    assert_eq!(again.pem(), key.pem());
}

#[cfg(not(feature = "rsa"))]
#[test]
fn rsa_keys_do_not_sign_in_the_module_that_is_shipped() {
    let key = PrivateKey::parse(&octets(RSA_1024)).unwrap();
    let request = r#"[{"domain":"one.example","selector":"s","algorithm":"rsa-sha256"}]"#;
    let task = signer(&object(request), &Object::new()).unwrap();
    task.push(&Uint8Array::from(MAIL)).unwrap();
    task.end().unwrap();
    let list: Array = get(&task.finish().unwrap(), "unsigned").unchecked_into();
    let unsigned = Unsigned::try_from_js_value(list.get(0)).unwrap();
    assert_eq!(code(&unsigned.sign(&key).unwrap_err()), "badKey");
}

fn handle_pem(seed: &[u8; 32]) -> JsValue {
    PrivateKey::parse(&octets(&crate::encoding::base64::encode(seed))).unwrap().pem()
}

#[test]
fn a_record_says_where_it_belongs() {
    let key = PublicKey::parse(&octets(SEED)).unwrap();
    let record = key.record(&object(r#"{"domain":"a.example","selector":"s"}"#), "tags").unwrap();
    let value = get(&record, "value").as_string().unwrap();
    assert_eq!(value, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    assert_eq!(get(&record, "name"), "s._domainkey.a.example");
    let zone = Zone::new(&get(&record, "zone").as_string().unwrap()).unwrap();
    assert_eq!(get(&zone.lookup("s._domainkey.a.example").unwrap(), "ttl"), 3600);
    for tags in [r#"{"domain":"a.example"}"#, r#"{"flags":["y:s"]}"#] {
        let error = key.record(&object(tags), "tags").unwrap_err();
        assert_eq!(code(&error), "badArgument");
        assert!(message_of(&error).starts_with("tags"), "{}", message_of(&error));
    }
}

#[test]
fn a_key_is_checked_and_told_as_the_core_tells_it() {
    let key = || PublicKey::parse(&octets(SEED)).unwrap();
    let record = get(&key().record(&Object::new(), "").unwrap(), "value").as_string().unwrap();
    let settings = object(r#"{"domain":"a.example","selector":"s"}"#);
    for (expected, answers) in [(None, true), (Some(key()), true), (Some(key()), false)] {
        let ours = expected.is_some().then(|| key().into_key());
        let mut check = crate::check::KeyCheck::new(
            DomainName::parse("a.example").unwrap(),
            Selector::parse("s").unwrap(),
            ours,
            crate::check::CheckOptions { provider: PURE_RUST, ..Default::default() },
        )
        .unwrap();
        let query = check.poll_query().unwrap();
        let (told, answer) = if answers {
            let records = vec![record.clone().into_bytes()];
            let found = TxtRecords { records, ..Default::default() };
            let parts = [part(b""), part(b""), part(b"1"), part(record.as_bytes())];
            (Answer::Records(found), [b"r".to_vec(), parts.concat()].concat())
        } else {
            (Answer::unavailable("down"), b"udown".to_vec())
        };
        check.answer(query.id, told);
        let task = key_check(&settings, expected).unwrap();
        assert!(task.query().is_some());
        task.answer(0, &answer);
        let found = task.finish().unwrap().as_string().unwrap();
        assert_eq!(found, serde_json::to_string(&check.finish()).unwrap());
    }
    let bad = object(r#"{"domain":"a..b","selector":"s"}"#);
    assert_eq!(code(&key_check(&bad, None).unwrap_err()), "badArgument");
}

fn problem(error: &JsValue) -> JsValue {
    object(&get(error, "problem").as_string().unwrap())
}

#[test]
fn a_field_is_read_as_the_core_reads_it_or_the_place_is_told() {
    let value = "mx.example; dkim=pass (x) header.d=a.example action=none";
    let found = parse_authentication_results(&octets(value)).unwrap().as_string().unwrap();
    let expected = crate::auth_results::parse(value.as_bytes()).unwrap();
    assert_eq!(found, serde_json::to_string(&expected).unwrap());

    let error = parse_authentication_results(&octets("mx; dkim=pass (")).unwrap_err();
    assert_eq!(code(&error), "badAuthenticationResults");
    assert_eq!(get(&problem(&error), "offset"), 14);
    let huge = Uint8Array::new_with_length(1024 * 1024 + 1);
    let error = parse_authentication_results(&huge).unwrap_err();
    assert_eq!(get(&problem(&error), "offset"), 1024 * 1024);
}

#[test]
fn a_report_that_comes_back_is_told_as_it_was() {
    let report = object(&report(NO_DATA, 1000));
    let told = format_authentication_results(&report, "localhost").unwrap();
    assert_eq!(get(&report, "authenticationResults"), told.as_str());
    let signature = get(&report, "signatures").unchecked_into::<Array>().get(0);
    Reflect::set(&signature, &"reason".into(), &"x; spf=pass".into()).unwrap();
    let error = format_authentication_results(&report, "localhost").unwrap_err();
    assert_eq!(code(&error), "badArgument");
    assert!(message_of(&error).starts_with("report.signatures[0].reason "));
}

const SEAL: &str = r#"{"domain":"a.example","selector":"s","algorithm":"ed25519-sha256",
    "authenticationResults":"mx; none"}"#;

fn sealing(request: &str) -> Result<Task, JsValue> {
    sealer(&object(request), &settings(), &Object::new())
}

#[test]
fn a_set_is_signed_twice_by_a_key_here_or_elsewhere() {
    let key = PrivateKey::parse(&octets(SEED)).unwrap();
    let mut headers = Vec::new();
    for outside in [false, true] {
        let task = sealing(SEAL).unwrap();
        for piece in ["From: a@a.exa", "mple\r\n\r\nbody\r\n"] {
            task.push(&octets(piece)).unwrap();
        }
        task.end().unwrap();
        let sealing = task.finish().unwrap();
        let arc = object(&get(&sealing, "arc").as_string().unwrap());
        assert_eq!(get(&arc, "result"), "none");
        assert!(get(&sealing, "reason").is_null());
        assert_eq!(code(&task.push(&octets("x")).unwrap_err()), "ended");
        assert_eq!(code(&task.end().unwrap_err()), "ended");

        let sign = |unsigned: &Unsigned| {
            if !outside {
                return unsigned.sign(&key).unwrap();
            }
            let signature = key.signing_key().unwrap();
            let digest = unsigned.digest();
            let signature = signature.sign(HashAlgorithm::Sha256, &digest).unwrap();
            unsigned.complete(&Uint8Array::from(signature.as_slice())).unwrap()
        };
        let set = Unsigned::try_from_js_value(get(&sealing, "set")).unwrap();
        let short = set.complete(&octets("short")).unwrap_err();
        assert_eq!(code(&short), "signerFailed");
        let seal = Unsigned::try_from_js_value(sign(&set)).unwrap();
        headers.push(sign(&seal).as_string().unwrap());
    }
    assert!(headers[0].starts_with("ARC-Seal: a=ed25519-sha256;"), "{}", headers[0]);
    assert_eq!(headers[0], headers[1]);
}

#[test]
fn a_set_that_must_not_be_added_says_why() {
    let task = sealing(SEAL).unwrap();
    task.push(&octets("ARC-Seal: i=1; cv=fail\r\nFrom: a@a.example\r\n\r\n")).unwrap();
    task.end().unwrap();
    let sealing = task.finish().unwrap();
    assert!(get(&sealing, "set").is_null());
    assert_eq!(get(&sealing, "reason"), "chainEnded");
}

#[test]
fn a_bad_seal_request_is_named() {
    for (request, name) in [
        ("5", "options.domain must"),
        (r#"{"domain":"a..b"}"#, "options.domain "),
        (r#"{"domain":"a.b","selector":"s","algorithm":"x"}"#, "options.algorithm "),
        (
            r#"{"domain":"a.b","selector":"s","algorithm":"rsa-sha256"}"#,
            "options.authservId must be given",
        ),
        (
            r#"{"domain":"a.b","selector":"s","algorithm":"rsa-sha1","authservId":"x"}"#,
            "options.algorithm: ",
        ),
        (
            r#"{"domain":"a.b","selector":"s","algorithm":"rsa-sha256","authservId":"\r"}"#,
            "options.authservId: ",
        ),
    ] {
        let error = sealing(request).unwrap_err();
        assert_eq!(code(&error), "badArgument");
        assert!(message_of(&error).starts_with(name), "{}", message_of(&error));
    }
}
