//! What a report says to the mail system.

use super::syntax::with_a_labels;
use super::write::property_value;
use super::{AuthenticationResults, MethodResult, Property};
use crate::verify::{Arc, Protocol, Report, Signature, VerificationResult, WarningCode};

/// Who speaks where the host did not say: the machine itself.
pub const DEFAULT_AUTHSERV_ID: &str = "localhost";

/// The fewest octets of `b=` that tell signatures apart (RFC 6008 §3).
const MIN_SIGNATURE_OCTETS: usize = 8;

/// The most octets that a value takes, quotes included, so that a line of 998 octets can hold it with
/// its name (RFC 5322 §2.1.1). No domain name, selector or identity is longer.
const MAX_VALUE_OCTETS: usize = 900;

/// The complete value of an Authentication-Results field for a report, folded before each result.
///
/// Values from the message stand there as tokens, addresses or quoted strings, so that none of them
/// can add a result of its own (RFC 8601 §2.2, §7.1). The authserv-id is written in A-labels.
///
/// ```
/// use waxseal::{Options, UnixTime, VerificationTime, Verifier, auth_results};
///
/// let now = VerificationTime::At(UnixTime::from_seconds(0));
/// let mut verifier = Verifier::new(Options::new(now));
/// verifier.push(b"From: joe@example.com\r\n\r\n");
/// let report = verifier.finish();
/// assert_eq!(auth_results::format(&report, "mx.example.net"), "mx.example.net; dkim=none");
/// ```
pub fn format(report: &Report, authserv_id: &str) -> String {
    from_report(report, authserv_id).to_string()
}

/// The same in lines of at most 76 octets where that is possible, for hosts that add the field to a
/// message.
///
/// ```
/// # use waxseal::{Options, UnixTime, VerificationTime, Verifier, auth_results};
/// # let now = VerificationTime::At(UnixTime::from_seconds(0));
/// # let mut verifier = Verifier::new(Options::new(now));
/// # verifier.push(b"DKIM-Signature: v=1; d=mail.example.com; s=2024; i=joe@mail.example.com\r\n");
/// # verifier.push(b"From: joe@example.com\r\n\r\n");
/// let report = verifier.finish();
/// assert_eq!(
///     auth_results::format_folded(&report, "mx.example.net"),
///     "mx.example.net;\r\n\tdkim=permerror reason=missingTag header.d=mail.example.com\r\n\t\
///      header.i=joe@mail.example.com header.s=2024"
/// );
/// ```
pub fn format_folded(report: &Report, authserv_id: &str) -> String {
    from_report(report, authserv_id).folded()
}

/// What a report says, as [`parse`](super::parse) would read it: a `dkim` result for each signature
/// or `dkim=none`, `domainkeys` results, and `arc` where there is a chain. DMARC and SPF are not
/// spoken of.
pub fn from_report(report: &Report, authserv_id: &str) -> AuthenticationResults {
    let mut results = Vec::new();
    // RFC 8601 §2.7.1 "none": DKIM was looked for, and there is none of it.
    if !report.signatures.iter().any(|one| one.protocol == Protocol::Dkim) {
        let result =
            if report.signatures.is_empty() { report.result } else { VerificationResult::None };
        results.push(MethodResult::new("dkim", result.as_str()));
    }
    let prefixes = unique_prefixes(&report.signatures);
    for (signature, prefix) in report.signatures.iter().zip(prefixes) {
        results.push(match signature.protocol {
            Protocol::DomainKeys => domainkeys_result(signature),
            Protocol::Dkim | Protocol::Arc => dkim_result(signature, prefix),
        });
    }
    results.extend(arc_result(&report.arc));
    AuthenticationResults {
        authserv_id: Some(authserv_id.to_owned()),
        results,
        ..AuthenticationResults::default()
    }
}

/// `arc=` with `header.oldest-pass` (RFC 8617 §10.2, RFC 8601 §2.7); nothing where there is no chain.
pub fn arc_result(arc: &Arc) -> Option<MethodResult> {
    if arc.result == VerificationResult::None {
        return None;
    }
    // RFC 8617 §5.2: 0 says that every message signature verifies, the first one too.
    let oldest_pass = arc.oldest_pass.filter(|_| arc.result == VerificationResult::Pass);
    let oldest_pass = oldest_pass.map(|instance| if instance == 1 { 0 } else { instance });
    Some(MethodResult {
        reason: arc.reason.map(|reason| reason.to_string()),
        properties: oldest_pass
            .map(|instance| Property::new("header", "oldest-pass", instance.to_string()))
            .into_iter()
            .collect(),
        ..MethodResult::new("arc", arc.result.as_str())
    })
}

/// `dkim=` with the properties of RFC 8601 §2.7.1 and RFC 6008 §4.
fn dkim_result(signature: &Signature, unique_prefix: Option<String>) -> MethodResult {
    // RFC 6376 §3.5: without i= the identity is "@" and the signing domain.
    let identity = signature
        .identity
        .clone()
        .or_else(|| signature.domain.as_ref().map(|domain| format!("@{domain}")));
    let identity = identity.as_deref().map(with_a_labels);
    let properties = [
        ("d", signature.domain.as_deref()),
        ("i", identity.as_deref()),
        ("s", signature.selector.as_deref()),
        ("a", signature.algorithm.as_deref()),
        ("b", unique_prefix.as_deref()),
    ];
    signature_result("dkim", signature, &properties)
}

/// `domainkeys=` with the property that the IANA registry has for it (RFC 8601 §6.2).
fn domainkeys_result(signature: &Signature) -> MethodResult {
    signature_result("domainkeys", signature, &[("d", signature.domain.as_deref())])
}

/// A result with those of the properties that say something, and the rules of ours that let a signature
/// pass which the standards would not (RFC 8601 §2.4).
fn signature_result(
    method: &str,
    signature: &Signature,
    header: &[(&str, Option<&str>)],
) -> MethodResult {
    let mut properties = Vec::new();
    for (name, value) in header {
        let value = value.unwrap_or_default();
        // A value that no line can hold is no name and is left out.
        if !value.is_empty() && property_value(value).len() <= MAX_VALUE_OCTETS {
            properties.push(Property::new("header", *name, value.to_owned()));
        }
    }
    for warning in &signature.warnings {
        let is_rule = matches!(
            warning.code,
            WarningCode::WeakAlgorithm
                | WarningCode::WeakKey
                | WarningCode::Expired
                | WarningCode::BodyNotWholeSigned
        );
        if is_rule && signature.result == VerificationResult::Pass {
            properties.push(Property::new("policy", "dkim-rules", warning.code.as_str()));
        }
    }
    MethodResult {
        reason: signature.reason.map(|reason| reason.to_string()),
        properties,
        ..MethodResult::new(method, signature.result.as_str())
    }
}

/// For each signature the shortest start of `b=` that no other one has, at least eight octets
/// (RFC 6008 §3) and at most what a line holds.
fn unique_prefixes(signatures: &[Signature]) -> Vec<Option<String>> {
    let mut sorted: Vec<(&str, usize)> = signatures
        .iter()
        .enumerate()
        .filter_map(|(index, one)| Some((one.signature.as_deref()?, index)))
        .collect();
    // Whatever shares most with a text stands next to it in this order.
    sorted.sort_unstable();
    let mut prefixes = vec![None; signatures.len()];
    let mut shared_with_last = 0;
    for (place, (own, index)) in sorted.iter().enumerate() {
        let next = sorted.get(place.saturating_add(1)).map(|(next, _)| *next);
        let shared_with_next = next.map_or(0, |next| shared(own, next));
        let length = shared_with_last.max(shared_with_next).saturating_add(1);
        let length = length.clamp(MIN_SIGNATURE_OCTETS, MAX_VALUE_OCTETS.saturating_sub(2));
        if let Some(prefix) = prefixes.get_mut(*index) {
            *prefix = Some(own.chars().take(length).collect());
        }
        shared_with_last = shared_with_next;
    }
    prefixes
}

/// How many characters two texts have in common at their start.
fn shared(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
pub(super) mod tests;
