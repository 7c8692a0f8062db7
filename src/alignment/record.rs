//! DMARC policy records: the TXT records at `_dmarc.<domain>` (RFC 9989 §4.7, §4.8).

use crate::dns::TxtRecords;

/// A DMARC policy record, as far as it can be read: what is wrong in it is left out, and the default
/// takes its place (RFC 9989 §4.8).
///
/// ```
/// use waxseal::alignment::{PolicyRecord, Requested};
///
/// let record = PolicyRecord::parse(b"v=DMARC1; p=reject; adkim=s; np=junk").unwrap();
/// assert_eq!(record.policy, Some(Requested::Reject));
/// assert!(record.strict_dkim);
/// assert_eq!(record.nonexistent_policy, None);
/// assert_eq!(record.ignored, ["np=junk"]);
/// assert_eq!(PolicyRecord::parse(b"v=spf1 -all"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRecord {
    /// `p=`: what the domain asks to be done with mail that fails.
    pub policy: Option<Requested>,
    /// `sp=`: the same for existing domains below it.
    pub subdomain_policy: Option<Requested>,
    /// `np=`: the same for domains below it that do not exist.
    pub nonexistent_policy: Option<Requested>,
    /// `adkim=s`: only the very same domain is aligned by DKIM. Default false, relaxed.
    pub strict_dkim: bool,
    /// `aspf=s`: only the very same domain is aligned by SPF. Default false, relaxed.
    pub strict_spf: bool,
    /// `psd=`: whether the domain is a public suffix. Default unknown.
    pub public_suffix: PublicSuffix,
    /// `t=y`: the domain is testing its policy. Default false.
    pub testing: bool,
    /// `rua=`, as it stands there: where aggregate reports go.
    pub aggregate_reports: Option<String>,
    /// `ruf=`, as it stands there: where failure reports go.
    pub failure_reports: Option<String>,
    /// `fo=`, as it stands there: which failures are to be reported.
    pub failure_options: Option<String>,
    /// Tags that are not known here, and what is no tag or has a value outside its grammar, as they
    /// stand there.
    pub ignored: Vec<String>,
    /// The record.
    pub text: String,
    /// A `p=`, `sp=` or `np=` stands there, but its value is none.
    has_bad_policy: bool,
}

/// What a domain asks to be done with mail that fails (RFC 9989 §4.7, `p=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// Nothing.
    None,
    /// To treat it as suspicious.
    Quarantine,
    /// To reject it.
    Reject,
}

impl Requested {
    /// The word, as it stands in `p=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    fn parse(value: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(value))
    }
}

/// Whether a domain is a public suffix, below which organizations have their domains (RFC 9989 §4.7,
/// `psd=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicSuffix {
    /// It is one.
    Yes,
    /// It is none; it is the organizational domain of itself and what stands below it.
    No,
    /// It is none, and may or may not be the organizational domain.
    #[default]
    Unknown,
}

impl PublicSuffix {
    /// The letter, as it stands in `psd=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "y",
            Self::No => "n",
            Self::Unknown => "u",
        }
    }
}

/// The longest record that is read.
const MAX_OCTETS: usize = 4096;

impl PolicyRecord {
    /// Reads one TXT record; `None` where it is no DMARC record, which has `v=DMARC1` first
    /// (RFC 9989 §4.7), or is longer than 4096 octets.
    pub fn parse(octets: &[u8]) -> Option<Self> {
        if octets.len() > MAX_OCTETS {
            return None;
        }
        let text = String::from_utf8_lossy(octets).into_owned();
        let mut tags = octets.split(|octet| *octet == b';').map(Tag::read);
        match tags.next()? {
            // dmarc-version = "v" equals %s"DMARC1", RFC 9989 §4.8: nothing stands before it, and
            // the value has its case.
            Tag::Named { name, value: "DMARC1" }
                if name.eq_ignore_ascii_case("v")
                    && !matches!(octets.first(), Some(b' ' | b'\t')) => {}
            _ => return None,
        }
        let mut record = Self { text, ..Self::default() };
        let mut seen = vec!["v".to_owned()];
        for tag in tags {
            match tag {
                Tag::Empty => {}
                Tag::Broken(octets) => {
                    record.ignored.push(String::from_utf8_lossy(octets).into_owned());
                }
                Tag::Named { name, value } => {
                    let lower = name.to_ascii_lowercase();
                    // Of a tag that stands twice the first is taken: RFC 9989 §4.8 discards what is
                    // wrong, not the record.
                    let known = !seen.contains(&lower) && record.take(&lower, value);
                    if !known {
                        record.ignored.push(format!("{name}={value}"));
                    }
                    seen.push(lower);
                }
            }
        }
        Some(record)
    }

    /// The DMARC record among the TXT records of a name. Other records do not count; of several
    /// DMARC records none does (RFC 9989 §4.10).
    pub fn select(records: &TxtRecords) -> Option<Self> {
        let mut found = records.records.iter().filter_map(|octets| Self::parse(octets));
        let record = found.next()?;
        found.next().is_none().then_some(record)
    }

    /// Whether the record says anything about mail of a domain (RFC 9989 §4.10.1): one whose `p=`,
    /// `sp=` or `np=` is broken and that names no place for reports does not.
    pub fn applies(&self) -> bool {
        !self.has_bad_policy || self.wants_reports()
    }

    /// `p=` as it takes effect; `None` where the record does not [apply](Self::applies).
    pub fn effective_policy(&self) -> Option<Requested> {
        if self.has_bad_policy {
            // RFC 9989 §4.10.1: as if it said p=none.
            return self.wants_reports().then_some(Requested::None);
        }
        // RFC 9989 §4.7: without p= it counts as p=none.
        Some(self.policy.unwrap_or(Requested::None))
    }

    /// `sp=` as it takes effect: without it `p=` holds for domains below, too.
    pub fn effective_subdomain_policy(&self) -> Option<Requested> {
        let policy = self.effective_policy()?;
        let own = if self.has_bad_policy { None } else { self.subdomain_policy };
        Some(own.unwrap_or(policy))
    }

    /// `np=` as it takes effect: without it `sp=` holds for domains below that do not exist, too.
    pub fn effective_nonexistent_policy(&self) -> Option<Requested> {
        let policy = self.effective_subdomain_policy()?;
        let own = if self.has_bad_policy { None } else { self.nonexistent_policy };
        Some(own.unwrap_or(policy))
    }

    /// Takes the value of a tag; false where it is outside its grammar, or the tag unknown.
    fn take(&mut self, name: &str, value: &str) -> bool {
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        match name {
            "p" | "sp" | "np" => {
                let requested = Requested::parse(value);
                self.has_bad_policy |= requested.is_none();
                match name {
                    "p" => self.policy = requested,
                    "sp" => self.subdomain_policy = requested,
                    _ => self.nonexistent_policy = requested,
                }
                requested.is_some()
            }
            "adkim" | "aspf" => {
                let strict = is("s");
                match name {
                    "adkim" => self.strict_dkim = strict,
                    _ => self.strict_spf = strict,
                }
                strict || is("r")
            }
            "psd" => {
                let all = [PublicSuffix::Yes, PublicSuffix::No, PublicSuffix::Unknown];
                let found = all.into_iter().find(|one| is(one.as_str()));
                self.public_suffix = found.unwrap_or_default();
                found.is_some()
            }
            "t" => {
                self.testing = is("y");
                self.testing || is("n")
            }
            "rua" => keep(&mut self.aggregate_reports, value),
            "ruf" => keep(&mut self.failure_reports, value),
            "fo" => keep(&mut self.failure_options, value),
            _ => false,
        }
    }

    /// Whether `rua=` has at least one address that is a URI.
    fn wants_reports(&self) -> bool {
        self.aggregate_reports.as_deref().unwrap_or_default().split(',').any(|address| {
            // RFC 3986 §3.1: a scheme, a colon, and here something behind it.
            address.trim().split_once(':').is_some_and(|(scheme, rest)| {
                scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                    && !rest.is_empty()
                    && !rest.contains(char::is_whitespace)
            })
        })
    }
}

/// What stands between two semicolons.
enum Tag<'a> {
    /// Blanks, as behind a last semicolon.
    Empty,
    /// dmarc-tag = 1*ALPHA equals 1*dmarc-value.
    Named { name: &'a str, value: &'a str },
    /// Anything else.
    Broken(&'a [u8]),
}

impl<'a> Tag<'a> {
    fn read(octets: &'a [u8]) -> Self {
        let octets = trim_wsp(octets);
        if octets.is_empty() {
            return Self::Empty;
        }
        // dmarc-value = %x20-3A / %x3C-7E, RFC 9989 §4.8.
        let is_printable = octets.iter().all(|octet| matches!(*octet, b'\t' | 0x20..=0x7e));
        let text = if is_printable { std::str::from_utf8(octets).ok() } else { None };
        match text.and_then(|text| text.split_once('=')) {
            Some((name, value)) => {
                let (name, value) = (name.trim_end_matches(is_wsp), value.trim_matches(is_wsp));
                let is_name = !name.is_empty() && name.bytes().all(|o| o.is_ascii_alphabetic());
                if !is_name || value.is_empty() || value.contains('\t') {
                    Self::Broken(octets)
                } else {
                    Self::Named { name, value }
                }
            }
            None => Self::Broken(octets),
        }
    }
}

fn keep(place: &mut Option<String>, value: &str) -> bool {
    *place = Some(value.to_owned());
    true
}

fn trim_wsp(octets: &[u8]) -> &[u8] {
    let mut rest = octets;
    while let [b' ' | b'\t', tail @ ..] | [tail @ .., b' ' | b'\t'] = rest {
        rest = tail;
    }
    rest
}

const fn is_wsp(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn parse(text: &str) -> Option<PolicyRecord> {
        PolicyRecord::parse(text.as_bytes())
    }

    #[test]
    fn only_records_with_the_version_first_are_dmarc() {
        for text in ["v=DMARC1", "v=DMARC1;", "v=DMARC1; p=none", "v = DMARC1 ;p=none", "V=DMARC1"]
        {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            ";",
            "v=dmarc1; p=none",
            "v=DMARC2; p=none",
            "v=DMARC1 p=none",
            " v=DMARC1; p=none",
            "\tv=DMARC1; p=none",
            "p=none; v=DMARC1",
            "v=DMARC1\u{e9}; p=none",
            "v=spf1 -all",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("v=DMARC1; rua={}", "a".repeat(5000))), None);
    }

    #[test]
    fn every_tag_is_read() {
        let text = "v=DMARC1; p=Quarantine; sp=none; np=REJECT; adkim=S; aspf=s; psd=n; t=y; \
                    rua=mailto:a@b.example!10m, mailto:c@d.example; ruf=mailto:e@f.example; fo=1:d";
        let record = parse(text).unwrap();
        assert_eq!(
            record,
            PolicyRecord {
                policy: Some(Requested::Quarantine),
                subdomain_policy: Some(Requested::None),
                nonexistent_policy: Some(Requested::Reject),
                strict_dkim: true,
                strict_spf: true,
                public_suffix: PublicSuffix::No,
                testing: true,
                aggregate_reports: Some("mailto:a@b.example!10m, mailto:c@d.example".to_owned()),
                failure_reports: Some("mailto:e@f.example".to_owned()),
                failure_options: Some("1:d".to_owned()),
                ignored: Vec::new(),
                text: text.to_owned(),
                has_bad_policy: false,
            }
        );
    }

    #[test]
    fn what_is_wrong_is_left_out_and_the_rest_stands() {
        let record = parse(
            "v=DMARC1; adkim=x; psd=maybe; t=1; pct=50; ;;oops; =1; a-b=c; fo=; p=reject; p=none",
        )
        .unwrap();
        assert!(!record.strict_dkim && !record.testing);
        assert_eq!(record.public_suffix, PublicSuffix::Unknown);
        assert_eq!(record.policy, Some(Requested::Reject));
        assert_eq!(
            record.ignored,
            ["adkim=x", "psd=maybe", "t=1", "pct=50", "oops", "=1", "a-b=c", "fo=", "p=none"]
        );
        let record = PolicyRecord::parse(b"v=DMARC1; rua=\xff; adkim=s").unwrap();
        assert_eq!(record.aggregate_reports, None);
        assert!(record.strict_dkim);
    }

    #[test]
    fn policies_take_effect_in_order() {
        use Requested::{None as Nothing, Quarantine, Reject};
        // RFC 9989 §4.7 and §4.10.1: p, sp and np as they take effect.
        let (none, all) = (Option::None, |one| Some((one, one, one)));
        for (tags, expected) in [
            ("p=reject", all(Reject)),
            ("p=reject; sp=quarantine", Some((Reject, Quarantine, Quarantine))),
            ("p=none; np=reject", Some((Nothing, Nothing, Reject))),
            ("p=none; sp=quarantine; np=reject", Some((Nothing, Quarantine, Reject))),
            ("", all(Nothing)),
            ("rua=mailto:a@b.example", all(Nothing)),
            ("p=junk", none),
            ("p=junk; rua=mailto:a@b.example", all(Nothing)),
            ("p=reject; sp=junk", none),
            ("p=reject; sp=junk; rua=nowhere", none),
            ("p=reject; sp=junk; rua=mailto:", none),
            ("p=reject; np=junk; rua=nowhere,mailto:a@b.example", all(Nothing)),
        ] {
            let record = parse(&format!("v=DMARC1;{tags}")).unwrap();
            let effective = record.effective_policy().map(|policy| {
                let (sp, np) =
                    (record.effective_subdomain_policy(), record.effective_nonexistent_policy());
                (policy, sp.unwrap(), np.unwrap())
            });
            assert_eq!(effective, expected, "{tags}");
            assert_eq!(record.applies(), expected.is_some(), "{tags}");
        }
    }

    #[test]
    fn of_several_records_none_counts() {
        let select = |records: &[&str]| {
            let records = records.iter().map(|one| one.as_bytes().to_vec()).collect();
            PolicyRecord::select(&TxtRecords { records, ..TxtRecords::default() })
        };
        assert_eq!(select(&["v=DMARC1; p=none"]).unwrap().policy, Some(Requested::None));
        assert!(select(&["v=spf1 -all", "v=DMARC1", "verification=x"]).is_some());
        assert_eq!(select(&["v=DMARC1; p=none", "v=DMARC1; p=none"]), None);
        assert_eq!(select(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = PolicyRecord::parse(&octets);
            let record = PolicyRecord::parse(&[b"v=DMARC1;", octets.as_slice()].concat()).unwrap();
            prop_assert_eq!(record.applies(), record.effective_nonexistent_policy().is_some());
        }
    }
}
