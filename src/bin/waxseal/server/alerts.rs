//! Mail that should be signed and cannot be: the administrator is told by mail, at once and then once an
//! hour, however many messages there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;

use super::generation::Generation;
use super::notify::{Notice, notify};
use super::shared::Shared;
use crate::config::Bank;

/// How often the same is told.
const AGAIN: Duration = Duration::from_secs(3600);

/// How many different troubles are remembered.
const TROUBLES: usize = 1000;

/// A message that could not be signed.
#[derive(Debug)]
pub(crate) struct Alert {
    pub(crate) generation: Arc<Generation>,
    pub(crate) bank: Arc<Bank>,
    pub(crate) listener: String,
    pub(crate) why: String,
}

/// What was told, and when.
#[derive(Debug, Default)]
struct Told {
    troubles: HashMap<(String, String), (Instant, u64)>,
}

impl Told {
    /// Counts one more; the number of messages since the last time it was told, where it is to be told
    /// now.
    fn count(&mut self, alert: &Alert, now: Instant) -> Option<u64> {
        if self.troubles.len() >= TROUBLES {
            self.troubles.clear();
        }
        let trouble = (alert.listener.clone(), alert.why.clone());
        match self.troubles.get_mut(&trouble) {
            Some((since, count)) if now.duration_since(*since) < AGAIN => {
                *count += 1;
                None
            }
            Some(known) => {
                let (_, count) = std::mem::replace(known, (now, 0));
                Some(count + 1)
            }
            None => {
                self.troubles.insert(trouble, (now, 0));
                Some(1)
            }
        }
    }
}

/// Tells of what comes in, until nobody is left to send it.
pub(crate) async fn watch(mut alerts: Receiver<Alert>, shared: Arc<Shared>) {
    let mut told = Told::default();
    while let Some(alert) = alerts.recv().await {
        let Some(count) = told.count(&alert, Instant::now()) else { continue };
        let host = &alert.generation.host;
        let notice = Notice {
            subject: format!("mail not signed on {host}"),
            about: format!("waxseal on {host} could not sign mail that it should sign:"),
            lines: vec![format!(
                "listener {}: {} ({count} {} since this was last told)",
                alert.listener,
                alert.why,
                if count == 1 { "message" } else { "messages" }
            )],
            advice:
                "What becomes of such mail is said by on_sign_error. The log has a line for each \
                     message; the same trouble is told once an hour at most."
                    .to_owned(),
        };
        notify(&shared, &alert.generation, &alert.bank, &notice).await;
    }
}
