//! DomainKeys that we sign, verified by Mail::DKIM, and what it signs, verified by us
//! (`tests/peers/domainkeys.pl`).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use waxseal::canon::DomainKeysCanonicalization;
use waxseal::crypto::PURE_RUST;
use waxseal::domainkeys::sign::{Request, Signer};
use waxseal::encoding::base64;
use waxseal::{DomainName, Selector};

use crate::domainkeys::{RSA_PEM, allowing, outcome, record, signing_key, verify};
use crate::support::Dns;

const NAME: &str = "s._domainkey.example.com";

const BOTH: [DomainKeysCanonicalization; 2] =
    [DomainKeysCanonicalization::Simple, DomainKeysCanonicalization::Nofws];

/// Headers less From, which is joe@mail.example.com, and bodies that end in CRLF, which Mail::DKIM
/// leaves off where it is missing.
fn messages() -> Vec<(String, Vec<u8>)> {
    let headers = [
        "Subject: hello\r\nTo: a@b.example\r\n",
        "Received: a\r\nReceived: b\r\nSubject: one\r\nX-A:\r\n\tfolded,\r\n  twice\r\nSubject: two\r\n",
        "Sender:  List <list@example.com>\r\nTO:a@b.example (comment)  \r\nDate : now\r\n",
    ];
    let bodies = [
        "",
        "\r\n\r\n",
        "Hello\r\n",
        "\r\n\r\nHello\r\n\r\n\r\n",
        " leading \t and trailing \r\n \t\r\n\r\nlast line \r\n \r\n",
        ".\r\n..\r\nFrom here\r\n",
        "gr\u{fc}\u{df}e\r\n",
    ];
    let mut messages = Vec::new();
    for (header_number, header) in headers.iter().enumerate() {
        for (body_number, body) in bodies.iter().enumerate() {
            let message = format!("{header}From: Joe <joe@mail.example.com>\r\n\r\n{body}");
            messages.push((format!("{header_number}-{body_number}"), message.into_bytes()));
        }
    }
    messages
}

/// What the peer answers, by id.
fn ask(requests: Vec<Value>) -> BTreeMap<String, Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/domainkeys.pl");
    let mut child = Command::new("perl")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("perl with Mail::DKIM: run pkg-scripts/tools/mail-peers");
    let mut stdin = child.stdin.take().expect("stdin");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            for request in requests {
                // A peer that has died is told by its status.
                let _ = writeln!(stdin, "{request}");
            }
        });
        child.wait_with_output().expect("its end")
    });
    assert!(output.status.success(), "the peer ended with {}", output.status);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let answers = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    answers.map(|answer| (answer["id"].as_str().expect("id").to_owned(), answer)).collect()
}

#[test]
fn mail_dkim_verifies_what_we_sign_and_no_damaged_copy() {
    let mut requests = Vec::new();
    let mut expected = BTreeMap::new();
    for (id, message) in messages() {
        for canonicalization in BOTH {
            for list_fields in [true, false] {
                let domain = DomainName::parse("example.com").expect("a name");
                let selector = Selector::parse("s").expect("a selector");
                let request =
                    Request { canonicalization, list_fields, ..Request::new(domain, selector) };
                let mut signer = Signer::new(request, PURE_RUST).expect("a request");
                signer.push(&message).expect("a message");
                let unsigned = signer.finish().expect("unsigned");
                let field = unsigned.sign(&*signing_key()).expect("a field");
                let good = [field.as_bytes(), &message].concat();
                let bad = [good.as_slice(), b"x\r\n"].concat();
                for (octets, pass) in [(good, true), (bad, false)] {
                    let id = format!("{id} {} {list_fields} {pass}", canonicalization.name());
                    requests.push(json!({
                        "id": &id,
                        "message": base64::encode(&octets),
                        "keys": { NAME: record() },
                    }));
                    expected.insert(id, (pass, field.clone()));
                }
            }
        }
    }
    let answers = ask(requests);
    for (id, (pass, field)) in expected {
        let results = answers[&id]["results"].as_array().expect("results");
        assert_eq!(results.len(), 1, "{id}");
        assert_eq!(results[0]["pass"], pass, "{id}: {}\n{field}", results[0]["why"]);
    }
}

#[test]
fn what_mail_dkim_signs_verifies_with_us_and_no_damaged_copy() {
    let messages = messages();
    let mut requests = Vec::new();
    let lists: [Option<&[&str]>; 2] = [None, Some(&["Subject", "From", "Sender", "To", "Subject"])];
    for (id, message) in &messages {
        for canonicalization in BOTH {
            for (number, headers) in lists.iter().enumerate() {
                requests.push(json!({
                    "id": format!("{id} {} {number}", canonicalization.name()),
                    "message": base64::encode(message),
                    "privateKey": RSA_PEM,
                    "domain": "example.com",
                    "selector": "s",
                    "canonicalization": canonicalization.name(),
                    "headers": headers,
                }));
            }
        }
    }
    let wanted = requests.len();
    let answers = ask(requests);
    assert_eq!(answers.len(), wanted);
    let dns = Dns::new().txt(NAME, &record());
    for (id, answer) in answers {
        let field = base64::decode(answer["field"].as_str().expect("a field")).expect("base64");
        let (number, _) = id.split_once(' ').expect("an id");
        let (_, message) = messages.iter().find(|(id, _)| id == number).expect("its message");
        let good = [field.as_slice(), message].concat();
        let shown = String::from_utf8_lossy(&field).into_owned();
        let outcomes = verify(&good, &dns, &allowing(), 9);
        assert_eq!(outcome(&outcomes[0]), "pass", "{id}: {shown}");
        let bad = [good.as_slice(), b"x\r\n"].concat();
        let outcomes = verify(&bad, &dns, &allowing(), 9);
        assert_eq!(outcome(&outcomes[0]), "fail signatureMismatch", "{id}: {shown}");
    }
}
