//! `waxseal testkeys` against name servers: it names the true cause.

use std::net::UdpSocket;

use serde_json::Value;

use crate::command_showkeys::{Setup, ZONE_HEAD};
use crate::dns_server::{Knot, Unbound, outcome};
use crate::dns_server_scripted::{AUTHENTICATED, Server, with_flags, with_key};
use crate::rfc_examples::ED25519_RECORD;

const DOMAIN: &str = "football.example.com";

#[test]
fn every_cause_is_named() {
    let (zone, cases) = broken_zone();
    let Some(knot) = Knot::start(&zone) else { return };
    let Some(unbound) = Unbound::start(&knot.address, None) else { return };
    let setup = Setup::new(&configured(&cases));
    // Straight from the server with the zone, and from a resolver in front of it.
    for address in [&knot.address, &unbound.address] {
        let ran = setup.run(&["testkeys", "--json", "--resolver", address]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let reports = ran.reports();
        assert_eq!(reports.len(), cases.len());
        for (case, report) in cases.iter().zip(&reports) {
            // What a server tells of itself, a resolver before it can only call SERVFAIL.
            let direct = address == &knot.address;
            if !direct && matches!(case.selector, "refused" | "delegated" | "circle") {
                assert_eq!(outcome(report), "temperror keyUnavailable", "{report}");
                continue;
            }
            assert_eq!(report["selector"], case.selector);
            assert_eq!(outcome(report), case.outcome, "{report}");
            let text = report["explanation"].as_str().unwrap();
            assert!(text.contains(case.said), "{}: {text}", case.selector);
            let warnings = report["warnings"].as_array().unwrap().iter();
            let codes: Vec<_> = warnings.map(|one| one["code"].as_str().unwrap()).collect();
            assert_eq!(codes, case.warnings, "{report}");
        }
    }
}

#[test]
fn the_text_has_a_line_for_each_key_and_more_below() {
    let (zone, cases) = broken_zone();
    let Some(knot) = Knot::start(&zone) else { return };
    let setup = Setup::new(&configured(&cases));
    let ran = setup.run(&["testkeys", "--resolver", &knot.address]);
    let name = |selector: &str| format!("{selector}._domainkey.{DOMAIN}");
    for (number, expected) in [
        (
            1,
            format!(
                "{} => pass\n  rsa, 2048 bits, TTL 300 s, not authenticated by DNSSEC\n",
                name("good")
            ),
        ),
        (
            2,
            format!(
                "{0} => permerror: There is no DKIM key at {0}: the name does not exist (NXDOMAIN). \
                 (keyNotFound)\n",
                name("missing")
            ),
        ),
    ] {
        let line = format!("TESTING#{number} {DOMAIN}: {expected}");
        assert!(ran.stdout.contains(&line), "{line}\n{}", ran.stdout);
    }
    let aliased = "  warning aliasedKey: The name is an alias (CNAME) of";
    assert!(ran.stdout.contains(aliased), "{}", ran.stdout);
    let lines = ran.stdout.lines().filter(|line| line.starts_with("TESTING#"));
    let numbers: Vec<_> = lines.map(|line| line[8..].split(' ').next().unwrap()).collect();
    let expected: Vec<_> = (1..=cases.len()).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_fingerprints_are_those_that_openssl_prints() {
    let (zone, cases) = broken_zone();
    let Some(knot) = Knot::start(&zone) else { return };
    let setup = Setup::new(&configured(&cases));
    let ran = setup.run(&["testkeys", "--json", "--resolver", &knot.address]);
    let other = ran.reports().into_iter().find(|one| one["selector"] == "other").unwrap();
    // openssl pkey -in tests/peers/keys/rsa.pem -pubout -outform DER | openssl dgst -sha256 -binary |
    // base64, and the same of the other key.
    for fingerprint in [RSA_FINGERPRINT, WEAK_FINGERPRINT] {
        assert!(other["explanation"].as_str().unwrap().contains(fingerprint), "{other}");
    }
}

#[test]
fn a_server_that_never_answers_is_a_time_out_and_for_now() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let setup = Setup::new(&[(DOMAIN, "a", "rsa.pem", ""), (DOMAIN, "b", "ed25519.pem", "")]);
    let ran = setup.run(&["testkeys", "--json", "--resolver", &address, "--timeout", "1"]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    for report in ran.reports() {
        assert_eq!(outcome(&report), "temperror keyUnavailable");
        assert!(report["explanation"].as_str().unwrap().contains("time-out"), "{report}");
    }
}

#[test]
fn the_answer_tells_of_dnssec() {
    for vouched in [false, true] {
        let server = Server::start(move |query| {
            let flags = if vouched { AUTHENTICATED } else { 0 };
            Some(with_key(with_flags(query, flags, 0)))
        });
        // The key of RFC 8463 §A.2, which that server publishes under every name.
        let setup = Setup::new(&[("d.example", "s", "weak.pem", "")]);
        let ran = setup.run(&["testkeys", "--json", "--resolver", &server.address]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let report = ran.reports().remove(0);
        assert_eq!(report["key"]["authenticated"], vouched);
        assert_eq!(report["key"]["ttl"], 77);
        assert_eq!(report["warnings"][0]["code"], "weakKey");
        let text = setup.run(&["testkeys", "--resolver", &server.address]).stdout;
        let said = if vouched { ", authenticated by DNSSEC" } else { ", not authenticated" };
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn many_keys_are_tested_and_told_in_their_order() {
    let server = Server::start(|query| Some(with_key(with_flags(query, 0, 0))));
    let selectors: Vec<String> = (1..=50).map(|number| format!("s{number}")).collect();
    let keys: Vec<_> =
        selectors.iter().map(|selector| ("d.example", &**selector, "weak.pem", "")).collect();
    let setup = Setup::new(&keys);
    let ran = setup.run(&["testkeys", "--json", "--resolver", &server.address]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told: Vec<_> = ran.reports().iter().map(|one| one["selector"].clone()).collect();
    assert_eq!(told, selectors);
}

#[test]
fn a_private_key_that_cannot_sign_is_told_and_the_others_go_on() {
    let setup = Setup::new(&[
        (DOMAIN, "a", "broken.pem", ""),
        (DOMAIN, "b", "ed25519.pem", ""),
        (DOMAIN, "c", "missing.pem", ""),
        (DOMAIN, "d", "open.pem", ""),
    ]);
    let zone = setup.run(&["showkeys", "--allow-open-key-files"]).stdout;
    let zone = setup.scratch.write("zone", zone);
    let ran = setup.run(&["testkeys", "--json", "--zone", &zone]);
    let results: Vec<_> = ran.reports().iter().map(|one| one["result"].clone()).collect();
    assert_eq!(results, ["none", "pass", "none", "none"]);
    assert_eq!(ran.code, Some(66), "{ran:?}");
    let text = setup.run(&["testkeys", "--zone", &zone]).stdout;
    assert!(text.contains("TESTING#2 football.example.com: b._domainkey"), "{text}");
    let line = text.lines().find(|line| line.starts_with("TESTING#1 ")).unwrap();
    assert!(line.contains("=> none: The private key cannot sign: "), "{line}");
    assert!(line.contains("broken.pem"), "{line}");

    for (file, code) in [("broken.pem", 65), ("open.pem", 65)] {
        let setup = Setup::new(&[(DOMAIN, "a", file, "")]);
        assert_eq!(setup.run(&["testkeys", "--zone", &zone]).code, Some(code), "{file}");
    }
}

#[test]
fn the_configuration_must_be_there_and_right() {
    let setup = Setup::new(&[(DOMAIN, "a", "rsa.pem", "no_such_setting = 1")]);
    for command in ["testkeys", "showkeys"] {
        assert_eq!(setup.run(&[command]).code, Some(78));
        let missing = setup.scratch.path("none.toml");
        let ran = crate::command_runner::waxseal(&[command, "--config", missing.to_str().unwrap()]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(78), ""), "{ran:?}");
    }
    let setup = Setup::new(&[(DOMAIN, "a", "rsa.pem", "")]);
    assert_eq!(setup.run(&["testkeys", "--at", "received"]).code, Some(64));
}

const RSA_FINGERPRINT: &str = "SHA256:13jiAj+FkSNReic7TZUcImuSMdM6XpNHOXN8TK9JozQ=";
const WEAK_FINGERPRINT: &str = "SHA256:Ni2amVAYg/bRrHF8U//5ZYL7CnxSRky2S5CCqoh7x7Q=";

/// A key whose record has some fault, and what is to be said of it.
struct Case {
    selector: &'static str,
    file: &'static str,
    domain: &'static str,
    outcome: &'static str,
    said: &'static str,
    warnings: Vec<&'static str>,
}

impl Case {
    fn new(selector: &'static str, outcome: &'static str, said: &'static str) -> Self {
        Self { selector, file: "rsa.pem", domain: DOMAIN, outcome, said, warnings: Vec::new() }
    }
}

fn configured(cases: &[Case]) -> Vec<(&str, &str, &str, &str)> {
    cases.iter().map(|case| (case.domain, case.selector, case.file, "")).collect()
}

/// A zone for [`Knot`] in which most keys have a fault, and the keys in it and beyond.
fn broken_zone() -> (String, Vec<Case>) {
    let setup = Setup::new(&[(DOMAIN, "x", "rsa.pem", ""), (DOMAIN, "y", "weak.pem", "")]);
    let shown = setup.run(&["showkeys", "--json"]).reports();
    let text = |report: &Value| report["value"].as_str().unwrap().to_owned();
    let (ours, weak) = (text(&shown[0]), text(&shown[1]));
    let with = |tags: &str| ours.replacen("p=", &format!("{tags}; p="), 1);
    let mut zone = ZONE_HEAD.to_owned();
    let mut cases = Vec::new();
    let mut add = |records: &[&str], case: Case| {
        for record in records {
            let name = format!("{}._domainkey.{DOMAIN}", case.selector);
            let name = waxseal::DomainName::parse(&name).unwrap();
            zone.push_str(&waxseal::key::publish::zone_entry(&name, 300, record));
        }
        cases.push(case);
    };
    add(&[&ours], Case::new("good", "pass -", "published"));
    add(&[], Case::new("missing", "permerror keyNotFound", "does not exist (NXDOMAIN)"));
    add(&[], Case::new("address", "permerror keyNotFound", "has no TXT record"));
    add(&["v=spf1 -all"], Case::new("spf", "permerror keyNotFound", "it is no DKIM key"));
    add(&[&weak], Case::new("other", "fail signatureMismatch", "Another key is published at"));
    cases_last(&mut add, &ours, &weak);
    add(&["v=DKIM1; p="], Case::new("revoked", "permerror keyRevoked", "revoked"));
    add(&[&with("t=y")], Case { warnings: vec!["testMode"], ..Case::new("testing", "pass -", "") });
    add(
        &[&weak],
        Case { file: "weak.pem", warnings: vec!["weakKey"], ..Case::new("weak", "pass -", "") },
    );
    let type_error = "(ed25519, 256 bits) stands there, and ours is SHA256:";
    add(&[ED25519_RECORD], Case::new("type", "permerror keyTypeMismatch", type_error));
    add(&[&with("k=dsa")], Case::new("unknown", "permerror keyTypeMismatch", "k=dsa"));
    add(&[&with("h=sha1")], Case::new("hash", "permerror keyHashNotAllowed", "h= of"));
    add(&[&with("s=tlsrpt")], Case::new("service", "permerror keyServiceNotAllowed", "s= of"));
    add(&[&with("p=AAAA")], Case::new("twice", "permerror duplicateTag", "p= twice"));
    add(&[&ours.replace("DKIM1", "DKIM2")], Case::new("version", "permerror keySyntax", "v=DKIM2"));
    add(
        &[&with(&format!("n={}", "x".repeat(1000)))],
        Case { warnings: vec!["largeAnswer"], ..Case::new("large", "pass -", "") },
    );
    add(&[], Case { warnings: vec!["aliasedKey"], ..Case::new("alias", "pass -", "published") });
    let dangling = "an alias (CNAME) of nothing.football.example.com, which does not exist";
    add(&[], Case::new("dangling", "permerror keyNotFound", dangling));
    let circle = Case::new("circle", "temperror keyUnavailable", "CNAME");
    add(&[], circle);
    let beyond = |domain, selector, said| Case {
        domain,
        ..Case::new(selector, "temperror keyUnavailable", said)
    };
    add(&[], beyond("broken.example", "broken", "SERVFAIL"));
    add(&[], beyond("foreign.example", "refused", "REFUSED"));
    add(&[], beyond("below.football.example.com", "delegated", "refers"));
    zone.push_str(
        "address._domainkey A 127.0.0.1\n\
         alias._domainkey 60 CNAME middle\nmiddle 60 CNAME good._domainkey\n\
         dangling._domainkey CNAME nothing\n\
         circle._domainkey CNAME round\nround CNAME circle._domainkey\n\
         below NS ns.below\nns.below A 127.0.0.1\n",
    );
    (zone, cases)
}

/// Several records at one name, with ours among them and without.
fn cases_last(add: &mut impl FnMut(&[&str], Case), ours: &str, weak: &str) {
    let several = |selector, outcome, said| Case {
        warnings: vec!["severalKeys"],
        ..Case::new(selector, outcome, said)
    };
    add(&[weak, ours], several("several", "pass -", ""));
    add(
        &[weak, ED25519_RECORD],
        several("strangers", "fail signatureMismatch", "Another key is published"),
    );
}
