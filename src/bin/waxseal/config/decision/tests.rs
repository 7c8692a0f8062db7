use std::path::Path;
use waxseal::message::HeaderReader;

use waxseal::canon::Canonicalization;

use super::*;
use crate::config::problem::Source;
use crate::config::{amavis, toml};

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

/// Two kinds of keys of example.com, and one key each of two other domains.
const KEYS: &str = r#"
[[key]]
domain = "example.com"
selector = "r1"
file = "r1.pem"

[[key]]
domain = "example.com"
selector = "r2"
file = "r2.pem"

[[key]]
domain = "example.com"
selector = "e1"
file = "e1.pem"

[[key]]
domain = "example.net"
selector = "strict"
file = "s.pem"
t = "s"

[[key]]
domain = "list.example"
selector = "r1"
file = "l.pem"
"#;

fn kinds() -> Vec<Result<KeyType, String>> {
    vec![
        Ok(KeyType::Rsa),
        Ok(KeyType::Rsa),
        Ok(KeyType::Ed25519),
        Ok(KeyType::Rsa),
        Ok(KeyType::Rsa),
    ]
}

fn toml(text: &str) -> Config {
    let source = Source::new(Path::new("waxseal.toml"), &format!("{KEYS}{text}"));
    toml::read(&source).unwrap_or_else(|error| panic!("{error}"))
}

struct Asked<'a> {
    config: &'a Config,
    kinds: Vec<Result<KeyType, String>>,
    header: &'a str,
    envelope_sender: Option<&'a str>,
    originating: bool,
    valid: Option<&'a [(DomainName, Selector)]>,
}

impl<'a> Asked<'a> {
    fn of(config: &'a Config, header: &'a str) -> Self {
        Self {
            config,
            kinds: kinds(),
            header,
            envelope_sender: None,
            originating: true,
            valid: None,
        }
    }

    fn decide(&self) -> Decision {
        let octets = self.header.replace('\n', "\r\n") + "\r\n";
        let mut reader = HeaderReader::new(100_000, 100);
        reader.push(octets.as_bytes()).unwrap();
        let header = reader.into_header();
        decide(&Question {
            config: self.config,
            kinds: &self.kinds,
            header: &header,
            envelope_sender: self.envelope_sender,
            originating: self.originating,
            bank: &self.config.bank(&[]),
            valid: self.valid,
            now: NOW,
        })
    }

    fn requests(&self) -> Vec<(usize, Request)> {
        let decision = self.decide();
        match decision.outcome {
            Outcome::Sign(requests) => requests,
            Outcome::NotSigned(why) => panic!("{why}: {:#?}", decision.steps),
        }
    }

    fn not_signed(&self) -> NotSigned {
        match self.decide().outcome {
            Outcome::Sign(requests) => panic!("{requests:?}"),
            Outcome::NotSigned(why) => why,
        }
    }

    /// Domain and selector of each signature.
    fn signers(&self) -> Vec<String> {
        let name = |(_, request): &(usize, Request)| {
            format!("{} {} {}", request.domain, request.selector, request.algorithm)
        };
        self.requests().iter().map(name).collect()
    }
}

#[test]
fn without_options_the_first_key_of_each_kind_signs() {
    let config = toml("");
    let asked = Asked::of(&config, "From: joe@example.com\n");
    assert_eq!(asked.signers(), ["example.com r1 rsa-sha256", "example.com e1 ed25519-sha256"]);
    let request = &asked.requests()[0].1;
    assert_eq!(request.timestamp, Some(NOW));
    assert_eq!(request.expires, None);
    assert_eq!(request.identity, None);
    assert_eq!(request.header_canonicalization, Canonicalization::Relaxed);
    assert_eq!(request.body_canonicalization, Canonicalization::Simple);
}

#[test]
fn options_choose_key_domain_and_algorithm() {
    let config = toml(
        r#"
[signing."."]
ttl = "21d"
c = "relaxed/relaxed"
[signing."example.com"]
s = "r2"
[signing."joe@example.com"]
a = "ed25519-sha256"
s = ["e1", "r2"]
ttl = 60
[signing.".guest.example"]
d = "example.com"
a = ["ed25519-sha256", "rsa-sha256"]
"#,
    );
    let ann = Asked::of(&config, "From: ann@example.com\n");
    assert_eq!(ann.signers(), ["example.com r2 rsa-sha256"]);
    let request = &ann.requests()[0].1;
    assert_eq!(request.expires, Some(NOW.plus_seconds(21 * 24 * 3600)));
    assert_eq!(request.body_canonicalization, Canonicalization::Relaxed);
    let joe = Asked::of(&config, "From: Joe@Example.Com\n");
    assert_eq!(joe.signers(), ["example.com e1 ed25519-sha256"]);
    assert_eq!(joe.requests()[0].1.expires, Some(NOW.plus_seconds(60)));
    // d for a foreign domain, and the order of signatures is that of the algorithms.
    let guest = Asked::of(&config, "From: eve@a.guest.example\n");
    assert_eq!(guest.signers(), ["example.com e1 ed25519-sha256", "example.com r1 rsa-sha256"]);
}

#[test]
fn candidates_are_tried_in_order() {
    let config = toml("");
    let header = "Sender: s@list.example\n\
                  Resent-Sender: r@example.net\n\
                  Resent-From: x@nowhere.example\n\
                  From: a@nowhere.example, b@nowhere.example\n";
    assert_eq!(Asked::of(&config, header).signers(), ["example.net strict rsa-sha256"]);
    // Within a block Resent-From goes first, and the block on top before the one below.
    let header = "Resent-From: a@list.example\n\
                  Resent-Sender: b@example.com\n\
                  Received: x\n\
                  Resent-From: c@example.net\n\
                  From: d@nowhere.example\n";
    assert_eq!(Asked::of(&config, header).signers(), ["list.example r1 rsa-sha256"]);
    let header = "Sender: s@list.example\nFrom: d@nowhere.example\n";
    assert_eq!(Asked::of(&config, header).signers(), ["list.example r1 rsa-sha256"]);
    let mut asked = Asked::of(&config, "From: d@nowhere.example\n");
    asked.envelope_sender = Some("e@list.example");
    assert_eq!(asked.signers(), ["list.example r1 rsa-sha256"]);
    asked.envelope_sender = Some("");
    assert_eq!(asked.not_signed(), NotSigned::NoKey(vec!["nowhere.example".to_owned()]));
    assert_eq!(Asked::of(&config, "Subject: x\n").not_signed(), NotSigned::NoCandidate);
}

#[test]
fn a_domain_below_that_of_a_key_has_no_key_unless_d_says_so() {
    let config = toml("");
    let asked = Asked::of(&config, "From: joe@eng.example.com\n");
    assert_eq!(asked.not_signed(), NotSigned::NoKey(vec!["eng.example.com".to_owned()]));
    let config = toml("[signing.\".example.com\"]\nd = \"example.com\"\na = \"rsa-sha256\"\n");
    let requests = Asked::of(&config, "From: joe@eng.example.com\n").requests();
    assert_eq!(requests[0].1.identity.as_deref(), Some("@eng.example.com"));
}

#[test]
fn the_identity_stays_within_the_domain_and_what_the_key_allows() {
    let identity = |options: &str, from: &str| {
        let config = toml(options);
        let header = format!("From: {from}\n");
        let decision = Asked::of(&config, &header).decide();
        match decision.outcome {
            Outcome::Sign(requests) => Ok(requests[0].1.identity.clone()),
            Outcome::NotSigned(why) => Err(why),
        }
    };
    let own = "[signing.\"example.com\"]\ni = ";
    assert_eq!(identity(&format!("{own}\"@example.com\""), "a@example.com"), Ok(None));
    assert_eq!(identity(&format!("{own}\"\""), "a@example.com"), Ok(None));
    assert_eq!(
        identity(&format!("{own}\"eng.example.com\""), "a@example.com"),
        Ok(Some("@eng.example.com".to_owned()))
    );
    assert_eq!(
        identity(&format!("{own}\"joe@example.com\""), "a@example.com"),
        Ok(Some("joe@example.com".to_owned()))
    );
    assert!(matches!(
        identity(&format!("{own}\"@example.org\""), "a@example.com"),
        Err(NotSigned::Identity(_))
    ));
    // The key of example.net has t=s.
    let below = "[signing.\".example.net\"]\nd = \"example.net\"\n";
    assert_eq!(identity(below, "a@eng.example.net"), Ok(None));
    let asked = format!("{below}i = \"@eng.example.net\"\n");
    assert_eq!(
        identity(&asked, "a@eng.example.net"),
        Err(NotSigned::NoKey(vec!["example.net".to_owned()]))
    );
}

#[test]
fn what_the_record_says_of_the_key_holds() {
    let decided = |tags: &str, options: &str| {
        let text = format!(
            "[[key]]\ndomain = \"only.example\"\nselector = \"a\"\nfile = \"a\"\n{tags}\n{options}"
        );
        let config = toml(&text);
        let mut asked = Asked::of(&config, "From: joe@only.example\n");
        asked.kinds.push(Ok(KeyType::Rsa));
        matches!(asked.decide().outcome, Outcome::Sign(_))
    };
    assert!(decided("", ""));
    assert!(decided("h = [\"sha1\", \"sha256\"]", ""));
    assert!(!decided("h = \"sha1\"", ""));
    assert!(decided("s = \"email\"", ""));
    assert!(decided("s = \"*\"", ""));
    assert!(!decided("s = \"tlsrpt\"", ""));
    let identity = "[signing.\".\"]\ni = \"joe@only.example\"";
    assert!(decided("g = \"j*e\"", identity));
    assert!(!decided("g = \"ann\"", identity));
    // Without an identity, g is of no account.
    assert!(decided("g = \"ann\"", ""));
}

#[test]
fn a_broken_key_is_told_and_no_other_domain_signs_for_it() {
    let config = toml("");
    let mut asked = Asked::of(&config, "From: joe@example.net\nSender: list@list.example\n");
    asked.kinds[3] = Err("gone".to_owned());
    assert_eq!(asked.not_signed(), NotSigned::BrokenKey(3, "gone".to_owned()));
    // Another key of the domain signs.
    let mut asked = Asked::of(&config, "From: joe@example.com\n");
    asked.kinds[0] = Err("gone".to_owned());
    assert_eq!(asked.signers(), ["example.com r2 rsa-sha256", "example.com e1 ed25519-sha256"]);
}

#[test]
fn what_we_signed_is_not_signed_again() {
    let config = toml("");
    let ours = "DKIM-Signature: v=1; a=rsa-sha256; d=Example.com;\n s=r2; b=x\n";
    let header = format!("{ours}From: joe@example.com\n");
    let domain = DomainName::parse("example.com").unwrap();
    let mut asked = Asked::of(&config, &header);
    assert_eq!(asked.not_signed(), NotSigned::AlreadySigned(domain.clone()));
    // Where signatures were verified, one that does not verify is none.
    asked.valid = Some(&[]);
    assert_eq!(asked.signers().len(), 2);
    let valid = [(domain, Selector::parse("e1").unwrap())];
    asked.valid = Some(&valid);
    assert!(matches!(asked.not_signed(), NotSigned::AlreadySigned(_)));
    for foreign in ["d=example.com; s=other", "d=other.example; s=r1", "d=list.example; s=r1", ""] {
        let header = format!("DKIM-Signature: v=1; {foreign}\nFrom: joe@example.com\n");
        assert_eq!(Asked::of(&config, &header).signers().len(), 2, "{foreign}");
    }
}

#[test]
fn only_mail_of_our_own_is_signed_and_only_where_signing_is_on() {
    let config = toml("");
    let mut asked = Asked::of(&config, "From: joe@example.com\n");
    asked.originating = false;
    assert_eq!(asked.not_signed(), NotSigned::NotOriginating);
    let source = Source::new(Path::new("amavisd.conf"), "dkim_key('example.com', 'a', '/a');");
    let config = amavis::read(Path::new("amavisd.conf"), vec![source]).unwrap();
    assert_eq!(Asked::of(&config, "From: joe@example.com\n").not_signed(), NotSigned::Disabled);
}

#[test]
fn the_options_of_an_address_are_those_of_its_extensions() {
    let text = "recipient_delimiter = \"+\"\n[signing.\"joe@example.com\"]\ns = \"r2\"\n";
    // What stands before a table must stand before the keys.
    let source =
        Source::new(Path::new("waxseal.toml"), &text.replacen('\n', &format!("\n{KEYS}"), 1));
    let config = toml::read(&source).unwrap();
    let signers = Asked::of(&config, "From: joe+news@example.com\n").signers();
    assert_eq!(signers, ["example.com r2 rsa-sha256"]);
}

#[test]
fn an_address_without_a_domain_name_is_told_as_that() {
    let config = toml("");
    let why = Asked::of(&config, "From: a@[127.0.0.1]\n").not_signed().to_string();
    assert_eq!(why, "no address of a sender has a domain name that could be the signing domain");
}

#[test]
fn the_steps_tell_how_it_came_about() {
    let config = toml("[signing.\".\"]\ns = \"r2\"\nttl = \"1d\"\n");
    let decision = Asked::of(&config, "From: joe@example.com\n").decide();
    let lines: Vec<String> = decision.lines().collect();
    let expected = [
        "candidate joe@example.com from From",
        "  options for \".\" (waxseal.toml:27): s ttl",
        "  key#1 s=r1 (waxseal.toml:2): not taken, the options ask for s=r2",
        "  key#2 s=r2 (waxseal.toml:7): signs with rsa-sha256",
        "  key#3 s=e1 (waxseal.toml:12): not taken, the options ask for s=r2",
        "signed with key#2 d=example.com s=r2 a=rsa-sha256",
    ];
    for line in expected {
        assert!(lines.iter().any(|found| found == line), "{line}\n{lines:#?}");
    }
}
