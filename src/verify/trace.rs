//! The trace of one signature: the steps of RFC 6376 §6.1 and what they saw.

use super::report::TraceStep;
use crate::encoding::base64;

/// How many octets of a canonical body a trace keeps, so that memory stays bounded.
pub(super) const KEPT_BODY_OCTETS: usize = 1024 * 1024;

/// Collects steps, where a trace was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    steps: Option<Vec<TraceStep>>,
}

impl Trace {
    pub(crate) fn new(wanted: bool) -> Self {
        Self { steps: wanted.then(Vec::new) }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.steps.is_some()
    }

    /// Records a step; `detail` is only called where a trace was asked for.
    pub(crate) fn step(&mut self, step: &'static str, ok: bool, detail: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.steps {
            steps.push(TraceStep { step, ok, detail: detail() });
        }
    }

    /// Records octets in base64.
    pub(crate) fn octets(&mut self, step: &'static str, ok: bool, octets: &[u8]) {
        self.step(step, ok, || base64::encode(octets));
    }

    pub(crate) fn into_steps(self) -> Vec<TraceStep> {
        self.steps.unwrap_or_default()
    }
}
