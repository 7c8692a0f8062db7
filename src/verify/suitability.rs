//! Whether a key record is one that a kind of signature may use (RFC 6376 §6.1.2), whoever asks: the
//! verification of a signature or the check of a key.

use super::policy::Limits;
use super::reason::{Failure, Reason};
use crate::crypto::{Algorithm, KeyType};
use crate::key::KeyRecord;

/// What the record says against signatures of that algorithm on mail.
pub(crate) fn unfit(record: &KeyRecord, algorithm: Algorithm) -> Option<Failure> {
    let key_type = record.public_key.key_type();
    let (reason, explanation) = if key_type != algorithm.key_type() {
        let explanation =
            format!("the key is of type {}, but the signature is {algorithm}", key_type.name());
        (Reason::KeyTypeMismatch, explanation)
    } else if !record.allows_hash(algorithm.hash()) {
        let hash = algorithm.hash().name();
        (Reason::KeyHashNotAllowed, format!("h= of the key record does not allow {hash}"))
    } else if !record.allows_email() {
        (Reason::KeyServiceNotAllowed, "s= of the key record does not allow e-mail".to_owned())
    } else {
        return None;
    };
    Some(Failure::new(reason, explanation))
}

/// Whether the key is too short or too long.
pub(crate) fn wrong_size(record: &KeyRecord, least: usize, limits: &Limits) -> Option<Failure> {
    let bits = record.public_key.bits();
    let most = limits.max_rsa_bits;
    if record.public_key.key_type() != KeyType::Rsa {
        None
    } else if bits < least {
        let explanation = format!("the RSA key has {bits} bits, fewer than {least}");
        Some(Failure::new(Reason::KeyTooSmall, explanation))
    } else if bits > most {
        let explanation = format!("the RSA key has {bits} bits, more than {most}");
        Some(Failure::new(Reason::KeyTooLarge, explanation))
    } else {
        None
    }
}
