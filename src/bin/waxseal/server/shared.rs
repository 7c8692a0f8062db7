//! What all connections share.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use waxseal::UnixTime;

use super::generation::Generation;
use super::hop::HopTimes;
use super::log::{Entry, Log, Taken};
use super::metrics::Metrics;
use super::pool::Pool;
use crate::resolver::Resolver;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    generation: RwLock<Arc<Generation>>,
    pub(crate) resolver: Arc<Resolver>,
    pub(crate) pool: Pool,
    pub(crate) log: Log,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: Limits,
    pub(crate) hop_times: HopTimes,
    pub(crate) spool_folder: PathBuf,
    stop: watch::Sender<bool>,
}

/// Bounds on what one client, and all of them, can make us do.
#[derive(Clone, Debug)]
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_octets: 0,
            memory_octets: 256 * 1024,
            recipients: 1000,
            connections: 1000,
            connections_per_peer: 500,
        }
    }
}

/// One listener, as its connections know it.
#[derive(Debug)]
pub(crate) struct Listening {
    /// As it is called in logs: `127.0.0.1:10026`.
    pub(crate) name: String,
    /// The port, for a next hop `smtp:*:*`.
    pub(crate) port: Option<u16>,
    pub(crate) banks: Vec<String>,
}

impl Shared {
    pub(crate) fn new(
        generation: Generation,
        resolver: Resolver,
        log: Log,
        limits: Limits,
        spool_folder: PathBuf,
    ) -> Self {
        Self {
            generation: RwLock::new(Arc::new(generation)),
            resolver: Arc::new(resolver),
            pool: Pool::default(),
            log,
            metrics: Arc::default(),
            limits,
            hop_times: HopTimes::default(),
            spool_folder,
            stop: watch::Sender::new(false),
        }
    }

    /// The configuration in use now. Whoever begins something keeps it to the end.
    pub(crate) fn generation(&self) -> Arc<Generation> {
        Arc::clone(&self.generation.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another configuration in its place.
    pub(crate) fn replace(&self, generation: Generation) {
        let mut current = self.generation.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(generation);
    }

    /// A message is done: it is counted and logged.
    pub(crate) fn done(&self, entry: Entry, taken: Taken) {
        self.metrics.message(&entry, taken);
        self.log.message(entry, taken);
    }

    pub(crate) fn now(&self) -> UnixTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime::from_seconds(since.as_secs())
    }

    /// Everything winds down: no new message is begun.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until everything winds down.
    pub(crate) async fn stopping(&self) {
        let mut stop = self.stop.subscribe();
        // fails when the sender is gone, which is we
        let _ = stop.wait_for(|stop| *stop).await;
    }
}
