//! What a resolver written in JavaScript may come back with, as an [`Answer`].
//!
//! That a record does not exist makes a signature permanently bad, so it is believed only where it
//! is said in so many words; all that is not understood is "unavailable" (RFC 6376 §6.1.2).

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::value::{Octets, items, octets, property, whole_number};
use crate::DomainName;
use crate::dns::{Absence, Answer, TxtRecords, message};

/// Longest cause that gets into a report, in characters.
const MAX_CAUSE: usize = 200;

/// Longest DNS message there is (RFC 1035 §4.2.2).
const MAX_MESSAGE: u32 = 65_535;

/// Asks the resolver for the TXT records of `name`. It may return a value or a promise, and throw.
pub(super) async fn resolve(resolver: &Function, name: &DomainName) -> Answer {
    let returned = resolver.call2(&JsValue::UNDEFINED, &name.as_str().into(), &"TXT".into());
    let settled = match returned {
        Ok(value) => JsFuture::from(Promise::resolve(&value)).await,
        Err(thrown) => Err(thrown),
    };
    match settled {
        Ok(value) => from_value(&value, name).unwrap_or_else(Answer::unavailable),
        Err(reason) => from_rejection(&reason),
    }
}

/// ENOTFOUND and ENODATA are what node:dns says for NXDOMAIN and no data.
fn from_rejection(reason: &JsValue) -> Answer {
    let text = |name| property(reason, name).and_then(|value| value.as_string());
    let code = text("code").unwrap_or_default();
    // The same code with this call is about the host of some server, not about the name asked for.
    let of_address = text("syscall").is_some_and(|call| call == "getaddrinfo");
    if matches!(code.as_str(), "ENOTFOUND" | "ENODATA") && !of_address {
        return absent(code == "ENODATA", Vec::new());
    }
    [text("message"), Some(code), reason.as_string()]
        .into_iter()
        .flatten()
        .map(|cause| one_line(&cause))
        .find(|cause| !cause.is_empty())
        .map_or_else(|| Answer::unavailable("the resolver failed"), Answer::unavailable)
}

/// # Errors
///
/// Why the value is no answer.
fn from_value(value: &JsValue, name: &DomainName) -> Result<Answer, String> {
    match octets(value, MAX_MESSAGE) {
        Some(Octets::All(response)) => return Ok(message::answer(&response, name)),
        Some(Octets::TooMany(count)) => {
            return Err(format!("the resolver returned a DNS message of {count} octets"));
        }
        None => {}
    }
    if let Some(list) = items(value) {
        let records = flat_records(&list).ok_or_else(|| {
            "the resolver returned an array that is neither string[][] nor string[]".to_owned()
        })?;
        return Ok(answer(TxtRecords { records, ..TxtRecords::default() }));
    }
    if value.is_object() && property(value, "rcode").is_some() {
        return from_response(value);
    }
    Err(format!("the resolver returned {}", describe(value)))
}

/// `{ rcode, records, authenticated?, ttl?, aliases? }`
fn from_response(response: &JsValue) -> Result<Answer, String> {
    let rcode = property(response, "rcode").unwrap_or_default();
    let rcode = match (rcode.as_string(), whole_number(&rcode)) {
        (Some(name), _) => one_line(&name).to_ascii_uppercase(),
        (None, Some(code)) => rcode_name(code),
        (None, None) => return Err("the resolver returned an rcode of the wrong type".to_owned()),
    };
    let aliases = aliases(response);
    match rcode.as_str() {
        "NOERROR" => {}
        "NXDOMAIN" => return Ok(absent(false, aliases)),
        "" => return Err("the resolver returned an empty rcode".to_owned()),
        _ => return Err(rcode),
    }
    let records = property(response, "records")
        .and_then(|records| items(&records))
        .and_then(|records| records.iter().map(joined).collect())
        .ok_or("the resolver returned records that are no (Uint8Array | string)[][]")?;
    Ok(answer(TxtRecords {
        records,
        ttl: property(response, "ttl")
            .and_then(|ttl| whole_number(&ttl))
            .map(|ttl| u32::try_from(ttl).unwrap_or(u32::MAX)),
        authenticated: property(response, "authenticated").and_then(|value| value.as_bool()),
        aliases,
    }))
}

fn answer(records: TxtRecords) -> Answer {
    if records.records.is_empty() {
        absent(true, records.aliases)
    } else {
        Answer::Records(records)
    }
}

fn absent(name_exists: bool, aliases: Vec<String>) -> Answer {
    Answer::Absent(Absence { name_exists: Some(name_exists), aliases })
}

/// The names that CNAME records led through. They only serve explanations, so what is not
/// understood is left out.
fn aliases(response: &JsValue) -> Vec<String> {
    let list = property(response, "aliases").and_then(|list| items(&list)).unwrap_or_default();
    list.iter().filter_map(JsValue::as_string).map(|name| one_line(&name)).collect()
}

/// `string[]`: one complete record each; or `string[][]`: the strings of one record each.
fn flat_records(list: &[JsValue]) -> Option<Vec<Vec<u8>>> {
    if list.iter().all(JsValue::is_string) {
        return list.iter().map(|record| record.as_string().map(String::into_bytes)).collect();
    }
    list.iter().map(joined).collect()
}

/// The strings of one record, joined without anything between them (RFC 6376 §3.6.2.2).
fn joined(strings: &JsValue) -> Option<Vec<u8>> {
    let mut record = Vec::new();
    for string in items(strings)? {
        match octets(&string, MAX_MESSAGE) {
            Some(Octets::All(octets)) => record.extend(octets),
            Some(Octets::TooMany(_)) => return None,
            None => record.extend(string.as_string()?.into_bytes()),
        }
    }
    Some(record)
}

/// The names of RFC 1035 §4.1.1 and RFC 6895 §2.3 that a resolver may see.
fn rcode_name(code: u64) -> String {
    match code {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        _ => return format!("RCODE {code}"),
    }
    .to_owned()
}

fn describe(value: &JsValue) -> &'static str {
    if value.is_undefined() {
        "undefined"
    } else if value.is_null() {
        "null"
    } else if value.is_string() {
        "a string"
    } else if value.is_object() {
        "an object without an rcode"
    } else {
        "neither records nor a DNS message"
    }
}

/// The text without what would garble a line of a report, and not too long.
fn one_line(text: &str) -> String {
    // Bounded before it is walked: an error's message may be a whole page.
    let start: String = text.chars().take(MAX_CAUSE).collect();
    let words: Vec<&str> = start
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}
