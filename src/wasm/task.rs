//! A machine of the core that takes a message and asks the DNS. The package asks for the queries, waits
//! for their answers and hands them in: no promise is known here.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::answer;
use super::error::error;
use super::value::pieces;
use crate::DomainName;
use crate::dns::{Answer, Query, QueryId};

/// What asks the DNS while it takes a message.
pub(super) trait Machine {
    /// The next query that is due.
    fn poll_query(&mut self) -> Option<Query>;
    /// The answer to one.
    fn answer(&mut self, id: QueryId, answer: Answer);
}

/// A machine, and what it has asked.
#[derive(Debug)]
pub(super) struct Task<M> {
    state: RefCell<State<M>>,
}

#[derive(Debug)]
struct State<M> {
    /// `None` once it was taken.
    machine: Option<M>,
    ended: bool,
    /// JavaScript knows the queries by their places.
    asked: Vec<(QueryId, DomainName)>,
}

impl<M: Machine> Task<M> {
    pub(super) fn new(machine: M) -> Self {
        let state = State { machine: Some(machine), ended: false, asked: Vec::new() };
        Self { state: RefCell::new(state) }
    }

    /// Hands the octets of a chunk to the machine.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` after [`end`](Self::end).
    pub(super) fn push(
        &self,
        chunk: &Uint8Array,
        mut sink: impl FnMut(&mut M, &[u8]),
    ) -> Result<(), JsValue> {
        let mut state = self.state.borrow_mut();
        if state.ended {
            return Err(ended());
        }
        if let Some(machine) = &mut state.machine {
            pieces(chunk, |piece| sink(machine, piece));
        }
        Ok(())
    }

    /// Tells the machine, by `tell`, that the message is complete.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where this was called before.
    pub(super) fn end(&self, tell: impl FnOnce(&mut M)) -> Result<(), JsValue> {
        let mut state = self.state.borrow_mut();
        if state.ended {
            return Err(ended());
        }
        state.ended = true;
        if let Some(machine) = &mut state.machine {
            tell(machine);
        }
        Ok(())
    }

    /// The name whose TXT records are asked for, with the next number from 0 on.
    pub(super) fn query(&self) -> Option<String> {
        let mut state = self.state.borrow_mut();
        let query = state.machine.as_mut()?.poll_query()?;
        let name = query.name.as_str().to_owned();
        state.asked.push((query.id, query.name));
        Some(name)
    }

    /// What came of the query with that number, as [`answer::read`] reads it.
    pub(super) fn answer(&self, number: usize, octets: &[u8]) {
        let state = &mut *self.state.borrow_mut();
        if let (Some(machine), Some((id, name))) = (&mut state.machine, state.asked.get(number)) {
            machine.answer(*id, answer::read(octets, name));
        }
    }

    /// The machine; what it was not answered is unavailable.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where it was taken before.
    pub(super) fn take(&self) -> Result<M, JsValue> {
        self.state.borrow_mut().machine.take().ok_or_else(ended)
    }
}

/// The error of whoever goes on with a message that has ended.
pub(super) fn ended() -> JsValue {
    error("ended", "the message has ended: end() was called before")
}
