//! The signer for JavaScript: the core's, and handles of what it leaves to be signed.

use std::cell::RefCell;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::error;
use super::keys::PrivateKey;
use super::requests::{requests, sign_options};
use super::value::pieces;
use crate::message::LineEndingNormalizer;
use crate::sign::{self, SignError, SignWarning};

/// Makes the signatures of one message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Signer {
    /// `None` after the end.
    signer: RefCell<Option<sign::Signer>>,
}

#[wasm_bindgen]
impl Signer {
    /// A signer for these requests, an array of objects.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the option.
    #[wasm_bindgen(constructor)]
    pub fn new(list: &JsValue, settings: &JsValue) -> Result<Signer, JsValue> {
        let options = sign_options(settings)?;
        // The core has checked each of them.
        let signer = sign::Signer::new(requests(list)?, options)
            .map_err(|why| error("badArgument", &why.to_string()))?;
        Ok(Self { signer: RefCell::new(Some(signer)) })
    }

    /// Takes the next octets of the message. They are copied before this returns.
    ///
    /// # Errors
    ///
    /// An error with the code `cannotSign` where the message cannot be signed, `ended` after
    /// [`end`](Self::end).
    pub fn push(&self, chunk: &Uint8Array) -> Result<(), JsValue> {
        if self.signer.borrow().is_none() {
            return Err(ended());
        }
        let mut result = Ok(());
        pieces(chunk, |piece| {
            if let (Ok(()), Some(signer)) = (&result, self.signer.borrow_mut().as_mut()) {
                result = signer.push(piece);
            }
        });
        result.map_err(|why| cannot_sign(&why))
    }

    /// Says that the message is complete: `{ unsigned: Unsigned[], warnings }`.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn end(&self) -> Result<Object, JsValue> {
        let signer = self.signer.borrow_mut().take().ok_or_else(ended)?;
        let signing = signer.finish().map_err(|why| cannot_sign(&why))?;
        let unsigned = signing.unsigned.into_iter().map(|unsigned| Unsigned { unsigned });
        let warnings = signing.warnings.iter().map(warning).collect::<Result<Array, _>>()?;
        let result = Object::new();
        let unsigned: Array = unsigned.map(JsValue::from).collect();
        Reflect::set(&result, &"unsigned".into(), &unsigned)?;
        Reflect::set(&result, &"warnings".into(), &warnings)?;
        Ok(result)
    }
}

/// A field that lacks its signature.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Unsigned {
    unsigned: sign::Unsigned,
}

#[wasm_bindgen]
impl Unsigned {
    /// `a=`.
    #[wasm_bindgen(getter)]
    pub fn algorithm(&self) -> String {
        self.unsigned.algorithm().name().to_owned()
    }

    /// `d=`.
    #[wasm_bindgen(getter)]
    pub fn domain(&self) -> String {
        self.unsigned.domain().as_str().to_owned()
    }

    /// `s=`.
    #[wasm_bindgen(getter)]
    pub fn selector(&self) -> String {
        self.unsigned.selector().as_str().to_owned()
    }

    /// The canonical header octets.
    #[wasm_bindgen(getter)]
    pub fn input(&self) -> Vec<u8> {
        self.unsigned.input().to_vec()
    }

    /// Their SHA-256.
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> Vec<u8> {
        self.unsigned.digest().to_vec()
    }

    /// What an outside signer signs.
    #[wasm_bindgen(getter, js_name = messageToSign)]
    pub fn message_to_sign(&self) -> Vec<u8> {
        self.unsigned.message_to_sign().to_vec()
    }

    /// The complete field, CRLF included.
    ///
    /// # Errors
    ///
    /// An error with the code `signerFailed` where the octets cannot be such a signature.
    pub fn complete(&self, signature: &Uint8Array) -> Result<String, JsValue> {
        let octets = usize::try_from(signature.length()).unwrap_or(usize::MAX);
        let completed = if octets > MAX_SIGNATURE {
            Err(SignError::SignatureLength { algorithm: self.unsigned.algorithm(), octets })
        } else {
            self.unsigned.clone().complete(&signature.to_vec())
        };
        completed.map_err(|why| error("signerFailed", &why.to_string()))
    }

    /// The complete field, CRLF included, signed with a key that is here.
    ///
    /// # Errors
    ///
    /// An error with the code `badKey`.
    pub fn sign(&self, key: &PrivateKey) -> Result<String, JsValue> {
        let signed = key.signing_key().map_err(SignError::Key);
        let signed = signed.and_then(|key| self.unsigned.clone().sign(&*key));
        signed.map_err(|why| error("badKey", &why.to_string()))
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
        pieces(chunk, |piece| {
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

fn warning(warning: &SignWarning) -> Result<Object, JsValue> {
    let (code, explanation) = match warning {
        SignWarning::LineEndingsRepaired => (
            "lineEndingsRepaired",
            "CR or LF stood alone and was made a line end; the message must be sent so, too.",
        ),
    };
    let object = Object::new();
    Reflect::set(&object, &"code".into(), &code.into())?;
    Reflect::set(&object, &"explanation".into(), &explanation.into())?;
    Ok(object)
}

fn cannot_sign(why: &SignError) -> JsValue {
    error("cannotSign", &why.to_string())
}

fn ended() -> JsValue {
    error("ended", "the message has ended: end() was called before")
}
