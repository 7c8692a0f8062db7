//! What we sign, verified by programs of others, and what they sign, verified by us: dkimpy,
//! Mail::DKIM and OpenDKIM, as processes. `tests/peers/README.md` says how they are spoken to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use waxseal::canon::Canonicalization;
use waxseal::crypto::{Algorithm, PURE_RUST};
use waxseal::encoding::base64;

use crate::rfc_examples::{ED25519_RECORD, RFC_8463, RSA_RECORD};
use crate::signing_cases::{Case, ED25519_PEM, NOW, RSA_PEM, cases};
use crate::support::{self, Dns, at, outcomes};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Dkimpy,
    MailDkim,
    OpenDkim,
}

const PEERS: [Peer; 3] = [Peer::Dkimpy, Peer::MailDkim, Peer::OpenDkim];

/// What others are known to get wrong, each with the answer that is expected of them. A peer that
/// answers otherwise, even rightly, fails the test: then this is to be changed.
struct KnownBug {
    peer: Peer,
    /// The names of the cases.
    cases: &'static [&'static str],
    header: &'static [Canonicalization],
    body: &'static [Canonicalization],
    says: &'static str,
}

const ANY: &[Canonicalization] = &[Canonicalization::Simple, Canonicalization::Relaxed];
const SIMPLE: &[Canonicalization] = &[Canonicalization::Simple];
const RELAXED: &[Canonicalization] = &[Canonicalization::Relaxed];

const KNOWN_BUGS: &[KnownBug] = &[
    // RFC 6376 §3.4.4: blanks at the end of a line go, also where no CRLF ends it.
    KnownBug {
        peer: Peer::Dkimpy,
        cases: &["body: no final CRLF but blanks", "body: no final CRLF, a last line of blanks"],
        header: ANY,
        body: RELAXED,
        says: "body hash mismatch",
    },
    // RFC 5322 §4.5: blanks before the colon are obsolete, not wrong.
    KnownBug {
        peer: Peer::Dkimpy,
        cases: &["fields: blanks before the colon"],
        header: ANY,
        body: ANY,
        says: "Unexpected characters in RFC822 header",
    },
    // RFC 6376 §3.4.3: a body that does not end in CRLF gets one.
    KnownBug {
        peer: Peer::MailDkim,
        cases: &[
            "body: no final CRLF",
            "body: no final CRLF but blanks",
            "body: no final CRLF, a last line of blanks",
        ],
        header: ANY,
        body: SIMPLE,
        says: "body has been altered",
    },
    // RFC 6376 §3.5: l=0 is a length; to Perl it is none.
    KnownBug {
        peer: Peer::MailDkim,
        cases: &["options: length of nothing"],
        header: ANY,
        body: ANY,
        says: "body has been altered",
    },
    // It loses a last line without CRLF, which no MTA hands to a milter anyway.
    KnownBug {
        peer: Peer::OpenDkim,
        cases: &["body: no final CRLF"],
        header: ANY,
        body: RELAXED,
        says: "added no result",
    },
    KnownBug {
        peer: Peer::OpenDkim,
        cases: &["body: no final CRLF but blanks"],
        header: ANY,
        body: RELAXED,
        says: "signature verification failed",
    },
    // Not its fault: a milter is not told of blanks before the colon.
    KnownBug {
        peer: Peer::OpenDkim,
        cases: &["fields: blanks before the colon"],
        header: SIMPLE,
        body: ANY,
        says: "signature verification failed",
    },
];

/// A message to verify, whole or with one octet of it changed.
struct Question {
    id: String,
    message: Vec<u8>,
    keys: Vec<(String, String)>,
    /// For each of our signatures whether it was damaged.
    damaged: [bool; 2],
    case: Case,
}

/// What a peer says of a message.
#[derive(Clone, Debug)]
enum Answer {
    /// Pass or not and why, for each signature.
    Results(Vec<(bool, String)>),
    /// It does not want the message at all.
    Refused(String),
    /// A DKIM-Signature field.
    Field(Vec<u8>),
}

/// A peer's name and version, its algorithms, and what it said, by the ids of the requests.
struct Answers {
    name: String,
    algorithms: Vec<Algorithm>,
    by_id: BTreeMap<String, Answer>,
}

/// Shows that the peers are spoken to rightly, without a signature of ours.
#[test]
fn the_example_of_rfc_8463_verifies_everywhere_unless_damaged_or_without_keys() {
    python();
    // As they stand in the message, §A.3.
    let order = [Algorithm::Ed25519Sha256, Algorithm::RsaSha256];
    let keys = json!({
        "brisbane._domainkey.football.example.com": ED25519_RECORD,
        "test._domainkey.football.example.com": RSA_RECORD,
    });
    let request = |id: &str, message: String, keys: &Value| json!({ "id": id, "message": base64::encode(message.as_bytes()), "keys": keys });
    let requests = [
        request("whole", RFC_8463.to_owned(), &keys),
        request("another subject", RFC_8463.replace("dinner", "dinneR"), &keys),
        request("another body", RFC_8463.replace("hungry", "hungrY"), &keys),
        request("no keys", RFC_8463.to_owned(), &json!({})),
    ];
    for peer in PEERS {
        let answers = peer.ask(requests.clone().into_iter());
        assert_eq!(answers.by_id.len(), requests.len());
        for (id, answer) in &answers.by_id {
            let Answer::Results(results) = answer else { panic!("{}: {answer:?}", answers.name) };
            let passes: Vec<bool> = results.iter().map(|(pass, _)| *pass).collect();
            let expected = order.map(|one| id == "whole" && answers.algorithms.contains(&one));
            assert_eq!(passes, expected, "{}, {id}: {results:?}", answers.name);
        }
    }
}

#[test]
fn what_we_sign_verifies_everywhere_and_no_damaged_copy_does() {
    python();
    let questions: Vec<Question> = cases().into_iter().flat_map(questions_about).collect();
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let questions = &questions;
        let ours = scope.spawn(move || questions.iter().filter_map(ask_us).collect::<Vec<_>>());
        let others = PEERS.map(|peer| scope.spawn(move || ask_peer(peer, questions)));
        let complaints = others.into_iter().flat_map(|peer| peer.join().expect("an answer"));
        complaints.chain(ours.join().expect("our answer")).collect()
    });
    let (count, some) = (complaints.len(), complaints.iter().take(50));
    assert!(complaints.is_empty(), "{count} wrong answers: {:#?}", some.collect::<Vec<_>>());
}

/// The message as it is signed, and copies of it that differ in one octet.
fn questions_about(case: Case) -> Vec<Question> {
    let header = case.sign(PURE_RUST);
    let whole = [header.as_bytes(), &case.message].concat();
    let question = |what: &str, message: Vec<u8>, damaged| Question {
        id: format!("{}: {what}", case.id),
        message,
        keys: case.records(),
        damaged,
        case: case.clone(),
    };
    let mut questions = vec![question("whole", whole.clone(), [false; 2])];

    if case.name != "options: length of nothing" {
        let mut body = whole.clone();
        change_body(&mut body, header.len());
        questions.push(question("another body", body, [true; 2]));
    }
    if whole.len() > 1_000_000 {
        return questions; // one copy of ten megabytes will do
    }
    let mut author = whole.clone();
    change_author(&mut author, header.len());
    questions.push(question("another author", author, [true; 2]));

    // What damages one signature leaves the other as good as it was.
    let second = header.rfind("DKIM-Signature:").expect("a second field");
    for (start, damaged) in [(0, [true, false]), (second, [false, true])] {
        let mut time = whole.clone();
        let digit = start + find(&whole[start..], format!("t={NOW}").as_bytes()) + "t=17".len();
        time[digit] ^= 1;
        questions.push(question(&format!("another time {damaged:?}"), time, damaged));

        let mut signature = whole.clone();
        let first = start + find(&whole[start..], b"\r\n b=") + "\r\n b=".len();
        signature[first] = if whole[first] == b'A' { b'B' } else { b'A' };
        questions.push(question(&format!("another signature {damaged:?}"), signature, damaged));
    }
    questions
}

/// Changes the first letter of the body, or puts one there.
fn change_body(message: &mut Vec<u8>, header: usize) {
    let Some(start) = body_start(&message[header..]).map(|start| header + start) else {
        message.extend_from_slice(b"\r\nx");
        return;
    };
    match message[start..].iter().position(u8::is_ascii_alphabetic) {
        Some(letter) => message[start + letter] ^= 0x20,
        None => message.insert(start, b'x'),
    }
}

/// Changes the first letter of the From field.
fn change_author(message: &mut [u8], header: usize) {
    let start = header + find(&message[header..], b"From: ") + "From: ".len();
    message[start] ^= 0x20;
}

/// Where the body begins.
fn body_start(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|octets| octets == b"\r\n\r\n").map(|at| at + 4)
}

fn find(octets: &[u8], wanted: &[u8]) -> usize {
    octets.windows(wanted.len()).position(|window| window == wanted).expect("it is there")
}

/// What is wrong with our own answer.
fn ask_us(question: &Question) -> Option<String> {
    let dns = question.keys.iter().fold(Dns::new(), |dns, (name, record)| dns.txt(name, record));
    let mut options = at(NOW);
    options.policy.allow_body_length = true;
    let report = support::verify(&question.message, &dns, options);
    let results = report.signatures.iter().map(|signature| signature.reason.is_none());
    let expected = question.damaged.map(|damaged| !damaged);
    let right = results.take(2).eq(expected);
    (!right).then(|| format!("waxseal, {}: {:?}", question.id, outcomes(&report)))
}

/// What is wrong with a peer's answers.
fn ask_peer(peer: Peer, questions: &[Question]) -> Vec<String> {
    let requests = questions.iter().map(|question| {
        let keys: BTreeMap<_, _> = question.keys.iter().cloned().collect();
        json!({ "id": question.id, "message": base64::encode(&question.message), "keys": keys })
    });
    let answers = peer.ask(requests);
    let complaints = questions.iter().flat_map(|question| {
        let answer = answers.by_id.get(&question.id).cloned();
        let answer = answer.unwrap_or_else(|| Answer::Refused("no answer".to_owned()));
        (0..2).find_map(|place| {
            let problem = check(peer, &answers.algorithms, question, place, &answer)?;
            Some(format!("{}, {}, signature {place}: {problem}", answers.name, question.id))
        })
    });
    complaints.collect()
}

/// What is wrong with the answer about one of our signatures.
fn check(
    peer: Peer,
    algorithms: &[Algorithm],
    question: &Question,
    place: usize,
    answer: &Answer,
) -> Option<String> {
    let (pass, why) = match answer {
        Answer::Results(results) => match results.get(place) {
            Some((pass, why)) => (*pass, why.as_str()),
            None => return Some(format!("it has found only {} signatures", results.len())),
        },
        Answer::Refused(why) => (false, why.as_str()),
        Answer::Field(_) => return Some("it has signed".to_owned()),
    };
    let request = &question.case.requests[place];
    let bug = KNOWN_BUGS.iter().find(|bug| {
        bug.peer == peer
            && bug.cases.contains(&question.case.name.as_str())
            && bug.header.contains(&request.header_canonicalization)
            && bug.body.contains(&request.body_canonicalization)
    });
    let says = match bug {
        _ if !algorithms.contains(&request.algorithm) => Some("unsupported algorithm"),
        Some(bug) => Some(bug.says),
        None => None,
    };
    match (question.damaged[place], says) {
        (true, _) => pass.then(|| "it passes, though damaged".to_owned()),
        (false, None) => (!pass).then(|| format!("it fails: {why}")),
        (false, Some(says)) => {
            let as_known = !pass && why.contains(says);
            (!as_known).then(|| format!("known to answer '{says}', it answers {pass} '{why}'"))
        }
    }
}

#[test]
fn what_others_sign_verifies_with_us_and_no_damaged_copy_does() {
    python();
    let is_for_them = |case: &Case| {
        let is_shape = case.name.starts_with("body: ") || case.name.starts_with("fields: ");
        // They differ over a last line without CRLF, see above.
        is_shape && !case.name.contains("no final CRLF") && case.message.len() < 1_000_000
    };
    let messages: Vec<Case> = cases().into_iter().filter(is_for_them).collect();
    for peer in PEERS {
        let places = messages.iter().flat_map(|case| [(case, 0), (case, 1)]);
        let answers = peer.ask(places.clone().map(|(case, place)| signing_request(case, place)));
        let mut signed = 0;
        let mut broken = Vec::new();
        for (case, place) in places {
            let request = &case.requests[place];
            let id = signing_id(case, place);
            let field = match answers.by_id.get(&id) {
                Some(Answer::Field(field)) => field,
                Some(Answer::Refused(_)) if !answers.algorithms.contains(&request.algorithm) => {
                    continue;
                }
                Some(Answer::Refused(why)) if is_known_refusal(peer, case, why) => continue,
                answer => panic!("{}, {id}: {answer:?}", answers.name),
            };
            signed += 1;
            let message = [field, case.message.as_slice()].concat();
            if peer == Peer::OpenDkim
                && request.header_canonicalization == Canonicalization::Simple
                && (place == 1 || case.name == "fields: blanks before the colon")
            {
                assert_eq!(verify_theirs(case, place, &message), "fail signatureMismatch", "{id}");
                // A milter is not told of those blanks; but what it signs with Ed25519 is wrong.
                if place == 1 {
                    broken.push((id, message, case.records()));
                }
                continue;
            }
            verify_theirs_and_copies(&format!("{}, {id}", answers.name), case, place, &message);
        }
        assert!(signed > 100, "{} has signed only {signed} messages", answers.name);

        // It says so itself.
        let requests = broken.iter().map(|(id, message, keys)| {
            let keys: BTreeMap<_, _> = keys.iter().cloned().collect();
            json!({ "id": id, "message": base64::encode(message), "keys": keys })
        });
        for (id, answer) in peer.ask(requests).by_id {
            let Answer::Results(results) = answer else { panic!("{id}: {answer:?}") };
            assert!(!results[0].0, "{id}: OpenDKIM verifies it");
        }
    }
}

fn signing_id(case: &Case, place: usize) -> String {
    format!("{}, {}", case.id, case.requests[place].algorithm)
}

fn signing_request(case: &Case, place: usize) -> Value {
    let request = &case.requests[place];
    let (header, body) = (request.header_canonicalization, request.body_canonicalization);
    json!({
        "id": signing_id(case, place),
        "message": base64::encode(&case.message),
        "privateKey": if place == 0 { RSA_PEM } else { ED25519_PEM },
        "domain": request.domain.as_str(),
        "selector": request.selector.as_str(),
        "algorithm": request.algorithm.name(),
        "canonicalization": format!("{}/{}", header.name(), body.name()),
        "headers": ["From", "Subject", "To"],
    })
}

/// The outcome of the first signature.
fn verify_theirs(case: &Case, place: usize, message: &[u8]) -> String {
    let (name, record) = &case.records()[place];
    let dns = Dns::new().txt(name, record);
    // They have read the machine's clock for t=.
    outcomes(&support::verify(message, &dns, at(u64::MAX / 2))).remove(0)
}

fn verify_theirs_and_copies(about: &str, case: &Case, place: usize, message: &[u8]) {
    let outcome = verify_theirs(case, place, message);
    assert_eq!(outcome, "pass", "{about}\n{}", String::from_utf8_lossy(message));

    let header = message.len() - case.message.len();
    let mut other_body = message.to_vec();
    change_body(&mut other_body, header);
    assert_eq!(verify_theirs(case, place, &other_body), "fail bodyHashMismatch", "{about}");
    let mut other_author = message.to_vec();
    change_author(&mut other_author, header);
    assert_eq!(verify_theirs(case, place, &other_author), "fail signatureMismatch", "{about}");
}

fn is_known_refusal(peer: Peer, case: &Case, why: &str) -> bool {
    KNOWN_BUGS.iter().any(|bug| {
        bug.peer == peer && bug.cases.contains(&case.name.as_str()) && why.contains(bug.says)
    })
}

/// The Python that has dkimpy. Whoever has it has the other peers, too.
fn python() -> String {
    std::env::var("WAXSEAL_PEERS").unwrap_or_else(|_| {
        panic!(
            "the DKIM programs of others are not known: run `pkg-scripts/test native`, or \
             export WAXSEAL_PEERS=$(pkg-scripts/tools/mail-peers | tail -n 1)"
        )
    })
}

impl Peer {
    fn command(self) -> Command {
        let python = python();
        let (program, script) = match self {
            Self::Dkimpy => (python.as_str(), "dkimpy.py"),
            Self::MailDkim => ("perl", "mail-dkim.pl"),
            Self::OpenDkim => (python.as_str(), "opendkim.py"),
        };
        let mut command = Command::new(program);
        command.arg(format!("{}/tests/peers/{script}", env!("CARGO_MANIFEST_DIR")));
        // Debian keeps opendkim where not everyone's PATH leads.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin"));
        command
    }

    /// Starts the peer, asks it all that, and gives its answers.
    fn ask(self, requests: impl Iterator<Item = Value> + Send) -> Answers {
        let mut child =
            self.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(
                |error| panic!("{self:?}: {error}: run pkg-scripts/tools/mail-peers"),
            );
        let mut stdin = BufWriter::new(child.stdin.take().expect("stdin"));
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut lines = std::thread::scope(|scope| {
            scope.spawn(move || {
                for request in requests {
                    // A peer that has died is told by its status.
                    let _ = writeln!(stdin, "{request}");
                }
            });
            let parse = |line: std::io::Result<String>| -> Value {
                serde_json::from_str(&line.expect("UTF-8")).expect("JSON")
            };
            stdout.lines().map(parse).collect::<Vec<_>>().into_iter()
        });
        let status = child.wait().expect("its end");
        assert!(status.success(), "{self:?} ended with {status}; its words are on stderr");

        let hello = lines.next().expect("what the peer is");
        let algorithms = hello["algorithms"].as_array().into_iter().flatten();
        Answers {
            name: hello["peer"].as_str().expect("its name").to_owned(),
            algorithms: algorithms.filter_map(|name| Algorithm::parse(name.as_str()?)).collect(),
            by_id: lines.map(|line| (text(&line["id"]), answer(&line))).collect(),
        }
    }
}

fn answer(line: &Value) -> Answer {
    if let Some(why) = line["refused"].as_str() {
        return Answer::Refused(why.to_owned());
    }
    if let Some(field) = line["field"].as_str() {
        return Answer::Field(base64::decode(field).expect("base64"));
    }
    let results = line["results"].as_array().expect("results").iter();
    Answer::Results(results.map(|one| (one["pass"] == true, text(&one["why"]))).collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
