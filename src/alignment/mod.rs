//! How the signing domains relate to the author's domain (DMARC, RFC 9989).
//!
//! Strict alignment is a comparison. Relaxed alignment needs the organizational domains, which only
//! the DNS tree walk of RFC 9989 finds; until it is done, nothing is called relaxed, for a domain
//! above the author's may belong to everyone.

use crate::name::DomainName;
use crate::verify::{Alignment, AlignmentMode, Report, VerificationResult};

/// Fills in the alignment of a report from its authors and signatures.
pub(crate) fn evaluate(report: &mut Report) {
    let author = author_domain(&report.authors);
    for signature in &mut report.signatures {
        let aligned = author.is_some()
            && signature.domain.as_deref() == author.as_ref().map(DomainName::as_str);
        signature.aligned = if aligned {
            AlignmentMode::Strict
        } else {
            AlignmentMode::None
        };
    }
    let passing = report
        .signatures
        .iter()
        .filter(|one| one.result == VerificationResult::Pass);
    let dkim = if passing
        .into_iter()
        .any(|one| one.aligned == AlignmentMode::Strict)
    {
        AlignmentMode::Strict
    } else {
        AlignmentMode::None
    };
    report.alignment = Alignment {
        from: author.map(|domain| domain.as_str().to_owned()),
        organizational_domain: None,
        dkim,
    };
}

/// The one domain of all authors; several cannot be aligned with one signature (RFC 9989).
fn author_domain(authors: &[String]) -> Option<DomainName> {
    let mut domains = authors.iter().map(|author| {
        let (_, domain) = author.rsplit_once('@')?;
        DomainName::parse(domain).ok()
    });
    let first = domains.next()??;
    domains
        .all(|domain| domain.as_ref() == Some(&first))
        .then_some(first)
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
        assert_eq!(
            domain(&["a@B.example", "c@b.EXAMPLE"]).as_deref(),
            Some("b.example")
        );
        assert_eq!(
            domain(&["\"a@x\"@bücher.example"]).as_deref(),
            Some("xn--bcher-kva.example")
        );
        assert_eq!(domain(&["a@b.example", "c@d.example"]), None);
        assert_eq!(domain(&["a@b.example", "c"]), None);
        assert_eq!(domain(&[]), None);
    }
}
