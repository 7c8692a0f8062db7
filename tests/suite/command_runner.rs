//! Runs the built command as a process, with files of its own.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};

/// RFC 8463 §A.3 was signed then; given to `--at`.
pub(crate) const AT: &str = "2018-06-10T13:40:00Z";

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The reports of a run with `--json`: every line of stdout is one.
    pub(crate) fn reports(&self) -> Vec<Value> {
        let line = |line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self:?}"))
        };
        self.stdout.lines().map(line).collect()
    }

    /// File and result of each report.
    pub(crate) fn results(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.reports().iter().map(|one| (text(&one["file"]), text(&one["result"]))).collect()
    }
}

/// The command, not yet started; nothing around the test changes what it does.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
    command.args(arguments).env_remove("NO_COLOR").stdin(Stdio::null());
    for proxy in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(proxy);
    }
    command
}

/// Runs the command to its end.
pub(crate) fn waxseal(arguments: &[&str]) -> Ran {
    run(command(arguments), b"")
}

/// Runs the command with a message on its standard input.
pub(crate) fn waxseal_reading(stdin: &[u8], arguments: &[&str]) -> Ran {
    run(command(arguments), stdin)
}

pub(crate) fn run(mut command: Command, stdin: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command is built");
    let mut input = child.stdin.take().expect("it is piped");
    let octets = stdin.to_vec();
    let writer = std::thread::spawn(move || {
        // The command may well end before it has read everything.
        let _ = input.write_all(&octets);
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("writing ends");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// A directory for one test, gone after it.
#[derive(Debug)]
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room for temporary files"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, with the directories above it, and tells its path.
    pub(crate) fn write(&self, name: &str, octets: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it lies in the directory"))
            .and_then(|()| std::fs::write(&path, octets))
            .expect("the directory can be written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    /// A zone file with the keys of RFC 8463 §A.2.
    pub(crate) fn zone(&self) -> String {
        self.write("keys.zone", rfc_8463_zone())
    }
}

/// The keys of RFC 8463 §A.2 as a master file; the long one in two strings.
pub(crate) fn rfc_8463_zone() -> String {
    let (head, tail) = RSA_RECORD.split_at(200);
    format!(
        "$ORIGIN football.example.com.\n$TTL 300\n\
         brisbane._domainkey IN TXT \"{ED25519_RECORD}\"\n\
         test._domainkey IN TXT \"{head}\" \"{tail}\"\n"
    )
}

/// A message with a well-formed signature for that key name that can never verify: what it ends in
/// depends on what the DNS says about the key.
pub(crate) fn message_signed_for(selector: &str, domain: &str) -> String {
    format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s={selector}; h=from;\r\n\
         \tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n\
         From: joe@{domain}\r\n\r\nHi.\r\n"
    )
}
