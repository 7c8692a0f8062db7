//! The Authentication-Results field for JavaScript: read, and written from a report.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::error;
use super::reports::report;
use super::value::{Octets, octets, to_json};
use crate::auth_results::{self, Expected, MAX_OCTETS, Problem};

/// What a field value says, in JSON.
///
/// # Errors
///
/// An error with the code `badAuthenticationResults` and the `problem`, `{ offset, expected }` in JSON.
#[wasm_bindgen(js_name = parseAuthenticationResults)]
pub fn parse_authentication_results(value: &Uint8Array) -> Result<JsValue, JsValue> {
    let most = u32::try_from(MAX_OCTETS).unwrap_or(u32::MAX);
    let parsed = match octets(value, most) {
        Some(Octets::All(octets)) => auth_results::parse(&octets),
        // No octet of it was copied.
        Some(Octets::TooMany) | None => {
            Err(Problem { offset: MAX_OCTETS, expected: Expected::FewerOctets })
        }
    };
    match parsed {
        Ok(results) => to_json(&results),
        Err(problem) => {
            let thrown = error("badAuthenticationResults", &problem.to_string());
            Reflect::set(&thrown, &"problem".into(), &to_json(&problem)?)?;
            Err(thrown)
        }
    }
}

/// The complete field value for a report that was made a plain object.
///
/// # Errors
///
/// An error with the code `badArgument` that names the entry of the report.
#[wasm_bindgen(js_name = formatAuthenticationResults)]
pub fn format_authentication_results(
    value: &JsValue,
    authserv_id: &str,
) -> Result<String, JsValue> {
    Ok(auth_results::format(&report(value, "report")?, authserv_id))
}
