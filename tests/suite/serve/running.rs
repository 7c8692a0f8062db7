//! A server that runs for one test, and a client that talks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::command_runner::{Scratch, command};
use crate::rfc_examples::{ED25519_RECORD, RSA_RECORD};
use crate::signer::{ED25519_SEED, RSA_KEY};

/// How long anything may take; reached by nothing but a hang.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// A server, stopped when the test is over.
pub(crate) struct Running {
    pub(crate) scratch: Scratch,
    pub(crate) child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

/// A port of the loopback that is free now, below those that the system gives to outgoing connections: it
/// stays free until it is used.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        // tests of other processes begin elsewhere, and none has a port that the documents speak of
        let number = GIVEN.fetch_add(1, Ordering::Relaxed) + std::process::id() * 211;
        let port = u16::try_from(10_100 + number % 21_900).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The keys of RFC 8463 in files, and their records in a zone file, for example.com.
pub(super) fn keys(scratch: &Scratch) -> String {
    for (name, content) in [("rsa.pem", RSA_KEY), ("ed.pem", ED25519_SEED)] {
        let path = scratch.write(name, content);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let (head, tail) = RSA_RECORD.split_at(200);
    scratch.write(
        "keys.zone",
        format!(
            "rsa._domainkey.example.com. 300 TXT \"{head}\" \"{tail}\"\n\
             ed._domainkey.example.com. 300 TXT \"{ED25519_RECORD}\"\n"
        ),
    )
}

/// `[[key]]` for both.
pub(crate) const KEYS: &str = "\
[[key]]
domain = \"example.com\"
selector = \"rsa\"
file = \"rsa.pem\"
[[key]]
domain = \"example.com\"
selector = \"ed\"
file = \"ed.pem\"
";

impl Running {
    /// Starts it with that configuration and waits until it is ready.
    pub(crate) fn start(config: &str) -> Self {
        Self::start_in(Scratch::new(), config, &[])
    }

    pub(crate) fn start_in(scratch: Scratch, config: &str, more: &[&str]) -> Self {
        Self::start_named(scratch, "waxseal.toml", config, more)
    }

    /// The same with a configuration of that name.
    pub(crate) fn start_named(scratch: Scratch, name: &str, config: &str, more: &[&str]) -> Self {
        Self::launch(scratch, name, config, more, None, command)
    }

    /// The same as systemd starts it, its log being the journal: what `$JOURNAL_STREAM` says of standard
    /// error, the truth where it is empty.
    pub(super) fn start_in_journal(scratch: Scratch, config: &str, says: &str) -> Self {
        Self::launch(scratch, "waxseal.toml", config, &[], Some(says), command)
    }

    /// The same with a command made by that.
    pub(crate) fn start_by(
        scratch: Scratch,
        config: &str,
        more: &[&str],
        command: impl Fn(&[&str]) -> Command,
    ) -> Self {
        Self::launch(scratch, "waxseal.toml", config, more, None, command)
    }

    fn launch(
        scratch: Scratch,
        name: &str,
        config: &str,
        more: &[&str],
        journal: Option<&str>,
        command: impl Fn(&[&str]) -> Command,
    ) -> Self {
        let zone = keys(&scratch);
        let path = scratch.write(name, config);
        let mut arguments = vec!["--config", &path];
        if more.is_empty() {
            arguments.extend(["--zone", &zone]);
        }
        arguments.extend(more);
        arguments.push("serve");
        let (reading, writing) = std::io::pipe().unwrap();
        let mut command = command(&arguments);
        command.env_remove("JOURNAL_STREAM");
        if let Some(says) = journal {
            let stream = std::fs::File::from(OwnedFd::from(writing.try_clone().unwrap()));
            let stream = stream.metadata().unwrap();
            let truth = format!("{}:{}", stream.dev(), stream.ino());
            command.env("JOURNAL_STREAM", if says.is_empty() { &truth } else { says });
        }
        let child = command.stdout(Stdio::null()).stderr(writing).spawn().unwrap();
        // it holds the end that is written to, which would never be closed
        drop(command);
        let log = Arc::new(Mutex::new(Vec::new()));
        let (ready, is_ready) = std::sync::mpsc::channel();
        let stderr = BufReader::new(reading);
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if line.contains("ready, listening on") {
                    let _ = ready.send(());
                }
                lines.lock().unwrap().push(line);
            }
        });
        if is_ready.recv_timeout(LIMIT).is_err() {
            panic!("the server does not come up: {:?}", log.lock().unwrap());
        }
        Self { scratch, child, log }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits until the log has a line with that text.
    pub(crate) fn logged(&self, text: &str) -> String {
        let since = std::time::Instant::now();
        while since.elapsed() < LIMIT {
            if let Some(line) = self.log.lock().unwrap().iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the log has no {text:?}: {}", self.log());
    }

    /// Waits until so many lines of the log have that text, and not one more.
    pub(super) fn logged_times(&self, text: &str, times: usize) {
        let since = std::time::Instant::now();
        let count = || self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count();
        while count() < times && since.elapsed() < LIMIT {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(count(), times, "lines with {text:?}");
    }

    /// Writes the configuration anew and has it taken.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of SMTP or LMTP.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects and is greeted.
    pub(crate) fn connect(port: u16) -> Self {
        let mut client = Self::connect_silently(port);
        assert_eq!(client.reply().0, 220);
        client
    }

    pub(crate) fn connect_silently(port: u16) -> Self {
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    /// Connects, and says EHLO.
    pub(crate) fn hello(port: u16) -> Self {
        let mut client = Self::connect(port);
        client.say("EHLO client.example", 250);
        client
    }

    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).unwrap();
    }

    /// A reply: its code, and its text lines.
    pub(crate) fn reply(&mut self) -> (u16, Vec<String>) {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).unwrap() > 0, "the connection is gone");
            let line = line.trim_end().to_owned();
            let code = line[..3].parse().unwrap();
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return (code, lines);
            }
        }
    }

    /// Says a command and expects that code; the text.
    pub(crate) fn say(&mut self, command: &str, code: u16) -> String {
        self.send(format!("{command}\r\n").as_bytes());
        let (found, lines) = self.reply();
        assert_eq!(found, code, "{command}: {lines:?}");
        lines.join("\n")
    }

    /// Begins a message of that sender to these recipients.
    pub(crate) fn envelope(&mut self, from: &str, to: &[&str]) {
        self.say(&format!("MAIL FROM:<{from}>"), 250);
        for to in to {
            self.say(&format!("RCPT TO:<{to}>"), 250);
        }
    }

    /// The message, dots put before its lines that begin with one; the reply.
    pub(crate) fn data(&mut self, message: &[u8]) -> (u16, String) {
        self.say("DATA", 354);
        self.send(&on_the_wire(message));
        let (code, lines) = self.reply();
        (code, lines.join("\n"))
    }

    /// A whole message from joe@example.com; the reply.
    pub(crate) fn message(&mut self, message: &[u8]) -> (u16, String) {
        self.envelope("joe@example.com", &["ann@example.net"]);
        self.data(message)
    }

    /// A message from joe@example.com as far as it goes: the first reply that is no good one, or the last.
    pub(super) fn as_far_as_it_goes(&mut self, message: &[u8]) -> (u16, String) {
        for command in ["MAIL FROM:<joe@example.com>", "RCPT TO:<ann@example.net>"] {
            self.send(format!("{command}\r\n").as_bytes());
            let (code, text) = self.reply();
            if code != 250 {
                return (code, text.join("\n"));
            }
        }
        self.data(message)
    }

    /// Whatever comes until the connection is closed.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        let _ = self.stream.read_to_string(&mut rest);
        rest
    }
}

/// A message as it goes over the wire, its end included. The plain way, to compare ours with.
pub(crate) fn on_the_wire(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut line_start = true;
    for (index, octet) in message.iter().enumerate() {
        if line_start && *octet == b'.' {
            wire.push(b'.');
        }
        wire.push(*octet);
        line_start = *octet == b'\n' && index > 0 && message[index - 1] == b'\r';
    }
    if !line_start {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}
