//! One message through the core.

use waxseal::diagnose::{Bounds, Diagnosis};
use waxseal::verify::WarningCode;
use waxseal::{Diagnoser, Interest, Options, Report, Verifier};

use super::lookups::{Asking, Lookups};
use super::shown::{Onlooker, Shown};
use crate::input::{InputError, Message};
use crate::resolver::Resolver;

/// The report on one message, and what the report cannot tell.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The core's report, with the file.
    pub(crate) report: Report,
    pub(crate) shown: Shown,
    /// Why this is no message at all, where it is none.
    pub(crate) no_message: Option<&'static str>,
}

/// Verifies one message. An error in reading it is an error, never a verdict.
pub(crate) fn verify_message(
    message: &Message,
    options: &Options,
    resolver: &Resolver,
) -> Result<Verdict, InputError> {
    let mut verifier = Verifier::new(options.clone());
    let seen = read(message, options, resolver, &mut verifier)?;
    Ok(verdict(message, verifier.finish(), seen))
}

/// Verifies one message and finds out why its signatures fail.
pub(crate) fn diagnose_message(
    message: &Message,
    options: &Options,
    resolver: &Resolver,
) -> Result<(Verdict, Diagnosis), InputError> {
    let mut diagnoser = Diagnoser::new(options.clone(), Bounds::default());
    let seen = read(message, options, resolver, &mut diagnoser)?;
    let diagnosis = diagnoser.finish();
    Ok((verdict(message, diagnosis.report.clone(), seen), diagnosis))
}

/// What takes a message and asks the DNS.
trait Reading: Asking {
    fn push(&mut self, octets: &[u8]) -> Interest;
    fn end(&mut self);
}

impl Reading for Verifier {
    fn push(&mut self, octets: &[u8]) -> Interest {
        Self::push(self, octets)
    }

    fn end(&mut self) {
        Self::end(self);
    }
}

impl Reading for Diagnoser {
    fn push(&mut self, octets: &[u8]) -> Interest {
        Self::push(self, octets)
    }

    fn end(&mut self) {
        Self::end(self);
    }
}

fn read(
    message: &Message,
    options: &Options,
    resolver: &Resolver,
    reading: &mut impl Reading,
) -> Result<Seen, InputError> {
    let mut lookups = Lookups::new(resolver);
    let mut beginning = Beginning::default();
    let mut onlooker = Onlooker::new(&options.limits);
    let mut octets = message.octets()?;
    while let Some(block) = octets.next().map_err(|error| message.broken_off(error))? {
        beginning.push(block);
        onlooker.push(block);
        let interest = reading.push(block);
        lookups.advance(reading);
        if options.headers_only && interest == Interest::Nothing {
            break;
        }
    }
    reading.end();
    lookups.complete(reading);
    Ok(Seen { beginning, shown: onlooker.finish() })
}

/// What was seen of a message besides its verdict.
struct Seen {
    beginning: Beginning,
    shown: Shown,
}

fn verdict(message: &Message, mut report: Report, seen: Seen) -> Verdict {
    let Seen { beginning, shown } = seen;
    report.file = Some(message.name().to_owned());
    let is_malformed =
        report.warnings.iter().any(|warning| warning.code == WarningCode::MessageMalformed);
    let no_message = if is_malformed { beginning.no_message() } else { None };
    Verdict { report, shown, no_message }
}

/// The first octets of a message. A malformed message is still a message if it begins with a header
/// field; what does not is something else.
#[derive(Debug, Default)]
struct Beginning {
    octets: Vec<u8>,
}

/// Enough for the name of a field; the longest in use has some 40 octets.
const BEGINNING: usize = 200;

impl Beginning {
    fn push(&mut self, block: &[u8]) {
        let room = BEGINNING.saturating_sub(self.octets.len());
        self.octets.extend_from_slice(block.get(..room.min(block.len())).unwrap_or_default());
    }

    fn no_message(&self) -> Option<&'static str> {
        if self.octets.is_empty() {
            return Some("it is empty");
        }
        if self.octets.starts_with(b"\r\n") {
            return Some("it begins with an empty line, where a header field such as From stands");
        }
        // RFC 5322 §2.2: printable ASCII but the colon; §4.5 tolerates blanks before the colon.
        let name_octets =
            self.octets.iter().take_while(|octet| octet.is_ascii_graphic() && **octet != b':');
        let name = name_octets.count();
        let after = self.octets.get(name..).unwrap_or_default().trim_ascii_start();
        if name > 0 && after.starts_with(b":") {
            return None;
        }
        if self.octets.iter().any(|octet| *octet < b'\t') {
            return Some("it is binary, not text");
        }
        Some("it does not begin with a header field such as \"From: joe@example.com\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_with_a_field() {
        for text in ["Subject: x\r\n", "X-Odd_1!:", "From : a"] {
            assert_eq!(Beginning { octets: text.into() }.no_message(), None, "{text}");
        }
        for text in ["", "\r\nFrom: a", "Hello there: you", ": x", "\0\0", "[1, 2]"] {
            let beginning = Beginning { octets: text.into() };
            assert!(beginning.no_message().is_some(), "{text}");
        }
    }
}
