//! ARC chains that we, dkimpy and Mail::DKIM seal in turn, verified by all three, whole and damaged
//! (`tests/peers/README.md`).

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};
use waxseal::arc::{CarriedResults, SealKey, SealRequest, Sealer};
use waxseal::crypto::{Algorithm, PURE_RUST, SigningKey};
use waxseal::encoding::base64;
use waxseal::key::{private, publish};
use waxseal::sign::SignOptions;
use waxseal::verify::Arc;
use waxseal::{DomainName, Selector, UnixTime};

use crate::peers::{self, Answers};
use crate::signing_cases::{NOW, RSA_PEM};
use crate::support::{self, Dns, at};

/// Those who seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Waxseal,
    Dkimpy,
    MailDkim,
}

const HOSTS: [Host; 3] = [Host::Waxseal, Host::Dkimpy, Host::MailDkim];

/// Those who verify besides us.
const PEERS: [Host; 2] = [Host::Dkimpy, Host::MailDkim];

const SELECTOR: &str = "r";

/// What a host does to a message between judging its chain and adding a set to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Nothing,
    /// As a mailing list does: a word in Subject, a footer, a field of its own.
    OfList,
}

const CHANGES: [Change; 2] = [Change::Nothing, Change::OfList];

/// A message with a chain, made by hosts in turn.
#[derive(Clone, Debug)]
struct Chain {
    /// The message, then who sealed it, for instance `folded, Waxseal, Dkimpy OfList`.
    id: String,
    /// Whether all hosts may seal it again and again, or each once.
    in_full: bool,
    message: Vec<u8>,
    /// Who sealed it, oldest set first.
    hosts: Vec<Host>,
    /// The oldest set whose message signature is to verify with all after it; 0 where all do.
    oldest_pass: u32,
}

fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let with = |fields: &str, body: &str| {
        let message =
            format!("From: Joe <joe@example.com>\r\nTo: list@example.org\r\n{fields}\r\n{body}");
        message.into_bytes()
    };
    let latin =
        [with("Subject: A list\r\n", ""), b"Gr\xfc\xdfe  \xa0 \r\n\r\n\r\n".to_vec()].concat();
    vec![
        ("plain", with("Subject: A list\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n", "Hi.\r\n")),
        (
            "folded",
            with(
                "Subject: A\r\n\tfolded \r\n  list,\t too\r\nMIME-Version: 1.0\r\nContent-Type: \
                 text/plain;\r\n\tcharset=\"utf-8\"\r\nMessage-ID: <1@example.com>\r\n",
                " blanks \t at  \r\n\tevery end \r\n\r\n \r\n",
            ),
        ),
        (
            "signed, repeated fields",
            with(
                "Received: from a by b\r\nReceived: from b by c\r\nDKIM-Signature: v=1; \
                 a=rsa-sha256; d=example.com; s=gone; h=from;\r\n \
                 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\nSubject: A\r\nCc: \
                 c@example.net\r\nCc: d@example.net\r\nList-Id: <old.example.net>\r\n",
                "Dear all,\r\n\r\n.\r\nFrom here\r\n",
            ),
        ),
        ("Latin-1", latin),
        ("no body", with("Subject: None\r\nReply-To:joe@example.net\r\n", "")),
    ]
}

/// The messages, without a chain.
fn unsealed() -> Vec<Chain> {
    let chain = |(number, (name, message)): (usize, (&str, Vec<u8>))| Chain {
        id: name.to_owned(),
        in_full: number == 0,
        message,
        hosts: Vec::new(),
        oldest_pass: 0,
    };
    messages().into_iter().enumerate().map(chain).collect()
}

/// Chains of one set, of two, and of three.
fn chains() -> Vec<Chain> {
    let mut last = unsealed();
    let mut all = Vec::new();
    for _ in 0..3 {
        last = add_a_set(&last);
        all.extend(last.iter().cloned());
    }
    all
}

/// Each chain as each host makes it longer.
fn add_a_set(chains: &[Chain]) -> Vec<Chain> {
    let mut longer = Vec::new();
    let mut verdicts = Vec::new();
    for chain in chains {
        let verdict = judge(&chain.message);
        for host in HOSTS.into_iter().filter(|host| chain.in_full || !chain.hosts.contains(host)) {
            for change in CHANGES {
                if chain.hosts.is_empty() && change != Change::Nothing {
                    continue; // there is no set yet that this could matter to
                }
                let mut next = chain.clone();
                let what = if change == Change::OfList { " OfList" } else { "" };
                next.id = format!("{}, {host:?}{what}", chain.id);
                next.hosts.push(host);
                next.message = change.apply(&chain.message);
                if change == Change::OfList {
                    next.oldest_pass = u32::try_from(next.hosts.len()).expect("few");
                }
                let results = results_field(&verdict, next.hosts.len());
                next.message.splice(..0, results.into_bytes());
                longer.push((host, next));
                verdicts.push(verdict.clone());
            }
        }
    }
    let answers = ask_both(|peer| {
        let theirs = longer.iter().filter(|(host, _)| *host == peer);
        theirs.map(|(_, chain)| sealing_request(chain)).collect()
    });
    let sealed = longer.into_iter().zip(verdicts).map(|((host, mut chain), verdict)| {
        let set = match answers.iter().find(|(peer, _)| *peer == host) {
            None => seal(&chain, verdict).into_bytes(),
            Some((_, answers)) => {
                let field = answers.text(&chain.id, "field").unwrap_or_else(|| {
                    panic!("{}: {}", answers.name, answers.get(&chain.id));
                });
                base64::decode(field).expect("base64")
            }
        };
        chain.message.splice(..0, set);
        chain
    });
    sealed.collect()
}

impl Host {
    fn script(self) -> &'static str {
        match self {
            Self::Waxseal => unreachable!("we are no process"),
            Self::Dkimpy => "dkimpy.py",
            Self::MailDkim => "mail-dkim.pl",
        }
    }
}

impl Change {
    fn apply(self, message: &[u8]) -> Vec<u8> {
        if self == Self::Nothing {
            return message.to_vec();
        }
        let subject = find(message, b"\r\nSubject:") + "\r\nSubject:".len();
        let (before, after) = message.split_at(subject);
        let footer = b"_______\r\nlist@example.org, to leave: <https://example.org/>\r\n";
        [b"X-List: list\r\n", before, b" [list]", after, footer].concat()
    }
}

/// What the host found, for those who seal by that.
fn results_field(verdict: &Arc, instance: usize) -> String {
    format!(
        "Authentication-Results: hop{instance}.example;\r\n\tarc={};\r\n\tspf=pass \
         smtp.mailfrom=joe@example.com\r\n",
        verdict.result
    )
}

/// Neither peer knows Ed25519 in ARC.
fn signing_key() -> Box<dyn SigningKey> {
    let key = private::parse(RSA_PEM.as_bytes()).expect("a key");
    PURE_RUST.signing_key(&key).expect("a key that signs")
}

/// Every host signs with the same keys, under its own name.
fn domain(instance: usize) -> String {
    format!("hop{instance}.example")
}

/// Names and records of the keys of all hosts.
fn records() -> BTreeMap<String, String> {
    let tags = publish::RecordTags { key_type: true, ..publish::RecordTags::default() };
    let record = publish::record(signing_key().public_key(), &tags).expect("a record");
    let names = (1..=3).map(|instance| format!("{SELECTOR}._domainkey.{}", domain(instance)));
    names.map(|name| (name, record.clone())).collect()
}

/// Our verdict on the chain of a message.
fn judge(message: &[u8]) -> Arc {
    let dns = records().iter().fold(Dns::new(), |dns, (name, record)| dns.txt(name, record));
    support::verify(message, &dns, at(NOW)).arc
}

/// The fields that we add, after the chain was judged.
fn seal(chain: &Chain, verdict: Arc) -> String {
    let name = SealKey {
        domain: DomainName::parse(&domain(chain.hosts.len())).expect("a domain"),
        selector: Selector::parse(SELECTOR).expect("a selector"),
        algorithm: Algorithm::RsaSha256,
    };
    let results = CarriedResults::OfMessage { authserv_id: domain(chain.hosts.len()) };
    let mut request = SealRequest::new(name, results);
    request.timestamp = Some(UnixTime::from_seconds(NOW));
    request.chain = Some(verdict);
    request.seal_failed = true;
    let mut sealer = Sealer::new(request, at(NOW), SignOptions::default()).expect("a request");
    sealer.push(&chain.message).expect("a message");
    assert!(sealer.poll_query().is_none(), "the chain was judged");
    let key = signing_key();
    let set = sealer.finish().expect("a message").set;
    let set = set.unwrap_or_else(|error| panic!("{}: {error}", chain.id));
    set.sign(&*key, &*key).expect("signed").header()
}

fn sealing_request(chain: &Chain) -> Value {
    json!({
        "id": chain.id,
        "protocol": "arc",
        "message": base64::encode(&chain.message),
        "privateKey": RSA_PEM,
        "domain": domain(chain.hosts.len()),
        "selector": SELECTOR,
        "algorithm": "rsa-sha256",
        "authservId": domain(chain.hosts.len()),
        "timestamp": NOW,
    })
}

/// Asks both peers at once.
fn ask_both(requests: impl Fn(Host) -> Vec<Value> + Sync) -> [(Host, Answers); 2] {
    std::thread::scope(|scope| {
        let requests = &requests;
        let ask = move |peer: Host| peers::ask(peer.script(), requests(peer));
        let running = PEERS.map(|peer| (peer, scope.spawn(move || ask(peer))));
        running.map(|(peer, answers)| (peer, answers.join().expect("answers")))
    })
}

fn verifying_requests(messages: &[(String, Vec<u8>)]) -> Vec<Value> {
    let keys = records();
    let request = |(id, message): &(String, Vec<u8>)| {
        let message = base64::encode(message);
        json!({ "id": id, "protocol": "arc", "message": message, "keys": &keys })
    };
    messages.iter().map(request).collect()
}

#[test]
fn whoever_sealed_it_everyone_verifies_a_chain_and_no_damaged_copy() {
    let chains = chains();
    // By 3 hosts, then in 2 ways by each of 3 again or of those that are left.
    let (full, once) = (3 + 3 * 6 + 3 * 6 * 6, 3 + 3 * 4 + 3 * 4 * 2);
    assert_eq!(chains.len(), full + once * (messages().len() - 1));
    let mut questions: Vec<(String, Vec<u8>)> = Vec::new();
    let mut damaged = 0;
    for chain in &chains {
        let verdict = judge(&chain.message);
        let text = String::from_utf8_lossy(&chain.message);
        assert_eq!(verdict.result.as_str(), "pass", "{}: {verdict:#?}\n{text}", chain.id);
        assert_eq!(verdict.oldest_pass, Some(chain.oldest_pass), "{}", chain.id);
        assert_eq!(verdict.sets.len(), chain.hosts.len(), "{}", chain.id);
        questions.push((chain.id.clone(), chain.message.clone()));
        for (what, message) in damages(chain) {
            let id = format!("{}: {what}", chain.id);
            assert_eq!(judge(&message).result.as_str(), "fail", "{id}");
            questions.push((id, message));
            damaged += 1;
        }
    }
    println!("{} chains, {damaged} damaged copies", chains.len());
    assert!(damaged > 500, "only {damaged} damaged copies");

    let mut wrong = Vec::new();
    for (peer, answers) in ask_both(|_| verifying_requests(&questions)) {
        for chain in &chains {
            let oldest = answers.get(&chain.id)["oldestPass"].as_u64();
            // Mail::DKIM does not tell.
            if peer == Host::Dkimpy && oldest != Some(chain.oldest_pass.into()) {
                wrong.push(format!("{}, {}: oldest pass {oldest:?}", answers.name, chain.id));
            }
        }
        for (id, _) in &questions {
            let expected = if id.contains(": ") { "fail" } else { "pass" };
            if answers.text(id, "chain") != Some(expected) {
                wrong.push(format!("{}, {id}: {}", answers.name, answers.get(id)));
            }
        }
    }
    let (count, some) = (wrong.len(), wrong.iter().take(50).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{count} wrong answers: {some:#?}");
}

#[test]
fn a_broken_chain_is_marked_by_everyone_and_stays_broken() {
    let mut questions = Vec::new();
    let mut broken = add_a_set(&add_a_set(&unsealed()[..1]));
    for chain in &mut broken {
        chain.message.extend_from_slice(b"\r\nchanged on the way\r\n");
    }
    for chain in add_a_set(&broken) {
        let verdict = judge(&chain.message);
        assert_eq!(verdict.result.as_str(), "fail", "{}", chain.id);
        let reason = verdict.reason.map(|reason| reason.code());
        assert_eq!(reason, Some("chainFailed"), "{}", chain.id);
        questions.push((chain.id, chain.message));
    }
    for (_, answers) in ask_both(|_| verifying_requests(&questions)) {
        for (id, _) in &questions {
            let answer = answers.get(id);
            assert_eq!(answer["chain"], "fail", "{}, {id}: {answer}", answers.name);
        }
    }
}

/// Copies of a message that break its chain, each with what was done.
fn damages(chain: &Chain) -> Vec<(String, Vec<u8>)> {
    // Every kind of field of every host, but not every chain.
    let length = chain.hosts.len();
    let all_differ = HOSTS.iter().filter(|host| chain.hosts.contains(host)).count() == length;
    if !chain.in_full || !all_differ {
        return Vec::new();
    }
    let mut damages = Vec::new();
    let mut damage = |what: String, change: &dyn Fn(&mut Vec<u8>)| {
        let mut message = chain.message.clone();
        change(&mut message);
        assert_ne!(message, chain.message, "{}: {what}", chain.id);
        damages.push((what, message));
    };
    damage("another body".to_owned(), &|message| message.extend_from_slice(b"\r\n\r\nx\r\n"));
    damage("another author".to_owned(), &|message| {
        let author = find(message, b"From: Joe") + "From: ".len();
        message[author] ^= 0x20;
    });
    for instance in 1..=length {
        for name in ["ARC-Seal", "ARC-Message-Signature"] {
            damage(format!("another {name} {instance}"), &|message| {
                let field = arc_field(message, name, instance);
                let value = field.start + value_of_b(&message[field]);
                message[value] = if message[value] == b'A' { b'B' } else { b'A' };
            });
        }
        damage(format!("other results {instance}"), &|message| {
            let field = arc_field(message, "ARC-Authentication-Results", instance);
            let word = field.start + find(&message[field], b"spf=pass") + "spf=".len();
            message[word] = b'b';
        });
        damage(format!("another cv= {instance}"), &|message| {
            let field = arc_field(message, "ARC-Seal", instance);
            let word = field.start + find(&message[field], b"cv=") + "cv=".len();
            let word_now = &mut message[word..word + 4];
            word_now.copy_from_slice(if word_now == b"pass" { b"none" } else { b"pass" });
        });
        damage(format!("no results {instance}"), &|message| {
            let field = arc_field(message, "ARC-Authentication-Results", instance);
            message.drain(field);
        });
        if instance < length {
            damage(format!("no set {instance}"), &|message| {
                for name in ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"] {
                    let field = arc_field(message, name, instance);
                    message.drain(field);
                }
            });
        }
    }
    damages
}

/// Where a field of a set stands, CRLF included.
fn arc_field(message: &[u8], name: &str, instance: usize) -> Range<usize> {
    let tag = format!("i={instance}");
    let end = find(message, b"\r\n\r\n") + 2;
    let mut start = 0;
    while start < end {
        let mut next = start + find(&message[start..], b"\r\n") + 2;
        while next < end && matches!(message[next], b' ' | b'\t') {
            next += find(&message[next..], b"\r\n") + 2;
        }
        let field = String::from_utf8_lossy(&message[start..next]);
        let (found, value) = field.split_once(':').expect("a field");
        if found == name && value.split(';').any(|part| part.trim() == tag) {
            return start..next;
        }
        start = next;
    }
    panic!("no {name} {instance} in {}", String::from_utf8_lossy(message))
}

/// Where the value of `b=` begins in a field.
fn value_of_b(field: &[u8]) -> usize {
    let is_tag = |at: &usize| {
        field[*at..].starts_with(b"b=") && matches!(field[*at - 1], b' ' | b'\t' | b';')
    };
    let tag = (1..field.len()).find(is_tag).expect("b=");
    let value = field[tag + 2..].iter().position(|octet| !octet.is_ascii_whitespace());
    tag + 2 + value.expect("a value")
}

fn find(octets: &[u8], wanted: &[u8]) -> usize {
    let found = octets.windows(wanted.len()).position(|window| window == wanted);
    found.unwrap_or_else(|| panic!("{} is not there", String::from_utf8_lossy(wanted)))
}
