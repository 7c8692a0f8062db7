//! Whatever comes: no panic, bounded work, the report untouched, and nothing said to be restored that
//! was not seen to verify.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::support::verify;

/// Where to damage, what with, and how many octets go.
type Damage = (usize, Vec<u8>, usize);

fn damage(message: &mut Vec<u8>, (at, with, gone): Damage) {
    let at = at % (message.len() + 1);
    let end = message.len().min(at + gone);
    message.splice(at..end, with);
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let with = prop_oneof![
        "[ \t\r\n.>=?A-Za-z:;,\"<>_-]{0,6}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..4),
        Just(b"\r\n".to_vec()),
        Just(b"\r\n--x\r\n".to_vec()),
    ];
    proptest::collection::vec((any::<usize>(), with, 0_usize..4), 1..4)
}

#[test]
fn any_damage_is_diagnosed_within_bounds() {
    let bounds = Bounds { hashed_octets: 300_000, ..Bounds::default() };
    let multipart = format!("{FIELDS}Content-Type: multipart/mixed; boundary=x\r\n");
    let body = format!(
        "--x\r\nContent-Transfer-Encoding: base64\r\n\r\nQQ==\r\n--x\r\n\r\n{BODY}--x--\r\n"
    );
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let strategy = (0..WAYS.len(), any::<bool>(), damages());
    TestRunner::new(config)
        .run(&strategy, |(way, is_multipart, damages)| {
            let tags = tags(WAYS[way].0, WAYS[way].1);
            let mut message = match is_multipart {
                true => sign(&tags, &multipart, &body),
                false => sign(&tags, FIELDS, BODY),
            };
            for one in damages {
                damage(&mut message, one);
            }
            let diagnosis = diagnose_with(&message, at(NOW), bounds);
            prop_assert!(diagnosis.work.octets <= diagnosis.work.limit);
            // The same every time, and the report is that of the verifier.
            prop_assert_eq!(&diagnosis, &diagnose_with(&message, at(NOW), bounds));
            prop_assert_eq!(&diagnosis.report, &verify(&message, &dns(), at(NOW)));
            let report = diagnosis.repaired_report.as_ref().unwrap_or(&diagnosis.report);
            for signature in &diagnosis.signatures {
                prop_assert_ne!(report.signatures[signature.index].result.as_str(), "pass");
                restored_by(signature);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn octets_that_are_no_message_are_no_trouble() {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let strategy = proptest::collection::vec(any::<u8>(), 0..300);
    TestRunner::new(config)
        .run(&strategy, |message| {
            prop_assert_eq!(&diagnose(&message).signatures, &[]);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_forged_message_is_never_said_to_be_restored() {
    for way in WAYS {
        let message = sign(&tags(way.0, way.1), FIELDS, BODY);
        let forged = FIELDS.replace("joe@example.com>\r\nTo", "mallory@example.org>\r\nTo");
        let head = &message[..message.len() - FIELDS.len() - BODY.len() - 2];
        let body = "Send money.\r\n";
        let message = [head, forged.as_bytes(), b"\r\n", body.as_bytes()].concat();
        assert_eq!(found(&message), "-");
        // Nor where the signature is of another message.
        let other = sign(&tags(way.0, way.1), "From: joe@example.com\r\n", "Other\r\n");
        let head = &other[..other.len() - "From: joe@example.com\r\n\r\nOther\r\n".len()];
        let message = [head, FIELDS.as_bytes(), b"\r\n", BODY.as_bytes()].concat();
        assert_eq!(found(&message), "-");
    }
}

#[test]
fn what_the_work_allows_is_all_that_is_done() {
    let came = BODY.replace("there", "here");
    let message = damaged(WAYS[2], (FIELDS, BODY), (FIELDS, &came));
    for hashed_octets in [0, 1, 100, 1000, 10_000] {
        let bounds = Bounds { hashed_per_octet: 0, hashed_octets, ..Bounds::default() };
        let diagnosis = diagnose_with(&message, at(NOW), bounds);
        let signature = only(&diagnosis);
        assert!(signature.exhausted, "{hashed_octets}: {diagnosis:#?}");
        assert_eq!(diagnosis.work.limit, hashed_octets);
    }
}

#[test]
fn many_signatures_share_the_work() {
    let mut message = Vec::new();
    let way = tags(WAYS[2].0, WAYS[2].1);
    let signed = sign(&way, FIELDS, BODY);
    let head = &signed[..signed.len() - FIELDS.len() - BODY.len() - 2];
    for _ in 0..10 {
        message.extend_from_slice(head);
    }
    message.extend_from_slice(format!("{FIELDS}\r\n{BODY}footer\r\n").as_bytes());
    let diagnosis = diagnose(&message);
    assert_eq!(diagnosis.signatures.len(), 10);
    assert!(diagnosis.signatures.iter().all(|one| restored_by(one) == "footer"));
    assert!(diagnosis.work.octets <= diagnosis.work.limit);
}

#[test]
fn headers_made_to_be_expensive_are_bounded() {
    // As many signed names, fields, copies and addresses as go in; nothing of it may be squared.
    let names = "reply-to:from:date:cc:content-type".to_owned() + &":x".repeat(900);
    let copies = "X:1|".repeat(3000) + "X:1";
    let tags = tags(WAYS[0].0, WAYS[0].1).replace("message-id", &format!("message-id:{names}"))
        + &format!("; z={copies}");
    let addresses = vec!["Joe <joe@example.com>"; 200].join(", ");
    let mut fields = FIELDS.to_owned();
    for _ in 0..400 {
        fields += "X: 2\r\nX-Old-From: a@b.example\r\n";
    }
    fields += &format!("Cc: {addresses}\r\nContent-Type: multipart/mixed; boundary=x\r\n");
    let body =
        "--x\r\nContent-Type: multipart/mixed; boundary=\"--x\"\r\n\r\n--x--\r\n".repeat(500);
    let came = fields.replace("Lunch", "Supper");
    let message = sign(&tags, &fields, &body);
    let head = &message[..message.len() - fields.len() - body.len() - 2];
    let message = [head, came.as_bytes(), b"\r\n", body.as_bytes(), b"x"].concat();
    let diagnosis = diagnose(&message);
    let signature = only(&diagnosis);
    assert_eq!(signature.body, PartState::WouldVerify);
    assert_eq!(signature.header, PartState::Fails);
    assert!(signature.copied_fields.len() <= 200);
}
