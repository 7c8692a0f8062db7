//! Content transfer encodings: written otherwise, or another one (RFC 2045 §6).

use crate::diagnose::hypothesis::Hypothesis::{
    self, Base64Wrapping, Boundary, QuotedPrintable, TransferEncoding, WrappedInMultipart,
};
use crate::diagnose::mime::{Mime, Part, actual_boundary};
use crate::diagnose::quoted_printable::{decode, encode, with_case};
use crate::diagnose::text::{lines, replace, trim_line_end};
use crate::encoding::base64;

/// What undoes a change of encodings.
type Undo = fn(&Mime, &[u8]) -> Vec<u8>;

pub(super) const REPAIRS: &[(Hypothesis, Undo)] = &[
    (WrappedInMultipart, |mime, body| {
        mime.first(body).map_or_else(|| body.to_vec(), |(_, content)| content.to_vec())
    }),
    (Boundary, |mime, body| match (&mime.boundary, actual_boundary(body)) {
        (Some(named), Some(actual)) => replace(body, &actual, named),
        _ => body.to_vec(),
    }),
    (QuotedPrintable, |mime, body| written(mime, body, |text| with_case(text, true))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| with_case(text, false))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| replace(text, b"=20\r\n", b" \r\n"))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| replace(text, b" \r\n", b"=20\r\n"))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| encode(&decode(text), 76, false))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| encode(&decode(text), 76, true))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| encode(&decode(text), 75, false))),
    (QuotedPrintable, |mime, body| written(mime, body, |text| encode(&decode(text), 73, false))),
    (QuotedPrintable, |mime, body| {
        written(mime, body, |text| encode(&decode(text), usize::MAX, false))
    }),
    (Base64Wrapping, |mime, body| wrapped(mime, body, 76)),
    (Base64Wrapping, |mime, body| wrapped(mime, body, 72)),
    (Base64Wrapping, |mime, body| wrapped(mime, body, 64)),
    (Base64Wrapping, |mime, body| wrapped(mime, body, 60)),
    (Base64Wrapping, |mime, body| wrapped(mime, body, usize::MAX)),
    (TransferEncoding, |mime, body| recoded(mime, body, b"quoted-printable", b"8bit", decode)),
    (TransferEncoding, |mime, body| recoded(mime, body, b"base64", b"8bit", decode_base64)),
    (TransferEncoding, |mime, body| {
        recoded(mime, body, b"", b"quoted-printable", |text| encode(text, 76, false))
    }),
    (TransferEncoding, |mime, body| {
        recoded(mime, body, b"", b"quoted-printable", |text| encode(text, 76, true))
    }),
    (TransferEncoding, |mime, body| {
        recoded(mime, body, b"", b"base64", |text| wrap(base64::encode(text).as_bytes(), 76))
    }),
    (TransferEncoding, |mime, body| {
        recoded(mime, body, b"base64", b"quoted-printable", |text| {
            encode(&decode_base64(text), 76, false)
        })
    }),
    (TransferEncoding, |mime, body| {
        recoded(mime, body, b"quoted-printable", b"base64", |text| {
            wrap(base64::encode(&decode(text)).as_bytes(), 76)
        })
    }),
];

/// Quoted-printable parts written otherwise.
fn written(mime: &Mime, body: &[u8], write: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    mime.map(body, &|part, header, content| {
        (part.encoding == b"quoted-printable").then(|| (header.to_vec(), write(content)))
    })
}

/// Base64 parts in lines of that width.
fn wrapped(mime: &Mime, body: &[u8], width: usize) -> Vec<u8> {
    mime.map(body, &|part, header, content| {
        if part.encoding != b"base64" {
            return None;
        }
        let text = replace(content, b"\r\n", b"");
        let mut lines = wrap(&text, width);
        if !content.ends_with(b"\r\n") {
            lines.truncate(lines.len().saturating_sub(2));
        }
        Some((header.to_vec(), lines))
    })
}

fn wrap(text: &[u8], width: usize) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len());
    for line in text.chunks(width) {
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// Parts of one encoding in another; an empty `from` means those that are not encoded and hold octets
/// above 127, which a relay has decoded.
fn recoded(
    mime: &Mime,
    body: &[u8],
    from: &[u8],
    to: &[u8],
    code: fn(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    mime.map(body, &|part, header, content| {
        let is_it = match from {
            b"" => is_plain(part) && !content.is_ascii(),
            _ => part.encoding == from,
        };
        is_it.then(|| (with_encoding(header, to), code(content)))
    })
}

fn is_plain(part: &Part) -> bool {
    matches!(part.encoding.as_slice(), b"" | b"7bit" | b"8bit" | b"binary")
}

/// The header of a part, its Content-Transfer-Encoding that one.
fn with_encoding(header: &[u8], encoding: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"content-transfer-encoding:";
    let mut written = Vec::with_capacity(header.len());
    for line in lines(header) {
        match line.split_at_checked(NAME.len()) {
            Some((name, value)) if name.eq_ignore_ascii_case(NAME) => {
                let end = value.get(trim_line_end(value).len()..).unwrap_or_default();
                written.extend_from_slice(&[name, b" ", encoding, end].concat());
            }
            _ => written.extend_from_slice(line),
        }
    }
    written
}

fn decode_base64(content: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(content).ok();
    text.and_then(|text| base64::decode(text).ok()).unwrap_or_else(|| content.to_vec())
}
