//! DNS for the package's resolvers: the query that DNS over HTTPS sends, and what comes back.

use wasm_bindgen::prelude::*;

use super::error::error;
use crate::DomainName;
use crate::dns::{Answer, message};

/// The octets of a DNS message that asks for the TXT records of `name`, with the ID 0 so that caches
/// of HTTP know equal questions (RFC 8484 §4.1).
///
/// # Errors
///
/// An error with the code `badArgument` where `name` is no domain name.
#[wasm_bindgen(js_name = encodeQuery)]
pub fn encode_query(name: &str) -> Result<Vec<u8>, JsValue> {
    Ok(message::encode_query(&domain_name(name)?, 0))
}

/// For how many seconds a response to the question for the TXT records of `name` may be kept; nothing
/// where it must not be kept, as what is no answer.
#[cfg(feature = "npm")]
#[wasm_bindgen(js_name = answerLifetime)]
pub fn answer_lifetime(response: &[u8], name: &str) -> Option<u32> {
    let name = DomainName::parse(name).ok()?;
    message::decode(response, &name).ok()?.lifetime
}

/// What is wrong with a response to [`encode_query`], so that it tells nothing of the TXT records of
/// `name`: it is broken, answers another question, or says SERVFAIL or the like. `undefined` where it
/// is an answer, which may be that there are none.
///
/// # Errors
///
/// An error with the code `badArgument` where `name` is no domain name.
#[wasm_bindgen(js_name = answerTrouble)]
pub fn answer_trouble(name: &str, response: &[u8]) -> Result<Option<String>, JsValue> {
    let name = domain_name(name)?;
    Ok(match message::decode(response, &name) {
        // RFC 1035 §7.3: what bears another ID answers another query.
        Ok(response) if response.id != 0 => {
            Some(format!("a response to another query: its ID is {}, not 0", response.id))
        }
        Ok(message::Response { answer: Answer::Unavailable { cause }, .. }) => Some(cause),
        Ok(_) => None,
        Err(why) => Some(why.to_string()),
    })
}

fn domain_name(name: &str) -> Result<DomainName, JsValue> {
    DomainName::parse(name)
        .map_err(|why| error("badArgument", &format!("name is no domain name: {why}")))
}
