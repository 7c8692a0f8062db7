//! Many messages at once through the content filter to Postfix's smtp-sink, which writes each to a file:
//! none may be lost, come twice or be changed.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::clients::{Work, run};
use crate::mail::{Kind, Mail, is_done, number_in};
use crate::programs::{Program, Setting, free_port};
use crate::{SESSIONS, smtp};

/// Octets of a message.
const SIZE: usize = 10_240;

pub(crate) fn run_through(setting: &Setting, mail: &Mail, messages: usize) {
    let folder = setting.folder.join("taken");
    std::fs::create_dir_all(&folder).expect("a folder");
    let port = free_port();
    let mut sink = SmtpSink::start(port, &folder);
    let filter = Program::WaxsealFilter.start_towards(setting, Kind::Signed, port);
    let work = Work {
        port: filter.port(Kind::Signed),
        pid: filter.pid(),
        kind: Kind::Signed,
        sessions: SESSIONS,
        messages,
    };
    let message = |number| message(mail, number);
    let measured = run(&work, |numbers| smtp::session(work.port, message, numbers));
    drop(filter);
    sink.stop();
    let mut seen = vec![false; messages];
    for file in std::fs::read_dir(&folder).expect("a folder").flatten() {
        let taken = std::fs::read(file.path()).expect("a message");
        let number = number_in(&taken).expect("a message of ours");
        assert!(!std::mem::replace(&mut seen[number], true), "number {number} came twice");
        // smtp-sink writes lines as Unix has them
        let sent = message(number);
        let sent: Vec<u8> = sent.into_iter().filter(|octet| *octet != b'\r').collect();
        // smtp-sink puts an empty line behind each
        let added = taken
            .strip_suffix(b"\n")
            .and_then(|taken| taken.strip_suffix(&sent[..]))
            .unwrap_or_else(|| panic!("number {number} was changed: {}", file.path().display()));
        let added = String::from_utf8_lossy(added);
        assert!(is_done(Kind::Signed, &added), "number {number} was not signed: {added}");
    }
    let lost = seen.iter().filter(|seen| !**seen).count();
    assert_eq!(lost, 0, "messages were lost");
    for file in std::fs::read_dir(&folder).expect("a folder").flatten() {
        std::fs::remove_file(file.path()).expect("removed");
    }
    println!(
        "all {messages} arrived once and unchanged, {:.0} per second, {:.2} ms of processor each",
        measured.rate, measured.milliseconds
    );
}

/// A message that no other is like.
fn message(mail: &Mail, number: usize) -> Vec<u8> {
    let mut octets = mail.header(Kind::Signed, number).into_bytes();
    octets.extend_from_slice(b"\r\n");
    // a generator of Lehmer: the same for the same number, and a dot now and then where a line begins
    let mut state = 1 + number as u64;
    while octets.len() < SIZE {
        let mut line = Vec::new();
        state = state * 48_271 % 0x7FFF_FFFF;
        let length = state % 90;
        for _ in 0..length {
            state = state * 48_271 % 0x7FFF_FFFF;
            line.push(b" .abcdefghijklmnopqrstuvwxyz"[(state % 28) as usize]);
        }
        octets.extend_from_slice(&line);
        octets.extend_from_slice(b"\r\n");
    }
    octets
}

struct SmtpSink(Child);

impl SmtpSink {
    fn start(port: u16, folder: &Path) -> Self {
        let mut command = Command::new("smtp-sink");
        let user = std::env::var("SINK_USER").unwrap_or_default();
        if !user.is_empty() {
            // it does not want to be root
            command.args(["-u", &user]);
        }
        command.arg("-d").arg(folder.join("%H.")).arg(format!("127.0.0.1:{port}")).arg("1024");
        let child = command.stdin(Stdio::null()).spawn().expect("smtp-sink of Postfix");
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(30), "smtp-sink does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self(child)
    }

    fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.stop();
    }
}
