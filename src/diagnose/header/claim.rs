//! What a signature says of the header, and whether a header is the one that was signed.

use super::slots::{Context, Slot};
use crate::canon::{Canonicalization, canonicalize_field, canonicalize_signature_field};
use crate::crypto::{HashAlgorithm, Provider, PublicKey, digest_signed};
use crate::diagnose::body::HASH;
use crate::diagnose::budget::Budget;
use crate::diagnose::change::change;
use crate::diagnose::finding::Change;
use crate::diagnose::hypothesis::Hypothesis;
use crate::signature::Signature;

/// What a signature says of the header, and the keys that may have made it.
#[derive(Debug)]
pub(in crate::diagnose) struct HeaderClaim<'a> {
    provider: &'static dyn Provider,
    signature: &'a Signature,
    keys: &'a [PublicKey],
    /// The digests that the RSA keys among them signed.
    signed: Vec<(HashAlgorithm, Vec<u8>)>,
}

/// What checking an Ed25519 signature costs, in octets hashed.
const CHECK: usize = 8 * 1024;

impl<'a> HeaderClaim<'a> {
    pub(in crate::diagnose) fn new(
        provider: &'static dyn Provider,
        signature: &'a Signature,
        keys: &'a [PublicKey],
    ) -> Self {
        let signed = keys.iter().filter_map(|key| match key {
            PublicKey::Rsa(key) => digest_signed(key, &signature.signature),
            PublicKey::Ed25519(_) => None,
        });
        Self { provider, signature, keys, signed: signed.collect() }
    }

    pub(super) const fn canonicalization(&self) -> Canonicalization {
        self.signature.header_canonicalization
    }

    /// Whether one of the keys made the signature, over whatever header; `None` where its kind does
    /// not tell.
    pub(in crate::diagnose) fn is_by_key(&self) -> Option<bool> {
        let tells = self.keys.iter().all(|key| matches!(key, PublicKey::Rsa(_)));
        (tells && !self.keys.is_empty()).then_some(!self.signed.is_empty())
    }

    /// Whether these octets, in canonical form, are what was signed.
    pub(in crate::diagnose) fn fits(&self, canonical: &[&[u8]], budget: &mut Budget) -> bool {
        self.fits_with(self.signature.algorithm.hash(), canonical, budget)
    }

    fn fits_with(
        &self,
        algorithm: HashAlgorithm,
        canonical: &[&[u8]],
        budget: &mut Budget,
    ) -> bool {
        let is_rsa = self.is_by_key().is_some();
        // No header fits a signature of another key.
        if is_rsa && !self.signed.iter().any(|(hash, _)| *hash == algorithm) {
            return false;
        }
        let octets = canonical.iter().map(|octets| octets.len()).sum::<usize>();
        if !budget.spend(octets.saturating_add(if is_rsa { HASH } else { CHECK })) {
            return false;
        }
        let mut hasher = self.provider.hasher(algorithm);
        for octets in canonical {
            hasher.update(octets);
        }
        let digest = hasher.finish();
        // What has the digest that was signed is verified like every signature.
        (!is_rsa || self.signed.iter().any(|(_, signed)| *signed == digest))
            && self
                .keys
                .iter()
                .any(|key| self.provider.verify(key, algorithm, &digest, &self.signature.signature))
    }

    /// What the signer did otherwise than its tags say, where that is what it signed.
    pub(super) fn fault(
        &self,
        context: &Context<'_>,
        present: &[Vec<u8>],
        budget: &mut Budget,
    ) -> Option<Change> {
        let said = |hypothesis, before: &str, after: &str| {
            let mut change = change(hypothesis, b"", b"");
            change.before = before.to_owned();
            change.after = after.to_owned();
            Some(change)
        };
        let algorithm = self.signature.algorithm.hash();
        let kind = self.canonicalization();
        let other = match kind {
            Canonicalization::Simple => Canonicalization::Relaxed,
            Canonicalization::Relaxed => Canonicalization::Simple,
        };
        let as_other = context.canonical(other);
        for (hash, _) in self.signed.iter().filter(|(hash, _)| *hash != algorithm) {
            for forms in [present, &as_other] {
                if self.fits_with(*hash, &pieces(forms), budget) {
                    return said(Hypothesis::OtherHash, algorithm.name(), hash.name());
                }
            }
        }
        for (forms, hypothesis) in [
            (present, Hypothesis::SignatureLineEnd),
            (&as_other, Hypothesis::OtherCanonicalization),
        ] {
            let mut pieces = pieces(forms);
            let ended = [pieces.as_slice(), &[b"\r\n"]].concat();
            if hypothesis == Hypothesis::OtherCanonicalization && self.fits(&pieces, budget) {
                return said(hypothesis, kind.name(), other.name());
            }
            pieces = ended;
            if self.fits(&pieces, budget) {
                return said(Hypothesis::SignatureLineEnd, "", "");
            }
        }
        None
    }
}

pub(super) fn pieces(forms: &[Vec<u8>]) -> Vec<&[u8]> {
    forms.iter().map(Vec::as_slice).collect()
}

/// The canonical form of what stands in a slot.
pub(super) fn canonical(kind: Canonicalization, slot: &Slot, octets: Option<&[u8]>) -> Vec<u8> {
    let mut canonical = Vec::new();
    let mut sink = |span: &[u8]| canonical.extend_from_slice(span);
    match octets {
        None => {}
        // b= is out of it already.
        Some(octets) if slot.is_own => canonicalize_signature_field(kind, octets, 0..0, &mut sink),
        Some(octets) => canonicalize_field(kind, octets, &mut sink),
    }
    canonical
}
