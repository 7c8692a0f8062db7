//! As much of MIME as repairs need: where parts are, and how they are encoded (RFC 2045, RFC 2046).

use std::ops::Range;

use super::text::{find, lines, trim_line_end};
use crate::message::Header;

/// What the header says of the body.
#[derive(Clone, Debug, Default)]
pub(super) struct Mime {
    /// The boundary of a multipart body.
    pub(super) boundary: Option<Vec<u8>>,
    /// The transfer encoding of a body that is not multipart, in lower case.
    encoding: Vec<u8>,
}

/// A part that is no multipart itself, in octets of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The line that begins it, its header and the empty line; empty for a body of one part.
    pub(super) header: Range<usize>,
    pub(super) content: Range<usize>,
    /// The transfer encoding, in lower case.
    pub(super) encoding: Vec<u8>,
}

/// How many parts are looked at, and how many boundaries between them.
const MOST_PARTS: usize = 100;

/// Makes a header and a content of those of a part; `None` where they stay.
type ChangePart<'a> = &'a dyn Fn(&Part, &[u8], &[u8]) -> Option<(Vec<u8>, Vec<u8>)>;

impl Mime {
    pub(super) fn new(header: &Header) -> Self {
        let value = |name| header.first(name).map(|field| field.value()).unwrap_or_default();
        Self {
            boundary: boundary(value("Content-Type")),
            encoding: value("Content-Transfer-Encoding").trim_ascii().to_ascii_lowercase(),
        }
    }

    /// The parts, those within parts included.
    pub(super) fn parts(&self, body: &[u8]) -> Vec<Part> {
        let Some(outer) = &self.boundary else {
            let (header, content) = (0..0, 0..body.len());
            return vec![Part { header, content, encoding: self.encoding.clone() }];
        };
        let mut boundaries = vec![outer.clone()];
        let mut parts = Vec::new();
        // Where the part at hand begins, and where its content does.
        let mut part: Option<(usize, Option<usize>)> = None;
        let mut at = 0_usize;
        for line in lines(body) {
            let next = at.saturating_add(line.len());
            let content = trim_line_end(line);
            let is_dashed = content.starts_with(b"--");
            if is_dashed && boundaries.iter().any(|one| is_delimiter(content, one)) {
                if let Some((start, Some(begin))) = part {
                    // The line end before a delimiter belongs to it (RFC 2046 §5.1.1).
                    let end = at.saturating_sub(2).max(begin);
                    let header = body.get(start..begin).unwrap_or_default();
                    parts.push(Part {
                        header: start..begin,
                        content: begin..end,
                        encoding: field(header, b"content-transfer-encoding:").to_ascii_lowercase(),
                    });
                }
                part = (!content.ends_with(b"--")).then_some((at, None));
            } else if let Some((start, begin @ None)) = &mut part
                && content.is_empty()
            {
                *begin = Some(next);
                if boundaries.len() < MOST_PARTS {
                    boundaries.extend(boundary(body.get(*start..at).unwrap_or_default()));
                }
            }
            at = next;
            if parts.len() >= MOST_PARTS {
                break;
            }
        }
        parts
    }

    /// The body with every part as `change` makes it: its header and its content, where it changes
    /// them.
    pub(super) fn map(&self, body: &[u8], change: ChangePart<'_>) -> Vec<u8> {
        let mut mapped = Vec::with_capacity(body.len());
        let mut at = 0_usize;
        for part in self.parts(body) {
            let header = body.get(part.header.clone()).unwrap_or_default();
            let content = body.get(part.content.clone()).unwrap_or_default();
            let Some((header, content)) = change(&part, header, content) else { continue };
            let start = part.content.start.saturating_sub(part.header.len());
            mapped.extend_from_slice(body.get(at..start).unwrap_or_default());
            mapped.extend_from_slice(&header);
            mapped.extend_from_slice(&content);
            at = part.content.end;
        }
        mapped.extend_from_slice(body.get(at..).unwrap_or_default());
        mapped
    }

    /// The first part of the outermost multipart, its header and its content.
    pub(super) fn first<'a>(&self, body: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let boundary = self.boundary.as_deref()?;
        let mut places = Vec::new();
        let mut at = 0_usize;
        for line in lines(body) {
            let next = at.saturating_add(line.len());
            if is_delimiter(trim_line_end(line), boundary) {
                places.push((at, next));
            }
            at = next;
        }
        let (_, start) = places.first()?;
        let (end, _) = places.get(1)?;
        let part = body.get(*start..*end)?;
        // A part without header begins with the empty line.
        let split =
            if part.starts_with(b"\r\n") { 0 } else { find(part, b"\r\n\r\n")?.checked_add(2)? };
        let (header, content) = part.split_at_checked(split)?;
        let content = content.strip_prefix(b"\r\n")?;
        Some((header, content.strip_suffix(b"\r\n").unwrap_or(content)))
    }
}

/// The boundary that the delimiters of the body have, whatever the header says: the first line that
/// looks like one and has a closing twin.
pub(super) fn actual_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let mut candidates = lines(body).map(trim_line_end).filter_map(|line| line.strip_prefix(b"--"));
    let first = candidates.find(|rest| !rest.trim_ascii().is_empty() && !rest.starts_with(b"-"))?;
    let first = first.trim_ascii_end();
    let closing = [b"--", first, b"--"].concat();
    lines(body).any(|line| line.starts_with(&closing)).then(|| first.to_vec())
}

fn is_delimiter(line: &[u8], boundary: &[u8]) -> bool {
    let rest = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary));
    rest.is_some_and(|rest| matches!(rest.trim_ascii_end(), b"" | b"--"))
}

/// The value of the parameter `boundary` in a Content-Type, or in a header with one.
pub(super) fn boundary(octets: &[u8]) -> Option<Vec<u8>> {
    let at = find(&octets.to_ascii_lowercase(), b"boundary=")?;
    let value = octets.get(at.checked_add(9)?..)?;
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|octet| *octet == b'"').next()?,
        None => value.split(|octet| *octet == b';' || octet.is_ascii_whitespace()).next()?,
    };
    (!value.is_empty()).then(|| value.to_vec())
}

/// The value of a field, its name in lower case and with its colon, unfolded; empty where there is
/// none.
pub(super) fn field(header: &[u8], name: &[u8]) -> Vec<u8> {
    let mut value: Option<Vec<u8>> = None;
    for line in lines(header).map(trim_line_end) {
        match &mut value {
            Some(value) if matches!(line.first(), Some(b' ' | b'\t')) => {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
            Some(_) => break,
            None => {
                let is_it =
                    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
                value =
                    is_it.then(|| line.get(name.len()..).unwrap_or_default().trim_ascii().to_vec());
            }
        }
    }
    value.unwrap_or_default().trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const BODY: &[u8] = b"preamble\r\n--a\r\nContent-Type: multipart/x;\r\n boundary=\"b c\"\r\n\r\n\
        --b c\r\nContent-Transfer-Encoding:\r\n  Base64\r\n\r\nQQ==\r\n--b c--\r\n\r\n--a\r\n\r\ntext\r\n\
        \r\n--a--\r\nend\r\n";

    fn mime() -> Mime {
        Mime { boundary: Some(b"a".to_vec()), ..Mime::default() }
    }

    #[test]
    fn parts_within_parts_are_found() {
        let parts = mime().parts(BODY);
        let contents: Vec<_> = parts
            .iter()
            .map(|part| std::str::from_utf8(&BODY[part.content.clone()]).unwrap())
            .collect();
        assert_eq!(contents, ["", "QQ==", "text\r\n"]);
        assert_eq!(parts[1].encoding, b"base64");
        assert!(BODY[parts[1].header.clone()].starts_with(b"--b c\r\nContent-Transfer"));
        let same =
            mime().map(BODY, &|_, header, content| Some((header.to_vec(), content.to_vec())));
        assert_eq!(same, BODY);
    }

    #[test]
    fn the_first_part_is_found() {
        let (header, content) = mime().first(BODY).unwrap();
        assert_eq!(boundary(header).as_deref(), Some(&b"b c"[..]));
        assert!(content.starts_with(b"--b c\r\n") && content.ends_with(b"--b c--\r\n"));
        let plain = mime().first(b"--a\r\n\r\nHi\r\n--a--\r\n");
        assert_eq!(plain, Some((&b""[..], &b"Hi"[..])));
        assert_eq!(mime().first(b"--a\r\nno end"), None);
    }

    #[test]
    fn a_renamed_boundary_is_found() {
        assert_eq!(
            actual_boundary(b"x\r\n-- \r\n--b\r\n\r\n--b--\r\n").as_deref(),
            Some(&b"b"[..])
        );
        assert_eq!(actual_boundary(b"--b\r\n--c--\r\n"), None);
    }
}
