//! The verifier for JavaScript: the core's, with a resolver that returns promises.

use std::rc::Rc;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::checks::Checks;
use super::options::options;
use super::task::{Machine, Task};
use super::value::to_object;
use crate::Interest;
use crate::dns::{Answer, Query, QueryId};

/// Verifies the signatures of one message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier {
    task: Rc<Task<crate::Verifier>>,
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
        Ok(Self { task: Task::new(verifier, resolver) })
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

    /// Says that the message is complete; the promise is for the report.
    ///
    /// It is rejected with the code `ended` where this was called before.
    pub fn end(&self) -> Promise {
        self.ended(|verifier| to_object(&verifier.finish()))
    }

    /// The same where signatures are checked outside; the promise is for the [`Checks`].
    #[wasm_bindgen(js_name = endOutside)]
    pub fn end_outside(&self) -> Promise {
        self.ended(|verifier| Ok(Checks::from(verifier.checks()).into()))
    }
}

impl Verifier {
    /// What becomes of the message once it is complete and its lookups are answered.
    fn ended(&self, finish: fn(crate::Verifier) -> Result<JsValue, JsValue>) -> Promise {
        if let Err(ended) = self.task.end(crate::Verifier::end) {
            return Promise::reject(&ended);
        }
        let task = Rc::clone(&self.task);
        future_to_promise(async move { finish(task.answered().await?) })
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
