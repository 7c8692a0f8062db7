//! The checks of signatures for JavaScript: handed out to WebCrypto, before the report is made.

use std::cell::RefCell;
use std::fmt;

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::seal::told;
use super::task::ended;
use super::value::to_json;
use crate::SignatureChecks;
use crate::arc::SealChecks;
use crate::crypto::PublicKey;
use crate::key::public;
use crate::verify::{CheckId, CheckOutcome, SignatureCheck};

/// What hands checks out.
pub(super) trait Machine {
    /// The next check that is due.
    fn poll(&mut self) -> Option<SignatureCheck>;

    /// What came of one.
    fn answer(&mut self, id: CheckId, outcome: CheckOutcome);

    /// What [`Task::finish`](super::task::Task::finish) gives.
    fn finish(self: Box<Self>) -> Result<JsValue, JsValue>;
}

impl Machine for SignatureChecks {
    fn poll(&mut self) -> Option<SignatureCheck> {
        self.poll()
    }

    fn answer(&mut self, id: CheckId, outcome: CheckOutcome) {
        self.answer(id, outcome);
    }

    fn finish(self: Box<Self>) -> Result<JsValue, JsValue> {
        to_json(&(*self).finish())
    }
}

impl Machine for SealChecks {
    fn poll(&mut self) -> Option<SignatureCheck> {
        self.poll()
    }

    fn answer(&mut self, id: CheckId, outcome: CheckOutcome) {
        self.answer(id, outcome);
    }

    fn finish(self: Box<Self>) -> Result<JsValue, JsValue> {
        told((*self).finish())
    }
}

/// The checks that a report, or the verdict on a chain that is to be sealed, comes down to.
#[wasm_bindgen]
pub struct Checks {
    /// `None` after the end.
    machine: RefCell<Option<Box<dyn Machine>>>,
    /// What was handed out; JavaScript knows them by their places.
    ids: RefCell<Vec<CheckId>>,
}

/// By its name alone, as [`Task`](super::task::Task).
impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checks")
    }
}

#[wasm_bindgen]
impl Checks {
    /// The next check that is due: `{ id, algorithm, key, message, signature }`, where the key is
    /// SubjectPublicKeyInfo in DER for RSA, the 32 octets for Ed25519; undefined where none is. Ask
    /// again after every answer.
    pub fn next(&self) -> Result<Option<Object>, JsValue> {
        let mut machine = self.machine.borrow_mut();
        let Some(machine) = machine.as_mut() else { return Ok(None) };
        while let Some(check) = machine.poll() {
            // Nobody takes a digest of DomainKeys.
            let Some(message) = check.message() else {
                machine.answer(check.id, CheckOutcome::Unable);
                continue;
            };
            let mut ids = self.ids.borrow_mut();
            let object = described(&check, message, ids.len())?;
            ids.push(check.id);
            return Ok(Some(object));
        }
        Ok(None)
    }

    /// What came of a check. All but "it verifies" is left to the core, for hosts say no as well where
    /// they mean that they do not take the key.
    pub fn answer(&self, id: usize, verifies: bool) {
        let outcome = if verifies { CheckOutcome::Verifies } else { CheckOutcome::Unable };
        if let (Some(machine), Some(id)) =
            (self.machine.borrow_mut().as_mut(), self.ids.borrow().get(id))
        {
            machine.answer(*id, outcome);
        }
    }

    /// What [`Task::finish`](super::task::Task::finish) gives.
    ///
    /// # Errors
    ///
    /// As that.
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        self.machine.borrow_mut().take().ok_or_else(ended)?.finish()
    }
}

impl Checks {
    pub(super) fn new(machine: impl Machine + 'static) -> Self {
        let machine: Option<Box<dyn Machine>> = Some(Box::new(machine));
        Self { machine: RefCell::new(machine), ids: RefCell::default() }
    }
}

fn described(check: &SignatureCheck, message: &[u8], id: usize) -> Result<Object, JsValue> {
    let object = Object::new();
    let put = |name: &str, value: JsValue| Reflect::set(&object, &name.into(), &value);
    let octets = |octets: &[u8]| Uint8Array::from(octets).into();
    put("id", id.into())?;
    put("algorithm", check.algorithm.name().into())?;
    put("message", octets(message))?;
    put("signature", octets(&check.signature))?;
    put(
        "key",
        match &check.key {
            PublicKey::Rsa(_) => octets(&public::to_spki_der(&check.key)),
            PublicKey::Ed25519(key) => octets(key),
        },
    )?;
    Ok(object)
}
