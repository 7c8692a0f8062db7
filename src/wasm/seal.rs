//! The ARC sealer for JavaScript: the core's.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::checks::Checks;
use super::options::options;
use super::reports::chain;
use super::requests::{canonicalizations, oversign, sign_options};
use super::settings::Settings;
use super::sign::{Unsigned, cannot_sign, warning};
use super::task::{Machine, Task};
use super::value::to_json;
use crate::arc::{
    self, CarriedResults, NotSealed, SealKey, SealRequest, SealRequestError, Sealing,
};
use crate::crypto::Algorithm;
use crate::dns::{Answer, Query, QueryId};
use crate::sign::{RequestError, SignError, SignedFields};
use crate::verify::sentence;
use crate::{DomainName, Selector, UnixTime};

/// Adds an ARC set to one message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Sealer {
    task: Task<arc::Sealer>,
}

#[wasm_bindgen]
impl Sealer {
    /// A sealer for this request; how the chain is judged, and how it is signed.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(
        request: &JsValue,
        verification: &JsValue,
        signing: &JsValue,
    ) -> Result<Sealer, JsValue> {
        let settings = Settings::new(request, "options")?;
        let request = seal_request(&settings)?;
        let (verification, signing) = (options(verification)?, sign_options(signing)?);
        match arc::Sealer::new(request.clone(), verification, signing) {
            Ok(sealer) => Ok(Self { task: Task::new(sealer) }),
            Err(why) => Err(refused(&settings, &request, &why)),
        }
    }

    /// Takes the next octets of the message. They are copied before this returns.
    ///
    /// # Errors
    ///
    /// An error with the code `cannotSign` where the message cannot be sealed, `ended` after
    /// [`end`](Self::end).
    pub fn push(&self, chunk: &Uint8Array) -> Result<(), JsValue> {
        let mut result = Ok(());
        self.task.push(chunk, |sealer, piece| {
            if result.is_ok() {
                result = sealer.push(piece);
            }
        })?;
        result.map_err(|why| cannot_sign(&why))
    }

    /// Says that the message is complete. Queries may be due still.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn end(&self) -> Result<(), JsValue> {
        let mut result: Result<(), SignError> = Ok(());
        self.task.end(|sealer| result = sealer.end())?;
        result.map_err(|why| cannot_sign(&why))
    }

    /// The name to look up next, if one is due; it has the next number, 0 first. Ask after every
    /// chunk, the end, and every answer.
    pub fn query(&self) -> Option<String> {
        self.task.query()
    }

    /// The answer to the query with that number.
    pub fn answer(&self, number: usize, answer: &[u8]) {
        self.task.answer(number, answer);
    }

    /// `{ arc, set, reason, explanation, warnings }`, where `arc` is JSON and `set` is an [`Unsigned`]
    /// or null.
    ///
    /// # Errors
    ///
    /// An error with the code `cannotSign` where the message cannot be sealed, `ended` where this was
    /// had before.
    pub fn sealing(&self) -> Result<JsValue, JsValue> {
        told(self.task.take()?.finish().map_err(|why| cannot_sign(&why))?)
    }

    /// Where signatures of the chain are checked outside, in place of [`sealing`](Self::sealing).
    ///
    /// # Errors
    ///
    /// As that.
    pub fn checks(&self) -> Result<Checks, JsValue> {
        Ok(self.task.take()?.checks().map_err(|why| cannot_sign(&why))?.into())
    }
}

impl Machine for arc::Sealer {
    fn poll_query(&mut self) -> Option<Query> {
        self.poll_query()
    }

    fn answer(&mut self, id: QueryId, answer: Answer) {
        self.answer(id, answer);
    }
}

pub(super) fn told(sealing: Sealing) -> Result<JsValue, JsValue> {
    let Sealing { chain, set, warnings } = sealing;
    let object = Object::new();
    let put = |name: &str, value: JsValue| Reflect::set(&object, &name.into(), &value);
    put("arc", to_json(&chain)?.into())?;
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
    let warnings = warnings.iter().map(warning).collect::<Result<Array, _>>()?;
    put("warnings", warnings.into())?;
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
    let key = seal_key(settings)?;
    let results = match settings.text("authenticationResults")? {
        Some(value) => CarriedResults::Given(value),
        None => match settings.text("authservId")? {
            Some(authserv_id) => CarriedResults::OfMessage { authserv_id },
            None => return Err(settings.bad("authservId", "given, or authenticationResults")),
        },
    };
    let mut request = SealRequest::new(key, results);
    if let Some(key) = settings.get("sealKey") {
        request.seal_key = seal_key(&Settings::new(&key, "options.sealKey")?)?;
    }
    request.timestamp = settings.number("timestamp")?.map(UnixTime::from_seconds);
    if let Some(names) = settings.text("canonicalization")? {
        let (header, body) = canonicalizations(&names)
            .ok_or_else(|| settings.bad("canonicalization", "\"relaxed/simple\" or the like"))?;
        request.header_canonicalization = header;
        request.body_canonicalization = body;
    }
    if let Some(names) = settings.texts("headers")? {
        request.fields = SignedFields::Listed(names);
    }
    if let Some(oversign) = oversign(settings)? {
        request.oversign = oversign;
    }
    if let Some(judged) = settings.get("chain") {
        request.chain = Some(chain(&judged, "options.chain")?);
    }
    settings.flag("sealFailed", &mut request.seal_failed)?;
    Ok(request)
}

fn seal_key(settings: &Settings<'_>) -> Result<SealKey, JsValue> {
    Ok(SealKey {
        domain: settings.parsed("domain", "a domain name", DomainName::parse)?,
        selector: settings.parsed("selector", "a selector", Selector::parse)?,
        algorithm: settings.parsed("algorithm", "the name of an algorithm", |name| {
            Algorithm::parse(name).ok_or("there is none of that name")
        })?,
    })
}

/// The core's refusal, said of the option that it is about.
fn refused(settings: &Settings<'_>, request: &SealRequest, why: &SealRequestError) -> JsValue {
    let SealRequest { message_key, fields, .. } = request;
    let is_listed =
        |name: &String| matches!(fields, SignedFields::Listed(names) if names.contains(name));
    let option = match why {
        SealRequestError::AuthservId(_) => "authservId",
        SealRequestError::Results(_) => "authenticationResults",
        SealRequestError::Signature(why) => match why {
            RequestError::KeyName(_)
                if message_key.selector.key_name(&message_key.domain).is_ok() =>
            {
                "sealKey.selector"
            }
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
