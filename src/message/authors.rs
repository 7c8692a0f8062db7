//! What a header says to people: authors, decoded texts, times. Texts and times are parsed by
//! `mail-parser`; nothing here enters a hash.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use super::addresses::addresses;
use super::fields::{Field, Header};
use crate::time::UnixTime;

/// The addresses of every From field, in order (RFC 5322 §3.6.2).
pub fn authors(header: &Header) -> Vec<String> {
    header.fields().filter(|field| field.is_named("From")).flat_map(addresses).collect()
}

/// The decoded value of the topmost field of that name, as a mail reader would show it.
pub fn displayed(header: &Header, name: &str) -> Option<String> {
    let field = header.first(name)?;
    let value = terminated_value(field);
    let mut stream = MessageStream::new(&value);
    let text = match name {
        "From" | "To" => match stream.parse_address() {
            HeaderValue::Address(address) => address
                .iter()
                .map(|one| match (one.name.as_deref(), one.address.as_deref()) {
                    (Some(name), Some(address)) => format!("{name} <{address}>"),
                    (Some(only), None) | (None, Some(only)) => only.to_owned(),
                    (None, None) => String::new(),
                })
                .collect::<Vec<_>>()
                .join(", "),
            _ => String::new(),
        },
        "Date" => String::from_utf8_lossy(&value).trim().to_owned(),
        _ => stream.parse_unstructured().into_text().unwrap_or_default().into_owned(),
    };
    Some(text)
}

/// The time of the topmost Received field, behind its last semicolon (RFC 5321 §4.4).
pub fn received_time(header: &Header) -> Option<UnixTime> {
    let field = header.first("Received")?;
    let value = terminated_value(field);
    let date = value.get(memchr::memrchr(b';', &value)?.checked_add(1)?..)?;
    let date = MessageStream::new(date).parse_date().into_datetime()?;
    date.is_valid().then(|| date.to_timestamp().try_into().ok().map(UnixTime::from_seconds))?
}

/// The value with the line end that the parser waits for, and with what it takes for line ends
/// within the value made blanks, so that a bare LF hides nothing.
fn terminated_value(field: Field<'_>) -> Vec<u8> {
    let mut value = field.value().to_vec();
    for octet in &mut value {
        if matches!(octet, b'\r' | b'\n') {
            *octet = b' ';
        }
    }
    value.push(b'\n');
    value
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::HeaderReader;

    fn header(octets: &[u8]) -> Header {
        let mut reader = HeaderReader::new(100_000, 100);
        reader.push(octets).unwrap();
        reader.end().unwrap();
        reader.into_header()
    }

    #[test]
    fn every_author_of_every_from_field_is_named() {
        let header = header(
            b"From: \"Joe, Q\" <joe@example.com>,\r\n ann@example.org\r\nFrom : eve@example.net\r\n\r\n",
        );
        assert_eq!(authors(&header), ["joe@example.com", "ann@example.org", "eve@example.net"]);
    }

    #[test]
    fn groups_and_bare_line_feeds_hide_no_author() {
        assert_eq!(
            authors(&header(b"From: us: a@b.example, c@d.example;\r\n\r\n")),
            ["a@b.example", "c@d.example"]
        );
        assert_eq!(
            authors(&header(b"From: a@b.example,\nc@d.example\r\n\r\n")),
            ["a@b.example", "c@d.example"]
        );
    }

    #[test]
    fn display_values_are_decoded() {
        let header = header(
            b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n x\r\nFrom: =?utf-8?b?SsO2?= <j@e.example>\r\n\r\n",
        );
        assert_eq!(displayed(&header, "Subject").unwrap(), "grüße x");
        assert_eq!(displayed(&header, "From").unwrap(), "Jö <j@e.example>");
        assert_eq!(displayed(&header, "To"), None);
    }

    #[test]
    fn the_topmost_received_field_tells_the_time() {
        let header = header(
            b"Received: from a; b by c; Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\nReceived: x; Thu, 1 Jan 1970 00:00:01 +0000\r\n\r\n",
        );
        assert_eq!(received_time(&header), Some(UnixTime::from_seconds(1_057_982_514)));
        assert_eq!(received_time(&super::tests::header(b"Received: x\r\n\r\n")), None);
    }
}
