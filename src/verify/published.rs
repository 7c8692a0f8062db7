//! What the DNS has published as the key of a signature, read alike for every kind of signature
//! (RFC 6376 §6.1.2).

use super::reason::{Failure, Reason};
use super::report::Key;
use crate::dns::{Answer, TxtRecords};
use crate::key::{KeyRecord, KeyRecordError};
use crate::name::DomainName;

/// The records of the answer, or why there are none; `what` is missing then.
pub(crate) fn records<'a>(
    answer: &'a Answer,
    name: &DomainName,
    what: &str,
) -> Result<&'a TxtRecords, Failure> {
    match answer {
        Answer::Records(records) => Ok(records),
        Answer::NotFound => Err(not_found(name, what)),
        Answer::Absent(absence) => {
            let mut failure = not_found(name, what);
            if let Some(how) = absence.dangling() {
                failure.explanation.push_str(&format!(": {how}"));
            }
            Err(failure)
        }
        Answer::Unavailable { cause } => Err(Failure::new(
            Reason::KeyUnavailable,
            format!("the key at {name} could not be had: {cause}"),
        )),
    }
}

pub(crate) fn not_found(name: &DomainName, what: &str) -> Failure {
    Failure::new(Reason::KeyNotFound, format!("there is no {what} at {name}"))
}

/// One record as a key and what the report tells of it, or why it is none and what can still be told.
pub(crate) fn key(
    octets: &[u8],
    max_octets: usize,
    name: &DomainName,
    records: &TxtRecords,
) -> Result<(KeyRecord, Key), (Failure, Option<Key>)> {
    let mut key = Key {
        name: name.as_str().to_owned(),
        key_type: None,
        bits: None,
        testing: false,
        strict_identity: false,
        ttl: records.ttl,
        authenticated: records.authenticated,
    };
    let record = match KeyRecord::parse(octets, max_octets) {
        Ok(record) => record,
        Err(KeyRecordError::NotDkim) => return Err((KeyRecordError::NotDkim.into(), None)),
        Err(error) => return Err((error.into(), Some(key))),
    };
    key.key_type = Some(record.public_key.key_type().name().to_owned());
    key.bits = Some(record.public_key.bits());
    key.testing = record.testing;
    key.strict_identity = record.strict_identity;
    Ok((record, key))
}
