//! What stands in a message must not act on the terminal that shows it.

/// Makes every character visible that would move the cursor, change colours, turn the direction of
/// writing or hide: ESC becomes `␛`, a right-to-left override `<U+202E>`.
pub(super) fn sanitize(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0'..'\x20' => safe.push(picture(character)),
            '\x7f' => safe.push('\u{2421}'),
            _ if acts(character) => {
                safe.push_str(&format!("<U+{:04X}>", u32::from(character)));
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// The same for JSON text, by escapes that mean the same characters. serde_json has escaped what is
/// below U+0020.
pub(super) fn escape_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if acts(character) || character == '\x7f' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{2426}')
}

/// Characters beyond ASCII that do something to the text around them, or pretend to be nothing.
fn acts(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}'             // C1 controls; U+009B begins what ESC [ begins
        | '\u{ad}'                      // soft hyphen
        | '\u{61c}'                     // Arabic letter mark
        | '\u{180e}'                    // Mongolian vowel separator
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'       // line and paragraph separators, embeddings and overrides
        | '\u{2060}'..='\u{206f}'       // word joiner, invisible operators, isolates
        | '\u{feff}'                    // zero width no-break space
        | '\u{fff9}'..='\u{fffb}'       // interlinear annotations
        | '\u{e0000}'..='\u{e007f}') // tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(
            sanitize("a\x1b[2Jb\r\n\x07\x7f"),
            "a\u{241b}[2Jb\u{240d}\u{240a}\u{2407}\u{2421}"
        );
        assert_eq!(sanitize("\u{9b}31m"), "<U+009B>31m");
        assert_eq!(sanitize("moc.\u{202e}elpmaxe"), "moc.<U+202E>elpmaxe");
        assert_eq!(sanitize("grüße 你好 👋"), "grüße 你好 👋");
    }

    #[test]
    fn escaped_json_means_the_same() {
        let text = "x\u{202e}\u{9b}\u{7f}\u{e0041}\u{1b}ü";
        let json = serde_json::to_string(text).unwrap();
        let escaped = escape_json(&json);
        assert!(escaped.chars().all(|character| !acts(character) && !character.is_control()));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
