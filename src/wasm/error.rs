//! Errors as JavaScript sees them.

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

/// An `Error` with a stable `code`; the package's entries turn it into a `WaxsealError`.
pub(super) fn error(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    // Only fails on a frozen object, which a new one is not.
    let _ = Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
