//! Reads a signature field into a [`Signature`], or tells why it can never verify.

use std::ops::Range;

use super::claims::canonicalization_names;
use super::{Claims, Signature, SignatureError};
use crate::canon::Canonicalization;
use crate::crypto::Algorithm;
use crate::encoding::{base64, quoted_printable};
use crate::name::{DomainName, NameError, Selector};
use crate::tag_list::{TagList, colon_separated};
use crate::time::UnixTime;

/// Bounds on one signature field.
#[derive(Clone, Copy, Debug)]
pub struct ParseLimits {
    /// Octets of the field.
    pub octets: usize,
    /// Names in `h=`.
    pub signed_names: usize,
}

impl Signature {
    /// Reads a DKIM-Signature field, the value of which begins at `value_offset`: what it says, and,
    /// if it may verify, what is needed for that.
    ///
    /// # Errors
    ///
    /// In the second half, the first [`SignatureError`] in the order of RFC 6376 §6.1.1.
    ///
    /// ```
    /// use waxseal::signature::{ParseLimits, Signature};
    ///
    /// let field = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from";
    /// let limits = ParseLimits { octets: 65_536, signed_names: 1000 };
    /// let (claims, signature) = Signature::parse(field, 15, limits);
    /// assert_eq!(claims.domain.as_deref(), Some("example.com"));
    /// assert_eq!(signature.unwrap_err().to_string(), "the required tag b= is missing");
    /// ```
    pub fn parse(
        field: &[u8],
        value_offset: usize,
        limits: ParseLimits,
    ) -> (Claims, Result<Self, SignatureError>) {
        if field.len() > limits.octets {
            let error = SignatureError::TooLarge { limit: limits.octets };
            return (Claims::read(&TagList::default()), Err(error));
        }
        let (tags, error) = TagList::parse(field.get(value_offset..).unwrap_or_default());
        let claims = Claims::read(&tags);
        let signature = match error {
            Some(error) => Err(SignatureError::Syntax(error)),
            None => read(Family::Dkim, &tags, value_offset, limits),
        };
        (claims, signature)
    }
}

/// Whose rules a signature over a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// RFC 6376 §3.5.
    Dkim,
    /// RFC 8617 §4.1.2: no version, no identity, and `h=` may leave From out.
    Arc,
}

pub(super) fn read(
    family: Family,
    tags: &TagList<'_>,
    value_offset: usize,
    limits: ParseLimits,
) -> Result<Signature, SignatureError> {
    if let Some(name) = tags.duplicate() {
        return Err(SignatureError::Duplicate { name: name.to_owned() });
    }
    let value = |name| tags.get(name).map(|tag| tag.value);
    let required = |name| value(name).ok_or(SignatureError::Missing { name });

    if family == Family::Dkim {
        let version = required("v")?;
        if version != "1" {
            return Err(SignatureError::Version { value: version.to_owned() });
        }
    }
    // RFC 6376 §6.1.1: all required tags are looked for before any is looked into.
    for name in ["a", "b", "bh", "d", "h", "s"] {
        required(name)?;
    }
    let algorithm = algorithm(required("a")?)?;
    let (header_canonicalization, body_canonicalization) = canonicalization(family, value("c"))?;
    check_query_methods(value("q"))?;

    let (domain, selector, key_name) = key_names(required("d")?, required("s")?)?;
    let identity = if family == Family::Dkim { value("i") } else { None };
    let identity_domain = identity_domain(identity, &domain)?;

    let signed_fields = signed_fields(family, required("h")?, limits.signed_names)?;
    let timestamp = number("t", value("t"), 12)?;
    let expires = number("x", value("x"), 12)?;
    if let (Some(timestamp), Some(expires)) = (timestamp, expires)
        && expires <= timestamp
    {
        return Err(SignatureError::Expiration { expires, timestamp });
    }
    let body_length = number("l", value("l"), 76)?;
    check_copied_fields(value("z"))?;

    let signature = non_empty_base64("b", required("b")?)?;
    let body_hash = non_empty_base64("bh", required("bh")?)?;
    Ok(Signature {
        algorithm,
        signature,
        signature_span: signature_span(tags, value_offset),
        body_hash,
        header_canonicalization,
        body_canonicalization,
        domain,
        selector,
        key_name,
        signed_fields,
        identity_domain,
        body_length,
        timestamp: timestamp.map(UnixTime::from_seconds),
        expires: expires.map(UnixTime::from_seconds),
    })
}

/// Where the value of `b=` stands in the field.
pub(super) fn signature_span(tags: &TagList<'_>, value_offset: usize) -> Range<usize> {
    let span = tags.get("b").map(|tag| tag.value_span.clone()).unwrap_or_default();
    span.start.saturating_add(value_offset)..span.end.saturating_add(value_offset)
}

pub(super) fn algorithm(value: &str) -> Result<Algorithm, SignatureError> {
    Algorithm::parse(value).ok_or_else(|| SignatureError::Algorithm { value: value.to_owned() })
}

/// `d=`, `s=`, and where their key is published.
pub(super) fn key_names(
    domain: &str,
    selector: &str,
) -> Result<(DomainName, Selector, DomainName), SignatureError> {
    let parsed_domain = name_error("d", domain, DomainName::parse)?;
    let parsed_selector = name_error("s", selector, Selector::parse)?;
    let key_name = name_error("s", selector, |_| parsed_selector.key_name(&parsed_domain))?;
    Ok((parsed_domain, parsed_selector, key_name))
}

fn canonicalization(
    family: Family,
    value: Option<&str>,
) -> Result<(Canonicalization, Canonicalization), SignatureError> {
    if value.is_none() && family == Family::Arc {
        // RFC 8617 §4.1.2 takes the default over from DKIM, which is simple; but what its test suite
        // and its implementations make of a missing c= is relaxed.
        return Ok((Canonicalization::Relaxed, Canonicalization::Relaxed));
    }
    let unknown =
        || SignatureError::Canonicalization { value: value.unwrap_or_default().to_owned() };
    // An absent c= is simple/simple; an empty one names nothing (RFC 6376 §3.5).
    let (header, body) = match value {
        Some("") => return Err(unknown()),
        value => canonicalization_names(value.unwrap_or_default()),
    };
    let header = Canonicalization::parse(header).ok_or_else(unknown)?;
    let body = Canonicalization::parse(body).ok_or_else(unknown)?;
    Ok((header, body))
}

fn check_query_methods(value: Option<&str>) -> Result<(), SignatureError> {
    // RFC 6376 §3.5: the only method is dns/txt; unknown ones beside it are ignored. A colon within
    // the arguments of one is encoded (erratum 4810), so each colon separates methods.
    match value {
        Some(methods)
            if !colon_separated(methods).any(|one| one.eq_ignore_ascii_case("dns/txt")) =>
        {
            Err(SignatureError::QueryMethod { value: methods.to_owned() })
        }
        _ => Ok(()),
    }
}

fn name_error<T>(
    name: &'static str,
    value: &str,
    parse: impl FnOnce(&str) -> Result<T, NameError>,
) -> Result<T, SignatureError> {
    parse(value).map_err(|error| SignatureError::Domain { name, value: value.to_owned(), error })
}

fn identity_domain(value: Option<&str>, domain: &DomainName) -> Result<DomainName, SignatureError> {
    let Some(identity) = value else {
        return Ok(domain.clone());
    };
    let bad = |problem: String| SignatureError::BadValue { name: "i", problem };
    // RFC 6376 §3.5: [Local-part] "@" domain-name, in DKIM quoted-printable.
    let decoded = quoted_printable::decode(identity).map_err(|error| bad(error.to_string()))?;
    let at = memchr::memrchr(b'@', &decoded).ok_or_else(|| bad("it has no '@'".to_owned()))?;
    let identity_domain = decoded.get(at.saturating_add(1)..).unwrap_or_default();
    let identity_domain = DomainName::from_octets(identity_domain)
        .map_err(|error| bad(format!("its domain is no DNS name: {error}")))?;
    if !identity_domain.is_within(domain) {
        return Err(SignatureError::Identity {
            identity: identity_domain.as_str().to_owned(),
            domain: domain.as_str().to_owned(),
        });
    }
    Ok(identity_domain)
}

fn signed_fields(family: Family, value: &str, limit: usize) -> Result<Vec<String>, SignatureError> {
    let mut names = Vec::new();
    for name in colon_separated(value) {
        if names.len() >= limit {
            return Err(SignatureError::TooManyFields { limit });
        }
        let problem = if name.is_empty() && family == Family::Arc {
            // Sealers write such lists, and verifiers of ARC take them: nothing is signed by it.
            continue;
        } else if name.is_empty() {
            "an item of the list is empty".to_owned()
        } else if !name.bytes().all(|octet| octet.is_ascii_graphic()) {
            format!("'{}' is no field name", name.escape_debug())
        } else if family == Family::Arc && name.eq_ignore_ascii_case("ARC-Seal") {
            // RFC 8617 §4.1.2: the seal is made after it, and covers it.
            "it lists ARC-Seal, which a message signature must not sign".to_owned()
        } else {
            names.push(name.to_ascii_lowercase());
            continue;
        };
        return Err(SignatureError::BadValue { name: "h", problem });
    }
    // RFC 6376 §5.4: the From field must be signed.
    if family == Family::Dkim && !names.iter().any(|name| name == "from") {
        return Err(SignatureError::FromNotSigned);
    }
    Ok(names)
}

pub(super) fn number(
    name: &'static str,
    value: Option<&str>,
    max_digits: usize,
) -> Result<Option<u64>, SignatureError> {
    let Some(digits) = value else { return Ok(None) };
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        let problem = "it is not a number in decimal digits".to_owned();
        return Err(SignatureError::BadValue { name, problem });
    }
    if digits.len() > max_digits {
        let problem = format!("it has more than {max_digits} digits");
        return Err(SignatureError::BadValue { name, problem });
    }
    // Only l= may have more digits than fit; no body is that long.
    Ok(Some(digits.parse().unwrap_or(u64::MAX)))
}

fn check_copied_fields(value: Option<&str>) -> Result<(), SignatureError> {
    // RFC 6376 §3.5: name ":" value, in DKIM quoted-printable, separated by "|". The copies are for
    // people; only their form is checked.
    let Some(copies) = value else { return Ok(()) };
    for copy in copies.split('|') {
        let problem = match copy.split_once(':') {
            None => "an item has no ':'".to_owned(),
            Some((_, value)) => match quoted_printable::decode(value) {
                Ok(_) => continue,
                Err(error) => error.to_string(),
            },
        };
        return Err(SignatureError::BadValue { name: "z", problem });
    }
    Ok(())
}

pub(super) fn non_empty_base64(name: &'static str, value: &str) -> Result<Vec<u8>, SignatureError> {
    let bad = |problem: String| SignatureError::BadValue { name, problem };
    let octets = base64::decode(value).map_err(|error| bad(error.to_string()))?;
    if octets.is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(octets) }
}
