//! The DNS lookups of one message: side by side, under one deadline.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use waxseal::arc::Sealer;
use waxseal::dns::{Answer, Query, QueryId};
use waxseal::{Diagnoser, Verifier};

use crate::resolver::Resolver;

/// A machine of the core that asks the DNS.
pub(crate) trait Asking {
    fn poll_query(&mut self) -> Option<Query>;
    fn answer(&mut self, id: QueryId, answer: Answer);
}

impl Asking for Verifier {
    fn poll_query(&mut self) -> Option<Query> {
        Self::poll_query(self)
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        Self::answer(self, id, answer);
    }
}

impl Asking for Diagnoser {
    fn poll_query(&mut self) -> Option<Query> {
        Self::poll_query(self)
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        Self::answer(self, id, answer);
    }
}

impl Asking for Sealer {
    fn poll_query(&mut self) -> Option<Query> {
        Self::poll_query(self)
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        Self::answer(self, id, answer);
    }
}

/// Carries queries from whoever is asking to the resolver and answers back, while the body is read and
/// after.
#[derive(Debug)]
pub(crate) struct Lookups<'a> {
    resolver: &'a Resolver,
    sender: Sender<(QueryId, Answer)>,
    arrived: Receiver<(QueryId, Answer)>,
    unanswered: Vec<QueryId>,
    /// Set by the first query.
    deadline: Option<Instant>,
}

impl<'a> Lookups<'a> {
    pub(crate) fn new(resolver: &'a Resolver) -> Self {
        let (sender, arrived) = mpsc::channel();
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

    /// Waits until every query is answered or the time is up.
    pub(crate) fn complete(&mut self, asking: &mut impl Asking) {
        loop {
            self.advance(asking);
            if self.unanswered.is_empty() {
                return;
            }
            let left = self.deadline.map_or(Duration::ZERO, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            match self.arrived.recv_timeout(left) {
                Ok((id, answer)) => self.hand_over(asking, id, answer),
                Err(_) => self.give_up(asking),
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
                // Fails when the message did not wait so long.
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
