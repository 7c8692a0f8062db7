//! How a signing domain relates to the author's domain (DMARC, RFC 9989).
//!
//! Strict alignment is a comparison. Relaxed alignment needs the organizational domains, which only
//! the DNS tree walk of RFC 9989 finds; until it is done, nothing is called relaxed, for a domain
//! above the author's may belong to everyone.

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
    let mut domains = authors.iter().map(|author| {
        let (_, domain) = author.rsplit_once('@')?;
        DomainName::parse(domain).ok()
    });
    let first = domains.next()??;
    domains.all(|domain| domain.as_ref() == Some(&first)).then_some(first)
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
}
