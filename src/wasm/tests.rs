//! The bindings by themselves, in Node and in the browser; what the package makes of them is tested
//! in `tests/node`.

use js_sys::{Array, Function, JSON, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::dns::{Zone, encode_query};
use super::verify::Verifier;
use crate::dns::Answer;
use crate::{Options, UnixTime, VerificationTime};

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

fn resolver(body: &str) -> Function {
    Function::new_with_args("name, type", body)
}

async fn report(resolver: &Function, pieces: usize) -> JsValue {
    let verifier = Verifier::new(&settings(), resolver.clone()).unwrap();
    for piece in MESSAGE.chunks(pieces) {
        verifier.push(&Uint8Array::from(piece)).unwrap();
    }
    JsFuture::from(verifier.end()).await.unwrap()
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
async fn the_report_has_the_json_text_of_the_core() {
    let found = report(&resolver("return Promise.reject({ code: 'ENODATA' })"), 7).await;
    assert_eq!(text(&found), native(&Answer::NotFound));
    let failed = report(&resolver("throw new Error('down ' + type)"), 1000).await;
    assert_eq!(text(&failed), native(&Answer::unavailable("down TXT")));
}

#[test]
async fn a_resolver_that_returns_rubbish_is_an_outage() {
    for rubbish in
        ["undefined", "[[5]]", "({ rcode: 'NOERROR' })", "new Proxy([], { get() { throw 1 } })"]
    {
        let found = text(&report(&resolver(&format!("return {rubbish}")), 1000).await);
        assert!(found.contains("keyUnavailable") && !found.contains("keyNotFound"), "{found}");
    }
}

#[test]
async fn after_the_end_there_is_no_more() {
    let verifier = Verifier::new(&settings(), resolver("return []")).unwrap();
    let first = verifier.end();
    assert_eq!(code(&verifier.push(&Uint8Array::from(MESSAGE)).unwrap_err()), "ended");
    assert_eq!(code(&JsFuture::from(verifier.end()).await.unwrap_err()), "ended");
    assert!(JsFuture::from(first).await.unwrap().is_object());
}

#[test]
async fn a_verifier_that_is_dropped_before_its_answers_harms_nothing() {
    let verifier = Verifier::new(&settings(), resolver("return []")).unwrap();
    verifier.push(&Uint8Array::from(MESSAGE)).unwrap();
    let end = verifier.end();
    drop(verifier);
    assert!(JsFuture::from(end).await.unwrap().is_object());
}

#[test]
fn a_bad_option_is_named() {
    for (name, value) in [("now", JsValue::from(-1)), ("trace", 1.into()), ("policy", 1.into())] {
        let settings = settings();
        Reflect::set(&settings, &name.into(), &value).unwrap();
        let error = Verifier::new(&settings, resolver("")).unwrap_err();
        assert_eq!(code(&error), "badArgument");
        let message = error.unchecked_into::<js_sys::Error>().message();
        assert!(String::from(message).starts_with(name));
    }
    assert_eq!(code(&Verifier::new(&Object::new(), resolver("")).unwrap_err()), "badArgument");
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
}
