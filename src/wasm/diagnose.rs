//! Diagnoses for JavaScript: the core's.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::options::options;
use super::settings::Settings;
use super::task::{Machine, Task};
use super::value::to_json;
use crate::diagnose::Bounds;
use crate::dns::{Answer, Query, QueryId};

/// Verifies one message and tells why its signatures fail.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Diagnoser {
    task: Task<crate::Diagnoser>,
}

#[wasm_bindgen]
impl Diagnoser {
    /// As the verifier; `bounds` has those of the diagnosis.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, bounds: &JsValue) -> Result<Diagnoser, JsValue> {
        let diagnoser = crate::Diagnoser::new(options(settings)?, self::bounds(bounds)?);
        Ok(Self { task: Task::new(diagnoser) })
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

    /// Says that the message is complete. Queries may be due still.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where this was called before.
    pub fn end(&self) -> Result<(), JsValue> {
        self.task.end(crate::Diagnoser::end)
    }

    /// The name to look up next, if one is due; it has the next number, 0 first.
    pub fn query(&self) -> Option<String> {
        self.task.query()
    }

    /// The answer to the query with that number.
    pub fn answer(&self, number: usize, answer: &[u8]) {
        self.task.answer(number, answer);
    }

    /// The diagnosis, in JSON.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where it was had before.
    pub fn report(&self) -> Result<String, JsValue> {
        to_json(&self.task.take()?.finish())
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
