//! The addresses in a field such as From, read octet by octet (RFC 5322 §3.4). Names and comments are
//! passed over and nothing is decoded, so that no table of charsets is needed for it in WebAssembly;
//! the tests compare it with `mail-parser`.
//!
//! What is no good syntax gives rather too many addresses than too few: whoever is named as an author
//! must be found, for alignment goes by all of them.

use super::fields::Field;

/// The addresses in a field such as From, Sender or Resent-From, in order (RFC 5322 §3.4).
///
/// ```
/// use waxseal::message::{HeaderReader, addresses};
///
/// let mut reader = HeaderReader::new(1000, 10);
/// reader.push(b"Sender: \"Joe, Q\" <joe@example.com>\r\n\r\n").unwrap();
/// let sender = reader.into_header();
/// assert_eq!(addresses::addresses(sender.first("Sender").unwrap()), ["joe@example.com"]);
/// ```
pub fn addresses(field: Field<'_>) -> Vec<String> {
    let mut list = List::default();
    let mut rest = field.value();
    while let Some((&octet, after)) = rest.split_first() {
        rest = match octet {
            b'(' => {
                list.gap = true;
                behind_comment(after)
            }
            b'"' => list.take(rest, behind_quoted_string(after)),
            // A literal only behind the sign: names such as "[List] Joe" have brackets, too.
            b'[' if list.text.ends_with(b"@") => list.take(rest, behind_literal(after)),
            _ => {
                list.octet(octet);
                after
            }
        };
    }
    list.end_item();
    list.found
}

/// What follows the `)` that closes a comment; comments nest (RFC 5322 §3.2.2).
fn behind_comment(mut rest: &[u8]) -> &[u8] {
    let mut depth = 1_usize;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            b'\\' => rest = after.get(1..).unwrap_or_default(),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    rest
}

/// What follows the closing quote (RFC 5322 §3.2.4).
fn behind_quoted_string(mut rest: &[u8]) -> &[u8] {
    while let Some((&octet, after)) = rest.split_first() {
        rest = match octet {
            b'"' => return after,
            b'\\' => after.get(1..).unwrap_or_default(),
            _ => after,
        };
    }
    rest
}

/// What follows the `]` of a domain literal (RFC 5322 §3.4.1).
fn behind_literal(rest: &[u8]) -> &[u8] {
    let end = memchr::memchr(b']', rest).map_or(rest.len(), |end| end.saturating_add(1));
    rest.get(end..).unwrap_or_default()
}

/// A list that is being read, up to some octet.
#[derive(Debug, Default)]
struct List {
    found: Vec<String>,
    /// The present word, or what stands between angle brackets: without blanks and comments.
    text: Vec<u8>,
    /// The sign stands in it, not in a quoted string.
    has_sign: bool,
    /// Blanks or a comment stand behind it.
    gap: bool,
    /// It stands between angle brackets.
    in_angle: bool,
    /// The present item has had angle brackets: what stands outside of them is a name.
    had_angle: bool,
    /// Addresses of the present item without angle brackets.
    bare: Vec<String>,
}

impl List {
    /// Takes what stands before `after`, quotes or brackets included, as it is.
    fn take<'a>(&mut self, rest: &[u8], after: &'a [u8]) -> &'a [u8] {
        self.join_or_end_word(b'"');
        let length = rest.len().saturating_sub(after.len());
        self.text.extend_from_slice(rest.get(..length).unwrap_or_default());
        after
    }

    /// Takes an octet that is in no comment, quoted string or literal.
    fn octet(&mut self, octet: u8) {
        match octet {
            b' ' | b'\t' | b'\r' | b'\n' => self.gap = true,
            b'<' => {
                self.end_word();
                self.in_angle = true;
                self.had_angle = true;
            }
            b'>' => {
                self.end_word();
                self.in_angle = false;
            }
            // A route, which is to be ignored (RFC 5322 §4.4), ends here, and its domains before.
            b':' if self.in_angle => self.forget_word(),
            b',' if self.in_angle => self.end_word(),
            // The name of a group.
            b':' => {
                self.forget_word();
                self.bare.clear();
            }
            b',' | b';' => self.end_item(),
            _ => {
                self.join_or_end_word(octet);
                self.text.push(octet);
                self.has_sign |= octet == b'@';
            }
        }
    }

    /// Behind a gap the next octet begins another word, but where the grammar lets blanks into an
    /// address (RFC 5322 §3.4.1 and §4.4): at the sign, at a dot of the domain, in angle brackets.
    fn join_or_end_word(&mut self, next: u8) {
        let joins = self.in_angle
            || next == b'@'
            || self.text.ends_with(b"@")
            || (self.has_sign && (next == b'.' || self.text.ends_with(b".")));
        if self.gap && !joins {
            self.end_word();
        }
        self.gap = false;
    }

    fn end_word(&mut self) {
        let word = String::from_utf8_lossy(&self.text);
        let is_route = self.in_angle && word.starts_with('@');
        let is_encoded = word.starts_with("=?") && word.ends_with("?=");
        if self.in_angle && !word.is_empty() && !is_route {
            self.found.push(word.into_owned());
        } else if !self.in_angle && self.has_sign && !is_encoded {
            self.bare.push(word.into_owned());
        }
        self.forget_word();
    }

    fn forget_word(&mut self) {
        self.text.clear();
        self.has_sign = false;
        self.gap = false;
    }

    fn end_item(&mut self) {
        self.end_word();
        self.in_angle = false;
        let bare = std::mem::take(&mut self.bare);
        if !std::mem::take(&mut self.had_angle) {
            self.found.extend(bare);
        }
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::parsers::MessageStream;
    use mail_parser::{Address, HeaderValue};
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::HeaderReader;

    fn read(value: &[u8]) -> Vec<String> {
        let mut reader = HeaderReader::new(100_000, 10);
        reader.push(&[b"From:", value, b"\r\n\r\n"].concat()).unwrap();
        addresses(reader.into_header().first("From").unwrap())
    }

    /// What `mail-parser` finds.
    fn twin(value: &[u8]) -> Vec<String> {
        let value = [value, b"\n"].concat();
        let HeaderValue::Address(parsed) = MessageStream::new(&value).parse_address() else {
            return Vec::new();
        };
        let list = match &parsed {
            Address::List(list) => list.iter().collect::<Vec<_>>(),
            Address::Group(groups) => groups.iter().flat_map(|group| &group.addresses).collect(),
        };
        list.iter().filter_map(|one| one.address.as_deref()).map(str::to_owned).collect()
    }

    #[test]
    fn addresses_are_found() {
        for (value, expected) in [
            ("joe@example.com", &["joe@example.com"][..]),
            (" <joe@example.com>", &["joe@example.com"]),
            (
                "\"Joe, Q\" <joe@example.com>,\r\n ann@example.org",
                &["joe@example.com", "ann@example.org"],
            ),
            (
                "us: a@b.example, C <c@d.example>;, e@f.example",
                &["a@b.example", "c@d.example", "e@f.example"],
            ),
            ("undisclosed-recipients:;", &[]),
            ("joe@example.com (Joe)", &["joe@example.com"]),
            ("joe (one (two) \\) three) @ (x@y) example.com", &["joe@example.com"]),
            ("joe@example . com", &["joe@example.com"]),
            ("\"a@x\"@b.example", &["\"a@x\"@b.example"]),
            ("<\"a\\\" >\"@b.example>", &["\"a\\\" >\"@b.example"]),
            ("joe@[IPv6:2001:db8::1], a@b.c", &["joe@[IPv6:2001:db8::1]", "a@b.c"]),
            ("[List] Joe <a@b.c>", &["a@b.c"]),
            ("Joe <@one.example,@two.example:joe@three.example>", &["joe@three.example"]),
            ("Q. Public joe@example.com", &["joe@example.com"]),
            ("=?utf-8?q?Jo=C3=AB?= <joe@example.com>", &["joe@example.com"]),
            ("=?utf-8?q?a@b.example?= <joe@example.com>", &["joe@example.com"]),
            ("=?utf-8?q?a@b.example?=", &[]),
            ("j\u{f6}@b\u{fc}cher.example", &["j\u{f6}@b\u{fc}cher.example"]),
            ("", &[]),
            ("Joe", &[]),
            ("<>", &[]),
        ] {
            assert_eq!(read(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn what_is_written_badly_hides_no_author() {
        for (value, expected) in [
            ("joe@example.com <ann@example.org>", &["ann@example.org"][..]),
            ("<joe@example.com> <ann@example.org>", &["joe@example.com", "ann@example.org"]),
            ("<joe@example.com, ann@example.org>", &["joe@example.com", "ann@example.org"]),
            ("joe@example.com ann@example.org", &["joe@example.com", "ann@example.org"]),
            ("joe@example.com,\nann@example.org", &["joe@example.com", "ann@example.org"]),
            ("joe@example.com\nann@example.org", &["joe@example.com", "ann@example.org"]),
            ("<joe@example.com", &["joe@example.com"]),
            ("joe@example.com>", &["joe@example.com"]),
            ("Joe <<joe@example.com>>", &["joe@example.com"]),
            ("mailto:joe@example.com", &["joe@example.com"]),
            ("a@b@c.example", &["a@b@c.example"]),
            ("<joe>", &["joe"]),
            (",,;joe@example.com;", &["joe@example.com"]),
        ] {
            assert_eq!(read(value.as_bytes()), expected, "{value}");
        }
    }

    /// Lists by the grammar: names, quoted names, comments, groups, folding.
    fn list() -> impl Strategy<Value = String> {
        let local = "[a-z]{1,8}(\\.[a-z0-9+=_-]{1,6}){0,2}";
        let domain = "[a-z]{1,8}(\\.[a-z0-9]{1,6}){0,2}";
        let address = (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}"));
        let name = prop_oneof![
            "[A-Za-z]{1,8}( [A-Za-z.]{1,8}){0,2}",
            "\"[A-Za-z ,;:<>@()]{0,12}\"",
            Just("=?utf-8?q?Gr=C3=BC=C3=9Fe?=".to_owned()),
        ];
        let blank = prop_oneof![Just(" "), Just("\r\n "), Just(" \r\n\t")];
        let item = prop_oneof![
            address.clone(),
            (address.clone(), "[A-Za-z ]{0,9}")
                .prop_map(|(address, comment)| format!("{address} (x{comment})")),
            (name, blank.clone(), address)
                .prop_map(|(name, blank, address)| format!("{name}{blank}<{address}>")),
        ];
        let items = (prop::collection::vec(item, 1..4), blank)
            .prop_map(|(items, blank)| items.join(&format!(",{blank}")));
        prop_oneof![
            items.clone(),
            ("[A-Za-z]{1,8}", items).prop_map(|(name, items)| format!("{name}: {items};")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 512,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn good_lists_are_read_as_the_twin_reads_them(value in list()) {
            prop_assert_eq!(read(value.as_bytes()), twin(value.as_bytes()));
        }

        /// The twin loses quoted local-parts, and puts together what no comma parts.
        #[test]
        fn every_word_with_a_sign_is_an_author_somewhere(
            words in prop::collection::vec("[a-z]{1,5}@[a-z]{1,5}", 1..5),
            between in prop::sample::select(vec![",", ";", " ", ", ,", "\t", "\r\n ", ">", "(x)"]),
        ) {
            prop_assert_eq!(read(words.join(between).as_bytes()), words);
        }

        #[test]
        fn any_octets_are_read(value in prop::collection::vec(
            prop_oneof![prop::sample::select(b"<>()[]\",;:@.\\ \t\na=?".to_vec()), any::<u8>()],
            0..60,
        )) {
            let mut value = value;
            // Else it would be the end of the field.
            value.retain(|octet| *octet != b'\r');
            for address in read(&value) {
                prop_assert!(!address.is_empty());
            }
        }
    }
}
