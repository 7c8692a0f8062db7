//! What becomes of a message by its result.

use waxseal::VerificationResult;
use waxseal::verify::Report;

use crate::config::{Action, Bank};

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// It goes on.
    Forward,
    /// It goes on with a field that asks to put it aside; the reason.
    Quarantine(String),
    /// The client is told this and keeps it, for now or for good.
    Refuse(Refusal),
}

/// A refusal, as a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) enhanced: &'static str,
    pub(crate) text: String,
}

impl Refusal {
    pub(crate) fn temporary(enhanced: &'static str, text: impl Into<String>) -> Self {
        Self { code: 451, enhanced, text: text.into() }
    }

    pub(crate) fn permanent(enhanced: &'static str, text: impl Into<String>) -> Self {
        Self { code: 550, enhanced, text: text.into() }
    }
}

/// The policy of the bank for that report.
pub(crate) fn disposition(bank: &Bank, report: &Report) -> Disposition {
    let result = report.result;
    let action = bank.policy.get(result.as_str()).map_or(Action::Annotate, |action| action.value);
    match action {
        Action::Annotate => Disposition::Forward,
        Action::Quarantine => Disposition::Quarantine(format!("dkim={result}{}", reasons(report))),
        // RFC 3463 §3.8 X.7.5: a cryptographic check could not be made
        Action::Tempfail => Disposition::Refuse(Refusal::temporary(
            "4.7.5",
            format!("DKIM result {result}{}; try again later", reasons(report)),
        )),
        // an outage proves nothing: it is never refused for good
        Action::Reject if result == VerificationResult::TempError => {
            Disposition::Refuse(Refusal::temporary(
                "4.7.5",
                format!("DKIM result {result}{}; try again later", reasons(report)),
            ))
        }
        // RFC 7372 §3.1: 5.7.21 where a signature verifies but is not accepted, else 5.7.20
        Action::Reject => Disposition::Refuse(Refusal::permanent(
            if result == VerificationResult::Policy { "5.7.21" } else { "5.7.20" },
            format!("DKIM result {result}{}", reasons(report)),
        )),
    }
}

/// The reasons of the signatures with the best result.
fn reasons(report: &Report) -> String {
    let best = report.signatures.iter().find(|one| one.result == report.result);
    let reason = best.and_then(|one| one.reason);
    let domain = best.and_then(|one| one.domain.as_deref());
    match (reason, domain) {
        (Some(reason), Some(domain)) => format!(" ({reason}, d={domain})"),
        (Some(reason), None) => format!(" ({reason})"),
        _ => String::new(),
    }
}
