//! `waxseal showkeys`: its output is what amavisd prints, and what name servers load.

use std::process::Command;

use serde_json::Value;
use waxseal::DomainName;

use crate::command_runner::{Ran, Scratch, waxseal};
use crate::dns_server::{Knot, ask, installed};
use crate::signer::RSA_KEY;

pub(crate) const RSA_PEM: &str = include_str!("../peers/keys/rsa.pem");
pub(crate) const ED25519_PEM: &str = include_str!("../peers/keys/ed25519.pem");

/// Printed by amavisd 2.13 for these keys, but for the paths.
const AMAVISD: &str = "\
; key#1 2048 bits, s=foo, d=example.com, rsa.pem
foo._domainkey.example.com.\t3600 TXT (
  \"v=DKIM1; p=\"
  \"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxeHgFy/mAdvAFaqITGJx\"
  \"LjJTk67jFNkI43wVtqRSmD5PX6csCYinqUsc3i9L/D+wPNlUJvb4h/5P6EmFzoVl\"
  \"mH0Wz6X6i2aOR45FAF7npWM10UEebIqcJ4OumwZjHsnptRJ2QWhlF1ro9emCh77H\"
  \"g7y+Xw0k0fNjkVSrbEuJf9KcQdqPQg+nQy1hygWfK4bIvlQLR1fgLKVgJ0alXRbm\"
  \"BTEl6CpV0XcxChgPlz8atJ75Q4UB/GLw5tGouFA2+ATgGKXV9GKxL0H/wzztcqnD\"
  \"q8CBytxAWji45WkAYwWEjyahKalC0yaNJKVcQoi8I5G0Lnqg6ZguXsQSG3Z1KBY1\"
  \"rwIDAQAB\")

; key#2 2048 bits, s=bar, d=mail.example.com, rsa.pem
bar._domainkey.mail.example.com.\t3600 TXT (
  \"v=DKIM1; h=sha256; k=rsa; s=email; t=s; n=a note=3B x; p=\"
  \"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxeHgFy/mAdvAFaqITGJx\"
  \"LjJTk67jFNkI43wVtqRSmD5PX6csCYinqUsc3i9L/D+wPNlUJvb4h/5P6EmFzoVl\"
  \"mH0Wz6X6i2aOR45FAF7npWM10UEebIqcJ4OumwZjHsnptRJ2QWhlF1ro9emCh77H\"
  \"g7y+Xw0k0fNjkVSrbEuJf9KcQdqPQg+nQy1hygWfK4bIvlQLR1fgLKVgJ0alXRbm\"
  \"BTEl6CpV0XcxChgPlz8atJ75Q4UB/GLw5tGouFA2+ATgGKXV9GKxL0H/wzztcqnD\"
  \"q8CBytxAWji45WkAYwWEjyahKalC0yaNJKVcQoi8I5G0Lnqg6ZguXsQSG3Z1KBY1\"
  \"rwIDAQAB\")

";

/// What the configuration of [`AMAVISD`] says.
const AMAVISD_TAGS: &str = "k = 'rsa'\nh = ['sha256']\ns = ['email']\nt = ['s']\nn = 'a note; x'";

#[test]
fn the_default_is_what_amavisd_prints() {
    let setup = Setup::new(&[
        ("example.com", "foo", "rsa.pem", ""),
        ("mail.example.com", "bar", "rsa.pem", AMAVISD_TAGS),
    ]);
    let ran = setup.run(&["showkeys"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let printed = ran.stdout.replace(&setup.folder(), "");
    assert_eq!(printed, AMAVISD);
    assert_eq!(ran.stderr, "");
    // From the right: com.example, com.example.mail.
    assert_eq!(setup.run(&["showkeys", ".com"]).stdout, ran.stdout);
}

#[test]
fn name_servers_load_it_unchanged() {
    // The note has what zones would take for their own, and strings of more than 255 octets in it.
    let note = format!("n = '''a \"note\" (; \\ $ORIGIN x é {}'''", "long ".repeat(80));
    let setup = Setup::new(&[
        ("example.com", "rsa", "rsa.pem", "t = ['s']"),
        ("example.com", "2026-ed", "ed25519.pem", &note),
        ("sub.example.com", "a.b", "rsa.pem", AMAVISD_TAGS),
        ("bücher.example.com", "sélecteur", "ed25519.pem", "g = '*'"),
    ]);
    let ran = setup.run(&["showkeys"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let head = "@ 3600 SOA ns hostmaster 1 3600 600 86400 60\n@ 3600 NS ns\nns 3600 A 127.0.0.1\n";
    let origin = "$ORIGIN example.com.\n";
    let zone = setup.scratch.write("zone", format!("{origin}{head}{}", ran.stdout));
    for (program, arguments) in [
        ("named-checkzone", vec!["-k", "fail", "-n", "fail", "example.com", &zone]),
        ("nsd-checkzone", vec!["example.com", &zone]),
        ("kzonecheck", vec!["-o", "example.com", &zone]),
    ] {
        let Some(program) = installed(program) else { continue };
        let checked = Command::new(&program).args(arguments).output().expect("it starts");
        assert!(checked.status.success(), "{checked:?}\n{}", ran.stdout);
    }
    // And so does --zone: every key is found where it belongs.
    let keys = setup.scratch.write("keys.zone", &ran.stdout);
    let tested = setup.run(&["testkeys", "--json", "--zone", &keys]);
    assert_eq!(tested.code, Some(0), "{tested:?}");
    let names: Vec<_> = tested.reports().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names[3], "xn--slecteur-b1a._domainkey.xn--bcher-kva.example.com");
    assert_eq!(names.len(), 4);
}

#[test]
fn a_name_server_answers_with_it_in_so_many_octets_as_foretold() {
    let note = format!("n = '{}'", "x".repeat(700));
    let setup = Setup::new(&[
        ("football.example.com", "small", "ed25519.pem", ""),
        ("football.example.com", "large", "rsa.pem", &note),
        (
            "football.example.com",
            "huge",
            "rsa.pem",
            &note.replace("'x", &format!("'{}", "x".repeat(50))),
        ),
    ]);
    let ran = setup.run(&["showkeys"]);
    let Some(knot) = Knot::start(&format!("{ZONE_HEAD}{}", ran.stdout)) else { return };
    let octets = |selector: &str| {
        let name = format!("{selector}._domainkey.football.example.com");
        let reply = ask(&knot.address, &name).expect("it answers");
        let name = DomainName::parse(&name).unwrap();
        let decoded = waxseal::dns::message::decode(&reply, &name).unwrap();
        if decoded.truncated { None } else { Some(reply.len()) }
    };
    for record in setup.run(&["showkeys", "--json"]).reports() {
        let zone = record["zone"].as_str().unwrap();
        let strings = zone.lines().skip(1).map(|line| line.trim().trim_end_matches(')').len() - 2);
        let name = DomainName::parse(record["name"].as_str().unwrap()).unwrap();
        let expected = waxseal::key::publish::answer_octets(&name, [strings]);
        match octets(record["selector"].as_str().unwrap()) {
            Some(octets) => assert_eq!(octets, expected, "{name}"),
            None => assert!(expected > 1232, "{name}: {expected}"),
        }
    }
    assert_eq!(octets("huge"), None);
    assert!(ran.stderr.contains("huge._domainkey.football.example.com: the answer of the DNS"));
    assert!(!ran.stderr.contains("large._domainkey"), "{}", ran.stderr);
    // Over TCP it is had all the same.
    let tested = setup.run(&["testkeys", "--resolver", &knot.address]);
    assert_eq!(tested.code, Some(0), "{tested:?}");
    assert!(tested.stdout.contains("warning largeAnswer"), "{tested:?}");
}

#[test]
fn updates_are_taken_by_a_name_server() {
    let setup = Setup::new(&[
        ("football.example.com", "rsa", "rsa.pem", "n = 'a \"note\"; é'"),
        ("football.example.com", "ed", "ed25519.pem", ""),
    ]);
    for program in ["nsupdate", "knsupdate"] {
        let (Some(knot), Some(update)) = (Knot::start_updatable(ZONE_HEAD), installed(program))
        else {
            continue;
        };
        let testing = ["testkeys", "--resolver", &knot.address];
        assert_eq!(setup.run(&testing).code, Some(1));
        let commands = setup.run(&["showkeys", "--format", "nsupdate"]).stdout;
        assert_eq!(commands.matches("\nsend\n").count(), 2, "{commands}");
        // Where the program finds the server by itself, nothing needs to be said before.
        let (address, port) = knot.address.split_once(':').unwrap();
        let zone = if program == "nsupdate" { "" } else { "zone football.example.com.\n" };
        let commands = format!("server {address} {port}\n{zone}{commands}");
        let file = setup.scratch.write("commands", commands);
        let ran = Command::new(update).arg(file).output().expect("it starts");
        assert!(ran.status.success(), "{ran:?}");
        let tested = setup.run(&testing);
        assert_eq!(tested.code, Some(0), "{program}: {tested:?}");
    }
}

#[test]
fn domains_are_chosen() {
    let setup = Setup::new(&[
        ("sub.example.org", "a", "ed25519.pem", ""),
        ("example.com", "b", "ed25519.pem", ""),
        ("example.org", "c", "ed25519.pem", ""),
        ("bücher.example", "d", "ed25519.pem", ""),
        ("badexample.org", "e", "ed25519.pem", ""),
    ]);
    for (domains, expected) in [
        (&[][..], vec![1, 2, 3, 4, 5]),
        (&["example.org"], vec![3]),
        (&[".example.org"], vec![3, 1]),
        (&[".org"], vec![5, 3, 1]),
        (&["."], vec![2, 4, 5, 3, 1]),
        (&["bücher.example", "EXAMPLE.com"], vec![2, 4]),
        (&["xn--bcher-kva.example"], vec![4]),
    ] {
        let ran = setup.run(&[&["showkeys", "--json"], domains].concat());
        let numbers: Vec<_> = ran.reports().iter().map(|one| one["number"].clone()).collect();
        assert_eq!(numbers, expected, "{domains:?}");
    }
    for command in ["showkeys", "testkeys"] {
        let ran = setup.run(&[command, "example.net"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
        assert!(ran.stderr.contains("no configured key has such a domain"), "{}", ran.stderr);
        assert_eq!(setup.run(&[command, "no domain"]).code, Some(64));
    }
}

#[test]
fn every_form_brings_the_whole_record() {
    let setup = Setup::new(&[
        ("example.com", "rsa", "rsa.pem", "n = \"it's\""),
        ("example.com", "ed", "ed25519.pem", ""),
        ("example.org", "ed", "ed25519.pem", ""),
    ]);
    let show = |format: &str| {
        let ran = setup.run(&["showkeys", "--ttl", "600", "--format", format]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{format}");
        ran
    };
    let json = show("json").reports();
    assert_eq!(setup.run(&["showkeys", "--ttl", "600", "--json"]).reports(), json);
    let value = json[0]["value"].as_str().unwrap();
    assert!(value.starts_with("v=DKIM1; n=it's; p=MIIB"), "{value}");
    let strings: Vec<_> = json[0]["strings"].as_array().unwrap().iter().collect();
    let strings: Vec<&str> = strings.into_iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!((strings.concat().as_str(), strings.len()), (value, 2));
    assert!(strings.iter().all(|string| string.len() <= 255));
    assert_eq!(
        (&json[0]["ttl"], &json[0]["bits"], &json[0]["type"]),
        (&600.into(), &2048.into(), &"rsa".into())
    );

    let plain = show("plain").stdout;
    assert!(plain.starts_with(&format!("rsa._domainkey.example.com\n{value}\n\n")), "{plain}");

    let quoted = format!("\"{}\" \"{}\"", strings[0], strings[1]);
    let updates = show("nsupdate").stdout;
    let update = format!("update add rsa._domainkey.example.com. 600 TXT {quoted}\nsend\n");
    assert!(updates.starts_with(&update), "{updates}");

    let batch: Value = serde_json::from_str(&show("route53").stdout).unwrap();
    let change = &batch["Changes"][0];
    assert_eq!(change["Action"], "UPSERT");
    let set = &change["ResourceRecordSet"];
    assert_eq!(
        (&set["Name"], &set["Type"]),
        (&"rsa._domainkey.example.com.".into(), &"TXT".into())
    );
    assert_eq!(set["ResourceRecords"], serde_json::json!([{ "Value": quoted }]));
    assert_eq!(batch["Changes"].as_array().unwrap().len(), 3);

    let bodies = show("cloudflare").reports();
    assert_eq!((&bodies[0]["content"], &bodies[0]["ttl"]), (&quoted.into(), &600.into()));
    assert_eq!(bodies[0]["name"], "rsa._domainkey.example.com");

    let yaml = show("octodns").stdout;
    let record = value.replace(';', "\\;").replace('\'', "''");
    let first = format!("rsa._domainkey:\n  ttl: 600\n  type: TXT\n  values:\n    - '{record}'\n");
    assert!(yaml.starts_with("---\n# example.com.yaml\ned._domainkey:\n"), "{yaml}");
    assert!(yaml.contains(&first), "{yaml}");
    assert_eq!(yaml.matches("---\n").count(), 2);

    let ran = setup.run(&["showkeys", "--json", "--format", "zone"]);
    assert_eq!(ran.code, Some(64));
}

#[test]
fn what_should_not_be_published_is_told() {
    let setup = Setup::new(&[
        ("example.com", "weak", "weak.pem", ""),
        ("example.com", "sha1", "rsa.pem", "h = ['sha1']"),
        ("example.com", "tlsrpt", "rsa.pem", "s = ['tlsrpt']"),
        ("example.com", "long", "rsa.pem", &format!("n = '{}'", "x".repeat(4000))),
        ("example.com", "good", "rsa.pem", ""),
    ]);
    let ran = setup.run(&["showkeys"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for said in [
        "warning: key#1 weak._domainkey.example.com: the RSA key has 1024 bits",
        "warning: key#2 sha1._domainkey.example.com: h= leaves sha256 out",
        "warning: key#3 tlsrpt._domainkey.example.com: s= leaves email out",
        "warning: key#4 long._domainkey.example.com: the key record has 44",
        "warning: key#4 long._domainkey.example.com: the answer of the DNS will have about 4",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("key#5"), "{}", ran.stderr);
}

#[test]
fn one_bad_key_does_not_hide_the_others() {
    let setup = Setup::new(&[
        ("example.com", "a", "missing.pem", ""),
        ("example.com", "b", "rsa.pem", ""),
        ("example.com", "c", "broken.pem", ""),
        ("example.com", "d", "open.pem", ""),
        ("example.com", "e", "rsa.pem", "k = 'ed25519'"),
        ("example.com", "f", "ed25519.pem", ""),
    ]);
    let ran = setup.run(&["showkeys"]);
    for said in ["key#1 of example.com: ", "missing.pem", "broken.pem", "open.pem", "k is ed25519"]
    {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    assert_eq!(ran.stdout.matches("; key#").count(), 2, "{ran:?}");
    assert_eq!(ran.code, Some(78));
    for (number, code) in [("a", 66), ("c", 65), ("d", 65)] {
        let file = match number {
            "a" => "missing.pem",
            "c" => "broken.pem",
            _ => "open.pem",
        };
        let setup = Setup::new(&[("example.com", number, file, "")]);
        assert_eq!(setup.run(&["showkeys"]).code, Some(code), "{file}");
    }
    let setup = Setup::new(&[("example.com", "d", "open.pem", "")]);
    assert_eq!(setup.run(&["showkeys", "--allow-open-key-files"]).code, Some(0));
}

/// The start of a zone for [`Knot`].
pub(crate) const ZONE_HEAD: &str = "\
$ORIGIN football.example.com.
@ 300 SOA ns hostmaster 1 3600 600 86400 60
@ 300 NS ns
ns 300 A 127.0.0.1
";

/// A configuration with its key files.
pub(crate) struct Setup {
    pub(crate) scratch: Scratch,
    config: String,
}

impl Setup {
    /// With these keys: domain, selector, file, more settings.
    pub(crate) fn new(keys: &[(&str, &str, &str, &str)]) -> Self {
        let scratch = Scratch::new();
        let weak =
            format!("-----BEGIN RSA PRIVATE KEY-----\n{RSA_KEY}\n-----END RSA PRIVATE KEY-----\n");
        for (file, text, mode) in [
            ("rsa.pem", RSA_PEM, 0o600),
            ("ed25519.pem", ED25519_PEM, 0o600),
            ("weak.pem", &weak, 0o600),
            ("broken.pem", &RSA_PEM[..500], 0o600),
            ("open.pem", RSA_PEM, 0o644),
        ] {
            let path = scratch.write(file, text);
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(path, permissions).expect("it is ours");
        }
        let config: String = keys
            .iter()
            .map(|(domain, selector, file, more)| {
                format!(
                    "[[key]]\ndomain = '{domain}'\nselector = '{selector}'\nfile = '{file}'\n{more}\n"
                )
            })
            .collect();
        let config = scratch.write("waxseal.toml", config);
        Self { scratch, config }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        waxseal(&[arguments, &["--config", &self.config]].concat())
    }

    /// Where the key files lie, as paths begin.
    fn folder(&self) -> String {
        format!("{}/", self.scratch.path("x").parent().expect("a folder").display())
    }
}
