//! Signatures that a message has of us already: verified with the keys at hand. No DNS is asked, so
//! nobody can keep us from signing by putting our name on a message.

use waxseal::crypto::AWS_LC;
use waxseal::dns::{Answer, TxtRecords};
use waxseal::key::publish;
use waxseal::message::Header;
use waxseal::{
    DomainName, Options, Selector, UnixTime, VerificationResult, VerificationTime, Verifier,
};

use crate::server::generation::Generation;

/// A verifier that is answered with our own keys.
#[derive(Debug)]
pub(super) struct OwnSignatures {
    verifier: Verifier,
}

impl OwnSignatures {
    /// For a message with that header; `None` where it has no signature at all.
    pub(super) fn new(header: &Header, now: UnixTime) -> Option<Self> {
        header.first("DKIM-Signature")?;
        let mut options = Options::new(VerificationTime::At(now));
        options.provider = AWS_LC;
        options.alignment = false;
        Some(Self { verifier: Verifier::new(options) })
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        self.verifier.push(octets);
    }

    /// Signing domain and selector of those that verify.
    pub(super) fn finish(mut self, generation: &Generation) -> Vec<(DomainName, Selector)> {
        self.verifier.end();
        while let Some(query) = self.verifier.poll_query() {
            let own = generation.config.keys.iter().zip(&generation.keys);
            let records: Vec<_> = own
                .filter(|(key, _)| key.is_published_at(&query.name))
                .filter_map(|(key, loaded)| {
                    let public = &loaded.as_ref().ok()?.public;
                    publish::record(public, &key.tags).ok().map(String::into_bytes)
                })
                .collect();
            let answer = match records.is_empty() {
                true => Answer::NotFound,
                false => Answer::Records(TxtRecords { records, ..TxtRecords::default() }),
            };
            self.verifier.answer(query.id, answer);
        }
        let signatures = self.verifier.finish().signatures.into_iter();
        let passing = signatures.filter(|one| one.result == VerificationResult::Pass);
        passing
            .filter_map(|one| {
                let domain = DomainName::parse(one.domain.as_deref()?).ok()?;
                Some((domain, Selector::parse(one.selector.as_deref()?).ok()?))
            })
            .collect()
    }
}
