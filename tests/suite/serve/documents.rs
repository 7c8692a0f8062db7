//! What the documents show is what the command takes, and what it takes is in them.

use std::collections::BTreeSet;
use std::process::Command;

use super::running::keys;
use crate::command_runner::{Scratch, waxseal};

const CONFIGURATION: &str = include_str!("../../../docs/configuration.md");
const UNIT: &str = include_str!("../../../docs/samples/waxseal.service");

/// The indented blocks of a document.
fn blocks(document: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in document.lines() {
        match (line.strip_prefix("    "), line.is_empty()) {
            (Some(code), _) => {
                let block = blocks.last_mut().expect("there is always one");
                block.push_str(code);
                block.push('\n');
            }
            // within a block an empty line belongs to it
            (None, true) => blocks.last_mut().expect("there is always one").push('\n'),
            (None, false) => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

/// The names that a table of the configuration has, as its own complaint about a wrong one tells.
fn names(scratch: &Scratch, table: &str) -> BTreeSet<String> {
    let path = scratch.write("names.toml", format!("{table}\nqqqqqqqqqqqqqqqqqqqqqqq = 1\n"));
    let ran = waxseal(&["--config", &path, "check-config"]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let list = ran.stderr.split("it knows ").nth(1).unwrap_or_else(|| panic!("{ran:?}"));
    list.lines().next().unwrap().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_snippet_of_the_configuration_is_taken() {
    let scratch = Scratch::new();
    keys(&scratch);
    std::fs::create_dir(scratch.path("keys")).unwrap();
    let pem = scratch.path("keys/example.com-2026.pem");
    std::fs::copy(scratch.path("rsa.pem"), &pem).unwrap();
    let mut count = 0;
    for block in blocks(CONFIGURATION) {
        let path = scratch.write("waxseal.toml", &block);
        let ran = waxseal(&["--config", &path, "check-config"]);
        assert_eq!(ran.code, Some(0), "{block}{}", ran.stderr);
        count += 1;
    }
    assert!(count >= 6, "only {count} snippets were found");
}

#[test]
fn every_name_of_the_configuration_is_documented() {
    let scratch = Scratch::new();
    let documented: BTreeSet<&str> = CONFIGURATION.split('`').skip(1).step_by(2).collect();
    let shown = blocks(CONFIGURATION).concat();
    for (table, at_least) in [
        ("", 15),
        ("[server]", 9),
        ("[limits]", 10),
        ("[[listener]]", 3),
        ("[bank.B]", 15),
        ("[[key]]", 9),
    ] {
        let names = names(&scratch, table);
        assert!(names.len() >= at_least, "{table}: {names:?}");
        for name in names {
            let is_shown =
                shown.contains(&format!("{name} =")) || shown.contains(&format!("[{name}"));
            assert!(
                documented.contains(name.as_str()) || is_shown,
                "{table} {name} is not documented"
            );
        }
    }
}

#[test]
fn systemd_has_no_complaint_about_the_unit() {
    let scratch = Scratch::new();
    let program = env!("CARGO_BIN_EXE_waxseal");
    assert!(
        UNIT.contains("Type=notify")
            && UNIT.contains("ExecReload=")
            && UNIT.contains("LoadCredential=")
    );
    let unit = UNIT
        .replace("/usr/local/bin/waxseal", program)
        .replace("#LoadCredential", "LoadCredential");
    let path = scratch.write("waxseal.service", unit);
    let verify =
        |path: &str| Command::new("systemd-analyze").args(["verify", "--man=no", path]).output();
    let ran =
        verify(&path).expect("systemd-analyze, which pkg-scripts/tools/systemd-analyze installs");
    let said = String::from_utf8_lossy(&ran.stderr);
    // it may complain of other units of the machine
    assert!(!said.contains("waxseal.service"), "{said}");
    // it does complain where there is something
    let broken =
        UNIT.replace("/usr/local/bin/waxseal", program).replace("Type=notify", "Type=notfy");
    let ran = verify(&scratch.write("waxseal.service", broken)).unwrap();
    assert!(String::from_utf8_lossy(&ran.stderr).contains("waxseal.service"));
}

#[test]
fn serve_and_reload_have_manual_pages_with_their_exit_statuses() {
    for (command, statuses) in [("serve", ["73", "75", "78"]), ("reload", ["73", "75", "78"])] {
        let ran = waxseal(&["man", command]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains("control"), "{}", ran.stdout);
        for status in statuses {
            assert!(ran.stdout.contains(&format!("  {status}  ")), "{status}: {}", ran.stdout);
        }
    }
}
