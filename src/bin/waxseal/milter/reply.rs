//! What a filter says.

use super::packet;

/// Go on.
pub(crate) fn go_on(out: &mut Vec<u8>) {
    packet::write(out, b'c', &[]);
}

/// We are still at it.
pub(crate) fn progress(out: &mut Vec<u8>) {
    packet::write(out, b'p', &[]);
}

/// A reply of our own to the client: a code, an enhanced code and a text of one line. A percent sign is
/// doubled, as the mail server formats the text.
pub(crate) fn reply_code(out: &mut Vec<u8>, text: &str) {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    packet::write(out, b'y', &[text.replace('%', "%%").as_bytes(), b"\0"]);
}

/// Try again later.
pub(crate) fn temporary_failure(out: &mut Vec<u8>) {
    packet::write(out, b't', &[]);
}

/// Put the message aside, with a reason.
pub(crate) fn quarantine(out: &mut Vec<u8>, reason: &str) {
    packet::write(out, b'q', &[reason.replace('\0', " ").as_bytes(), b"\0"]);
}

/// A field as the server wants it: name, and value with the blank behind the colon only where that was
/// agreed on, lines ending in LF.
pub(crate) fn insert_field(
    out: &mut Vec<u8>,
    index: u32,
    name: &str,
    value: &str,
    leading_space: bool,
) {
    let value = told(value.as_bytes(), leading_space);
    packet::write(out, b'i', &[&index.to_be_bytes(), name.as_bytes(), b"\0", &value, b"\0"]);
}

/// Gives the field of that name that is the `nth` of its name, counted from 1, another value; as in
/// [`insert_field`].
pub(crate) fn change_field(
    out: &mut Vec<u8>,
    nth: u32,
    name: &[u8],
    value: &[u8],
    leading_space: bool,
) {
    let value = told(value, leading_space);
    packet::write(out, b'm', &[&nth.to_be_bytes(), name, b"\0", &value, b"\0"]);
}

/// Octets of the body that takes the place of the one that came; the first replaces all of it, more are
/// appended. At most [`BODY`] of them.
pub(crate) fn replace_body(out: &mut Vec<u8>, octets: &[u8]) {
    packet::write(out, b'b', &[octets]);
}

/// Octets of a body in one packet, with which every mail server can deal.
pub(crate) const BODY: usize = 65_535;

/// A value as the server wants it. A NUL would end it.
fn told(value: &[u8], leading_space: bool) -> Vec<u8> {
    let value = if leading_space { value } else { value.strip_prefix(b" ").unwrap_or(value) };
    let mut told = Vec::with_capacity(value.len());
    for (index, octet) in value.iter().enumerate() {
        if *octet == 0 || (*octet == b'\r' && value.get(index + 1) == Some(&b'\n')) {
            continue;
        }
        told.push(*octet);
    }
    told
}

/// Deletes the field of that name that is the `nth` of its name, counted from 1. Later ones of the name
/// move up: delete from the last to the first.
pub(crate) fn delete_field(out: &mut Vec<u8>, nth: u32, name: &[u8]) {
    packet::write(out, b'm', &[&nth.to_be_bytes(), name, b"\0", b"\0"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_on_the_wire() {
        let mut out = Vec::new();
        insert_field(&mut out, 0, "X-A", " b\r\n\tc", true);
        assert_eq!(out, b"\0\0\0\x0F\x69\0\0\0\0X-A\0 b\n\tc\0");
        out.clear();
        insert_field(&mut out, 1, "X-A", " b", false);
        assert_eq!(out, b"\0\0\0\x0Bi\0\0\0\x01X-A\0b\0");
        out.clear();
        delete_field(&mut out, 2, b"X-A");
        assert_eq!(out, b"\0\0\0\x0Am\0\0\0\x02X-A\0\0");
        out.clear();
        change_field(&mut out, 2, b"X-A", b" b\r\n c\0d", true);
        assert_eq!(out, b"\0\0\0\x10m\0\0\0\x02X-A\0 b\n cd\0");
        out.clear();
        replace_body(&mut out, b"x\r\n");
        assert_eq!(out, b"\0\0\0\x04bx\r\n");
        out.clear();
        reply_code(&mut out, "550 5.7.20 100%\r\nbad");
        assert_eq!(out, b"\0\0\0\x17y550 5.7.20 100%%  bad\0");
    }
}
