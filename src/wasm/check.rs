//! The check of a published key for JavaScript: the core's, with a resolver that returns promises.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::answer::resolve;
use super::keys::PublicKey;
use super::options::key_limits;
use super::settings::Settings;
use super::value::to_object;
use crate::check::{CheckOptions, KeyCheck};
use crate::{DomainName, Selector};

/// Checks the key of `settings.domain` and `settings.selector`; the promise is for the report.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
#[wasm_bindgen(js_name = checkKey)]
pub fn check_key(
    settings: &JsValue,
    expected: Option<PublicKey>,
    resolver: Function,
) -> Result<Promise, JsValue> {
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
    let mut check = KeyCheck::new(domain, selector, expected, options)
        .map_err(|why| settings.unusable("selector", &why.to_string()))?;
    Ok(future_to_promise(async move {
        while let Some(query) = check.poll_query() {
            let answer = resolve(&resolver, &query.name).await;
            check.answer(query.id, answer);
        }
        to_object(&check.finish())
    }))
}
