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
        let (Some(first), Some(last)) = (octets.first(), octets.last()) else { return };
        // A CR stands before an LF and an LF behind a CR, in every pair of neighbours. No branch in
        // the loop, so that the compiler makes wide instructions of it.
        let mut found = self.after_cr != (*first == b'\n');
        let followers = octets.get(1..).unwrap_or_default();
        for (this, follower) in octets.iter().zip(followers) {
            found |= (*this == b'\r') != (*follower == b'\n');
        }
        self.found |= found;
        self.after_cr = *last == b'\r';
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
