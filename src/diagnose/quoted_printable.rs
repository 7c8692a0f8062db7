//! Quoted-printable text (RFC 2045 §6.7), as different programs write it.

use super::text::{is_blank, lines, trim_end, trim_line_end};

/// The octets that the text stands for; what is no quoted-printable stands for itself.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    for line in lines(text) {
        let content = trim_line_end(line);
        let end = line.get(content.len()..).unwrap_or_default();
        let mut rest = trim_end(content);
        let is_soft = rest.ends_with(b"=");
        rest = rest.strip_suffix(b"=").unwrap_or(rest);
        while let Some((&octet, after)) = rest.split_first() {
            let escaped = match (octet, after) {
                (b'=', [high, low, after @ ..]) => {
                    hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, after))
                }
                _ => None,
            };
            let (octet, after) = escaped.unwrap_or((octet, after));
            decoded.push(octet);
            rest = after;
        }
        if !is_soft {
            decoded.extend_from_slice(end);
        }
    }
    decoded
}

/// The text for octets, its lines at most `width` columns long; with `careful` also what relays touch
/// is escaped: dots and `From ` at the starts of lines.
pub(super) fn encode(octets: &[u8], width: usize, careful: bool) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(octets.len());
    for line in lines(octets) {
        let content = trim_line_end(line);
        let mut column = 0_usize;
        for (at, &octet) in content.iter().enumerate() {
            let rest = content.get(at..).unwrap_or_default();
            let is_last = rest.len() == 1;
            let is_touched =
                careful && column == 0 && (octet == b'.' || rest.starts_with(b"From "));
            let is_safe = match octet {
                b' ' | b'\t' => !is_last,
                b'=' => false,
                _ => octet.is_ascii_graphic() && !is_touched,
            };
            let size = if is_safe { 1 } else { 3 };
            // The last of a line needs no room for the soft line break.
            let room = width.saturating_sub(usize::from(!is_last));
            if column.saturating_add(size) > room {
                encoded.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if is_safe {
                encoded.push(octet);
            } else {
                encoded.extend_from_slice(&[b'=', digit(octet >> 4), digit(octet & 15)]);
            }
            column = column.saturating_add(size);
        }
        encoded.extend_from_slice(line.get(content.len()..).unwrap_or_default());
    }
    encoded
}

/// With the hexadecimal digits in upper case, or in lower.
pub(super) fn with_case(text: &[u8], upper: bool) -> Vec<u8> {
    let mut written = text.to_vec();
    let mut digits = 0_u8;
    for octet in &mut written {
        if digits > 0 && octet.is_ascii_hexdigit() {
            *octet = if upper { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() };
        }
        digits = if *octet == b'=' { 2 } else { digits.saturating_sub(1) };
        if is_blank(*octet) {
            digits = 0;
        }
    }
    written
}

pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

pub(super) fn digit(value: u8) -> u8 {
    b"0123456789ABCDEF".get(usize::from(value)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn every_octet_survives() {
        let all: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for (width, careful) in [(76, false), (76, true), (73, false), (usize::MAX, false)] {
            let encoded = encode(&all, width, careful);
            assert_eq!(decode(&encoded), all);
            assert!(lines(&encoded).all(|line| trim_line_end(line).len() <= width));
        }
    }

    #[test]
    fn text_is_written_as_others_write_it() {
        let text = ".a = é\r\nFrom x \r\n".as_bytes();
        assert_eq!(encode(text, 76, false), b".a =3D =C3=A9\r\nFrom x=20\r\n");
        assert_eq!(encode(text, 76, true), b"=2Ea =3D =C3=A9\r\n=46rom x=20\r\n");
        // 76 columns fit, with no soft line break behind them.
        assert_eq!(encode(&[b'x'; 76], 76, false), [b'x'; 76]);
        let long = [&[b'x'; 75][..], b"=\r\n", b"xx"].concat();
        assert_eq!(encode(&[b'x'; 77], 76, false), long);
        assert_eq!(with_case(b"=c3=a9 =3d ab", true), b"=C3=A9 =3D ab");
        assert_eq!(with_case(b"=C3 A", false), b"=c3 A");
        assert_eq!(decode(b"a=\r\nb=ZZ=4"), b"ab=ZZ=4");
    }
}
