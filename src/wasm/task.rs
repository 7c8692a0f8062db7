//! A message on its way through a machine of the core, which may ask the DNS. The package asks for the
//! queries, waits for their answers and hands them in: no promise is known here.

use std::cell::RefCell;
use std::fmt;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::answer;
#[cfg(feature = "npm")]
use super::checks::Checks;
use super::error::error;
use super::value::pieces;
use crate::DomainName;
use crate::dns::{Answer, Query, QueryId};

/// What takes a message, may ask the DNS, and comes to a result.
///
/// Whatever fails has an error with a code.
pub(super) trait Machine {
    /// Takes the next octets of the message; false where no verdict depends on what follows.
    fn push(&mut self, octets: &[u8]) -> Result<bool, JsValue>;

    /// The message is complete.
    fn end(&mut self) -> Result<(), JsValue>;

    /// The next query that is due.
    fn poll_query(&mut self) -> Option<Query>;

    /// The answer to one.
    fn answer(&mut self, id: QueryId, answer: Answer);

    /// What has come of it.
    fn finish(self: Box<Self>) -> Result<JsValue, JsValue>;

    /// The same, where signatures are checked outside; `None` where none are checked.
    #[cfg(feature = "npm")]
    fn checks(self: Box<Self>) -> Result<Option<Checks>, JsValue> {
        Ok(None)
    }
}

/// One message on its way. What is done with it is said by the function that gives the task.
#[wasm_bindgen]
pub struct Task {
    state: RefCell<State>,
}

/// By its name alone: to print what is in it would take 5 KB of the module, gzipped.
impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

struct State {
    /// `None` once it was taken.
    machine: Option<Box<dyn Machine>>,
    ended: bool,
    /// JavaScript knows the queries by their places.
    asked: Vec<(QueryId, DomainName)>,
}

#[wasm_bindgen]
impl Task {
    /// Takes the next octets of the message. They are copied before this returns.
    ///
    /// False where no verdict depends on what follows.
    ///
    /// # Errors
    ///
    /// An error with the code `cannotSign` where a message that is to be signed cannot be, `ended`
    /// after [`end`](Self::end).
    pub fn push(&self, chunk: &Uint8Array) -> Result<bool, JsValue> {
        let state = &mut *self.state.borrow_mut();
        let machine = state.machine.as_mut().filter(|_| !state.ended).ok_or_else(ended)?;
        let mut more_matters = Ok(true);
        pieces(chunk, &mut |piece| {
            if more_matters.is_ok() {
                more_matters = machine.push(piece);
            }
        });
        more_matters
    }

    /// Says that the message is complete. Queries may be due still.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where this was called before, else as [`push`](Self::push).
    pub fn end(&self) -> Result<(), JsValue> {
        let state = &mut *self.state.borrow_mut();
        let machine = state.machine.as_mut().filter(|_| !state.ended).ok_or_else(ended)?;
        state.ended = true;
        machine.end()
    }

    /// The name whose TXT records are to be looked up next, if one is due; it has the next number, 0
    /// first. Ask after every chunk, the end, and every answer.
    pub fn query(&self) -> Option<String> {
        let mut state = self.state.borrow_mut();
        let query = state.machine.as_mut()?.poll_query()?;
        let name = query.name.as_str().to_owned();
        state.asked.push((query.id, query.name));
        Some(name)
    }

    /// The answer to the query with that number, as [`answer::read`] reads it.
    pub fn answer(&self, number: usize, answer: &[u8]) {
        let state = &mut *self.state.borrow_mut();
        if let (Some(machine), Some((id, name))) = (&mut state.machine, state.asked.get(number)) {
            machine.answer(*id, answer::read(answer, name));
        }
    }

    /// What has come of it; a query that has no answer is one that could not be answered.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where it was had before, else as [`push`](Self::push).
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        self.take()?.finish()
    }

    /// Where signatures are checked outside, in place of [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// As that.
    #[cfg(feature = "npm")]
    pub fn checks(&self) -> Result<Option<Checks>, JsValue> {
        self.take()?.checks()
    }
}

impl Task {
    pub(super) fn new(machine: impl Machine + 'static) -> Self {
        let machine: Option<Box<dyn Machine>> = Some(Box::new(machine));
        Self { state: RefCell::new(State { machine, ended: false, asked: Vec::new() }) }
    }

    fn take(&self) -> Result<Box<dyn Machine>, JsValue> {
        self.state.borrow_mut().machine.take().ok_or_else(ended)
    }
}

/// The error of whoever goes on with a message that has ended.
pub(super) fn ended() -> JsValue {
    error("ended", "the message has ended: end() was called before")
}
