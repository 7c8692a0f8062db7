//! The ARC sealer for JavaScript: the core's.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use super::checks::Checks;
use super::options::options;
use super::reports::chain;
use super::requests::{self, canonicalizations, selection, sign_options};
use super::settings::Settings;
use super::sign::{Unsigned, cannot_sign, warnings};
use super::task::{Machine, Task};
use super::value::to_json;
use crate::UnixTime;
use crate::arc::{
    CarriedResults, NotSealed, SealKey, SealRequest, SealRequestError, Sealer, Sealing,
};
use crate::dns::{Answer, Query, QueryId};
use crate::sign::{RequestError, SignError, SignedFields};
use crate::verify::sentence;

/// Adds an ARC set to one message: how the chain is judged, and how it is signed.
///
/// What comes of it is `{ arc, set, reason, explanation, warnings }`, where `arc` is JSON and `set` is an
/// [`Unsigned`] or null.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
#[wasm_bindgen]
pub fn sealer(
    request: &JsValue,
    verification: &JsValue,
    signing: &JsValue,
) -> Result<Task, JsValue> {
    let settings = Settings::new(request, "options");
    let request = seal_request(&settings)?;
    let (verification, signing) = (options(verification)?, sign_options(signing));
    let SealRequest { message_key: SealKey { domain, selector, .. }, fields, .. } = &request;
    let (is_named, fields) = (selector.key_name(domain).is_ok(), fields.clone());
    match Sealer::new(request, verification, signing) {
        Ok(sealer) => Ok(Task::new(sealer)),
        Err(why) => Err(refused(&settings, is_named, &fields, &why)),
    }
}

impl Machine for Sealer {
    fn push(&mut self, octets: &[u8]) -> Result<bool, JsValue> {
        match self.push(octets) {
            Ok(()) => Ok(true),
            Err(why) => Err(cannot_sign(&why)),
        }
    }

    fn end(&mut self) -> Result<(), JsValue> {
        self.end().map_err(|why| cannot_sign(&why))
    }

    fn poll_query(&mut self) -> Option<Query> {
        self.poll_query()
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        self.answer(id, answer);
    }

    fn finish(self: Box<Self>) -> Result<JsValue, JsValue> {
        told((*self).finish())
    }

    fn checks(self: Box<Self>) -> Result<Option<Checks>, JsValue> {
        match (*self).checks() {
            Ok(checks) => Ok(Some(Checks::new(checks))),
            Err(why) => Err(cannot_sign(&why)),
        }
    }
}

pub(super) fn told(sealing: Result<Sealing, SignError>) -> Result<JsValue, JsValue> {
    let Sealing { chain, set, warnings } = sealing.map_err(|why| cannot_sign(&why))?;
    let object = Object::new();
    let put = |name: &str, value: JsValue| Reflect::set(&object, &name.into(), &value);
    put("arc", to_json(&chain)?)?;
    match set {
        Ok(set) => {
            put("set", Unsigned::from(set).into())?;
            put("reason", JsValue::NULL)?;
            put("explanation", chain.explanation.into())?;
        }
        Err(why) => {
            let mut explanation = sentence(&why.to_string());
            // The chain's own sentence says what fails.
            if matches!(why, NotSealed::ChainFailed | NotSealed::KeyUnavailable) {
                explanation = format!("{explanation} {}", chain.explanation).trim_end().to_owned();
            }
            put("set", JsValue::NULL)?;
            put("reason", code(why).into())?;
            put("explanation", explanation.into())?;
        }
    }
    put("warnings", self::warnings(&warnings)?)?;
    Ok(object.into())
}

const fn code(why: NotSealed) -> &'static str {
    match why {
        NotSealed::ChainFailed => "chainFailed",
        NotSealed::ChainEnded => "chainEnded",
        NotSealed::KeyUnavailable => "keyUnavailable",
        NotSealed::TooManySets => "tooManySets",
        NotSealed::ChainChanged => "chainChanged",
    }
}

fn seal_request(settings: &Settings<'_>) -> Result<SealRequest, JsValue> {
    let key = requests::key(settings)?;
    let results = match settings.text("authenticationResults") {
        Some(value) => CarriedResults::Given(value),
        None => match settings.text("authservId") {
            Some(authserv_id) => CarriedResults::OfMessage { authserv_id },
            None => return Err(settings.bad("authservId", "given, or authenticationResults")),
        },
    };
    let mut request = SealRequest::new(key, results);
    if let Some(key) = settings.get("sealKey") {
        request.seal_key = requests::key(&Settings::new(&key, "options.sealKey"))?;
    }
    request.timestamp = settings.number("timestamp").map(UnixTime::from_seconds);
    let SealRequest { header_canonicalization, body_canonicalization, fields, oversign, .. } =
        &mut request;
    canonicalizations(settings, header_canonicalization, body_canonicalization);
    selection(settings, fields, oversign);
    if let Some(judged) = settings.get("chain") {
        request.chain = Some(chain(&judged, "options.chain")?);
    }
    settings.flag("sealFailed", &mut request.seal_failed);
    Ok(request)
}

/// The core's refusal, said of the option that it is about; `is_named` where the key of the message
/// signature has a name in the DNS.
fn refused(
    settings: &Settings<'_>,
    is_named: bool,
    fields: &SignedFields,
    why: &SealRequestError,
) -> JsValue {
    let is_listed =
        |name: &String| matches!(fields, SignedFields::Listed(names) if names.contains(name));
    let option = match why {
        SealRequestError::AuthservId(_) => "authservId",
        SealRequestError::Results(_) => "authenticationResults",
        SealRequestError::Signature(why) => match why {
            RequestError::KeyName(_) if is_named => "sealKey.selector",
            RequestError::KeyName(_) => "selector",
            RequestError::Algorithm(_) => "algorithm",
            RequestError::Time(_) => "now",
            RequestError::FieldName(name) | RequestError::NeverSigned(name) if is_listed(name) => {
                "headers"
            }
            _ => "oversign",
        },
    };
    settings.unusable(option, &why.to_string())
}
