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
    fn broken_escapes_are_located() {
        for value in ["=", "=4", "=4g", "=3a"] {
            assert_eq!(decode(value), Err(QuotedPrintableError { offset: 0 }), "{value}");
        }
    }
}
