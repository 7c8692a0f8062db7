//! The verifier for JavaScript: the core's.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::checks::Checks;
use super::options::options;
use super::task::{Machine, Task};
use super::value::to_json;
use crate::Interest;
use crate::dns::{Answer, Query, QueryId};

/// Verifies the signatures of one message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier {
    task: Task<crate::Verifier>,
}

#[wasm_bindgen]
impl Verifier {
    /// A verifier with these options.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue) -> Result<Verifier, JsValue> {
        Ok(Self { task: Task::new(crate::Verifier::new(options(settings)?)) })
    }

    /// Takes the next octets of the message. They are copied before this returns.
    ///
    /// False where no verdict depends on what follows.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` after [`end`](Self::end).
    pub fn push(&self, chunk: &Uint8Array) -> Result<bool, JsValue> {
        let mut interest = Interest::Header;
        self.task.push(chunk, |verifier, piece| interest = verifier.push(piece))?;
        Ok(interest != Interest::Nothing)
    }

    /// Says that the message is complete. Queries may be due still.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where this was called before.
    pub fn end(&self) -> Result<(), JsValue> {
        self.task.end(crate::Verifier::end)
    }

    /// The name to look up next, if one is due; it has the next number, 0 first. Ask after every
    /// chunk, the end, and every answer.
    pub fn query(&self) -> Option<String> {
        self.task.query()
    }

    /// The answer to the query with that number.
    pub fn answer(&self, number: usize, answer: &[u8]) {
        self.task.answer(number, answer);
    }

    /// The report, in JSON.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where it was had before.
    pub fn report(&self) -> Result<String, JsValue> {
        to_json(&self.task.take()?.finish())
    }

    /// Where signatures are checked outside, in place of [`report`](Self::report).
    ///
    /// # Errors
    ///
    /// As that.
    pub fn checks(&self) -> Result<Checks, JsValue> {
        Ok(self.task.take()?.checks().into())
    }
}

impl Machine for crate::Verifier {
    fn poll_query(&mut self) -> Option<Query> {
        self.poll_query()
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        self.answer(id, answer);
    }
}
