//! Replies (RFC 5321 §4.2), with enhanced status codes (RFC 2034, 3463).

use std::fmt;

/// Lines longer than this, and more octets in all than [`WHOLE`], are no reply of a mail server.
const LINE: usize = 4096;
const WHOLE: usize = 65_536;

/// A reply: a code and lines of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// The texts behind the code, at least one.
    pub(crate) lines: Vec<String>,
}

impl Reply {
    pub(crate) fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, lines: vec![text.into()] }
    }

    /// 2xx.
    pub(crate) const fn is_good(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx: it may be tried again.
    pub(crate) const fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// The enhanced status code that its text begins with, if it fits the code.
    pub(crate) fn enhanced(&self) -> Option<&str> {
        let word = self.lines.first()?.split(' ').next()?;
        let mut parts = word.split('.');
        let class = parts.next()?;
        let number =
            |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|o| o.is_ascii_digit());
        let rest = [parts.next()?, parts.next()?];
        let fits = class == (self.code / 100).to_string()
            && rest.iter().all(|part| number(part))
            && parts.next().is_none();
        fits.then_some(word)
    }

    /// The lines in one, for a log or to quote it.
    pub(crate) fn one_line(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
    }

    /// Appends it as it goes over the wire. Nothing in its text can begin a line of its own.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let last = self.lines.len().saturating_sub(1);
        for (index, line) in self.lines.iter().enumerate() {
            let separator = if index == last { ' ' } else { '-' };
            let text: String = line.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            out.extend_from_slice(format!("{:03}{separator}{text}\r\n", self.code).as_bytes());
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.one_line())
    }
}

/// Reads the replies of a server.
#[derive(Debug, Default)]
pub(crate) struct ReplyReader {
    input: Vec<u8>,
    from: usize,
    code: Option<u16>,
    lines: Vec<String>,
    octets: usize,
}

/// What came is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoReply(pub(crate) String);

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ReplyReader {
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.input.drain(..self.from);
        self.from = 0;
        self.input.extend_from_slice(octets);
    }

    /// The next whole reply, if it is there.
    pub(crate) fn next(&mut self) -> Result<Option<Reply>, NoReply> {
        loop {
            let rest = self.input.get(self.from..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                return match rest.len() > LINE {
                    true => Err(NoReply(format!("a line of its reply has over {LINE} octets"))),
                    false => Ok(None),
                };
            };
            let line = rest.get(..end).unwrap_or_default();
            let line =
                String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
            self.from += end + 1;
            self.octets += end;
            if self.octets > WHOLE {
                return Err(NoReply(format!("its reply has over {WHOLE} octets")));
            }
            let no_reply = || NoReply(format!("{line:?} is no reply of a mail server"));
            let (digits, text) = line.split_at_checked(3).ok_or_else(no_reply)?;
            let digits_alone = digits.bytes().all(|octet| octet.is_ascii_digit());
            let code: u16 = digits.parse().map_err(|_| no_reply())?;
            if !digits_alone
                || !(200..600).contains(&code)
                || *self.code.get_or_insert(code) != code
            {
                return Err(no_reply());
            }
            let (last, text) = match text.split_at_checked(1) {
                None => (true, ""),
                Some((" ", text)) => (true, text),
                Some(("-", text)) => (false, text),
                Some(_) => return Err(no_reply()),
            };
            self.lines.push(text.to_owned());
            if last {
                self.code = None;
                self.octets = 0;
                return Ok(Some(Reply { code, lines: std::mem::take(&mut self.lines) }));
            }
        }
    }

    /// Something came that belongs to no reply yet.
    pub(crate) fn has_more(&self) -> bool {
        self.from < self.input.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Reply>, NoReply> {
        let mut reader = ReplyReader::default();
        let mut replies = Vec::new();
        for octet in text.as_bytes().chunks(1) {
            reader.push(octet);
            while let Some(reply) = reader.next()? {
                replies.push(reply);
            }
        }
        Ok(replies)
    }

    #[test]
    fn replies_of_one_line_and_of_many() {
        let replies = read("220 hello\r\n250-a\r\n250-SIZE 1\r\n250 b\r\n354\r\n").unwrap();
        assert_eq!(replies[0], Reply::new(220, "hello"));
        assert_eq!(replies[1].lines, ["a", "SIZE 1", "b"]);
        assert_eq!(replies[2], Reply::new(354, ""));
    }

    #[test]
    fn what_is_no_reply() {
        for text in [
            "hello\r\n",
            "25\r\n",
            "250_x\r\n",
            "250-a\r\n251 b\r\n",
            "999 x\r\n",
            "+50 x\r\n",
            "\r\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert!(read(&"2".repeat(5000)).is_err());
        assert!(read(&"250-x\r\n".repeat(50_000)).is_err());
    }

    #[test]
    fn enhanced_codes_fit_the_code() {
        assert_eq!(Reply::new(250, "2.0.0 Ok").enhanced(), Some("2.0.0"));
        assert_eq!(Reply::new(550, "5.1.1").enhanced(), Some("5.1.1"));
        for (code, text) in
            [(250, "Ok"), (550, "4.1.1 x"), (550, "5.1 x"), (550, "5.1.1.1 x"), (550, "5..1 x")]
        {
            assert_eq!(Reply::new(code, text).enhanced(), None, "{text}");
        }
    }

    #[test]
    fn no_text_begins_a_line_of_its_own() {
        let mut out = Vec::new();
        Reply { code: 250, lines: vec!["a\r\n550 b".into(), "c".into()] }.write(&mut out);
        assert_eq!(out, b"250-a??550 b\r\n250 c\r\n");
    }
}
