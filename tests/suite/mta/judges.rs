//! Who says whether a message's signatures are good: dkimpy, Mail::DKIM and ourselves.

use serde_json::{Map, Value, json};
use waxseal::encoding::base64;

use super::site::{RECORDS, zone};
use crate::command_runner::{Scratch, waxseal_reading};
use crate::peers::ask;

/// Asserts that the message has so many signatures, and that all judges pass all of them.
pub(super) fn all_pass(message: &[u8], count: usize) {
    let keys: Map<String, Value> =
        RECORDS.iter().map(|(name, record)| ((*name).to_owned(), json!(record))).collect();
    for script in ["dkimpy.py", "mail-dkim.pl"] {
        let question = json!({ "id": "1", "message": base64::encode(message), "keys": keys });
        let answers = ask(script, vec![question]);
        let results = answers.get("1")["results"].as_array().expect("results").clone();
        assert_eq!(results.len(), count, "{}: {results:?}", answers.name);
        for result in results {
            let text = String::from_utf8_lossy(message);
            assert_eq!(result["pass"], true, "{}: {result}\n{text}", answers.name);
        }
    }
    let zone_folder = Scratch::new();
    let zone = zone_folder.write("zone", zone());
    let ran = waxseal_reading(message, &["verify", "--json", "--zone", &zone]);
    let report = ran.reports().remove(0);
    let signatures = report["signatures"].as_array().expect("signatures").clone();
    assert_eq!(signatures.len(), count, "{report}");
    assert!(signatures.iter().all(|one| one["result"] == "pass"), "{report}");
}

/// The fields of a message, each with its lines, and the body.
pub(super) fn fields(message: &[u8]) -> (Vec<String>, String) {
    // Postfix writes its mailboxes with LF
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (header, body) = text.split_once("\n\n").expect("a header and a body");
    let mut fields: Vec<String> = Vec::new();
    for line in header.lines() {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => fields.push(line.to_owned()),
        }
    }
    (fields, body.to_owned())
}

/// Where the fields of that name are.
pub(super) fn places_of(fields: &[String], name: &str) -> Vec<usize> {
    let is_it = |field: &str| {
        field.split_once(':').is_some_and(|(found, _)| found.trim_end().eq_ignore_ascii_case(name))
    };
    (0..fields.len()).filter(|place| is_it(&fields[*place])).collect()
}
