use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::dns::{Absence, TxtRecords};

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn txt(record: &str) -> Answer {
    let records = vec![b"v=spf1 -all".to_vec(), record.as_bytes().to_vec()];
    Answer::Records(TxtRecords { records, ..TxtRecords::default() })
}

/// Asks until nothing is wanted; what is not in `records` does not exist. Gives what was asked,
/// in rounds.
fn run(discovery: &mut Discovery, records: &[(&str, Answer)]) -> Vec<Vec<String>> {
    let mut rounds = Vec::new();
    loop {
        let wanted = discovery.wanted();
        if wanted.is_empty() {
            return rounds;
        }
        rounds.push(wanted.iter().map(|name| name.as_str().to_owned()).collect());
        for name in wanted {
            let answer = records.iter().find(|(at, _)| format!("_dmarc.{at}") == name.as_str());
            discovery.answer(&name, answer.map_or(&Answer::NotFound, |(_, answer)| answer));
        }
    }
}

fn find(authors: &[&str], signers: &[&str], records: &[(&str, Answer)]) -> Vec<AuthorFindings> {
    let mut discovery = Discovery::new(authors.iter().map(|one| name(one)).collect());
    signers.iter().for_each(|signer| discovery.consider(&name(signer)));
    run(&mut discovery, records);
    assert!(discovery.is_complete());
    discovery.findings()
}

#[test]
fn signing_domains_are_related_through_the_organization() {
    // RFC 9989 §4.4, table 1, and more.
    let example = ("example.com", txt("v=DMARC1; p=reject"));
    let only_example = std::slice::from_ref(&example);
    for (author, signer, records, relation) in [
        ("news.example.com", "foo.example.com", only_example, Relation::Relaxed),
        ("news.example.com", "news.example.com", only_example, Relation::Strict),
        ("news.example.com", "foo.example.net", only_example, Relation::None),
        ("news.example.com", "example.com", only_example, Relation::Relaxed),
        ("example.com", "news.example.com", only_example, Relation::Relaxed),
        ("news.example.com", "com", only_example, Relation::None),
        // Without records every domain is its own organization.
        ("news.example.com", "example.com", &[], Relation::None),
        ("example.com", "news.example.com", &[], Relation::None),
        ("example.com", "example.com", &[], Relation::Strict),
        // Another organization within the author's.
        (
            "news.example.com",
            "a.dept.example.com",
            &[example.clone(), ("dept.example.com", txt("v=DMARC1; psd=n"))],
            Relation::None,
        ),
        // Different organizations below one public suffix.
        (
            "a.gov.example",
            "b.gov.example",
            &[("gov.example", txt("v=DMARC1;psd=y"))],
            Relation::None,
        ),
        (
            "x.a.gov.example",
            "y.a.gov.example",
            &[("gov.example", txt("v=DMARC1; psd=y"))],
            Relation::Relaxed,
        ),
    ] {
        let findings = find(&[author], &[signer], records);
        assert_eq!(findings[0].relation_to(&name(signer)), relation, "{author} {signer}");
        assert_eq!(findings[0].trouble, None);
    }
}

#[test]
fn each_name_is_asked_for_once_and_only_where_it_may_matter() {
    let mut discovery = Discovery::new(vec![name("a.example.com")]);
    for signer in ["b.example.com", "a.example.com", "esp.example.net", "b.example.com"] {
        discovery.consider(&name(signer));
    }
    let records = [("example.com", txt("v=DMARC1; p=none"))];
    let rounds = run(&mut discovery, &records);
    assert_eq!(
        rounds,
        [
            vec!["_dmarc.a.example.com", "_dmarc.example.com", "_dmarc.com"],
            vec!["_dmarc.b.example.com"],
        ]
    );
    // A domain that is considered later may lead to more.
    discovery.consider(&name("c.b.example.com"));
    assert!(!discovery.is_complete());
    assert_eq!(run(&mut discovery, &records), [["_dmarc.c.b.example.com"]]);
    assert!(discovery.is_complete());
    assert_eq!(discovery.findings()[0].signers.len(), 4);
}

#[test]
fn trouble_leaves_open_and_says_so() {
    let servfail = || Answer::unavailable("SERVFAIL");
    let findings = find(&["a.example.com"], &["example.com"], &[("example.com", servfail())]);
    assert_eq!(findings[0].organizational_domain, None);
    assert_eq!(findings[0].policy, None);
    assert_eq!(findings[0].trouble.as_deref(), Some("_dmarc.example.com: SERVFAIL"));
    assert_eq!(findings[0].relation_to(&name("example.com")), Relation::None);

    // The author domain's own record holds all the same, and so does equality.
    let records = [("a.example.com", txt("v=DMARC1; p=reject")), ("com", servfail())];
    let findings = find(&["a.example.com"], &["a.example.com"], &records);
    assert_eq!(findings[0].organizational_domain, None);
    assert_eq!(findings[0].policy.as_ref().unwrap().domain, name("a.example.com"));
    assert_eq!(findings[0].relation_to(&name("a.example.com")), Relation::Strict);

    // Trouble about the signing domain alone.
    let records = [("example.com", txt("v=DMARC1; p=reject")), ("b.example.com", servfail())];
    let findings = find(&["a.example.com"], &["b.example.com"], &records);
    assert_eq!(findings[0].organizational_domain, Some(name("example.com")));
    assert_eq!(findings[0].trouble.as_deref(), Some("_dmarc.b.example.com: SERVFAIL"));
    assert_eq!(findings[0].relation_to(&name("b.example.com")), Relation::None);
}

#[test]
fn what_is_not_answered_is_open() {
    let mut discovery = Discovery::new(vec![name("example.com")]);
    assert_eq!(discovery.wanted().len(), 2);
    assert_eq!(discovery.wanted(), []);
    discovery.answer(&name("_dmarc.example.com"), &txt("v=DMARC1; p=none"));
    assert!(!discovery.is_complete());
    let findings = discovery.findings();
    assert_eq!(findings[0].organizational_domain, None);
    assert_eq!(findings[0].trouble.as_deref(), Some("no answer came in time"));
    assert!(findings[0].policy.is_some());
    // Answers to what was not asked, and second answers, change nothing.
    discovery.answer(&name("_dmarc.example.com"), &Answer::NotFound);
    discovery.answer(&name("example.com"), &txt("v=DMARC1; psd=n"));
    discovery.answer(&name("_dmarc.example"), &txt("v=DMARC1; psd=n"));
    let absence = Absence { name_exists: Some(false), aliases: vec!["x".to_owned()] };
    discovery.answer(&name("_dmarc.com"), &Answer::Absent(absence));
    assert!(discovery.is_complete());
    assert_eq!(discovery.findings()[0].organizational_domain, Some(name("example.com")));
}

#[test]
fn strict_dkim_alignment_takes_the_same_domain() {
    for (policy, relaxed) in [("v=DMARC1; p=reject", true), ("v=DMARC1; adkim=s", false)] {
        let findings = find(&["a.example.com"], &["example.com"], &[("example.com", txt(policy))]);
        // The relation is a fact; what it is good for is the policy's to say.
        assert_eq!(findings[0].relation_to(&name("example.com")), Relation::Relaxed);
        assert_eq!(findings[0].is_aligned(Relation::Relaxed), relaxed);
        assert!(findings[0].is_aligned(Relation::Strict));
        assert!(!findings[0].is_aligned(Relation::None));
    }
    let findings = find(&["a.example.com"], &[], &[]);
    assert!(!findings[0].is_aligned(Relation::Strict));
}

#[test]
fn several_author_domains_are_each_found() {
    let records = [("example.com", txt("v=DMARC1; p=none")), ("b.example", txt("v=DMARC1"))];
    let findings = find(&["a.example.com", "b.example"], &["example.com"], &records);
    let relations: Vec<_> =
        findings.iter().map(|one| one.relation_to(&name("example.com"))).collect();
    assert_eq!(relations, [Relation::Relaxed, Relation::None]);
    let many = (0..=MAX_AUTHOR_DOMAINS).map(|one| name(&format!("a{one}.example"))).collect();
    let mut discovery = Discovery::new(many);
    assert_eq!(discovery.wanted(), []);
    assert_eq!(discovery.findings(), []);
}

#[test]
fn a_name_that_does_not_fit_in_the_dns_has_no_record() {
    let label = "a".repeat(61);
    let long = [label.as_str(); 4].join(".");
    let mut discovery = Discovery::new(vec![name(&long)]);
    let asked = run(&mut discovery, &[]);
    assert_eq!(asked[0].len(), 3, "{asked:?}");
    assert_eq!(discovery.findings()[0].organizational_domain, Some(name(&long)));
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_walk_costs_eight_queries_at_most_and_ends(
        author in prop::collection::vec("[ab]", 1..14),
        signers in prop::collection::vec(prop::collection::vec("[ab]", 1..14), 0..3),
        tags in prop::collection::vec(
            prop_oneof![Just(""), Just("v=DMARC1"), Just("v=DMARC1;psd=y"), Just("v=DMARC1;psd=n")],
            1..9,
        ),
    ) {
        let mut discovery = Discovery::new(vec![name(&author.join("."))]);
        for signer in &signers {
            discovery.consider(&name(&signer.join(".")));
        }
        let mut asked = 0;
        for _ in 0..5 {
            for name in discovery.wanted() {
                let record = tags[asked % tags.len()];
                asked += 1;
                discovery.answer(&name, &txt(record));
            }
        }
        prop_assert!(discovery.is_complete());
        prop_assert!(asked <= 8 * (1 + signers.len()));
        let findings = discovery.findings();
        prop_assert!(findings[0].organizational_domain.is_some());
        prop_assert_eq!(&findings[0].trouble, &None);
    }
}
