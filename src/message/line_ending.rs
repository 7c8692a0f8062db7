//! Finds CR and LF that stand alone.

/// Looks for a CR without LF, or an LF without CR, in octets that come in pieces (RFC 5322 §2.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct BareLineEndings {
    found: bool,
    after_cr: bool,
}

impl BareLineEndings {
    /// Takes the next octets.
    pub fn push(&mut self, octets: &[u8]) {
        let Some(&last) = octets.last() else { return };
        if self.found {
            return;
        }
        let mut expected = self.after_cr.then_some(0);
        for at in memchr::memchr2_iter(b'\r', b'\n', octets) {
            match (octets.get(at), expected) {
                (Some(b'\n'), Some(place)) if place == at => expected = None,
                (Some(b'\r'), None) => expected = Some(at.saturating_add(1)),
                _ => {
                    self.found = true;
                    return;
                }
            }
        }
        self.after_cr = last == b'\r';
        // A CR that something else than LF follows is bare, though no further CR or LF showed it.
        self.found = expected.is_some() && !self.after_cr;
    }

    /// Whether one was found, the octets being complete.
    pub fn found(self) -> bool {
        self.found || self.after_cr
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn bare_line_endings_are_found_wherever_the_pieces_end() {
        for (octets, expected) in [
            (&b""[..], false),
            (b"a\r\nb\r\n", false),
            (b"\r\n\r\n", false),
            (b"a\nb", true),
            (b"\n", true),
            (b"a\rb", true),
            (b"a\r", true),
            (b"a\r\r\n", true),
            (b"a\r\n\n", true),
        ] {
            for cut in 0..=octets.len() {
                let (first, second) = octets.split_at(cut);
                let mut search = BareLineEndings::default();
                search.push(first);
                search.push(second);
                assert_eq!(search.found(), expected, "{octets:?} cut at {cut}");
            }
        }
    }
}
