//! The DNS tree walk: from a domain up to the top, looking for policy records, which tell what the
//! organizational domain is (RFC 9989 §4.10).

use super::record::{PolicyRecord, PublicSuffix};
use crate::name::DomainName;

/// The most names that one walk asks about (RFC 9989 §4.10).
pub const MAX_QUERIES: usize = 8;

/// A walk from one domain up.
///
/// ```
/// use waxseal::DomainName;
/// use waxseal::alignment::{PolicyRecord, Seen, TreeWalk};
///
/// let walk = TreeWalk::new(DomainName::parse("a.mail.example.com").unwrap());
/// let asked: Vec<_> = walk.targets().map(DomainName::as_str).collect();
/// assert_eq!(asked, ["a.mail.example.com", "mail.example.com", "example.com", "com"]);
///
/// let record = PolicyRecord::parse(b"v=DMARC1; p=reject").unwrap();
/// let organization = walk
///     .conclude(|domain| match domain.as_str() {
///         "example.com" => Seen::Record(&record),
///         _ => Seen::Nothing,
///     })
///     .unwrap()
///     .unwrap();
/// assert_eq!(organization.domain.as_str(), "example.com");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeWalk {
    /// The domains asked about, the one the walk starts at first.
    targets: Vec<DomainName>,
}

/// What is known about the policy record of a domain.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// The answer is not here yet.
    Pending,
    /// There is no record.
    Nothing,
    /// There is one.
    Record(&'a PolicyRecord),
    /// The DNS did not answer for now, and why.
    Trouble(&'a str),
}

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The organizational domain.
    pub domain: DomainName,
    /// The domain whose policy record holds for mail of the domain that the walk started at, if any
    /// (RFC 9989 §4.10.1): itself, its organizational domain, or the public suffix above.
    pub policy: Option<DomainName>,
}

impl TreeWalk {
    /// A walk that starts at that domain.
    pub fn new(start: DomainName) -> Self {
        let labels = start.labels().count();
        // RFC 9989 §4.10, step 4: past the start, what has 8 labels or more is cut down to 7.
        let longest = labels.saturating_sub(1).min(MAX_QUERIES.saturating_sub(1));
        let above: Vec<_> =
            (1..=longest).rev().filter_map(|keep| rightmost(&start, keep)).collect();
        let mut targets = vec![start];
        targets.extend(above);
        Self { targets }
    }

    /// The domain that it starts at.
    pub fn start(&self) -> Option<&DomainName> {
        self.targets.first()
    }

    /// The domains whose policy records it looks at, at most [`MAX_QUERIES`], from the longest to
    /// the shortest.
    pub fn targets(&self) -> impl Iterator<Item = &DomainName> {
        self.targets.iter()
    }

    /// What the records tell; `None` while answers are missing that matter.
    ///
    /// # Errors
    ///
    /// What went wrong in the DNS, where that leaves it open.
    pub fn conclude<'a>(
        &self,
        seen: impl Fn(&DomainName) -> Seen<'a>,
    ) -> Option<Result<Organization, String>> {
        let mut own_record = false;
        // The topmost domain with a record so far.
        let mut topmost = None;
        // What a psd= settles: the organizational domain, and whose record it is.
        let mut settled = None;
        for (index, target) in self.targets.iter().enumerate() {
            let record = match seen(target) {
                Seen::Pending => return None,
                Seen::Trouble(cause) => return Some(Err(format!("_dmarc.{target}: {cause}"))),
                Seen::Nothing => continue,
                Seen::Record(record) => record,
            };
            let is_start = index == 0;
            own_record |= is_start;
            // RFC 9989 §4.10.2: from the longest to the shortest, the first psd=n is it; below the
            // first psd=y it is, unless the walk started there; else it is the topmost.
            match record.public_suffix {
                PublicSuffix::No => settled = Some(target.clone()),
                PublicSuffix::Yes if is_start => settled = Some(target.clone()),
                PublicSuffix::Yes => settled = Some(self.one_label_below(target)),
                PublicSuffix::Unknown => {}
            }
            topmost = Some((target, record.public_suffix));
            // Steps 2 and 6: with either, the walk ends.
            if settled.is_some() {
                break;
            }
        }
        let start = self.start()?;
        let domain = settled.unwrap_or_else(|| match topmost {
            Some((target, _)) => target.clone(),
            None => start.clone(),
        });
        // RFC 9989 §4.10.1: the author domain's record, else that of the organizational domain, else
        // that of the public suffix.
        let has_record = |domain: &DomainName| matches!(seen(domain), Seen::Record(_));
        let policy = if own_record {
            Some(start.clone())
        } else if self.targets.contains(&domain) && has_record(&domain) {
            Some(domain.clone())
        } else {
            match topmost {
                Some((target, PublicSuffix::Yes)) => Some(target.clone()),
                _ => None,
            }
        };
        Some(Ok(Organization { domain, policy }))
    }

    /// The domain between the start and that one above it, one label longer than that.
    fn one_label_below(&self, above: &DomainName) -> DomainName {
        let keep = above.labels().count().saturating_add(1);
        let below = self.start().and_then(|start| rightmost(start, keep));
        below.unwrap_or_else(|| above.clone())
    }
}

/// The last labels of a name.
fn rightmost(name: &DomainName, labels: usize) -> Option<DomainName> {
    let skipped = name.labels().count().checked_sub(labels)?;
    let text = name.labels().skip(skipped).collect::<Vec<_>>().join(".");
    DomainName::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn targets(start: &str) -> Vec<String> {
        TreeWalk::new(name(start)).targets().map(|one| one.as_str().to_owned()).collect()
    }

    /// The organizational domain and the domain of the policy, where these domains have records with
    /// these tags; `!` is a domain about which the DNS does not answer, `?` one not answered yet.
    fn walk(start: &str, records: &[(&str, &str)]) -> Option<Result<(String, String), String>> {
        let parsed: Vec<_> = records
            .iter()
            .map(|(domain, tags)| {
                let record = PolicyRecord::parse(format!("v=DMARC1; {tags}").as_bytes());
                (*domain, *tags, record.unwrap())
            })
            .collect();
        let found = TreeWalk::new(name(start)).conclude(|domain| {
            match parsed.iter().find(|(at, ..)| *at == domain.as_str()) {
                None => Seen::Nothing,
                Some((_, "!", _)) => Seen::Trouble("SERVFAIL"),
                Some((_, "?", _)) => Seen::Pending,
                Some((.., record)) => Seen::Record(record),
            }
        })?;
        Some(found.map(|found| {
            let policy = found.policy.map(|policy| policy.as_str().to_owned());
            (found.domain.as_str().to_owned(), policy.unwrap_or_default())
        }))
    }

    #[test]
    fn the_walk_of_rfc_9989_has_eight_steps() {
        assert_eq!(
            targets("a.b.c.d.e.f.g.h.i.j.mail.example.com"),
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.com",
                "g.h.i.j.mail.example.com",
                "h.i.j.mail.example.com",
                "i.j.mail.example.com",
                "j.mail.example.com",
                "mail.example.com",
                "example.com",
                "com",
            ]
        );
    }

    #[test]
    fn names_of_eight_labels_and_fewer_lose_one_at_a_time() {
        assert_eq!(targets("com"), ["com"]);
        assert_eq!(targets("example.com"), ["example.com", "com"]);
        for labels in 1..=20 {
            let start = vec!["x"; labels].join(".");
            let found = targets(&start);
            assert_eq!(found.len(), labels.min(MAX_QUERIES), "{start}");
            assert_eq!(found[0], start);
            for (index, target) in found.iter().skip(1).rev().enumerate() {
                assert_eq!(target.split('.').count(), index + 1, "{start}");
            }
        }
    }

    #[test]
    fn the_examples_of_rfc_9989_come_out() {
        // §4.10.2, the three examples at its end, and the one within rule 2.
        for (records, organization, policy) in [
            (&[("mail.example.com", ""), ("example.com", "")][..], "example.com", "example.com"),
            (&[("mail.example.com", "psd=n")], "mail.example.com", "mail.example.com"),
            (&[("com", "psd=y")], "example.com", "com"),
            (&[("example.com", "psd=y")], "mail.example.com", "example.com"),
        ] {
            let found = walk("a.mail.example.com", records);
            let expected = (organization.to_owned(), policy.to_owned());
            assert_eq!(found, Some(Ok(expected)), "{records:?}");
        }
    }

    #[test]
    fn organizations_and_policies_are_found() {
        for (start, records, organization, policy) in [
            // No record: the domain itself, and no policy.
            ("a.example.com", &[][..], "a.example.com", ""),
            ("example.com", &[], "example.com", ""),
            // Its own record holds, and the topmost makes the organization.
            ("a.example.com", &[("a.example.com", "")], "a.example.com", "a.example.com"),
            (
                "a.example.com",
                &[("a.example.com", ""), ("example.com", "")],
                "example.com",
                "a.example.com",
            ),
            ("a.example.com", &[("example.com", "")], "example.com", "example.com"),
            // psd=n ends the walk, whatever stands above.
            (
                "a.b.example.com",
                &[("b.example.com", "psd=n"), ("example.com", ""), ("com", "psd=y")],
                "b.example.com",
                "b.example.com",
            ),
            (
                "a.example.com",
                &[("a.example.com", "psd=n"), ("example.com", "")],
                "a.example.com",
                "a.example.com",
            ),
            // psd=y: one label below; a record of the organization is preferred to the suffix's.
            (
                "agency.gov.example",
                &[("gov.example", "psd=y")],
                "agency.gov.example",
                "gov.example",
            ),
            (
                "mail.agency.gov.example",
                &[("agency.gov.example", ""), ("gov.example", "psd=y")],
                "agency.gov.example",
                "agency.gov.example",
            ),
            (
                "a.mail.agency.gov.example",
                &[("mail.agency.gov.example", ""), ("gov.example", "psd=y")],
                "agency.gov.example",
                "gov.example",
            ),
            (
                "a.b.gov.example",
                &[("gov.example", "psd=y"), ("example", "psd=n")],
                "b.gov.example",
                "gov.example",
            ),
            // A public suffix that sends mail itself is its own organization.
            ("gov.example", &[("gov.example", "psd=y")], "gov.example", "gov.example"),
            (
                "gov.example",
                &[("gov.example", "psd=y"), ("example", "")],
                "gov.example",
                "gov.example",
            ),
            ("gov.example", &[("example", "psd=y")], "gov.example", "example"),
            // A record at the top without psd= makes the top the organization.
            ("a.example.com", &[("com", "")], "com", "com"),
            // Names cut short: what stands between is not asked about.
            (
                "a.b.c.d.e.f.g.example.com",
                &[("b.c.d.e.f.g.example.com", "psd=n"), ("example.com", "")],
                "example.com",
                "example.com",
            ),
            (
                "a.b.c.d.e.f.g.example.com",
                &[("c.d.e.f.g.example.com", "psd=y")],
                "b.c.d.e.f.g.example.com",
                "c.d.e.f.g.example.com",
            ),
        ] {
            let expected = (organization.to_owned(), policy.to_owned());
            assert_eq!(walk(start, records), Some(Ok(expected)), "{start} {records:?}");
        }
    }

    #[test]
    fn trouble_is_never_taken_for_no_record() {
        let trouble = |domain: &str| Some(Err(format!("_dmarc.{domain}: SERVFAIL")));
        let start = "a.example.com";
        assert_eq!(walk(start, &[(start, "!")]), trouble(start));
        assert_eq!(walk(start, &[(start, ""), ("example.com", "!")]), trouble("example.com"));
        assert_eq!(walk(start, &[("example.com", ""), ("com", "!")]), trouble("com"));
        // Above the end of the walk it does not matter.
        let settled = Some(Ok(("example.com".to_owned(), "example.com".to_owned())));
        assert_eq!(walk(start, &[("example.com", "psd=n"), ("com", "!")]), settled);
        assert_eq!(walk(start, &[("example.com", "psd=n"), ("com", "?")]), settled);
        assert_eq!(walk(start, &[("example.com", ""), ("com", "?")]), None);
        assert_eq!(walk(start, &[("example.com", "?"), ("com", "!")]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn an_organization_is_the_domain_or_stands_above(
            labels in prop::collection::vec("[a-c]", 1..12),
            tags in prop::collection::vec(prop_oneof![Just(""), Just("psd=y"), Just("psd=n")], 12),
            present in any::<u16>(),
        ) {
            let start = labels.join(".");
            let domains = targets(&start);
            let records: Vec<_> = domains
                .iter()
                .zip(&tags)
                .enumerate()
                .filter(|(index, _)| present >> index & 1 == 1)
                .map(|(_, (domain, tags))| (domain.as_str(), *tags))
                .collect();
            let (organization, policy) = walk(&start, &records).unwrap().unwrap();
            prop_assert!(name(&start).is_within(&name(&organization)));
            prop_assert_eq!(records.is_empty(), policy.is_empty());
            if !policy.is_empty() {
                prop_assert!(records.iter().any(|(domain, _)| *domain == policy));
            }
        }
    }
}
