//! The matrix of messages to sign: canonicalizations, shapes of bodies, kinds of fields, options.
//!
//! They are also written to `target/signing-cases.jsonl`, for `tests/node/sign.test.mjs` to show that
//! the npm package makes the same signatures. One object a line:
//!
//!     id         string
//!     message    base64 of the message
//!     now        Unix seconds, which is t=
//!     requests   [{domain, selector, algorithm, canonicalization, identity, ttl, headers, oversign,
//!                bodyLength, copyHeaders, queryMethod}], where identity and ttl may be null, headers
//!                is null or a list, oversign a word or a list or null for the default, and
//!                bodyLength null, "whole" or a number
//!     keys       {"rsa-sha256": PEM, "ed25519-sha256": PEM}, by the algorithm of the request
//!     header     the fields, CRLF included, in the order of the requests

use serde_json::{Value, json};
use waxseal::canon::Canonicalization;
use waxseal::crypto::{Algorithm, PURE_RUST, PrivateKey, Provider};
use waxseal::encoding::base64;
use waxseal::key::{private, publish};
use waxseal::sign::{BodyLength, Oversign, Request, SignOptions, SignedFields, Signer};
use waxseal::{DomainName, Selector, UnixTime};

pub(crate) const RSA_PEM: &str = include_str!("../peers/keys/rsa.pem");
pub(crate) const ED25519_PEM: &str = include_str!("../peers/keys/ed25519.pem");

/// `t=`, long gone, and an `x=` that is far off: peers compare them with the clock.
pub(crate) const NOW: u64 = 1_700_000_000;
const TTL: u64 = 2_000_000_000;

const KINDS: [Canonicalization; 2] = [Canonicalization::Simple, Canonicalization::Relaxed];

const FROM: &str = "From: Ann Example <ann@example.com>\r\n";
const REST: &str = "To: Bob <bob@example.net>\r\nSubject: A matrix\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@example.com>\r\n";
const BODY: &str = "Dear Bob,\r\n\r\nthis is  a body. \r\n\r\nAnn\r\n";

/// A message and the signatures to be made for it: rsa-sha256 and ed25519-sha256, else alike.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// For instance `body: no final CRLF`.
    pub(crate) name: String,
    /// The name and the canonicalizations, for instance `body: no final CRLF, simple/relaxed`.
    pub(crate) id: String,
    pub(crate) message: Vec<u8>,
    pub(crate) requests: Vec<Request>,
}

/// Bodies, each with its name. What stands behind the empty line, or is not even there.
const BODIES: &[(&str, Option<&[u8]>)] = &[
    ("plain", Some(BODY.as_bytes())),
    ("not even the empty line", None),
    ("empty", Some(b"")),
    ("no final CRLF", Some(b"Hello,\r\nBob.")),
    ("no final CRLF but blanks", Some(b"Hello. \t")),
    ("no final CRLF, a last line of blanks", Some(b"Hello.\r\n \t")),
    ("only blank lines", Some(b"\r\n\r\n\r\n")),
    ("only lines of blanks", Some(b" \t\r\n\t\r\n \r\n")),
    ("trailing blank lines", Some(b"Hello.\r\n\r\n\r\n\r\n")),
    ("trailing lines of blanks", Some(b"Hello.\r\n \r\n\t\r\n")),
    ("blanks at line ends", Some(b"Hello \r\nBob\t\r\n \t and  Ann \t \r\n")),
    ("lone tabs", Some(b"\t\r\nHello\t\tBob\r\n\t\r\n\t\t\r\nAnn\r\n")),
    ("UTF-8", Some("Grüße aus Köln, 5 €\u{a0}\r\n".as_bytes())),
    ("Latin-1", Some(b"Gr\xfc\xdfe \x80\xa0\r\n\xa0\r\n")),
    ("control characters", Some(b"a\0b\x0c\x0b\x1a\x7f\r\n\0\r\n")),
    ("dots and From", Some(b".\r\n..\r\nFrom here\r\n>From there\r\n")),
];

/// What else stands in the header besides From, each with its name.
const FIELDS: &[(&str, &[u8])] = &[
    ("folded", b"Subject: A\r\n\tfolded \r\n  subject,\t too\r\nTo:\r\n bob@example.net\r\n"),
    ("folded with a line of blanks", b"Subject: A\r\n \t\r\n subject\r\n"),
    ("ends in a line of blanks", b"Subject: A\r\n \r\nTo: bob@example.net\r\n"),
    ("repeated", b"Subject: One\r\nTo: c@example.net\r\nsubject: Two\r\nSUBJECT: Three\r\n"),
    ("empty values", b"Subject:\r\nTo: \r\nCc:\t\r\nReply-To:\r\n \r\n"),
    ("no blank behind the colon", b"Subject:A matrix\r\nTO:bob@example.net\r\n"),
    ("blanks all around", b"Subject: \t A  matrix \t \r\n"),
    ("blanks before the colon", b"Subject \t: A matrix\r\n"),
    ("UTF-8", "Subject: Grüße aus Köln\u{a0}\r\nTo: Jörg <j@example.net>\r\n".as_bytes()),
    ("Latin-1", b"Subject: Gr\xfc\xdfe \xa0\r\n"),
    ("signed by others", b"Received: from a by b\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=gone; h=from;\r\n bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\nSubject: A matrix\r\n"),
];

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for header_kind in KINDS {
        for body_kind in KINDS {
            for (name, body) in BODIES {
                let mut message = format!("{FROM}{REST}").into_bytes();
                if let Some(body) = body {
                    message.extend_from_slice(&[b"\r\n", *body].concat());
                }
                let mut case = Case::new(&format!("body: {name}"), message);
                case.canonicalize(header_kind, body_kind);
                cases.push(case);
            }
            for mut case in field_cases() {
                case.canonicalize(header_kind, body_kind);
                cases.push(case);
            }
            for mut case in option_cases() {
                case.canonicalize(header_kind, body_kind);
                cases.push(case);
            }
        }
    }
    let line = "0123456789 of  ten megabytes, with blanks at its end \t\r\n";
    let body = line.repeat(10_000_000 / line.len() + 1);
    for kind in KINDS {
        let message = format!("{FROM}{REST}\r\n{body}\r\n");
        let mut case = Case::new("body: 10 MB", message.into_bytes());
        case.canonicalize(kind, kind);
        cases.push(case);
    }
    cases
}

fn field_cases() -> Vec<Case> {
    let references: String = (0..80).map(|n| format!("\r\n <{n:040}@mail.example.com>")).collect();
    let long = [
        ("long References", format!("References:{references}\r\n")),
        ("a line of 998", format!("Subject: {}\r\n", "x".repeat(989))),
    ];
    let mut cases = Vec::new();
    let fields = FIELDS.iter().map(|(name, fields)| (*name, fields.to_vec()));
    let long = long.into_iter().map(|(name, fields)| (name, fields.into_bytes()));
    for (name, fields) in fields.chain(long) {
        let message = [FROM.as_bytes(), &fields, b"\r\n", BODY.as_bytes()].concat();
        cases.push(Case::new(&format!("fields: {name}"), message));
    }
    for (name, from, domain, selector, identity) in [
        (
            "U-labels",
            "Jörg <jörg@post.exämple.com>",
            "exämple.com",
            "schlüssel",
            "jörg@post.exämple.com",
        ),
        (
            "A-labels",
            "Joerg <j@xn--exmple-cua.com>",
            "xn--exmple-cua.com",
            "r",
            "@xn--exmple-cua.com",
        ),
    ] {
        let message = format!("From: {from}\r\n{REST}\r\n{BODY}");
        let mut case = Case::new(&format!("IDN: {name}"), message.into_bytes());
        case.each(|request| {
            request.domain = DomainName::parse(domain).expect("a domain");
            let selector = format!("{selector}{}", request.selector);
            request.selector = Selector::parse(&selector).expect("a selector");
            request.identity = Some(identity.to_owned());
        });
        cases.push(case);
    }
    cases
}

fn option_cases() -> Vec<Case> {
    type Change = fn(&mut Request);
    let options: &[(&str, Change)] = &[
        ("identity without a local part", |r| r.identity = Some("@example.com".to_owned())),
        ("identity below the domain", |r| r.identity = Some("ann@news.example.com".to_owned())),
        ("identity that has to be encoded", |r| {
            r.identity = Some("ann; b=\"x y\"@example.com".to_owned());
        }),
        ("expires", |r| r.expires = Some(UnixTime::from_seconds(NOW + TTL))),
        ("length of the whole body", |r| r.body_length = Some(BodyLength::Whole)),
        ("length of part of the body", |r| r.body_length = Some(BodyLength::Octets(12))),
        ("length of nothing", |r| r.body_length = Some(BodyLength::Octets(0))),
        ("copies of the fields", |r| r.copy_fields = true),
        ("query method", |r| r.query_method = true),
        ("oversign none", |r| r.oversign = Oversign::None),
        ("oversign present", |r| r.oversign = Oversign::Present),
        ("oversign all", |r| r.oversign = Oversign::All),
        ("oversign listed", |r| r.oversign = Oversign::Listed(listed(&["X-None", "subject"]))),
        ("listed fields", |r| {
            r.fields = SignedFields::Listed(listed(&["Message-ID", "date", "from", "X-None"]));
            r.oversign = Oversign::None;
        }),
        ("listed fields, absent and repeated", |r| {
            r.fields = SignedFields::Listed(listed(&["To", "To", "X-None", "X-None", "From"]));
            r.oversign = Oversign::Present;
        }),
        ("everything", |r| {
            r.identity = Some("ann@example.com".to_owned());
            r.expires = Some(UnixTime::from_seconds(NOW + TTL));
            r.body_length = Some(BodyLength::Whole);
            r.copy_fields = true;
            r.query_method = true;
            r.oversign = Oversign::All;
        }),
    ];
    let case = |(name, change): &(&str, Change)| {
        let message = format!("{FROM}{REST}\r\n{BODY}");
        let mut case = Case::new(&format!("options: {name}"), message.into_bytes());
        case.each(change);
        case
    };
    options.iter().map(case).collect()
}

fn listed(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Case {
    fn new(name: &str, message: Vec<u8>) -> Self {
        let request = |selector, algorithm| {
            let domain = DomainName::parse("example.com").expect("a domain");
            let selector = Selector::parse(selector).expect("a selector");
            let mut request = Request::new(domain, selector, algorithm);
            request.timestamp = Some(UnixTime::from_seconds(NOW));
            request
        };
        let requests =
            vec![request("r", Algorithm::RsaSha256), request("e", Algorithm::Ed25519Sha256)];
        Self { name: name.to_owned(), id: String::new(), message, requests }
    }

    fn each(&mut self, change: impl Fn(&mut Request)) {
        self.requests.iter_mut().for_each(change);
    }

    fn canonicalize(&mut self, header: Canonicalization, body: Canonicalization) {
        self.id = format!("{}, {}/{}", self.name, header.name(), body.name());
        self.each(|request| {
            request.header_canonicalization = header;
            request.body_canonicalization = body;
        });
    }

    /// The fields, CRLF included.
    pub(crate) fn sign(&self, provider: &'static dyn Provider) -> String {
        let options = SignOptions { provider, ..SignOptions::default() };
        let signed = || -> Result<String, Box<dyn std::error::Error>> {
            let mut signer = Signer::new(self.requests.clone(), options)?;
            for piece in self.message.chunks(64 * 1024) {
                signer.push(piece)?;
            }
            let mut header = String::new();
            for unsigned in signer.finish()?.unsigned {
                let key = provider.signing_key(&private_key(unsigned.algorithm()))?;
                header.push_str(&unsigned.sign(&*key)?);
            }
            Ok(header)
        };
        signed().unwrap_or_else(|error| panic!("{}: {error}", self.id))
    }

    /// Names and records of the keys that the signatures want.
    pub(crate) fn records(&self) -> Vec<(String, String)> {
        let record = |request: &Request| {
            let name = request.selector.key_name(&request.domain).expect("a name");
            (name.as_str().to_owned(), record_of(request.algorithm))
        };
        self.requests.iter().map(record).collect()
    }

    fn to_json(&self, header: &str) -> Value {
        let requests: Vec<Value> = self.requests.iter().map(request_to_json).collect();
        json!({
            "id": self.id,
            "message": base64::encode(&self.message),
            "now": NOW,
            "requests": requests,
            "keys": { "rsa-sha256": RSA_PEM, "ed25519-sha256": ED25519_PEM },
            "header": header,
        })
    }
}

fn private_key(algorithm: Algorithm) -> PrivateKey {
    let pem = if algorithm == Algorithm::Ed25519Sha256 { ED25519_PEM } else { RSA_PEM };
    private::parse(pem.as_bytes()).expect("a key")
}

/// The key record as we would publish it.
fn record_of(algorithm: Algorithm) -> String {
    let tags = publish::RecordTags { key_type: true, ..publish::RecordTags::default() };
    publish::record(&private_key(algorithm).public_key(), &tags).expect("a record")
}

fn request_to_json(request: &Request) -> Value {
    let (header_kind, body_kind) =
        (request.header_canonicalization.name(), request.body_canonicalization.name());
    json!({
        "domain": request.domain.as_str(),
        "selector": request.selector.as_str(),
        "algorithm": request.algorithm.name(),
        "canonicalization": format!("{header_kind}/{body_kind}"),
        "identity": request.identity,
        "ttl": request.expires.map(|expires| expires.seconds() - NOW),
        "headers": match &request.fields {
            SignedFields::Recommended => Value::Null,
            SignedFields::Listed(names) => json!(names),
        },
        "oversign": match &request.oversign {
            Oversign::None => json!("none"),
            Oversign::Present => json!("present"),
            Oversign::All => json!("all"),
            Oversign::Recommended => Value::Null,
            Oversign::Listed(names) => json!(names),
        },
        "bodyLength": match request.body_length {
            None => Value::Null,
            Some(BodyLength::Whole) => json!("whole"),
            Some(BodyLength::Octets(octets) | BodyLength::AtMost(octets)) => json!(octets),
        },
        "copyHeaders": request.copy_fields,
        "queryMethod": request.query_method,
    })
}

#[test]
fn both_providers_make_the_same_signatures_and_node_can_compare() {
    let mut lines = String::new();
    for case in cases() {
        let header = case.sign(PURE_RUST);
        #[cfg(feature = "aws-lc")]
        assert_eq!(case.sign(waxseal::crypto::AWS_LC), header, "{}", case.id);
        lines.push_str(&format!("{}\n", case.to_json(&header)));
    }
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target");
    std::fs::create_dir_all(target).expect("target/");
    // In one step, for whoever reads it meanwhile.
    let unfinished = format!("{target}/.signing-cases.jsonl");
    std::fs::write(&unfinished, lines).expect("written");
    std::fs::rename(unfinished, format!("{target}/signing-cases.jsonl")).expect("renamed");
}
