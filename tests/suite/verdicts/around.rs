//! What stands around the signatures in the report: alignment, DMARC policy, failure reports, ATPS,
//! DomainKeys.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use waxseal::dns::Answer;

use super::*;
use crate::rfc_examples::ED25519_RECORD;
use crate::support::Dns;

/// A report on a message of that author, signed by `mail.example.com`, with these tags added.
fn report(from: &str, more: &str, dns: Dns, change: impl FnOnce(&mut waxseal::Options)) -> Value {
    let tags = format!(
        "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=mail.example.com; s=ed; h=from; bh={{bh}}{more}"
    );
    let message = sign(&tags, &format!("From: {from}\r\n"), BODY);
    let dns = dns.txt("ed._domainkey.mail.example.com", ED25519_RECORD);
    let report = support::verify(&message, &dns, with(change));
    assert_eq!(outcomes(&report), ["pass"], "{report:#?}");
    serde_json::to_value(report).unwrap()
}

fn alignment(from: &str, dns: Dns) -> Value {
    report(from, "", dns, |_| {})["alignment"].take()
}

#[test]
fn signing_domains_are_aligned_through_the_organization() {
    let policy = Dns::new().txt("_dmarc.example.com", "v=DMARC1; p=reject; np=none; t=y");
    let found = alignment("joe@news.example.com", policy.clone());
    assert_eq!(found["from"], "news.example.com");
    assert_eq!(found["organizationalDomain"], "example.com");
    assert_eq!(found["dkim"], "relaxed");
    assert_eq!(found["trouble"], Value::Null);
    let dmarc = &found["dmarc"];
    for (name, value) in [
        ("domain", json!("example.com")),
        ("p", json!("reject")),
        ("np", json!("none")),
        ("adkim", json!("r")),
        ("t", json!("y")),
        ("dkimAligned", json!(true)),
    ] {
        assert_eq!(dmarc[name], value, "{name} in {dmarc}");
    }
    assert_eq!(alignment("joe@mail.example.com", policy.clone())["dkim"], "strict");
    // The same suffix is no organization.
    let other = alignment("joe@other.com", policy);
    assert_eq!((&other["dkim"], &other["dmarc"]), (&json!("none"), &Value::Null));
}

#[test]
fn a_strict_policy_wants_the_same_domain() {
    let strict = Dns::new().txt("_dmarc.example.com", "v=DMARC1; p=reject; adkim=s");
    let found = alignment("joe@news.example.com", strict.clone());
    assert_eq!(found["dkim"], "relaxed");
    assert_eq!(found["dmarc"]["dkimAligned"], false);
    assert_eq!(alignment("joe@mail.example.com", strict)["dmarc"]["dkimAligned"], true);
}

#[test]
fn a_domain_above_may_belong_to_everyone() {
    let suffix = Dns::new().txt("_dmarc.example.com", "v=DMARC1; p=none; psd=y");
    let found = alignment("joe@news.example.com", suffix);
    assert_eq!(found["organizationalDomain"], "news.example.com");
    assert_eq!(found["dkim"], "none");
}

#[test]
fn trouble_is_never_taken_for_no_policy() {
    let broken = Dns::new().answer("_dmarc.example.com", Answer::unavailable("SERVFAIL"));
    let found = alignment("joe@news.example.com", broken.clone());
    assert_eq!(found["organizationalDomain"], Value::Null);
    assert_eq!(found["dkim"], "none");
    assert!(found["trouble"].as_str().unwrap().contains("_dmarc.example.com: SERVFAIL"));
    // Equal domains are aligned whatever the DNS says.
    assert_eq!(alignment("joe@mail.example.com", broken)["dkim"], "strict");
}

#[test]
fn several_author_domains_must_all_be_aligned() {
    let policy = || Dns::new().txt("_dmarc.example.com", "v=DMARC1; p=reject");
    let both = alignment("joe@mail.example.com, ann@news.example.com", policy());
    assert_eq!((&both["from"], &both["dkim"]), (&Value::Null, &json!("relaxed")));
    let foreign = alignment("joe@mail.example.com, ann@example.org", policy());
    assert_eq!(foreign["dkim"], "none");
}

#[test]
fn alignment_is_looked_up_only_where_a_signature_may_verify() {
    let policy = || Dns::new().txt("_dmarc.example.com", "v=DMARC1; p=reject");
    let off = report("joe@news.example.com", "", policy(), |options| options.alignment = false);
    assert_eq!(off["alignment"]["dkim"], "none");
    assert_eq!(off["alignment"]["organizationalDomain"], Value::Null);

    for message in
        ["From: joe@example.com\r\n\r\n", "DKIM-Signature: v=2\r\nFrom: a@b.example\r\n\r\n"]
    {
        let mut verifier = waxseal::Verifier::new(at(NOW));
        verifier.push(message.as_bytes());
        assert_eq!(verifier.poll_query(), None, "{message}");
    }
}

#[test]
fn failure_reports_are_told_where_a_signature_asks_for_them() {
    let name = "_report._domainkey.mail.example.com";
    let reporting = |dns: Dns| {
        report("joe@mail.example.com", "; r=y", dns, |_| {})["signatures"][0]["reporting"].take()
    };
    assert_eq!(
        reporting(Dns::new().txt(name, "ra=dkim-errors; rp=10; rr=v:x; rs=sorry")),
        json!({
            "published": true, "address": "dkim-errors@mail.example.com", "percentage": 10,
            "kinds": ["v", "x"], "smtpText": "sorry",
        })
    );
    let nothing = |published: Value| {
        json!({
            "published": published, "address": null, "percentage": null, "kinds": null,
            "smtpText": null,
        })
    };
    assert_eq!(reporting(Dns::new()), nothing(json!(false)));
    let broken = Dns::new().answer(name, Answer::unavailable("SERVFAIL"));
    assert_eq!(reporting(broken), nothing(Value::Null));
    let silent = report("joe@mail.example.com", "", Dns::new(), |_| {});
    assert_eq!(silent["signatures"][0]["reporting"], Value::Null);
}

#[test]
fn third_party_signers_are_authorized_by_the_author_on_request() {
    let name = "mail.example.com._atps.example.org";
    let atps = |dns: Dns, wanted: bool| {
        let more = "; atps=example.org; atpsh=none";
        let mut found = report("joe@example.org", more, dns, |options| options.atps = wanted);
        found["signatures"][0]["atps"].take()
    };
    let record = || Dns::new().txt(name, "v=ATPS1");
    let found = atps(record(), true);
    assert_eq!((&found["author"], &found["result"]), (&json!("example.org"), &json!("pass")));
    assert_eq!(atps(Dns::new(), true)["result"], "fail");
    let broken = Dns::new().answer(name, Answer::unavailable("SERVFAIL"));
    assert_eq!(atps(broken, true)["result"], "temperror");
    assert_eq!(atps(record(), false), Value::Null);
}

#[test]
fn domain_keys_signatures_stand_beside_those_of_dkim() {
    let dkim = sign(TAGS, FIELDS, BODY);
    let old: &[u8] =
        b"DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; s=s; d=example.com; b=YQ==\r\n";
    let report = support::verify(&[old, &dkim].concat(), &dns(), at(NOW));
    let found: Vec<_> =
        report.signatures.iter().map(|one| format!("{:?} {}", one.protocol, one.result)).collect();
    assert_eq!(found, ["DomainKeys permerror", "Dkim pass"]);
    assert_eq!(report.result.as_str(), "pass");
    let results = &report.authentication_results;
    assert!(results.contains("domainkeys=permerror") && results.contains("dkim=pass"), "{results}");
}
