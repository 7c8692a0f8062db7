//! Signatures that are checked outside (`Verifier::checks`). That the report is the same either way is
//! shown for every message of the suite by `support::verify`; here, by whom and in which order.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use waxseal::Options;
use waxseal::crypto::{Algorithm, HashAlgorithm, PURE_RUST, PublicKey};
use waxseal::encoding::base64;
use waxseal::verify::{CheckOutcome, SignatureCheck};

use crate::domainkeys;
use crate::rfc_examples::{ED25519_RECORD, RFC_8463, RSA_RECORD, SIGNED_AT, keys};
use crate::signer::sign;
use crate::support::{Dns, at, check, outcomes, verify, verify_in_pieces, verify_outside};
use crate::vectors::{Case, KINDS, cases_of};

const NOW: u64 = 1_700_000_000;
const TAGS: &str =
    "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed; h=from:subject; bh={bh}";
const FIELDS: &str = "From: joe@example.com\r\nSubject: hello\r\n";

fn ed25519_dns(records: &[&str]) -> Dns {
    Dns::new().records("ed._domainkey.example.com", records)
}

/// What was asked outside while everything was answered by `outcome`.
fn asked(message: &[u8], dns: &Dns, outcome: CheckOutcome) -> (Vec<SignatureCheck>, Vec<String>) {
    let mut asked = Vec::new();
    let report = verify_outside(message, dns, at(NOW), &mut |check| {
        asked.push(check.clone());
        outcome
    });
    (asked, outcomes(&report))
}

#[test]
fn nobody_outside_changes_a_report_of_the_vectors() {
    let lenient = |case: &Case| {
        let mut options = case.options.clone();
        options.trace = true;
        options.policy.allow_sha1 = true;
        options.policy.min_rsa_bits = 512;
        options
    };
    let (mut cases, mut checks) = (0, 0);
    for (kind, status) in KINDS {
        for case in cases_of(kind, status) {
            for options in [case.options.clone(), lenient(&case)] {
                let inside = verify_in_pieces(&case.message, &[], &case.dns, options.clone());
                let mut number = 0;
                let mut unsteady = |one: &SignatureCheck| {
                    number += 1;
                    if number % 3 == 0 { CheckOutcome::Unable } else { check(one) }
                };
                let mut incapable = |_: &SignatureCheck| CheckOutcome::Unable;
                let hosts: [&mut dyn FnMut(&SignatureCheck) -> CheckOutcome; 3] =
                    [&mut check, &mut unsteady, &mut incapable];
                for host in hosts {
                    let report = verify_outside(&case.message, &case.dns, options.clone(), host);
                    assert_eq!(report, inside, "{}", case.id);
                }
                checks += number;
            }
            cases += 1;
        }
    }
    println!("{cases} messages, {checks} checks");
    assert!(cases == 0 || checks > cases);
}

#[test]
fn a_check_has_what_its_algorithm_takes() {
    let mut checks = Vec::new();
    let report = verify_outside(RFC_8463.as_bytes(), &keys(), at(SIGNED_AT), &mut |one| {
        checks.push(one.clone());
        check(one)
    });
    assert_eq!(outcomes(&report), ["pass", "pass"]);
    // The last that is due is answered first.
    let [rsa, ed25519] = checks.as_slice() else { panic!("{checks:?}") };
    assert_eq!(
        (rsa.algorithm, ed25519.algorithm),
        (Algorithm::RsaSha256, Algorithm::Ed25519Sha256)
    );
    for one in [rsa, ed25519] {
        let signed = one.signed.as_deref().expect("a header");
        let mut hasher = PURE_RUST.hasher(HashAlgorithm::Sha256);
        hasher.update(signed);
        assert_eq!(hasher.finish(), one.digest);
        assert!(signed.starts_with(b"from:Joe SixPack"), "{}", String::from_utf8_lossy(signed));
        assert!(!format!("{one:?}").contains('['), "{one:?}");
    }
    assert_eq!(rsa.message(), rsa.signed.as_deref());
    assert_eq!(ed25519.message(), Some(&ed25519.digest[..]));
    assert!(matches!(&rsa.key, PublicKey::Rsa(key) if key.bits() == 1024));
}

#[test]
fn whoever_checks_is_believed() {
    let message = sign(TAGS, FIELDS, "Hi.\r\n");
    let dns = ed25519_dns(&[ED25519_RECORD]);
    let told = |outcome| asked(&message, &dns, outcome).1;
    assert_eq!(told(CheckOutcome::Differs), ["fail signatureMismatch"]);
    assert_eq!(told(CheckOutcome::Verifies), ["pass"]);
    let other = "v=DKIM1; k=ed25519; p=PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
    let dns = ed25519_dns(&[other]);
    assert_eq!(asked(&message, &dns, CheckOutcome::Verifies).1, ["pass"]);
    assert_eq!(asked(&message, &dns, CheckOutcome::Unable).1, ["fail signatureMismatch"]);
}

#[test]
fn every_key_record_is_tried_in_its_turn() {
    let message = sign(TAGS, FIELDS, "Hi.\r\n");
    let other = "v=DKIM1; k=ed25519; p=PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
    let dns = ed25519_dns(&["v=spf1 -all", other, RSA_RECORD, ED25519_RECORD, other]);
    let mut keys = Vec::new();
    let report = verify_outside(&message, &dns, at(NOW), &mut |one| {
        let PublicKey::Ed25519(key) = &one.key else { panic!("{one:?}") };
        keys.push(key[0]);
        check(one)
    });
    assert_eq!(outcomes(&report), ["pass"]);
    // None after the one that verifies.
    assert_eq!(keys, [0x3d, 0xd7]);
    // Who cannot check with the first key is not asked about the others.
    let (checks, outcomes) = asked(&message, &dns, CheckOutcome::Unable);
    assert_eq!((checks.len(), outcomes), (1, vec!["pass".to_owned()]));
}

#[test]
fn nothing_is_handed_out_that_is_decided_already() {
    let good = String::from_utf8(sign(TAGS, FIELDS, "Hi.\r\n")).expect("UTF-8");
    let dns = ed25519_dns(&[ED25519_RECORD]);
    let (checks, _) = asked(good.as_bytes(), &dns, CheckOutcome::Differs);
    assert_eq!(checks.len(), 1);
    let (cut, _) = ed25519(&[7; 63], &[7; 32]);
    for (message, dns) in [
        (good.replace("Hi.", "Ho."), dns.clone()),
        (good.replace("v=1", "v=2"), dns.clone()),
        (cut, dns.clone()),
        (good.clone(), Dns::new()),
        (good.clone(), ed25519_dns(&["v=DKIM1; k=ed25519; p="])),
        (good.clone(), ed25519_dns(&[RSA_RECORD])),
    ] {
        let (checks, found) = asked(message.as_bytes(), &dns, CheckOutcome::Verifies);
        let inside = outcomes(&verify(message.as_bytes(), &dns, at(NOW)));
        assert_eq!((checks.len(), &found), (0, &inside), "{message}");
        assert_ne!(found, ["pass"]);
    }
    // But a trace shows whether the signature would verify.
    let changed = good.replace("Hi.", "Ho.");
    let options = Options { trace: true, ..at(NOW) };
    let mut steps = 0;
    let report = verify_outside(changed.as_bytes(), &dns, options.clone(), &mut |one| {
        steps += 1;
        check(one)
    });
    assert_eq!((steps, outcomes(&report)), (1, vec!["fail bodyHashMismatch".to_owned()]));
    assert_eq!(report, verify(changed.as_bytes(), &dns, options));
}

/// A signature with that `b=` and that key, of which a lenient program may say what it likes.
fn ed25519(signature: &[u8], key: &[u8]) -> (String, Dns) {
    let good = String::from_utf8(sign(TAGS, FIELDS, "Hi.\r\n")).expect("UTF-8");
    let (head, rest) = good.split_once("; b=").expect("b=");
    let (_, rest) = rest.split_once("\r\n").expect("a line");
    let record = format!("v=DKIM1; k=ed25519; p={}", base64::encode(key));
    (format!("{head}; b={}\r\n{rest}", base64::encode(signature)), ed25519_dns(&[record.as_str()]))
}

#[test]
fn what_programs_disagree_about_is_not_handed_out() {
    let order_four = [0; 32];
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut beyond_the_prime = [0xff; 32];
    (beyond_the_prime[0], beyond_the_prime[31]) = (0xee, 0x7f);
    let mut base = [0x66; 32];
    base[0] = 0x58;
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    for (key, point, scalar) in [
        (identity, identity, [0; 32]),
        (order_four, identity, [0; 32]),
        (identity, base, [0; 32]),
        (base, identity, [0; 32]),
        (beyond_the_prime, base, [0; 32]),
        (base, beyond_the_prime, [0; 32]),
        (base, base, order),
        (base, base, [0xff; 32]),
    ] {
        let (message, dns) = ed25519(&[point, scalar].concat(), &key);
        let (checks, found) = asked(message.as_bytes(), &dns, CheckOutcome::Verifies);
        assert_eq!((checks.len(), found), (0, vec!["fail signatureMismatch".to_owned()]));
    }
    // What is odd in no such way is.
    let (message, dns) = ed25519(&[base, [0; 32]].concat(), &base);
    assert_eq!(asked(message.as_bytes(), &dns, CheckOutcome::Unable).0.len(), 1);
}

#[test]
fn domain_keys_have_a_digest_alone() {
    let message = domainkeys::signed_message();
    let dns = Dns::new().txt("s._domainkey.example.com", &domainkeys::record());
    let options = domainkeys::allowing();
    let mut checks = Vec::new();
    let report = verify_outside(message.as_bytes(), &dns, options.clone(), &mut |one| {
        checks.push(one.clone());
        check(one)
    });
    assert_eq!(outcomes(&report), ["pass"]);
    let [check] = checks.as_slice() else { panic!("{checks:?}") };
    assert_eq!((check.algorithm, check.digest.len()), (Algorithm::RsaSha1, 20));
    assert_eq!(check.message(), None);
    let differs = verify_outside(message.as_bytes(), &dns, options, &mut |_| CheckOutcome::Differs);
    assert_eq!(outcomes(&differs), ["fail signatureMismatch"]);
}
