//! The Authentication-Results field (RFC 8601): what a report says to the mail system.

use std::fmt::Write as _;

use crate::name::DomainName;
use crate::verify::{Report, Signature};

/// Who speaks where the host did not say: the machine itself.
pub const DEFAULT_AUTHSERV_ID: &str = "localhost";

/// The fewest octets of `b=` that tell signatures apart (RFC 6008 §3).
const MIN_SIGNATURE_OCTETS: usize = 8;

/// The complete value of an Authentication-Results field for a report, folded before each result.
///
/// Values from the message stand there as tokens or quoted strings, so that none of them can add a
/// result of its own (RFC 8601 §2.2, §7.1).
///
/// ```
/// use waxseal::{Options, UnixTime, VerificationTime, Verifier, auth_results};
///
/// let now = VerificationTime::At(UnixTime::from_seconds(0));
/// let mut verifier = Verifier::new(Options::new(now));
/// verifier.push(b"From: joe@example.com\r\n\r\n");
/// let report = verifier.finish();
/// assert_eq!(auth_results::format(&report, "mx.example.net"), "mx.example.net; dkim=none");
/// ```
pub fn format(report: &Report, authserv_id: &str) -> String {
    let mut value = quoted_where_needed(authserv_id);
    if report.signatures.is_empty() {
        // write! to a String cannot fail.
        let _ = write!(value, "; dkim={}", report.result);
    }
    for (index, signature) in report.signatures.iter().enumerate() {
        value.push_str(";\r\n\tdkim=");
        value.push_str(signature.result.as_str());
        if let Some(reason) = signature.reason {
            let _ = write!(value, " reason={reason}");
        }
        for (property, text) in properties(signature, index, &report.signatures) {
            let _ = write!(value, " header.{property}={}", quoted_where_needed(&text));
        }
    }
    value
}

/// The properties of RFC 8601 §2.7.1 and RFC 6008 §4.
fn properties(
    signature: &Signature,
    index: usize,
    all: &[Signature],
) -> impl Iterator<Item = (&'static str, String)> {
    // RFC 6376 §3.5: without i= the identity is "@" and the signing domain.
    let identity = signature
        .identity
        .clone()
        .or_else(|| signature.domain.as_ref().map(|domain| format!("@{domain}")));
    [
        ("d", signature.domain.clone()),
        ("i", identity),
        ("s", signature.selector.clone()),
        ("a", signature.algorithm.clone()),
        ("b", unique_prefix(index, all)),
    ]
    .into_iter()
    .filter_map(|(property, text)| {
        text.filter(|text| !text.is_empty()).map(|text| (property, text))
    })
}

/// The shortest start of `b=` that no other signature has, at least eight octets (RFC 6008 §3).
fn unique_prefix(index: usize, all: &[Signature]) -> Option<String> {
    let own = all.get(index)?.signature.as_deref()?;
    let longest_shared = all
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .filter_map(|(_, other)| other.signature.as_deref())
        .map(|other| own.chars().zip(other.chars()).take_while(|(a, b)| a == b).count())
        .max()
        .unwrap_or_default();
    let length = longest_shared.saturating_add(1).max(MIN_SIGNATURE_OCTETS);
    Some(own.chars().take(length).collect())
}

/// The text as a token, a name or an identity where it is one, else as a quoted string without
/// control characters (RFC 8601 §2.2 `pvalue`, RFC 2045 §5.1 `value`).
fn quoted_where_needed(text: &str) -> String {
    if is_token(text) || is_identity(text) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            // RFC 5322 §3.2.4 allows neither control characters nor line ends in a quoted string.
            c if c.is_control() => quoted.push('?'),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_octet)
}

fn is_token_octet(octet: u8) -> bool {
    // RFC 2045 §5.1: no blanks, controls or tspecials.
    octet.is_ascii_graphic() && !br#"()<>@,;:\"/[]?="#.contains(&octet)
}

/// `[local-part] "@" domain-name`, the local-part a dot-atom (RFC 8601 §2.2).
fn is_identity(text: &str) -> bool {
    let Some((local_part, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_dot_atom = |text: &str| {
        text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_octet))
    };
    (local_part.is_empty() || is_dot_atom(local_part))
        && domain.is_ascii()
        && DomainName::parse(domain).is_ok()
}

fn is_atom_octet(octet: u8) -> bool {
    // RFC 5322 §3.2.3.
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        for (text, expected) in [
            ("example.com", "example.com"),
            ("@example.com", "@example.com"),
            ("joe+x@example.com", "joe+x@example.com"),
            ("a b@example.com", "\"a b@example.com\""),
            ("x; dkim=pass", "\"x; dkim=pass\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("a\r\nb", "\"a??b\""),
            ("a(b", "\"a(b\""),
            ("", "\"\""),
            ("grün", "\"grün\""),
        ] {
            assert_eq!(quoted_where_needed(text), expected);
        }
    }
}
