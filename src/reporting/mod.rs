//! What a signature asks for besides its verification: reports about failures (RFC 6651), and to be
//! taken for one of the author's domain (ATPS, RFC 6541).
//!
//! Nothing here sends a report or changes a verdict: it reads and tells.

mod atps;
mod record;

pub use atps::{Atps, AtpsHash, AtpsResult};
pub use record::{FailureKind, ReportRecord};

use crate::name::DomainName;
use crate::tag_list::TagList;

/// The tags of a DKIM-Signature that RFC 6651 and RFC 6541 add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// `r=y`: the signer asks for a report where the signature does not verify (RFC 6651 §3.1).
    pub report_requested: bool,
    /// `atps=` and `atpsh=`: the domain on whose behalf the signer signs (RFC 6541 §4).
    pub atps: Option<Atps>,
}

impl Extensions {
    /// Reads a DKIM-Signature field, the value of which begins at `value_offset`. What is wrong with
    /// these tags leaves them out: they decide about no signature.
    ///
    /// ```
    /// use waxseal::reporting::{AtpsHash, Extensions};
    ///
    /// let field = b"DKIM-Signature: d=esp.example; r=y; atps=example.com; atpsh=sha256";
    /// let extensions = Extensions::parse(field, 15);
    /// assert!(extensions.report_requested);
    /// let atps = extensions.atps.unwrap();
    /// assert_eq!(atps.author.as_str(), "example.com");
    /// assert_eq!(atps.hash, AtpsHash::Sha256);
    /// ```
    pub fn parse(field: &[u8], value_offset: usize) -> Self {
        let (tags, error) = TagList::parse(field.get(value_offset..).unwrap_or_default());
        if error.is_some() || tags.duplicate().is_some() {
            return Self::default();
        }
        let value = |name| tags.get(name).map(|tag| tag.value);
        let atps = || {
            // RFC 6541 §4: one goes not without the other.
            let author = DomainName::parse(value("atps")?).ok()?;
            Some(Atps { author, hash: AtpsHash::parse(value("atpsh")?)? })
        };
        Self {
            report_requested: value("r").is_some_and(|value| value.eq_ignore_ascii_case("y")),
            atps: atps(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn extensions_are_read_and_what_is_wrong_left_out() {
        let read = |tags: &str| {
            let extensions = Extensions::parse(tags.as_bytes(), 0);
            let atps = extensions.atps.map(|atps| format!("{} {}", atps.author, atps.hash.name()));
            (extensions.report_requested, atps.unwrap_or_default())
        };
        for (tags, requested, atps) in [
            ("v=1", false, ""),
            ("r=y", true, ""),
            ("r=Y; atps=a.example; atpsh=none", true, "a.example none"),
            ("r=n; atps=A.Example; atpsh=SHA1", false, "a.example sha1"),
            ("r=yes; atps=a.example", false, ""),
            ("atps=a.example; atpsh=md5", false, ""),
            ("atps=a..example; atpsh=sha1", false, ""),
            ("atpsh=sha1", false, ""),
            ("r=y; r=y", false, ""),
            ("r=y; oops", false, ""),
        ] {
            assert_eq!(read(tags), (requested, atps.to_owned()), "{tags}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_octets_are_read_without_panic(
            octets in prop::collection::vec(any::<u8>(), 0..60),
            offset in 0_usize..70,
        ) {
            let _ = Extensions::parse(&octets, offset);
        }
    }
}
