//! How the signing domains of a message relate to its author's domain, and the policy of that
//! (RFC 9989).

use crate::alignment::{
    AppliedPolicy, AuthorFindings, Discovery, Relation, Requested, author_domain, author_domains,
};
use crate::message::authors::authors;
use crate::name::DomainName;
use crate::verify::{
    AlignmentMode, DmarcPolicy, LookupId, Lookups, Opening, Protocol, Report, Signature,
    VerificationResult,
};

/// Finds out what the DNS has on the author domains and the signing domains.
#[derive(Debug, Default)]
pub(super) struct Aligning {
    discovery: Option<Discovery>,
    asked: Vec<(LookupId, DomainName)>,
}

impl Aligning {
    /// The header is complete, and these domains may have signed it. Where none has, there is nothing
    /// to align and nothing is asked.
    pub(super) fn start<'a>(
        &mut self,
        opening: &mut Opening<'_>,
        signers: impl Iterator<Item = &'a DomainName>,
    ) {
        let mut signers = signers.peekable();
        if !opening.options.alignment || opening.malformed.is_some() || signers.peek().is_none() {
            return;
        }
        let Some(domains) = author_domains(&authors(opening.header)) else { return };
        let mut discovery = Discovery::new(domains);
        signers.for_each(|signer| discovery.consider(signer));
        self.discovery = Some(discovery);
        self.ask(opening.lookups);
    }

    /// A lookup was answered; what follows from it is asked for.
    pub(super) fn answered(&mut self, answered: LookupId, lookups: &mut Lookups) {
        let Some(discovery) = &mut self.discovery else { return };
        let mut own = self.asked.iter().filter(|(id, _)| *id == answered).peekable();
        if own.peek().is_none() {
            return;
        }
        for (id, name) in own {
            if let Some(answer) = lookups.answer_to(*id) {
                discovery.answer(name, answer);
            }
        }
        self.ask(lookups);
    }

    fn ask(&mut self, lookups: &mut Lookups) {
        let Some(discovery) = &mut self.discovery else { return };
        loop {
            let wanted = discovery.wanted();
            if wanted.is_empty() {
                return;
            }
            for name in wanted {
                let id = lookups.want(&name);
                // Another may have asked before, and have the answer.
                if let Some(answer) = lookups.answer_to(id) {
                    discovery.answer(&name, answer);
                }
                self.asked.push((id, name));
            }
        }
    }

    /// Fills in what was found.
    pub(super) fn fill(self, report: &mut Report) {
        let findings = self.discovery.map(|discovery| discovery.findings()).unwrap_or_default();
        if findings.is_empty() {
            fill_by_name(report);
            return;
        }
        for signature in &mut report.signatures {
            signature.aligned = mode(relation(signature, &findings));
        }
        let passing = |signature: &&Signature| {
            signature.protocol == Protocol::Dkim && signature.result == VerificationResult::Pass
        };
        let relations = report.signatures.iter().filter(passing);
        let best = relations.map(|one| relation(one, &findings)).min().unwrap_or_default();
        report.alignment.dkim = mode(best);
        let open = findings.iter().find_map(|one| one.trouble.as_deref());
        report.alignment.trouble =
            open.map(|cause| format!("The DNS left the alignment open: {cause}."));
        // Of several author domains none is the author's domain.
        let [author] = findings.as_slice() else { return };
        report.alignment.from = Some(author.domain.as_str().to_owned());
        let organization = author.organizational_domain.as_ref();
        report.alignment.organizational_domain = organization.map(|name| name.as_str().to_owned());
        let aligned = author.is_aligned(best);
        report.alignment.dmarc = author.policy.as_ref().map(|policy| policy_facts(policy, aligned));
    }
}

/// Without the DNS only equal domains are known to be aligned.
fn fill_by_name(report: &mut Report) {
    let Some(author) = author_domain(&report.authors) else { return };
    for signature in &mut report.signatures {
        if signature.domain.as_deref() == Some(author.as_str()) {
            signature.aligned = AlignmentMode::Strict;
            // Only what passes vouches for the author.
            if signature.protocol == Protocol::Dkim && signature.result == VerificationResult::Pass
            {
                report.alignment.dkim = AlignmentMode::Strict;
            }
        }
    }
    report.alignment.from = Some(author.as_str().to_owned());
}

/// How a signature relates to the author domains: to all of them at least so closely.
fn relation(signature: &Signature, findings: &[AuthorFindings]) -> Relation {
    let domain = signature.domain.as_deref().and_then(|domain| DomainName::parse(domain).ok());
    let Some(domain) = domain else { return Relation::None };
    let to = |author: &AuthorFindings| match author.domain == domain {
        true => Relation::Strict,
        false => author.relation_to(&domain),
    };
    findings.iter().map(to).max().unwrap_or_default()
}

fn mode(relation: Relation) -> AlignmentMode {
    match relation {
        Relation::Strict => AlignmentMode::Strict,
        Relation::Relaxed => AlignmentMode::Relaxed,
        Relation::None => AlignmentMode::None,
    }
}

fn policy_facts(policy: &AppliedPolicy, dkim_aligned: bool) -> DmarcPolicy {
    let record = &policy.record;
    let letter = |strict| if strict { "s" } else { "r" };
    DmarcPolicy {
        domain: policy.domain.as_str().to_owned(),
        record: record.text.clone(),
        p: record.effective_policy().map(Requested::as_str),
        sp: record.subdomain_policy.map(Requested::as_str),
        np: record.nonexistent_policy.map(Requested::as_str),
        adkim: letter(record.strict_dkim),
        aspf: letter(record.strict_spf),
        psd: record.public_suffix.as_str(),
        t: if record.testing { "y" } else { "n" },
        rua: record.aggregate_reports.clone(),
        ruf: record.failure_reports.clone(),
        fo: record.failure_options.clone(),
        dkim_aligned,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::alignment::PolicyRecord;

    #[test]
    fn defaults_take_the_place_of_what_is_absent() {
        let facts = |tags: &str| {
            let record = PolicyRecord::parse(format!("v=DMARC1;{tags}").as_bytes()).unwrap();
            let domain = DomainName::parse("example.com").unwrap();
            serde_json::to_value(policy_facts(&AppliedPolicy { domain, record }, true)).unwrap()
        };
        assert_eq!(
            facts(""),
            serde_json::json!({
                "domain": "example.com", "record": "v=DMARC1;", "p": "none", "sp": null, "np": null,
                "adkim": "r", "aspf": "r", "psd": "u", "t": "n", "rua": null, "ruf": null, "fo": null,
                "dkimAligned": true,
            })
        );
        let tags = "p=reject;sp=none;np=quarantine;adkim=s;aspf=s;psd=y;t=y;rua=a:b;ruf=c:d;fo=1";
        assert_eq!(
            facts(tags),
            serde_json::json!({
                "domain": "example.com", "record": format!("v=DMARC1;{tags}"), "p": "reject",
                "sp": "none", "np": "quarantine", "adkim": "s", "aspf": "s", "psd": "y", "t": "y",
                "rua": "a:b", "ruf": "c:d", "fo": "1", "dkimAligned": true,
            })
        );
        assert_eq!(facts("p=junk")["p"], serde_json::Value::Null);
    }
}
