//! Points in time, always handed in by the host: the core reads no clock.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted, as `t=` and `x=` count them
/// (RFC 6376 §3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// A point in time from its seconds since the epoch.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// This time moved on by `seconds`; stays at the end of time rather than wrap.
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which time a verification holds for: it decides whether a signature has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationTime {
    /// This very time, usually the host's clock.
    At(UnixTime),
    /// The time in the topmost Received field, for mail that arrived long ago; `otherwise` holds
    /// where the message has no such field or its date cannot be read.
    TopReceived {
        /// The time to take instead.
        otherwise: UnixTime,
    },
}
