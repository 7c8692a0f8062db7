//! A message that a mail server tells us of, and what is to be changed of it.

use std::collections::HashMap;
use std::io;

use waxseal::sign::SignLimits;

use crate::milter::reply;
use crate::server::engine::{Examination, Outcome};
use crate::server::log::Entry;
use crate::server::lookups::Lookups;
use crate::server::shared::Shared;
use crate::server::spool::Spool;

/// A message that is arriving.
pub(super) struct Message {
    pub(super) examination: Examination,
    pub(super) lookups: Lookups,
    pub(super) entry: Entry,
    pub(super) content: Content,
}

/// What the mail server has of it.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The fields as the mail server calls them, in order.
    fields: Vec<Field>,
    pub(super) size: u64,
    field_octets: usize,
    /// Lone CR and LF that were taken out of fields.
    lone_cr: u64,
    lone_lf: u64,
    /// The message as it should be, where that may be different from what the mail server has.
    repaired: Option<io::Result<Spool>>,
    /// Octets of it that are kept in memory.
    memory: usize,
}

#[derive(Debug)]
struct Field {
    name: Vec<u8>,
    /// As it came; kept only where it may be changed.
    octets: Vec<u8>,
}

/// A message that should be changed and cannot be.
#[derive(Debug)]
pub(super) struct Unchangeable(pub(super) String);

impl Message {
    pub(super) fn new(
        examination: Examination,
        lookups: Lookups,
        entry: Entry,
        memory: usize,
    ) -> Self {
        let repaired = examination.may_change().then(|| Ok(Spool::default()));
        let content = Content { repaired, memory, ..Content::default() };
        Self { examination, lookups, entry, content }
    }

    pub(super) fn field(&mut self, name: Vec<u8>, octets: Vec<u8>, shared: &Shared) {
        // past the limits the header is not read any further, and so nothing of the rest is changed
        let limits = SignLimits::default();
        self.content.field_octets = self.content.field_octets.saturating_add(octets.len());
        if self.content.fields.len() >= limits.fields
            || self.content.field_octets > limits.header_octets
        {
            self.push(&octets, shared);
            return;
        }
        if self.content.repaired.is_none() {
            self.push(&octets, shared);
            self.content.fields.push(Field { name, octets: Vec::new() });
        } else {
            let whole = in_one_piece(&octets);
            for (came, goes) in octets.iter().zip(&whole).filter(|(came, goes)| came != goes) {
                debug_assert_eq!(*goes, b' ');
                match came {
                    b'\r' => self.content.lone_cr += 1,
                    _ => self.content.lone_lf += 1,
                }
            }
            self.push(&whole, shared);
            self.content.fields.push(Field { name, octets });
        }
    }

    pub(super) fn push(&mut self, octets: &[u8], shared: &Shared) {
        let Self { examination, content, .. } = self;
        content.size += octets.len() as u64;
        examination.push(octets, &mut |octets| content.keep(octets, shared));
    }

    pub(super) fn end(&mut self, shared: &Shared) {
        let Self { examination, content, .. } = self;
        examination.end(&mut |octets| content.keep(octets, shared));
    }
}

impl Content {
    fn keep(&mut self, octets: &[u8], shared: &Shared) {
        if let Some(Ok(spool)) = &mut self.repaired
            && let Err(error) = spool.push(octets, self.memory, &shared.spool_folder)
        {
            self.repaired = Some(Err(error));
        }
    }

    /// Adds what was found in fields to what was found in the message.
    pub(super) fn add_to(&self, outcome: &mut Outcome) {
        outcome.findings.lone_cr += self.lone_cr;
        outcome.findings.lone_lf += self.lone_lf;
        outcome.normalized |= self.lone_cr + self.lone_lf > 0;
    }

    /// Asks for the changes of the header: other values where a field was repaired, and the removals. The
    /// count within a name is what the protocol knows; from the last to the first, or the numbers of those
    /// that follow would change.
    pub(super) fn change_fields(
        &self,
        outcome: &Outcome,
        leading_space: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Unchangeable> {
        let header = &outcome.header;
        if header.fields().len() > self.fields.len() {
            let why = "it has more fields than the mail server told of";
            return Err(Unchangeable(why.to_owned()));
        }
        let mut counts: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut numbered = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let nth = counts.entry(field.name.to_ascii_lowercase()).or_default();
            *nth += 1;
            numbered.push((*nth, field));
        }
        for (index, (nth, field)) in numbered.into_iter().enumerate().rev() {
            if outcome.removals.binary_search(&index).is_ok() {
                reply::delete_field(out, nth, &field.name);
            } else if outcome.normalized
                && let Some(repaired) = header.field(index)
                && field.octets.strip_suffix(b"\r\n") != Some(repaired.octets())
            {
                reply::change_field(out, nth, &field.name, repaired.value(), leading_space);
            }
        }
        Ok(())
    }

    /// The message as it should be, and where its body begins there; nothing where it is that already.
    pub(super) fn repaired(
        &mut self,
        outcome: &Outcome,
    ) -> Result<Option<(&mut Spool, u64)>, Unchangeable> {
        if !outcome.normalized {
            return Ok(None);
        }
        let header = outcome.header.octets();
        if !header.ends_with(b"\r\n\r\n") {
            return Err(Unchangeable("its header cannot be read".to_owned()));
        }
        match &mut self.repaired {
            Some(Ok(spool)) => Ok(Some((spool, header.len() as u64))),
            Some(Err(error)) => Err(Unchangeable(format!("it cannot be spooled: {error}"))),
            None => Ok(None),
        }
    }
}

/// The field with blanks for every CR and LF that would end it, or a line of it, elsewhere than the mail
/// server says: CR and LF alone, and CRLF that no blank follows.
fn in_one_piece(octets: &[u8]) -> Vec<u8> {
    let mut whole = octets.to_vec();
    let last = whole.len().saturating_sub(2);
    let at = |index: usize| octets.get(index).copied();
    let folds = |index: usize| {
        at(index) == Some(b'\r')
            && at(index + 1) == Some(b'\n')
            && matches!(at(index + 2), Some(b' ' | b'\t'))
    };
    for (index, octet) in whole.iter_mut().enumerate().take(last) {
        let fold = folds(index) || index.checked_sub(1).is_some_and(folds);
        if matches!(octet, b'\r' | b'\n') && !fold {
            *octet = b' ';
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_stays_one_field() {
        for (came, whole) in [
            (&b"A: b\r\n c\r\n\td\r\n"[..], &b"A: b\r\n c\r\n\td\r\n"[..]),
            (b"A: b\nC: d\r\n", b"A: b C: d\r\n"),
            (b"A: b\r\nC: d\r\n", b"A: b  C: d\r\n"),
            (b"A: b\rc\r\r\n d\r\n", b"A: b c \r\n d\r\n"),
            (b"A: b\n\r\n", b"A: b \r\n"),
            (b"A:\r\n", b"A:\r\n"),
        ] {
            assert_eq!(in_one_piece(came), whole, "{:?}", String::from_utf8_lossy(came));
        }
    }
}
