//! Messages other people wrote, with their keys and the right verdicts (`../shared/vectors`).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::Value;
use waxseal::dns::{Answer, TxtRecords};
use waxseal::message::HeaderReader;
use waxseal::verify::Protocol;
use waxseal::{Options, Report, VerificationResult, auth_results};

use crate::support::{self, Dns, outcomes};

/// Verdicts are compared by class: it passes, it may pass later, it never will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Pass,
    Temporary,
    Permanent,
}

fn class_of(result: &str) -> Class {
    match result {
        "pass" => Class::Pass,
        "temperror" => Class::Temporary,
        _ => Class::Permanent,
    }
}

pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) message: Vec<u8>,
    pub(crate) dns: Dns,
    pub(crate) options: Options,
    expected: Vec<Value>,
    /// What is expected of the ARC chain, where the case is about one.
    overall: String,
}

/// All that a report is made of.
pub(crate) const KINDS: [(&str, &str); 4] =
    [("dkim", "clear"), ("dkim", "disputed"), ("arc", "clear"), ("arc", "disputed")];

fn cases(status: &str) -> Vec<Case> {
    cases_of("dkim", status)
}

pub(crate) fn cases_of(kind: &str, status: &str) -> Vec<Case> {
    let Some(lines) = support::vector_lines("cases.jsonl") else {
        return Vec::new();
    };
    lines
        .iter()
        .filter(|line| line["kind"] == kind && line["status"] == status)
        .map(|line| {
            let mut options = support::at(line["now"].as_u64().expect("now"));
            // The vectors accept l= (their README).
            options.policy.allow_body_length = true;
            Case {
                id: line["id"].as_str().expect("id").to_owned(),
                message: support::vector_file(line["message"].as_str().expect("message"))
                    .expect("the message of a case is there"),
                dns: dns(&line["dns"]),
                options,
                expected: line["expected"].as_array().expect("expected").clone(),
                overall: line["overall"].as_str().unwrap_or_default().to_owned(),
            }
        })
        .collect()
}

fn dns(names: &Value) -> Dns {
    names.as_object().expect("dns").iter().fold(Dns::new(), |dns, (name, answer)| {
        let answer = match answer.as_array() {
            Some(records) => Answer::Records(TxtRecords {
                records: records
                    .iter()
                    .map(|record| record.as_str().expect("record").as_bytes().to_vec())
                    .collect(),
                ..TxtRecords::default()
            }),
            None => match answer["rcode"].as_str() {
                Some("NXDOMAIN" | "NOERROR") => Answer::NotFound,
                rcode => Answer::unavailable(rcode.unwrap_or("no rcode")),
            },
        };
        dns.answer(name, answer)
    })
}

/// The differences between a report and what is expected of a case.
fn differences(case: &Case, report: &Report, legacy: bool) -> Vec<String> {
    let found = outcomes(report);
    let mut differences = Vec::new();
    // Cases of DKIM say nothing of the DomainKeys signatures beside.
    let signatures = || report.signatures.iter().filter(|one| one.protocol == Protocol::Dkim);
    if signatures().count() != case.expected.len() {
        let expected = case.expected.len();
        differences.push(format!("{}: {found:?}, expected {expected} signatures", case.id));
    }
    for (expected, signature) in case.expected.iter().zip(signatures()) {
        let strict = expected["result"].as_str().expect("result");
        let result = match expected["legacy_result"].as_str() {
            Some(result) if legacy => result,
            _ => strict,
        };
        if class_of(signature.result.as_str()) != class_of(result) {
            differences.push(format!(
                "{}: {} ({}), expected {expected}",
                case.id, signature.result, signature.explanation
            ));
        }
    }
    differences
}

#[test]
fn every_clear_dkim_case_is_right() {
    let cases = cases("clear");
    let mut wrong = Vec::new();
    for case in &cases {
        let report = support::verify(&case.message, &case.dns, case.options.clone());
        wrong.extend(differences(case, &report, false));
    }
    println!("{} clear DKIM cases", cases.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_clear_dkim_case_is_right_where_old_algorithms_are_allowed() {
    let mut wrong = Vec::new();
    for case in cases("clear") {
        let mut options = case.options.clone();
        options.policy.allow_sha1 = true;
        options.policy.min_rsa_bits = 512;
        let report = support::verify(&case.message, &case.dns, options);
        wrong.extend(differences(&case, &report, true));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_clear_arc_case_is_right() {
    let cases = cases_of("arc", "clear");
    let mut wrong = Vec::new();
    for case in &cases {
        // Nothing that is allowed elsewhere makes a chain pass.
        let mut lenient = case.options.clone();
        lenient.policy.allow_sha1 = true;
        lenient.policy.min_rsa_bits = 512;
        for options in [case.options.clone(), lenient] {
            let arc = support::verify(&case.message, &case.dns, options).arc;
            let (found, expected) = (arc.result.as_str(), &case.overall);
            if found != expected {
                wrong.push(format!("{}: {found}, not {expected}: {}", case.id, arc.explanation));
            }
        }
    }
    println!("{} clear ARC cases", cases.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn disputed_cases_have_the_verdict_of_our_table() {
    // What the peers differ on is decided by the project's table of verdicts.
    let expected = [
        ("espoofer/a3-nul", "permerror tagSyntax"),
        ("espoofer/multiple-from-on-top", "policy unsignedFrom"),
        ("espoofer/from-space-colon", "policy unsignedFrom"),
        ("espoofer/folded-from-name", "permerror messageMalformed"),
        ("mox/verify-tld", "policy publicSuffix"),
        ("mox/verify-second_subject_in_front", "pass"),
    ];
    for case in cases("disputed") {
        let report = support::verify(&case.message, &case.dns, case.options.clone());
        let found = outcomes(&report);
        println!("{}: {found:?}", case.id);
        if let Some((_, outcome)) = expected.iter().find(|(id, _)| *id == case.id) {
            assert_eq!(found, [*outcome], "{}", case.id);
        }
    }
}

#[test]
fn what_passes_fails_when_its_header_or_body_is_changed() {
    for case in cases("clear") {
        let report = support::verify(&case.message, &case.dns, case.options.clone());
        if report.result != VerificationResult::Pass {
            continue;
        }
        let mut message = case.message.clone();
        // The author's address stands in a field that every signature must sign.
        let Some(author) = report.authors.first().cloned() else {
            continue;
        };
        let place = message
            .windows(author.len())
            .position(|octets| octets.eq_ignore_ascii_case(author.as_bytes()))
            .expect("the author stands in the message");
        let octet = &mut message[place];
        *octet = if *octet == b'x' { b'y' } else { b'x' };
        let report = support::verify(&message, &case.dns, case.options.clone());
        let is_from_changed = report.authors.first() != Some(&author);
        assert!(
            !is_from_changed || report.result != VerificationResult::Pass,
            "{} passes with a changed author",
            case.id
        );
    }
}

#[cfg(all(feature = "aws-lc", not(target_arch = "wasm32")))]
#[test]
fn every_provider_gives_the_same_reports() {
    for (kind, status) in KINDS {
        for case in cases_of(kind, status) {
            let mut options = case.options.clone();
            options.trace = true;
            options.policy.allow_sha1 = true;
            options.policy.min_rsa_bits = 512;
            let pure = support::verify(&case.message, &case.dns, options.clone());
            options.provider = waxseal::crypto::AWS_LC;
            let aws_lc = support::verify(&case.message, &case.dns, options);
            assert_eq!(pure, aws_lc, "{}", case.id);
        }
    }
}

/// Reports as JSON, for the tests of the npm package to compare with, byte for byte.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn native_reports_are_written_for_comparison() {
    use std::io::Write as _;

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/target/native-reports.jsonl");
    std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/target")).expect("target");
    let mut file = std::fs::File::create(path).expect("native-reports.jsonl");
    for (kind, status) in KINDS {
        for case in cases_of(kind, status) {
            let mut options = case.options.clone();
            options.trace = true;
            let report = support::verify(&case.message, &case.dns, options);
            let report = serde_json::to_string(&report).expect("a report is JSON");
            let line = serde_json::json!({ "id": case.id, "report": report });
            writeln!(file, "{line}").expect("written");
        }
    }
}

#[test]
fn authentication_results_that_others_wrote_are_read() {
    let Some(lines) = support::vector_lines("cases.jsonl") else {
        return;
    };
    let mut fields = 0;
    for line in &lines {
        let path = line["message"].as_str().expect("message");
        let message = support::vector_file(path).expect("the message of a case is there");
        let mut reader = HeaderReader::new(1 << 20, 1000);
        // Of a malformed header the fields before the mistake are read.
        let _ = reader.push(&message);
        let header = reader.into_header();
        for field in header.fields() {
            let value = if field.is_named("Authentication-Results") {
                field.value()
            } else if field.is_named("ARC-Authentication-Results") {
                // RFC 8617 §4.1.1: the instance stands before what RFC 8601 has.
                let instance = field.value().iter().position(|&octet| octet == b';');
                instance.map_or(&b""[..], |at| &field.value()[at + 1..])
            } else {
                continue;
            };
            let text = String::from_utf8_lossy(value);
            let results =
                auth_results::parse(value).unwrap_or_else(|e| panic!("{path}: {e}: {text}"));
            assert!(!results.results.is_empty() || results.no_result, "{path}: {text}");
            fields += 1;
        }
    }
    assert!(fields > 200, "only {fields} fields were read");
}
