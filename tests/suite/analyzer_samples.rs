//! The analyzer's samples, by the command: each is what its index says it is.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::command_runner::waxseal;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/analyzer/samples");

fn index() -> Vec<Value> {
    let text = fs::read_to_string(format!("{SAMPLES}/index.json")).expect("there is an index");
    serde_json::from_str(&text).expect("the index is JSON")
}

/// What the index says of a sample, from the report on it.
fn outcome(report: &Value) -> Value {
    let signatures = report["signatures"].as_array().expect("it is a list").iter();
    let mut outcome = json!({
        "result": report["result"],
        "aligned": report["alignment"]["dkim"],
        "signatures": signatures
            .map(|one| json!({
                "domain": one["domain"], "result": one["result"], "reason": one["reason"],
            }))
            .collect::<Vec<_>>(),
    });
    if report["arc"]["result"] != "none" {
        outcome["arc"] = report["arc"]["result"].clone();
    }
    outcome
}

#[test]
fn each_sample_is_what_the_index_says() {
    let index = index();
    assert!(index.len() >= 8, "{}", index.len());
    for sample in &index {
        let file = format!("{SAMPLES}/{}", sample["file"].as_str().expect("it has a file"));
        let zone = format!("{SAMPLES}/keys.zone");
        let ran = waxseal(&["verify", "--zone", &zone, "--no-alignment", "--json", &file]);
        assert_eq!(outcome(&ran.reports()[0]), sample["expected"], "{file}: {ran:?}");
        for told in ["title", "story"] {
            assert!(!sample[told].as_str().unwrap_or_default().is_empty(), "{file} has no {told}");
        }
    }
}

#[test]
fn no_sample_is_left_out_of_the_index() {
    let listed: BTreeSet<_> =
        index().iter().map(|sample| sample["file"].as_str().unwrap().to_owned()).collect();
    let present: BTreeSet<_> = fs::read_dir(SAMPLES)
        .expect("there are samples")
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".eml"))
        .collect();
    assert_eq!(listed, present);
}

#[test]
fn no_private_key_was_left_with_the_samples() {
    for entry in fs::read_dir(SAMPLES).expect("there are samples") {
        let path = entry.unwrap().path();
        let octets = fs::read(&path).unwrap();
        assert!(
            !String::from_utf8_lossy(&octets).contains("PRIVATE KEY-----"),
            "{}",
            path.display()
        );
    }
}
