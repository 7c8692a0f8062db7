//! The signer for JavaScript: the core's, and handles of what it leaves to be signed.

use std::cell::RefCell;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::error;
use super::keys::PrivateKey;
use super::requests::{requests, sign_options};
use super::task::{Machine, Task};
use super::value::pieces;
use crate::arc::{UnsignedSeal, UnsignedSet};
use crate::crypto::HashAlgorithm;
use crate::dns::{Answer, Query, QueryId};
use crate::message::LineEndingNormalizer;
use crate::sign::{self, SignError, SignWarning, Signer};

/// Makes the signatures of one message, for these requests, an array of objects.
///
/// What comes of it is `{ unsigned: Unsigned[], warnings }`.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
#[wasm_bindgen]
pub fn signer(list: &JsValue, settings: &JsValue) -> Result<Task, JsValue> {
    let options = sign_options(settings);
    // The core has checked each of them.
    match Signer::new(requests(list)?, options) {
        Ok(signer) => Ok(Task::new(signer)),
        Err(why) => Err(error("badArgument", &why.to_string())),
    }
}

/// Nothing is looked up.
impl Machine for Signer {
    fn push(&mut self, octets: &[u8]) -> Result<bool, JsValue> {
        match self.push(octets) {
            Ok(()) => Ok(true),
            Err(why) => Err(cannot_sign(&why)),
        }
    }

    fn end(&mut self) -> Result<(), JsValue> {
        Ok(())
    }

    fn poll_query(&mut self) -> Option<Query> {
        None
    }

    fn answer(&mut self, _: QueryId, _: Answer) {}

    fn finish(self: Box<Self>) -> Result<JsValue, JsValue> {
        let signing = (*self).finish().map_err(|why| cannot_sign(&why))?;
        let result = Object::new();
        let unsigned: Array =
            signing.unsigned.into_iter().map(|one| JsValue::from(Unsigned::from(one))).collect();
        Reflect::set(&result, &"unsigned".into(), &unsigned)?;
        Reflect::set(&result, &"warnings".into(), &warnings(&signing.warnings)?)?;
        Ok(result.into())
    }
}

/// What lacks a signature: a field, or an ARC set, which lacks two of them, one after the other.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Unsigned {
    lacking: Lacking,
}

#[derive(Clone, Debug)]
enum Lacking {
    Field(sign::Unsigned),
    /// The message signature first, for the seal covers it.
    Set(Box<UnsignedSet>),
    Seal(Box<UnsignedSeal>),
}

#[wasm_bindgen]
impl Unsigned {
    /// `a=`.
    #[wasm_bindgen(getter)]
    pub fn algorithm(&self) -> String {
        self.unsigned().algorithm().name().to_owned()
    }

    /// `d=` and `s=`, as the path of a name.
    #[wasm_bindgen(getter)]
    pub fn names(&self) -> String {
        format!("{}/{}", self.unsigned().domain(), self.unsigned().selector().as_str())
    }

    /// The canonical header octets, which is what RSA signs.
    #[wasm_bindgen(getter)]
    pub fn input(&self) -> Vec<u8> {
        self.unsigned().input().to_vec()
    }

    /// Their SHA-256, which is what Ed25519 signs (RFC 8463 §3).
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> Vec<u8> {
        self.unsigned().digest().to_vec()
    }

    /// The complete fields, CRLF included; of an ARC set that lacks its seal yet, what lacks it.
    ///
    /// # Errors
    ///
    /// An error with the code `signerFailed` where the octets cannot be such a signature.
    pub fn complete(&self, signature: &Uint8Array) -> Result<JsValue, JsValue> {
        let octets = usize::try_from(signature.length()).unwrap_or(usize::MAX);
        let completed = if octets > MAX_SIGNATURE {
            Err(SignError::SignatureLength { algorithm: self.unsigned().algorithm(), octets })
        } else {
            self.completed(&signature.to_vec())
        };
        completed.map_err(|why| error("signerFailed", &why.to_string()))
    }

    /// The same, signed with a key that is here.
    ///
    /// # Errors
    ///
    /// An error with the code `badKey`, for an RSA key, too: those sign in WebCrypto.
    pub fn sign(&self, key: &PrivateKey) -> Result<JsValue, JsValue> {
        let signature = key
            .signing_key()
            .and_then(|key| key.sign(HashAlgorithm::Sha256, self.unsigned().digest()));
        let signed = signature.map_err(SignError::Key).and_then(|octets| self.completed(&octets));
        signed.map_err(|why| error("badKey", &why.to_string()))
    }
}

impl Unsigned {
    fn unsigned(&self) -> &sign::Unsigned {
        match &self.lacking {
            Lacking::Field(unsigned) => unsigned,
            Lacking::Set(set) => set.message_signature(),
            Lacking::Seal(seal) => seal.seal(),
        }
    }

    fn completed(&self, signature: &[u8]) -> Result<JsValue, SignError> {
        Ok(match self.lacking.clone() {
            Lacking::Field(unsigned) => unsigned.complete(signature)?.into(),
            Lacking::Set(set) => {
                let lacking = Lacking::Seal(Box::new(set.complete(signature)?));
                Self { lacking }.into()
            }
            Lacking::Seal(seal) => seal.complete(signature)?.header().into(),
        })
    }
}

impl From<sign::Unsigned> for Unsigned {
    fn from(unsigned: sign::Unsigned) -> Self {
        Self { lacking: Lacking::Field(unsigned) }
    }
}

impl From<UnsignedSet> for Unsigned {
    fn from(set: UnsignedSet) -> Self {
        Self { lacking: Lacking::Set(Box::new(set)) }
    }
}

/// Makes CRLF of line ends that are none, as signers do.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct LineEndings {
    normalizer: RefCell<LineEndingNormalizer>,
}

#[wasm_bindgen]
impl LineEndings {
    /// For one message.
    #[wasm_bindgen(constructor)]
    pub fn new() -> LineEndings {
        Self::default()
    }

    /// The next octets, repaired.
    pub fn push(&self, chunk: &Uint8Array) -> Vec<u8> {
        let mut repaired = Vec::new();
        let mut normalizer = self.normalizer.borrow_mut();
        pieces(chunk, &mut |piece| {
            normalizer.push(piece, &mut |span| repaired.extend_from_slice(span));
        });
        repaired
    }

    /// What was held back.
    pub fn finish(&self) -> Vec<u8> {
        let mut repaired = Vec::new();
        self.normalizer.borrow_mut().finish(&mut |span| repaired.extend_from_slice(span));
        repaired
    }
}

/// More octets than any signature has: what is longer need not be copied.
const MAX_SIGNATURE: usize = 64 * 1024;

pub(super) fn warnings(warnings: &[SignWarning]) -> Result<JsValue, JsValue> {
    let list = Array::new();
    for warning in warnings {
        let (code, explanation) = match warning {
            SignWarning::LineEndingsRepaired => (
                "lineEndingsRepaired",
                "CR or LF stood alone and was made a line end; the message must be sent so, too.",
            ),
        };
        let object = Object::new();
        Reflect::set(&object, &"code".into(), &code.into())?;
        Reflect::set(&object, &"explanation".into(), &explanation.into())?;
        list.push(&object);
    }
    Ok(list.into())
}

pub(super) fn cannot_sign(why: &SignError) -> JsValue {
    error("cannotSign", &why.to_string())
}
