//! A connection of a mail server to us: what it tells, in order.

use std::fmt;
use std::net::IpAddr;

use super::macros::Macros;
use super::negotiation::{Agreement, NoAgreement, steps};
use super::packet::{self, Packet, PacketError, Packets};
use super::reply;

/// The machine. What arrives goes into [`input`](Self::input); what comes of it is taken by
/// [`next`](Self::next), and what goes to the server by [`take_output`](Self::take_output).
///
/// Replies that need no thought (go on, and go on) are given here; the host answers
/// [`Event::EndOfMessage`] alone.
#[derive(Debug, Default)]
pub(crate) struct Session {
    packets: Packets,
    output: Vec<u8>,
    agreement: Option<Agreement>,
    macros: Macros,
}

/// What the host has to deal with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A client connected to the server; its address, where it has one.
    Connect(Option<IpAddr>),
    /// A message begins; the sender, without angle brackets.
    Mail(String),
    /// A field of its header, with the octets it had in the message as far as they are told.
    Field { name: Vec<u8>, octets: Vec<u8> },
    /// The header is whole.
    EndOfHeader,
    /// Octets of the body.
    Body(Vec<u8>),
    /// The message is whole; it is to be answered.
    EndOfMessage,
    /// The message is forgotten.
    Abort,
    /// The client is gone; another may come.
    NewConnection,
    /// The connection is to be closed.
    Quit,
}

/// Why the connection is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionError {
    Packet(PacketError),
    Agreement(NoAgreement),
    /// Something came before the negotiation.
    NotAgreed,
}

impl From<PacketError> for SessionError {
    fn from(error: PacketError) -> Self {
        Self::Packet(error)
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packet(error) => error.fmt(f),
            Self::Agreement(error) => error.fmt(f),
            Self::NotAgreed => f.write_str("the mail server began without negotiating"),
        }
    }
}

impl Session {
    /// Where what arrives is appended.
    pub(crate) fn input(&mut self) -> &mut Vec<u8> {
        self.packets.room()
    }

    #[cfg(test)]
    pub(crate) fn receive(&mut self, octets: &[u8]) {
        self.input().extend_from_slice(octets);
    }

    /// Takes what is to be sent.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Where replies to [`Event::EndOfMessage`] are written.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// The macros told so far.
    pub(crate) fn macros(&self) -> &Macros {
        &self.macros
    }

    /// What was agreed on, if anything was.
    pub(crate) fn agreement(&self) -> Agreement {
        self.agreement.unwrap_or_default()
    }

    /// The blank behind the colon of a field belongs to its value.
    pub(crate) fn has_leading_space(&self) -> bool {
        self.agreement().has(steps::LEADING_SPACE)
    }

    /// The message was answered.
    pub(crate) fn answered(&mut self) {
        self.macros.forget_message();
    }

    /// Deals with what has arrived until the host is needed, or more must arrive.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, SessionError> {
        while let Some(packet) = self.packets.next()? {
            if let Some(event) = self.packet(packet)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn packet(&mut self, packet: Packet) -> Result<Option<Event>, SessionError> {
        let Packet { letter, data } = packet;
        match letter {
            b'O' => {
                let agreement = Agreement::answer(&data).map_err(SessionError::Agreement)?;
                packet::write(&mut self.output, b'O', &[&agreement.data()]);
                self.agreement = Some(agreement);
                return Ok(None);
            }
            b'Q' => return Ok(Some(Event::Quit)),
            _ if self.agreement.is_none() => return Err(SessionError::NotAgreed),
            _ => {}
        }
        let event = match letter {
            b'D' => {
                self.macros.take(&data);
                return Ok(None);
            }
            b'C' => {
                self.go_on(steps::NO_REPLY_CONNECT);
                Event::Connect(client_address(&data)?)
            }
            b'H' => return Ok(self.go_on_without_event(steps::NO_REPLY_HELO)),
            b'M' => {
                self.go_on(steps::NO_REPLY_MAIL);
                let sender = packet::texts(&data).next();
                let sender = sender.ok_or(PacketError::Data(b'M', "a sender"))?;
                let sender = String::from_utf8_lossy(sender);
                let sender = sender.trim();
                let bare = sender.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
                Event::Mail(bare.unwrap_or(sender).to_owned())
            }
            b'R' => return Ok(self.go_on_without_event(steps::NO_REPLY_RCPT)),
            b'T' => return Ok(self.go_on_without_event(steps::NO_REPLY_DATA)),
            b'U' => return Ok(self.go_on_without_event(steps::NO_REPLY_UNKNOWN)),
            b'L' => {
                self.go_on(steps::NO_REPLY_HEADER);
                self.field(&data)?
            }
            b'N' => {
                self.go_on(steps::NO_REPLY_END_OF_HEADER);
                Event::EndOfHeader
            }
            b'B' => {
                self.go_on(steps::NO_REPLY_BODY);
                Event::Body(data)
            }
            b'E' if !data.is_empty() => {
                // the end may bring the last of the body along
                self.packets.put_back_end();
                Event::Body(data)
            }
            b'E' => Event::EndOfMessage,
            b'A' => {
                self.macros.forget_message();
                Event::Abort
            }
            b'K' => {
                self.macros.clear();
                Event::NewConnection
            }
            _ => return Err(PacketError::Unknown(letter).into()),
        };
        Ok(Some(event))
    }

    /// The octets of a field: name, colon, value, its lines ending in CRLF again. An LF that no blank
    /// follows ends no line of a field; it is left as it is.
    fn field(&self, data: &[u8]) -> Result<Event, SessionError> {
        let mut texts = packet::texts(data);
        let (Some(name), Some(value)) = (texts.next(), texts.next()) else {
            return Err(PacketError::Data(b'L', "a name and a value").into());
        };
        let mut octets = Vec::with_capacity(name.len() + value.len() + 8);
        octets.extend_from_slice(name);
        octets.push(b':');
        if !self.has_leading_space() && !value.starts_with(b" ") && !value.starts_with(b"\t") {
            octets.push(b' ');
        }
        let mut previous = 0;
        for (index, octet) in value.iter().enumerate() {
            let folds = matches!(value.get(index + 1), Some(b' ' | b'\t'));
            if *octet == b'\n' && previous != b'\r' && folds {
                octets.push(b'\r');
            }
            octets.push(*octet);
            previous = *octet;
        }
        octets.extend_from_slice(b"\r\n");
        Ok(Event::Field { name: name.to_vec(), octets })
    }

    fn go_on(&mut self, unless: u32) {
        if !self.agreement().has(unless) {
            reply::go_on(&mut self.output);
        }
    }

    fn go_on_without_event(&mut self, unless: u32) -> Option<Event> {
        self.go_on(unless);
        None
    }
}

/// The address in a packet `C`: host name, NUL, family, port in two octets, address, NUL.
fn client_address(data: &[u8]) -> Result<Option<IpAddr>, PacketError> {
    let malformed = PacketError::Data(b'C', "a host name, a family and an address");
    let end = memchr::memchr(0, data).ok_or(malformed.clone())?;
    let rest = data.get(end + 1..).unwrap_or_default();
    let (family, rest) = rest.split_first().ok_or(malformed.clone())?;
    if !matches!(family, b'4' | b'6') {
        return Ok(None);
    }
    let address = rest.get(2..).and_then(|rest| packet::texts(rest).next()).ok_or(malformed)?;
    let text = String::from_utf8_lossy(address);
    let text = text.strip_prefix("IPv6:").or_else(|| text.strip_prefix("IPV6:")).unwrap_or(&text);
    Ok(text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERYTHING: u32 = 0x001F_FFFF;

    fn packet(letter: u8, data: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        packet::write(&mut wire, letter, &[data]);
        wire
    }

    fn agreed(version: u32, steps: u32) -> Session {
        let mut session = Session::default();
        let offer = Agreement { version, actions: 0x1FF, steps }.data();
        session.receive(&packet(b'O', &offer));
        assert_eq!(session.next(), Ok(None));
        assert_eq!(session.take_output().get(4), Some(&b'O'));
        session
    }

    fn events(session: &mut Session, wire: &[u8]) -> Vec<Event> {
        session.receive(wire);
        let mut events = Vec::new();
        while let Some(event) = session.next().unwrap() {
            events.push(event);
        }
        events
    }

    fn message() -> Vec<u8> {
        [
            packet(b'D', b"C{daemon_name}\0ORIGINATING\0"),
            packet(b'C', b"host.example\x004\x12\x34192.0.2.1\0"),
            packet(b'H', b"host.example\0"),
            packet(b'M', b"<joe@example.com>\0SIZE=10\0"),
            packet(b'R', b"<a@b>\0"),
            packet(b'L', b"From\0 joe\n\t<joe@example.com>\0"),
            packet(b'L', b"To\0\0"),
            packet(b'N', b""),
            packet(b'B', b"Hello\r\n"),
            packet(b'E', b"World\r\n"),
        ]
        .concat()
    }

    #[test]
    fn a_message_with_and_without_replies() {
        for (steps, replies) in [(EVERYTHING, 0), (0, 8)] {
            let mut session = agreed(6, steps);
            let events = events(&mut session, &message());
            let space: &[u8] = if steps == 0 { b" " } else { b"" };
            assert_eq!(
                events,
                [
                    Event::Connect(Some("192.0.2.1".parse().unwrap())),
                    Event::Mail("joe@example.com".into()),
                    Event::Field {
                        name: b"From".to_vec(),
                        octets: b"From: joe\r\n\t<joe@example.com>\r\n".to_vec()
                    },
                    Event::Field {
                        name: b"To".to_vec(),
                        octets: [b"To:", space, b"\r\n"].concat()
                    },
                    Event::EndOfHeader,
                    Event::Body(b"Hello\r\n".to_vec()),
                    Event::Body(b"World\r\n".to_vec()),
                    Event::EndOfMessage,
                ]
            );
            assert_eq!(session.take_output(), packet(b'c', b"").repeat(replies));
            assert_eq!(session.macros().get("daemon_name"), Some("ORIGINATING"));
        }
    }

    #[test]
    fn addresses_of_every_family() {
        for (data, address) in [
            (&b"h\x006\0\x19IPv6:2001:db8::1\0"[..], Some("2001:db8::1")),
            (b"h\x006\0\x192001:db8::1\0", Some("2001:db8::1")),
            (b"localhost\0L\0\0/run/x\0", None),
            (b"h\0U", None),
            (b"h\x004\0\x19bogus\0", None),
        ] {
            assert_eq!(client_address(data), Ok(address.map(|a| a.parse().unwrap())));
        }
        assert!(client_address(b"h\0").is_err() && client_address(b"h\x004\0").is_err());
    }

    #[test]
    fn a_connection_carries_many_messages() {
        let mut session = agreed(6, EVERYTHING);
        let again = [packet(b'A', b""), packet(b'K', b""), message(), packet(b'Q', b"")].concat();
        let events = events(&mut session, &[message(), again].concat());
        assert_eq!(events.len(), 8 + 2 + 8 + 1);
        assert_eq!(events.last(), Some(&Event::Quit));
    }

    #[test]
    fn nothing_goes_without_negotiation() {
        let mut session = Session::default();
        session.receive(&packet(b'M', b"<a@b>\0"));
        assert_eq!(session.next(), Err(SessionError::NotAgreed));
    }

    /// Everything that happens, to the first error.
    fn whole(pieces: &[&[u8]]) -> (Vec<Event>, Vec<u8>, Option<SessionError>) {
        let (mut session, mut events) = (Session::default(), Vec::new());
        for piece in pieces {
            session.receive(piece);
            loop {
                match session.next() {
                    Ok(Some(event)) => events.push(event),
                    Ok(None) => break,
                    Err(error) => return (events, session.take_output(), Some(error)),
                }
            }
        }
        (events, session.take_output(), None)
    }

    proptest! {
        #[test]
        fn it_does_not_depend_on_how_it_arrives(
            packets in prop::collection::vec(
                prop_oneof![
                    6 => (prop::sample::select(b"CHMRTLNBEADKU".to_vec()), prop::collection::vec(
                        prop_oneof![Just(0), Just(b'\n'), Just(b' '), Just(b'4'), any::<u8>()], 0..30,
                    )),
                    1 => (any::<u8>(), prop::collection::vec(any::<u8>(), 0..30)),
                ],
                0..20,
            ),
            steps in any::<u32>(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let offer = Agreement { version: 6, actions: 0x1FF, steps }.data();
            let mut wire = packet(b'O', &offer);
            wire.extend(packets.iter().flat_map(|(letter, data)| packet(*letter, data)));
            let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(wire.len() + 1)).collect();
            places.extend([0, wire.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &wire[pair[0]..pair[1]]).collect();
            prop_assert_eq!(whole(&pieces), whole(&[&wire]));
        }

        #[test]
        fn no_input_is_too_odd(packets in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..30)), 0..20)) {
            let mut session = agreed(6, 0);
            for (letter, data) in packets {
                session.receive(&packet(letter, &data));
                while let Ok(Some(_)) = session.next() {}
            }
        }
    }
}
