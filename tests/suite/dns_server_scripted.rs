//! The command against a name server that misbehaves in ways no real one can be asked to.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::command_runner::{Ran, Scratch, message_signed_for, waxseal, waxseal_reading};
use crate::dns_server::outcome;

const RESPONSE: u8 = 0x80;
pub(crate) const AUTHENTICATED: u8 = 0x20;

#[test]
fn only_nxdomain_and_no_data_say_that_there_is_no_key() {
    for code in 0..16 {
        let server = Server::start(move |query| Some(with_flags(query, 0, code)));
        let ran = server.verify();
        let expected = match code {
            0 | 3 => "permerror keyNotFound",
            _ => "temperror keyUnavailable",
        };
        assert_eq!(outcome(&ran.reports()[0]["signatures"][0]), expected, "response code {code}");
    }
}

#[test]
fn broken_answers_are_temporary_trouble() {
    type Answer = fn(&[u8]) -> Option<Vec<u8>>;
    let answers: [(&str, Answer); 4] = [
        ("the header alone", |query| Some(with_flags(query, 0, 0)[..12].to_vec())),
        ("one answer announced, none there", |query| {
            let mut reply = with_flags(query, 0, 0);
            reply[7] = 1;
            Some(reply)
        }),
        ("truncated, and no TCP", |query| {
            let mut reply = with_flags(query, 0, 0);
            reply[2] |= 2;
            Some(reply)
        }),
        ("an answer to nobody", |query| {
            let mut reply = with_flags(query, 0, 3);
            reply[0] ^= 0xff;
            Some(reply)
        }),
    ];
    for (name, answer) in answers {
        let ran = Server::start(answer).verify();
        let signature = ran.reports().remove(0)["signatures"][0].clone();
        assert_eq!(outcome(&signature), "temperror keyUnavailable", "{name}: {signature}");
    }
}

#[test]
fn a_server_that_does_not_know_edns_is_asked_without() {
    let server = Server::start(|query| {
        // ARCOUNT tells of the EDNS record.
        let code = if query[11] == 0 { 3 } else { 1 };
        Some(with_flags(query, 0, code))
    });
    assert_eq!(outcome(&server.verify().reports()[0]["signatures"][0]), "permerror keyNotFound");
}

#[test]
fn the_question_asks_for_dnssec_and_the_answer_tells_of_it() {
    for vouched in [false, true] {
        let server = Server::start(move |query| {
            // RFC 6840 §5.7: AD in the question.
            let asked = query[3] & AUTHENTICATED != 0;
            let flags = if vouched && asked { AUTHENTICATED } else { 0 };
            Some(with_key(with_flags(query, flags, 0)))
        });
        let key = server.verify().reports().remove(0)["signatures"][0]["key"].clone();
        assert_eq!(key["authenticated"], vouched, "{key}");
        assert_eq!(key["ttl"], 77, "{key}");
    }
}

#[test]
fn one_name_is_asked_for_once_in_a_run() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let server = Server::start(move |query| {
        counter.fetch_add(1, Ordering::SeqCst);
        Some(with_key(with_flags(query, 0, 0)))
    });
    let scratch = Scratch::new();
    let message = message_signed_for("s", "d.example").replace("\r\n", "\n");
    let mbox = format!("From a@b.example Sun Jun 10 13:38:30 2018\n{message}\n").repeat(50);
    let file = scratch.write("box", mbox);
    let ran = waxseal(&["verify", "--json", "-j", "4", "--resolver", &server.address, &file]);
    assert_eq!(ran.results().len(), 50);
    // The key, and the DMARC records at and above the author's domain.
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

/// Answers each UDP query as it is told.
pub(crate) struct Server {
    pub(crate) address: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut query = [0; 1500];
            while !stopped.load(Ordering::SeqCst) {
                if let Ok((count, from)) = socket.recv_from(&mut query)
                    && let Some(reply) = answer(&query[..count])
                {
                    socket.send_to(&reply, from).unwrap();
                }
            }
        });
        Self { address, stop, thread: Some(thread) }
    }

    fn verify(&self) -> Ran {
        let message = message_signed_for("s", "d.example");
        let arguments = ["verify", "--json", "--resolver", &self.address, "--timeout", "1"];
        waxseal_reading(message.as_bytes(), &arguments)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The query sent back as an answer without records, with those flags and that response code.
pub(crate) fn with_flags(query: &[u8], flags: u8, code: u8) -> Vec<u8> {
    // The question ends after the name, type and class; the EDNS record behind it is left out.
    let name = query[12..].iter().position(|octet| *octet == 0).unwrap();
    let mut reply = query[..12 + name + 1 + 4].to_vec();
    reply[2] |= RESPONSE;
    reply[3] = 0x80 | flags | code;
    reply[11] = 0;
    reply
}

/// The answer with a TXT record for the name that was asked for.
pub(crate) fn with_key(mut reply: Vec<u8>) -> Vec<u8> {
    let record = crate::rfc_examples::RSA_RECORD.as_bytes();
    let strings: Vec<u8> = record
        .chunks(255)
        .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat())
        .collect();
    reply[7] = 1;
    reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 77]);
    reply.extend(u16::try_from(strings.len()).unwrap().to_be_bytes());
    reply.extend(strings);
    reply
}
