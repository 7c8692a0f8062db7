//! Finds organizational domains and policy records for the author domains and signing domains of one
//! message, without doing any input or output.

#[cfg(test)]
mod tests;

use super::record::PolicyRecord;
use super::tree_walk::{Organization, Seen, TreeWalk};
use crate::dns::Answer;
use crate::name::DomainName;
use crate::sorted::Sorted;

/// The most author domains of one message that are looked into. Each costs up to
/// [`MAX_QUERIES`](super::MAX_QUERIES) queries, and a message may name any number.
pub const MAX_AUTHOR_DOMAINS: usize = 4;

/// How closely a signing domain is aligned with an author domain (RFC 9989 §4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// They are the same.
    Strict,
    /// They have the same organizational domain.
    Relaxed,
    /// Neither, or not known.
    #[default]
    None,
}

impl Relation {
    /// The word, as it stands in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Relaxed => "relaxed",
            Self::None => "none",
        }
    }
}

/// Asks for the policy records of author domains and tells what they mean for signing domains.
///
/// Say which author domains and signing domains there are; ask for what is [`wanted`](Self::wanted)
/// and [`answer`](Self::answer) it until nothing more is wanted, for answers lead to further
/// questions; then look at the [`findings`](Self::findings). Each name is asked for once, and a
/// signing domain costs queries only where it can be related to an author domain at all.
///
/// ```
/// use waxseal::DomainName;
/// use waxseal::alignment::{Discovery, Relation};
/// use waxseal::dns::{Answer, TxtRecords};
///
/// let author = DomainName::parse("news.example.com").unwrap();
/// let signer = DomainName::parse("mail.example.com").unwrap();
/// let mut discovery = Discovery::new(vec![author]);
/// discovery.consider(&signer);
/// loop {
///     let wanted = discovery.wanted();
///     if wanted.is_empty() {
///         break;
///     }
///     for name in wanted {
///         // Ask the DNS for the TXT records of that name here.
///         let answer = match name.as_str() {
///             "_dmarc.example.com" => Answer::Records(TxtRecords {
///                 records: vec![b"v=DMARC1; p=reject".to_vec()],
///                 ..TxtRecords::default()
///             }),
///             _ => Answer::NotFound,
///         };
///         discovery.answer(&name, &answer);
///     }
/// }
/// assert!(discovery.is_complete());
/// let findings = discovery.findings();
/// assert_eq!(findings[0].organizational_domain.as_ref().unwrap().as_str(), "example.com");
/// assert_eq!(findings[0].policy.as_ref().unwrap().domain.as_str(), "example.com");
/// assert_eq!(findings[0].relation_to(&signer), Relation::Relaxed);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    authors: Vec<TreeWalk>,
    signers: Vec<TreeWalk>,
    /// What is known of the domains that were asked about.
    records: Sorted<DomainName, Known>,
}

#[derive(Clone, Debug)]
enum Known {
    /// Asked, not answered.
    Asked,
    Nothing,
    Record(Box<PolicyRecord>),
    Trouble(String),
}

/// What was found out about one author domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorFindings {
    /// The author domain.
    pub domain: DomainName,
    /// Its organizational domain; `None` where the DNS left it open.
    pub organizational_domain: Option<DomainName>,
    /// The policy that holds for its mail; `None` where there is none, or where the DNS left it open.
    pub policy: Option<AppliedPolicy>,
    /// Why something is open, for people to read.
    pub trouble: Option<String>,
    /// How the signing domains considered relate to it.
    pub signers: Vec<(DomainName, Relation)>,
}

/// A policy record, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedPolicy {
    /// The domain that publishes it.
    pub domain: DomainName,
    /// The record.
    pub record: PolicyRecord,
}

impl Discovery {
    /// For a message with these author domains, as
    /// [`author_domains`](super::author_domains) gives them. More than [`MAX_AUTHOR_DOMAINS`] are
    /// not looked into: then nothing is asked and nothing found.
    pub fn new(authors: Vec<DomainName>) -> Self {
        let authors = if authors.len() > MAX_AUTHOR_DOMAINS { Vec::new() } else { authors };
        Self {
            authors: authors.into_iter().map(TreeWalk::new).collect(),
            signers: Vec::new(),
            records: Sorted::default(),
        }
    }

    /// Has a signing domain related to the author domains, too.
    pub fn consider(&mut self, signer: &DomainName) {
        if self.signers.iter().all(|known| known.start() != Some(signer)) {
            self.signers.push(TreeWalk::new(signer.clone()));
        }
    }

    /// The names whose TXT records are wanted now, each given once.
    pub fn wanted(&mut self) -> Vec<DomainName> {
        let mut targets: Vec<DomainName> = Vec::new();
        for author in &self.authors {
            // All at once rather than one after the other: nearly every walk goes up to the top, and
            // this way it takes the time of one query.
            targets.extend(author.targets().cloned());
            let Some(Ok(organization)) = self.conclude(author) else {
                continue;
            };
            let signers = self.signers.iter().filter(|one| needs_walk(one, author, &organization));
            targets.extend(signers.flat_map(TreeWalk::targets).cloned());
        }
        let mut wanted = Vec::new();
        for target in targets {
            if self.records.get(&target).is_some() {
                continue;
            }
            match owner_name(&target) {
                Some(name) => {
                    wanted.push(name);
                    self.records.insert(target, Known::Asked);
                }
                // A name that does not fit in the DNS has no record.
                None => {
                    self.records.insert(target, Known::Nothing);
                }
            }
        }
        wanted
    }

    /// Takes the answer to a name that was [`wanted`](Self::wanted). Others, and second answers, are
    /// ignored.
    pub fn answer(&mut self, name: &DomainName, answer: &Answer) {
        let domain = name.as_str().strip_prefix(PREFIX);
        let Some(domain) = domain.and_then(|domain| DomainName::parse(domain).ok()) else {
            return;
        };
        if let Some(known @ Known::Asked) = self.records.get_mut(&domain) {
            *known = match answer {
                Answer::Records(records) => match PolicyRecord::select(records) {
                    Some(record) => Known::Record(Box::new(record)),
                    None => Known::Nothing,
                },
                Answer::NotFound | Answer::Absent(_) => Known::Nothing,
                Answer::Unavailable { cause } => Known::Trouble(cause.clone()),
            };
        }
    }

    /// Whether everything that can be found out is: nothing is wanted, and no answer that matters is
    /// missing.
    pub fn is_complete(&self) -> bool {
        self.authors.iter().all(|author| match self.conclude(author) {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(organization)) => self
                .signers
                .iter()
                .filter(|signer| needs_walk(signer, author, &organization))
                .all(|signer| self.conclude(signer).is_some()),
        })
    }

    /// What was found out, one for each author domain in order. An answer that is missing counts as
    /// one that could not be had.
    pub fn findings(&self) -> Vec<AuthorFindings> {
        self.authors.iter().filter_map(|author| self.author_findings(author)).collect()
    }

    fn author_findings(&self, author: &TreeWalk) -> Option<AuthorFindings> {
        let domain = author.start()?.clone();
        let (organization, mut trouble) = match self.conclude(author) {
            Some(Ok(organization)) => (Some(organization), None),
            Some(Err(cause)) => (None, Some(cause)),
            None => (None, Some(UNANSWERED.to_owned())),
        };
        let signers = self
            .signers
            .iter()
            .filter_map(|signer| {
                let relation = self.relation(signer, author, organization.as_ref());
                let relation = relation.unwrap_or_else(|cause| {
                    trouble.get_or_insert(cause);
                    Relation::None
                });
                Some((signer.start()?.clone(), relation))
            })
            .collect();
        let policy = match &organization {
            Some(organization) => organization.policy.clone(),
            // A record of the author domain itself holds, whatever stands above (RFC 9989 §4.10.1).
            None => Some(domain.clone()),
        };
        Some(AuthorFindings {
            organizational_domain: organization.map(|organization| organization.domain),
            policy: policy.and_then(|domain| match self.records.get(&domain)? {
                Known::Record(record) => {
                    Some(AppliedPolicy { domain, record: PolicyRecord::clone(record) })
                }
                _ => None,
            }),
            domain,
            trouble,
            signers,
        })
    }

    /// How a signing domain relates to an author domain.
    fn relation(
        &self,
        signer: &TreeWalk,
        author: &TreeWalk,
        organization: Option<&Organization>,
    ) -> Result<Relation, String> {
        if signer.start() == author.start() {
            return Ok(Relation::Strict);
        }
        let Some(organization) = organization else {
            return Ok(Relation::None);
        };
        if !needs_walk(signer, author, organization) {
            return Ok(Relation::None);
        }
        let found = self.conclude(signer).unwrap_or_else(|| Err(UNANSWERED.to_owned()))?;
        let is_same = found.domain == organization.domain;
        Ok(if is_same { Relation::Relaxed } else { Relation::None })
    }

    fn conclude(&self, walk: &TreeWalk) -> Option<Result<Organization, String>> {
        walk.conclude(|domain| match self.records.get(domain) {
            None | Some(Known::Asked) => Seen::Pending,
            Some(Known::Nothing) => Seen::Nothing,
            Some(Known::Record(record)) => Seen::Record(record),
            Some(Known::Trouble(cause)) => Seen::Trouble(cause),
        })
    }
}

impl AuthorFindings {
    /// How that signing domain relates to the author domain; [`Relation::None`] for one that was not
    /// [considered](Discovery::consider).
    pub fn relation_to(&self, signer: &DomainName) -> Relation {
        let found = self.signers.iter().find(|(domain, _)| domain == signer);
        found.map(|(_, relation)| *relation).unwrap_or_default()
    }

    /// Whether a signature of that relation makes the message aligned under the policy: any but none
    /// does, and with `adkim=s` only a strict one (RFC 9989 §4.7). Without a policy DMARC does not
    /// apply, and nothing does.
    pub fn is_aligned(&self, relation: Relation) -> bool {
        match (&self.policy, relation) {
            (None, _) | (_, Relation::None) => false,
            (Some(_), Relation::Strict) => true,
            (Some(policy), Relation::Relaxed) => !policy.record.strict_dkim,
        }
    }
}

const PREFIX: &str = "_dmarc.";

const UNANSWERED: &str = "no answer came in time";

fn owner_name(domain: &DomainName) -> Option<DomainName> {
    DomainName::parse(&format!("{PREFIX}{domain}")).ok()
}

/// Whether it takes a walk to say how a signing domain relates to an author domain: they differ, and
/// the signing domain is within the author's organization. An organizational domain is the domain
/// itself or stands above it, so no other can share it.
fn needs_walk(signer: &TreeWalk, author: &TreeWalk, organization: &Organization) -> bool {
    signer.start() != author.start()
        && signer.start().is_some_and(|domain| domain.is_within(&organization.domain))
}
