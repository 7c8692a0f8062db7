//! Packets: length, letter, data.

use std::fmt;

/// Octets of a packet that a mail server may send: a body chunk has 65,535 at most unless more is
/// agreed on, a header field as many as the server bears.
const PACKET: usize = 1 << 20;

/// A packet, without its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) letter: u8,
    pub(crate) data: Vec<u8>,
}

/// What came is no packet; nothing after it can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PacketError {
    Length(usize),
    Empty,
    /// The data of a packet of that letter is not what it must be.
    Data(u8, &'static str),
    /// A letter that no mail server sends.
    Unknown(u8),
}

impl fmt::Display for PacketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => write!(
                f,
                "a packet of {length} octets was announced, over the limit of {PACKET}: this is not the \
                 milter protocol"
            ),
            Self::Empty => f.write_str("a packet of no octets: this is not the milter protocol"),
            Self::Data(letter, wanted) => {
                write!(f, "the packet {:?} does not have {wanted}", char::from(*letter))
            }
            Self::Unknown(letter) => write!(f, "unknown packet {:?}", char::from(*letter)),
        }
    }
}

/// Cuts packets out of what arrives.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    input: Vec<u8>,
    from: usize,
}

impl Packets {
    /// Where the next octets are appended; there is room for some thousand.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        self.input.drain(..self.from);
        self.from = 0;
        crate::smtp::make_room(&mut self.input);
        &mut self.input
    }

    /// Puts the packet `E` without data before what is to come.
    pub(crate) fn put_back_end(&mut self) {
        const END: [u8; 5] = [0, 0, 0, 1, b'E'];
        self.input.drain(..self.from);
        self.from = 0;
        self.input.splice(..0, END);
    }

    /// The next whole packet, if it is there.
    pub(crate) fn next(&mut self) -> Result<Option<Packet>, PacketError> {
        let rest = self.input.get(self.from..).unwrap_or_default();
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > PACKET {
            return Err(PacketError::Length(length));
        }
        let Some(packet) = rest.get(..length) else { return Ok(None) };
        let (letter, data) = packet.split_first().ok_or(PacketError::Empty)?;
        let packet = Packet { letter: *letter, data: data.to_vec() };
        self.from += 4 + length;
        Ok(Some(packet))
    }
}

/// Appends a packet.
pub(crate) fn write(out: &mut Vec<u8>, letter: u8, parts: &[&[u8]]) {
    let length = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    // what we send is a header field at most
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(letter);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Texts that each end in NUL.
pub(crate) fn texts(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.strip_suffix(b"\0").map(|data| data.split(|octet| *octet == 0)).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_however_they_arrive() {
        let mut wire = Vec::new();
        write(&mut wire, b'L', &[b"Subject\0", b"x\0"]);
        write(&mut wire, b'N', &[]);
        for size in [1, 2, 5, 100] {
            let (mut packets, mut found) = (Packets::default(), Vec::new());
            for chunk in wire.chunks(size) {
                packets.room().extend_from_slice(chunk);
                while let Some(packet) = packets.next().unwrap() {
                    found.push(packet);
                }
            }
            assert_eq!(found.len(), 2);
            assert_eq!(found[0], Packet { letter: b'L', data: b"Subject\0x\0".to_vec() });
        }
    }

    #[test]
    fn what_is_no_packet() {
        for (wire, error) in [
            (&b"GET / HTTP/1.1"[..], PacketError::Length(0x4745_5420)),
            (b"\0\0\0\0", PacketError::Empty),
        ] {
            let mut packets = Packets::default();
            packets.room().extend_from_slice(wire);
            assert_eq!(packets.next(), Err(error));
        }
    }

    #[test]
    fn texts_end_in_nul() {
        assert_eq!(texts(b"a\0\0b\0").collect::<Vec<_>>(), [&b"a"[..], b"", b"b"]);
        assert_eq!(texts(b"a").count(), 0);
        assert_eq!(texts(b"\0").collect::<Vec<_>>(), [b""]);
    }
}
