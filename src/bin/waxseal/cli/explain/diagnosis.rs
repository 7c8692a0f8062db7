//! A diagnosis, for people and for programs.

use serde_json::{Value, json};
use waxseal::Report;
use waxseal::diagnose::{Change, Diagnosis, Finding, SignatureDiagnosis};

/// How many changes of a finding are shown; programs get all of them.
const SHOWN_CHANGES: usize = 5;

/// How many characters of an excerpt are shown.
const SHOWN_CHARACTERS: usize = 120;

/// Why it fails, in lines; none where nothing does.
pub(super) fn lines(diagnosis: &Diagnosis) -> Vec<String> {
    let report = diagnosis.repaired_report.as_ref().unwrap_or(&diagnosis.report);
    let mut lines: Vec<String> = Vec::new();
    for finding in &diagnosis.message {
        lines.push(format!("the message: {} ({})", finding.explanation, finding.hypothesis));
    }
    for signature in &diagnosis.signatures {
        lines.extend(of_signature(signature, report));
    }
    lines
}

fn of_signature(signature: &SignatureDiagnosis, report: &Report) -> Vec<String> {
    let found = report.signatures.get(signature.index);
    let name = |part: Option<&String>| part.map_or("?", String::as_str).to_owned();
    let domain = name(found.and_then(|one| one.domain.as_ref()));
    let selector = name(found.and_then(|one| one.selector.as_ref()));
    let mut lines = vec![format!("{domain} ({selector}): {}", signature.explanation)];
    for finding in &signature.findings {
        if !finding.restored {
            lines.push(format!("- {} ({})", finding.explanation, finding.hypothesis));
        }
        lines.extend(of_changes(finding));
    }
    for field in &signature.copied_fields {
        lines.push(match &field.present {
            Some(present) => {
                format!(
                    "{} was {:?} when it was signed, and is {present:?}",
                    field.name, field.copied
                )
            }
            None => {
                format!("- {} was {:?} when it was signed, and is gone", field.name, field.copied)
            }
        });
    }
    if signature.exhausted {
        lines.push("- Not everything was tried: the bound on the work was reached.".to_owned());
    }
    lines
}

fn of_changes(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> =
        finding.changes.iter().take(SHOWN_CHANGES).filter_map(of_change).collect();
    let more = finding.changes.len().saturating_sub(SHOWN_CHANGES);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    lines
}

fn of_change(change: &Change) -> Option<String> {
    if change.before.is_empty() && change.after.is_empty() {
        return None;
    }
    let place = match &change.field {
        Some(field) => field.clone(),
        None => format!("line {} of the body", change.line),
    };
    Some(format!(
        "- {}: {place}: {} where it was {}",
        change.hypothesis,
        shown(&change.before),
        shown(&change.after)
    ))
}

/// An excerpt with blanks and line ends that can be seen.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None if text.is_empty() => "nothing".to_owned(),
        None => format!("{text:?}"),
    }
}

/// All of it but the report, which stands beside.
pub(super) fn as_json(diagnosis: &Diagnosis) -> Value {
    let Diagnosis { message, repaired_report, signatures, work, .. } = diagnosis;
    json!({
        "message": message,
        "repairedReport": repaired_report,
        "signatures": signatures,
        "work": work,
    })
}
