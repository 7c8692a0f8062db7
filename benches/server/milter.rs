//! A mail server that has a milter look at its messages, and sees what the milter makes of them.

use std::io::{BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use waxseal::VerificationResult;
use waxseal::dns::{Answer, TxtRecords};

use crate::clients::{Measured, Numbers, Work, run};
use crate::mail::{Kind, Mail, is_done};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(120);

/// One message in so many is verified after it was signed.
const SAMPLE: usize = 100;

/// What Postfix offers: adding, changing and deleting fields and more; every step may be left out.
const ACTIONS: u32 = 0x1FF;
const STEPS: u32 = 0x1F_FFFF;
const LEADING_SPACE: u32 = 0x10_0000;

/// Has the messages looked at and checks each answer. A connection carries one message, as with Postfix,
/// which closes it with its client's.
pub(crate) fn measure(work: &Work, mail: &Mail) -> Measured {
    let done = AtomicUsize::new(0);
    let samples = std::sync::Mutex::new(Vec::new());
    let measured = run(work, |numbers| session(work, mail, numbers, &done, &samples));
    assert_eq!(done.into_inner(), work.messages, "messages without their field");
    for signed in samples.into_inner().expect("not poisoned") {
        verify(mail, &signed);
    }
    measured
}

fn session(
    work: &Work,
    mail: &Mail,
    numbers: &Numbers,
    done: &AtomicUsize,
    samples: &std::sync::Mutex<Vec<Vec<u8>>>,
) {
    while let Some(number) = numbers.next() {
        let mut mta = Mta::connect(work.port);
        let header = mail.header(work.kind, number);
        let added = mta.message(&header, mail.body(), number, work.kind);
        if is_done(work.kind, &added) {
            done.fetch_add(1, Ordering::Relaxed);
        }
        if work.kind == Kind::Signed && number % SAMPLE == 0 {
            let signed = [added.as_bytes(), header.as_bytes(), b"\r\n", mail.body()].concat();
            samples.lock().expect("not poisoned").push(signed);
        }
        mta.send(b'Q', &[]);
        mta.stream.get_mut().flush().expect("the milter takes it");
    }
}

/// One connection.
struct Mta {
    stream: BufReader<Wire>,
    steps: u32,
}

/// Writes in pieces, as Postfix does: what needs no answer waits for what does.
struct Wire(BufWriter<TcpStream>);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.flush()?;
        self.0.get_mut().read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Mta {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(LIMIT)).expect("a socket");
        let wire = Wire(BufWriter::with_capacity(16_384, stream));
        let mut mta = Self { stream: BufReader::new(wire), steps: 0 };
        mta.send(b'O', &[6, ACTIONS, STEPS].map(u32::to_be_bytes).concat());
        let (letter, data) = mta.receive();
        assert_eq!(letter, b'O');
        mta.steps = u32::from_be_bytes(data[8..12].try_into().expect("four octets"));
        mta
    }

    fn send(&mut self, letter: u8, data: &[u8]) {
        let length = u32::try_from(data.len() + 1).expect("a packet").to_be_bytes();
        for part in [&length[..], &[letter], data] {
            self.stream.get_mut().write_all(part).expect("the milter takes it");
        }
    }

    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).expect("an answer");
        let [a, b, c, d, letter] = head;
        let mut data = vec![0; u32::from_be_bytes([a, b, c, d]) as usize - 1];
        self.stream.read_exact(&mut data).expect("an answer");
        (letter, data)
    }

    /// A step that is left out where the first flag was agreed on, not answered where the second was.
    fn step(&mut self, letter: u8, data: &[u8], left_out: u32, silent: u32) {
        if self.steps & left_out != 0 {
            return;
        }
        self.send(letter, data);
        if self.steps & silent == 0 {
            assert_eq!(self.receive().0, b'c', "answer to {}", char::from(letter));
        }
    }

    /// A message; the fields that the milter puts on top.
    fn message(&mut self, header: &str, body: &[u8], number: usize, kind: Kind) -> String {
        let queue_id = format!("i\x004Z{number:08}\0");
        self.send(
            b'D',
            b"Cj\0mail.example.com\0{daemon_name}\0mail.example.com\0v\0Postfix 3.7.11\0",
        );
        self.step(b'C', b"client.example\x004\x12\x67192.0.2.1\0", 1, 0x1000);
        self.send(b'D', b"H");
        self.step(b'H', b"client.example\0", 2, 0x2000);
        let login: &[u8] =
            if kind == Kind::Signed { b"{auth_type}\0PLAIN\0{auth_authen}\0joe\0" } else { b"" };
        self.send(
            b'D',
            &[b"M", login, b"{mail_addr}\0joe@example.com\0{mail_host}\0\0{mail_mailer}\0smtp\0"]
                .concat(),
        );
        self.step(b'M', b"<joe@example.com>\0", 4, 0x4000);
        self.send(b'D', &[b"R", queue_id.as_bytes()].concat());
        self.step(b'R', b"<suzie@example.net>\0", 8, 0x8000);
        self.send(b'D', &[b"T", queue_id.as_bytes()].concat());
        self.step(b'T', b"", 0x200, 0x1_0000);
        for field in
            header.replace("\r\n\t", "\n\t").replace("\r\n ", "\n ").split_terminator("\r\n")
        {
            let (name, value) = field.split_once(':').expect("a field");
            let value = match self.steps & LEADING_SPACE {
                0 => value.strip_prefix(' ').unwrap_or(value),
                _ => value,
            };
            self.send(b'D', &[b"L", queue_id.as_bytes()].concat());
            self.step(b'L', format!("{name}\0{value}\0").as_bytes(), 0x20, 0x80);
        }
        self.send(b'D', &[b"N", queue_id.as_bytes()].concat());
        self.step(b'N', b"", 0x40, 0x4_0000);
        for chunk in body.chunks(65_535) {
            self.send(b'D', &[b"B", queue_id.as_bytes()].concat());
            self.step(b'B', chunk, 0x10, 0x8_0000);
        }
        self.send(b'D', &[b"E", queue_id.as_bytes()].concat());
        self.send(b'E', b"");
        let mut added = String::new();
        loop {
            let (letter, data) = self.receive();
            match letter {
                b'i' | b'h' => {
                    let texts = if letter == b'i' { &data[4..] } else { &data[..] };
                    let mut texts = texts.split(|octet| *octet == 0).map(String::from_utf8_lossy);
                    let (name, value) =
                        (texts.next().expect("a name"), texts.next().expect("a value"));
                    let blank = if self.steps & LEADING_SPACE == 0 { " " } else { "" };
                    // each is put at the top
                    added.insert_str(
                        0,
                        &format!("{name}:{blank}{}\r\n", value.replace('\n', "\r\n")),
                    );
                }
                b'c' | b'a' => return added,
                b'p' | b'm' => {}
                other => panic!("the milter says {:?}", char::from(other)),
            }
        }
    }
}

fn verify(mail: &Mail, signed: &[u8]) {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let now = waxseal::UnixTime::from_seconds(now.as_secs());
    let mut verifier =
        waxseal::Verifier::new(waxseal::Options::new(waxseal::VerificationTime::At(now)));
    verifier.push(signed);
    verifier.end();
    while let Some(query) = verifier.poll_query() {
        let records = vec![mail.record().into_bytes()];
        verifier.answer(query.id, Answer::Records(TxtRecords { records, ..TxtRecords::default() }));
    }
    let report = verifier.finish();
    assert_eq!(report.result, VerificationResult::Pass, "{:?}", report.signatures);
}
