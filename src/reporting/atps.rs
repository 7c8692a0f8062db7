//! Authorized third-party signatures (RFC 6541): the author's domain says in the DNS that another
//! domain signs for it. Experimental, and checked on request only.

use crate::crypto::{HashAlgorithm, Provider};
use crate::dns::Answer;
use crate::encoding::base32;
use crate::name::{DomainName, NameError};
use crate::tag_list::TagList;

/// What a signature claims: that its signer signs for the author's domain.
///
/// ```
/// use waxseal::DomainName;
/// use waxseal::crypto::PURE_RUST;
/// use waxseal::dns::{Answer, TxtRecords};
/// use waxseal::reporting::{Atps, AtpsHash, AtpsResult};
///
/// let author = DomainName::parse("example.com").unwrap();
/// let signer = DomainName::parse("example.net").unwrap();
/// let atps = Atps { author, hash: AtpsHash::Sha1 };
/// let name = atps.query_name(&signer, PURE_RUST).unwrap();
/// assert_eq!(name.as_str(), "yfp5hei6fuvg5wmnrbceo6bk2z75xkjz._atps.example.com");
/// let answer = Answer::Records(TxtRecords {
///     records: vec![b"v=ATPS1; d=example.net".to_vec()],
///     ..TxtRecords::default()
/// });
/// assert_eq!(atps.check(&signer, &answer), AtpsResult::Pass);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atps {
    /// `atps=`, the domain signed for.
    pub author: DomainName,
    /// `atpsh=`.
    pub hash: AtpsHash,
}

/// How the signer's domain stands in the name that is asked for (RFC 6541 §4, `atpsh=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtpsHash {
    /// As it is.
    None,
    /// As base32 of its SHA-1.
    Sha1,
    /// As base32 of its SHA-256.
    Sha256,
}

impl AtpsHash {
    /// The hash of that name, letter case aside.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::None, Self::Sha1, Self::Sha256]
            .into_iter()
            .find(|hash| hash.name().eq_ignore_ascii_case(name))
    }

    /// The name, as it stands in `atpsh=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

/// Whether the author's domain authorizes the signer, in the words of RFC 6541.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtpsResult {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// The DNS did not answer for now, and why.
    TempError(String),
    /// There is a record, but it cannot be read or is for another signer, as it stands there.
    PermError(String),
}

impl AtpsResult {
    /// The word, as it stands in an Authentication-Results field behind `dkim-atps=`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::TempError(_) => "temperror",
            Self::PermError(_) => "permerror",
        }
    }
}

impl Atps {
    /// Whether the claim concerns a message of these author domains: the signature passes, but it is
    /// not the author's own, and the domain that it signs for is (RFC 6541 §4).
    pub fn concerns(&self, authors: &[DomainName], signer: &DomainName) -> bool {
        *signer != self.author && authors.contains(&self.author)
    }

    /// The name whose TXT records tell whether the author's domain authorizes that signer
    /// (RFC 6541 §4).
    ///
    /// # Errors
    ///
    /// [`NameError`] where the name does not fit in the DNS.
    pub fn query_name(
        &self,
        signer: &DomainName,
        provider: &dyn Provider,
    ) -> Result<DomainName, NameError> {
        let hashed = |algorithm| {
            let mut hasher = provider.hasher(algorithm);
            // A DomainName is in lower case, as it is to be hashed.
            hasher.update(signer.as_str().as_bytes());
            base32::encode(&hasher.finish())
        };
        let label = match self.hash {
            AtpsHash::None => signer.as_str().to_owned(),
            AtpsHash::Sha1 => hashed(HashAlgorithm::Sha1),
            AtpsHash::Sha256 => hashed(HashAlgorithm::Sha256),
        };
        DomainName::parse(&format!("{label}._atps.{}", self.author))
    }

    /// What the answer to [`query_name`](Self::query_name) means for that signer.
    pub fn check(&self, signer: &DomainName, answer: &Answer) -> AtpsResult {
        let records = match answer {
            Answer::Records(records) => records,
            Answer::NotFound | Answer::Absent(_) => return AtpsResult::Fail,
            Answer::Unavailable { cause } => return AtpsResult::TempError(cause.clone()),
        };
        let mut wrong = None;
        for octets in &records.records {
            let (tags, error) = TagList::parse(octets);
            // RFC 6541 §4: other records do not count.
            if tags.get("v").is_none_or(|tag| tag.value != "ATPS1") {
                continue;
            }
            let is_whole = error.is_none() && tags.duplicate().is_none();
            // d= tells collisions of the hash apart.
            let is_theirs = tags
                .get("d")
                .is_none_or(|tag| DomainName::parse(tag.value).is_ok_and(|name| name == *signer));
            if is_whole && is_theirs {
                return AtpsResult::Pass;
            }
            wrong.get_or_insert_with(|| String::from_utf8_lossy(octets).into_owned());
        }
        wrong.map_or(AtpsResult::Fail, AtpsResult::PermError)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::PURE_RUST;
    use crate::dns::TxtRecords;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[test]
    fn the_signer_stands_in_the_name_asked_for() {
        let query = |hash, signer| {
            let atps = Atps { author: name("Example.com"), hash };
            atps.query_name(&name(signer), PURE_RUST).map(|name| name.as_str().to_uppercase())
        };
        for (hash, signer, expected) in [
            (AtpsHash::None, "Provider.example.net", "PROVIDER.EXAMPLE.NET._ATPS.EXAMPLE.COM"),
            (
                AtpsHash::Sha1,
                "one.example.net",
                "QSP4I4D24CRHOPDZ3O3ZIU2KSGS3X6Z6._ATPS.EXAMPLE.COM",
            ),
            (
                AtpsHash::Sha256,
                "example.com",
                "UN42N5XOV642KXRXRQIYANHCOUPGQL5LT4WTBKYT2IJFLBWODFDQ._ATPS.EXAMPLE.COM",
            ),
        ] {
            assert_eq!(query(hash, signer).unwrap(), expected);
        }
        let long = ["a".repeat(60).as_str(); 4].join(".");
        assert_eq!(query(AtpsHash::None, &long), Err(NameError::TooLong));
        assert!(query(AtpsHash::Sha1, &long).is_ok());
    }

    #[test]
    fn answers_are_judged() {
        let atps = Atps { author: name("example.com"), hash: AtpsHash::Sha1 };
        let check = |records: &[&str]| {
            let records = records.iter().map(|record| record.as_bytes().to_vec()).collect();
            let answer = Answer::Records(TxtRecords { records, ..TxtRecords::default() });
            atps.check(&name("example.net"), &answer).as_str()
        };
        for (records, expected) in [
            (&["v=ATPS1"][..], "pass"),
            (&["v=ATPS1; d=Example.NET"], "pass"),
            (&["v=spf1 -all", "v=ATPS1; d=other.example", "v=ATPS1; d=example.net"], "pass"),
            (&["v=ATPS1; d=other.example"], "permerror"),
            (&["v=ATPS1; oops"], "permerror"),
            (&["v=ATPS1; d=example.net; d=example.net"], "permerror"),
            (&["v=ATPS2", "v=atps1", "d=example.net", ""], "fail"),
            (&[], "fail"),
        ] {
            assert_eq!(check(records), expected, "{records:?}");
        }
        assert_eq!(atps.check(&name("example.net"), &Answer::NotFound), AtpsResult::Fail);
        let servfail = Answer::unavailable("SERVFAIL");
        let trouble = AtpsResult::TempError("SERVFAIL".to_owned());
        assert_eq!(atps.check(&name("example.net"), &servfail), trouble);
    }

    #[test]
    fn only_other_signers_for_an_author_are_concerned() {
        let atps = Atps { author: name("example.com"), hash: AtpsHash::None };
        let authors = [name("example.com"), name("example.org")];
        assert!(atps.concerns(&authors, &name("example.net")));
        assert!(!atps.concerns(&authors, &name("example.com")));
        assert!(!atps.concerns(&authors[1..], &name("example.net")));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_record_is_judged(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            let atps = Atps { author: name("example.com"), hash: AtpsHash::None };
            for record in [octets.clone(), [b"v=ATPS1;", octets.as_slice()].concat()] {
                let records = TxtRecords { records: vec![record], ..TxtRecords::default() };
                let _ = atps.check(&name("example.net"), &Answer::Records(records));
            }
        }
    }
}
