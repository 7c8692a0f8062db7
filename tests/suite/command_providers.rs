//! The command on real messages of the large providers, with their keys as a zone.

use crate::command_runner::waxseal;
use crate::support::{vector_file, vector_lines};

/// Provider, case of the shared vectors, and the result of each signature.
const MESSAGES: &[(&str, &str, &[&str])] = &[
    ("Gmail", "devopsix/gmail", &["pass"]),
    ("Outlook", "devopsix/outlook", &["pass"]),
    (
        "Fastmail",
        "lieser/other-original_Fastmail_from_Fastmail_Welcome_Get_set_up_in_3_steps_eml",
        // The key of the second was changed before the vector was made.
        &["pass", "fail"],
    ),
    (
        "iCloud",
        "real/zkemail_zk_email_verify_packages_circuits_tests_test_emails_test_eml",
        &["pass"],
    ),
    ("GitHub", "ocamldkim/002", &["pass"]),
];

#[test]
fn messages_of_the_large_providers_verify() {
    let Some(cases) = vector_lines("cases.jsonl") else {
        return;
    };
    let mut zone = String::from("; Keys of large providers, from ../shared/vectors.\n");
    let mut files = Vec::new();
    for (provider, id, _) in MESSAGES {
        let case = cases.iter().find(|case| case["id"] == *id).unwrap_or_else(|| panic!("{id}"));
        for (name, records) in case["dns"].as_object().expect("dns") {
            for record in records.as_array().into_iter().flatten() {
                let record = record.as_str().expect("record").as_bytes();
                // A string of a record has at most 255 octets (RFC 1035 §3.3.14).
                let strings: Vec<String> = record
                    .chunks(200)
                    .map(|string| format!("\"{}\"", String::from_utf8_lossy(string)))
                    .collect();
                zone += &format!("{name}. 3600 TXT ( {} )\n", strings.join(" "));
            }
        }
        let file = case["message"].as_str().expect("message");
        assert!(vector_file(file).is_some(), "{provider}");
        files.push(format!("../shared/vectors/{file}"));
    }
    // Kept, so that a person can run the same command.
    let zone_file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/providers.zone");
    std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/target")).expect("target");
    std::fs::write(zone_file, zone).expect("target can be written");

    let mut arguments = vec!["verify", "--zone", zone_file, "--at", "received"];
    arguments.extend(files.iter().map(String::as_str));
    let ran = waxseal(&arguments);
    println!("{}", ran.stdout);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    arguments.insert(1, "--json");
    let reports = waxseal(&arguments).reports();
    assert_eq!(reports.len(), MESSAGES.len());
    for ((provider, _, expected), report) in MESSAGES.iter().zip(&reports) {
        let signatures = report["signatures"].as_array().expect("signatures");
        let results: Vec<_> =
            signatures.iter().map(|one| one["result"].as_str().expect("result")).collect();
        assert_eq!(results, *expected, "{provider}: {signatures:?}");
    }
}
