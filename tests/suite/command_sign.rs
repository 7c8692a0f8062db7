//! The command `waxseal sign` and `waxseal explain` as a process.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;

use crate::command_runner::{Ran, Scratch, command, waxseal, waxseal_reading};
use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::signer::{ED25519_SEED, RSA_KEY};

const MESSAGE: &str = "From: Joe <joe@example.com>\r\nTo: ann@example.net\r\nSubject: \
                       hello\r\n\r\nHi  there.\r\n\r\nBye.\r\n\r\n\r\n";

const NOW: &str = "1700000000";

impl Scratch {
    /// A key file as it should be: for its owner alone.
    fn key(&self, name: &str, content: &str) -> String {
        let path = self.write(name, content);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn keys(&self) -> [String; 2] {
        [self.key("rsa.pem", RSA_KEY), self.key("ed.pem", ED25519_SEED)]
    }

    fn records(&self) -> String {
        let (head, tail) = RSA_RECORD.split_at(200);
        self.write(
            "records.zone",
            format!(
                "rsa._domainkey.example.com. 300 TXT \"{head}\" \"{tail}\"\n\
                 ed._domainkey.example.com. 300 TXT \"{ED25519_RECORD}\"\n"
            ),
        )
    }
}

/// The result of each signature of a message, verified by the command.
fn verified(scratch: &Scratch, message: &str, more: &[&str]) -> Vec<String> {
    let zone = scratch.records();
    let arguments = [&["verify", "--json", "--zone", &zone, "--at", NOW], more].concat();
    let report = waxseal_reading(message.as_bytes(), &arguments).reports().remove(0);
    let signatures = report["signatures"].as_array().unwrap().iter();
    signatures.map(|one| one["result"].as_str().unwrap().to_owned()).collect()
}

fn sign(stdin: &str, arguments: &[&str]) -> Ran {
    waxseal_reading(stdin.as_bytes(), &[&["sign", "--at", NOW], arguments].concat())
}

#[test]
fn a_message_is_signed_with_every_key_and_otherwise_unchanged() {
    let scratch = Scratch::new();
    let [rsa, ed] = scratch.keys();
    let keys = [
        "--domain",
        "example.com",
        "--selector",
        "rsa",
        "--key",
        &rsa,
        "--selector",
        "ed",
        "--key",
        &ed,
    ];
    let ran = sign(MESSAGE, &keys);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.ends_with(MESSAGE), "{}", ran.stdout);
    assert!(ran.stderr.contains("the RSA key has 1024 bits; 2048 are recommended"), "{ran:?}");
    assert_eq!(verified(&scratch, &ran.stdout, &[]), ["pass", "pass"]);
    let algorithms: Vec<_> = ran.stdout.split("; ").filter(|tag| tag.starts_with("a=")).collect();
    assert_eq!(algorithms, ["a=rsa-sha256", "a=ed25519-sha256"]);

    // The same from a file, and with LF alone, which is made CRLF first.
    let file = scratch.write("unix.eml", MESSAGE.replace("\r\n", "\n"));
    let again = sign("", &[&keys[..], &[&file]].concat());
    assert_eq!(again.stdout, ran.stdout);

    let header = sign(MESSAGE, &[&keys[..], &["--header-only"]].concat());
    assert_eq!(format!("{}{MESSAGE}", header.stdout), ran.stdout);
    let json = sign(MESSAGE, &[&keys[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["header"], header.stdout);
}

#[test]
fn the_options_are_in_the_signature() {
    let scratch = Scratch::new();
    let [_, ed] = scratch.keys();
    let ran = sign(
        MESSAGE,
        &[
            "--domain",
            "example.com",
            "--selector",
            "ed",
            "--key",
            &ed,
            "-c",
            "simple/relaxed",
            "--identity",
            "joe@example.com",
            "--ttl",
            "21d",
            "--headers",
            "subject:to",
            "--oversign",
            "present",
            "--body-length",
            "9",
            "--copy-headers",
            "--query-method",
        ],
    );
    let field = ran.stdout.split("From: Joe").next().unwrap().replace("\r\n ", "");
    for part in [
        "c=simple/relaxed;",
        "i=joe@example.com; q=dns/txt;",
        "x=1701814400; l=9;",
        "h=From:From:subject:subject:to:to;",
        "z=From:Joe=20<joe@example.com>|",
    ] {
        assert!(field.contains(part), "{part} in {field}");
    }
    assert_eq!(verified(&scratch, &ran.stdout, &["--allow-body-length"]), ["pass"]);
    assert_eq!(verified(&scratch, &ran.stdout, &[]), ["policy"]);
}

#[test]
fn wrong_usage_and_wrong_messages_leave_stdout_empty() {
    let scratch = Scratch::new();
    let [_, ed] = scratch.keys();
    let open = scratch.write("open.pem", ED25519_SEED);
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o640)).unwrap();
    let broken = scratch.key("broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n");
    let missing = scratch.path("missing.pem");
    let missing = missing.to_str().unwrap();
    let mbox = scratch.write("mbox", format!("From x\n{MESSAGE}\nFrom y\n{MESSAGE}"));
    let folder = scratch.path("").to_str().unwrap().to_owned();
    let with = |key: &str, more: &[&str]| {
        let start = ["--domain", "example.com", "--selector", "ed", "--key", key];
        [&start[..], more].concat().iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let long = format!("From: a@example.com\r\n\r\n{}\r\n", "x".repeat(999));
    let bare = "From: a@example.com\r\n\r\na\nb\r\n";
    for (stdin, arguments, code, complaint) in [
        ("To: x\r\n\r\n", with(&ed, &[]), 65, "-: is not signed: the message has no From field"),
        ("no header\r\n", with(&ed, &[]), 65, "line 1 of the header"),
        ("", with(&ed, &[]), 65, "no From field"),
        (&long, with(&ed, &[]), 65, "line 3 is longer than 998 octets"),
        (bare, with(&ed, &["--line-endings", "refuse"]), 65, "line 3 has a CR or LF that stands"),
        ("From: ä\r\n\r\n", with(&ed, &["--seven-bit"]), 65, "line 1 has an octet above 127"),
        (MESSAGE, with(&ed, &["--body-length", "9999"]), 65, "but the canonical body has"),
        (MESSAGE, with(&open, &[]), 65, "chmod 600"),
        (MESSAGE, with(&broken, &[]), 65, "broken.pem"),
        (MESSAGE, with(missing, &[]), 66, "missing.pem"),
        (MESSAGE, with(&ed, &["--identity", "a@b.example"]), 64, "is neither of the signing"),
        (MESSAGE, with(&ed, &["--headers", "Received"]), 64, "must not be signed"),
        (MESSAGE, with(&ed, &["--headers", "a::b"]), 64, "an item of the list is empty"),
        (MESSAGE, with(&ed, &["--oversign", "none,from"]), 64, "the word none stands alone"),
        (MESSAGE, with(&ed, &["-c", "strict"]), 64, "write simple or relaxed"),
        (MESSAGE, with(&ed, &["--ttl", "soon"]), 64, "write it in seconds, or like 21d"),
        (MESSAGE, with(&ed, &["--at", "received"]), 64, "--at"),
        (MESSAGE, with(&ed, &["--selector", "b", "--selector", "c"]), 64, "once for all"),
        (MESSAGE, with(&ed, &[&mbox]), 64, "sign takes one message at a time"),
        (MESSAGE, with(&ed, &[&folder]), 64, "is a directory"),
        (MESSAGE, with(&ed, &["/nowhere/x.eml"]), 66, "/nowhere/x.eml"),
    ] {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let arguments = match arguments.contains(&"--at") {
            true => [&["sign"], &arguments[..]].concat(),
            false => [&["sign", "--at", NOW], &arguments[..]].concat(),
        };
        let ran = waxseal_reading(stdin.as_bytes(), &arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}\n{ran:?}");
        assert!(ran.stderr.contains(complaint), "{complaint:?} in {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(!ran.stderr.contains(ED25519_SEED), "a secret was told");
    }
}

#[test]
fn bare_line_endings_are_repaired_in_what_is_written() {
    let scratch = Scratch::new();
    let [_, ed] = scratch.keys();
    let bare = "From: a@example.com\r\n\r\na\nb\rc\r\r\n";
    let ran = sign(bare, &["--domain", "example.com", "--selector", "ed", "--key", &ed]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.ends_with("From: a@example.com\r\n\r\na\r\nb\r\nc\r\n"), "{ran:?}");
    assert!(ran.stderr.contains("was made a line end"), "{ran:?}");
    assert_eq!(verified(&scratch, &ran.stdout, &[]), ["pass"]);
}

#[test]
fn long_messages_are_signed_and_come_out_whole() {
    let scratch = Scratch::new();
    let [_, ed] = scratch.keys();
    let body = "0123456789 abcdefghij\r\n".repeat(10 * 1024 * 1024 / 23);
    let message = format!("{}{body}", MESSAGE.split_inclusive("\r\n\r\n").next().unwrap());
    let ran = sign(&message, &["--domain", "example.com", "--selector", "ed", "--key", &ed]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.ends_with(&message));
    assert_eq!(verified(&scratch, &ran.stdout, &[]), ["pass"]);
}

#[test]
fn an_author_field_with_a_blank_is_no_mbox() {
    let scratch = Scratch::new();
    let [_, ed] = scratch.keys();
    let key = ["--domain", "example.com", "--selector", "ed", "--key", &ed];
    let odd = "From : joe@example.com\r\nSubject: hello\r\n\r\nHi.\r\n";
    let ran = sign(odd, &key);
    assert!(ran.stdout.ends_with(odd), "{ran:?}");
    // Put on top of a signed message, such a field is an author that nobody signed.
    let forged = format!("From : eve@example.net\r\n{}", sign(MESSAGE, &key).stdout);
    assert_eq!(verified(&scratch, &forged, &[]), ["fail"]);
}

#[test]
fn a_reader_that_goes_away_is_no_disaster() {
    let scratch = Scratch::new();
    let [_, ed] = scratch.keys();
    let arguments = ["sign", "--domain", "example.com", "--selector", "ed", "--key", &ed];
    let mut child = command(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let long = format!("From: a@example.com\r\n\r\n{}", "x\r\n".repeat(1_000_000));
    stdin.write_all(long.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// A configuration with both keys, in each of the two languages.
fn configurations(scratch: &Scratch) -> [String; 2] {
    scratch.keys();
    let toml = "\
[[key]]
domain = \"example.com\"
selector = \"rsa\"
file = \"rsa.pem\"

[[key]]
domain = \"example.com\"
selector = \"ed\"
file = \"ed.pem\"

[signing.\".\"]
ttl = \"21d\"
c = \"relaxed/relaxed\"
";
    let folder = scratch.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    let perl = format!(
        "use strict;
$enable_dkim_signing = 1;
dkim_key('example.com', 'rsa', '{folder}/rsa.pem');
dkim_key('example.com', 'ed', '{folder}/ed.pem');
@dkim_signature_options_bysender_maps = (
  {{ '.' => {{ ttl => 21*24*3600, c => 'relaxed/relaxed' }} }} );
1;
"
    );
    [scratch.write("waxseal.toml", toml), scratch.write("amavisd.conf", perl)]
}

#[test]
fn the_configuration_chooses_the_keys() {
    let scratch = Scratch::new();
    for config in configurations(&scratch) {
        let ran = sign(MESSAGE, &["--config", &config]);
        assert_eq!(ran.code, Some(0), "{config}: {ran:?}");
        assert_eq!(verified(&scratch, &ran.stdout, &[]), ["pass", "pass"], "{config}");
        assert!(ran.stdout.contains("c=relaxed/relaxed"), "{config}");
        assert!(ran.stdout.contains("x=1701814400"), "{config}");

        // What is ours and signed already is not signed again.
        let again = sign(&ran.stdout, &["--config", &config]);
        assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""), "{again:?}");
        let other = MESSAGE.replace("example.com", "example.org");
        let other = sign(&other, &["--config", &config]);
        assert_eq!((other.code, other.stdout.as_str()), (Some(1), ""), "{other:?}");
        assert!(other.stderr.contains("is not signed"), "{other:?}");
    }
    // Our name on a signature that does not verify keeps nobody from signing.
    let [config, _] = configurations(&scratch);
    let forged =
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=rsa; h=from; bh=AAAA; b=AAAA\r\n";
    let ran = sign(&format!("{forged}{MESSAGE}"), &["--config", &config]);
    assert_eq!(ran.code, Some(0), "{ran:?}");

    // A key that cannot be used is told, and the others sign.
    let ed = scratch.path("ed.pem");
    std::fs::set_permissions(&ed, std::fs::Permissions::from_mode(0o644)).unwrap();
    let half = sign(MESSAGE, &["--config", &config]);
    assert_eq!(verified(&scratch, &half.stdout, &[]), ["pass"], "{half:?}");
    assert!(half.stderr.contains("ed (") && half.stderr.contains("chmod 600"), "{half:?}");

    let missing = sign(MESSAGE, &["--config", "/nowhere/waxseal.toml"]);
    assert_eq!(missing.code, Some(78), "{missing:?}");
}

#[test]
fn explain_tells_of_verdicts_and_of_the_decision() {
    let scratch = Scratch::new();
    let zone = scratch.records();
    for config in configurations(&scratch) {
        let signed = sign(MESSAGE, &["--config", &config]).stdout;
        let file = scratch.write("signed.eml", &signed);
        let ran = waxseal(&["explain", "--zone", &zone, "--at", NOW, "--config", &config, &file]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        for part in ["signed.eml: pass", "Signing", "not signed: ", "joe@example.com"] {
            assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
        }
        let fresh = scratch.write("fresh.eml", MESSAGE);
        let arguments = ["explain", "--json", "--zone", &zone, "--config", &config, &fresh];
        let json: Value = serde_json::from_str(&waxseal(&arguments).stdout).unwrap();
        assert_eq!(json["report"]["result"], "none");
        assert_eq!(json["signing"]["signs"], true);
        let algorithms: Vec<_> = json["signing"]["signatures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["algorithm"].as_str().unwrap())
            .collect();
        assert_eq!(algorithms, ["rsa-sha256", "ed25519-sha256"]);
        assert!(!json["signing"]["steps"].as_array().unwrap().is_empty());
    }
}

#[test]
fn manual_pages_are_there_for_every_command() {
    for name in ["verify", "sign", "genrsa", "genkey", "showkeys", "testkeys", "explain"] {
        let ran = waxseal(&["man", name]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains(".SH OPTIONS") && ran.stdout.contains("config"), "{name}");
    }
    assert!(waxseal(&["man"]).stdout.contains(".SH SUBCOMMANDS"));
    assert_eq!(waxseal(&["man", "nothing"]).code, Some(64));
}

#[test]
fn explain_tells_why_a_signature_fails() {
    let scratch = Scratch::new();
    let zone = scratch.records();
    let [config, _] = configurations(&scratch);
    let signed = sign(MESSAGE, &["--config", &config]).stdout;
    let came = signed.replace("Subject: ", "Subject: [list] ") + "-- \r\nThe list\r\n";
    let file = scratch.write("list.eml", &came);
    let arguments = ["--zone", &zone, "--at", NOW, "--config", &config, &file];
    let ran = waxseal(&[&["explain"], &arguments[..]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "list.eml: fail",
        "Why it fails",
        "It would verify without \"[list]\" in Subject and without the",
        "subjectTag: Subject: \"[list] \" where it was nothing",
        "\"-- \\r\\nThe list\\r\\n\" where it was nothing",
    ] {
        assert!(told.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    let ran = waxseal(&[&["explain", "--json"], &arguments[..]].concat());
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["report"]["result"], "fail");
    let signatures = json["diagnosis"]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2, "{json}");
    for signature in signatures {
        assert_eq!(signature["findings"][0]["hypothesis"], "subjectTag");
        assert_eq!(signature["findings"][1]["hypothesis"], "footer");
        assert_eq!(signature["header"], "wouldVerify");
    }
    assert!(json["diagnosis"].get("report").is_none());

    // What passes has nothing to be told.
    let good = scratch.write("good.eml", &signed);
    let arguments = ["--zone", &zone, "--at", NOW, "--config", &config, &good];
    let ran = waxseal(&[&["explain"], &arguments[..]].concat());
    assert!(!ran.stdout.contains("Why it fails"), "{}", ran.stdout);
}
