//! The commands `waxseal genrsa` and `waxseal genkey` as processes: files, modes, records, refusals.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use waxseal::DomainName;
use waxseal::crypto::{KeyType, PrivateKey};
use waxseal::dns::Answer;
use waxseal::dns::zone::Zone;
use waxseal::key::{KeyRecord, private};

use crate::command_runner::{Ran, Scratch, command, run, waxseal};
use crate::private_keys::openssl;

fn read(path: &str) -> PrivateKey {
    private::parse(&fs::read(path).expect("the key file is there")).expect("it holds a key")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a directory");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

fn refused(ran: &Ran, code: i32, part: &str) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains(part), "{part:?} in {}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

#[test]
fn genrsa_writes_a_key_that_openssl_accepts() {
    let scratch = Scratch::new();
    for (words, bits, warned) in
        [(vec![], 2048, false), (vec!["1024"], 1024, true), (vec!["3072"], 3072, false)]
    {
        let path = scratch.path(&format!("{bits}.pem"));
        let ran = waxseal(&[&["genrsa", text(&path)][..], &words].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stdout, format!("Private RSA key ({bits} bits) written to file {path:?}\n"));
        assert_eq!(ran.stderr.contains("warning: 1024 bits are little"), warned, "{ran:?}");
        assert_eq!(ran.stderr.is_empty(), !warned, "{ran:?}");
        let written = fs::read_to_string(&path).unwrap();
        assert!(written.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        assert_eq!((read(text(&path)).key_type(), read(text(&path)).bits()), (KeyType::Rsa, bits));
        let checked = openssl(&["rsa", "-check", "-noout", "-in", text(&path)]);
        assert!(checked.contains("RSA key ok"), "{checked}");
    }
}

#[test]
fn genkey_writes_either_type_as_pkcs_8() {
    let scratch = Scratch::new();
    for (words, kind, bits, line) in [
        (vec![], KeyType::Rsa, 2048, "Private RSA key (2048 bits)"),
        (vec!["--bits", "1031"], KeyType::Rsa, 1031, "Private RSA key (1031 bits)"),
        (vec!["--type", "ed25519"], KeyType::Ed25519, 256, "Private Ed25519 key"),
    ] {
        let path = scratch.path(&format!("{bits}.pem"));
        let ran = waxseal(&[&["genkey", text(&path)][..], &words].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stdout, format!("{line} written to file {path:?}\n"));
        let written = fs::read_to_string(&path).unwrap();
        assert!(written.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert_eq!((read(text(&path)).key_type(), read(text(&path)).bits()), (kind, bits));
        let checked = openssl(&["pkey", "-check", "-noout", "-in", text(&path)]);
        assert!(checked.contains("Key is valid"), "{checked}");
    }
}

#[test]
fn no_two_keys_are_alike() {
    let scratch = Scratch::new();
    for kind in ["rsa", "ed25519"] {
        let [one, two] = ["one", "two"].map(|name| {
            let path = scratch.path(&format!("{kind}-{name}"));
            assert_eq!(waxseal(&["genkey", "--type", kind, text(&path)]).code, Some(0));
            read(text(&path)).public_key()
        });
        assert_ne!(one, two);
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = Scratch::new();
    for umask in ["000", "022", "0777"] {
        let path = scratch.path(&format!("key-{umask}"));
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]);
        shell.args([env!("CARGO_BIN_EXE_waxseal"), "genkey", "--type", "ed25519", text(&path)]);
        let ran = run(shell, b"");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "umask {umask}");
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    let scratch = Scratch::new();
    let taken = scratch.write("taken", "precious");
    for command in ["genrsa", "genkey"] {
        refused(&waxseal(&[command, &taken]), 73, "never overwritten");
        refused(&waxseal(&["--json", command, &taken]), 73, &taken);
    }
    assert_eq!(fs::read(&taken).unwrap(), b"precious");
    let folder = scratch.path("any").parent().expect("a directory").to_owned();
    refused(&waxseal(&["genrsa", text(&folder)]), 73, "exists already");
    #[cfg(unix)]
    for (link, target) in [("dangling", "nowhere"), ("link", "taken")] {
        let path = scratch.path(link);
        std::os::unix::fs::symlink(target, &path).unwrap();
        refused(&waxseal(&["genrsa", text(&path)]), 73, "never overwritten");
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(target));
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(names(&folder), ["taken"]);
}

#[test]
fn places_that_cannot_be_written_are_told() {
    let scratch = Scratch::new();
    let file = scratch.write("file", "");
    let missing = scratch.path("missing/key");
    let folder = missing.parent().unwrap().display().to_string();
    refused(&waxseal(&["genrsa", text(&missing)]), 73, &format!("`mkdir -p -m 700 {folder}`"));
    refused(&waxseal(&["genkey", &format!("{file}/key")]), 73, "is no directory");
    refused(&waxseal(&["genrsa", &format!("{file}/")]), 73, "");
    #[cfg(target_os = "linux")]
    refused(
        &waxseal(&["genkey", "--type", "ed25519", "/proc/self/key"]),
        73,
        "/proc/self: no file can be created in it",
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_whole_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let path = scratch.path("key.pem");
    // A limit on file sizes does what a full disk does; without the signal it is an error.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]);
    shell.args([env!("CARGO_BIN_EXE_waxseal"), "genrsa", text(&path), "4096"]);
    let ran = run(shell, b"");
    refused(&ran, 73, "nothing was left behind");
    assert_eq!(names(path.parent().unwrap()), [""; 0]);
}

#[test]
fn wrong_usage_makes_no_key() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    let key = text(&path);
    for (words, part) in [
        (&["genrsa"][..], "FILE"),
        (&["genrsa", key, "1023"], "1023"),
        (&["genrsa", key, "8193"], "8193"),
        (&["genrsa", key, "many"], "many"),
        (&["genkey", key, "--bits", "512"], "512"),
        (&["genkey", key, "--type", "dsa"], "dsa"),
        (&["genkey", key, "--type", "ed25519", "--bits", "2048"], "always has 256 bits"),
        (&["genrsa", key, "--domain", "example.com"], "--selector"),
        (&["genrsa", key, "--selector", "a"], "--domain"),
        (&["genrsa", key, "--selector", "a", "--domain", "exa mple"], "exa mple"),
        (&["genrsa", key, "--record", "--domain", "a.example", "--selector", "a"], "--record"),
        (&["genrsa", "-", "--json"], "FILE instead of -"),
    ] {
        refused(&waxseal(words), 64, part);
    }
    assert!(!path.exists());
}

#[test]
fn the_record_belongs_to_the_key_and_all_of_stdout_is_a_zone() {
    let scratch = Scratch::new();
    for (kind, selector) in [("rsa", "r"), ("ed25519", "e")] {
        let path = scratch.path(kind);
        let place = ["--domain", "Bücher.example", "--selector", selector];
        let ran = waxseal(&[&["genkey", "--type", kind, text(&path)][..], &place].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let name = format!("{selector}._domainkey.xn--bcher-kva.example");
        assert!(ran.stdout.starts_with("; Private "), "{}", ran.stdout);
        assert!(ran.stdout.contains(&format!("\n{name}.\t3600 TXT (\n  \"v=DKIM1;")));
        let zone = Zone::parse(&ran.stdout, None).expect("stdout is a zone");
        let Answer::Records(found) = zone.lookup(&DomainName::parse(&name).unwrap()) else {
            panic!("{name} is in {}", ran.stdout);
        };
        let record = KeyRecord::parse(&found.records[0], 4096).expect("it is a key record");
        assert_eq!(record.public_key, read(text(&path)).public_key());
    }
    let path = scratch.path("plain");
    let ran = waxseal(&["genrsa", "--record", text(&path)]);
    let record = ran.stdout.lines().nth(1).expect("the record is on its own line");
    assert!(record.starts_with("v=DKIM1; p=MII"), "{record}");
    assert_eq!(ran.stdout.lines().count(), 2);
}

#[test]
fn json_describes_the_key() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    let words = ["--json", "genkey", "--type", "ed25519", text(&path)];
    let ran = waxseal(&[&words[..], &["--domain", "example.com", "--selector", "s"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let [object] = &ran.reports()[..] else { panic!("one line: {ran:?}") };
    assert_eq!(object["file"], text(&path));
    assert_eq!(object["type"], "ed25519");
    assert_eq!(object["bits"], 256);
    assert_eq!(object["name"], "s._domainkey.example.com");
    assert!(object["record"].as_str().unwrap().starts_with("v=DKIM1; k=ed25519; p="));
    let path = scratch.path("other");
    let [object] = &waxseal(&["--json", "genrsa", text(&path)]).reports()[..] else {
        panic!("one line");
    };
    assert_eq!((&object["type"], &object["name"]), (&Value::from("rsa"), &Value::Null));
}

#[test]
fn a_dash_writes_the_key_to_stdout_alone() {
    let words = ["genkey", "-", "--type", "ed25519", "--domain", "example.com", "--selector", "s"];
    let ran = run(command(&words), b"");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(private::parse(ran.stdout.as_bytes()).is_ok());
    assert_eq!(ran.stdout.lines().count(), 3);
    assert!(ran.stderr.contains("written to stdout"), "{}", ran.stderr);
    assert!(ran.stderr.contains("s._domainkey.example.com.\t3600 TXT"), "{}", ran.stderr);
}

#[test]
fn no_output_shows_the_private_key() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    let ran = waxseal(&["-v", "genrsa", "--record", text(&path)]);
    let written = fs::read_to_string(&path).unwrap();
    // The first lines hold the modulus, which the record holds, too.
    let secret = written.lines().nth(10).unwrap();
    assert_eq!(secret.len(), 64);
    assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret));
}
