//! The verifier for JavaScript: the core's.

use wasm_bindgen::prelude::*;

use super::checks::Checks;
use super::options::options;
use super::task::{Machine, Task};
use super::value::to_json;
use crate::dns::{Answer, Query, QueryId};
use crate::{Interest, Verifier};

/// Verifies the signatures of one message; the report comes in JSON.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
#[wasm_bindgen]
pub fn verifier(settings: &JsValue) -> Result<Task, JsValue> {
    Ok(Task::new(Verifier::new(options(settings)?)))
}

impl Machine for Verifier {
    fn push(&mut self, octets: &[u8]) -> Result<bool, JsValue> {
        Ok(self.push(octets) != Interest::Nothing)
    }

    fn end(&mut self) -> Result<(), JsValue> {
        self.end();
        Ok(())
    }

    fn poll_query(&mut self) -> Option<Query> {
        self.poll_query()
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        self.answer(id, answer);
    }

    fn finish(self: Box<Self>) -> Result<JsValue, JsValue> {
        to_json(&(*self).finish())
    }

    fn checks(self: Box<Self>) -> Result<Option<Checks>, JsValue> {
        Ok(Some(Checks::new((*self).checks())))
    }
}
