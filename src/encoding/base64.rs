//! Base64 with folding white space anywhere in it (RFC 6376 §2.10).

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Signers leave padding off and bits behind; both leave no doubt about the octets meant.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Encodes octets on one line, with padding.
///
/// ```
/// assert_eq!(waxseal::encoding::base64::encode(b"Hi"), "SGk=");
/// ```
pub fn encode(octets: &[u8]) -> String {
    LENIENT.encode(octets)
}

/// Decodes a value that may be folded.
///
/// # Errors
///
/// [`Base64Error`] where anything but base64 and white space stands there, or its length is wrong.
///
/// ```
/// assert_eq!(waxseal::encoding::base64::decode("SG\r\n k=").unwrap(), b"Hi");
/// ```
pub fn decode(value: &str) -> Result<Vec<u8>, Base64Error> {
    let text = without_white_space(value);
    LENIENT.decode(text.as_bytes()).map_err(|error| match error {
        base64::DecodeError::InvalidByte(_, octet) => Base64Error::BadOctet(octet),
        _ => Base64Error::BadLength,
    })
}

/// The value less its white space, as reports show it.
pub(crate) fn without_white_space(value: &str) -> String {
    value.chars().filter(|c| !crate::tag_list::is_fws_char(*c)).collect()
}

/// Why a value is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base64Error {
    /// An octet outside the alphabet, or padding that is not at the end.
    BadOctet(u8),
    /// No octets have an encoding of this length, or the padding is wrong.
    BadLength,
}

impl fmt::Display for Base64Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadOctet(octet) if octet.is_ascii_graphic() => {
                write!(f, "'{}' does not belong in base64", char::from(*octet))
            }
            Self::BadOctet(octet) => write!(f, "octet 0x{octet:02x} does not belong in base64"),
            Self::BadLength => f.write_str("the base64 is cut short or wrongly padded"),
        }
    }
}

impl std::error::Error for Base64Error {}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn padding_and_spare_bits_are_forgiven() {
        for value in ["SGk=", "SGk", "SGl", "S G\tk ="] {
            assert_eq!(decode(value).unwrap(), b"Hi", "{value:?}");
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        assert_eq!(decode("SGk*"), Err(Base64Error::BadOctet(b'*')));
        assert_eq!(decode("S"), Err(Base64Error::BadLength));
        assert!(decode("SG=k").is_err());
        assert!(decode("SGk==").is_err());
    }
}
