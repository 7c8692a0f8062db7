//! Reading plain objects whose entries somebody else wrote.

use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue};

use super::error::error;
use super::value::{items, property, whole_number};

/// A plain object, and what its user calls it.
pub(super) struct Settings<'a> {
    object: &'a JsValue,
    /// What stands before a name in an error: `options.policy.`, or nothing.
    path: String,
}

/// Every reading method has an error with the code `badArgument` that names the entry.
impl<'a> Settings<'a> {
    /// # Errors
    ///
    /// An error with the code `badArgument` where it is no object.
    pub(super) fn new(object: &'a JsValue, path: &str) -> Result<Self, JsValue> {
        if !object.is_instance_of::<Object>() {
            return Err(bad(if path.is_empty() { "settings" } else { path }, "an object"));
        }
        let path = if path.is_empty() { String::new() } else { format!("{path}.") };
        Ok(Self { object, path })
    }

    /// The entry as it is; `None` where it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<JsValue> {
        property(self.object, name)
    }

    pub(super) fn flag(&self, name: &str, into: &mut bool) -> Result<(), JsValue> {
        if let Some(value) = self.get(name) {
            *into = value.as_bool().ok_or_else(|| self.bad(name, "true or false"))?;
        }
        Ok(())
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, JsValue> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match whole_number(&value) {
                Some(number) => Ok(Some(number)),
                None => Err(self.bad(name, "a whole number of 0 to 2^53-1")),
            },
        }
    }

    pub(super) fn count(&self, name: &str, into: &mut usize) -> Result<(), JsValue> {
        if let Some(number) = self.number(name)? {
            // A bound past the address space bounds nothing.
            *into = usize::try_from(number).unwrap_or(usize::MAX);
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, JsValue> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_string() {
                Some(text) => Ok(Some(text)),
                None => Err(self.bad(name, "a string")),
            },
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, JsValue> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let texts = items(&value).and_then(|items| items.iter().map(JsValue::as_string).collect());
        texts.map_or_else(|| Err(self.bad(name, "an array of strings")), |texts| Ok(Some(texts)))
    }

    /// What the text of the entry, which must be there, is parsed to; `what` it must be.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        what: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, JsValue> {
        let text = self.text(name)?.ok_or_else(|| self.bad(name, what))?;
        parse(&text).map_err(|why| self.bad(name, &format!("{what}: {why}")))
    }

    /// The error that says what the entry must be.
    pub(super) fn bad(&self, name: &str, what: &str) -> JsValue {
        bad(&format!("{}{name}", self.path), what)
    }

    /// The error that says why the entry cannot be used.
    pub(super) fn unusable(&self, name: &str, why: &str) -> JsValue {
        error("badArgument", &format!("{}{name}: {why}", self.path))
    }
}

fn bad(name: &str, what: &str) -> JsValue {
    error("badArgument", &format!("{name} must be {what}"))
}
