//! What a mail reader shows of a message, for a person to know it by; no verdict depends on it.

use waxseal::message::authors::displayed;
use waxseal::message::fields::Progress;
use waxseal::message::{Header, HeaderReader};
use waxseal::verify::Limits;

/// Decoded values of the topmost fields of these names; `None` where there is none.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) date: Option<String>,
}

impl Shown {
    fn of(header: &Header) -> Self {
        let value = |name| displayed(header, name);
        Self {
            from: value("From"),
            to: value("To"),
            subject: value("Subject"),
            date: value("Date"),
        }
    }
}

/// Looks on while a message goes by.
#[derive(Debug)]
pub(super) struct Onlooker {
    reader: HeaderReader,
    is_done: bool,
}

impl Onlooker {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { reader: HeaderReader::new(limits.header_octets, limits.fields), is_done: false }
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        // What is malformed ends the header: what stands above is shown.
        self.is_done = self.is_done || !matches!(self.reader.push(octets), Ok(Progress::More));
    }

    pub(super) fn finish(mut self) -> Shown {
        if !self.is_done {
            // The same.
            let _ = self.reader.end();
        }
        Shown::of(&self.reader.into_header())
    }
}
