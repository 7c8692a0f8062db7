//! Fields of addresses: written otherwise, or replaced by a mailing list.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis::{AddressFormat, FromRewritten};
use crate::diagnose::text::{find, replace};

const FIELDS: [&str; 5] = ["From", "To", "Cc", "Reply-To", "Sender"];

/// Where lists leave the author that they have replaced.
const AUTHORS: [&str; 5] = ["Reply-To", "Cc", "Mail-Followup-To", "X-Sender", "Sender"];

/// How many addresses of a field are read.
const MOST_ADDRESSES: usize = 100;

/// How many of such fields are looked at.
const MOST_AUTHORS: usize = 8;

/// An address and the name before or behind it, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mailbox {
    name: Vec<u8>,
    address: Vec<u8>,
}

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    if !FIELDS.iter().any(|name| slot.is_named(name)) {
        return;
    }
    let value = slot.value();
    let mailboxes = parse(value);
    if slot.is_named("From") {
        add_authors(&mailboxes, found);
    }
    if mailboxes.is_empty() {
        return;
    }
    found.value(AddressFormat, false, &replace(value, b"\"<", b"\" <"));
    found.value(AddressFormat, false, &replace(value, b"\" <", b"\"<"));
    for manner in 0..MANNERS {
        for separator in [&b", "[..], b","] {
            let mut written = Vec::new();
            for mailbox in &mailboxes {
                if !written.is_empty() {
                    written.extend_from_slice(separator);
                }
                written.extend_from_slice(&mailbox.written(manner));
            }
            found.value(AddressFormat, false, &written);
        }
    }
}

/// "Joe via List" with an address of the list, the author in another field.
fn add_authors(present: &[Mailbox], found: &mut Alternatives<'_>) {
    let header = found.context.header;
    let name = present.first().map(|one| one.name.as_slice()).unwrap_or_default();
    let end = [&b" via "[..], b" (via "].iter().filter_map(|via| find(name, via)).min();
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
    let name = name.strip_prefix(b"'").unwrap_or(name);
    let name = name.strip_suffix(b"'").unwrap_or(name);
    let fields = header.fields().filter(|field| AUTHORS.iter().any(|name| field.is_named(name)));
    for field in fields.take(MOST_AUTHORS) {
        let value = field.value().trim_ascii();
        found.value(FromRewritten, true, value);
        for author in parse(value).into_iter().take(4) {
            for name in [name, &author.name] {
                let author = Mailbox { name: name.to_vec(), ..author.clone() };
                for manner in 0..MANNERS {
                    found.value(FromRewritten, manner < 2, &author.written(manner));
                }
            }
        }
    }
}

/// In how many manners a mailbox is written.
const MANNERS: u8 = 5;

impl Mailbox {
    fn written(&self, manner: u8) -> Vec<u8> {
        let Self { name, address } = self;
        let (name, address) = (name.as_slice(), address.as_slice());
        match manner {
            0 if !name.is_empty() => [name, b" <", address, b">"].concat(),
            1 if !name.is_empty() => [b"\"", name, b"\" <", address, b">"].concat(),
            2 if !name.is_empty() => [address, b" (", name, b")"].concat(),
            3 => [b"<", address, b">"].concat(),
            _ => address.to_vec(),
        }
    }
}

/// The mailboxes of a field; none where something in it cannot be read.
fn parse(value: &[u8]) -> Vec<Mailbox> {
    let mut mailboxes = Vec::new();
    let mut in_quotes = false;
    let parts = value.split(|octet| {
        in_quotes ^= *octet == b'"';
        *octet == b',' && !in_quotes
    });
    for part in parts {
        match mailbox(part) {
            Some(mailbox) if mailboxes.len() < MOST_ADDRESSES => mailboxes.push(mailbox),
            _ => return Vec::new(),
        }
    }
    mailboxes
}

fn mailbox(text: &[u8]) -> Option<Mailbox> {
    let text = text.trim_ascii();
    let (name, address) = if let Some(rest) = text.strip_suffix(b">") {
        let at = memchr::memrchr(b'<', rest)?;
        (rest.get(..at)?, rest.get(at.checked_add(1)?..)?)
    } else if let Some(rest) = text.strip_suffix(b")") {
        let at = memchr::memchr(b'(', rest)?;
        (rest.get(at.checked_add(1)?..)?, rest.get(..at)?)
    } else {
        (&b""[..], text)
    };
    let name = name.trim_ascii();
    let unquoted = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\""));
    let address = address.trim_ascii();
    let is_address = address.contains(&b'@') && !address.iter().any(u8::is_ascii_whitespace);
    is_address
        .then(|| Mailbox { name: unquoted.unwrap_or(name).to_vec(), address: address.to_vec() })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn mailboxes_are_read_and_written() {
        let found = parse(b"\"Doe, J\" <j@a>, k@b (Kim), <l@c>,\r\n m@d");
        let written = |manner| {
            let all: Vec<_> = found.iter().map(|one| one.written(manner)).collect();
            String::from_utf8(all.join(&b", "[..])).unwrap()
        };
        assert_eq!(written(0), "Doe, J <j@a>, Kim <k@b>, l@c, m@d");
        assert_eq!(written(1), "\"Doe, J\" <j@a>, \"Kim\" <k@b>, l@c, m@d");
        assert_eq!(written(2), "j@a (Doe, J), k@b (Kim), l@c, m@d");
        assert_eq!(written(3), "<j@a>, <k@b>, <l@c>, <m@d>");
        assert_eq!(written(4), "j@a, k@b, l@c, m@d");
        assert_eq!(parse(b"undisclosed-recipients:;"), []);
        assert_eq!(parse(b""), []);
    }
}
