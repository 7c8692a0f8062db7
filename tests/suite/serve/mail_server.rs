//! A mail server with a message, as a milter sees it. The protocol is written down here a second time,
//! from what libmilter and Postfix do, so that both must be wrong to agree.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::running::LIMIT;

pub(super) const EVERY_STEP: u32 = 0x001F_FFFF;
pub(super) const EVERY_ACTION: u32 = 0x1FF;

/// Adding and changing fields, and nothing else.
pub(super) const FIELDS_ALONE: u32 = 0x11;

/// A connection to a milter.
pub(super) struct MailServer {
    pub(super) stream: TcpStream,
    pub(super) steps: u32,
    pub(super) actions: u32,
}

/// A packet: its letter and its data.
pub(super) type Packet = (u8, Vec<u8>);

/// What the filter wants of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) inserted: Vec<(u32, String, String)>,
    pub(super) deleted: Vec<(u32, String)>,
    pub(super) changed: Vec<(u32, String, String)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) quarantined: Option<String>,
    /// Progress replies.
    pub(super) waited: usize,
    pub(super) last: u8,
    pub(super) reply: String,
}

impl MailServer {
    pub(super) fn connect(port: u16, version: u32, offered: u32) -> Self {
        Self::allowing(port, version, EVERY_ACTION, offered)
    }

    pub(super) fn allowing(port: u16, version: u32, actions: u32, offered: u32) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut server = Self { stream, steps: 0, actions: 0 };
        server.send(b'O', &[version, actions, offered].map(u32::to_be_bytes).concat());
        let (letter, data) = server.receive();
        assert_eq!(letter, b'O');
        let number = |index: usize| u32::from_be_bytes(data[index * 4..][..4].try_into().unwrap());
        assert!(number(0) <= version.min(6));
        assert_eq!(number(1) & !actions, 0, "nothing is done that is not allowed");
        assert_eq!(number(2) & !offered, 0, "nothing is taken that is not offered");
        (server.actions, server.steps) = (number(1), number(2));
        server
    }

    pub(super) fn send(&mut self, letter: u8, data: &[u8]) {
        let length = u32::try_from(data.len() + 1).unwrap();
        self.stream.write_all(&[&length.to_be_bytes()[..], &[letter], data].concat()).unwrap();
    }

    pub(super) fn receive(&mut self) -> Packet {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        // what libmilter lets through in one packet, and sendmail takes
        assert!((1..=65_536).contains(&length), "{length}");
        let mut packet = vec![0; length];
        self.stream.read_exact(&mut packet).unwrap();
        (packet[0], packet[1..].to_vec())
    }

    /// Sends a command, and takes `continue` unless it is left out or the filter does not reply to it.
    pub(super) fn step(&mut self, letter: u8, data: &[u8], left_out: u32, silent: u32) {
        if self.steps & left_out != 0 {
            return;
        }
        self.send(letter, data);
        if self.steps & silent == 0 {
            assert_eq!(self.receive(), (b'c', Vec::new()), "{}", char::from(letter));
        }
    }

    pub(super) fn client(&mut self, macros: &[u8], address: &str) {
        self.send(b'D', &[b"C", macros].concat());
        let data = format!("host.example\x004\x19\x19{address}\0");
        self.step(b'C', data.as_bytes(), 0x1, 0x1000);
        self.step(b'H', b"host.example\0", 0x2, 0x2000);
    }

    pub(super) fn envelope(&mut self, macros: &[u8], sender: &str) {
        self.send(b'D', &[b"M", macros].concat());
        self.step(b'M', format!("<{sender}>\0SIZE=100\0").as_bytes(), 0x4, 0x4000);
        self.step(b'R', b"<ann@example.net>\0", 0x8, 0x8000);
        self.step(b'T', b"", 0x200, 0x1_0000);
    }

    pub(super) fn field(&mut self, name: &str, value: &[u8]) {
        let value = match self.steps & 0x10_0000 {
            0 => value.strip_prefix(b" ").unwrap_or(value),
            _ => value,
        };
        self.step(b'L', &[name.as_bytes(), b"\0", value, b"\0"].concat(), 0x20, 0x80);
    }

    /// A whole message of joe@example.com.
    pub(super) fn message(&mut self, macros: &[u8], message: &Message) -> Wishes {
        self.envelope(macros, "joe@example.com");
        for (name, value) in &message.fields {
            self.field(name, value);
        }
        self.step(b'N', b"", 0x40, 0x4_0000);
        for chunk in message.body.chunks(65_535) {
            self.step(b'B', chunk, 0x10, 0x8_0000);
        }
        self.send(b'D', b"Ei\x004Zq1Xy\0");
        self.send(b'E', b"");
        self.wishes()
    }

    /// Everything up to the last word. The packets are held to what libmilter lets a filter send.
    pub(super) fn wishes(&mut self) -> Wishes {
        let mut wishes = Wishes::default();
        loop {
            let (letter, data) = self.receive();
            let field = || -> (u32, String, String) {
                let texts = data[4..].strip_suffix(b"\0").unwrap().split(|octet| *octet == 0);
                let texts = texts.map(|text| String::from_utf8(text.to_vec()).unwrap());
                let [name, value] = texts.collect::<Vec<_>>().try_into().unwrap();
                assert!(!name.is_empty() && !value.contains('\r'), "line ends are LF here");
                (u32::from_be_bytes(data[..4].try_into().unwrap()), name, value)
            };
            let needed = match letter {
                b'i' => {
                    wishes.inserted.push(field());
                    0x1
                }
                b'm' => {
                    match field() {
                        (nth, name, value) if value.is_empty() => wishes.deleted.push((nth, name)),
                        changed => wishes.changed.push(changed),
                    }
                    0x10
                }
                b'b' => {
                    wishes.body.get_or_insert_default().extend_from_slice(&data);
                    0x2
                }
                b'q' => {
                    let reason = data.strip_suffix(b"\0").unwrap().to_vec();
                    wishes.quarantined = Some(String::from_utf8(reason).unwrap());
                    0x20
                }
                b'p' => {
                    wishes.waited += 1;
                    0
                }
                _ => {
                    if letter == b'y' {
                        let text = String::from_utf8(data).unwrap();
                        wishes.reply = text.strip_suffix('\0').unwrap().to_owned();
                        // smfi_setreply: three digits, an enhanced code of the same class, a text
                        let class = &wishes.reply[..1];
                        assert!(wishes.reply.as_bytes()[3] == b' ' && &wishes.reply[4..5] == class);
                    } else {
                        assert!(matches!(letter, b'c' | b'a' | b't') && data.is_empty());
                    }
                    wishes.last = letter;
                    return wishes;
                }
            };
            assert_eq!(self.actions & needed, needed, "{} was agreed on", char::from(letter));
        }
    }
}

/// A message as a mail server has it: names and values of its fields, with LF within and the blank behind
/// the colon, and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) fields: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// Out of what goes over the wire.
    pub(super) fn of(octets: &str) -> Self {
        let (header, body) = octets.split_once("\r\n\r\n").unwrap();
        let header = header.replace("\r\n\t", "\n\t").replace("\r\n ", "\n ");
        let fields = header.split("\r\n").filter(|field| !field.is_empty()).map(|field| {
            let (name, value) = field.split_once(':').unwrap();
            (name.to_owned(), value.as_bytes().to_vec())
        });
        Self { fields: fields.collect(), body: body.as_bytes().to_vec() }
    }

    /// Does what a filter wants, as Postfix does.
    pub(super) fn change(&mut self, wishes: &Wishes, steps: u32) {
        let told = |value: &str| -> Vec<u8> {
            let blank = if steps & 0x10_0000 == 0 { " " } else { "" };
            format!("{blank}{value}").into_bytes()
        };
        for (nth, name, value) in &wishes.changed {
            let index = self.nth(*nth, name);
            self.fields[index].1 = told(value);
        }
        for (nth, name) in &wishes.deleted {
            let index = self.nth(*nth, name);
            self.fields.remove(index);
        }
        for (index, name, value) in &wishes.inserted {
            let index = usize::try_from(*index).unwrap().saturating_sub(1);
            self.fields.insert(index, (name.clone(), told(value)));
        }
        if let Some(body) = &wishes.body {
            self.body.clone_from(body);
        }
    }

    fn nth(&self, nth: u32, name: &str) -> usize {
        let named =
            self.fields.iter().enumerate().filter(|(_, one)| one.0.eq_ignore_ascii_case(name));
        let mut indexes = named.map(|(index, _)| index);
        indexes.nth(usize::try_from(nth).unwrap() - 1).expect("there is such a field")
    }

    /// As it goes over the wire.
    pub(super) fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for (name, value) in &self.fields {
            octets.extend_from_slice(name.as_bytes());
            octets.push(b':');
            for octet in value {
                if *octet == b'\n' {
                    octets.push(b'\r');
                }
                octets.push(*octet);
            }
            octets.extend_from_slice(b"\r\n");
        }
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(&self.body);
        octets
    }
}
