//! Header canonicalization (RFC 6376 §3.4.1, §3.4.2).

use std::ops::Range;

use super::{Canonicalization, is_wsp};

/// Hands the canonical form of a field to `sink`, its CRLF included.
///
/// `field` is the field less the CRLF that ends it.
///
/// ```
/// use waxseal::canon::{Canonicalization, canonicalize_field};
///
/// let mut canonical = Vec::new();
/// canonicalize_field(Canonicalization::Relaxed, b"B : Y\t\r\n\tZ  ", &mut |span| {
///     canonical.extend_from_slice(span);
/// });
/// assert_eq!(canonical, b"b:Y Z\r\n");
/// ```
pub fn canonicalize_field(kind: Canonicalization, field: &[u8], sink: &mut dyn FnMut(&[u8])) {
    canonicalize(kind, &[field], sink);
    sink(b"\r\n");
}

/// Hands the canonical form of a signature field to `sink`: less what stands at `signature_span`,
/// the value of its `b=`, and without a final CRLF (RFC 6376 §3.7).
pub fn canonicalize_signature_field(
    kind: Canonicalization,
    field: &[u8],
    signature_span: Range<usize>,
    sink: &mut dyn FnMut(&[u8]),
) {
    let before = field.get(..signature_span.start).unwrap_or(field);
    let after = field.get(signature_span.end..).unwrap_or_default();
    canonicalize(kind, &[before, after], sink);
}

/// The canonical form of the parts joined, without a final CRLF.
fn canonicalize(kind: Canonicalization, parts: &[&[u8]], sink: &mut dyn FnMut(&[u8])) {
    match kind {
        // RFC 6376 §3.4.1: not one octet changes.
        Canonicalization::Simple => parts.iter().for_each(|part| sink(part)),
        Canonicalization::Relaxed => relax(parts, sink),
    }
}

fn relax(parts: &[&[u8]], sink: &mut dyn FnMut(&[u8])) {
    let mut state = Relaxed { in_name: true, at_start: true, held_blank: false };
    for part in parts {
        let mut rest = *part;
        if state.in_name {
            let colon = memchr::memchr(b':', rest).unwrap_or(rest.len());
            let (name, value) = rest.split_at_checked(colon).unwrap_or((rest, &[]));
            // RFC 6376 §3.4.2: the name in lower case, without white space before the colon.
            let lower: Vec<u8> = name
                .iter()
                .copied()
                .filter(|o| !is_wsp(*o))
                .map(|o| o.to_ascii_lowercase())
                .collect();
            sink(&lower);
            if let Some((_, after)) = value.split_first() {
                sink(b":");
                state.in_name = false;
                rest = after;
            } else {
                continue;
            }
        }
        state.push_value(rest, sink);
    }
}

struct Relaxed {
    in_name: bool,
    at_start: bool,
    held_blank: bool,
}

impl Relaxed {
    fn push_value(&mut self, value: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = value;
        while let Some((&first, after)) = rest.split_first() {
            if is_wsp(first) {
                self.held_blank = true;
                rest = after;
            } else if let [b'\r', b'\n', after @ ..] = rest {
                // RFC 6376 §3.4.2: unfolded. Within a field a CRLF always stands before white space.
                rest = after;
            } else {
                // Runs of white space become one SP; none stays at either end of the value.
                if self.held_blank && !self.at_start {
                    sink(b" ");
                }
                self.held_blank = false;
                self.at_start = false;
                let length = rest
                    .iter()
                    .skip(1)
                    .position(|&octet| is_wsp(octet) || octet == b'\r')
                    .map_or(rest.len(), |at| at.saturating_add(1));
                let (span, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                sink(span);
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn canonical(kind: Canonicalization, field: &[u8]) -> Vec<u8> {
        let mut octets = Vec::new();
        canonicalize_field(kind, field, &mut |span| octets.extend_from_slice(span));
        octets
    }

    #[test]
    fn the_examples_of_rfc_6376_come_out() {
        // RFC 6376 §3.4.5.
        assert_eq!(canonical(Canonicalization::Relaxed, b"A: X"), b"a:X\r\n");
        assert_eq!(canonical(Canonicalization::Relaxed, b"B : Y\t\r\n\tZ  "), b"b:Y Z\r\n");
        assert_eq!(
            canonical(Canonicalization::Simple, b"B : Y\t\r\n\tZ  "),
            b"B : Y\t\r\n\tZ  \r\n"
        );
    }

    #[test]
    fn white_space_is_reduced_and_other_octets_are_data() {
        for (field, expected) in [
            (&b"A:"[..], &b"a:\r\n"[..]),
            (b"A:  \t", b"a:\r\n"),
            (b"A:\r\n b", b"a:b\r\n"),
            (b"A: b\r\n \r\n\tc", b"a:b c\r\n"),
            (b"A:b\rc\nd\x0b \xff", b"a:b\rc\nd\x0b \xff\r\n"),
            (b"A: x: y", b"a:x: y\r\n"),
            (b"A: b \r c", b"a:b \r c\r\n"),
        ] {
            assert_eq!(canonical(Canonicalization::Relaxed, field), expected, "{field:?}");
        }
    }

    #[test]
    fn the_signature_is_cut_out_of_its_field() {
        let field = b"DKIM-Signature: a=1; b= xyz\r\n zyx ; c=2 ";
        for (kind, expected) in [
            (Canonicalization::Simple, &b"DKIM-Signature: a=1; b=; c=2 "[..]),
            (Canonicalization::Relaxed, b"dkim-signature:a=1; b=; c=2"),
        ] {
            let mut octets = Vec::new();
            canonicalize_signature_field(kind, field, 23..34, &mut |span| {
                octets.extend_from_slice(span)
            });
            assert_eq!(octets, expected);
        }
    }
}
