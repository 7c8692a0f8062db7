//! What all measurements have in common: sessions side by side that share the work, and what it took.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::mail::Kind;
use crate::process;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) port: u16,
    /// The program that is measured, with all its children.
    pub(crate) pid: u32,
    pub(crate) kind: Kind,
    pub(crate) sessions: usize,
    pub(crate) messages: usize,
}

/// What it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Messages per second.
    pub(crate) rate: f64,
    /// Processor time of the program for a message.
    pub(crate) milliseconds: f64,
}

impl Measured {
    pub(crate) fn best(all: &[Self]) -> Self {
        let of = |number: fn(&Self) -> f64| all.iter().map(number);
        Self {
            rate: of(|one| one.rate).fold(0.0, f64::max),
            milliseconds: of(|one| one.milliseconds).fold(f64::INFINITY, f64::min),
        }
    }
}

/// The numbers of the messages, each handed out once.
#[derive(Debug)]
pub(crate) struct Numbers {
    next: AtomicUsize,
    end: usize,
}

impl Numbers {
    pub(crate) fn next(&self) -> Option<usize> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.end).then_some(number)
    }
}

/// Runs that many sessions, each of which takes numbers until there are none.
pub(crate) fn run(work: &Work, session: impl Fn(&Numbers) + Sync) -> Measured {
    let numbers = Numbers { next: AtomicUsize::new(0), end: work.messages };
    let used = process::processor_time(work.pid);
    let since = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..work.sessions {
            scope.spawn(|| session(&numbers));
        }
    });
    let seconds = since.elapsed().as_secs_f64();
    let used = process::processor_time(work.pid) - used;
    let messages = work.messages as f64;
    Measured { rate: messages / seconds, milliseconds: used.as_secs_f64() * 1000.0 / messages }
}
