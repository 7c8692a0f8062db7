//! SMTP smuggling: octets that some servers take for the end of a message, with commands behind them. Whatever
//! we are handed, behind us there is one message or none.

use std::process::Child;

use super::postfix::{Postfix, program, wait_for};
use super::site::{FILTER, Plan};
use crate::command_runner::Scratch;
use crate::serve::running::{Client, Running, free_port};

/// What may be taken for the end of a message that is none.
const ENDS: [&str; 17] = [
    "\n.\n",
    "\n.\r\n",
    "\n.\r",
    "\r.\r",
    "\r.\n",
    "\r.\r\n",
    "\r\n.\n",
    "\r\n.\r",
    "\n\n.\r\n",
    "\r\r\n.\r\r\n",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\n.\0\n",
    "\r\n.\r\0\n",
    "\0\n.\r\n",
    "\r\n..\r\n\n.\n",
    "\r\n. \r\n",
];

/// A next hop, and the file in which it leaves what it takes.
enum Behind {
    Postfix(Box<Postfix>),
    Sink(Child, Scratch),
}

impl Behind {
    /// Postfix, which takes a lone LF for the end of a line, or does not.
    fn postfix(port: u16, forbids: &str) -> Self {
        let mut postfix = Postfix::new();
        let main = format!("smtpd_forbid_bare_newline = {forbids}\n");
        postfix.start(&main, &format!("127.0.0.1:{port} inet n - n - - smtpd\n"), 1);
        Self::Postfix(Box::new(postfix))
    }

    fn sink(port: u16, options: &[&str]) -> Self {
        let scratch = Scratch::new();
        let mut sink = program("smtp-sink");
        sink.args(options).arg("-d").arg(scratch.path("taken/message."));
        let sink = sink.args(["-u", "root", &format!("127.0.0.1:{port}"), "10"]).spawn().unwrap();
        wait_for("smtp-sink's start", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self::Sink(sink, scratch)
    }

    /// The messages it took.
    fn taken(&self) -> Vec<String> {
        let folder = match self {
            Self::Postfix(postfix) => {
                postfix.drained();
                postfix.path("mail/ann/new")
            }
            Self::Sink(_, scratch) => scratch.path("taken"),
        };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).into_owned()
        };
        entries.map(read).collect()
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        if let Self::Sink(child, _) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a message with that in its midst, and commands behind it. What is said to the end of the message.
fn smuggle(port: u16, hello: &str, end: &str) -> (Client, u16, Vec<String>) {
    let mut client = Client::connect(port);
    client.say(&format!("{hello} client.example"), 250);
    client.envelope("joe@example.com", &["ann@example.com"]);
    client.say("DATA", 354);
    let octets = format!(
        "From: joe@example.com\r\nTo: ann@example.com\r\n\r\nbefore{end}\
         MAIL FROM:<admin@example.com>\r\nRCPT TO:<ann@example.com>\r\nDATA\r\n\
         From: admin@example.com\r\nX-Smuggled: yes\r\n\r\nsmuggled\r\n.\r\n"
    );
    client.send(octets.as_bytes());
    let (code, text) = client.reply();
    (client, code, text)
}

/// Hands each of these to each of our listeners, and looks at what comes out behind.
fn try_all(behind: &Behind, port: u16, hop: &str) {
    let plan = Plan::new();
    let config = plan.snippet(FILTER, "[bank.INCOMING]");
    let mut config = config;
    for behind_us in [plan.verified, plan.signed] {
        let written = format!("smtp:[127.0.0.1]:{behind_us}");
        config = config.replace(&written, &format!("{hop}:[127.0.0.1]:{port}"));
    }
    let lmtp = free_port();
    config
        .push_str(&format!("[[listener]]\naddress = \"127.0.0.1:{lmtp}\"\nbank = \"INCOMING\"\n"));
    let _waxseal = Running::start(&config);
    let mut sent = 0;
    let mut went_on = 0;
    for (listener, hello) in [(plan.verify, "EHLO"), (plan.sign, "EHLO"), (lmtp, "LHLO")] {
        for end in ENDS {
            let (mut client, code, text) = smuggle(listener, hello, end);
            assert!(matches!(code, 250 | 550), "{end:?}: {code} {text:?}");
            went_on += usize::from(code == 250);
            sent += 1;
            // nothing of it was taken for a command
            client.say("NOOP", 250);
            client.say("QUIT", 221);
            assert_eq!(client.rest(), "");
        }
    }
    let taken = behind.taken();
    assert_eq!(taken.len(), went_on, "{taken:#?}");
    assert!(went_on > 0 && went_on < sent, "{went_on} of {sent}");
    for one in taken {
        // whole, with what was to be smuggled within
        assert!(one.contains("\nbefore") && one.contains("X-Smuggled: yes"), "{one}");
        assert!(!one.contains("Return-Path: <admin@") && !one.contains("X-Mail-Args: <admin@"));
    }
}

#[test]
fn behind_us_a_careless_postfix_sees_one_message() {
    let port = free_port();
    try_all(&Behind::postfix(port, "no"), port, "smtp");
    // while it sees two where we are not before it
    let port = free_port();
    let careless = Behind::postfix(port, "no");
    let (mut client, code, _) = smuggle(port, "EHLO", "\n.\r\n");
    let more: Vec<u16> = (0..4).map(|_| client.reply().0).collect();
    assert_eq!((code, more), (250, vec![250, 250, 354, 250]));
    let taken = careless.taken();
    let smuggled = taken.iter().filter(|one| one.contains("Return-Path: <admin@")).count();
    assert_eq!((taken.len(), smuggled), (2, 1), "{taken:#?}");
}

#[test]
fn behind_us_a_careful_postfix_sees_one_message() {
    let port = free_port();
    try_all(&Behind::postfix(port, "normalize"), port, "smtp");
}

#[test]
fn behind_us_smtp_sink_sees_one_message() {
    let port = free_port();
    try_all(&Behind::sink(port, &[]), port, "smtp");
    let port = free_port();
    try_all(&Behind::sink(port, &["-L"]), port, "lmtp");
}
