//! Colour, where it helps.

use waxseal::VerificationResult;

use super::super::Color;

/// Wraps text in the codes of a terminal, or leaves it alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    on: bool,
}

impl Style {
    pub(super) fn new(color: Color, is_terminal: bool) -> Self {
        let on = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb(),
        };
        Self { on }
    }

    /// A result word in the colour of its weight.
    pub(super) fn result(self, result: VerificationResult, text: &str) -> String {
        let code = match result {
            VerificationResult::Pass => "1;32",
            VerificationResult::Fail | VerificationResult::PermError => "1;31",
            VerificationResult::Policy => "1;33",
            VerificationResult::TempError => "1;35",
            VerificationResult::Neutral | VerificationResult::None => "1",
        };
        self.wrapped(code, text)
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.wrapped("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.wrapped("2", text)
    }

    pub(super) fn warning(self, text: &str) -> String {
        self.wrapped("33", text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.wrapped("1;31", text)
    }

    fn wrapped(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// https://no-color.org: set and not empty.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb")
}
