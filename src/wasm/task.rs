//! A machine of the core that takes a message and asks the DNS, with a resolver that returns
//! promises.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::answer::resolve;
use super::error::error;
use super::value::pieces;
use crate::dns::{Answer, Query, QueryId};

/// What asks the DNS while it takes a message.
pub(super) trait Machine {
    /// The next query that is due.
    fn poll_query(&mut self) -> Option<Query>;
    /// The answer to one.
    fn answer(&mut self, id: QueryId, answer: Answer);
}

/// What a machine and its lookups share. No JavaScript is called while `state` is borrowed: it may
/// call back.
#[derive(Debug)]
pub(super) struct Task<M> {
    state: RefCell<State<M>>,
    resolver: Function,
}

#[derive(Debug)]
struct State<M> {
    /// `None` once it was taken.
    machine: Option<M>,
    ended: bool,
    unanswered: usize,
    waiting: Option<Waker>,
}

impl<M: Machine + 'static> Task<M> {
    /// A task that calls `resolver(name, "TXT")`, at most once for each name.
    pub(super) fn new(machine: M, resolver: Function) -> Rc<Self> {
        let machine = Some(machine);
        let state = State { machine, ended: false, unanswered: 0, waiting: None };
        Rc::new(Self { state: RefCell::new(state), resolver })
    }

    /// Hands the octets of a chunk to the machine, and asks what it wants to know.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` after [`end`](Self::end).
    pub(super) fn push(
        self: &Rc<Self>,
        chunk: &Uint8Array,
        mut sink: impl FnMut(&mut M, &[u8]),
    ) -> Result<(), JsValue> {
        if self.state.borrow().ended {
            return Err(ended());
        }
        pieces(chunk, |piece| {
            if let Some(machine) = &mut self.state.borrow_mut().machine {
                sink(machine, piece);
            }
        });
        self.ask();
        Ok(())
    }

    /// Tells the machine, by `tell`, that the message is complete.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where this was called before.
    pub(super) fn end(self: &Rc<Self>, tell: impl FnOnce(&mut M)) -> Result<(), JsValue> {
        {
            let mut state = self.state.borrow_mut();
            if state.ended {
                return Err(ended());
            }
            state.ended = true;
            if let Some(machine) = &mut state.machine {
                tell(machine);
            }
        }
        self.ask();
        Ok(())
    }

    /// The machine, once all of its queries are answered.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where it was taken before.
    pub(super) async fn answered(&self) -> Result<M, JsValue> {
        self.all_answered().await;
        self.state.borrow_mut().machine.take().ok_or_else(ended)
    }

    /// Starts a lookup for each query that is due. They run from the queue of microtasks, so the
    /// resolver is never called from within [`push`](Self::push).
    fn ask(self: &Rc<Self>) {
        while let Some(query) = self.next_query() {
            spawn_local(Rc::clone(self).look_up(query));
        }
    }

    fn next_query(&self) -> Option<Query> {
        let mut state = self.state.borrow_mut();
        let query = state.machine.as_mut()?.poll_query()?;
        state.unanswered = state.unanswered.saturating_add(1);
        Some(query)
    }

    async fn look_up(self: Rc<Self>, query: Query) {
        let answer = resolve(&self.resolver, &query.name).await;
        {
            let mut state = self.state.borrow_mut();
            state.unanswered = state.unanswered.saturating_sub(1);
            if let Some(machine) = &mut state.machine {
                machine.answer(query.id, answer);
            }
        }
        self.ask();
        // Woken after every answer, it looks for itself whether that was the last one.
        let waiting = self.state.borrow_mut().waiting.take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    async fn all_answered(&self) {
        poll_fn(|context| {
            let mut state = self.state.borrow_mut();
            if state.unanswered == 0 {
                return Poll::Ready(());
            }
            state.waiting = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// The error of whoever goes on with a message that has ended.
pub(super) fn ended() -> JsValue {
    error("ended", "the message has ended: end() was called before")
}
