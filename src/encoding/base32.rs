//! Base32 without padding (RFC 4648 §6), as it stands in names of the DNS.

const ALPHABET: [u8; 32] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Encodes octets, without padding.
///
/// ```
/// assert_eq!(waxseal::encoding::base32::encode(b"foobar"), "MZXW6YTBOI");
/// ```
pub fn encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for group in octets.chunks(5) {
        let mut bits = 0_u64;
        for place in 0..5 {
            bits = bits << 8 | u64::from(group.get(place).copied().unwrap_or_default());
        }
        // Each digit has five bits; a group that is not full has as many as its bits need.
        let digits = group.len().saturating_mul(8).div_ceil(5);
        for place in (0..8_u32).rev().take(digits) {
            let digit = bits >> place.saturating_mul(5) & 31;
            let digit = usize::try_from(digit).ok().and_then(|digit| ALPHABET.get(digit));
            text.extend(digit.map(|digit| char::from(*digit)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_examples_of_rfc_4648_come_out_less_their_padding() {
        // RFC 4648 §10.
        for (octets, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(octets.as_bytes()), text);
        }
    }
}
