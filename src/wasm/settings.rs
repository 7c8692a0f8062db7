//! Reading plain objects, which the package's entries have checked: what has another type all the same
//! is as if it was not there. Only what the core itself refuses is an error.

use wasm_bindgen::JsValue;

use super::error::error;
use super::value::{items, property, whole_number};

/// A plain object, and what its user calls it.
pub(super) struct Settings<'a> {
    object: &'a JsValue,
    /// What stands before a name in an error: `options.policy.`, or nothing.
    path: String,
}

impl<'a> Settings<'a> {
    pub(super) fn new(object: &'a JsValue, path: &str) -> Self {
        let path = if path.is_empty() { String::new() } else { format!("{path}.") };
        Self { object, path }
    }

    /// The entry as it is; `None` where it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<JsValue> {
        property(self.object, name)
    }

    /// Changes a flag, where the entry is there.
    pub(super) fn flag(&self, name: &str, into: &mut bool) {
        if let Some(flag) = self.get(name).and_then(|value| value.as_bool()) {
            *into = flag;
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        whole_number(&self.get(name)?)
    }

    /// Changes a bound, where the entry is there.
    pub(super) fn count(&self, name: &str, into: &mut usize) {
        if let Some(number) = self.number(name) {
            // A bound past the address space bounds nothing.
            *into = usize::try_from(number).unwrap_or(usize::MAX);
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }

    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        items(&self.get(name)?)?.iter().map(JsValue::as_string).collect()
    }

    /// What the text of the entry, which must be there, is parsed to; `what` it must be.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the entry.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        what: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, JsValue> {
        let text = self.text(name).ok_or_else(|| self.bad(name, what))?;
        parse(&text).map_err(|why| self.bad(name, &format!("{what}: {why}")))
    }

    /// The error that says what the entry must be.
    pub(super) fn bad(&self, name: &str, what: &str) -> JsValue {
        error("badArgument", &format!("{}{name} must be {what}", self.path))
    }

    /// The error that says why the entry cannot be used.
    pub(super) fn unusable(&self, name: &str, why: &str) -> JsValue {
        error("badArgument", &format!("{}{name}: {why}", self.path))
    }
}
