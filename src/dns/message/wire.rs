//! Reading the octets of a DNS message: fields, names, records (RFC 1035 §4.1).

use super::{MessageError, MessageErrorKind, OPT};
use crate::name::DomainName;

/// The EDNS option of extended DNS errors (RFC 8914 §2).
const EXTENDED_ERROR: u16 = 15;

/// Characters kept of the text beside an extended error.
const MAX_ERROR_TEXT: usize = 120;

/// Labels in lower case, each after its length, without the root's zero: equal names, equal octets.
pub(super) type WireName = Vec<u8>;

pub(super) fn wire_name(name: &DomainName) -> WireName {
    let mut wire = WireName::with_capacity(DomainName::MAX_OCTETS);
    for label in name.labels() {
        // The low octet is the whole length: a `DomainName` has no label over 63 octets.
        let [length, ..] = label.len().to_le_bytes();
        wire.push(length);
        wire.extend(label.bytes());
    }
    wire
}

/// The name as a master file has it (RFC 1035 §5.1), without the final dot.
pub(super) fn shown(name: &WireName) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name.as_slice();
    if rest.is_empty() {
        return ".".to_owned();
    }
    while let Some((&length, tail)) = rest.split_first() {
        let (label, after) = tail.split_at_checked(length.into()).unwrap_or((tail, &[]));
        if !text.is_empty() {
            text.push('.');
        }
        for &octet in label {
            match octet {
                b'-' | b'_' | b'*' | b'0'..=b'9' | b'a'..=b'z' => text.push(char::from(octet)),
                _ => text.push_str(&format!("\\{octet:03}")),
            }
        }
        rest = after;
    }
    text
}

pub(super) struct Record<'a> {
    pub(super) owner: WireName,
    pub(super) kind: u16,
    pub(super) class: u16,
    pub(super) ttl: u32,
    /// Ends where the record ends.
    pub(super) data: Reader<'a>,
}

/// Reads forward through `message` from `at`.
pub(super) struct Reader<'a> {
    pub(super) message: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], MessageError> {
        let end = self.at.saturating_add(length);
        let cut_short = MessageErrorKind::CutShort.at(self.at);
        let octets = self.message.get(self.at..end).ok_or(cut_short)?;
        self.at = end;
        Ok(octets)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MessageError> {
        let cut_short = MessageErrorKind::CutShort.at(self.at);
        self.take(N)?.first_chunk().copied().ok_or(cut_short)
    }

    pub(super) fn u16(&mut self) -> Result<u16, MessageError> {
        self.array().map(u16::from_be_bytes)
    }

    /// A time to live: with the highest bit set it is zero (RFC 2181 §8).
    fn seconds(&mut self) -> Result<u32, MessageError> {
        let seconds = u32::from_be_bytes(self.array()?);
        Ok(if seconds > i32::MAX.unsigned_abs() { 0 } else { seconds })
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.message.len()
    }

    pub(super) fn name(&mut self) -> Result<WireName, MessageError> {
        let start = self.at;
        let mut name = WireName::new();
        let mut reader = Reader { message: self.message, at: start };
        let mut segment = start;
        let mut after = None;
        // 127 labels fill a name; with a pointer before each and the root at the end these are the
        // steps of the longest honest one. More are pointers to pointers.
        for _ in 0..=255 {
            let at = reader.at;
            let [length] = reader.array()?;
            match length {
                0 => {
                    self.at = after.unwrap_or(reader.at);
                    return Ok(name);
                }
                1..=63 => {
                    name.push(length);
                    name.extend(reader.take(length.into())?.iter().map(u8::to_ascii_lowercase));
                    if name.len() > 254 {
                        break;
                    }
                }
                0xc0..=0xff => {
                    let [low] = reader.array()?;
                    let target = u16::from_be_bytes([length & 0x3f, low]).into();
                    // RFC 1035 §4.1.4: a pointer leads to a prior occurrence. Each one leading
                    // before the labels it ends, none can come round again.
                    if target >= segment {
                        return Err(MessageErrorKind::BadPointer.at(at));
                    }
                    after.get_or_insert(reader.at);
                    segment = target;
                    reader.at = target;
                }
                _ => return Err(MessageErrorKind::BadLabel.at(at)),
            }
        }
        Err(MessageErrorKind::NameTooLong.at(start))
    }

    pub(super) fn record(&mut self) -> Result<Record<'a>, MessageError> {
        let owner = self.name()?;
        let (kind, class) = (self.u16()?, self.u16()?);
        // In OPT it is no TTL (RFC 6891 §6.1.3).
        let ttl = if kind == OPT { u32::from_be_bytes(self.array()?) } else { self.seconds()? };
        let length = self.u16()?;
        let start = self.at;
        self.take(length.into())?;
        let message = self.message.get(..self.at).unwrap_or_default();
        Ok(Record { owner, kind, class, ttl, data: Reader { message, at: start } })
    }

    /// TXT data: one or more strings (RFC 1035 §3.3.14), joined (RFC 6376 §3.6.2.2).
    pub(super) fn strings(&mut self) -> Result<Vec<u8>, MessageError> {
        let mut joined = Vec::new();
        loop {
            let [length] = self.array()?;
            joined.extend(self.take(length.into())?);
            if self.is_at_end() {
                return Ok(joined);
            }
        }
    }

    pub(super) fn whole_name(&mut self) -> Result<WireName, MessageError> {
        let name = self.name()?;
        if !self.is_at_end() {
            return Err(MessageErrorKind::TrailingOctets.at(self.at));
        }
        Ok(name)
    }

    /// The last field of an SOA record: how long an absence holds, in seconds (RFC 2308 §4).
    pub(super) fn soa_minimum(&mut self) -> Result<u32, MessageError> {
        self.name()?;
        self.name()?;
        // SERIAL, REFRESH, RETRY, EXPIRE (RFC 1035 §3.3.13)
        self.take(16)?;
        self.seconds()
    }

    /// The first extended error among EDNS options: its code and its text, made fit to print.
    pub(super) fn extended_error(&mut self) -> Result<Option<(u16, String)>, MessageError> {
        let mut error = None;
        while !self.is_at_end() {
            let (option, length) = (self.u16()?, self.u16()?);
            let value = self.take(length.into())?;
            if let (EXTENDED_ERROR, None, Some((code, text))) =
                (option, &error, value.split_first_chunk())
            {
                error = Some((u16::from_be_bytes(*code), printable(text)));
            }
        }
        Ok(error)
    }
}

/// Text from a stranger on its way to a terminal, a log and a header field.
fn printable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
        .chars()
        .take(MAX_ERROR_TEXT)
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
        .collect()
}
