//! The keys that the verification looked up, for looking again.

use crate::crypto::PublicKey;
use crate::dns::Answer;
use crate::key::KeyRecord;
use crate::name::DomainName;
use crate::signature::Signature;
use crate::sorted::Sorted;
use crate::verify::Options;

/// What the DNS answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    answers: Sorted<String, Answer>,
}

impl Keys {
    pub(crate) fn insert(&mut self, name: &DomainName, answer: Answer) {
        self.answers.insert(name.as_str().to_owned(), answer);
    }

    pub(crate) fn get(&self, name: &DomainName) -> Option<&Answer> {
        self.answers.get(name.as_str())
    }

    /// The keys that the signature may have been made with.
    pub(super) fn of(&self, signature: &Signature, options: &Options) -> Vec<PublicKey> {
        let limits = &options.limits;
        let Some(Answer::Records(records)) = self.get(&signature.key_name) else {
            return Vec::new();
        };
        let records = records.records.iter().take(limits.key_records);
        records
            .filter_map(|octets| KeyRecord::parse(octets, limits.key_record_octets).ok())
            .map(|record| record.public_key)
            .filter(|key| key.key_type() == signature.algorithm.key_type())
            .filter(|key| key.bits() <= limits.max_rsa_bits)
            .collect()
    }
}
