//! U-labels to A-labels (RFC 5890 §2.3.2.1, RFC 8616 §3), with no more of Unicode than that takes.
//!
//! A U-label is made of letters, marks and digits of few kinds, in Normalization Form C and lower case
//! (RFC 5891 §4.2, RFC 5892). Mapped are capital letters with a plain lower case, and the full stops of
//! East Asia. Whatever else would have to be mapped, composed or put in order is refused, as are letters
//! of scripts that hardly any registry offers: a name is converted as everyone else does, or not at all.
//! The twin the tests compare this to is the crate `idna`.

use super::NameError;

/// Longest label whose A-label can fit: `xn--` and at least one octet for each character.
const MAX_CHARACTERS: usize = 59;

/// The name with its labels made A-labels. Labels in ASCII stay as they are, A-labels among them.
pub(super) fn to_a_labels(name: &str) -> Result<String, NameError> {
    let mut converted = String::with_capacity(name.len());
    for (number, label) in name.split(is_full_stop).enumerate() {
        if number > 0 {
            converted.push('.');
        }
        if label.is_ascii() {
            converted.push_str(label);
        } else {
            converted.push_str("xn--");
            converted.push_str(&to_punycode(label)?);
        }
    }
    Ok(converted)
}

/// RFC 3490 §3.1 and Unicode Technical Standard #46 take all of these for a dot.
fn is_full_stop(character: char) -> bool {
    matches!(character, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

fn to_punycode(label: &str) -> Result<String, NameError> {
    let mut lower = String::with_capacity(label.len());
    let mut before = None;
    for (number, character) in label.chars().map(lower_case).enumerate() {
        if number >= MAX_CHARACTERS {
            return Err(NameError::LabelTooLong);
        }
        let fits = match before {
            // A mark does not stand first (RFC 5891 §4.2.3.2).
            None => mark_class(character) == 0,
            Some(before) => !is_composed(before, character) && is_ordered(before, character),
        };
        if !fits || !is_allowed(character) {
            return Err(NameError::NotIdna);
        }
        lower.push(character);
        before = Some(character);
    }
    // What looks like an A-label is ASCII (RFC 5890 §2.3.1).
    if lower.starts_with("xn--") {
        return Err(NameError::NotIdna);
    }
    idna::punycode::encode_str(&lower).ok_or(NameError::NotIdna)
}

/// The lower case of letters that have a plain one. What is left a capital is not allowed.
pub(crate) fn lower_case(character: char) -> char {
    let number = u32::from(character);
    let lower = match number {
        0xd7 | 0x3a2 => number,
        0x41..=0x5a | 0xc0..=0xde | 0x391..=0x3ab | 0x410..=0x42f => number.saturating_add(32),
        // The next one: capital and small letters take turns.
        0x100..=0x12f
        | 0x132..=0x137
        | 0x14a..=0x177
        | 0x198
        | 0x1a0
        | 0x1f8..=0x21f
        | 0x460..=0x481
        | 0x48a..=0x4bf
        | 0x4d0..=0x52f
        | 0x1e00..=0x1e95
        | 0x1ea0..=0x1eff => number | 1,
        0x139..=0x148 | 0x179..=0x17e | 0x1af | 0x1b3 | 0x1cd..=0x1dc | 0x4c1..=0x4ce => {
            number.saturating_add(number & 1)
        }
        0x178 => 0xff,
        0x386 => 0x3ac,
        0x388..=0x38a => number.saturating_add(37),
        0x38c => 0x3cc,
        0x38e | 0x38f => number.saturating_add(63),
        0x400..=0x40f => number.saturating_add(80),
        0x4c0 => 0x4cf,
        0x531..=0x556 => number.saturating_add(48),
        _ => number,
    };
    char::from_u32(lower).unwrap_or(character)
}

fn is_allowed(character: char) -> bool {
    match u32::from(character) {
        number @ 0..=0xffff => {
            let number = u16::try_from(number).unwrap_or_default();
            // ASCII is looked at where all names are.
            number < 0x80 || ALLOWED.iter().any(|(first, last)| (first..=last).contains(&&number))
        }
        // Han, extensions B and after, as far as they are assigned.
        number => matches!(number, 0x20000..=0x2ee5d | 0x30000..=0x323af),
    }
}

/// Letters, marks and digits that lower case and Normalization Form KC leave alone, of the scripts that
/// domain names are written in; capital letters that [`lower_case`] takes away stand in between.
const ALLOWED: &[(u16, u16)] = &[
    // Latin, with the middle dot of Catalan
    (0xb7, 0xb7),
    (0xdf, 0xf6),
    (0xf8, 0x12f),
    (0x131, 0x131),
    (0x135, 0x13e),
    (0x142, 0x148),
    (0x14b, 0x17e),
    (0x199, 0x199),
    (0x1a1, 0x1a1),
    (0x1b0, 0x1b0),
    (0x1b4, 0x1b4),
    (0x1ce, 0x1dc),
    (0x1f9, 0x21f),
    (0x250, 0x292),
    (0x1e01, 0x1e99),
    (0x1ea1, 0x1eff),
    // Greek, Cyrillic, Armenian, Hebrew
    (0x390, 0x3ce),
    (0x430, 0x481),
    (0x48b, 0x52f),
    (0x561, 0x586),
    (0x5d0, 0x5ea),
    // Arabic
    (0x620, 0x64a),
    (0x660, 0x669),
    (0x66e, 0x66f),
    (0x671, 0x674),
    (0x679, 0x6d3),
    (0x6d5, 0x6d5),
    (0x6ee, 0x6fc),
    (0x6ff, 0x6ff),
    // Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam, Sinhala
    (0x900, 0x950),
    (0x955, 0x957),
    (0x960, 0x963),
    (0x966, 0x96f),
    (0x971, 0x9d7),
    (0x9e0, 0x9f1),
    (0x9fc, 0x9fc),
    (0xa01, 0xa32),
    (0xa35, 0xa35),
    (0xa38, 0xa51),
    (0xa5c, 0xa5c),
    (0xa66, 0xa75),
    (0xa81, 0xaef),
    (0xaf9, 0xb57),
    (0xb5f, 0xb6f),
    (0xb71, 0xb71),
    (0xb82, 0xbef),
    (0xc00, 0xc4d),
    (0xc58, 0xc6f),
    (0xc80, 0xc83),
    (0xc85, 0xd4e),
    (0xd54, 0xd57),
    (0xd5f, 0xd6f),
    (0xd7a, 0xdf3),
    // Thai, Lao, Myanmar
    (0xe01, 0xe32),
    (0xe34, 0xe3a),
    (0xe40, 0xe4e),
    (0xe50, 0xe59),
    (0xe81, 0xeb2),
    (0xeb4, 0xed9),
    (0xede, 0xedf),
    (0x1000, 0x1049),
    (0x1050, 0x108c),
    (0x108e, 0x109d),
    // Georgian, Ethiopic, Khmer
    (0x10d0, 0x10fa),
    (0x10fd, 0x10ff),
    (0x1200, 0x135a),
    (0x1380, 0x138f),
    (0x1780, 0x17b3),
    (0x17b6, 0x17d3),
    (0x17d7, 0x17d7),
    (0x17dc, 0x17dc),
    (0x17e0, 0x17e9),
    // Kana, Bopomofo, Han, Hangul
    (0x3005, 0x3007),
    (0x3041, 0x3096),
    (0x309d, 0x309e),
    (0x30a1, 0x30fe),
    (0x3105, 0x312f),
    (0x31a0, 0x31bf),
    (0x3400, 0x4dbf),
    (0x4e00, 0x9fff),
    (0xac00, 0xd7a3),
];

/// The combining class of those allowed marks that have one: marks in a row stand in its order (Unicode
/// Standard Annex #15). 0 is none.
const fn mark_class(character: char) -> u8 {
    match character {
        // Nukta and what is like it
        '\u{93c}' | '\u{9bc}' | '\u{a3c}' | '\u{abc}' | '\u{b3c}' | '\u{c3c}' | '\u{cbc}'
        | '\u{1037}' => 7,
        // Virama
        '\u{94d}' | '\u{9cd}' | '\u{a4d}' | '\u{acd}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}'
        | '\u{ccd}' | '\u{d3b}' | '\u{d3c}' | '\u{d4d}' | '\u{dca}' | '\u{e3a}' | '\u{eba}'
        | '\u{1039}' | '\u{103a}' | '\u{17d2}' => 9,
        '\u{e38}' | '\u{e39}' => 103,
        '\u{e48}'..='\u{e4b}' => 107,
        '\u{eb8}' | '\u{eb9}' => 118,
        '\u{ec8}'..='\u{ecb}' => 122,
        _ => 0,
    }
}

/// Whether marks stand in order, and belong to one script.
fn is_ordered(before: char, character: char) -> bool {
    let (first, second) = (mark_class(before), mark_class(character));
    first == 0
        || second == 0
        || first <= second && u32::from(before) >> 7 == u32::from(character) >> 7
}

/// Whether there is one character for the two, which a U-label would have instead.
const fn is_composed(first: char, second: char) -> bool {
    matches!(
        (first, second),
        ('\u{928}' | '\u{930}' | '\u{933}', '\u{93c}')
            | ('\u{9c7}', '\u{9be}' | '\u{9d7}')
            | ('\u{b47}', '\u{b3e}' | '\u{b56}' | '\u{b57}')
            | ('\u{b92}', '\u{bd7}')
            | ('\u{bc6}', '\u{bbe}' | '\u{bd7}')
            | ('\u{bc7}', '\u{bbe}')
            | ('\u{cbf}' | '\u{cca}', '\u{cd5}')
            | ('\u{cc6}', '\u{cc2}' | '\u{cd5}' | '\u{cd6}')
            | ('\u{d46}', '\u{d3e}' | '\u{d57}')
            | ('\u{d47}', '\u{d3e}')
            | ('\u{dd9}', '\u{dca}' | '\u{dcf}' | '\u{ddf}')
            | ('\u{ddc}', '\u{dca}')
            | ('\u{1025}', '\u{102e}')
    )
}

#[cfg(test)]
mod tests {
    use idna::AsciiDenyList;
    use idna::uts46::{DnsLength, Hyphens, Uts46};
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// The twin: all of Unicode Technical Standard #46.
    fn twin(name: &str) -> Option<String> {
        Uts46::new()
            .to_ascii(name.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
            .ok()
            .map(std::borrow::Cow::into_owned)
    }

    /// Never another name than everyone else's. That some are none to the twin (for a mark that stands
    /// first, for letters of both directions) is as with A-labels that come as such.
    fn never_another(name: &str) -> bool {
        match to_a_labels(name) {
            Ok(ours) => twin(name).is_none_or(|twins| twins == ours.to_ascii_lowercase()),
            Err(_) => true,
        }
    }

    #[test]
    fn names_of_all_scripts_are_those_of_the_twin() {
        for name in [
            "bücher.example",
            "BÜCHER.Example",
            "straße.example",
            "ÅNGSTRÖM.example",
            "žluťoučký-kůň.cz",
            "ŽLUŤOUČKÝ-KŮŇ.cz",
            "ŁÓDŹ.pl",
            "ÇAĞRI.tr",
            "ınanç.tr",
            "șțiri.ȘȚIRI.ro",
            "col·lecció.cat",
            "phở.VIỆT-NAM-ƠƯ.vn",
            "αθήνα.ΕΛΛΆΔΑ.gr",
            "ΌΎΏΈΉΊ.gr",
            "παράδειγμα.δοκιμή",
            "пример.испытание",
            "ПРИМЕР.ЁЂЄЇЎ.укр",
            "օրինակ.հայ",
            "ՕՐԻՆԱԿ.հայ",
            "דוגמה.טעסט",
            "مثال.إختبار",
            "نمونه.ایران",
            "उदाहरण.परीक्षा",
            "हिन्दी-ख़बर.भारत",
            "বাংলা.ভারত",
            "ਪੰਜਾਬੀ.ਭਾਰਤ",
            "ગુજરાતી.ભારત",
            "ଓଡ଼ିଆ.ଭାରତ",
            "உதாரணம்.இந்தியா",
            "తెలుగు.భారత్",
            "ಕನ್ನಡ.ಭಾರತ",
            "മലയാളം.ഭാരതം",
            "ලංකා.සිංහල",
            "ตัวอย่าง.ไทย",
            "ผู้ใหญ่.ไทย",
            "ຕົວຢ່າງ.ລາວ",
            "မြန်မာ.example",
            "უბრალო.გე",
            "ምሳሌ.ኢትዮጵያ",
            "ឧទាហរណ៍.ខ្មែរ",
            "例え.テスト",
            "パン・ケーキ.みんな",
            "例子。测试",
            "例子．測試｡台灣",
            "𠮷野家.example",
            "실례.테스트",
            "ㄅㄆㄇ.example",
            "a.ü.b",
            "_dmarc.bücher.example",
        ] {
            let ours = to_a_labels(name).map(|name| name.to_ascii_lowercase());
            assert_eq!(ours.ok(), twin(name), "{name}");
            assert!(twin(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_cannot_stand_in_a_label_is_refused() {
        for label in [
            "\u{80}",
            "a\u{a0}b",
            "a\u{ad}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "a\u{200e}b",
            "a\u{202e}b",
            "a\u{2028}",
            "a\u{2066}b",
            "a\u{feff}b",
            "a\u{fffd}b",
            "a\u{fe0f}b",
            "a\u{e0061}b",
            "ｅxample",
            "ﬁsh",
            "①",
            "ª",
            "½",
            "™",
            "Ⅷ",
            "ǆ",
            "ſtrasse",
            "×",
            "a—b",
            "a\u{2019}b",
            "☃",
            "💌",
            "\u{e000}",
            "bu\u{308}cher",
            "\u{308}b",
            "\u{93c}a",
            "か\u{3099}",
            "각\u{11a8}",
            "ᄀ",
            "丽\u{2f800}",
            "İ",
            "Ꭰ",
            "ẞ",
            "न\u{93c}",
            "க\u{bc6}\u{bbe}",
            "क\u{94d}\u{93c}",
            "ก\u{e48}\u{e38}",
            "क\u{93c}\u{9cd}",
            "xn--ü",
            "XN--ü",
        ] {
            assert_eq!(to_a_labels(label), Err(NameError::NotIdna), "{label:?}");
        }
        let long = "ü".repeat(60);
        assert_eq!(to_a_labels(&long), Err(NameError::LabelTooLong));
    }

    /// All characters; of Han and Hangul, which are alike, one in 16.
    fn characters() -> impl Iterator<Item = char> {
        let is_one_of_many =
            |c: &char| matches!(c, '\u{3400}'..='\u{d7a3}' | '\u{20000}'..='\u{323af}');
        ('\u{80}'..=char::MAX)
            .filter(move |c| !is_one_of_many(c) || u32::from(*c).is_multiple_of(16))
    }

    #[test]
    fn no_character_becomes_another_than_with_the_twin() {
        let mut allowed = 0;
        for character in characters() {
            assert!(never_another(&character.to_string()), "{character:?}");
            assert!(never_another(&format!("a{character}a")), "{character:?}");
            allowed += usize::from(is_allowed(character));
        }
        assert!(allowed > 5_000, "{allowed}");
    }

    #[test]
    fn no_pair_becomes_another_than_with_the_twin() {
        let letters = || ('\u{900}'..'\u{1100}').filter(|c| is_allowed(*c));
        // Those with a class, and those that some letter composes with.
        let marks: Vec<char> = letters()
            .filter(|c| mark_class(*c) > 0 || letters().any(|l| is_composed(l, *c)))
            .collect();
        assert!(marks.len() > 50, "{}", marks.len());
        for letter in letters().chain(['a', 'é', 'α', 'я', 'ש', 'か', '字', '가', '각']) {
            for mark in &marks {
                let label: String = [letter, *mark].iter().collect();
                assert!(never_another(&label), "{label:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(target_arch = "wasm32") { 256 } else { 4096 },
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_name_becomes_another_than_with_the_twin(
            name in prop_oneof![
                r"[\u{80}-\u{5ff}.\-a-zA-Z]{1,8}",
                r"[\u{900}-\u{dff}a]{1,6}",
                r"[\u{e00}-\u{10ff}\u{1780}-\u{17ff}]{1,6}",
                r"[\u{900}-\u{94f}]{1,6}",
                r"[\u{1e00}-\u{1fff}\u{300}-\u{30f}]{1,5}",
                r"[\u{3000}-\u{30ff}\u{ff00}-\u{ff70}\u{ac00}-\u{ac40}]{1,6}",
                ".{1,10}",
            ],
        ) {
            prop_assert!(never_another(&name), "{:?}", name);
        }
    }
}
