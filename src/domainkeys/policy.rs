//! The signing policy of a domain, the TXT record at `_domainkey.<domain>` (RFC 4870 §3.6).

use crate::name::{DomainName, NameError};
use crate::tag_list::TagList;

/// What a domain says about its use of DomainKeys.
///
/// ```
/// use waxseal::domainkeys::SigningPolicy;
///
/// let policy = SigningPolicy::parse(b"t=y; o=-; n=notes; r=postmaster@example.com").unwrap();
/// assert!(policy.signs_all && policy.testing);
/// assert_eq!(policy.reports.as_deref(), Some("postmaster@example.com"));
/// assert_eq!(SigningPolicy::parse(b"v=spf1 -all"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigningPolicy {
    /// `o=-`: it signs all its mail. Default `~`: it signs some.
    pub signs_all: bool,
    /// `t=y`: it is testing DomainKeys.
    pub testing: bool,
    /// `n=`, notes for people.
    pub notes: Option<String>,
    /// `r=`, where to report mail that does not verify.
    pub reports: Option<String>,
}

impl SigningPolicy {
    /// Where the policy of a domain stands.
    ///
    /// # Errors
    ///
    /// [`NameError::TooLong`] where the name does not fit in the DNS.
    pub fn name(domain: &DomainName) -> Result<DomainName, NameError> {
        DomainName::parse(&format!("_domainkey.{domain}"))
    }

    /// Reads a record; `None` where it is no tag list with one of the tags of a policy.
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let (tags, error) = TagList::parse(octets);
        let is_policy = ["o", "t", "n", "r"].iter().any(|name| tags.get(name).is_some());
        // A record with a version is of another kind; DomainKeys has none.
        if error.is_some() || !is_policy || tags.get("v").is_some() || tags.duplicate().is_some() {
            return None;
        }
        let value = |name| tags.get(name).map(|tag| tag.value);
        let text = |name| value(name).map(str::to_owned);
        Some(Self {
            signs_all: value("o") == Some("-"),
            testing: value("t").is_some_and(|flags| flags.eq_ignore_ascii_case("y")),
            notes: text("n"),
            reports: text("r"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn policies_are_read() {
        let read = |text: &str| {
            SigningPolicy::parse(text.as_bytes()).map(|policy| (policy.signs_all, policy.testing))
        };
        for (text, expected) in [
            ("o=~", Some((false, false))),
            ("o=-", Some((true, false))),
            ("t=y;o=-;", Some((true, true))),
            ("t=y; o=~; n=http://antispam.yahoo.com/domainkeys", Some((false, true))),
            ("n=we sign", Some((false, false))),
            ("o=?", Some((false, false))),
            ("", None),
            ("p=reject", None),
            ("o=-; o=~", None),
            ("v=DKIM1; t=y; p=", None),
            ("dkim=all", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        let name = SigningPolicy::name(&DomainName::parse("example.com").unwrap()).unwrap();
        assert_eq!(name.as_str(), "_domainkey.example.com");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = SigningPolicy::parse(&octets);
            let _ = SigningPolicy::parse(&[b"o=-;", octets.as_slice()].concat());
        }
    }
}
