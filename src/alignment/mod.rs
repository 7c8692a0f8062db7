//! How a signing domain relates to the author's domain (DMARC, RFC 9989).
//!
//! Strict alignment is a comparison. Relaxed alignment needs the organizational domains, which the
//! DNS tree walk finds ([`TreeWalk`]): there is no list of public suffixes here. [`Discovery`] asks
//! for what it takes and tells how each signing domain relates to each author domain, and which
//! policy record holds for the author. It reports facts and decides about no message: SPF, the other
//! half of DMARC, needs the connection that the message came through.

mod discovery;
mod record;
mod tree_walk;

pub use discovery::{AppliedPolicy, AuthorFindings, Discovery, MAX_AUTHOR_DOMAINS, Relation};
pub use record::{PolicyRecord, PublicSuffix, Requested};
pub use tree_walk::{MAX_QUERIES, Organization, Seen, TreeWalk};

use crate::name::DomainName;

/// The one domain of all authors, from their addresses; several domains cannot be aligned with one
/// signature (RFC 9989).
///
/// ```
/// use waxseal::alignment::author_domain;
///
/// let domain = author_domain(&["joe@Example.com".to_owned()]).unwrap();
/// assert_eq!(domain.as_str(), "example.com");
/// assert_eq!(author_domain(&["a@example.com".to_owned(), "b@example.org".to_owned()]), None);
/// ```
pub fn author_domain(authors: &[String]) -> Option<DomainName> {
    let mut domains = author_domains(authors)?;
    let first = domains.pop()?;
    domains.is_empty().then_some(first)
}

/// The domains of all authors, each once, in order; `None` where there is no author, where the
/// address of one has no domain, or where there are more than [`MAX_AUTHOR_DOMAINS`].
///
/// ```
/// use waxseal::alignment::author_domains;
///
/// let authors = ["a@example.com".to_owned(), "b@Example.org".to_owned()];
/// let domains = author_domains(&authors).unwrap();
/// assert_eq!(domains[1].as_str(), "example.org");
/// assert_eq!(author_domains(&["undisclosed".to_owned()]), None);
/// ```
pub fn author_domains(authors: &[String]) -> Option<Vec<DomainName>> {
    let mut domains = Vec::new();
    for author in authors {
        let (_, domain) = author.rsplit_once('@')?;
        let domain = DomainName::parse(domain).ok()?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
        if domains.len() > MAX_AUTHOR_DOMAINS {
            return None;
        }
    }
    (!domains.is_empty()).then_some(domains)
}

/// Whether a signing domain is strictly aligned with the author's domain: they are the same.
pub fn is_strict(author: &DomainName, signing_domain: &str) -> bool {
    author.as_str() == signing_domain
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn authors_of_one_domain_have_it() {
        let domain = |authors: &[&str]| {
            let authors: Vec<_> = authors.iter().map(|one| (*one).to_owned()).collect();
            author_domain(&authors).map(|domain| domain.as_str().to_owned())
        };
        assert_eq!(domain(&["a@B.example", "c@b.EXAMPLE"]).as_deref(), Some("b.example"));
        assert_eq!(domain(&["\"a@x\"@bücher.example"]).as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(domain(&["a@b.example", "c@d.example"]), None);
        assert_eq!(domain(&["a@b.example", "c"]), None);
        assert_eq!(domain(&[]), None);
    }

    #[test]
    fn more_author_domains_than_are_looked_into_are_none() {
        let authors = |count: usize| -> Vec<_> {
            (0..count * 2).map(|author| format!("a@{}.example", author / 2)).collect()
        };
        let domains = author_domains(&authors(MAX_AUTHOR_DOMAINS)).unwrap();
        assert_eq!(domains.len(), MAX_AUTHOR_DOMAINS);
        assert_eq!(author_domains(&authors(MAX_AUTHOR_DOMAINS + 1)), None);
    }
}
