//! What the command prints: reports on stdout, complaints and progress on stderr.

mod keys;
mod progress;
mod sanitize;
mod style;
mod text;
mod wrap;

use std::io::{self, IsTerminal, Write};

use super::Color;
use crate::exit::Exit;
use crate::verify::{Outcome, Verdict};
pub(super) use keys::KeyTestOutput;
use progress::Progress;
use sanitize::{escape_json, sanitize};
use style::Style;
use text::TextReport;

/// How reports are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For a person.
    Text,
    /// JSON Lines (the report of the core).
    Json,
}

/// The two streams of the command.
#[derive(Debug)]
pub(super) struct Output {
    format: Format,
    text: TextReport,
    error_style: Style,
    stdout_is_terminal: bool,
    progress: Progress,
    printed: bool,
}

impl Output {
    pub(super) fn new(format: Format, color: Color, verbose: bool, inputs: usize) -> Self {
        let stdout_is_terminal = io::stdout().is_terminal();
        let stderr_is_terminal = io::stderr().is_terminal();
        // Bar and reports would share the screen: reports that scroll by are progress enough.
        let bar = stderr_is_terminal && !stdout_is_terminal;
        Self {
            format,
            text: TextReport::new(Style::new(color, stdout_is_terminal), verbose),
            error_style: Style::new(color, stderr_is_terminal),
            stdout_is_terminal,
            progress: Progress::new(bar, inputs),
            printed: false,
        }
    }

    /// Prints one outcome. An error is the exit status it brings; it has been told.
    pub(super) fn print(&mut self, outcome: &Outcome) -> Result<(), Exit> {
        self.progress.one_more();
        let verdict = match outcome {
            Ok(verdict) => verdict,
            Err(error) => {
                self.complain(&error.to_string());
                return Ok(());
            }
        };
        let printed = match self.format {
            Format::Text => {
                let gap = if self.printed { "\n" } else { "" };
                format!("{gap}{}", self.text.block(verdict))
            }
            Format::Json => match serde_json::to_string(&verdict.report) {
                // A terminal acts on characters that JSON leaves as they are; a program gets the
                // very octets of serde_json.
                Ok(json) if self.stdout_is_terminal => escape_json(&json) + "\n",
                Ok(json) => json + "\n",
                Err(error) => {
                    self.complain(&format!("the report cannot be written as JSON: {error}"));
                    return Err(Exit::CannotWrite);
                }
            },
        };
        self.write(&printed)?;
        if let Some(why) = verdict.no_message {
            let file = verdict.report.file.as_deref().unwrap_or("-");
            self.complain(&format!("{file}: is no message: {why}"));
        }
        Ok(())
    }

    /// Prints a report for a person and sections of other lines below it, those that have any.
    pub(super) fn report_and_sections(
        &mut self,
        verdict: &Verdict,
        sections: &[(&str, Vec<String>)],
    ) -> Result<(), Exit> {
        let mut block = self.text.block(verdict);
        for (title, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
            block.push_str(&self.text.section(title, lines));
        }
        self.write(&block)
    }

    /// Prints a line of JSON.
    pub(super) fn json_line(&mut self, value: &serde_json::Value) -> Result<(), Exit> {
        let json = value.to_string();
        let json = if self.stdout_is_terminal { escape_json(&json) } else { json };
        self.write(&(json + "\n"))
    }

    /// Writes to stdout. An error is the exit status it brings; it has been told.
    pub(super) fn write(&mut self, text: &str) -> Result<(), Exit> {
        self.printed = true;
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        drop(stdout);
        if let Err(error) = written {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Err(Exit::BrokenPipe);
            }
            self.complain(&format!("the output cannot be written: {error}"));
            return Err(Exit::CannotWrite);
        }
        Ok(())
    }

    /// Tells of an error on stderr.
    pub(super) fn complain(&self, error: &str) {
        let line = format!("{} {}\n", self.error_style.bad("waxseal:"), sanitize(error));
        self.progress.beside(|| {
            // Where stderr is closed there is nobody to tell.
            let _ = io::stderr().write_all(line.as_bytes());
        });
    }

    /// Tells of errors on stderr that have more than one line, their places in a file for instance.
    pub(super) fn complain_in_lines(&self, errors: &str) {
        errors.lines().for_each(|line| self.complain(line));
    }

    /// Says what the command waits for when it reads from a person's keyboard.
    pub(super) fn hint_at_terminal(&self) {
        if io::stdin().is_terminal() {
            let hint = "waxseal: reading a message from the terminal; end it with Ctrl-D\n";
            let _ = io::stderr().write_all(hint.as_bytes());
        }
    }

    /// Takes the progress bar away.
    pub(super) fn finish(&self) {
        self.progress.finish();
    }
}
