//! What a signature field says of itself, as far as it can be read: for reports, even of fields
//! that are broken.

use crate::encoding::base64::without_white_space;
use crate::name::{DomainName, Selector};
use crate::tag_list::{TagList, colon_separated};

/// The largest number that JavaScript holds exactly; larger ones are reported as this.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The tags of a signature field for people to read. Nothing here is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `d=`, as A-labels where it is a name.
    pub domain: Option<String>,
    /// `s=`, as A-labels where it is a name.
    pub selector: Option<String>,
    /// `i=`, its domain as A-labels where it is a name.
    pub identity: Option<String>,
    /// `a=`, in lower case.
    pub algorithm: Option<String>,
    /// `c=` for the header, by default simple (RFC 6376 §3.5).
    pub header_canonicalization: String,
    /// `c=` for the body, by default simple (RFC 6376 §3.5).
    pub body_canonicalization: String,
    /// `t=`.
    pub timestamp: Option<u64>,
    /// `x=`.
    pub expires: Option<u64>,
    /// `l=`.
    pub body_length: Option<u64>,
    /// `bh=` without white space.
    pub body_hash: Option<String>,
    /// `b=` without white space.
    pub signature: Option<String>,
    /// `h=`, in order and as written.
    pub signed_fields: Vec<String>,
}

impl Claims {
    pub(crate) fn read(tags: &TagList<'_>) -> Self {
        let value = |name| tags.get(name).map(|tag| tag.value);
        let number = |name| {
            let digits = value(name)?;
            let is_number = !digits.is_empty() && digits.bytes().all(|o| o.is_ascii_digit());
            let number = digits.parse().unwrap_or(u64::MAX).min(MAX_SAFE_INTEGER);
            is_number.then_some(number)
        };
        let (header, body) = canonicalization_names(value("c").unwrap_or_default());
        Self {
            domain: value("d").map(|text| match DomainName::parse(text) {
                Ok(name) => name.as_str().to_owned(),
                Err(_) => text.to_owned(),
            }),
            selector: value("s").map(|text| match Selector::parse(text) {
                Ok(name) => name.as_str().to_owned(),
                Err(_) => text.to_owned(),
            }),
            identity: value("i").map(identity),
            algorithm: value("a").map(str::to_ascii_lowercase),
            header_canonicalization: header.to_ascii_lowercase(),
            body_canonicalization: body.to_ascii_lowercase(),
            timestamp: number("t"),
            expires: number("x"),
            body_length: number("l"),
            body_hash: value("bh").map(without_white_space),
            signature: value("b").map(without_white_space),
            signed_fields: value("h")
                .map(|names| colon_separated(names).map(str::to_owned).collect())
                .unwrap_or_default(),
        }
    }
}

/// The two halves of a `c=` value; where one is silent it is simple (RFC 6376 §3.5).
pub(crate) fn canonicalization_names(value: &str) -> (&str, &str) {
    match value.split_once('/') {
        Some(halves) => halves,
        None if value.is_empty() => ("simple", "simple"),
        None => (value, "simple"),
    }
}

fn identity(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local_part, domain)) => match DomainName::parse(domain) {
            Ok(domain) => format!("{local_part}@{domain}"),
            Err(_) => text.to_owned(),
        },
        None => text.to_owned(),
    }
}
