//! The report for a person: one block for each message.

use waxseal::encoding::base64;
use waxseal::verify::{Alignment, AlignmentMode, Arc, FieldStatus, Report, Signature, TraceStep};
use waxseal::{Reason, VerificationResult};

use super::super::time::format_utc;
use super::sanitize::sanitize;
use super::style::Style;
use super::wrap::append_wrapped;
use crate::verify::{Shown, Verdict};

/// The column in which all text begins, after labels and results.
const DETAIL: usize = 14;

/// Longest text of a field that is shown whole.
const LONGEST_FIELD: usize = 400;

/// Writes reports for people.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextReport {
    style: Style,
    verbose: bool,
}

impl TextReport {
    pub(super) fn new(style: Style, verbose: bool) -> Self {
        Self { style, verbose }
    }

    /// The block of one message.
    pub(super) fn block(&self, verdict: &Verdict) -> String {
        let Verdict { report, shown, .. } = verdict;
        let mut out = String::new();
        let file = sanitize(report.file.as_deref().unwrap_or("-"));
        let result = self.style.result(report.result, report.result.as_str());
        out.push_str(&format!("{}: {result}\n", self.style.strong(&file)));
        self.field(&mut out, "From", from_line(report, shown).as_deref());
        self.field(&mut out, "Subject", shown.subject.as_deref());
        if self.verbose {
            self.field(&mut out, "To", shown.to.as_deref());
            self.field(&mut out, "Date", shown.date.as_deref());
        }
        for signature in &report.signatures {
            self.signature(&mut out, signature);
        }
        if report.signatures.is_empty() && report.result == VerificationResult::None {
            self.signature_line(&mut out, report.result, "The message has no DKIM signature.");
        }
        self.chain(&mut out, &report.arc);
        for warning in &report.warnings {
            let field = warning.field.as_ref().map(|field| format!(" ({field})"));
            let text = format!(
                "{}{}: {}",
                warning.code.as_str(),
                field.unwrap_or_default(),
                warning.explanation
            );
            self.warning(&mut out, 2, &text);
        }
        if self.verbose {
            self.summary(&mut out, report);
        }
        out
    }

    /// Lines under a title, below a block.
    pub(super) fn section(&self, title: &str, lines: &[String]) -> String {
        let mut out = format!("  {}\n", self.style.dim(title));
        for line in lines {
            out.push_str("    ");
            append_wrapped(&mut out, &sanitize(line), 4, 6);
        }
        out
    }

    /// The Authenticated Received Chain, where there is one.
    fn chain(&self, out: &mut String, arc: &Arc) {
        if arc.result == VerificationResult::None {
            return;
        }
        let sealers: Vec<&str> =
            arc.sets.iter().filter_map(|set| set.seal.domain.as_deref()).collect();
        self.signature_line(
            out,
            arc.result,
            &format!("ARC, sealed by {}", sealers.join(", then ")),
        );
        let explanation = match arc.reason {
            Some(reason) => format!("{} ({})", arc.explanation, Reason::code(reason)),
            None => arc.explanation.clone(),
        };
        self.detail(out, &explanation);
        if self.verbose {
            for set in &arc.sets {
                let label = format!("i={}", set.instance);
                self.labelled(out, &label, &set.authentication_results);
            }
        }
    }

    fn signature(&self, out: &mut String, signature: &Signature) {
        let mut line = String::new();
        for (name, value) in [("d=", &signature.domain), ("s=", &signature.selector)] {
            if let Some(value) = value {
                line.push_str(&format!("{name}{value} "));
            }
        }
        if let Some(algorithm) = &signature.algorithm {
            line.push_str(algorithm);
            line.push(' ');
        }
        if let Some(bits) = signature.key.as_ref().and_then(|key| key.bits) {
            line.push_str(&format!("{bits} bits"));
        }
        self.signature_line(out, signature.result, &line);
        let explanation = match signature.reason {
            Some(reason) => format!("{} ({})", signature.explanation, Reason::code(reason)),
            None => signature.explanation.clone(),
        };
        self.detail(out, &explanation);
        for warning in &signature.warnings {
            let text = format!("{}: {}", warning.code.as_str(), warning.explanation);
            self.warning(out, DETAIL, &text);
        }
        if self.verbose {
            self.signature_details(out, signature);
        }
        for step in &signature.trace {
            self.trace_step(out, step);
        }
    }

    fn signature_details(&self, out: &mut String, signature: &Signature) {
        let canonicalization = &signature.canonicalization;
        self.labelled(out, "c=", &format!("{}/{}", canonicalization.header, canonicalization.body));
        if let Some(identity) = &signature.identity {
            self.labelled(out, "i=", identity);
        }
        if let Some(timestamp) = signature.timestamp {
            self.labelled(out, "signed at", &format_utc(timestamp));
        }
        if let Some(expires) = signature.expires {
            self.labelled(out, "expires at", &format_utc(expires));
        }
        if let Some(length) = signature.body_length {
            self.labelled(out, "l=", &format!("{length} octets of the body"));
        }
        if let Some(claimed) = &signature.body_hash.claimed {
            self.labelled(out, "body hash", claimed);
        }
        if let Some(computed) = &signature.body_hash.computed
            && signature.body_hash.claimed.as_ref() != Some(computed)
        {
            self.labelled(out, "computed", computed);
        }
        if !signature.signed_fields.is_empty() {
            self.labelled(out, "fields", &signature.signed_fields.join(" "));
        }
        if let Some(key) = &signature.key {
            let mut text = key.name.clone();
            if let Some(ttl) = key.ttl {
                text.push_str(&format!(", TTL {ttl} s"));
            }
            text.push_str(match key.authenticated {
                Some(true) => ", authenticated by DNSSEC",
                Some(false) => ", not authenticated",
                None => "",
            });
            self.labelled(out, "key", &text);
        }
        let aligned = match signature.aligned {
            AlignmentMode::Strict => "with From (same domain)",
            AlignmentMode::Relaxed => "with From (same organization)",
            AlignmentMode::None => "not with From",
        };
        self.labelled(out, "aligned", aligned);
        if let Some(reporting) = &signature.reporting {
            let text = match (&reporting.address, reporting.published) {
                (Some(address), _) => format!("failures to {address} (RFC 6651)"),
                (None, Some(true)) => "asked for, but the record has no address".to_owned(),
                (None, Some(false)) => "asked for, but there is no record".to_owned(),
                (None, None) => "asked for, but the DNS did not answer".to_owned(),
            };
            self.labelled(out, "reports", &text);
        }
        if let Some(atps) = &signature.atps {
            self.labelled(out, "ATPS", &format!("{}: {}", atps.result, atps.explanation));
        }
    }

    fn summary(&self, out: &mut String, report: &Report) {
        let body = report.coverage.body;
        if !report.signatures.is_empty() {
            let text = format!("{} of {} octets signed", body.signed, body.total);
            self.field(out, "Body", Some(&text));
            for (label, status) in [
                ("Oversigned", FieldStatus::Oversigned),
                ("Signed", FieldStatus::Signed),
                ("Added", FieldStatus::Added),
                ("Unsigned", FieldStatus::Unsigned),
            ] {
                let names: Vec<&str> = report
                    .coverage
                    .fields
                    .iter()
                    .filter(|field| field.status == status)
                    .map(|field| field.name.as_str())
                    .collect();
                if !names.is_empty() {
                    self.field(out, label, Some(&names.join(" ")));
                }
            }
        }
        self.field(out, "DMARC", policy_line(&report.alignment).as_deref());
        let value = report.authentication_results.split_whitespace().collect::<Vec<_>>().join(" ");
        out.push_str(&format!("  {}\n    ", self.style.dim("Authentication-Results:")));
        append_wrapped(out, &sanitize(&value), 4, 4);
    }

    fn trace_step(&self, out: &mut String, step: &TraceStep) {
        let verdict = if step.ok { "ok" } else { "not ok" };
        let octets = match step.step {
            "canonicalHeader" | "canonicalBody" => base64::decode(&step.detail).ok(),
            _ => None,
        };
        let label = format!("[{}] {verdict}", step.step);
        out.push_str(&" ".repeat(DETAIL));
        out.push_str(&self.style.dim(&label));
        match octets {
            Some(octets) => {
                out.push_str(&format!(", {} octets:\n", octets.len()));
                show_octets(out, &octets);
            }
            None => {
                out.push_str(": ");
                let used = DETAIL + label.chars().count() + 2;
                append_wrapped(out, &sanitize(&step.detail), used, DETAIL + 2);
            }
        }
    }

    fn field(&self, out: &mut String, label: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        out.push_str("  ");
        out.push_str(&self.style.dim(&format!("{label:<12}")));
        append_wrapped(out, &sanitize(&shortened(value)), DETAIL, DETAIL);
    }

    fn signature_line(&self, out: &mut String, result: VerificationResult, text: &str) {
        out.push_str("  ");
        out.push_str(&self.style.result(result, &format!("{:<12}", result.as_str())));
        append_wrapped(out, &sanitize(text), DETAIL, DETAIL);
    }

    fn detail(&self, out: &mut String, text: &str) {
        out.push_str(&" ".repeat(DETAIL));
        append_wrapped(out, &sanitize(text), DETAIL, DETAIL);
    }

    fn labelled(&self, out: &mut String, label: &str, value: &str) {
        const WIDEST: usize = 11;
        out.push_str(&" ".repeat(DETAIL));
        out.push_str(&self.style.dim(&format!("{label:<WIDEST$}")));
        append_wrapped(out, &sanitize(value), DETAIL + WIDEST, DETAIL + WIDEST);
    }

    fn warning(&self, out: &mut String, indent: usize, text: &str) {
        const LABEL: &str = "warning ";
        out.push_str(&" ".repeat(indent));
        out.push_str(&self.style.warning(LABEL));
        append_wrapped(out, &sanitize(text), indent + LABEL.len(), indent + LABEL.len());
    }
}

/// What the author's domain publishes about its mail, and where.
fn policy_line(alignment: &Alignment) -> Option<String> {
    if let Some(trouble) = &alignment.trouble {
        return Some(trouble.clone());
    }
    let organization = alignment.organizational_domain.as_ref()?;
    let Some(dmarc) = &alignment.dmarc else {
        return Some(format!("no policy; the organization is {organization}"));
    };
    let aligned = if dmarc.dkim_aligned { "aligned" } else { "not aligned" };
    Some(format!(
        "{aligned}; p={} adkim={} t={} at {}; the organization is {organization}",
        dmarc.p.unwrap_or("broken"),
        dmarc.adkim,
        dmarc.t,
        dmarc.domain
    ))
}

/// What a mail reader shows as From, with every address that it does not show.
fn from_line(report: &Report, shown: &Shown) -> Option<String> {
    let mut line = shown.from.clone().unwrap_or_default();
    for author in &report.authors {
        if !line.contains(author.as_str()) {
            let separator = if line.is_empty() { "" } else { " " };
            line.push_str(&format!("{separator}<{author}>"));
        }
    }
    (!line.is_empty()).then_some(line)
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(LONGEST_FIELD) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// Canonical octets line by line with their line ends and other invisibles shown.
fn show_octets(out: &mut String, octets: &[u8]) {
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        out.push_str(&" ".repeat(DETAIL));
        out.push_str(&sanitize(&String::from_utf8_lossy(line)));
        out.push('\n');
    }
}
