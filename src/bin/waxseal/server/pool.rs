//! Connections to next hops that are kept for the next message.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::hop::{Hop, HopName};

/// How long a connection is kept: a mail server has few processes, and each connection holds one.
const KEPT: Duration = Duration::from_secs(3);

/// How long one may take to forget a message.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many are kept.
const COUNT: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<(Instant, Hop)>>,
}

impl Pool {
    /// A kept connection to that next hop that is still good.
    pub(crate) fn take(&self, name: &HopName) -> Option<Hop> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < KEPT);
        while let Some(index) = idle.iter().rposition(|(_, hop)| hop.name == *name) {
            let (_, mut hop) = idle.swap_remove(index);
            if !hop.is_stale() {
                return Some(hop);
            }
        }
        None
    }

    /// Keeps a connection; where a message was begun on it and not ended, it is told to forget it first.
    pub(crate) async fn put(&self, mut hop: Hop, reset: bool) {
        if reset {
            // a client waits meanwhile, and a connection that does not answer is of no use
            let forgotten = timeout(PATIENCE, hop.command("RSET")).await;
            if !forgotten.is_ok_and(|reply| reply.is_ok_and(|reply| reply.is_good())) {
                return;
            }
        }
        let superfluous = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.retain(|(since, _)| since.elapsed() < KEPT);
            if idle.len() < COUNT {
                idle.push((Instant::now(), hop));
                return;
            }
            hop
        };
        superfluous.quit().await;
    }

    /// Forgets those that were kept for too long.
    pub(crate) fn sweep(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < KEPT);
    }
}
