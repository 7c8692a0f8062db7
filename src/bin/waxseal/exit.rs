//! The exit status, the only thing a script sees without reading.

use std::process::ExitCode;

/// Appended to the help of `waxseal verify`.
pub(crate) const VERIFY_HELP: &str = "\
Exit status:
  0   every message has a passing DKIM signature
  1   some message has none that passes
  64  wrong usage
  65  some input is no message (empty, binary, no header field), or a zone file is broken
  66  some input or zone file cannot be opened or read
  73  the output cannot be written
  75  some message has the result temperror: DNS failed for now, try again later

Where several hold, the first of 73, 66, 65, 1, 75, 0 is given: 1 means that every input was read,
and 75 that every message which does not pass may still do so later. With --headers-only no body is
checked, so nothing passes and the status is never 0.";

/// How a run ended. The numbers are those of BSD's sysexits(3) where it has one.
///
/// The order is the order of precedence, the weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Every message passes, or there was nothing to fail.
    #[default]
    Success,
    /// DNS failed for now.
    TemporaryFailure,
    /// A message does not pass.
    NotPassed,
    /// An input is no message, or a key is broken.
    NotAMessage,
    /// An input cannot be opened or read.
    NoInput,
    /// The output cannot be written.
    CannotWrite,
    /// The reader of our output went away.
    BrokenPipe,
    /// The configuration is wrong or missing.
    Configuration,
    /// The command line is wrong.
    Usage,
}

impl Exit {
    /// Both have happened; the weightier one is told.
    pub(crate) fn and(self, other: Self) -> Self {
        self.max(other)
    }

    const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::NotPassed => 1,
            Self::Usage => 64,
            Self::NotAMessage => 65,
            Self::NoInput => 66,
            Self::CannotWrite => 73,
            Self::TemporaryFailure => 75,
            Self::Configuration => 78,
            // What a shell shows for a program that SIGPIPE has ended: 128 + 13. Nothing can be said
            // about the messages that were not printed.
            Self::BrokenPipe => 141,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_failure_outweighs_a_temporary_one() {
        assert_eq!(Exit::TemporaryFailure.and(Exit::NotPassed), Exit::NotPassed);
        assert_eq!(Exit::Success.and(Exit::TemporaryFailure), Exit::TemporaryFailure);
        assert_eq!(Exit::NotPassed.and(Exit::NoInput), Exit::NoInput);
    }
}
