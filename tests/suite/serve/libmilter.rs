//! A program made with libmilter beside ours: OpenDKIM is told of the same messages in the same words, and
//! the mail server must end up with the same.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use super::mail_server::{EVERY_STEP, MailServer, Message, Wishes};
use super::milter::{MESSAGE, configuration, results};
use super::running::{LIMIT, Running, free_port};
use crate::command_runner::Scratch;
use crate::rfc_examples::RSA_RECORD;

const HOST: &str = "filter.example";

/// OpenDKIM, stopped when the test is over.
struct OpenDkim {
    port: u16,
    child: Child,
    _scratch: Scratch,
}

impl OpenDkim {
    fn start(mode: &str) -> Self {
        let scratch = Scratch::new();
        let key = scratch.write("rsa.pem", crate::signer::RSA_KEY);
        let records =
            scratch.write("records", format!("rsa._domainkey.example.com {RSA_RECORD}\n"));
        let configuration = scratch.write(
            "opendkim.conf",
            format!(
                "Mode {mode}\nDomain example.com\nSelector rsa\nKeyFile {key}\nRequireSafeKeys no\n\
                 Canonicalization relaxed/simple\nAuthservID {HOST}\nAlwaysAddARHeader yes\n\
                 InternalHosts 10.1.1.1\nTestPublicKeys {records}\nMinimumKeyBits 1024\n"
            ),
        );
        let port = free_port();
        let mut child = Command::new("opendkim")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .args(["-f", "-x", &configuration, "-p", &format!("inet:{port}@127.0.0.1")])
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("opendkim: {error}: run pkg-scripts/tools/mail-peers"));
        let since = std::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < LIMIT && matches!(child.try_wait(), Ok(None)));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Self { port, child, _scratch: scratch }
    }
}

impl Drop for OpenDkim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ours and OpenDKIM's, for messages of that client.
fn both(port: u16, peer: u16, version: u32, steps: u32, client: &str) -> [MailServer; 2] {
    [port, peer].map(|port| {
        let mut server = MailServer::connect(port, version, steps);
        server.client(b"", client);
        server
    })
}

fn tell(server: &mut MailServer, message: &Message) -> (Message, Wishes) {
    let wishes = server.message(b"", message);
    let mut changed = message.clone();
    changed.change(&wishes, server.steps);
    (changed, wishes)
}

/// Messages with everything that the protocol has to carry.
fn messages() -> Vec<Message> {
    let mut all: Vec<_> = [
        MESSAGE,
        "From: joe@example.com\r\n\r\n",
        "From:joe@example.com\r\nSubject:\r\nX-A: \r\nX-B:  two\r\n\r\nno end",
        "From: joe@example.com\r\nTo: a@example.net,\r\n\tb@example.net,\r\n  c@example.net\r\n\r\n\r\n\r\nx \t\r\n\r\n",
        "From: J\u{f6}e <joe@example.com>\r\nSubject: \u{20ac} % %% \\ \"x\"\r\n\r\n\u{20ac}\r\n.\r\n..\r\n",
        "Received: from a\r\n\tby b\r\nReceived: from c\r\n\tby d\r\nfrom: joe@example.com\r\nSUBJECT: x\r\n\r\nx\r\n",
    ]
    .into_iter()
    .map(Message::of)
    .collect();
    let mut large = Message::of(MESSAGE);
    large.body = b"0123456789 abc\r\n".repeat(10_000);
    all.push(large);
    all
}

#[test]
fn what_is_signed_stands_where_libmilter_puts_it() {
    let port = free_port();
    let ours = configuration(port, "[bank.B]\nverify = false\n")
        .replace("protocol = \"milter\"\n", "protocol = \"milter\"\nbank = \"B\"\n");
    let server = Running::start(&ours);
    let peer = OpenDkim::start("s");
    for (version, steps) in [(6, EVERY_STEP), (6, 0x7F), (2, 0x7F)] {
        let [mut ours, mut theirs] = both(port, peer.port, version, steps, "10.1.1.1");
        for mut message in messages() {
            if ours.steps & 0x10_0000 == 0 {
                // whoever tells no blanks leaves them to be guessed
                for (_, value) in &mut message.fields {
                    let text = String::from_utf8(value.clone()).unwrap();
                    *value = format!(" {}", text.trim_start_matches(' ')).into_bytes();
                }
            }
            let (our_message, our_wishes) = tell(&mut ours, &message);
            let (their_message, their_wishes) = tell(&mut theirs, &message);
            assert!(matches!(our_wishes.last, b'c' | b'a'), "{our_wishes:?}");
            assert!(matches!(their_wishes.last, b'c' | b'a'), "{their_wishes:?}");
            assert_eq!((&our_wishes.deleted, &our_wishes.body), (&their_wishes.deleted, &None));
            // the same fields below what was added, the same body
            for (changed, wishes) in [(&our_message, &our_wishes), (&their_message, &their_wishes)]
            {
                let names: Vec<_> =
                    wishes.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
                assert!(names.contains(&"DKIM-Signature"), "{names:?}");
                assert_eq!(changed.fields[names.len()..], message.fields[..], "{wishes:?}");
                assert_eq!(changed.body, message.body);
                let found = results(&server, &changed.octets());
                assert_eq!(found[0], "pass", "version {version}: {found:?} {changed:?}");
            }
        }
    }
}

#[test]
fn what_is_verified_is_told_and_forgeries_go_as_with_libmilter() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    let signer = OpenDkim::start("s");
    let peer = OpenDkim::start("v");
    for (version, steps) in [(6, EVERY_STEP), (2, 0x7F)] {
        let [mut sign, _] = both(signer.port, signer.port, version, steps, "10.1.1.1");
        let [mut ours, mut theirs] = both(port, peer.port, version, steps, "192.0.2.1");
        for message in messages() {
            let (signed, _) = tell(&mut sign, &message);
            for broken in [false, true] {
                let mut message = signed.clone();
                if broken {
                    message.body.extend_from_slice(b"more\r\n");
                }
                let forged = |text: &str| ("Authentication-Results".to_owned(), text.into());
                let foreign = forged(" other.example; dkim=pass");
                message
                    .fields
                    .insert(0, forged(" filter.example; dkim=pass header.d=bank.example"));
                message.fields.insert(2, foreign.clone());
                message.fields.push(forged(" filter.example; dkim=fail"));
                let mut changed = [&mut ours, &mut theirs].map(|server| tell(server, &message).0);
                let word = if broken { "dkim=fail" } else { "dkim=pass" };
                for changed in &mut changed {
                    // each on top, in its own words
                    let (name, value) = changed.fields.remove(0);
                    let value = String::from_utf8(value).unwrap();
                    assert_eq!(name, "Authentication-Results");
                    let same = value.contains(word) || (broken && value.contains("dkim=neutral"));
                    assert!(value.contains("filter.example;") && same, "{value}");
                    // what OpenDKIM calls itself, and how it has verified
                    changed.fields.retain(|(name, _)| name != "DKIM-Filter");
                }
                assert_eq!(changed[0], changed[1], "the same is left");
                assert!(changed[0].fields.contains(&foreign));
            }
        }
    }
    drop(server);
}
