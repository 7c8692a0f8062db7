//! Bounds on what one client, and all of them, can make us do.

use std::time::Duration;

use super::hop::HopTimes;
use crate::config::LimitSettings;

/// What a server bears. Memory is bounded by it: each connection holds some 200 KiB of buffers,
/// [`memory_octets`](Self::memory_octets) of its message, and its header (256 KiB at most) up to four times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Octets of a message; 0 for no limit.
    pub(crate) message_octets: u64,
    /// Octets of a message kept in memory; a larger one is spooled to a file.
    pub(crate) memory_octets: usize,
    /// Recipients of one message.
    pub(crate) recipients: usize,
    /// Connections in all, and from one address.
    pub(crate) connections: usize,
    pub(crate) connections_per_peer: usize,
    /// How long a client may be silent, or not take what it is told.
    pub(crate) idle: Duration,
    /// How long a client may take from its greeting, or the end of its last message, to the end of the
    /// next. Who sends an octet now and then holds a connection no longer than that.
    pub(crate) deadline: Duration,
    /// How long a next hop may take.
    pub(crate) hop: HopTimes,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_octets: 0,
            memory_octets: 256 * 1024,
            recipients: 1000,
            connections: 1000,
            connections_per_peer: 500,
            // RFC 5321 §4.5.3.2.7
            idle: Duration::from_secs(300),
            deadline: Duration::from_secs(3600),
            hop: HopTimes::default(),
        }
    }
}

impl Limits {
    /// The defaults, and what the configuration says otherwise.
    pub(crate) fn of(said: &LimitSettings) -> Self {
        let mut limits = Self::default();
        if let Some(value) = &said.message_octets {
            limits.message_octets = value.value;
        }
        for (ours, said) in [
            (&mut limits.memory_octets, &said.memory_octets),
            (&mut limits.recipients, &said.recipients),
            (&mut limits.connections, &said.connections),
            (&mut limits.connections_per_peer, &said.connections_per_peer),
        ] {
            if let Some(value) = said {
                *ours = usize::try_from(value.value).unwrap_or(usize::MAX).max(1);
            }
        }
        limits.connections = limits.connections.min(tokio::sync::Semaphore::MAX_PERMITS);
        for (ours, said) in [
            (&mut limits.idle, &said.idle),
            (&mut limits.deadline, &said.deadline),
            (&mut limits.hop.connect, &said.hop_connect),
            (&mut limits.hop.command, &said.hop_command),
            (&mut limits.hop.end, &said.hop_end),
        ] {
            if let Some(value) = said {
                *ours = Duration::from_secs(value.value.max(1));
            }
        }
        limits.hop.block = limits.hop.block.min(limits.hop.command);
        limits
    }
}
