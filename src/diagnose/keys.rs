//! The keys that the verification looked up, for looking again.

use crate::crypto::PublicKey;
use crate::dns::Answer;
use crate::key::KeyRecord;
use crate::name::DomainName;
use crate::signature::Signature;
use crate::verify::Options;

/// What the DNS answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    answers: Vec<(DomainName, Answer)>,
}

impl Keys {
    pub(crate) fn insert(&mut self, name: &DomainName, answer: Answer) {
        self.answers.push((name.clone(), answer));
    }

    pub(crate) fn get(&self, name: &DomainName) -> Option<&Answer> {
        self.answers.iter().find(|(known, _)| known == name).map(|(_, answer)| answer)
    }

    /// The keys that the signature may have been made with.
    pub(super) fn of(&self, signature: &Signature, options: &Options) -> Vec<PublicKey> {
        let limits = &options.limits;
        let Some(Answer::Records(records)) = self.get(&signature.key_name) else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for octets in records.records.iter().take(limits.key_records) {
            if let Ok(record) = KeyRecord::parse(octets, limits.key_record_octets)
                && record.public_key.key_type() == signature.algorithm.key_type()
                && record.public_key.bits() <= limits.max_rsa_bits
            {
                keys.push(record.public_key);
            }
        }
        keys
    }
}
