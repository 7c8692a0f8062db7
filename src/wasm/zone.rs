//! DNS for the package's resolvers: a master file to answer from.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::error;
use super::value::to_array;
use crate::DomainName;
use crate::dns::{Absence, Answer, zone};

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
                set("aliases", to_array(&found.aliases)?)?;
            }
            Answer::NotFound => {
                set("rcode", "NXDOMAIN".into())?;
                set("records", Array::new().into())?;
            }
            Answer::Absent(Absence { name_exists, aliases }) => {
                let rcode = if name_exists == Some(true) { "NOERROR" } else { "NXDOMAIN" };
                set("rcode", rcode.into())?;
                set("records", Array::new().into())?;
                set("aliases", to_array(&aliases)?)?;
            }
            Answer::Unavailable { cause } => return Err(error("unavailable", &cause)),
        }
        Ok(response)
    }
}
