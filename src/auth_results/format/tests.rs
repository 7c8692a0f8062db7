#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::auth_results::parse;
use crate::verify::{Reason, SignatureWarning};
use crate::{Options, UnixTime, VerificationTime, Verifier};

/// The report on a message with a signature of no worth, so that there is one to change.
fn report() -> Report {
    let now = VerificationTime::At(UnixTime::from_seconds(0));
    let mut verifier = Verifier::new(Options::new(now));
    verifier.push(b"DKIM-Signature: v=1; d=example.com; s=s; b=abcdefghij\r\n");
    verifier.push(b"From: joe@example.com\r\n\r\n");
    verifier.finish()
}

pub(in crate::auth_results) fn report_on(signatures: Vec<Signature>) -> Report {
    Report { signatures, ..report() }
}

pub(in crate::auth_results) fn signature(change: impl Fn(&mut Signature)) -> Signature {
    let mut signature = report().signatures.remove(0);
    change(&mut signature);
    signature
}

#[test]
fn signatures_are_told_apart() {
    let signatures = ["abcdefghXY", "abcdefghXZ", "12345678", "short", "abcdefghX"];
    let report =
        report_on(signatures.map(|b| signature(|one| one.signature = Some(b.to_owned()))).to_vec());
    let results = from_report(&report, "mx").results;
    let told: Vec<_> = results.iter().map(|one| one.property("header", "b").unwrap()).collect();
    assert_eq!(told, ["abcdefghXY", "abcdefghXZ", "12345678", "short", "abcdefghX"]);
    assert_eq!(
        format(&report_on(vec![signature(|_| ())]), "mx"),
        "mx;\r\n\tdkim=permerror reason=missingTag header.d=example.com header.i=@example.com \
         header.s=s header.b=abcdefgh"
    );
}

#[test]
fn other_methods_speak_for_themselves() {
    let old = signature(|one| {
        one.protocol = Protocol::DomainKeys;
        one.result = VerificationResult::Policy;
        one.reason = Some(Reason::HistoricAlgorithm);
    });
    let mut report = report_on(vec![old]);
    report.arc = Arc {
        result: VerificationResult::Pass,
        reason: None,
        explanation: String::new(),
        oldest_pass: Some(1),
        sets: Vec::new(),
    };
    assert_eq!(
        format(&report, "mx"),
        "mx;\r\n\tdkim=none;\r\n\tdomainkeys=policy reason=historicAlgorithm \
         header.d=example.com;\r\n\tarc=pass header.oldest-pass=0"
    );
    let arc = &mut report.arc;
    arc.oldest_pass = Some(2);
    assert_eq!(arc_result(arc).unwrap().property("header", "oldest-pass"), Some("2"));
    arc.result = VerificationResult::Fail;
    assert_eq!(arc_result(arc), Some(MethodResult::new("arc", "fail")));
    arc.result = VerificationResult::None;
    assert_eq!(arc_result(arc), None);
}

#[test]
fn rules_of_ours_that_let_a_signature_pass_are_told() {
    let weak = |result| {
        signature(|one| {
            one.result = result;
            let warning = |code| SignatureWarning { code, explanation: String::new() };
            one.warnings = vec![warning(WarningCode::TestMode), warning(WarningCode::WeakKey)];
        })
    };
    let told = |result| {
        let results = from_report(&report_on(vec![weak(result)]), "mx").results;
        results[0].property("policy", "dkim-rules").map(str::to_owned)
    };
    assert_eq!(told(VerificationResult::Pass).as_deref(), Some("weakKey"));
    assert_eq!(told(VerificationResult::Fail), None);
}

#[test]
fn names_are_written_in_a_labels() {
    let report = report_on(vec![signature(|one| {
        one.identity = Some("jö@bücher.example".to_owned());
    })]);
    let results = parse(format(&report, "mx.bücher.example").as_bytes()).unwrap();
    assert_eq!(results.authserv_id.as_deref(), Some("mx.xn--bcher-kva.example"));
    let identity = results.results[0].property("header", "i");
    assert_eq!(identity, Some("jö@xn--bcher-kva.example"));
}
