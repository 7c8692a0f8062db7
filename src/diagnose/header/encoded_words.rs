//! Encoded words (RFC 2047), as different programs write them.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis::EncodedWords;
use crate::diagnose::quoted_printable::{digit, hex};
use crate::encoding::base64;

/// A stretch of a field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stretch {
    /// What stands as it is.
    Plain(Vec<u8>),
    Word(Word),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    charset: Vec<u8>,
    encoding: u8,
    text: Vec<u8>,
}

/// How words are written.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// `B`, `Q`, `b` or `q`; 0 as they are.
    encoding: u8,
    /// The charset in upper case, or in lower; `None` as it is.
    upper: Option<bool>,
    /// Whether Q leaves as it is what it may in a text, and not only in a phrase (RFC 2047 §5).
    is_text: bool,
}

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    let value = slot.value();
    if slot.is_own || (value.is_ascii() && !value.windows(2).any(|pair| pair == b"=?")) {
        return;
    }
    let stretches = parse(value);
    let joined = join(&stretches);
    for words in [&stretches, &joined] {
        for encoding in [0, b'B', b'Q', b'b', b'q'] {
            for upper in [None, Some(true), Some(false)] {
                for is_text in [true, false] {
                    let manner = Manner { encoding, upper, is_text };
                    found.value(EncodedWords, encoding == 0, &write(words, manner));
                }
            }
        }
    }
    // Decoded, as SMTPUTF8 leaves it.
    let decoded = joined.iter().flat_map(|stretch| match stretch {
        Stretch::Plain(octets) => octets.clone(),
        Stretch::Word(word) => word.text.clone(),
    });
    found.value(EncodedWords, false, &decoded.collect::<Vec<_>>());
}

fn parse(value: &[u8]) -> Vec<Stretch> {
    if !value.is_ascii() {
        let (charset, text) = (b"UTF-8".to_vec(), value.to_vec());
        return vec![Stretch::Word(Word { charset, encoding: b'B', text })];
    }
    let mut stretches = Vec::new();
    let mut plain = Vec::new();
    let mut rest = value;
    while let Some((&octet, after)) = rest.split_first() {
        if let Some((word, after)) = word(rest) {
            stretches.push(Stretch::Plain(std::mem::take(&mut plain)));
            stretches.push(Stretch::Word(word));
            rest = after;
        } else {
            plain.push(octet);
            rest = after;
        }
    }
    stretches.push(Stretch::Plain(plain));
    stretches
}

/// The word at the start.
fn word(octets: &[u8]) -> Option<(Word, &[u8])> {
    let mut parts = octets.strip_prefix(b"=?")?.splitn(4, |octet| *octet == b'?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    let after = parts.next()?.strip_prefix(b"=")?;
    let &[encoding] = encoding else { return None };
    let text = match encoding.to_ascii_uppercase() {
        b'B' => base64::decode(std::str::from_utf8(text).ok()?).ok()?,
        b'Q' => decode_q(text),
        _ => return None,
    };
    Some((Word { charset: charset.to_vec(), encoding, text }, after))
}

fn decode_q(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let Some((&octet, after)) = rest.split_first() {
        let (octet, after) = match (octet, after) {
            (b'_', _) => (b' ', after),
            (b'=', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                _ => (octet, after),
            },
            _ => (octet, after),
        };
        decoded.push(octet);
        rest = after;
    }
    decoded
}

/// Words of one charset with nothing but white space between them made one (RFC 2047 §6.2).
fn join(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        let between = match joined.as_slice() {
            [.., Stretch::Word(_), Stretch::Plain(blank)] => blank.trim_ascii().is_empty(),
            _ => false,
        };
        let length = joined.len();
        if let (true, Stretch::Word(next)) = (between, stretch)
            && let Some(Stretch::Word(word)) = joined.get_mut(length.saturating_sub(2))
            && word.charset.eq_ignore_ascii_case(&next.charset)
        {
            word.text.extend_from_slice(&next.text);
            joined.truncate(length.saturating_sub(1));
            continue;
        }
        joined.push(stretch.clone());
    }
    joined
}

fn write(stretches: &[Stretch], manner: Manner) -> Vec<u8> {
    let mut written = Vec::new();
    for stretch in stretches {
        match stretch {
            Stretch::Plain(octets) => written.extend_from_slice(octets),
            Stretch::Word(word) => {
                let encoding = if manner.encoding == 0 { word.encoding } else { manner.encoding };
                let charset = match manner.upper {
                    None => word.charset.clone(),
                    Some(true) => word.charset.to_ascii_uppercase(),
                    Some(false) => word.charset.to_ascii_lowercase(),
                };
                let text = match encoding.to_ascii_uppercase() {
                    b'B' => base64::encode(&word.text).into_bytes(),
                    _ => encode_q(&word.text, manner.is_text),
                };
                let parts = [b"=?", charset.as_slice(), b"?", &[encoding], b"?", &text, b"?="];
                written.extend_from_slice(&parts.concat());
            }
        }
    }
    written
}

fn encode_q(octets: &[u8], is_text: bool) -> Vec<u8> {
    let mut encoded = Vec::new();
    for &octet in octets {
        let is_safe = match octet {
            b' ' => {
                encoded.push(b'_');
                continue;
            }
            b'=' | b'?' | b'_' => false,
            _ if is_text => octet.is_ascii_graphic(),
            _ => octet.is_ascii_alphanumeric() || b"!*+-/".contains(&octet),
        };
        if is_safe {
            encoded.push(octet);
        } else {
            encoded.extend_from_slice(&[b'=', digit(octet >> 4), digit(octet & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn written(value: &str, encoding: u8, upper: Option<bool>, is_text: bool) -> String {
        let manner = Manner { encoding, upper, is_text };
        String::from_utf8(write(&parse(value.as_bytes()), manner)).unwrap()
    }

    #[test]
    fn words_are_written_in_every_manner() {
        let value = "Re: =?utf-8?q?caf=C3=A9_(x)?= and =?UTF-8?B?w6k=?= <a@b>";
        assert_eq!(written(value, 0, None, true), value);
        assert_eq!(
            written(value, b'B', Some(true), true),
            "Re: =?UTF-8?B?Y2Fmw6kgKHgp?= and =?UTF-8?B?w6k=?= <a@b>"
        );
        assert_eq!(
            written(value, b'Q', Some(false), false),
            "Re: =?utf-8?Q?caf=C3=A9_=28x=29?= and =?utf-8?Q?=C3=A9?= <a@b>"
        );
        assert_eq!(written("é", b'Q', None, true), "=?UTF-8?Q?=C3=A9?=");
        assert_eq!(written("=?x?y?z", b'Q', None, true), "=?x?y?z");
    }

    #[test]
    fn neighbours_are_joined() {
        let words = join(&parse(b"=?utf-8?Q?a?=\r\n =?UTF-8?B?Yg==?= =?latin1?Q?c?="));
        let manner = Manner { encoding: b'Q', upper: None, is_text: true };
        assert_eq!(write(&words, manner), b"=?utf-8?Q?ab?= =?latin1?Q?c?=");
    }
}
