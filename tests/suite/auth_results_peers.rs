//! Authentication-Results that others write, read by us, and what we write, read by others:
//! OpenDKIM, authres and Mail::AuthenticationResults, as processes (`tests/peers/README.md`).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use waxseal::Report;
use waxseal::auth_results::{self, AuthenticationResults, MethodResult, Property, from_report};
use waxseal::crypto::PURE_RUST;
use waxseal::encoding::base64;
use waxseal::message::HeaderReader;

use crate::peers::{self, Answers};
use crate::rfc_examples::{ED25519_RECORD, RFC_8463, RSA_RECORD};
use crate::signing_cases::{NOW, cases};
use crate::support::{self, Dns, at};

/// Those who read and write, while OpenDKIM only writes.
const AUTHRES: &str = "authentication_results.py";
const MAIL_AUTHENTICATION_RESULTS: &str = "authentication-results.pl";
const LIBRARIES: [&str; 2] = [AUTHRES, MAIL_AUTHENTICATION_RESULTS];

/// A message that somebody is to verify.
struct Question {
    id: String,
    message: Vec<u8>,
    keys: BTreeMap<String, String>,
}

impl Question {
    fn new(id: &str, message: impl Into<Vec<u8>>, keys: &[(&str, &str)]) -> Self {
        let keys = keys.iter().map(|(name, record)| ((*name).to_owned(), (*record).to_owned()));
        Self { id: id.to_owned(), message: message.into(), keys: keys.collect() }
    }

    fn report(&self) -> Report {
        let dns = self.keys.iter().fold(Dns::new(), |dns, (name, record)| dns.txt(name, record));
        let mut options = at(NOW);
        options.policy.allow_body_length = true;
        support::verify(&self.message, &dns, options)
    }

    fn to_json(&self) -> Value {
        let message = base64::encode(&self.message);
        json!({ "id": self.id, "message": message, "keys": self.keys })
    }
}

const RFC_KEYS: &[(&str, &str)] = &[
    ("brisbane._domainkey.football.example.com", ED25519_RECORD),
    ("test._domainkey.football.example.com", RSA_RECORD),
];

/// Passes, fails, errors; no signature, one, several.
fn questions() -> Vec<Question> {
    let field = |tags: &str| {
        let bh = "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        format!("DKIM-Signature: {tags}; h=from; {bh}; b=AAAAbbbb\r\n{RFC_8463}")
    };
    let rfc = |id: &str, message: String| Question::new(id, message, RFC_KEYS);
    let with_record = |id: &str, record: &str| {
        let keys: Vec<_> = RFC_KEYS.iter().map(|(name, _)| (*name, record)).collect();
        Question::new(id, RFC_8463, &keys)
    };
    let mut questions = vec![
        rfc("whole", RFC_8463.to_owned()),
        rfc("another body", RFC_8463.replace("hungry", "hungrY")),
        rfc("another subject", RFC_8463.replace("dinner", "dinneR")),
        rfc("another version", RFC_8463.replace(" v=1; a=", " v=2; a=")),
        rfc("another algorithm", RFC_8463.replace("a=rsa-sha256", "a=rsa-md5")),
        rfc("no signature", "From: joe@example.com\r\n\r\nHi.\r\n".to_owned()),
        rfc("no key of one of three", field("v=1; a=rsa-sha256; d=example.com; s=gone")),
        rfc("foreign identity", field("v=1; a=rsa-sha256; d=example.com; s=a; i=joe@example.org")),
        rfc(
            "identity below",
            field("v=1; a=rsa-sha256; d=example.com; s=a.b; i=j+x@m.example.com"),
        ),
        rfc("past", field("v=1; a=rsa-sha256; d=example.com; s=a; t=1; x=2")),
        Question::new("no keys", RFC_8463, &[]),
        with_record("revoked", "v=DKIM1; p="),
        with_record("no key at all", "v=DKIM1; p=?"),
        with_record("testing", &format!("{RSA_RECORD}; t=y")),
    ];
    for case in cases() {
        // What OpenDKIM does with these is in signing_peers.rs.
        let is_odd = case.name.contains("no final CRLF")
            || case.name.contains("before the colon")
            // It writes an identity without quotes, whatever is in it.
            || case.name.contains("has to be encoded");
        if is_odd || !case.id.ends_with("relaxed/relaxed") || case.message.len() > 1_000_000 {
            continue;
        }
        let whole = [case.sign(PURE_RUST).as_bytes(), &case.message].concat();
        let damaged = [&whole, b"\r\n\r\nx\r\n".as_slice()].concat();
        for (what, message) in [("whole", whole), ("damaged", damaged)] {
            let id = format!("{}: {what}", case.id);
            questions.push(Question { id, message, keys: case.records().into_iter().collect() });
        }
    }
    questions
}

/// The fields that OpenDKIM has added, as they stand in a message.
fn fields(answers: &Answers, id: &str) -> Vec<String> {
    let fields = answers.get(id)["authenticationResults"].as_array();
    let fields = fields.unwrap_or_else(|| panic!("{id}: {}", answers.get(id)));
    fields.iter().map(|one| one.as_str().expect("a value").replace('\n', "\r\n")).collect()
}

fn parse(about: &str, value: &str) -> AuthenticationResults {
    auth_results::parse(value.as_bytes())
        .unwrap_or_else(|problem| panic!("{about}: {problem}: {value}"))
}

#[test]
fn what_opendkim_writes_is_read_as_it_is_meant() {
    let questions = questions();
    let answers = peers::ask("opendkim.py", questions.iter().map(Question::to_json).collect());
    let mut compared = 0;
    for question in &questions {
        let id = &question.id;
        let fields = fields(&answers, id);
        assert_eq!(fields.len(), 1, "{id}");
        let value = &fields[0];
        let read = parse(id, value);
        assert_eq!(read.authserv_id.as_deref(), Some("peer"), "{id}");
        let signatures = question.report().signatures;
        let found: Vec<&MethodResult> =
            read.results.iter().filter(|one| one.method == "dkim").collect();
        if signatures.is_empty() {
            assert_eq!(found.len(), 1, "{id}: {value}");
            assert_eq!(found[0].result.as_deref(), Some("none"), "{id}: {value}");
            continue;
        }
        assert_eq!(found.len(), signatures.len(), "{id}: {value}");
        for (one, signature) in found.into_iter().zip(&signatures) {
            let passes = one.result.as_deref() == Some("pass");
            assert_eq!(passes, signature.result.as_str() == "pass", "{id}: {value}");
            let header = |name| one.property("header", name);
            assert_eq!(header("d"), signature.domain.as_deref(), "{id}: {value}");
            assert_eq!(header("s"), signature.selector.as_deref(), "{id}: {value}");
            let b = header("b").expect("header.b");
            let ours = signature.signature.as_deref().expect("b=");
            assert!(b.len() >= ours.len().min(8) && ours.starts_with(b), "{id}: {value}");
            // It calls what it does not know rsa-sha1.
            if one.result.as_deref() != Some("permerror") {
                assert_eq!(header("a"), signature.algorithm.as_deref(), "{id}: {value}");
            }
            compared += 1;
        }
    }
    println!("{compared} results");
    assert!(compared > 100, "only {compared} results");
}

#[test]
fn whoever_opendkim_says_it_is_is_read_and_can_be_taken_off() {
    const JOB: &str = "AuthservIDWithJobID yes\n";
    // The setting, other settings, the authserv-id that is read, and whom it names.
    let names = [
        ("mx.example.net", "", Some("mx.example.net"), "MX.example.net"),
        ("MX-1.Example.NET", "", Some("MX-1.Example.NET"), "mx-1.example.net"),
        ("localhost", "", Some("localhost"), "localhost"),
        ("grün.example", "", Some("grün.example"), "xn--grn-ioa.example"),
        ("\"mail host\"", "", Some("mail host"), "mail host"),
        ("(us) mx.example", "", Some("mx.example"), "mx.example"),
        ("mx/1", "", Some("mx/1"), "mx/1"),
        ("a@b", "", Some("a@b"), "a@b"),
        // It puts the job's id behind a slash, and where there is none a comment.
        ("mx.example", JOB, Some("mx.example/"), "mx.example"),
        // What OpenDKIM should have quoted.
        ("a;b", "", Some("a"), "a"),
        ("mail host", "", None, "mail host"),
    ];
    let requests = names.iter().map(|(name, settings, _, _)| {
        let mut request = Question::new(name, RFC_8463, RFC_KEYS).to_json();
        request["authservId"] = json!(name);
        request["settings"] = json!(settings);
        request
    });
    let answers = peers::ask("opendkim.py", requests.collect());
    for (name, _, read_as, named) in names {
        let values = fields(&answers, name);
        assert_eq!(values.len(), 1, "{values:?}");
        let value = &values[0];
        let read = auth_results::parse(value.as_bytes()).ok();
        let found = read.as_ref().and_then(|read| read.authserv_id.as_deref());
        assert_eq!(found, read_as, "{value}");
        if let Some(read) = &read {
            let passes = read.results.iter().filter(|one| one.method == "dkim");
            let passes = passes.filter(|one| one.result.as_deref() == Some("pass")).count();
            assert_eq!(passes, 2, "{value}");
        }
        let message = format!("Authentication-Results:{value}\r\n{RFC_8463}");
        let mut reader = HeaderReader::new(100_000, 100);
        reader.push(message.as_bytes()).expect("a header");
        let header = reader.into_header();
        assert_eq!(auth_results::to_remove(&header, named), [0], "{value}");
        // What names nobody is removed by everybody.
        let by_others = auth_results::to_remove(&header, "other.example");
        assert_eq!(by_others.is_empty(), read.is_some(), "{value}");
    }
}

/// What a peer reads, or is to write.
fn to_json(id: &str, results: &AuthenticationResults) -> Value {
    let result = |one: &MethodResult| {
        let properties = one.properties.iter();
        let properties: Vec<Value> =
            properties.map(|one| json!([one.ptype, one.name, one.value])).collect();
        json!({
            "method": one.method,
            "result": one.result,
            "reason": one.reason,
            "properties": properties,
        })
    };
    let results: Vec<Value> = results.results.iter().map(result).collect();
    json!({ "id": id, "results": results })
}

/// Reports of all kinds: what OpenDKIM is asked, too, and the vectors where they are.
fn reports() -> Vec<(String, Report)> {
    let questions = questions();
    let own = questions.iter().map(|question| (question.id.clone(), question.report()));
    let vectors = support::vector_lines("cases.jsonl").unwrap_or_default();
    let vectors = vectors.iter().map(|case| {
        let name = case["message"].as_str().expect("message");
        let message = support::vector_file(name).expect("the message of a case is there");
        let dns = case["dns"].as_object().expect("dns").iter();
        let dns = dns.fold(Dns::new(), |dns, (name, records)| {
            let records = records.as_array().into_iter().flatten();
            let records: Vec<&str> = records.filter_map(Value::as_str).collect();
            if records.is_empty() { dns } else { dns.records(name, &records) }
        });
        let report = support::verify(&message, &dns, at(case["now"].as_u64().expect("now")));
        (case["id"].as_str().expect("id").to_owned(), report)
    });
    own.chain(vectors).collect()
}

/// What a library is known to read where we said that; `None` where it refuses the field. One that
/// answers otherwise, even rightly, fails the test: then this is to be changed.
fn known_reading(script: &str, said: &AuthenticationResults) -> Option<AuthenticationResults> {
    let mut read = said.clone();
    if script == AUTHRES {
        // It loses a property whose value is quoted, unless it is the last of its result.
        for result in &mut read.results {
            let last = result.properties.pop();
            result.properties.retain(|property| !is_quoted(property));
            result.properties.extend(last);
        }
        return Some(read);
    }
    // It takes no quotes within quotes.
    let properties = said.results.iter().flat_map(|one| &one.properties);
    let is_escaped = properties.into_iter().any(|one| one.value.contains(['"', '\\']));
    (!is_escaped).then_some(read)
}

/// Whether the value is written as a quoted string.
fn is_quoted(property: &Property) -> bool {
    let alone = MethodResult { properties: vec![property.clone()], ..MethodResult::new("x", "y") };
    let alone = AuthenticationResults {
        authserv_id: Some("z".to_owned()),
        results: vec![alone],
        ..AuthenticationResults::default()
    };
    alone.to_string().ends_with('"')
}

#[test]
fn what_we_write_is_read_by_others_as_it_is_meant() {
    let authserv_id = "mx.example.net";
    let mut written: Vec<(String, AuthenticationResults, String)> = Vec::new();
    for (id, report) in reports() {
        let said = from_report(&report, authserv_id);
        let one_line = auth_results::format(&report, authserv_id);
        written.push((format!("{id}: plain"), said.clone(), one_line));
        let folded = auth_results::format_folded(&report, authserv_id);
        written.push((format!("{id}: folded"), said, folded));
    }
    let mut wrong = Vec::new();
    for script in LIBRARIES {
        let request = |(id, _, value): &(String, _, String)| json!({ "id": id, "value": value });
        let answers = peers::ask(script, written.iter().map(request).collect());
        for (id, said, value) in &written {
            let answer = answers.get(id);
            let fine = match known_reading(script, said) {
                Some(known) => {
                    answer["authservId"] == authserv_id
                        && answer["results"] == to_json(id, &known)["results"]
                }
                None => !answer["refused"].is_null(),
            };
            if !fine {
                wrong.push(format!("{}, {id}: {value}\n{answer}", answers.name));
            }
        }
    }
    println!("{} fields", written.len());
    assert!(written.len() > 100, "only {} fields", written.len());
    let (count, some) = (wrong.len(), wrong.iter().take(30).cloned().collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{count} are read otherwise:\n{}", some.join("\n"));
}

/// What others are asked to say besides our reports.
fn sayings() -> Vec<AuthenticationResults> {
    let of = |results: Vec<MethodResult>| AuthenticationResults {
        authserv_id: Some("mx.example.net".to_owned()),
        results,
        ..AuthenticationResults::default()
    };
    let with = |method: &str, result: &str, properties: &[(&str, &str, &str)]| MethodResult {
        properties: properties.iter().map(|one| Property::new(one.0, one.1, one.2)).collect(),
        ..MethodResult::new(method, result)
    };
    vec![
        of(vec![with("spf", "softfail", &[("smtp", "mailfrom", "joe@example.com")])]),
        of(vec![
            with("iprev", "pass", &[("policy", "iprev", "192.0.2.1")]),
            with("auth", "pass", &[("smtp", "auth", "joe")]),
        ]),
        of(vec![with("dmarc", "fail", &[("header", "from", "example.com")])]),
        of(vec![MethodResult {
            reason: Some("good signature, \"quoted\" \\ odd".to_owned()),
            ..with("dkim", "pass", &[("header", "i", "@example.com"), ("header", "b", "ab/d+f==")])
        }]),
        of(vec![MethodResult {
            reason: Some("why (not); really".to_owned()),
            ..with("x-our-method", "neutral", &[("header", "x-odd", "a;b(c)")])
        }]),
    ]
}

/// What a library is known to write where it shall say that; `None` where that can be anything.
fn known_writing(script: &str, said: &AuthenticationResults) -> Option<AuthenticationResults> {
    let mut written = said.clone();
    let properties = written.results.iter_mut().flat_map(|one| &mut one.properties);
    if script == AUTHRES {
        // What has an @ in it, it does not quote.
        let needs_quotes = |text: &str| {
            let is_plain =
                |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.@".contains(c);
            text.contains('@') && !text.chars().all(is_plain)
        };
        let is_broken = properties.into_iter().any(|one| needs_quotes(&one.value));
        return (!is_broken).then_some(written);
    }
    // It blots out what would have to be quoted.
    let blotted = |text: &str| text.replace(['(', ')', '\\', '"', ';'], " ").trim().to_owned();
    for property in properties {
        property.value = blotted(&property.value);
    }
    for result in &mut written.results {
        result.reason = result.reason.as_deref().map(blotted);
    }
    Some(written)
}

#[test]
fn what_others_write_is_read_as_it_is_meant() {
    let reports = reports();
    let of_reports = reports.iter().map(|(_, report)| from_report(report, "mx.example.net"));
    let said: Vec<AuthenticationResults> = sayings().into_iter().chain(of_reports).collect();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for script in LIBRARIES {
        let requests = said.iter().enumerate().map(|(number, said)| {
            let mut request = to_json(&number.to_string(), said);
            request["authservId"] = json!(said.authserv_id);
            request
        });
        let answers = peers::ask(script, requests.collect());
        for (number, said) in said.iter().enumerate() {
            let id = number.to_string();
            let Some(value) = answers.text(&id, "value") else {
                panic!("{}, {said:?}: {}", answers.name, answers.get(&id));
            };
            let Some(known) = known_writing(script, said) else { continue };
            let read = parse(&answers.name, value);
            let same = read.authserv_id == known.authserv_id
                && to_json(&id, &read)["results"] == to_json(&id, &known)["results"];
            if !same {
                wrong.push(format!("{}: {value}\n{read:?}", answers.name));
            }
            compared += 1;
        }
    }
    println!("{compared} fields");
    assert!(compared > 100, "only {compared} fields");
    let (count, some) = (wrong.len(), wrong.iter().take(30).cloned().collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{count} are read otherwise:\n{}", some.join("\n"));
}
