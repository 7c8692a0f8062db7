//! A next hop of these tests: takes messages and remembers them, or misbehaves as told.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::running::LIMIT;

/// What it does.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    /// Extensions it offers.
    pub(crate) offers: Vec<&'static str>,
    /// A reply of its own instead of the usual one, by the beginning of the command; `greeting`, `body` and
    /// `.` are the connection, the first line of a message and its end; in LMTP `. PATH` and `.. PATH` are
    /// its end for the first recipient and for others; `DATA` and `body` have the first recipient behind
    /// them, too. An empty reply closes the connection, `hang` waits,
    /// and `lose` takes the message and closes the connection.
    pub(crate) replies: Vec<(&'static str, &'static str)>,
    pub(crate) lmtp: bool,
}

impl Default for Manners {
    fn default() -> Self {
        let offers = vec![
            "PIPELINING",
            "SIZE",
            "8BITMIME",
            "SMTPUTF8",
            "DSN",
            "ENHANCEDSTATUSCODES",
            "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
        ];
        Self { offers, replies: Vec::new(), lmtp: false }
    }
}

impl Manners {
    pub(crate) fn with(command: &'static str, reply: &'static str) -> Self {
        Self { replies: vec![(command, reply)], ..Self::default() }
    }
}

/// A message it took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// Every command of its transaction.
    pub(crate) commands: Vec<String>,
    /// Its octets, dots taken away.
    pub(crate) octets: Vec<u8>,
    /// For whom it took it.
    pub(crate) accepted: Vec<String>,
}

impl Taken {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.octets).into_owned()
    }
}

/// A next hop at work.
pub(crate) struct Hop {
    pub(crate) port: u16,
    manners: Arc<Mutex<Manners>>,
    taken: Arc<Mutex<Vec<Taken>>>,
    connections: Arc<Mutex<usize>>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Hop {
    pub(crate) fn start(manners: Manners) -> Self {
        Self::start_at(manners, 0).unwrap()
    }

    /// On that port, where it is free.
    pub(crate) fn start_at(manners: Manners, port: u16) -> Option<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).ok()?;
        let port = listener.local_addr().unwrap().port();
        let (taken, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let streams = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&streams);
        let (shared, count) = (Arc::clone(&taken), Arc::clone(&connections));
        let manners = Arc::new(Mutex::new(manners));
        let changing = Arc::clone(&manners);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                *count.lock().unwrap() += 1;
                kept.lock().unwrap().extend(stream.try_clone());
                let (manners, taken) = (Arc::clone(&changing), Arc::clone(&shared));
                std::thread::spawn(move || {
                    let connection = stream.try_clone();
                    serve(stream, &manners, &taken);
                    // there are others who hold it
                    let _ = connection.map(|it| it.shutdown(Shutdown::Both));
                });
            }
        });
        Some(Self { port, manners, taken, connections, streams })
    }

    /// Has other manners from now on.
    pub(crate) fn change(&self, manners: Manners) {
        *self.manners.lock().unwrap() = manners;
    }

    /// Breaks all connections off.
    pub(crate) fn hang_up(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            // it may be gone already
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn is_lmtp(&self) -> bool {
        self.manners.lock().unwrap().lmtp
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How many messages it took.
    pub(crate) fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// One of the messages it took, by its number.
    pub(crate) fn taken_number(&self, number: usize) -> Taken {
        self.taken.lock().unwrap()[number].clone()
    }

    /// The one message it took.
    pub(crate) fn one(&self) -> Taken {
        let taken = self.taken();
        assert_eq!(taken.len(), 1);
        taken.into_iter().next().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// Speaks with one client until it is gone; what is wrong with the client ends it too.
fn serve(stream: TcpStream, manners: &Mutex<Manners>, taken: &Mutex<Vec<Taken>>) -> Option<()> {
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let mut stream = BufReader::new(stream);
    let now = || manners.lock().unwrap().clone();
    let mut recipients = Vec::new();
    let mut message = Taken::default();
    answer(&mut stream, &now(), "greeting", "220 hop.example ESMTP")?;
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let command = String::from_utf8_lossy(&line).trim_end().to_owned();
        message.commands.push(command.clone());
        let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let usual = match verb.as_str() {
            "EHLO" | "LHLO" => {
                let mut lines = vec!["hop.example".to_owned()];
                lines.extend(now().offers.iter().map(|offer| (*offer).to_owned()));
                let last = lines.len() - 1;
                let reply = |(index, line): (usize, String)| {
                    format!("250{}{line}", if index == last { ' ' } else { '-' })
                };
                lines.into_iter().enumerate().map(reply).collect::<Vec<_>>().join("\r\n")
            }
            "MAIL" => "250 2.1.0 Ok".to_owned(),
            "RCPT" => "250 2.1.5 Ok".to_owned(),
            "DATA" => "354 Go on".to_owned(),
            "QUIT" => "221 2.0.0 Bye".to_owned(),
            _ => "250 2.0.0 Ok".to_owned(),
        };
        let first = recipients.first().cloned().unwrap_or_default();
        let name = if verb == "DATA" { format!("DATA {first}") } else { command.clone() };
        let said = answer(&mut stream, &now(), &name, &usual)?;
        match verb.as_str() {
            "RCPT" if said.starts_with('2') => recipients.push(path_of(&command).to_owned()),
            "RSET" => {
                recipients.clear();
                message = Taken::default();
            }
            "QUIT" => return None,
            "DATA" if said.starts_with("354") => {
                // the plain way: line by line, a line that is a dot ends it
                loop {
                    let mut line = Vec::new();
                    while !line.ends_with(b"\r\n") {
                        if stream.read_until(b'\n', &mut line).ok()? == 0 {
                            return None;
                        }
                    }
                    if line == b".\r\n" {
                        break;
                    }
                    match reply_to(&now(), &format!("body {first}"), "go on") {
                        "" => return None,
                        "hang" => std::thread::sleep(LIMIT + Duration::from_secs(600)),
                        _ => {}
                    }
                    message.octets.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                }
                let manners = now();
                let reply = |(number, path): (usize, &String)| {
                    let name = format!("{} {path}", if number == 0 { "." } else { ".." });
                    let usual = format!("250 2.0.0 Ok: queued as {number}");
                    reply_to(&manners, &name, &usual).to_owned()
                };
                // by SMTP there is one reply, which holds for all
                let count = if manners.lmtp { recipients.len() } else { 1 };
                let replies: Vec<_> =
                    recipients.iter().take(count).enumerate().map(reply).collect();
                let takes = |number| {
                    let reply = replies.get(number).or(replies.first());
                    reply.is_some_and(|reply| reply.starts_with('2') || reply == "lose")
                };
                let good = recipients.iter().enumerate().filter(|(number, _)| takes(*number));
                message.accepted = good.map(|(_, path)| path.clone()).collect();
                // remembered before it is said, for whoever hears it looks at once
                if !message.accepted.is_empty() {
                    taken.lock().unwrap().push(std::mem::take(&mut message));
                }
                for reply in replies {
                    say(&mut stream, &reply)?;
                }
                message = Taken::default();
                recipients.clear();
            }
            _ => {}
        }
    }
}

/// What is to be said to that command.
fn reply_to<'m>(manners: &'m Manners, command: &str, usual: &'m str) -> &'m str {
    let own = manners.replies.iter().find(|(beginning, _)| command.starts_with(beginning));
    own.map_or(usual, |(_, reply)| reply)
}

/// Says what is to be said to that command; what it was.
fn answer(
    stream: &mut BufReader<TcpStream>,
    manners: &Manners,
    command: &str,
    usual: &str,
) -> Option<String> {
    let reply = reply_to(manners, command, usual);
    say(stream, reply)?;
    Some(reply.to_owned())
}

fn say(stream: &mut BufReader<TcpStream>, reply: &str) -> Option<()> {
    match reply {
        "" | "lose" => None,
        "hang" => {
            std::thread::sleep(LIMIT + Duration::from_secs(600));
            None
        }
        reply => stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).ok(),
    }
}

/// What stands between the angle brackets.
fn path_of(command: &str) -> &str {
    let (_, path) = command.split_once('<').unwrap_or_default();
    path.split_once('>').unwrap_or_default().0
}
