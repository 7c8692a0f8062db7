//! Text in another charset, or escaped for another medium.

use crate::diagnose::hypothesis::Hypothesis::{Charset, HtmlEscaped};
use crate::diagnose::text::{Repair, unescaped};

pub(super) const REPAIRS: &[Repair] = &[
    Repair { hypothesis: HtmlEscaped, undo: unescaped },
    Repair { hypothesis: Charset, undo: narrowed },
    Repair { hypothesis: Charset, undo: widened },
];

/// What windows-1252 has at 0x80 to 0x9F, where ISO 8859-1 has controls; U+0000 where it has nothing.
const WINDOWS_1252: &str = "\u{20ac}\0\u{201a}\u{192}\u{201e}\u{2026}\u{2020}\u{2021}\u{2c6}\u{2030}\
    \u{160}\u{2039}\u{152}\0\u{17d}\0\0\u{2018}\u{2019}\u{201c}\u{201d}\u{2022}\u{2013}\u{2014}\u{2dc}\
    \u{2122}\u{161}\u{203a}\u{153}\0\u{17e}\u{178}";

/// UTF-8 as windows-1252, of which ISO 8859-1 is a part; unchanged where that lacks a character.
fn narrowed(body: &[u8]) -> Vec<u8> {
    if body.is_ascii() {
        return body.to_vec();
    }
    let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
    let mut octets = Vec::with_capacity(body.len());
    for c in text.chars() {
        let place = match c {
            '\0'..='\x7f' => None,
            _ => WINDOWS_1252.chars().position(|other| other == c),
        };
        let octet = match place {
            Some(place) => u8::try_from(place).ok().and_then(|place| place.checked_add(0x80)),
            None => u8::try_from(u32::from(c)).ok(),
        };
        let Some(octet) = octet else { return body.to_vec() };
        octets.push(octet);
    }
    octets
}

/// windows-1252 as UTF-8.
fn widened(body: &[u8]) -> Vec<u8> {
    if body.is_ascii() {
        return body.to_vec();
    }
    let mut text = String::with_capacity(body.len());
    for octet in body {
        let place = octet.checked_sub(0x80).map(usize::from);
        let named = place.and_then(|place| WINDOWS_1252.chars().nth(place));
        text.push(named.filter(|c| *c != '\0').unwrap_or(char::from(*octet)));
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn charsets_are_converted_both_ways() {
        let wide = "é “x” €\r\n".as_bytes();
        let narrow = b"\xe9 \x93x\x94 \x80\r\n";
        assert_eq!(narrowed(wide), narrow);
        assert_eq!(widened(narrow), wide);
        assert_eq!(narrowed("漢".as_bytes()), "漢".as_bytes());
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(narrowed(&widened(&all)), all);
    }
}
