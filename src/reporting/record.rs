//! Where and about what a signing domain wants reports: the TXT record at `_report._domainkey.<d>`
//! (RFC 6651 §3).

use crate::dns::TxtRecords;
use crate::encoding::quoted_printable;
use crate::name::{DomainName, NameError};
use crate::tag_list::{TagList, colon_separated};

/// A failure-reporting record. It is read for people to see; no report is sent.
///
/// ```
/// use waxseal::DomainName;
/// use waxseal::reporting::{FailureKind, ReportRecord};
///
/// let record = ReportRecord::parse(b"ra=dkim-errors; rp=10; rr=v:x").unwrap();
/// let domain = DomainName::parse("example.com").unwrap();
/// assert_eq!(record.address(&domain).as_deref(), Some("dkim-errors@example.com"));
/// assert!(record.wants(FailureKind::Verification));
/// assert!(!record.wants(FailureKind::Policy));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRecord {
    /// `ra=`, decoded: the local part of the address for reports. Without it none is wanted.
    pub local_part: Option<String>,
    /// `rp=`: of a hundred failures so many are to be reported. Default 100.
    pub percentage: u8,
    /// `rr=`: the kinds of failures to be reported; `None` for all.
    pub kinds: Option<Vec<FailureKind>>,
    /// `rs=`, decoded: what to say to the sender in the SMTP reply.
    pub smtp_text: Option<String>,
}

/// A kind of failure, as `rr=` names it (RFC 6651 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// `d`: trouble with the DNS.
    Dns,
    /// `o`: whatever has no letter of its own.
    Other,
    /// `p`: the signature verifies, but local policy rejects it.
    Policy,
    /// `s`: the syntax of the signature or of the key.
    Syntax,
    /// `u`: tags of the signature that are not known.
    UnknownTag,
    /// `v`: the signature or the body hash does not verify.
    Verification,
    /// `x`: the signature has expired.
    Expired,
}

impl FailureKind {
    const ALL: [Self; 7] = [
        Self::Dns,
        Self::Other,
        Self::Policy,
        Self::Syntax,
        Self::UnknownTag,
        Self::Verification,
        Self::Expired,
    ];

    /// The letter, as it stands in `rr=`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Dns => "d",
            Self::Other => "o",
            Self::Policy => "p",
            Self::Syntax => "s",
            Self::UnknownTag => "u",
            Self::Verification => "v",
            Self::Expired => "x",
        }
    }
}

impl ReportRecord {
    /// Where the record of a signing domain stands.
    ///
    /// # Errors
    ///
    /// [`NameError::TooLong`] where the name does not fit in the DNS.
    pub fn name(domain: &DomainName) -> Result<DomainName, NameError> {
        DomainName::parse(&format!("_report._domainkey.{domain}"))
    }

    /// Reads a record; `None` where it is no tag list with one of the tags of a report record. A
    /// value outside its grammar is left out, and the default takes its place.
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let (tags, error) = TagList::parse(octets);
        let is_report = ["ra", "rp", "rr", "rs"].iter().any(|name| tags.get(name).is_some());
        if error.is_some() || !is_report || tags.duplicate().is_some() {
            return None;
        }
        let value = |name| tags.get(name).map(|tag| tag.value);
        let decoded = |name| {
            let octets = quoted_printable::decode(value(name)?).ok()?;
            let text = String::from_utf8(octets).ok()?;
            // It is shown, and goes into an address or an SMTP reply.
            (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
        };
        let percentage = value("rp").and_then(|value| value.parse().ok());
        Some(Self {
            // RFC 6651 §3: a local part and nothing more, lest reports flood somebody else.
            local_part: decoded("ra").filter(|text| !text.contains('@')),
            percentage: percentage.filter(|percentage| *percentage <= 100).unwrap_or(100),
            kinds: value("rr").and_then(kinds),
            smtp_text: decoded("rs"),
        })
    }

    /// The first report record among the TXT records of a name.
    pub fn select(records: &TxtRecords) -> Option<Self> {
        records.records.iter().find_map(|octets| Self::parse(octets))
    }

    /// The address for reports about signatures of that domain; `None` where none are wanted.
    pub fn address(&self, domain: &DomainName) -> Option<String> {
        self.local_part.as_ref().map(|local_part| format!("{local_part}@{domain}"))
    }

    /// Whether failures of that kind are to be reported, some of them at least.
    pub fn wants(&self, kind: FailureKind) -> bool {
        self.local_part.is_some()
            && self.percentage > 0
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

/// The kinds that an `rr=` lists; `None` for all of them. Kinds that are not known are left out.
fn kinds(value: &str) -> Option<Vec<FailureKind>> {
    let words: Vec<_> = colon_separated(value).collect();
    if words.iter().any(|word| word.eq_ignore_ascii_case("all")) {
        return None;
    }
    let is_listed =
        |kind: &FailureKind| words.iter().any(|word| word.eq_ignore_ascii_case(kind.letter()));
    Some(FailureKind::ALL.into_iter().filter(is_listed).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn parse(text: &str) -> Option<ReportRecord> {
        ReportRecord::parse(text.as_bytes())
    }

    #[test]
    fn records_are_read_with_their_defaults() {
        let domain = DomainName::parse("example.com").unwrap();
        assert_eq!(ReportRecord::name(&domain).unwrap().as_str(), "_report._domainkey.example.com");
        let record = parse("ra=dkim=2Berrors; x=unknown").unwrap();
        assert_eq!(record.address(&domain).unwrap(), "dkim+errors@example.com");
        assert_eq!((record.percentage, record.kinds.as_deref()), (100, None));
        assert!(FailureKind::ALL.into_iter().all(|kind| record.wants(kind)));
        let record = parse("ra=a; rp=0; rr=d:O : q; rs=DKIM=20failed").unwrap();
        assert_eq!(record.smtp_text.as_deref(), Some("DKIM failed"));
        assert_eq!(record.kinds.as_deref(), Some(&[FailureKind::Dns, FailureKind::Other][..]));
        assert!(!record.wants(FailureKind::Dns));
        for (text, letters) in [
            ("ra=a; rr=v:x", "vx"),
            ("ra=a; rr=all", "dopsuvx"),
            ("ra=a; rr=v:ALL", "dopsuvx"),
            ("ra=a; rr=q", ""),
            ("rr=all", ""),
            ("ra=a@victim.example; rr=all", ""),
            ("ra=; rr=all", ""),
            ("ra=a=0D=0Ab; rr=all", ""),
            ("ra=a=zz; rr=all", ""),
        ] {
            let record = parse(text).unwrap();
            let found: String = FailureKind::ALL
                .into_iter()
                .filter(|kind| record.wants(*kind))
                .map(FailureKind::letter)
                .collect();
            assert_eq!(found, letters, "{text}");
        }
        for percentage in ["101", "-1", "x", "999999999999", ""] {
            assert_eq!(parse(&format!("ra=a; rp={percentage}")).unwrap().percentage, 100);
        }
    }

    #[test]
    fn other_records_are_none() {
        for text in ["", "v=spf1 -all", "v=DKIM1; p=", "ra=a; ra=b", "ra=a; oops"] {
            assert_eq!(parse(text), None, "{text}");
        }
        let records = vec![b"v=spf1 -all".to_vec(), b"ra=a".to_vec(), b"ra=b".to_vec()];
        let found = ReportRecord::select(&TxtRecords { records, ..TxtRecords::default() });
        assert_eq!(found.unwrap().local_part.as_deref(), Some("a"));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = ReportRecord::parse(&octets);
            let _ = ReportRecord::parse(&[b"ra=", octets.as_slice()].concat());
        }
    }
}
