//! A sign of life on long runs.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Messages before a bar is worth showing.
const MANY: u64 = 20;

/// How long people wait without wondering.
const PATIENCE: Duration = Duration::from_millis(500);

const TICK: Duration = Duration::from_millis(200);

/// A line on stderr with the number of messages verified.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    since: Instant,
    done: Cell<u64>,
}

impl Progress {
    /// `inputs` is the number of words on the command line: the whole, where each is a message.
    pub(super) fn new(wanted: bool, inputs: usize) -> Self {
        let bar = wanted.then(|| {
            let inputs = u64::try_from(inputs).unwrap_or(u64::MAX);
            let (bar, template) = match inputs {
                0..MANY => (ProgressBar::no_length(), "{spinner} {human_pos} messages, {elapsed}"),
                _ => (
                    ProgressBar::new(inputs),
                    "{bar:30} {human_pos}/{human_len} messages, {elapsed}",
                ),
            };
            bar.set_draw_target(ProgressDrawTarget::hidden());
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, since: Instant::now(), done: Cell::new(0) }
    }

    pub(super) fn one_more(&self) {
        let Some(bar) = &self.bar else { return };
        let done = self.done.get() + 1;
        self.done.set(done);
        if bar.is_hidden() && done >= MANY && self.since.elapsed() >= PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            // It moves on while a slow name server holds everything up.
            bar.enable_steady_tick(TICK);
        }
        bar.set_length(bar.length().map_or(done, |length| length.max(done)));
        bar.set_position(done);
    }

    /// Does something that writes to stderr without the bar in its way.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
