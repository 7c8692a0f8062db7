//! The command `waxseal seal`, DomainKeys and DMARC records through the command.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::command_runner::{Ran, Scratch, waxseal_reading};
use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::signer::{ED25519_SEED, RSA_KEY};

const NOW: &str = "1700000000";

const MESSAGE: &str = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.com\r\n\
                       From: Joe <joe@news.example.com>\r\nSubject: hello\r\n\r\nHi.\r\n";

/// Keys of two domains, their records, and a configuration.
struct Setting {
    scratch: Scratch,
    rsa: String,
    ed: String,
    zone: String,
}

impl Setting {
    fn new() -> Self {
        let scratch = Scratch::new();
        let [rsa, ed] = [("rsa.pem", RSA_KEY), ("ed.pem", ED25519_SEED)].map(|(name, key)| {
            let path = scratch.write(name, key);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            path
        });
        let (head, tail) = RSA_RECORD.split_at(200);
        let zone = scratch.write(
            "records.zone",
            format!(
                "rsa._domainkey.example.com. 300 TXT \"{head}\" \"{tail}\"\n\
                 _domainkey.news.example.com. 300 TXT \"o=-; t=y\"\n\
                 _dmarc.example.com. 300 TXT \"v=DMARC1; p=reject\"\n\
                 ed._domainkey.example.org. 300 TXT \"{ED25519_RECORD}\"\n"
            ),
        );
        Self { scratch, rsa, ed, zone }
    }

    fn run(&self, stdin: &str, arguments: &[&str]) -> Ran {
        let (command, rest) = arguments.split_first().unwrap();
        let all = [&[*command, "--at", NOW, "--zone", &self.zone], rest].concat();
        waxseal_reading(stdin.as_bytes(), &all)
    }

    fn seal(&self, message: &str, more: &[&str]) -> Ran {
        let key = ["seal", "--domain", "example.org", "--selector", "ed", "--key", &self.ed];
        self.run(message, &[&key[..], more].concat())
    }

    fn report(&self, message: &str) -> Value {
        self.run(message, &["verify", "--json"]).reports().remove(0)
    }
}

const OURS: &[&str] = &["--authserv-id", "mx.example.org"];

#[test]
fn a_chain_grows_set_by_set() {
    let setting = Setting::new();
    let once = setting.seal(MESSAGE, OURS);
    assert_eq!(once.code, Some(0), "{once:?}");
    assert!(once.stdout.ends_with(MESSAGE), "{}", once.stdout);
    let results = "ARC-Authentication-Results: i=1; mx.example.org;";
    assert!(once.stdout.contains(results), "{}", once.stdout);
    let twice = setting.seal(&once.stdout, &["--results", "mx.example.net; arc=pass"]);
    assert_eq!(twice.code, Some(0), "{twice:?}");
    let report = setting.report(&twice.stdout);
    assert_eq!(report["arc"]["result"], "pass", "{report}");
    assert_eq!(report["arc"]["sets"].as_array().unwrap().len(), 2);

    let text = setting.run(&twice.stdout, &["verify"]).stdout;
    assert!(text.contains("ARC, sealed by example.org, then example.org"), "{text}");
}

#[test]
fn a_broken_chain_is_left_alone_or_marked_once() {
    let setting = Setting::new();
    let broken = setting.seal(MESSAGE, OURS).stdout.replace("Hi.", "Hi!");
    let refused = setting.seal(&broken, OURS);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
    assert!(refused.stderr.contains("a broken chain is not repaired"), "{refused:?}");
    let marked = setting.seal(&broken, &[OURS, &["--seal-failed"]].concat());
    assert_eq!(marked.code, Some(0), "{marked:?}");
    assert!(marked.stdout.contains("cv=fail"), "{}", marked.stdout);
    let again = setting.seal(&marked.stdout, &[OURS, &["--seal-failed"]].concat());
    assert_eq!(again.code, Some(1), "{again:?}");
}

#[test]
fn the_configuration_says_which_key_seals() {
    let setting = Setting::new();
    let config = |seal: &str| {
        let text = format!(
            "{seal}\n[[key]]\ndomain = \"example.org\"\nselector = \"ed\"\nfile = \"ed.pem\"\n"
        );
        setting.scratch.write("waxseal.toml", text)
    };
    let with = |config: &str| setting.run(MESSAGE, &[&["seal", "--config", config], OURS].concat());
    let sealed = with(&config("arc_seal = \"ed._domainkey.example.org\""));
    assert_eq!(sealed.code, Some(0), "{sealed:?}");
    assert_eq!(sealed.stdout, setting.seal(MESSAGE, OURS).stdout);
    assert_eq!(with(&config("")).code, Some(1));
    assert_eq!(with(&config("arc_seal = \"no._domainkey.example.org\"")).code, Some(78));
}

#[test]
fn wrong_usage_of_seal_is_told() {
    let setting = Setting::new();
    for (arguments, code, complaint) in [
        (&[][..], 64, "--authserv-id"),
        (&["--authserv-id", ""], 64, "it is empty"),
        (&["--results", "a\r\nSubject: x"], 64, "are no field value"),
        (&["--authserv-id", "mx", "--headers", "Received"], 64, "must not be signed"),
    ] {
        let ran = setting.seal(MESSAGE, arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains(complaint), "{complaint:?} in {ran:?}");
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(setting.seal("To: x\r\n\r\n", OURS).code, Some(65));
}

#[test]
fn domain_keys_are_signed_on_request_and_never_a_plain_pass() {
    let setting = Setting::new();
    let key = ["sign", "--domain", "example.com", "--selector", "rsa", "--key", &setting.rsa];
    let signed = setting.run(MESSAGE, &[&key[..], &["--domainkeys"]].concat());
    assert_eq!(signed.code, Some(0), "{signed:?}");
    assert!(signed.stdout.starts_with("DomainKey-Signature: a=rsa-sha1;"), "{}", signed.stdout);
    let results = |report: &Value| {
        let signatures = report["signatures"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        signatures
            .iter()
            .map(|one| {
                format!(
                    "{} {} {}",
                    text(&one["protocol"]),
                    text(&one["result"]),
                    text(&one["reason"])
                )
            })
            .collect::<Vec<_>>()
    };
    let report = setting.report(&signed.stdout);
    assert_eq!(results(&report), ["domainkeys policy historicAlgorithm", "dkim pass -"]);
    assert_eq!(report["result"], "pass");
    let allowed = setting.run(&signed.stdout, &["verify", "--json", "--allow-sha1"]);
    assert_eq!(results(&allowed.reports()[0]), ["domainkeys pass -", "dkim pass -"]);

    let explained = setting.run(&signed.stdout, &["explain"]).stdout;
    let explained = explained.split_whitespace().collect::<Vec<_>>().join(" ");
    let policy = "_domainkey.news.example.com: the domain signs all of its mail, and is testing";
    assert!(explained.contains(policy), "{explained}");

    let ed = ["sign", "--domain", "example.org", "--selector", "ed", "--key", &setting.ed];
    let refused = setting.run(MESSAGE, &[&ed[..], &["--domainkeys"]].concat());
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(64), ""), "{refused:?}");
}

#[test]
fn the_policy_of_the_author_is_told() {
    let setting = Setting::new();
    let key = ["sign", "--domain", "example.com", "--selector", "rsa", "--key", &setting.rsa];
    let signed = setting.run(MESSAGE, &key).stdout;
    let report = setting.report(&signed);
    assert_eq!(report["alignment"]["dkim"], "relaxed", "{report}");
    assert_eq!(report["alignment"]["dmarc"]["p"], "reject");
    let text = setting.run(&signed, &["verify", "-v"]).stdout;
    let line = "DMARC       aligned; p=reject adkim=r t=n at example.com";
    assert!(text.contains(line), "{text}");
    let off = setting.run(&signed, &["verify", "--json", "--no-alignment"]).reports().remove(0);
    assert_eq!(off["alignment"]["dkim"], "none");
}
