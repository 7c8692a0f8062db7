//! Domain names as they stand in signatures and queries: A-labels, lower case, no final dot.

mod u_label;

use std::fmt;

pub(crate) use u_label::lower_case;

/// A domain name in A-labels and lower case, without a final dot (RFC 5890, RFC 8616 §3).
///
/// Letters, digits, hyphens and underscores are accepted in a label; nothing else is, so a name can
/// stand in an Authentication-Results field without quoting.
///
/// ```
/// use waxseal::DomainName;
///
/// let name = DomainName::parse("Bücher.Example").unwrap();
/// assert_eq!(name.as_str(), "xn--bcher-kva.example");
/// assert!(DomainName::parse("example.com.").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

impl DomainName {
    /// Longest name in octets, dots included (RFC 1035 §2.3.4 less the length octets).
    pub const MAX_OCTETS: usize = 253;

    /// Longest label in octets (RFC 1035 §2.3.4).
    pub const MAX_LABEL_OCTETS: usize = 63;

    /// Parses a name given as A-labels or U-labels.
    ///
    /// # Errors
    ///
    /// [`NameError`] says which rule the name breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Self::from_octets(text.as_bytes())
    }

    /// Parses a name given as octets, which must be UTF-8 where they are not ASCII.
    ///
    /// # Errors
    ///
    /// [`NameError`] says which rule the name breaks.
    pub fn from_octets(octets: &[u8]) -> Result<Self, NameError> {
        if octets.is_ascii() {
            return Self::from_ascii(octets);
        }
        // RFC 8616 §3: U-labels are converted to A-labels before anything is looked up or compared.
        let text = std::str::from_utf8(octets).map_err(|_| NameError::NotIdna)?;
        Self::from_ascii(u_label::to_a_labels(text)?.as_bytes())
    }

    fn from_ascii(octets: &[u8]) -> Result<Self, NameError> {
        if octets.is_empty() {
            return Err(NameError::Empty);
        }
        if octets.len() > Self::MAX_OCTETS {
            return Err(NameError::TooLong);
        }
        for label in octets.split(|&octet| octet == b'.') {
            if label.is_empty() {
                return Err(NameError::EmptyLabel);
            }
            if label.len() > Self::MAX_LABEL_OCTETS {
                return Err(NameError::LabelTooLong);
            }
            if let Some(&octet) = label.iter().find(|octet| !is_label_octet(**octet)) {
                return Err(NameError::BadOctet(octet));
            }
        }
        let lower = octets.to_ascii_lowercase();
        String::from_utf8(lower).map(Self).map_err(|_| NameError::NotIdna)
    }

    /// The name as text, for instance `mail.example.com`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this name is `other` or stands below it (RFC 6376 §3.5 on `i=`).
    ///
    /// ```
    /// use waxseal::DomainName;
    ///
    /// let signing = DomainName::parse("example.com").unwrap();
    /// assert!(DomainName::parse("eng.example.com").unwrap().is_within(&signing));
    /// assert!(!DomainName::parse("badexample.com").unwrap().is_within(&signing));
    /// ```
    pub fn is_within(&self, other: &Self) -> bool {
        match self.0.strip_suffix(other.as_str()) {
            Some(rest) => rest.is_empty() || rest.ends_with('.'),
            None => false,
        }
    }

    /// The labels, leftmost first.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// Whether the name is one label, such as `com`: no one who signs mail owns it.
    pub fn is_single_label(&self) -> bool {
        !self.0.contains('.')
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A selector, the `s=` of a signature: one or more labels (RFC 6376 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector(DomainName);

impl Selector {
    /// Parses a selector given as A-labels or U-labels.
    ///
    /// # Errors
    ///
    /// [`NameError`] says which rule the selector breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Self::from_octets(text.as_bytes())
    }

    /// Parses a selector given as octets, which must be UTF-8 where they are not ASCII.
    ///
    /// # Errors
    ///
    /// [`NameError`] says which rule the selector breaks.
    pub fn from_octets(octets: &[u8]) -> Result<Self, NameError> {
        DomainName::from_octets(octets).map(Self)
    }

    /// The selector as text, for instance `2024-rsa`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Where the key of this selector and signing domain is published: `s._domainkey.d`
    /// (RFC 6376 §3.6.2.1).
    ///
    /// # Errors
    ///
    /// [`NameError::TooLong`] when the joined name does not fit in the DNS.
    pub fn key_name(&self, domain: &DomainName) -> Result<DomainName, NameError> {
        DomainName::parse(&format!("{self}._domainkey.{domain}"))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no domain name or selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing there.
    Empty,
    /// Two dots meet, or a dot stands first or last.
    EmptyLabel,
    /// A label is longer than [`DomainName::MAX_LABEL_OCTETS`].
    LabelTooLong,
    /// The whole is longer than [`DomainName::MAX_OCTETS`].
    TooLong,
    /// An octet that no host name has.
    BadOctet(u8),
    /// Not UTF-8, or not convertible to A-labels: no U-labels (RFC 5891 §4), or of rare letters.
    NotIdna,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::EmptyLabel => f.write_str("it has an empty label (a dot first, last or doubled)"),
            Self::LabelTooLong => f.write_str("a label has more than 63 octets"),
            Self::TooLong => f.write_str("it has more than 253 octets"),
            Self::BadOctet(octet) if octet.is_ascii_graphic() => {
                write!(f, "it contains '{}'", char::from(*octet))
            }
            Self::BadOctet(octet) => write!(f, "it contains the octet 0x{octet:02x}"),
            Self::NotIdna => f.write_str(
                "it is not valid as an internationalized domain name, or has letters that are known \
                 as A-labels (xn--...) only",
            ),
        }
    }
}

impl std::error::Error for NameError {}

fn is_label_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_'
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn names_are_lower_case_a_labels() {
        assert_eq!(DomainName::parse("EXAMPLE.com").unwrap().as_str(), "example.com");
        assert_eq!(DomainName::parse("straße.example").unwrap().as_str(), "xn--strae-oqa.example");
        assert_eq!(DomainName::parse("_dmarc.example").unwrap().as_str(), "_dmarc.example");
    }

    #[test]
    fn what_is_no_name_says_why() {
        let long_label = "a".repeat(64);
        let long_name = ["a".repeat(63).as_str(); 4].join(".");
        for (text, error) in [
            ("", NameError::Empty),
            ("example.com.", NameError::EmptyLabel),
            ("a..b", NameError::EmptyLabel),
            (long_label.as_str(), NameError::LabelTooLong),
            (long_name.as_str(), NameError::TooLong),
            ("a\0b", NameError::BadOctet(0)),
            ("a b", NameError::BadOctet(b' ')),
            ("a(b.example", NameError::BadOctet(b'(')),
            ("a\u{2028}.example", NameError::NotIdna),
        ] {
            assert_eq!(DomainName::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(DomainName::from_octets(b"\xff.example"), Err(NameError::NotIdna));
    }

    #[test]
    fn the_key_name_must_fit_in_the_dns() {
        let domain = DomainName::parse(&["a".repeat(63).as_str(); 3].join(".")).unwrap();
        let selector = Selector::parse(&"b".repeat(60)).unwrap();
        assert_eq!(selector.key_name(&domain), Err(NameError::TooLong));
    }
}
