//! The header of a message without the fields that are taken away, octet for octet.

use waxseal::message::Header;

/// The octets of the header, the empty line below it included where it was there, in pieces: all of them
/// but for the fields at these places (ascending).
pub(crate) fn kept<'a>(header: &'a Header, removals: &'a [usize]) -> Vec<&'a [u8]> {
    let octets = header.octets();
    let mut pieces = Vec::with_capacity(removals.len() + 1);
    let (mut from, mut start) = (0, 0);
    for (index, field) in header.fields().enumerate() {
        // fields stand one after the other, each with its CRLF but perhaps the last
        let end = (start + field.octets().len() + 2).min(octets.len());
        if removals.binary_search(&index).is_ok() {
            pieces.push(octets.get(from..start).unwrap_or_default());
            from = end;
        }
        start = end;
    }
    pieces.push(octets.get(from..).unwrap_or_default());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxseal::message::HeaderReader;

    fn without(message: &[u8], removals: &[usize]) -> String {
        let mut reader = HeaderReader::new(10_000, 100);
        let _ = reader.push(message);
        let _ = reader.end();
        String::from_utf8(kept(&reader.into_header(), removals).concat()).unwrap()
    }

    #[test]
    fn fields_go_and_all_else_stays() {
        let message = b"A: 1\r\nB : 2\r\n\t3\r\nC:\r\n\r\nbody";
        assert_eq!(without(message, &[]), "A: 1\r\nB : 2\r\n\t3\r\nC:\r\n\r\n");
        assert_eq!(without(message, &[1]), "A: 1\r\nC:\r\n\r\n");
        assert_eq!(without(message, &[0, 2]), "B : 2\r\n\t3\r\n\r\n");
        assert_eq!(without(message, &[0, 1, 2]), "\r\n");
        assert_eq!(without(b"A: 1\r\nB: 2", &[0]), "B: 2");
        assert_eq!(without(b"A: 1\r\nB: 2", &[1]), "A: 1\r\n");
        assert_eq!(without(b"A: 1\r\nno field\r\n", &[0]), "no field\r\n");
    }
}
