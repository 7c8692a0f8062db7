//! From root to somebody who may do little, and keys that are read all the same.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::filter::MESSAGE;
use super::hop::{Hop, Manners};
use super::running::{Client, Running, free_port};
use crate::command_runner::{Scratch, waxseal};
use crate::signer::RSA_KEY;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The user that the process runs as, in fact.
fn user_of(process: u32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
    let ids: Vec<u32> = line.split_whitespace().map(|id| id.parse().unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "real, effective, saved and file system: {ids:?}");
    ids[0]
}

#[test]
fn root_is_given_up_and_keys_are_read_at_a_reload() {
    let is_root = user_of(std::process::id()) == 0;
    let hop = Hop::start(Manners::default());
    let port = free_port();
    let scratch = Scratch::new();
    let folder = scratch.path("");
    // the configuration may be read by all, the keys by root alone
    mode(&folder, 0o755);
    let keys = scratch.path("keys");
    std::fs::create_dir(&keys).unwrap();
    for name in ["keys/first.pem", "keys/second.pem"] {
        scratch.write(name, RSA_KEY);
        mode(&scratch.path(name), 0o600);
    }
    mode(&keys, 0o700);
    let run = scratch.path("run");
    std::fs::create_dir(&run).unwrap();
    mode(&run, 0o777);
    let config = |key: &str| {
        format!(
            "forward_to = \"smtp:[127.0.0.1]:{}\"\nverify = false\n\
             [[key]]\ndomain = \"example.com\"\nselector = \"{key}\"\nfile = \"keys/{key}.pem\"\n\
             [[listener]]\naddress = \"127.0.0.1:{port}\"\nbank = \"O\"\n\
             [[listener]]\naddress = \"{}/filter.sock\"\n[bank.O]\noriginating = true\n\
             [server]\nuser = \"nobody\"\ncontrol = \"{}/control\"\nspool = \"/tmp\"\n",
            hop.port,
            run.display(),
            run.display()
        )
    };
    let server = Running::start_in(scratch, &config("first"), &[]);
    mode(&server.scratch.path("waxseal.toml"), 0o644);
    let user = user_of(server.child.id());
    assert!(user != 0);
    assert_eq!(user == user_of(std::process::id()), !is_root);
    assert_eq!(Client::hello(port).message(MESSAGE).0, 250);

    // the new key is one that the server itself cannot open any more
    server.scratch.write("waxseal.toml", config("second"));
    let path = server.scratch.path("waxseal.toml");
    let ran = waxseal(&["--config", path.to_str().unwrap(), "reload"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("key second._domainkey.example.com added"), "{ran:?}");
    assert_eq!(Client::hello(port).message(MESSAGE).0, 250);
    let signed = hop.taken().pop().unwrap().text();
    assert!(signed.contains("s=second;"), "{signed}");

    // whoever signals all that is called waxseal does not take the reader of keys away
    let process = server.child.id();
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children: Vec<String> = children.unwrap().split_whitespace().map(str::to_owned).collect();
    assert_eq!(children.len(), usize::from(is_root));
    for signal in ["-HUP", "-TERM"] {
        for child in &children {
            assert!(
                std::process::Command::new("kill")
                    .args([signal, child])
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }
    server.signal("HUP");
    server.logged("generation 3 replaces 2: nothing changed");

    // nothing but a key of the configuration is read for it
    server.scratch.write("waxseal.toml", config("third"));
    let ran = waxseal(&["--config", path.to_str().unwrap(), "reload"]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(
        ran.stderr.contains("third.pem") && ran.stderr.contains("generation 3 stays"),
        "{ran:?}"
    );
}

#[test]
fn an_unknown_user_is_told_and_root_is_warned_of() {
    let scratch = Scratch::new();
    let config = format!("[[listener]]\naddress = \"127.0.0.1:{}\"\n", free_port());
    let is_root = user_of(std::process::id()) == 0;
    let path =
        scratch.write("waxseal.toml", format!("{config}[server]\nuser = \"nobody-at-all\"\n"));
    if is_root {
        let ran = waxseal(&["--config", &path, "serve"]);
        assert_eq!(ran.code, Some(78), "{ran:?}");
        assert!(ran.stderr.contains("there is no user nobody-at-all"), "{ran:?}");
    }
    let server = Running::start_in(scratch, &config, &[]);
    server.logged("ready");
    assert_eq!(server.log().contains("running as root"), is_root);
}

#[test]
fn a_credential_of_systemd_is_taken_with_the_mode_that_it_has() {
    // systemd grants it by an access control list, whose mask shows as the mode of the group
    let scratch = Scratch::new();
    let file = scratch.write("example.com-2026.pem", RSA_KEY);
    mode(Path::new(&file), 0o440);
    let config = scratch.write(
        "waxseal.toml",
        format!("[[key]]\ndomain = \"example.com\"\nselector = \"s\"\nfile = \"{file}\"\n"),
    );
    let check = |folder: &str| {
        let mut command = crate::command_runner::command(&["--config", &config, "check-config"]);
        command.env("CREDENTIALS_DIRECTORY", folder);
        crate::command_runner::run(command, b"")
    };
    let folder = scratch.path("").to_str().unwrap().to_owned();
    assert_eq!(check(&folder).code, Some(0));
    assert_eq!(check("/run/credentials/other.service").code, Some(78));
    assert_eq!(check("").code, Some(78));
    mode(Path::new(&file), 0o444);
    assert_eq!(check(&folder).code, Some(78), "others may not, wherever it lies");
}
