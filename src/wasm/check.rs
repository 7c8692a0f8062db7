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

/// The check of the key of `settings.domain` and `settings.selector`; the report comes in JSON.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
#[wasm_bindgen(js_name = keyCheck)]
pub fn key_check(settings: &JsValue, expected: Option<PublicKey>) -> Result<Task, JsValue> {
    let settings = Settings::new(settings, "options");
    let domain = settings.parsed("domain", "a domain name", DomainName::parse)?;
    let selector = settings.parsed("selector", "a selector", Selector::parse)?;
    let mut options = CheckOptions::default();
    if let Some(policy) = settings.get("policy") {
        let policy = Settings::new(&policy, "options.policy");
        policy.count("minRsaBits", &mut options.min_rsa_bits);
        key_limits(&policy, &mut options.limits);
    }
    let expected = expected.map(PublicKey::into_key);
    let check = KeyCheck::new(domain, selector, expected, options)
        .map_err(|why| settings.unusable("selector", &why.to_string()))?;
    Ok(Task::new(check))
}

/// There is no message.
impl Machine for KeyCheck {
    fn push(&mut self, _: &[u8]) -> Result<bool, JsValue> {
        Ok(false)
    }

    fn end(&mut self) -> Result<(), JsValue> {
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
