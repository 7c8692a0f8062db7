//! DKIM quoted-printable, the encoding of `i=`, `z=` and `n=` (RFC 6376 §2.11).

use std::fmt;

/// Decodes a value: `=` and two upper-case hexadecimal digits for an octet, white space ignored.
///
/// # Errors
///
/// [`QuotedPrintableError`] at a `=` that is not followed by two upper-case hexadecimal digits.
///
/// ```
/// use waxseal::encoding::quoted_printable::decode;
///
/// assert_eq!(decode("foo=3Abar =\r\n 3B").unwrap_err().offset, 10);
/// assert_eq!(decode("foo=3A bar").unwrap(), b"foo:bar");
/// ```
pub fn decode(value: &str) -> Result<Vec<u8>, QuotedPrintableError> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut octets = value.bytes().enumerate();
    while let Some((offset, octet)) = octets.next() {
        match octet {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'=' => {
                let high = octets.next().and_then(|(_, digit)| hex_value(digit));
                let low = octets.next().and_then(|(_, digit)| hex_value(digit));
                match (high, low) {
                    (Some(high), Some(low)) => decoded.push(high << 4 | low),
                    _ => return Err(QuotedPrintableError { offset }),
                }
            }
            _ => decoded.push(octet),
        }
    }
    Ok(decoded)
}

/// Encodes octets: every one that is no dkim-safe-char (RFC 6376 §2.11), and those in `also`, as `=`
/// and two upper-case hexadecimal digits.
///
/// `;`, `=`, blanks, controls and octets past 0x7E are never safe. A `|` has to go as well within
/// `z=`, and a `:` within a field's value there.
///
/// ```
/// use waxseal::encoding::quoted_printable::encode;
///
/// assert_eq!(encode("a|b; é".as_bytes(), b"|"), "a=7Cb=3B=20=C3=A9");
/// ```
pub fn encode(octets: &[u8], also: &[u8]) -> String {
    let mut encoded = String::with_capacity(octets.len());
    for &octet in octets {
        // dkim-safe-char = %x21-3A / %x3C / %x3E-7E, RFC 6376 §2.11.
        let is_safe = matches!(octet, 0x21..=0x3a | 0x3c | 0x3e..=0x7e);
        if is_safe && !also.contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            encoded.push_str(&format!("={octet:02X}"));
        }
    }
    encoded
}

/// A `=` that does not begin an encoded octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedPrintableError {
    /// Where the `=` stands, in octets from the start of the value.
    pub offset: usize,
}

impl fmt::Display for QuotedPrintableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'=' at octet {} is not followed by two upper-case hex digits", self.offset)
    }
}

impl std::error::Error for QuotedPrintableError {}

fn hex_value(digit: u8) -> Option<u8> {
    // hex-octet = "=" 2("0"-"9" / "A"-"F"), RFC 6376 §2.11.
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn octets_are_decoded_and_white_space_ignored() {
        assert_eq!(decode("a=20b\r\n =FFc").unwrap(), b"a b\xffc");
    }

    #[test]
    fn every_octet_survives_and_what_is_unsafe_is_not_seen() {
        let all: Vec<u8> = (0..=255).collect();
        let encoded = encode(&all, b"|");
        assert_eq!(decode(&encoded).unwrap(), all);
        assert!(encoded.bytes().all(|octet| octet.is_ascii_graphic() && !b";|".contains(&octet)));
        assert_eq!(encode(b"plain:text|<>", b""), "plain:text|<>");
    }

    #[test]
    fn broken_escapes_are_located() {
        for value in ["=", "=4", "=4g", "=3a"] {
            assert_eq!(decode(value), Err(QuotedPrintableError { offset: 0 }), "{value}");
        }
    }
}
