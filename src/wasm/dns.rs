//! DNS for the package's resolvers: a master file to answer from, and the query that DNS over HTTPS
//! sends.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::error;
use crate::DomainName;
use crate::dns::{Absence, Answer, message, zone};

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

/// Names and their TXT records, from an RFC 1035 master file.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Zone {
    zone: zone::Zone,
}

#[wasm_bindgen]
impl Zone {
    /// Reads a master file.
    ///
    /// # Errors
    ///
    /// An error with the code `badZone` that tells the line.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Zone, JsValue> {
        match zone::Zone::parse(text, None) {
            Ok(zone) => Ok(Self { zone }),
            Err(why) => Err(error("badZone", &why.to_string())),
        }
    }

    /// The TXT records of `name`, as `{ rcode, records, ttl, authenticated }`.
    ///
    /// # Errors
    ///
    /// An error where the zone has no usable answer, such as an alias that leads to itself.
    pub fn lookup(&self, name: &str) -> Result<Object, JsValue> {
        // What is no domain name stands in no zone.
        let answer =
            DomainName::parse(name).map_or(Answer::NotFound, |name| self.zone.lookup(&name));
        let response = Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&response, &name.into(), &value);
        match answer {
            Answer::Records(found) => {
                let records: Array = found
                    .records
                    .iter()
                    .map(|record| Array::of1(&Uint8Array::from(record.as_slice())))
                    .collect();
                set("rcode", "NOERROR".into())?;
                set("records", records.into())?;
                set("ttl", found.ttl.into())?;
                set("authenticated", found.authenticated.into())?;
                set("aliases", names(found.aliases).into())?;
            }
            Answer::NotFound => {
                set("rcode", "NXDOMAIN".into())?;
                set("records", Array::new().into())?;
            }
            Answer::Absent(Absence { name_exists, aliases }) => {
                let rcode = if name_exists == Some(true) { "NOERROR" } else { "NXDOMAIN" };
                set("rcode", rcode.into())?;
                set("records", Array::new().into())?;
                set("aliases", names(aliases).into())?;
            }
            Answer::Unavailable { cause } => return Err(error("unavailable", &cause)),
        }
        Ok(response)
    }
}

fn names(names: Vec<String>) -> Array {
    names.into_iter().map(JsValue::from).collect()
}
