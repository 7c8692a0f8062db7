//! Messages other people signed (`../shared/vectors`).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{HISTORIC, allowing, outcome, verify};
use crate::support::{self, Dns, at};

struct Case {
    id: String,
    message: Vec<u8>,
    dns: Dns,
    result: String,
}

fn cases(status: &str) -> Vec<Case> {
    let lines = support::vector_lines("cases.jsonl").unwrap_or_default();
    let of_interest =
        lines.iter().filter(|line| line["kind"] == "domainkeys" && line["status"] == status);
    of_interest
        .map(|line| {
            let names = line["dns"].as_object().expect("dns").iter();
            let dns = names.fold(Dns::new(), |dns, (name, records)| {
                let records = records.as_array().expect("records").iter();
                dns.records(name, &records.filter_map(|one| one.as_str()).collect::<Vec<_>>())
            });
            let message = line["message"].as_str().expect("message");
            Case {
                id: line["id"].as_str().expect("id").to_owned(),
                message: without_mbox_line(
                    support::vector_file(message).expect("the message of a case is there"),
                ),
                dns,
                result: line["expected"][0]["result"].as_str().expect("result").to_owned(),
            }
        })
        .collect()
}

#[test]
fn every_clear_domainkeys_case_is_right() {
    let cases = cases("clear");
    for case in &cases {
        for piece in [7, 100_000] {
            let outcomes = verify(&case.message, &case.dns, &allowing(), piece);
            let found: Vec<_> = outcomes.iter().map(outcome).collect();
            assert_eq!(found, [case.result.as_str()], "{}", case.id);
            assert_eq!(outcomes[0].report.warnings.last().unwrap().code.as_str(), "weakAlgorithm");
            // Never a plain pass where nobody allowed it.
            let outcomes = verify(&case.message, &case.dns, &at(1_700_000_000), piece);
            assert_eq!(outcomes[0].report.reason, HISTORIC, "{}", case.id);
        }
    }
    println!("{} clear DomainKeys cases", cases.len());
}

#[test]
fn what_passes_fails_when_header_or_body_is_changed() {
    for case in cases("clear") {
        let header = case.message.windows(4).position(|four| four == b"\r\n\r\n").expect("a body");
        let from = find(&case.message, b"\r\nFrom: ") + b"\r\nFrom: ".len();
        for (place, expected) in [(from, "permerror identityMismatch"), (header + 6, "")] {
            let mut message = case.message.clone();
            message[place] ^= 1;
            let outcomes = verify(&message, &case.dns, &allowing(), 1000);
            let found = outcome(&outcomes[0]);
            // Where the change leaves no address of the domain, that is found first.
            let is_right = found == "fail signatureMismatch" || found == expected;
            assert!(is_right, "{} {place}: {found}", case.id);
        }
    }
}

#[test]
fn disputed_cases_have_the_verdict_of_the_rfc() {
    for case in cases("disputed") {
        // RFC 4870 §3.4.2.2: a last line without CRLF gets one. Not all verifiers give it one.
        let outcomes = verify(&case.message, &case.dns, &allowing(), 1000);
        assert_eq!(outcome(&outcomes[0]), "pass", "{}", case.id);
    }
}

/// Some are mboxes of one message: their first line is no field, and a host takes it off.
fn without_mbox_line(message: Vec<u8>) -> Vec<u8> {
    match message.strip_prefix(b"From ") {
        Some(rest) => rest[find(rest, b"\r\n") + 2..].to_vec(),
        None => message,
    }
}

fn find(octets: &[u8], wanted: &[u8]) -> usize {
    octets.windows(wanted.len()).position(|window| window == wanted).expect("it stands there")
}
