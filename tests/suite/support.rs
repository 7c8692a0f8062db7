//! What the tests share: a DNS of a few names, one call that verifies, and the shared vectors.

use std::collections::BTreeMap;

use waxseal::crypto::PURE_RUST;
use waxseal::dns::{Answer, TxtRecords};
use waxseal::verify::{CheckOutcome, SignatureCheck};
use waxseal::{Options, Report, UnixTime, VerificationTime, Verifier};

/// The names that exist, each with its answer; all others do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dns(BTreeMap<String, Answer>);

impl Dns {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// With one TXT record at that name.
    pub(crate) fn txt(self, name: &str, record: &str) -> Self {
        self.records(name, &[record])
    }

    /// With TXT records at that name.
    pub(crate) fn records(self, name: &str, records: &[&str]) -> Self {
        let records = records.iter().map(|record| record.as_bytes().to_vec()).collect();
        self.answer(name, Answer::Records(TxtRecords { records, ..TxtRecords::default() }))
    }

    pub(crate) fn answer(mut self, name: &str, answer: Answer) -> Self {
        self.0.insert(name.to_ascii_lowercase(), answer);
        self
    }

    pub(crate) fn lookup(&self, name: &str) -> Answer {
        self.0.get(name).cloned().unwrap_or(Answer::NotFound)
    }
}

/// Options for a verification at that time.
pub(crate) fn at(seconds: u64) -> Options {
    Options::new(VerificationTime::At(UnixTime::from_seconds(seconds)))
}

/// Verifies a message in one piece, with the signatures checked inside and outside, and sees that it
/// makes no difference.
pub(crate) fn verify(message: &[u8], dns: &Dns, options: Options) -> Report {
    let report = verify_in_pieces(message, &[], dns, options.clone());
    let outside = verify_outside(message, dns, options, &mut check);
    assert_eq!(report, outside);
    report
}

/// Verifies a message whose signatures somebody else checks, all that can be at a time, the last first.
pub(crate) fn verify_outside(
    message: &[u8],
    dns: &Dns,
    options: Options,
    check: &mut dyn FnMut(&SignatureCheck) -> CheckOutcome,
) -> Report {
    let mut checks = answered(message, &[], dns, options).checks();
    loop {
        let mut due: Vec<_> = std::iter::from_fn(|| checks.poll()).collect();
        if due.is_empty() {
            return checks.finish();
        }
        while let Some(one) = due.pop() {
            let outcome = check(&one);
            checks.answer(one.id, outcome);
            // Once is enough.
            checks.answer(one.id, CheckOutcome::Verifies);
        }
    }
}

/// What a check comes to, by the reference.
pub(crate) fn check(check: &SignatureCheck) -> CheckOutcome {
    let SignatureCheck { algorithm, key, digest, signature, .. } = check;
    match PURE_RUST.verify(key, algorithm.hash(), digest, signature) {
        true => CheckOutcome::Verifies,
        false => CheckOutcome::Differs,
    }
}

/// Verifies a message cut into pieces of those lengths and a rest.
pub(crate) fn verify_in_pieces(
    message: &[u8],
    cuts: &[usize],
    dns: &Dns,
    options: Options,
) -> Report {
    answered(message, cuts, dns, options).finish()
}

/// A verifier that has the whole message and all answers.
fn answered(message: &[u8], cuts: &[usize], dns: &Dns, options: Options) -> Verifier {
    let mut verifier = Verifier::new(options);
    let mut rest = message;
    for &cut in cuts {
        let (piece, after) = rest.split_at(cut.min(rest.len()));
        verifier.push(piece);
        rest = after;
    }
    verifier.push(rest);
    verifier.end();
    while let Some(query) = verifier.poll_query() {
        verifier.answer(query.id, dns.lookup(query.name.as_str()));
    }
    verifier
}

/// The result and reason of each signature, for instance `fail bodyHashMismatch`.
pub(crate) fn outcomes(report: &Report) -> Vec<String> {
    report
        .signatures
        .iter()
        .map(|signature| match signature.reason {
            Some(reason) => format!("{} {reason}", signature.result),
            None => signature.result.to_string(),
        })
        .collect()
}

/// What every report has, by contract.
pub(crate) const REPORT_NAMES: [&str; 10] = [
    "version",
    "file",
    "result",
    "authors",
    "signatures",
    "arc",
    "alignment",
    "authenticationResults",
    "warnings",
    "coverage",
];

/// The folder of the shared vectors, beside the clone.
const VECTORS: &str = "../shared/vectors";

/// A file of the shared vectors, or `None`, printed, where the folder is missing.
pub(crate) fn vector_file(name: &str) -> Option<Vec<u8>> {
    let octets = files::read(&format!("{VECTORS}/{name}"));
    if octets.is_none() {
        println!("skipped: {VECTORS}/{name} is not there");
    }
    octets
}

/// The objects of a JSON Lines file of the shared vectors.
pub(crate) fn vector_lines(name: &str) -> Option<Vec<serde_json::Value>> {
    let text = String::from_utf8(vector_file(name)?).expect("vectors are UTF-8");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect())
}

#[cfg(not(target_arch = "wasm32"))]
mod files {
    pub(super) fn read(path: &str) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }
}

/// WebAssembly has no files; Node, which runs these tests, lends its own.
#[cfg(target_arch = "wasm32")]
mod files {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "fs")]
    extern "C" {
        #[wasm_bindgen(js_name = readFileSync, catch)]
        fn read_file_sync(path: &str) -> Result<Vec<u8>, JsValue>;
    }

    pub(super) fn read(path: &str) -> Option<Vec<u8>> {
        read_file_sync(path).ok()
    }
}
