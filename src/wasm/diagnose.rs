//! Diagnoses for JavaScript: the core's, with a resolver that returns promises.

use std::rc::Rc;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::options::options;
use super::settings::Settings;
use super::task::{Machine, Task};
use super::value::to_object;
use crate::diagnose::Bounds;
use crate::dns::{Answer, Query, QueryId};

/// Verifies one message and tells why its signatures fail.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Diagnoser {
    task: Rc<Task<crate::Diagnoser>>,
}

#[wasm_bindgen]
impl Diagnoser {
    /// As the verifier; `bounds` has those of the diagnosis.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(
        settings: &JsValue,
        bounds: &JsValue,
        resolver: Function,
    ) -> Result<Diagnoser, JsValue> {
        let diagnoser = crate::Diagnoser::new(options(settings)?, self::bounds(bounds)?);
        Ok(Self { task: Task::new(diagnoser, resolver) })
    }

    /// Takes the next octets of the message. They are copied before this returns.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` after [`end`](Self::end).
    pub fn push(&self, chunk: &Uint8Array) -> Result<(), JsValue> {
        self.task.push(chunk, |diagnoser, piece| {
            diagnoser.push(piece);
        })
    }

    /// Says that the message is complete; the promise is for the diagnosis.
    ///
    /// It is rejected with the code `ended` where this was called before.
    pub fn end(&self) -> Promise {
        if let Err(ended) = self.task.end(crate::Diagnoser::end) {
            return Promise::reject(&ended);
        }
        let task = Rc::clone(&self.task);
        future_to_promise(async move { to_object(&task.answered().await?.finish()) })
    }
}

fn bounds(value: &JsValue) -> Result<Bounds, JsValue> {
    let settings = Settings::new(value, "bounds")?;
    let mut bounds = Bounds::default();
    settings.count("messageOctets", &mut bounds.message_octets)?;
    if let Some(octets) = settings.number("hashedPerOctet")? {
        bounds.hashed_per_octet = octets;
    }
    if let Some(octets) = settings.number("hashedOctets")? {
        bounds.hashed_octets = octets;
    }
    Ok(bounds)
}

impl Machine for crate::Diagnoser {
    fn poll_query(&mut self) -> Option<Query> {
        self.poll_query()
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        self.answer(id, answer);
    }
}
