//! DomainKeys that we sign, verified by Mail::DKIM, and what it signs, verified by us
//! (`tests/peers/mail-dkim.pl`; dkimpy and OpenDKIM have no DomainKeys).

use serde_json::json;
use waxseal::canon::DomainKeysCanonicalization;
use waxseal::crypto::PURE_RUST;
use waxseal::domainkeys::sign::{Request, Signer};
use waxseal::encoding::base64;
use waxseal::{DomainName, Selector};

use crate::domainkeys::{RSA_PEM, allowing, record, signing_key};
use crate::peers;
use crate::support::{self, Dns, outcomes};

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

/// Copies of a signed message: whole and two that are damaged.
fn copies(message: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let author = message.windows(4).position(|octets| octets == b"Joe ").expect("its author");
    let mut other_author = message.to_vec();
    other_author[author] = b'j';
    [
        ("whole", message.to_vec()),
        ("another body", [message, b"x\r\n"].concat()),
        ("another author", other_author),
    ]
}

/// Our verdict where DomainKeys may pass.
fn verdict(message: &[u8]) -> Vec<String> {
    outcomes(&support::verify(message, &Dns::new().txt(NAME, &record()), allowing()))
}

fn expected(copy: &str) -> &'static str {
    if copy == "whole" { "pass" } else { "fail signatureMismatch" }
}

#[test]
fn mail_dkim_verifies_what_we_sign_and_no_damaged_copy() {
    let mut questions = Vec::new();
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
                for (copy, octets) in copies(&[field.as_bytes(), &message].concat()) {
                    let id = format!("{id} {} {list_fields}: {copy}", canonicalization.name());
                    assert_eq!(verdict(&octets), [expected(copy)], "{id}\n{field}");
                    questions.push((id, octets, copy));
                }
            }
        }
    }
    let request = |(id, message, _): &(String, Vec<u8>, &str)| {
        json!({
            "id": id,
            "protocol": "domainkeys",
            "message": base64::encode(message),
            "keys": { NAME: record() },
        })
    };
    let answers = peers::ask("mail-dkim.pl", questions.iter().map(request).collect());
    for (id, message, copy) in &questions {
        let results = answers.get(id)["results"].as_array().expect("results");
        let message = String::from_utf8_lossy(message);
        assert_eq!(results.len(), 1, "{id}");
        assert_eq!(results[0]["pass"], *copy == "whole", "{id}: {}\n{message}", results[0]["why"]);
    }
}

#[test]
fn what_mail_dkim_signs_verifies_with_us_and_no_damaged_copy() {
    let lists: [Option<&[&str]>; 2] = [None, Some(&["Subject", "From", "Sender", "To", "Subject"])];
    let mut wanted = Vec::new();
    let mut requests = Vec::new();
    for (id, message) in messages() {
        for canonicalization in BOTH {
            for (number, headers) in lists.iter().enumerate() {
                let id = format!("{id} {} {number}", canonicalization.name());
                requests.push(json!({
                    "id": &id,
                    "protocol": "domainkeys",
                    "message": base64::encode(&message),
                    "privateKey": RSA_PEM,
                    "domain": "example.com",
                    "selector": "s",
                    "algorithm": "rsa-sha1",
                    "canonicalization": canonicalization.name(),
                    "headers": headers,
                }));
                wanted.push((id, message.clone()));
            }
        }
    }
    let answers = peers::ask("mail-dkim.pl", requests);
    for (id, message) in wanted {
        let field = base64::decode(answers.text(&id, "field").expect("a field")).expect("base64");
        for (copy, octets) in copies(&[field.as_slice(), &message].concat()) {
            let shown = String::from_utf8_lossy(&field);
            assert_eq!(verdict(&octets), [expected(copy)], "{id}: {copy}\n{shown}");
        }
    }
}
