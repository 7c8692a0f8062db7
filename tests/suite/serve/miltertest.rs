//! The milter as OpenDKIM's miltertest sees it: the scripts in `tests/milter`.

use std::process::Command;

use super::milter::configuration;
use super::running::{Running, free_port};
use crate::command_runner::Scratch;

/// Runs a script, which ends with an error where something is not as it should be.
fn run(script: &str, port: u16) {
    let folder = format!("{}/tests/milter", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("miltertest")
        .args(["-D", &format!("port={port}"), "-D", &format!("folder={folder}")])
        .args(["-s", &format!("{folder}/{script}")])
        .output()
        .unwrap_or_else(|error| panic!("miltertest: {error}: run pkg-scripts/tools/mail-peers"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && !said.contains("error"), "{script}: {said}");
}

#[test]
fn miltertest_finds_nothing_wrong() {
    let port = free_port();
    let bank = "[bank.ORIGINATING]\noriginating = true\nverify = false\n";
    let server = Running::start(&configuration(port, bank));
    for script in ["versions.lua", "senders.lua", "reuse.lua", "repair.lua", "beyond_ascii.lua"] {
        run(script, port);
    }
    assert!(!server.log().contains("milter on"), "no trouble with a connection: {}", server.log());
}

#[test]
fn miltertest_is_told_of_refusals() {
    let port = free_port();
    let _server = Running::start(&configuration(port, "[policy]\npermerror = \"reject\"\n"));
    run("refusals.lua", port);
}

#[test]
fn miltertest_waits_as_long_as_it_is_told_to() {
    // nobody answers there, and nobody says so
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap().to_string();
    let port = free_port();
    let more = ["--resolver", &resolver, "--timeout", "8"];
    let _server = Running::start_in(Scratch::new(), &configuration(port, ""), &more);
    run("slow_dns.lua", port);
}
