//! The signatures that shall be made, from plain objects.

use wasm_bindgen::JsValue;

use super::error::error;
use super::settings::Settings;
use super::value::{items, whole_number};
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
            let settings = Settings::new(object, &format!("options.signatures[{index}]"))?;
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
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
pub(super) fn sign_options(settings: &JsValue) -> Result<SignOptions, JsValue> {
    let settings = Settings::new(settings, "options")?;
    let mut options = SignOptions::default();
    match settings.text("lineEndings")?.as_deref() {
        None | Some("normalize") => {}
        Some("refuse") => options.line_endings = LineEndings::Refuse,
        Some(_) => return Err(settings.bad("lineEndings", "\"normalize\" or \"refuse\"")),
    }
    match settings.text("longLines")?.as_deref() {
        None | Some("refuse") => {}
        Some("pass") => options.long_lines = LongLines::Pass,
        Some(_) => return Err(settings.bad("longLines", "\"refuse\" or \"pass\"")),
    }
    settings.flag("sevenBit", &mut options.seven_bit)?;
    Ok(options)
}

fn request(settings: &Settings<'_>) -> Result<Request, JsValue> {
    let domain = settings.parsed("domain", "a domain name", DomainName::parse)?;
    let selector = settings.parsed("selector", "a selector", Selector::parse)?;
    let algorithm = settings.parsed("algorithm", "the name of an algorithm", |name| {
        Algorithm::parse(name).ok_or("there is none of that name")
    })?;
    let mut request = Request::new(domain, selector, algorithm);
    if let Some(names) = settings.text("canonicalization")? {
        let (header, body) = canonicalizations(&names)
            .ok_or_else(|| settings.bad("canonicalization", "\"relaxed/simple\" or the like"))?;
        request.header_canonicalization = header;
        request.body_canonicalization = body;
    }
    request.identity = settings.text("identity")?;
    settings.flag("strictIdentity", &mut request.strict_identity)?;
    request.timestamp = settings.number("timestamp")?.map(UnixTime::from_seconds);
    request.expires = settings.number("expires")?.map(UnixTime::from_seconds);
    if let Some(names) = settings.texts("headers")? {
        request.fields = SignedFields::Listed(names);
    }
    if let Some(oversign) = oversign(settings)? {
        request.oversign = oversign;
    }
    request.body_length = body_length(settings)?;
    settings.flag("copyHeaders", &mut request.copy_fields)?;
    settings.flag("queryMethod", &mut request.query_method)?;
    Ok(request)
}

/// As in `c=`: one word is the header's, and the body's is simple (RFC 6376 §3.5).
pub(super) fn canonicalizations(names: &str) -> Option<(Canonicalization, Canonicalization)> {
    let (header, body) = names.split_once('/').unwrap_or((names, "simple"));
    Some((Canonicalization::parse(header)?, Canonicalization::parse(body)?))
}

pub(super) fn oversign(settings: &Settings<'_>) -> Result<Option<Oversign>, JsValue> {
    let Some(value) = settings.get("oversign") else {
        return Ok(None);
    };
    match value.as_string().as_deref() {
        None => Ok(settings.texts("oversign")?.map(Oversign::Listed)),
        Some("none") => Ok(Some(Oversign::None)),
        Some("present") => Ok(Some(Oversign::Present)),
        Some("all") => Ok(Some(Oversign::All)),
        Some(_) => Err(settings.bad("oversign", "\"none\", \"present\", \"all\" or an array")),
    }
}

fn body_length(settings: &Settings<'_>) -> Result<Option<BodyLength>, JsValue> {
    let Some(value) = settings.get("bodyLength") else {
        return Ok(None);
    };
    match (value.as_bool(), whole_number(&value)) {
        (Some(whole), _) => Ok(whole.then_some(BodyLength::Whole)),
        (None, Some(octets)) => Ok(Some(BodyLength::Octets(octets))),
        (None, None) => Err(settings.bad("bodyLength", "true, or a number of octets")),
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
