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

/// How many different troubles are told within that time: no stream of odd messages becomes one of mail.
const TROUBLES: usize = 10;

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
    fn count(&mut self, listener: &str, why: &str, now: Instant) -> Option<u64> {
        // the place in a message makes no trouble another
        let kind = why.chars().filter(|c| !c.is_ascii_digit()).collect();
        let trouble = (listener.to_owned(), kind);
        if !self.troubles.contains_key(&trouble) && self.troubles.len() >= TROUBLES {
            self.troubles.retain(|_, (since, _)| now.duration_since(*since) < AGAIN);
            if self.troubles.len() >= TROUBLES {
                return None;
            }
        }
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
        let Some(count) = told.count(&alert.listener, &alert.why, Instant::now()) else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_an_hour_and_never_too_much() {
        let (mut told, start) = (Told::default(), Instant::now());
        let minutes = |count: u64| start + Duration::from_secs(60 * count);
        assert_eq!(told.count("a", "line 2 (octet 10)", minutes(0)), Some(1));
        assert_eq!(told.count("a", "line 7 (octet 99)", minutes(1)), None);
        assert_eq!(told.count("b", "line 2 (octet 10)", minutes(1)), Some(1));
        assert_eq!(told.count("a", "line 3 (octet 10)", minutes(59)), None);
        assert_eq!(told.count("a", "line 4 (octet 10)", minutes(60)), Some(3));
        let new = |told: &mut Told, now| {
            (0..100_u8).filter(|n| told.count("c", &"x".repeat((*n).into()), now).is_some()).count()
        };
        assert_eq!(new(&mut told, minutes(61)), TROUBLES - 1, "that of b is an hour ago");
        assert_eq!(new(&mut told, minutes(62)), 0);
        assert!(new(&mut told, minutes(200)) >= TROUBLES - 2);
        assert!(told.troubles.len() <= TROUBLES);
    }
}
