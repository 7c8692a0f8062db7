//! What a repair changes: the place, and the octets before and after, found by comparing.

use super::finding::{Change, Finding, Part};
use super::hypothesis::Hypothesis;

/// The most octets of a [`Change`]'s excerpts.
pub const EXCERPT_OCTETS: usize = 240;

/// The most characters of an excerpt that a sentence quotes.
const QUOTED_CHARACTERS: usize = 60;

/// What changes between these octets, whole lines of the body or a part of a field.
pub(super) fn change(hypothesis: Hypothesis, before: &[u8], after: &[u8]) -> Change {
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let mut start = before.iter().zip(after).take_while(same).count();
    // Half a line end or half a character explains nothing.
    while let Some(octet) = start.checked_sub(1).and_then(|at| before.get(at)) {
        let next = before.get(start).or_else(|| after.get(start)).copied().unwrap_or_default();
        if *octet != b'\r' && next & 0xc0 != 0x80 {
            break;
        }
        start = start.saturating_sub(1);
    }
    let rest = before.get(start..).unwrap_or_default();
    let new_rest = after.get(start..).unwrap_or_default();
    let end = rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
    let old = rest.get(..rest.len().saturating_sub(end)).unwrap_or_default();
    let new = new_rest.get(..new_rest.len().saturating_sub(end)).unwrap_or_default();
    let line_ends = |octets: &[u8]| memchr::memchr_iter(b'\n', octets).count();
    let lines = line_ends(old).saturating_add(usize::from(!old.ends_with(b"\n")));
    Change {
        hypothesis,
        field: None,
        index: None,
        line: line_ends(before.get(..start).unwrap_or_default()).saturating_add(1),
        lines,
        octet: start,
        before: excerpt(old),
        after: excerpt(new),
    }
}

/// The beginning of octets, for people.
pub(super) fn excerpt(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets.get(..EXCERPT_OCTETS).unwrap_or(octets));
    // A character that the cut went through is left out.
    let is_cut = octets.len() > EXCERPT_OCTETS;
    let text = if is_cut { text.trim_end_matches('\u{fffd}') } else { &text };
    // Replacement characters are longer than what they replace.
    let end = (0..=EXCERPT_OCTETS).rev().find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or_default()).unwrap_or(text).to_owned()
}

/// The words of changes within a sentence. What happened to several fields alike is said once.
pub(super) fn phrases<'a>(changes: impl Iterator<Item = &'a Change>) -> String {
    let mut alike: Vec<(Change, Vec<String>)> = Vec::new();
    for change in changes {
        let field = change.field.clone().unwrap_or_default();
        match alike.iter_mut().find(|(first, _)| first.hypothesis == change.hypothesis) {
            Some((_, fields)) if !field.is_empty() => fields.push(field),
            _ => alike.push((change.clone(), vec![field])),
        }
    }
    let mut phrases = Vec::new();
    for (mut change, fields) in alike {
        change.field = Some(joined(fields));
        let phrase = phrase(&change);
        if !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    joined(phrases)
}

/// The words of a change.
fn phrase(change: &Change) -> String {
    let lines = match change.lines {
        0 | 1 => "line".to_owned(),
        many => format!("{many} lines"),
    };
    let field = change.field.as_deref().unwrap_or_default();
    [
        ("{lines}", lines.as_str()),
        ("{line}", &change.line.to_string()),
        ("{field}", field),
        ("{before}", &quoted(&change.before)),
        ("{after}", &quoted(&change.after)),
    ]
    .iter()
    .fold(change.hypothesis.words().to_owned(), |text, (hole, words)| text.replace(hole, words))
}

/// An excerpt on one line, and short; braces would be taken for the next hole.
fn quoted(text: &str) -> String {
    let text = text.trim().replace(['\r', '\n', '\t', '{', '}'], " ");
    match text.char_indices().nth(QUOTED_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// That the part would verify with these changes.
pub(super) fn repair(part: Part, changes: Vec<Change>) -> Option<Finding> {
    let hypothesis = changes.first()?.hypothesis;
    let what = match part {
        Part::Message => "message",
        Part::Header => "header",
        Part::Body => "body",
    };
    let explanation = format!("The {what} would verify {}.", phrases(changes.iter()));
    Some(Finding { hypothesis, part, restored: true, explanation, changes })
}

/// Something known that restores nothing; `change` fills the holes of its sentence.
pub(super) fn hint(part: Part, hypothesis: Hypothesis, change: Option<Change>) -> Finding {
    let explanation = change.as_ref().map_or_else(|| hypothesis.words().to_owned(), phrase);
    let changes = change.into_iter().collect();
    Finding { hypothesis, part, restored: false, explanation, changes }
}

/// `a, b and c`.
fn joined(mut phrases: Vec<String>) -> String {
    let last = phrases.pop().unwrap_or_default();
    if phrases.is_empty() { last } else { format!("{} and {last}", phrases.join(", ")) }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn changes_are_located() {
        let before = b"one\r\ntwo\r\n-- \r\nlist\r\n";
        let found = change(Hypothesis::Footer, before, b"one\r\ntwo\r\n");
        assert_eq!((found.line, found.lines, found.octet), (3, 2, 10));
        assert_eq!((found.before.as_str(), found.after.as_str()), ("-- \r\nlist\r\n", ""));
        assert_eq!(phrase(&found), "without the 2 lines appended at the end");
    }

    #[test]
    fn line_ends_and_characters_are_not_halved() {
        let found = change(Hypothesis::LineEndings, b"a\nb", b"a\r\nb");
        assert_eq!((found.before.as_str(), found.after.as_str()), ("", "\r"));
        let found = change(Hypothesis::Charset, "é".as_bytes(), "è".as_bytes());
        assert_eq!((found.before.as_str(), found.after.as_str()), ("é", "è"));
    }

    #[test]
    fn excerpts_and_quotes_are_bounded() {
        for text in ["é".repeat(500), "\u{1f600}".repeat(500)] {
            let excerpt = excerpt(text.as_bytes());
            assert!(excerpt.len() <= EXCERPT_OCTETS && !excerpt.contains('\u{fffd}'), "{excerpt}");
        }
        assert!(excerpt(&[0xff; 1000]).len() <= EXCERPT_OCTETS);
        let mut long = change(Hypothesis::SubjectTag, b"", b"");
        long.before = "x\r\n{after}".repeat(20);
        assert!(phrase(&long).chars().count() < 100);
    }
}
