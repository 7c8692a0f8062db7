//! A policy as reports show it.

use serde::Serialize;

use super::discovery::AppliedPolicy;
use super::record::Requested;

/// The policy that holds for the author's mail (RFC 9989 §4.7), in the letters of its tags. What is
/// absent or wrong in the record has its default; a tag without one is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyFacts {
    /// The domain that publishes the record.
    pub domain: String,
    /// The record as it stands there.
    pub record: String,
    /// `p=` as it takes effect: `none`, `quarantine` or `reject`; null where the record asks for
    /// nothing, because its policy is broken.
    pub p: Option<&'static str>,
    /// `sp=`; null where domains below have the policy of `p=`.
    pub sp: Option<&'static str>,
    /// `np=`; null where domains below that do not exist have the policy of those that do.
    pub np: Option<&'static str>,
    /// `adkim=`: `r` or `s`.
    pub adkim: &'static str,
    /// `aspf=`: `r` or `s`.
    pub aspf: &'static str,
    /// `psd=`: `y`, `n` or `u`.
    pub psd: &'static str,
    /// `t=`: `y` or `n`.
    pub t: &'static str,
    /// `rua=`.
    pub rua: Option<String>,
    /// `ruf=`.
    pub ruf: Option<String>,
    /// `fo=`.
    pub fo: Option<String>,
}

impl From<&AppliedPolicy> for PolicyFacts {
    fn from(policy: &AppliedPolicy) -> Self {
        let record = &policy.record;
        let mode = |strict| if strict { "s" } else { "r" };
        Self {
            domain: policy.domain.as_str().to_owned(),
            record: record.text.clone(),
            p: record.effective_policy().map(Requested::as_str),
            sp: record.subdomain_policy.map(Requested::as_str),
            np: record.nonexistent_policy.map(Requested::as_str),
            adkim: mode(record.strict_dkim),
            aspf: mode(record.strict_spf),
            psd: record.public_suffix.as_str(),
            t: if record.testing { "y" } else { "n" },
            rua: record.aggregate_reports.clone(),
            ruf: record.failure_reports.clone(),
            fo: record.failure_options.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::record::PolicyRecord;
    use super::*;
    use crate::name::DomainName;

    #[test]
    fn defaults_take_the_place_of_what_is_absent() {
        let facts = |tags: &str| {
            let record = PolicyRecord::parse(format!("v=DMARC1;{tags}").as_bytes()).unwrap();
            let domain = DomainName::parse("example.com").unwrap();
            serde_json::to_value(PolicyFacts::from(&AppliedPolicy { domain, record })).unwrap()
        };
        assert_eq!(
            facts(""),
            serde_json::json!({
                "domain": "example.com", "record": "v=DMARC1;", "p": "none", "sp": null, "np": null,
                "adkim": "r", "aspf": "r", "psd": "u", "t": "n", "rua": null, "ruf": null, "fo": null,
            })
        );
        let tags = "p=reject;sp=none;np=quarantine;adkim=s;aspf=s;psd=y;t=y;rua=a:b;ruf=c:d;fo=1";
        assert_eq!(
            facts(tags),
            serde_json::json!({
                "domain": "example.com", "record": format!("v=DMARC1;{tags}"), "p": "reject",
                "sp": "none", "np": "quarantine", "adkim": "s", "aspf": "s", "psd": "y", "t": "y",
                "rua": "a:b", "ruf": "c:d", "fo": "1",
            })
        );
        assert_eq!(facts("p=junk")["p"], serde_json::Value::Null);
    }
}
