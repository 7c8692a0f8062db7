//! Diagnoses for JavaScript: the core's.

use wasm_bindgen::prelude::*;

use super::options::options;
use super::settings::Settings;
use super::task::{Machine, Task};
use super::value::to_json;
use crate::Diagnoser;
use crate::diagnose::Bounds;
use crate::dns::{Answer, Query, QueryId};

/// Verifies one message and tells why its signatures fail, in JSON; `bounds` has those of the
/// diagnosis.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
#[wasm_bindgen]
pub fn diagnoser(settings: &JsValue, bounds: &JsValue) -> Result<Task, JsValue> {
    Ok(Task::new(Diagnoser::new(options(settings)?, self::bounds(bounds))))
}

fn bounds(value: &JsValue) -> Bounds {
    let settings = Settings::new(value, "bounds");
    let mut bounds = Bounds::default();
    settings.count("messageOctets", &mut bounds.message_octets);
    if let Some(octets) = settings.number("hashedPerOctet") {
        bounds.hashed_per_octet = octets;
    }
    if let Some(octets) = settings.number("hashedOctets") {
        bounds.hashed_octets = octets;
    }
    bounds
}

impl Machine for Diagnoser {
    fn push(&mut self, octets: &[u8]) -> Result<bool, JsValue> {
        self.push(octets);
        Ok(true)
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
}
