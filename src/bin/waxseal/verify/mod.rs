//! Messages to verdicts: many side by side, told in the order they came.

mod lookups;
mod message;
mod shown;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;

use waxseal::Options;

use crate::input::{InputError, Message, for_each_message};
use crate::resolver::Resolver;
pub(crate) use lookups::{Asking, Lookups};
pub(crate) use message::{Verdict, diagnose_message, verify_message};
pub(crate) use shown::Shown;

/// Everything a run needs to know.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    /// Files, directories and `-`.
    pub(crate) inputs: &'a [PathBuf],
    /// Every input is an mbox.
    pub(crate) all_mbox: bool,
    /// Messages verified side by side.
    pub(crate) jobs: NonZeroUsize,
    /// How each is verified.
    pub(crate) options: &'a Options,
    /// Where the keys come from.
    pub(crate) resolver: &'a Resolver,
}

/// What became of one message, or of an input that gave none.
pub(crate) type Outcome = Result<Verdict, InputError>;

impl Run<'_> {
    /// Verifies every message of the inputs and hands the outcomes to `take` in the order of the
    /// inputs, until it breaks off.
    pub(crate) fn for_each(&self, take: impl FnMut(Outcome) -> ControlFlow<()>) {
        // How far the quick may run ahead of the slowest. It bounds the open files and the outcomes
        // that wait for their turn.
        let window = self.jobs.get() * 4 + 8;
        let (grant, granted) = mpsc::channel();
        let (hand_out, handed_out) = mpsc::channel();
        let (report, reported) = mpsc::channel();
        for _ in 0..window {
            // The receiver stands three lines above.
            let _ = grant.send(());
        }
        let handed_out = Mutex::new(handed_out);
        thread::scope(|scope| {
            for _ in 0..self.jobs.get() {
                let report = report.clone();
                let handed_out = &handed_out;
                scope.spawn(move || {
                    while let Some((number, message)) = next_message(handed_out) {
                        let outcome = verify_message(&message, self.options, self.resolver);
                        if report.send((number, outcome)).is_err() {
                            break;
                        }
                    }
                });
            }
            scope.spawn(move || {
                let mut number = 0_u64;
                let _ = for_each_message(self.inputs, self.all_mbox, &mut |found| {
                    // Fails when nobody takes outcomes any more.
                    if granted.recv().is_err() {
                        return ControlFlow::Break(());
                    }
                    let sent = match found {
                        Ok(message) => hand_out.send((number, message)).is_ok(),
                        Err(error) => report.send((number, Err(error))).is_ok(),
                    };
                    number += 1;
                    if sent { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                });
            });
            in_order(reported, take, || {
                // Fails when the inputs have come to their end.
                let _ = grant.send(());
            });
            drop(grant);
        });
    }
}

/// Passes outcomes on in the order of their numbers.
fn in_order(
    reported: Receiver<(u64, Outcome)>,
    mut take: impl FnMut(Outcome) -> ControlFlow<()>,
    taken: impl Fn(),
) {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, outcome) in reported {
        waiting.insert(number, outcome);
        while let Some(outcome) = waiting.remove(&next) {
            if take(outcome).is_break() {
                return;
            }
            taken();
            next += 1;
        }
    }
}

fn next_message(queue: &Mutex<Receiver<(u64, Message)>>) -> Option<(u64, Message)> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
