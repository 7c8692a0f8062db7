//! The tests of keys, as text or JSON Lines.

use std::io::{self, IsTerminal, Write};

use waxseal::Reason;

use super::super::Color;
use super::Format;
use super::sanitize::{escape_json, sanitize};
use super::style::Style;
use super::wrap::append_wrapped;
use crate::keys::test::KeyTest;

/// Prints key tests on stdout.
#[derive(Debug)]
pub(in crate::cli) struct KeyTestOutput {
    format: Format,
    style: Style,
    is_terminal: bool,
}

impl KeyTestOutput {
    pub(in crate::cli) fn new(format: Format, color: Color) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { format, style: Style::new(color, is_terminal), is_terminal }
    }

    pub(in crate::cli) fn print(&self, test: &KeyTest) -> io::Result<()> {
        let text = match self.format {
            Format::Text => self.text(test),
            Format::Json => {
                let json = serde_json::to_string(test)?;
                // A terminal acts on characters that JSON leaves as they are.
                (if self.is_terminal { escape_json(&json) } else { json }) + "\n"
            }
        };
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// amavisd's line, on which nothing is wrapped, and below it what more is known.
    fn text(&self, test: &KeyTest) -> String {
        let report = &test.report;
        let result = self.style.result(report.result, report.result.as_str());
        let why = match report.reason {
            Some(reason) => format!(": {} ({})", report.explanation, Reason::code(reason)),
            None if test.exit == crate::exit::Exit::Success => String::new(),
            None => format!(": {}", report.explanation),
        };
        let mut out = format!(
            "TESTING#{} {}: {} => {result}{}\n",
            test.number,
            report.domain,
            report.name,
            sanitize(&why)
        );
        if let Some(key) = &report.key {
            let mut details = Vec::new();
            details.extend(key.key_type.clone());
            details.extend(key.bits.map(|bits| format!("{bits} bits")));
            details.extend(key.ttl.map(|ttl| format!("TTL {ttl} s")));
            details.extend(key.authenticated.map(|yes| {
                (if yes { "authenticated by DNSSEC" } else { "not authenticated by DNSSEC" })
                    .to_owned()
            }));
            if key.strict_identity {
                details.push("t=s".to_owned());
            }
            if !details.is_empty() {
                out.push_str(&format!("  {}\n", self.style.dim(&sanitize(&details.join(", ")))));
            }
        }
        for warning in &report.warnings {
            const LABEL: &str = "warning ";
            out.push_str(&format!("  {}", self.style.warning(LABEL)));
            let text = format!("{}: {}", warning.code.as_str(), warning.explanation);
            append_wrapped(&mut out, &sanitize(&text), LABEL.len() + 2, LABEL.len() + 2);
        }
        out
    }
}
