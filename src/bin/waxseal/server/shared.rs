//! What all connections share.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, mpsc, watch};
use waxseal::UnixTime;

use super::alerts::Alert;
use super::generation::Generation;
use super::log::{Entry, Log, Taken};
use super::metrics::Metrics;
use super::pool::Pool;
use crate::config::ListenAddress;
use crate::resolver::Resolver;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    generation: RwLock<Arc<Generation>>,
    pub(crate) resolver: Arc<Resolver>,
    pub(crate) pool: Pool,
    pub(crate) log: Log,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) spool_folder: PathBuf,
    alerts: mpsc::Sender<Alert>,
    replaced: Notify,
    stop: watch::Sender<bool>,
}

/// One listener, as its connections know it: where it is. What holds there is said by the generation, for a
/// connection may outlive many.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) address: ListenAddress,
    /// As it is called in logs: `127.0.0.1:10026`.
    pub(crate) name: String,
    /// The port, for a next hop `smtp:*:*`.
    pub(crate) port: Option<u16>,
}

impl Shared {
    pub(crate) fn new(
        generation: Generation,
        resolver: Resolver,
        log: Log,
        spool_folder: PathBuf,
        alerts: mpsc::Sender<Alert>,
    ) -> Self {
        Self {
            generation: RwLock::new(Arc::new(generation)),
            resolver: Arc::new(resolver),
            pool: Pool::default(),
            log,
            metrics: Arc::default(),
            spool_folder,
            alerts,
            replaced: Notify::new(),
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
        self.replaced.notify_one();
    }

    /// Waits until another configuration has been put in place since this was last called.
    pub(crate) async fn replaced(&self) {
        self.replaced.notified().await;
    }

    /// A message is done: it is counted and logged.
    pub(crate) fn done(&self, mut entry: Entry, taken: Taken) {
        if let Some(alert) = entry.alert.take() {
            // where so many wait already, one more says nothing new
            let _ = self.alerts.try_send(alert);
        }
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
