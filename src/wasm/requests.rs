//! The signatures that shall be made, from plain objects.

use wasm_bindgen::JsValue;

use super::error::error;
use super::settings::Settings;
use super::value::items;
use crate::arc::SealKey;
use crate::canon::Canonicalization;
use crate::crypto::Algorithm;
use crate::sign::{
    BodyLength, LineEndings, LongLines, Oversign, Request, RequestError, SignOptions, SignedFields,
    Signer,
};
use crate::{DomainName, Selector, UnixTime};

/// Reads the requests. What is missing is as the core has it.
///
/// # Errors
///
/// An error with the code `badArgument` that names the request and its entry.
pub(super) fn requests(list: &JsValue) -> Result<Vec<Request>, JsValue> {
    let list = items(list)
        .ok_or_else(|| error("badArgument", "options.signatures must be an array of objects"))?;
    list.iter()
        .enumerate()
        .map(|(index, object)| {
            let settings = Settings::new(object, &format!("options.signatures[{index}]"));
            let request = request(&settings)?;
            // Alone, for the core does not tell which of several it refuses.
            match Signer::new(vec![request.clone()], SignOptions::default()) {
                Ok(_) => Ok(request),
                Err(why) => Err(refused(&settings, &request, &why)),
            }
        })
        .collect()
}

/// Reads what holds for the whole message.
pub(super) fn sign_options(settings: &JsValue) -> SignOptions {
    let settings = Settings::new(settings, "options");
    let mut options = SignOptions::default();
    if settings.text("lineEndings").as_deref() == Some("refuse") {
        options.line_endings = LineEndings::Refuse;
    }
    if settings.text("longLines").as_deref() == Some("pass") {
        options.long_lines = LongLines::Pass;
    }
    settings.flag("sevenBit", &mut options.seven_bit);
    options
}

fn request(settings: &Settings<'_>) -> Result<Request, JsValue> {
    let SealKey { domain, selector, algorithm } = key(settings)?;
    let mut request = Request::new(domain, selector, algorithm);
    let Request { header_canonicalization, body_canonicalization, .. } = &mut request;
    canonicalizations(settings, header_canonicalization, body_canonicalization);
    request.identity = settings.text("identity");
    settings.flag("strictIdentity", &mut request.strict_identity);
    request.timestamp = settings.number("timestamp").map(UnixTime::from_seconds);
    request.expires = settings.number("expires").map(UnixTime::from_seconds);
    selection(settings, &mut request.fields, &mut request.oversign);
    request.body_length = body_length(settings);
    settings.flag("copyHeaders", &mut request.copy_fields);
    settings.flag("queryMethod", &mut request.query_method);
    Ok(request)
}

/// Who signs, and with what.
///
/// # Errors
///
/// An error with the code `badArgument` that names the entry.
pub(super) fn key(settings: &Settings<'_>) -> Result<SealKey, JsValue> {
    Ok(SealKey {
        domain: settings.parsed("domain", "a domain name", DomainName::parse)?,
        selector: settings.parsed("selector", "a selector", Selector::parse)?,
        algorithm: settings.parsed("algorithm", "the name of an algorithm", |name| {
            Algorithm::parse(name).ok_or("there is none of that name")
        })?,
    })
}

/// As in `c=`: one word is the header's, and the body's is simple (RFC 6376 §3.5).
pub(super) fn canonicalizations(
    settings: &Settings<'_>,
    header: &mut Canonicalization,
    body: &mut Canonicalization,
) {
    let Some(names) = settings.text("canonicalization") else { return };
    let (of_header, of_body) = names.split_once('/').unwrap_or((&names, "simple"));
    *header = Canonicalization::parse(of_header).unwrap_or(*header);
    *body = Canonicalization::parse(of_body).unwrap_or(*body);
}

/// Which fields are signed.
pub(super) fn selection(
    settings: &Settings<'_>,
    fields: &mut SignedFields,
    oversign: &mut Oversign,
) {
    if let Some(names) = settings.texts("headers") {
        *fields = SignedFields::Listed(names);
    }
    match settings.text("oversign").as_deref() {
        Some("none") => *oversign = Oversign::None,
        Some("present") => *oversign = Oversign::Present,
        Some("all") => *oversign = Oversign::All,
        _ => {
            if let Some(names) = settings.texts("oversign") {
                *oversign = Oversign::Listed(names);
            }
        }
    }
}

fn body_length(settings: &Settings<'_>) -> Option<BodyLength> {
    match settings.number("bodyLength") {
        Some(octets) => Some(BodyLength::Octets(octets)),
        None => settings.get("bodyLength")?.as_bool()?.then_some(BodyLength::Whole),
    }
}

/// The core's refusal, said of the entry that it is about.
fn refused(settings: &Settings<'_>, request: &Request, why: &RequestError) -> JsValue {
    let is_listed = |name: &String| matches!(&request.fields, SignedFields::Listed(names) if names.contains(name));
    let entry = match why {
        RequestError::Algorithm(_) => "algorithm",
        RequestError::KeyName(_) => "selector",
        RequestError::Identity { .. }
        | RequestError::IdentityOutside { .. }
        | RequestError::IdentityNotStrict { .. } => "identity",
        RequestError::Time(time) if request.timestamp.map(UnixTime::seconds) == Some(*time) => {
            "timestamp"
        }
        RequestError::Time(_) | RequestError::Expiration { .. } => "ttl",
        RequestError::FieldName(name) | RequestError::NeverSigned(name) if is_listed(name) => {
            "headers"
        }
        RequestError::FieldName(_) | RequestError::NeverSigned(_) => "oversign",
    };
    settings.unusable(entry, &why.to_string())
}
