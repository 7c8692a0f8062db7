//! Small things that repairs are made of: lines, replacing, blanks.

use super::hypothesis::Hypothesis;

/// What undoes one kind of damage; where there is none of it, it changes nothing.
pub(super) struct Repair {
    pub(super) hypothesis: Hypothesis,
    pub(super) undo: fn(&[u8]) -> Vec<u8>,
}

/// The lines, each with the LF that ends it.
pub(super) fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at.saturating_add(1));
        let (line, after) = rest.split_at_checked(end).filter(|(line, _)| !line.is_empty())?;
        rest = after;
        Some(line)
    })
}

/// The line without what ends it.
pub(super) fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The octets with each line, less its end, handed to `write`, which writes what stands instead.
pub(super) fn map_lines(octets: &[u8], write: &dyn Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut mapped = Vec::with_capacity(octets.len());
    for line in lines(octets) {
        let content = trim_line_end(line);
        write(content, &mut mapped);
        mapped.extend_from_slice(line.get(content.len()..).unwrap_or_default());
    }
    mapped
}

/// The octets with every `from` made `to`.
pub(super) fn replace(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = find(rest, from) {
        replaced.extend_from_slice(rest.get(..at).unwrap_or_default());
        replaced.extend_from_slice(to);
        rest = rest.get(at.saturating_add(from.len())..).unwrap_or_default();
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// Where `needle`, which is not empty, stands first.
pub(super) fn find(octets: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    memchr::memchr_iter(first, octets)
        .find(|at| octets.get(*at..).is_some_and(|rest| rest.starts_with(needle)))
}

pub(super) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// Without blanks at the start.
pub(super) fn trim_start(octets: &[u8]) -> &[u8] {
    let start = octets.iter().take_while(|octet| is_blank(**octet)).count();
    octets.get(start..).unwrap_or_default()
}

/// Without blanks at the end.
pub(super) fn trim_end(octets: &[u8]) -> &[u8] {
    let end = octets.iter().rev().take_while(|octet| is_blank(**octet)).count();
    octets.get(..octets.len().saturating_sub(end)).unwrap_or_default()
}

/// With plain characters for those that HTML escapes.
pub(super) fn unescaped(octets: &[u8]) -> Vec<u8> {
    const ESCAPES: [(&[u8], &[u8]); 6] = [
        (b"&lt;", b"<"),
        (b"&gt;", b">"),
        (b"&quot;", b"\""),
        (b"&#39;", b"'"),
        (b"&nbsp;", b" "),
        (b"&amp;", b"&"),
    ];
    ESCAPES.iter().fold(octets.to_vec(), |text, (from, to)| replace(&text, from, to))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn every_place_is_replaced() {
        assert_eq!(replace(b"aXbXX", b"X", b"yz"), b"ayzbyzyz");
        assert_eq!(replace(b"aaa", b"aa", b"b"), b"ba");
        assert_eq!(replace(b"", b"aa", b"b"), b"");
    }

    #[test]
    fn lines_keep_their_ends() {
        let mapped = map_lines(b"a\r\nb\n\nc", &|line, out| {
            out.push(b'>');
            out.extend_from_slice(line);
        });
        assert_eq!(mapped, b">a\r\n>b\n>\n>c");
    }
}
