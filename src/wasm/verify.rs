//! The verifier for JavaScript: the core's, with a resolver that returns promises.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

use super::answer::resolve;
use super::error::error;
use super::options::options;
use super::value::{pieces, to_object};
use crate::Interest;
use crate::dns::Query;

/// Verifies the signatures of one message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier {
    task: Rc<Task>,
}

#[wasm_bindgen]
impl Verifier {
    /// A verifier that calls `resolver(name, "TXT")`, at most once for each name, as soon as the
    /// header is complete, for a value or a promise.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, resolver: Function) -> Result<Verifier, JsValue> {
        let verifier = crate::Verifier::new(options(settings)?);
        let state = State { verifier: Some(verifier), ended: false, unanswered: 0, waiting: None };
        Ok(Self { task: Rc::new(Task { state: RefCell::new(state), resolver }) })
    }

    /// Takes the next octets of the message. They are copied before this returns.
    ///
    /// False where no verdict depends on what follows.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` after [`end`](Self::end).
    pub fn push(&self, chunk: &Uint8Array) -> Result<bool, JsValue> {
        if self.task.state.borrow().ended {
            return Err(ended());
        }
        let mut interest = Interest::Header;
        pieces(chunk, |piece| {
            if let Some(verifier) = &mut self.task.state.borrow_mut().verifier {
                interest = verifier.push(piece);
            }
        });
        self.task.ask();
        Ok(interest != Interest::Nothing)
    }

    /// Says that the message is complete; the promise is for the report.
    ///
    /// It is rejected with the code `ended` where this was called before.
    pub fn end(&self) -> Promise {
        {
            let mut state = self.task.state.borrow_mut();
            if state.ended {
                return Promise::reject(&ended());
            }
            state.ended = true;
            if let Some(verifier) = &mut state.verifier {
                verifier.end();
            }
        }
        self.task.ask();
        let task = Rc::clone(&self.task);
        future_to_promise(async move {
            task.all_answered().await;
            task.report()
        })
    }
}

/// What the verifier and its lookups share. No JavaScript is called while `state` is borrowed: it
/// may call back.
#[derive(Debug)]
struct Task {
    state: RefCell<State>,
    resolver: Function,
}

#[derive(Debug)]
struct State {
    verifier: Option<crate::Verifier>,
    ended: bool,
    unanswered: usize,
    waiting: Option<Waker>,
}

impl Task {
    /// Starts a lookup for each query that is due. They run from the queue of microtasks, so the
    /// resolver is never called from within [`Verifier::push`].
    fn ask(self: &Rc<Self>) {
        while let Some(query) = self.next_query() {
            spawn_local(Rc::clone(self).look_up(query));
        }
    }

    fn next_query(&self) -> Option<Query> {
        let mut state = self.state.borrow_mut();
        let query = state.verifier.as_mut()?.poll_query()?;
        state.unanswered = state.unanswered.saturating_add(1);
        Some(query)
    }

    async fn look_up(self: Rc<Self>, query: Query) {
        let answer = resolve(&self.resolver, &query.name).await;
        {
            let mut state = self.state.borrow_mut();
            state.unanswered = state.unanswered.saturating_sub(1);
            if let Some(verifier) = &mut state.verifier {
                verifier.answer(query.id, answer);
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

    fn report(&self) -> Result<JsValue, JsValue> {
        let verifier = self.state.borrow_mut().verifier.take();
        to_object(&verifier.ok_or_else(ended)?.finish())
    }
}

fn ended() -> JsValue {
    error("ended", "the message has ended: end() was called before")
}
