//! The check of a published key names the true cause.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::check::{CheckOptions, KeyCheck, KeyReport, fingerprint};
use waxseal::crypto::{PURE_RUST, PublicKey, RsaPublicKey};
use waxseal::dns::zone::Zone;
use waxseal::dns::{Absence, Answer, TxtRecords};
use waxseal::key::publish::{self, RecordTags};
use waxseal::{DomainName, Selector};

const NAME: &str = "s._domainkey.example.com";

#[test]
fn a_key_that_is_published_passes() {
    let ours = ed25519(1);
    let report = check(Some(&ours), records(&[&record(&ours, "")]));
    assert_eq!(verdict(&report), "pass");
    assert_eq!(report.explanation, format!("The key is published at {NAME}."));
    assert_eq!(warnings(&report), [""; 0]);
    let key = report.key.as_ref().unwrap();
    assert_eq!(
        (key.key_type.as_deref(), key.bits, key.ttl),
        (Some("ed25519"), Some(256), Some(300))
    );
    assert_eq!(key.authenticated, Some(true));

    let report = check(None, records(&[&record(&rsa(2048), "")]));
    assert_eq!(verdict(&report), "pass");
    assert_eq!(report.explanation, format!("There is a usable DKIM key at {NAME}."));
}

#[test]
fn the_report_has_the_shape_of_the_contract() {
    let report = check(None, Answer::NotFound);
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        "{\"domain\":\"example.com\",\"selector\":\"s\",\"name\":\"s._domainkey.example.com\",\
         \"result\":\"permerror\",\"reason\":\"keyNotFound\",\"explanation\":\"There is no DKIM key \
         at s._domainkey.example.com.\",\"key\":null,\"warnings\":[]}"
    );
}

#[test]
fn what_is_not_published_tells_how() {
    let absent = |name_exists, aliases: &[&str]| {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        Answer::Absent(Absence { name_exists, aliases })
    };
    for (answer, said) in [
        (absent(Some(false), &[]), "the name does not exist (NXDOMAIN)"),
        (absent(Some(true), &[]), "the name has no TXT record"),
        (absent(Some(false), &["a.example", "b.example"]), "of b.example, which does not exist"),
        (absent(Some(true), &["b.example"]), "of b.example, which has no TXT record"),
        (records(&["v=spf1 -all"]), "the name has a TXT record, but it is no DKIM key"),
        (records(&["v=spf1 -all", "hello"]), "has 2 TXT records, but none is a DKIM key"),
    ] {
        for expected in [None, Some(ed25519(1))] {
            let report = check(expected.as_ref(), answer.clone());
            assert_eq!(verdict(&report), "permerror keyNotFound", "{said}");
            let start = format!("There is no DKIM key at {NAME}: ");
            assert!(report.explanation.starts_with(&start), "{}", report.explanation);
            assert!(report.explanation.ends_with(&format!("{said}.")), "{}", report.explanation);
        }
    }
}

#[test]
fn dns_trouble_is_temporary_and_told() {
    for cause in ["SERVFAIL from 9.9.9.9", "time-out: no answer from 192.0.2.1 within 10 s"] {
        let report = check(None, Answer::unavailable(cause));
        assert_eq!(verdict(&report), "temperror keyUnavailable");
        assert!(report.explanation.contains(cause), "{}", report.explanation);
    }
    let check = KeyCheck::new(domain(), selector(), None, CheckOptions::default()).unwrap();
    assert_eq!(verdict(&check.finish()), "temperror keyUnavailable");
}

#[test]
fn another_key_is_shown_by_its_fingerprint() {
    let (ours, other) = (rsa(2048), rsa(2056));
    let report = check(Some(&ours), records(&[&record(&other, "")]));
    assert_eq!(verdict(&report), "fail signatureMismatch");
    for key in [&ours, &other] {
        assert!(
            report.explanation.contains(&fingerprint(key, PURE_RUST)),
            "{}",
            report.explanation
        );
    }
    let report = check(Some(&ours), records(&[&record(&ed25519(1), "")]));
    assert_eq!(verdict(&report), "permerror keyTypeMismatch");
    assert!(report.explanation.contains("(ed25519, 256 bits) stands there"), "{report:?}");
    let report = check(Some(&ours), records(&[&record(&other, "h=sha1; ")]));
    assert_eq!(verdict(&report), "permerror keyHashNotAllowed");
    let both =
        ["Another key is published", "; besides, h= of the key record does not allow sha256."];
    assert!(both.iter().all(|part| report.explanation.contains(part)), "{}", report.explanation);
}

#[test]
fn what_is_wrong_with_the_record_is_told() {
    let ours = rsa(2048);
    for (record, expected, said) in [
        ("v=DKIM1; p=".to_owned(), "permerror keyRevoked", "revoked"),
        (record(&ours, "h=sha1; "), "permerror keyHashNotAllowed", "h="),
        (record(&ours, "s=tlsrpt; "), "permerror keyServiceNotAllowed", "s="),
        (record(&ours, "k=x; "), "permerror keyTypeMismatch", "k=x"),
        (record(&ours, "k=rsa; k=rsa; "), "permerror duplicateTag", "k= twice"),
        (record(&ours, "").replace("DKIM1", "DKIM2"), "permerror keySyntax", "v=DKIM2"),
        (record(&ours, "").replace("p=", "p=!"), "permerror keySyntax", "p="),
        (record(&rsa(1016), ""), "permerror keyTooSmall", "1016 bits, fewer than 1024"),
        (record(&rsa(8200), ""), "permerror keyTooLarge", "8200 bits"),
    ] {
        let report = check(None, records(&[&record]));
        assert_eq!(verdict(&report), expected, "{record}");
        assert!(report.explanation.contains(said), "{}", report.explanation);
        assert!(report.key.is_some(), "{record}");
    }
}

#[test]
fn what_does_not_decide_is_a_warning() {
    let ours = rsa(1024);
    let report = check(Some(&ours), records(&[&record(&ours, "t=y; ")]));
    assert_eq!(verdict(&report), "pass");
    assert_eq!(warnings(&report), ["testMode", "weakKey"]);
    assert!(report.key.unwrap().testing);

    let long = record(&ours, &format!("n={}; ", "x".repeat(1200)));
    assert_eq!(warnings(&check(Some(&ours), records(&[&long]))), ["largeAnswer", "weakKey"]);
}

#[test]
fn several_records_are_told_and_ours_is_found_among_them() {
    let ours = ed25519(1);
    let (own, other) = (record(&ours, ""), record(&ed25519(2), ""));
    for (published, expected, said) in [
        (vec![&*other, &*own], "pass", "2 key records, one of them ours"),
        (vec![&*own, "v=DKIM1; p="], "pass", "2 key records, one of them ours"),
        (vec![&*other, "v=DKIM1; p="], "fail signatureMismatch", "none of them ours"),
    ] {
        let report = check(Some(&ours), records(&published));
        assert_eq!(verdict(&report), expected);
        assert_eq!(warnings(&report), ["severalKeys"]);
        assert!(report.warnings[0].explanation.contains(said), "{report:?}");
    }
    // A record that is no key harms nobody.
    let report = check(Some(&ours), records(&["v=spf1 -all", &own]));
    assert_eq!((verdict(&report).as_str(), report.warnings.len()), ("pass", 0));
}

#[test]
fn aliases_are_named_in_order() {
    let ours = ed25519(1);
    let name = DomainName::parse("k.provider.example").unwrap();
    let text = format!(
        "{NAME}. 60 CNAME mid.example.\nmid.example. 30 CNAME {name}.\n{}",
        publish::zone_entry(&name, 3600, &record(&ours, ""))
    );
    let zone = Zone::parse(&text, None).unwrap();
    let report = check(Some(&ours), zone.lookup(&DomainName::parse(NAME).unwrap()));
    assert_eq!(verdict(&report), "pass");
    assert_eq!(warnings(&report), ["aliasedKey"]);
    let chain = "The name is an alias (CNAME) of mid.example, which is one of k.provider.example.";
    assert_eq!(report.warnings[0].explanation, chain);
    assert_eq!(report.key.unwrap().ttl, Some(30));
}

#[test]
fn a_name_too_long_for_the_dns_is_no_check() {
    let domain = DomainName::parse(&["a".repeat(60).as_str(); 4].join(".")).unwrap();
    assert!(KeyCheck::new(domain, selector(), None, CheckOptions::default()).is_err());
}

fn domain() -> DomainName {
    DomainName::parse("example.com").unwrap()
}

fn selector() -> Selector {
    Selector::parse("s").unwrap()
}

fn ed25519(octet: u8) -> PublicKey {
    PublicKey::Ed25519([octet; 32])
}

fn rsa(bits: usize) -> PublicKey {
    PublicKey::Rsa(RsaPublicKey { modulus: vec![0xff; bits / 8], exponent: 65537 })
}

/// The record of the key with more tags before `p=`.
fn record(key: &PublicKey, tags: &str) -> String {
    let record = publish::record(key, &RecordTags::default()).unwrap();
    record.replacen("p=", &format!("{tags}p="), 1)
}

fn records(records: &[&str]) -> Answer {
    Answer::Records(TxtRecords {
        records: records.iter().map(|record| record.as_bytes().to_vec()).collect(),
        ttl: Some(300),
        authenticated: Some(true),
        aliases: Vec::new(),
    })
}

fn check(expected: Option<&PublicKey>, answer: Answer) -> KeyReport {
    let options = CheckOptions::default();
    let mut check = KeyCheck::new(domain(), selector(), expected.cloned(), options).unwrap();
    let query = check.poll_query().unwrap();
    assert_eq!(query.name.as_str(), NAME);
    assert!(check.poll_query().is_none());
    check.answer(query.id, answer);
    check.finish()
}

/// Result and reason.
fn verdict(report: &KeyReport) -> String {
    match report.reason {
        Some(reason) => format!("{} {reason}", report.result),
        None => report.result.to_string(),
    }
}

fn warnings(report: &KeyReport) -> Vec<&'static str> {
    report.warnings.iter().map(|warning| warning.code.as_str()).collect()
}
