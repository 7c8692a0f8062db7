//! The DNS lookups of one message, side by side and under one deadline, while the message arrives and
//! after.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};
use waxseal::dns::{Answer, QueryId};

use crate::resolver::Resolver;
use crate::verify::Asking;

/// Carries queries to the resolver and answers back.
#[derive(Debug)]
pub(crate) struct Lookups {
    resolver: Arc<Resolver>,
    sender: UnboundedSender<(QueryId, Answer)>,
    arrived: UnboundedReceiver<(QueryId, Answer)>,
    unanswered: Vec<QueryId>,
    /// Set by the first query.
    deadline: Option<Instant>,
}

impl Lookups {
    pub(crate) fn new(resolver: Arc<Resolver>) -> Self {
        let (sender, arrived) = mpsc::unbounded_channel();
        Self { resolver, sender, arrived, unanswered: Vec::new(), deadline: None }
    }

    /// Hands over the answers that have arrived and sends the queries that are due, without waiting.
    pub(crate) fn advance(&mut self, asking: &mut impl Asking) {
        loop {
            self.send_due(asking);
            match self.arrived.try_recv() {
                Ok((id, answer)) => self.hand_over(asking, id, answer),
                Err(_) => return,
            }
        }
    }

    /// Waits until every query is answered or the time is up, but no longer than `patience`; true once
    /// nothing is open any more.
    pub(crate) async fn complete(&mut self, asking: &mut impl Asking, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        loop {
            self.advance(asking);
            let Some(deadline) = self.deadline.filter(|_| !self.unanswered.is_empty()) else {
                return true;
            };
            match timeout_at(deadline.min(until), self.arrived.recv()).await {
                Ok(Some((id, answer))) => self.hand_over(asking, id, answer),
                Ok(None) | Err(_) if Instant::now() >= deadline => self.give_up(asking),
                Ok(None) | Err(_) => return false,
            }
        }
    }

    fn send_due(&mut self, asking: &mut impl Asking) {
        while let Some(query) = asking.poll_query() {
            let id = query.id;
            let now = Instant::now();
            let deadline = *self.deadline.get_or_insert(now + self.resolver.timeout());
            if now >= deadline {
                asking.answer(id, self.time_out());
                continue;
            }
            self.unanswered.push(id);
            let sender = self.sender.clone();
            self.resolver.lookup(query.name, move |answer| {
                // fails when the message did not wait so long
                let _ = sender.send((id, answer));
            });
        }
    }

    fn hand_over(&mut self, asking: &mut impl Asking, id: QueryId, answer: Answer) {
        self.unanswered.retain(|unanswered| *unanswered != id);
        asking.answer(id, answer);
    }

    fn give_up(&mut self, asking: &mut impl Asking) {
        for id in std::mem::take(&mut self.unanswered) {
            asking.answer(id, self.time_out());
        }
    }

    fn time_out(&self) -> Answer {
        let seconds = self.resolver.timeout().as_secs();
        Answer::unavailable(format!("time-out: no answer within {seconds} s"))
    }
}
