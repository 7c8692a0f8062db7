//! The words that values are made of, for those who write and those who read.

use crate::name::DomainName;

/// An octet of a token: no blank, control or tspecial (RFC 2045 §5.1).
pub(super) fn is_token_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !br#"()<>@,;:\"/[]?="#.contains(&octet)
}

/// A token (RFC 2045 §5.1).
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_octet)
}

/// Letters, digits and hyphens, no hyphen at the end (RFC 5321 §4.1.2 `Keyword`).
pub(super) fn is_keyword(text: &[u8]) -> bool {
    text.last().is_some_and(u8::is_ascii_alphanumeric)
        && text.iter().all(|&octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// Atoms and the dots between them (RFC 5322 §3.2.3), in UTF-8 where `beyond_ascii` (RFC 6532 §3.2).
pub(super) fn is_dot_atom(text: &[u8], beyond_ascii: bool) -> bool {
    let is_atom_octet = |octet: u8| {
        octet.is_ascii_alphanumeric()
            || b"!#$%&'*+-/=?^_`{|}~".contains(&octet)
            || (beyond_ascii && !octet.is_ascii())
    };
    text.split(|&octet| octet == b'.')
        .all(|atom| !atom.is_empty() && atom.iter().copied().all(is_atom_octet))
}

/// Two or more labels of letters, digits and inner hyphens (RFC 6376 §3.5 `domain-name`).
pub(super) fn is_domain_name(text: &[u8]) -> bool {
    domain_name(text).is_some_and(|name| {
        !name.is_single_label()
            && name.labels().all(|label| {
                is_keyword(label.as_bytes()) && label.bytes().next().is_some_and(|o| o != b'-')
            })
    })
}

/// The name in A-labels. What is far too long for one is not looked at, for U-labels take time.
pub(super) fn domain_name(text: &[u8]) -> Option<DomainName> {
    // A letter of a U-label has at most four octets and takes at least one in the A-label.
    if text.len() > DomainName::MAX_OCTETS.saturating_mul(4) {
        return None;
    }
    DomainName::from_octets(text).ok()
}

/// A domain name with its U-labels made A-labels (RFC 8616 §3), an address with those of its
/// domain; any other text as it is.
pub(super) fn with_a_labels(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let (local_part, domain) = match text.rfind('@') {
        Some(at) => text.split_at(at.saturating_add(1)),
        None => ("", text),
    };
    match domain_name(domain.as_bytes()) {
        Some(name) if !domain.is_ascii() => format!("{local_part}{name}"),
        _ => text.to_owned(),
    }
}
