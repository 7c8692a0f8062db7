//! The check of a published key for JavaScript: the core's.

use wasm_bindgen::prelude::*;

use super::keys::PublicKey;
use super::options::key_limits;
use super::settings::Settings;
use super::task::{Machine, Task};
use super::value::to_json;
use crate::check::{CheckOptions, KeyCheck};
use crate::dns::{Answer, Query, QueryId};
use crate::{DomainName, Selector};

/// Checks one key.
#[wasm_bindgen(js_name = KeyCheck)]
#[derive(Debug)]
pub struct KeyChecker {
    task: Task<KeyCheck>,
}

#[wasm_bindgen(js_class = KeyCheck)]
impl KeyChecker {
    /// The check of the key of `settings.domain` and `settings.selector`.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, expected: Option<PublicKey>) -> Result<KeyChecker, JsValue> {
        let settings = Settings::new(settings, "options")?;
        let domain = settings.parsed("domain", "a domain name", DomainName::parse)?;
        let selector = settings.parsed("selector", "a selector", Selector::parse)?;
        let mut options = CheckOptions::default();
        if let Some(policy) = settings.get("policy") {
            let policy = Settings::new(&policy, "options.policy")?;
            policy.count("minRsaBits", &mut options.min_rsa_bits)?;
            key_limits(&policy, &mut options.limits)?;
        }
        let expected = expected.map(PublicKey::into_key);
        let check = KeyCheck::new(domain, selector, expected, options)
            .map_err(|why| settings.unusable("selector", &why.to_string()))?;
        Ok(Self { task: Task::new(check) })
    }

    /// The name to look up next, if one is due; it has the next number, 0 first.
    pub fn query(&self) -> Option<String> {
        self.task.query()
    }

    /// The answer to the query with that number.
    pub fn answer(&self, number: usize, answer: &[u8]) {
        self.task.answer(number, answer);
    }

    /// The report, in JSON.
    ///
    /// # Errors
    ///
    /// An error with the code `ended` where it was had before.
    pub fn report(&self) -> Result<String, JsValue> {
        to_json(&self.task.take()?.finish())
    }
}

impl Machine for KeyCheck {
    fn poll_query(&mut self) -> Option<Query> {
        self.poll_query()
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        self.answer(id, answer);
    }
}
