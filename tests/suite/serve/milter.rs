//! The milter, as a mail server speaks to it. The protocol is written down here a second time, from
//! what libmilter does, so that both must be wrong to agree.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::running::{KEYS, LIMIT, Running, free_port};
use crate::command_runner::waxseal;

const EVERY_STEP: u32 = 0x001F_FFFF;

/// A mail server.
struct Mta {
    stream: TcpStream,
    steps: u32,
}

/// A packet: its letter and its data.
type Packet = (u8, Vec<u8>);

/// What the filter wants of a message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wishes {
    inserted: Vec<(u32, String, String)>,
    deleted: Vec<(u32, String)>,
    quarantined: Option<String>,
    last: u8,
    reply: String,
}

impl Mta {
    fn connect(port: u16, version: u32, offered: u32) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut mta = Self { stream, steps: 0 };
        mta.send(b'O', &[version, 0x1FF, offered].map(u32::to_be_bytes).concat());
        let (letter, data) = mta.receive();
        assert_eq!(letter, b'O');
        let number = |index: usize| u32::from_be_bytes(data[index * 4..][..4].try_into().unwrap());
        assert_eq!(number(0), version.min(6));
        assert_eq!(number(1) & !0x1FF, 0);
        assert_eq!(number(2) & !offered, 0, "nothing is taken that is not offered");
        mta.steps = number(2);
        mta
    }

    fn send(&mut self, letter: u8, data: &[u8]) {
        let length = u32::try_from(data.len() + 1).unwrap();
        self.stream.write_all(&[&length.to_be_bytes()[..], &[letter], data].concat()).unwrap();
    }

    fn receive(&mut self) -> Packet {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut packet = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.stream.read_exact(&mut packet).unwrap();
        (packet[0], packet[1..].to_vec())
    }

    /// Sends a command, and takes `continue` unless the filter does not reply to that.
    fn step(&mut self, letter: u8, data: &[u8], silent: u32) {
        self.send(letter, data);
        if self.steps & silent == 0 {
            assert_eq!(self.receive(), (b'c', Vec::new()), "{}", char::from(letter));
        }
    }

    fn client(&mut self, macros: &[u8], address: &str) {
        self.send(b'D', &[b"C", macros].concat());
        self.step(b'C', format!("host.example\x004\x19\x19{address}\0").as_bytes(), 0x1000);
        self.step(b'H', b"host.example\0", 0x2000);
    }

    /// A whole message; its fields come as Postfix sends them, LF within and the blank as agreed.
    fn message(&mut self, macros: &[u8], message: &str) -> Wishes {
        self.send(b'D', &[b"M", macros].concat());
        self.step(b'M', b"<joe@example.com>\0SIZE=100\0", 0x4000);
        self.step(b'R', b"<ann@example.net>\0", 0x8000);
        let (header, body) = message.split_once("\r\n\r\n").unwrap();
        for field in header.replace("\r\n\t", "\n\t").split("\r\n") {
            let (name, value) = field.split_once(':').unwrap();
            let value = match self.steps & 0x10_0000 {
                0 => value.strip_prefix(' ').unwrap_or(value),
                _ => value,
            };
            self.step(b'L', format!("{name}\0{value}\0").as_bytes(), 0x80);
        }
        self.step(b'N', b"", 0x4_0000);
        for chunk in body.as_bytes().chunks(7) {
            self.step(b'B', chunk, 0x8_0000);
        }
        self.send(b'D', b"Ei\x004Zq1Xy\0");
        self.send(b'E', b"");
        self.wishes()
    }

    fn wishes(&mut self) -> Wishes {
        let mut wishes = Wishes::default();
        loop {
            let (letter, data) = self.receive();
            let texts = |from: usize| -> Vec<String> {
                let texts = data[from..].strip_suffix(b"\0").unwrap().split(|octet| *octet == 0);
                texts.map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
            };
            let index = || u32::from_be_bytes(data[..4].try_into().unwrap());
            match letter {
                b'i' => {
                    let [name, value] = texts(4).try_into().unwrap();
                    assert!(!value.contains('\r'), "line ends are LF here");
                    wishes.inserted.push((index(), name, value));
                }
                b'm' => {
                    let [name, value] = texts(4).try_into().unwrap();
                    assert_eq!(value, "");
                    wishes.deleted.push((index(), name));
                }
                b'q' => wishes.quarantined = Some(texts(0).remove(0)),
                b'p' => {}
                _ => {
                    wishes.last = letter;
                    wishes.reply = String::from_utf8_lossy(&data).into_owned();
                    return wishes;
                }
            }
        }
    }
}

/// The message as the mail server would have it then.
fn applied(message: &str, wishes: &Wishes, leading_space: bool) -> String {
    let mut whole = message.to_owned();
    for (index, name, value) in &wishes.inserted {
        assert_eq!(*index, 0);
        let blank = if leading_space { "" } else { " " };
        whole.insert_str(0, &format!("{name}:{blank}{}\r\n", value.replace('\n', "\r\n")));
    }
    whole
}

fn configuration(port: u16, more: &str) -> String {
    format!(
        "my_host = \"filter.example\"\nnetworks = [\"10.0.0.0/8\"]\n{KEYS}\
         [[listener]]\naddress = \"127.0.0.1:{port}\"\nprotocol = \"milter\"\n{more}"
    )
}

const MESSAGE: &str = "Received: from x\r\n\tby y\r\nFrom: Joe <joe@example.com>\r\nTo:ann@example.net\r\n\
                       Subject:  two blanks\r\n\r\nHi  there.\r\n\r\nBye.\r\n";

#[test]
fn submitted_mail_is_signed_in_every_version_of_the_protocol() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    for (version, offered) in [(6, EVERY_STEP), (6, 0), (4, 0x3FF), (2, 0x7F), (9, EVERY_STEP)] {
        let mut mta = Mta::connect(port, version, offered);
        mta.client(b"", "192.0.2.1");
        // without the blank of a value the header can only be rebuilt as most people write it
        let leading_space = mta.steps & 0x10_0000 != 0;
        let message = match leading_space {
            true => MESSAGE.to_owned(),
            false => MESSAGE.replace("To:ann", "To: ann").replace("two blanks", "blanks"),
        };
        let wishes = mta.message(b"{auth_type}\0PLAIN\0", &message);
        assert_eq!((wishes.last, wishes.deleted.len()), (b'c', 0), "{wishes:?}");
        let names: Vec<&str> = wishes.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
        assert_eq!(names, ["DKIM-Signature", "DKIM-Signature"]);
        let file = server.scratch.write("signed.eml", applied(&message, &wishes, leading_space));
        let zone = server.scratch.path("keys.zone");
        let ran = waxseal(&["verify", "--json", "--zone", zone.to_str().unwrap(), &file]);
        let signatures = ran.reports().remove(0)["signatures"].as_array().unwrap().clone();
        assert_eq!(signatures.len(), 2);
        assert!(signatures.iter().all(|one| one["result"] == "pass"), "version {version}: {ran:?}");
    }
    assert!(server.logged("queueId=4Zq1Xy").contains("originating=true"));
}

#[test]
fn who_is_ours_is_told_by_macros_and_addresses() {
    let port = free_port();
    let bank = "[bank.ORIGINATING]\noriginating = true\nverify = false\n";
    let _server = Running::start(&configuration(port, bank));
    for (connect, mail, address, signed) in [
        (&b""[..], &b""[..], "192.0.2.1", false),
        (b"", b"", "10.2.3.4", true),
        (b"", b"{auth_type}\0PLAIN\0", "192.0.2.1", true),
        (b"{daemon_name}\0ORIGINATING\0", b"", "192.0.2.1", true),
        (b"{daemon_name}\0smtpd\0", b"{auth_type}\0\0", "192.0.2.1", false),
    ] {
        let mut mta = Mta::connect(port, 6, EVERY_STEP);
        mta.client(connect, address);
        let wishes = mta.message(mail, MESSAGE);
        let is_signed = wishes.inserted.iter().any(|(_, name, _)| name == "DKIM-Signature");
        assert_eq!(is_signed, signed, "{} {address}", String::from_utf8_lossy(connect));
        let verified = wishes.inserted.iter().any(|(_, name, _)| name == "Authentication-Results");
        assert_eq!(verified, !signed, "our own mail has no results to tell of");
    }
}

#[test]
fn forged_results_are_deleted_from_the_last_to_the_first() {
    let port = free_port();
    let _server = Running::start(&configuration(port, ""));
    let mut mta = Mta::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    let message = "Authentication-Results: filter.example; dkim=pass\r\n\
        From: a@example.net\r\n\
        authentication-results: other.example; dkim=pass\r\n\
        Authentication-Results: filter.example; spf=pass\r\n\r\nx\r\n";
    let wishes = mta.message(b"", message);
    let deleted: Vec<(u32, String)> =
        wishes.deleted.iter().map(|(nth, name)| (*nth, name.to_ascii_lowercase())).collect();
    let name = "authentication-results".to_owned();
    assert_eq!(deleted, [(3, name.clone()), (1, name)]);
    assert_eq!(
        wishes.inserted,
        [(0, "Authentication-Results".into(), " filter.example; dkim=none".into())]
    );
}

#[test]
fn a_connection_carries_many_messages_and_aborts_are_forgotten() {
    let port = free_port();
    let _server = Running::start(&configuration(port, ""));
    let mut mta = Mta::connect(port, 6, EVERY_STEP);
    for _ in 0..3 {
        mta.client(b"", "10.1.1.1");
        mta.step(b'M', b"<joe@example.com>\0", 0x4000);
        mta.step(b'L', b"From\0 joe\0", 0x80);
        mta.send(b'A', b"");
        for _ in 0..3 {
            assert_eq!(mta.message(b"", MESSAGE).inserted.len(), 2);
        }
        mta.send(b'K', b"");
    }
    mta.send(b'Q', b"");
    assert_eq!(mta.stream.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn policies_hold_here_too() {
    let broken = "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=from;\r\n\
        \tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\nFrom: a@example.net\r\n\r\nx\r\n";
    for (action, last, quarantined) in
        [("reject", b'y', false), ("tempfail", b'y', false), ("quarantine", b'c', true)]
    {
        let port = free_port();
        let _server =
            Running::start(&configuration(port, &format!("[policy]\npermerror = \"{action}\"\n")));
        let mut mta = Mta::connect(port, 6, EVERY_STEP);
        mta.client(b"", "192.0.2.1");
        let wishes = mta.message(b"", broken);
        assert_eq!((wishes.last, wishes.quarantined.is_some()), (last, quarantined), "{action}");
        let code = if action == "reject" { "550 5.7.20 " } else { "451 4.7.5 " };
        assert!(last != b'y' || wishes.reply.starts_with(code), "{wishes:?}");
    }
}

#[test]
fn slow_dns_is_bridged_by_progress() {
    // nobody answers there, and nobody says so
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap().to_string();
    let port = free_port();
    let scratch = crate::command_runner::Scratch::new();
    let more = ["--resolver", &resolver, "--timeout", "8"];
    let _server = Running::start_in(scratch, &configuration(port, ""), &more);
    let mut mta = Mta::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    mta.step(b'M', b"<a@example.net>\0", 0x4000);
    mta.step(b'L', b"DKIM-Signature\0 v=1; a=rsa-sha256; d=example.net; s=x; h=from; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\0", 0x80);
    mta.step(b'L', b"From\0 a@example.net\0", 0x80);
    mta.step(b'N', b"", 0x4_0000);
    mta.send(b'E', b"Hi.\r\n");
    assert_eq!(mta.receive().0, b'p');
    let wishes = mta.wishes();
    assert!(wishes.inserted[0].2.contains("dkim=temperror"), "{wishes:?}");
}

#[test]
fn what_is_no_milter_protocol_ends_the_connection() {
    let port = free_port();
    let server = Running::start(&configuration(port, ""));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
    server.logged("not the milter protocol");
}

#[test]
fn what_is_forwarded_is_sealed_on_top_of_its_results() {
    let port = free_port();
    let _server = Running::start(
        &configuration(port, "[bank.B]\narc_seal = \"ed._domainkey.example.com\"\n")
            .replace("protocol = \"milter\"\n", "protocol = \"milter\"\nbank = \"B\"\n"),
    );
    let mut mta = Mta::connect(port, 6, EVERY_STEP);
    mta.client(b"", "192.0.2.1");
    let long = MESSAGE.replace("Bye.", &"x".repeat(1200));
    for (message, as_sent) in [
        (MESSAGE.to_owned(), MESSAGE.to_owned()),
        // the mail server breaks long lines when it sends
        (
            long.clone(),
            long.replace(
                &"x".repeat(1200),
                &format!("{}\r\n {}", "x".repeat(998), "x".repeat(202)),
            ),
        ),
    ] {
        let wishes = mta.message(b"", &message);
        let names: Vec<&str> = wishes.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Authentication-Results",
                "ARC-Authentication-Results",
                "ARC-Message-Signature",
                "ARC-Seal"
            ]
        );
        let sealed = applied(&as_sent, &wishes, true);
        let report = crate::support::verify(
            sealed.as_bytes(),
            &super::normalizing::dns(),
            crate::support::at(super::normalizing::LATER),
        );
        assert_eq!(report.arc.result.as_str(), "pass", "{:?}", report.arc);
    }
}
