//! The checks of signatures for JavaScript: handed out to WebCrypto, before the report is made.

use std::cell::RefCell;

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::seal;
use super::sign::cannot_sign;
use super::value::to_json;
use crate::SignatureChecks;
use crate::arc::SealChecks;
use crate::crypto::PublicKey;
use crate::key::public;
use crate::verify::{CheckId, CheckOutcome, SignatureCheck};

/// The checks that a report, or the verdict on a chain that is to be sealed, comes down to.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Checks {
    /// `None` after the end.
    machine: RefCell<Option<Machine>>,
    /// What was handed out; JavaScript knows them by their places.
    ids: RefCell<Vec<CheckId>>,
}

#[derive(Debug)]
enum Machine {
    Verifier(Box<SignatureChecks>),
    Sealer(Box<SealChecks>),
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

    /// The report in JSON; of a message that is to be sealed, what
    /// [`Sealer::sealing`](super::seal::Sealer::sealing) gives.
    ///
    /// # Errors
    ///
    /// An error with the code `cannotSign` where the message cannot be sealed.
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        match self.machine.borrow_mut().take() {
            Some(Machine::Verifier(checks)) => Ok(to_json(&checks.finish())?.into()),
            Some(Machine::Sealer(checks)) => {
                seal::told(checks.finish().map_err(|why| cannot_sign(&why))?)
            }
            None => Err(super::task::ended()),
        }
    }
}

impl Machine {
    fn poll(&mut self) -> Option<SignatureCheck> {
        match self {
            Self::Verifier(checks) => checks.poll(),
            Self::Sealer(checks) => checks.poll(),
        }
    }

    fn answer(&mut self, id: CheckId, outcome: CheckOutcome) {
        match self {
            Self::Verifier(checks) => checks.answer(id, outcome),
            Self::Sealer(checks) => checks.answer(id, outcome),
        }
    }
}

impl From<SignatureChecks> for Checks {
    fn from(checks: SignatureChecks) -> Self {
        Machine::Verifier(Box::new(checks)).into()
    }
}

impl From<SealChecks> for Checks {
    fn from(checks: SealChecks) -> Self {
        Machine::Sealer(Box::new(checks)).into()
    }
}

impl From<Machine> for Checks {
    fn from(machine: Machine) -> Self {
        Self { machine: RefCell::new(Some(machine)), ids: RefCell::default() }
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
