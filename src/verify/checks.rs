//! Checks of signatures that are made outside: by WebCrypto, on another thread, in an HSM.
//!
//! An evaluation is run for nothing but its next check until it has none left, and then for its
//! verdict. So what is checked, in which order and what follows from it is written down once, and the
//! verdict is the same wherever the arithmetic is done.

use super::pass::Facts;
use crate::crypto::{Algorithm, Provider, PublicKey, is_unequivocal};

/// Identifies a check in its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckId(usize);

/// A signature to be checked.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureCheck {
    /// What the answer is to be given with.
    pub id: CheckId,
    /// What kind of signature it is, `a=`.
    pub algorithm: Algorithm,
    /// The key. It fits the algorithm and is one that policy takes.
    pub key: PublicKey,
    /// The digest of what is signed, by the hash of the algorithm.
    pub digest: Vec<u8>,
    /// What is signed, before it is hashed: the canonical header (RFC 6376 §3.7). `None` for
    /// DomainKeys, which signs the whole body with it.
    pub signed: Option<Vec<u8>>,
    /// The signature. For RSA it is as long as the modulus and less than it; for Ed25519 it is 64
    /// octets, encoded as RFC 8032 has it, and neither it nor the key is of small order.
    pub signature: Vec<u8>,
}

impl SignatureCheck {
    /// The message of the algorithm: for RSA what is signed, which RSASSA-PKCS1-v1_5 hashes itself; for
    /// Ed25519 the digest, which it takes for its message (RFC 8463 §3). `None` where only the digest
    /// is at hand.
    pub fn message(&self) -> Option<&[u8]> {
        match self.algorithm {
            Algorithm::Ed25519Sha256 => Some(&self.digest),
            Algorithm::RsaSha1 | Algorithm::RsaSha256 => self.signed.as_deref(),
        }
    }
}

impl std::fmt::Debug for SignatureCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The octets are a message's.
        let Self { id, algorithm, .. } = self;
        write!(f, "SignatureCheck({id:?}, {algorithm})")
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The signature verifies.
    Verifies,
    /// It does not. A signature is a `fail` for that, so it must be certain.
    Differs,
    /// That could not be found out: no such algorithm there, no key of this size, no answer. The
    /// provider of the options finds it out then.
    Unable,
}

/// Says whether signatures verify while one of them is evaluated.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    provider: &'a dyn Provider,
    /// What came of the checks made outside, in the order of the evaluation, which is always the same.
    outcomes: std::slice::Iter<'a, CheckOutcome>,
    /// Whether the evaluation is run for its next check alone; then it may be told anything.
    is_probe: bool,
    next: Option<SignatureCheck>,
}

impl<'a> Checker<'a> {
    /// For a verdict: what nobody has checked outside is checked by the provider.
    pub(crate) fn new(provider: &'a dyn Provider, outcomes: &'a [CheckOutcome]) -> Self {
        Self { provider, outcomes: outcomes.iter(), is_probe: false, next: None }
    }

    /// For the next check that somebody outside may make.
    pub(crate) fn probe(provider: &'a dyn Provider, outcomes: &'a [CheckOutcome]) -> Self {
        Self { is_probe: true, ..Self::new(provider, outcomes) }
    }

    /// The check that the evaluation came to, if it came to one.
    pub(crate) fn into_next(self) -> Option<SignatureCheck> {
        self.next
    }

    pub(crate) fn verifies(
        &mut self,
        key: &PublicKey,
        algorithm: Algorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> bool {
        let inside = || self.provider.verify(key, algorithm.hash(), digest, signature);
        let is_outside = self.is_probe || self.outcomes.len() > 0;
        if !is_outside || !is_unequivocal(key, signature) {
            return inside();
        }
        match self.outcomes.next() {
            Some(CheckOutcome::Verifies) => true,
            Some(CheckOutcome::Differs) => false,
            Some(CheckOutcome::Unable) | None if !self.is_probe => inside(),
            // What follows is not for anyone outside.
            Some(CheckOutcome::Unable) => true,
            None => {
                self.next.get_or_insert_with(|| SignatureCheck {
                    id: CheckId(0),
                    algorithm,
                    key: key.clone(),
                    digest: digest.to_vec(),
                    signed: None,
                    signature: signature.to_vec(),
                });
                true
            }
        }
    }
}

/// Something whose checks may be made outside, one after the other.
pub(crate) trait Checkable {
    /// The next check, the message being complete and everything answered; its `id` means nothing yet.
    fn next_check(&self, facts: &Facts) -> Option<SignatureCheck>;

    /// What came of it.
    fn answer(&mut self, outcome: CheckOutcome);
}

/// Everything about a message whose checks may be made outside.
pub(crate) trait Checkables {
    /// By their numbers, from 0 on.
    fn checkable(&mut self, number: usize) -> Option<&mut dyn Checkable>;
}

/// The checks of a whole message: of every signature one at a time, of several side by side.
#[derive(Debug, Default)]
pub(crate) struct CheckQueue {
    /// How many signatures have been asked for their first check.
    begun: usize,
    /// Signatures whose check was answered.
    due: Vec<usize>,
    /// Whose check it was that was handed out, until it is answered.
    handed_out: Vec<Option<usize>>,
}

impl CheckQueue {
    /// The next check of any signature.
    pub(crate) fn poll(
        &mut self,
        all: &mut dyn Checkables,
        facts: &Facts,
    ) -> Option<SignatureCheck> {
        loop {
            let number = self.due.pop().unwrap_or_else(|| {
                let new = self.begun;
                self.begun = new.saturating_add(1);
                new
            });
            let Some(signature) = all.checkable(number) else {
                // There are no more.
                self.begun = number;
                return None;
            };
            if let Some(mut check) = signature.next_check(facts) {
                check.id = CheckId(self.handed_out.len());
                self.handed_out.push(Some(number));
                return Some(check);
            }
        }
    }

    /// Takes what came of a check, unless it was answered before.
    pub(crate) fn answer(&mut self, all: &mut dyn Checkables, id: CheckId, outcome: CheckOutcome) {
        let handed_out = self.handed_out.get_mut(id.0).and_then(Option::take);
        if let Some(number) = handed_out
            && let Some(signature) = all.checkable(number)
        {
            signature.answer(outcome);
            self.due.push(number);
        }
    }
}
