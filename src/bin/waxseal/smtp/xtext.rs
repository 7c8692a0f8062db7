//! xtext (RFC 3461 §4): octets in printable ASCII.

/// Decodes xtext; `None` where it is none.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(octet) = rest.next() {
        match octet {
            b'+' => {
                let (high, low) = (hex(*rest.next()?)?, hex(*rest.next()?)?);
                decoded.push(high << 4 | low);
            }
            b'!'..=b'~' => decoded.push(*octet),
            _ => return None,
        }
    }
    Some(decoded)
}

/// Encodes as xtext.
pub(crate) fn encode(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    let mut encoded = String::with_capacity(octets.len());
    for octet in octets {
        match octet {
            b'+' | b'=' | 0..=b' ' | 0x7F.. => {
                encoded.push('+');
                encoded.push(digit(octet >> 4));
                encoded.push(digit(*octet));
            }
            _ => encoded.push(char::from(*octet)),
        }
    }
    encoded
}

/// Upper-case hexadecimal digits alone are allowed; we are not so strict.
fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(encode(&all).as_bytes()), Some(all));
        assert_eq!(encode("a+b=ü".as_bytes()), "a+2Bb+3D+C3+BC");
        assert_eq!(decode(b"a+2Bb"), Some(b"a+b".to_vec()));
    }

    #[test]
    fn what_is_no_xtext() {
        for text in [&b"a b"[..], b"+", b"+2", b"+xx", b"\x80", b"a\0"] {
            assert_eq!(decode(text), None);
        }
    }
}
