//! The Authentication-Results field (RFC 8601): what a host that checked a message says of it.
//!
//! [`format`](fn@format) writes what a [`Report`](crate::Report) says, [`parse`] reads what any host
//! wrote, and [`to_remove`] names the fields that a border must take off before it adds its own.

mod format;
mod lexer;
mod parse;
mod problem;
mod remove;
mod syntax;
#[cfg(test)]
mod tests;
mod write;

use serde::Serialize;

pub use format::{DEFAULT_AUTHSERV_ID, arc_result, format, format_folded, from_report};
pub use parse::{MAX_OCTETS, MAX_RESULTS, parse};
pub use problem::{Expected, Problem};
pub use remove::{same_authserv_id, to_remove};

/// What one Authentication-Results field says (RFC 8601 §2.2).
///
/// Its [`Display`](std::fmt::Display) is a field value again. Of what was parsed leniently it holds
/// only what RFC 8601 can say.
///
/// ```
/// use waxseal::auth_results::{AuthenticationResults, MethodResult, Property};
///
/// let results = AuthenticationResults {
///     authserv_id: Some("mx.example.net".to_owned()),
///     results: vec![MethodResult {
///         properties: vec![Property::new("header", "i", "\"a; dkim=fail\"@example.com")],
///         ..MethodResult::new("dkim", "pass")
///     }],
///     ..AuthenticationResults::default()
/// };
/// assert_eq!(
///     results.to_string(),
///     "mx.example.net;\r\n\tdkim=pass header.i=\"\\\"a; dkim=fail\\\"@example.com\""
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationResults {
    /// Who says it; null where the field names nobody, as some hosts write it.
    pub authserv_id: Option<String>,
    /// The version of the field; null means 1.
    pub version: Option<u32>,
    /// The results, in order.
    pub results: Vec<MethodResult>,
    /// The field says `none`: nothing was checked.
    pub no_result: bool,
    /// The comments before the first result.
    pub comments: Vec<String>,
    /// Whether all of it follows the grammar of RFC 8601 §2.2.
    pub conforming: bool,
    /// The first place where it does not.
    pub problem: Option<Problem>,
}

/// No authserv-id, no results, conforming.
impl Default for AuthenticationResults {
    fn default() -> Self {
        Self {
            authserv_id: None,
            version: None,
            results: Vec::new(),
            no_result: false,
            comments: Vec::new(),
            conforming: true,
            problem: None,
        }
    }
}

/// What one method found (RFC 8601 §2.2 `resinfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodResult {
    /// The method in lower case, for instance `dkim`.
    pub method: String,
    /// The version of the method; null means 1.
    pub method_version: Option<u32>,
    /// The result in lower case, for instance `pass`; null where the field leaves it out.
    pub result: Option<String>,
    /// Why, in the host's own words.
    pub reason: Option<String>,
    /// What was checked, in order.
    pub properties: Vec<Property>,
    /// The comments within this result, in order.
    pub comments: Vec<String>,
}

impl MethodResult {
    /// A result with nothing more to it.
    pub fn new(method: impl Into<String>, result: impl Into<String>) -> Self {
        Self { method: method.into(), result: Some(result.into()), ..Self::default() }
    }

    /// The value of the first property of that name.
    ///
    /// ```
    /// let field = b"mx.example.net; spf=pass smtp.mailfrom=example.com";
    /// let results = waxseal::auth_results::parse(field)?;
    /// assert_eq!(results.results[0].property("smtp", "mailfrom"), Some("example.com"));
    /// # Ok::<(), waxseal::auth_results::Problem>(())
    /// ```
    pub fn property(&self, ptype: &str, name: &str) -> Option<&str> {
        let found = self
            .properties
            .iter()
            .find(|one| one.ptype.as_deref() == Some(ptype) && one.name == name)?;
        Some(&found.value)
    }
}

/// One property of what was checked (RFC 8601 §2.2 `propspec`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Property {
    /// Where it comes from, in lower case: smtp, header, body, policy or another word; null where a
    /// host writes a name alone, as in `action=none`.
    pub ptype: Option<String>,
    /// Its name in lower case, for instance `d`.
    pub name: String,
    /// Its value, without the quotes around it.
    pub value: String,
}

impl Property {
    /// A property.
    pub fn new(
        ptype: impl Into<String>,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self { ptype: Some(ptype.into()), name: name.into(), value: value.into() }
    }
}
