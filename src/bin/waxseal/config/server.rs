//! What the server needs besides banks: who it runs as, where it logs, what it bears.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::place::{Place, Placed};

/// The settings of `[server]` and `[limits]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerSettings {
    /// Who speaks in Authentication-Results; the host name where it is not said.
    pub(crate) authserv_id: Option<Placed<String>>,
    /// The socket at which `waxseal reload` finds the server.
    pub(crate) control: Option<Placed<PathBuf>>,
    /// The folder for messages that do not fit into memory.
    pub(crate) spool: Option<Placed<PathBuf>>,
    /// Where that folder is not there the system's is taken: another server's configuration names it.
    pub(crate) spool_may_be_missing: bool,
    /// Whom the server becomes once sockets and keys are open.
    pub(crate) user: Option<Placed<String>>,
    pub(crate) group: Option<Placed<String>>,
    /// How log lines look.
    pub(crate) log: Option<Placed<LogFormat>>,
    /// Where metrics and health are asked for over HTTP.
    pub(crate) metrics: Option<Placed<SocketAddr>>,
    /// Who is told by mail of a key that is not published right.
    pub(crate) admin: Option<Placed<String>>,
    /// Mode of Unix sockets that are listened on.
    pub(crate) socket_mode: Option<Placed<u32>>,
    pub(crate) limits: LimitSettings,
}

/// Bounds; the defaults where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitSettings {
    pub(crate) message_octets: Option<Placed<u64>>,
    pub(crate) memory_octets: Option<Placed<u64>>,
    pub(crate) recipients: Option<Placed<u64>>,
    pub(crate) connections: Option<Placed<u64>>,
    pub(crate) connections_per_peer: Option<Placed<u64>>,
    /// Seconds that a client may be silent.
    pub(crate) idle: Option<Placed<u64>>,
    /// Seconds to the end of a message.
    pub(crate) deadline: Option<Placed<u64>>,
    /// Seconds that a next hop may take: to be connected, for each answer, for its answer to a message.
    pub(crate) hop_connect: Option<Placed<u64>>,
    pub(crate) hop_command: Option<Placed<u64>>,
    pub(crate) hop_end: Option<Placed<u64>>,
}

impl ServerSettings {
    /// What is said, by the names of `[server]` and `[limits]`, and where.
    pub(crate) fn said(&self) -> Vec<(&'static str, String, &Place)> {
        fn one<'s, T>(
            name: &'static str,
            setting: &'s Option<Placed<T>>,
            text: impl FnOnce(&T) -> String,
        ) -> Option<(&'static str, String, &'s Place)> {
            setting.as_ref().map(|setting| (name, text(&setting.value), &setting.place))
        }
        let path = |path: &PathBuf| path.display().to_string();
        let limits = &self.limits;
        let all = [
            one("authserv_id", &self.authserv_id, String::clone),
            one("control", &self.control, path),
            one("spool", &self.spool, path),
            one("user", &self.user, String::clone),
            one("group", &self.group, String::clone),
            one("log", &self.log, |format| format.name().to_owned()),
            one("metrics", &self.metrics, ToString::to_string),
            one("admin", &self.admin, String::clone),
            one("socket_mode", &self.socket_mode, |mode| format!("{mode:04o}")),
            one("message_octets", &limits.message_octets, ToString::to_string),
            one("memory_octets", &limits.memory_octets, ToString::to_string),
            one("recipients", &limits.recipients, ToString::to_string),
            one("connections", &limits.connections, ToString::to_string),
            one("connections_per_peer", &limits.connections_per_peer, ToString::to_string),
            one("idle", &limits.idle, ToString::to_string),
            one("deadline", &limits.deadline, ToString::to_string),
            one("hop_connect", &limits.hop_connect, ToString::to_string),
            one("hop_command", &limits.hop_command, ToString::to_string),
            one("hop_end", &limits.hop_end, ToString::to_string),
        ];
        all.into_iter().flatten().collect()
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// `name=value` pairs.
    Text,
    /// A JSON object.
    Json,
}

impl LogFormat {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}
