//! Clients that send through a content filter, and the next hop that takes and checks what comes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clients::{Measured, Numbers, Work, run};
use crate::mail::{Kind, Mail, is_done, number_in};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A next hop, and what came to it.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its port").port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&shared);
                std::thread::spawn(move || take(stream, &taken));
            }
        });
        Self { port, taken }
    }
}

/// Takes messages of one client. What is wrong ends it.
fn take(mut stream: TcpStream, taken: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut input: Vec<u8> = Vec::new();
    let mut block = vec![0; 65_536];
    stream.write_all(b"220 sink.example ESMTP\r\n").ok()?;
    loop {
        let mut output = Vec::new();
        let mut in_message = false;
        // everything that is there, then one answer to all of it, as PIPELINING has it
        while let Some(end) = memchr::memchr(b'\n', &input) {
            let line: Vec<u8> = input.drain(..=end).collect();
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match verb.as_slice() {
                b"EHLO" => output.extend_from_slice(
                    b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n\
                      250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n",
                ),
                b"DATA" => {
                    output.extend_from_slice(b"354 Go on\r\n");
                    in_message = true;
                    break;
                }
                b"QUIT" => {
                    output.extend_from_slice(b"221 2.0.0 Bye\r\n");
                    let _ = stream.write_all(&output);
                    return None;
                }
                _ => output.extend_from_slice(b"250 2.0.0 Ok\r\n"),
            }
        }
        stream.write_all(&output).ok()?;
        if in_message {
            let mut from = 0_usize;
            let end = loop {
                let start = from.saturating_sub(4);
                if let Some(at) = memchr::memmem::find(&input[start..], b"\r\n.\r\n") {
                    break start + at + 2;
                }
                from = input.len();
                let length = stream.read(&mut block).ok()?;
                if length == 0 {
                    return None;
                }
                input.extend_from_slice(&block[..length]);
            };
            let rest = input.split_off(end + 3);
            input.truncate(end);
            taken.lock().ok()?.push(std::mem::replace(&mut input, rest));
            stream.write_all(b"250 2.0.0 Ok: queued\r\n").ok()?;
            if !input.is_empty() {
                continue;
            }
        }
        let length = stream.read(&mut block).ok()?;
        if length == 0 {
            return None;
        }
        input.extend_from_slice(&block[..length]);
    }
}

/// Sends the messages and sees that each came to the sink once, unchanged, with what was to be added.
pub(crate) fn measure(work: &Work, mail: &Mail, sink: &Sink) -> Measured {
    let measured = run(work, |numbers| {
        session(work.port, |number| mail.numbered(work.kind, number), numbers);
    });
    let taken = std::mem::take(&mut *sink.taken.lock().expect("not poisoned"));
    check(&taken, work.kind, mail, work.messages);
    measured
}

fn check(taken: &[Vec<u8>], kind: Kind, mail: &Mail, messages: usize) {
    let mut seen = vec![false; messages];
    for wire in taken {
        let number = number_in(wire).expect("a message of ours");
        assert!(!std::mem::replace(&mut seen[number], true), "number {number} came twice");
        let sent = dotted(&mail.numbered(kind, number));
        let at = memchr::memmem::find(wire, b"Received: from client.example").expect("its top");
        // Received stands on top of what came: amavis adds its own above and other fields below
        let body = memchr::memmem::find(&sent, b"\r\n\r\n").expect("a body");
        let arrived_body = memchr::memmem::find(wire, b"\r\n\r\n").expect("a body");
        assert_eq!(wire[arrived_body..], sent[body..], "number {number} was changed");
        let added = String::from_utf8_lossy(&wire[..at]);
        assert!(is_done(kind, &added), "number {number} was not {kind:?}: {added}");
    }
    let lost = seen.iter().filter(|seen| !**seen).count();
    assert_eq!(lost, 0, "messages were lost");
}

/// One session that sends messages until there are no more.
pub(crate) fn session(port: u16, message: impl Fn(usize) -> Vec<u8>, numbers: &Numbers) {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    stream.set_read_timeout(Some(LIMIT)).expect("a socket");
    let mut client = Client { stream: BufReader::new(stream) };
    client.reply(220);
    client.send(b"EHLO client.example\r\n");
    let xforward = client.reply(250).contains("XFORWARD");
    while let Some(number) = numbers.next() {
        let message = message(number);
        // what Postfix says, and how: the envelope in one piece where PIPELINING is offered
        if xforward {
            client.send(
                b"XFORWARD NAME=client.example ADDR=192.0.2.1 PORT=4711 PROTO=ESMTP HELO=client.example SOURCE=REMOTE\r\n",
            );
            client.reply(250);
        }
        client.send(b"MAIL FROM:<joe@example.com>\r\nRCPT TO:<suzie@example.net>\r\nDATA\r\n");
        client.reply(250);
        client.reply(250);
        client.reply(354);
        let mut wire = dotted(&message);
        wire.extend_from_slice(b".\r\n");
        client.send(&wire);
        client.reply(250);
    }
    client.send(b"QUIT\r\n");
    client.reply(221);
}

struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    fn send(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).expect("the server takes it");
    }

    fn reply(&mut self, code: u16) -> String {
        let mut whole = String::new();
        loop {
            let mut line = String::new();
            let length = self.stream.read_line(&mut line).expect("a reply");
            assert!(length > 0, "the server is gone");
            assert!(line.starts_with(&code.to_string()), "{code} was expected: {line}");
            whole.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return whole;
            }
        }
    }
}

/// With dots before the lines that begin with one.
fn dotted(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + 200);
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    wire
}
