//! The DNS lookups of one message: side by side, under one deadline.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use waxseal::Verifier;
use waxseal::dns::{Answer, QueryId};

use crate::resolver::Resolver;

/// Carries queries from a verifier to the resolver and answers back, while the body is read and
/// after.
#[derive(Debug)]
pub(super) struct Lookups<'a> {
    resolver: &'a Resolver,
    sender: Sender<(QueryId, Answer)>,
    arrived: Receiver<(QueryId, Answer)>,
    unanswered: Vec<QueryId>,
    /// Set by the first query.
    deadline: Option<Instant>,
}

impl<'a> Lookups<'a> {
    pub(super) fn new(resolver: &'a Resolver) -> Self {
        let (sender, arrived) = mpsc::channel();
        Self { resolver, sender, arrived, unanswered: Vec::new(), deadline: None }
    }

    /// Hands over the answers that have arrived and sends the queries that are due, without waiting.
    pub(super) fn advance(&mut self, verifier: &mut Verifier) {
        loop {
            self.send_due(verifier);
            match self.arrived.try_recv() {
                Ok((id, answer)) => self.hand_over(verifier, id, answer),
                Err(_) => return,
            }
        }
    }

    /// Waits until every query is answered or the time is up.
    pub(super) fn complete(&mut self, verifier: &mut Verifier) {
        loop {
            self.advance(verifier);
            if self.unanswered.is_empty() {
                return;
            }
            let left = self.deadline.map_or(Duration::ZERO, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            match self.arrived.recv_timeout(left) {
                Ok((id, answer)) => self.hand_over(verifier, id, answer),
                Err(_) => self.give_up(verifier),
            }
        }
    }

    fn send_due(&mut self, verifier: &mut Verifier) {
        while let Some(query) = verifier.poll_query() {
            let id = query.id;
            let now = Instant::now();
            let deadline = *self.deadline.get_or_insert(now + self.resolver.timeout());
            if now >= deadline {
                verifier.answer(id, self.time_out());
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

    fn hand_over(&mut self, verifier: &mut Verifier, id: QueryId, answer: Answer) {
        self.unanswered.retain(|unanswered| *unanswered != id);
        verifier.answer(id, answer);
    }

    fn give_up(&mut self, verifier: &mut Verifier) {
        for id in std::mem::take(&mut self.unanswered) {
            verifier.answer(id, self.time_out());
        }
    }

    fn time_out(&self) -> Answer {
        let seconds = self.resolver.timeout().as_secs();
        Answer::unavailable(format!("time-out: no answer within {seconds} s"))
    }
}
