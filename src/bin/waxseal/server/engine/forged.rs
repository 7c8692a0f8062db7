//! Authentication-Results fields that are none to us and some to a careless reader: behind a lone CR or
//! LF, behind a line that is no field, past the number of fields that we read. They cannot be taken away
//! without changing what is to arrive unchanged; whoever finds one refuses the message.

use memchr::memchr2;
use waxseal::auth_results;
use waxseal::message::{Header, HeaderReader};

/// In lower case.
const NAME: &[u8] = b"authentication-results";

/// Octets of one field that are looked at; a longer one is taken for forged.
const FIELD: usize = 65_536;

/// Fields that are remembered; one more is taken for forged.
const FIELDS: usize = 1000;

/// Reads a header as the most careless do: CR and LF each end a line, NUL is not there, lines that are no
/// fields are passed over. It goes on to the empty line of those who take LF alone for a line end.
#[derive(Debug)]
pub(super) struct CarelessReader {
    authserv_id: String,
    line: Line,
    /// Octets so far.
    at: u64,
    /// The present line, as far as the next LF, has nothing but CR.
    empty: bool,
    /// What is collected of a field, and where it began.
    field: Vec<u8>,
    began: u64,
    /// Where the fields begin that should be taken away.
    found: Vec<u64>,
    too_much: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing of it was seen.
    Start,
    /// So many octets of the name were there.
    Name(usize),
    /// The name was there, and the colon is due.
    BeforeColon,
    /// The value of such a field.
    Value,
    /// The same, and its line has ended: white space would go on with it.
    ValueEnded,
    /// Something else.
    Other,
    /// The header is over.
    Over,
}

impl CarelessReader {
    pub(super) fn new(authserv_id: &str) -> Self {
        Self {
            authserv_id: authserv_id.to_owned(),
            line: Line::Start,
            at: 0,
            empty: true,
            field: Vec::new(),
            began: 0,
            found: Vec::new(),
            too_much: false,
        }
    }

    /// Takes the next octets of the message, as it goes on.
    pub(super) fn push(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while let Some((&first, after)) = rest.split_first() {
            match self.line {
                Line::Over => return,
                Line::Other if !matches!(first, b'\r' | b'\n') => {
                    let length = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                    self.at += length as u64;
                    self.empty = false;
                    rest = rest.get(length..).unwrap_or_default();
                }
                _ => {
                    self.octet(first);
                    self.at += 1;
                    rest = after;
                }
            }
        }
    }

    /// Whether there is one that is not among those that are taken away.
    pub(super) fn has_forged(mut self, header: &Header, removals: &[usize]) -> bool {
        if matches!(self.line, Line::Value | Line::ValueEnded) {
            self.judge();
        }
        let mut start = 0_u64;
        let mut starts = Vec::with_capacity(header.fields().len());
        for field in header.fields() {
            starts.push(start);
            start += field.octets().len() as u64 + 2;
        }
        let is_removed = |place: &u64| {
            starts.binary_search(place).is_ok_and(|index| removals.binary_search(&index).is_ok())
        };
        self.too_much || !self.found.iter().all(is_removed)
    }

    fn octet(&mut self, octet: u8) {
        match octet {
            0 => return,
            b'\r' | b'\n' => return self.line_end(octet),
            _ => self.empty = false,
        }
        if self.line == Line::ValueEnded {
            match octet {
                b' ' | b'\t' => {
                    self.field.extend_from_slice(b"\r\n");
                    self.line = Line::Value;
                }
                _ => {
                    self.judge();
                    self.line = Line::Start;
                }
            }
        }
        self.line = match self.line {
            Line::Start if octet.eq_ignore_ascii_case(&NAME[0]) => {
                self.began = self.at;
                Line::Name(1)
            }
            Line::Name(length) => match NAME.get(length) {
                Some(next) if octet.eq_ignore_ascii_case(next) => Line::Name(length + 1),
                None => self.before_colon(octet),
                Some(_) => Line::Other,
            },
            Line::BeforeColon => self.before_colon(octet),
            Line::Value => {
                if self.field.len() < FIELD {
                    self.field.push(octet);
                } else {
                    self.too_much = true;
                }
                Line::Value
            }
            Line::Over => Line::Over,
            _ => Line::Other,
        };
    }

    fn before_colon(&mut self, octet: u8) -> Line {
        match octet {
            b':' => {
                self.field.clear();
                self.field.extend_from_slice(NAME);
                self.field.push(b':');
                Line::Value
            }
            b' ' | b'\t' => Line::BeforeColon,
            _ => Line::Other,
        }
    }

    fn line_end(&mut self, octet: u8) {
        let is_value = matches!(self.line, Line::Value | Line::ValueEnded);
        if octet == b'\n' {
            if self.empty && self.at > 0 {
                if is_value {
                    self.judge();
                }
                self.line = Line::Over;
                return;
            }
            self.empty = true;
        }
        self.line = if is_value { Line::ValueEnded } else { Line::Start };
    }

    /// The field is whole.
    fn judge(&mut self) {
        if self.carries_our_name() {
            if self.found.len() < FIELDS {
                self.found.push(self.began);
            } else {
                self.too_much = true;
            }
        }
        self.field.clear();
    }

    /// Whether the field is one to be taken away that somebody could take for ours. What names nobody, or is
    /// no such field at all, is taken away where that can be done, and no reason to refuse a message.
    fn carries_our_name(&self) -> bool {
        let mut reader = HeaderReader::new(FIELD + 100, 1);
        let good = reader.push(&self.field).is_ok() && reader.end().is_ok();
        let header = reader.into_header();
        if good && auth_results::to_remove(&header, &self.authserv_id).is_empty() {
            return false;
        }
        let value = self.field.get(NAME.len() + 1..).unwrap_or_default();
        let named = auth_results::parse(value).ok().and_then(|results| results.authserv_id);
        let text = String::from_utf8_lossy(value).to_lowercase();
        named.is_some_and(|name| auth_results::same_authserv_id(&name, &self.authserv_id))
            || text.contains(&self.authserv_id.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_forged(message: &[u8]) -> bool {
        let judge = |size: usize| {
            let mut careless = CarelessReader::new("mx.example");
            let mut reader = Some(HeaderReader::new(100_000, 10));
            let mut header = Header::default();
            for piece in message.chunks(size) {
                careless.push(piece);
                if let Some(mut strict) = reader.take() {
                    match strict.push(piece) {
                        Ok(waxseal::message::fields::Progress::More) => reader = Some(strict),
                        _ => header = strict.into_header(),
                    }
                }
            }
            if let Some(mut strict) = reader {
                let _ = strict.end();
                header = strict.into_header();
            }
            let removals = auth_results::to_remove(&header, "mx.example");
            careless.has_forged(&header, &removals)
        };
        let whole = judge(message.len().max(1));
        for size in [1, 2, 7] {
            assert_eq!(judge(size), whole, "pieces of {size}");
        }
        whole
    }

    #[test]
    fn what_is_taken_away_is_no_danger() {
        for message in [
            &b"A: b\r\nAuthentication-Results: mx.example; dkim=pass\r\nC: d\r\n\r\nx"[..],
            b"authentication-results :\r\n\t(x)\r\n MX.example; dkim=pass\r\n\r\n",
            b"Authentication-Results: mx.example; dkim=pass",
            b"Authentication-Results: mx.exa\rmple; dkim=pass\r\n\r\n",
            b"Authentication-Results: \0mx.example; dkim=pass\r\n\r\n",
        ] {
            assert!(!has_forged(message), "{:?}", String::from_utf8_lossy(message));
        }
    }

    #[test]
    fn what_others_said_and_what_a_body_says_is_none() {
        for message in [
            &b"A: b\nAuthentication-Results: other.example; dkim=pass\r\n\r\nx"[..],
            b"A: b\r\n\r\nAuthentication-Results: mx.example; dkim=pass\r\n",
            b"A: b\n\nAuthentication-Results: mx.example; dkim=pass\n",
            b"A: b\nX-Authentication-Results: mx.example; dkim=pass\r\n\r\n",
            b"A: b\nAuthentication-Results-X: mx.example; dkim=pass\r\n\r\n",
            b"A: b\n Authentication-Results: mx.example; dkim=pass\r\n\r\n",
            // a real one that names nobody, behind a line that a mailbox has left
            b">From joe 10:00\r\nAuthentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n\r\n",
            b"A: b\nAuthentication-Results: ;;;\r\n\r\n",
            b"",
        ] {
            assert!(!has_forged(message), "{:?}", String::from_utf8_lossy(message));
        }
    }

    #[test]
    fn what_a_careless_reader_takes_for_ours_is_found() {
        const OURS: &[u8] = b"Authentication-Results: mx.example; dkim=pass\r\n";
        for before in [
            &b"A: b\n"[..],
            b"A: b\r",
            b"A: b\r\r",
            b"A: b\n\0",
            b"A: b\r\nno field\r\n",
            b"From x 10:00\r\nno field\n",
            &b"A: b\r\n".repeat(10),
        ] {
            let message = [before, OURS, b"\r\nbody"].concat();
            assert!(has_forged(&message), "{:?}", String::from_utf8_lossy(before));
        }
        for value in ["(we) \"MX.example\" 1; dkim=pass", "x mx.example; dkim=pass", "mx.example"] {
            let message = format!("A: b\nAuthentication-Results: {value}\r\n\r\n");
            assert!(has_forged(message.as_bytes()), "{value}");
        }
        assert!(has_forged(b"A: b\nAuthentication\0-Results\t:\n\tmx.example; dkim=pass\n"));
    }
}
