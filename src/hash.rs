//! The body hashers of one message: one canonicalizer per canonicalization, one hasher per distinct
//! (algorithm, canonicalization, `l=`), however many signatures share them.

use crate::canon::{BodyCanonicalizer, Canonicalization};
use crate::crypto::{HashAlgorithm, Hasher, Provider};

/// Which body hash a signature waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodyHashRequest {
    pub(crate) algorithm: HashAlgorithm,
    pub(crate) canonicalization: Canonicalization,
    /// Only so many octets of the canonical body are hashed (`l=`, RFC 6376 §3.5).
    pub(crate) length: Option<u64>,
}

/// The body hashers of one message.
#[derive(Debug)]
pub(crate) struct BodyHashes {
    streams: Vec<Stream>,
    max_hashes: usize,
    hashes: usize,
    /// How many octets of each canonical body are kept for a trace.
    keep: usize,
}

/// One canonical body.
#[derive(Debug)]
struct Stream {
    canonicalization: Canonicalization,
    canonicalizer: BodyCanonicalizer,
    hashers: Vec<BodyHasher>,
    total: u64,
    kept: Vec<u8>,
}

#[derive(Debug)]
struct BodyHasher {
    request: BodyHashRequest,
    hasher: Box<dyn Hasher>,
    remaining: u64,
}

/// A body hash that is complete.
#[derive(Clone, Debug)]
pub(crate) struct BodyDigest {
    pub(crate) request: BodyHashRequest,
    pub(crate) digest: Vec<u8>,
    /// Octets of the whole canonical body, whatever `l=` says.
    pub(crate) total: u64,
    /// The first octets of the canonical body, where they were asked for.
    pub(crate) kept: Vec<u8>,
}

impl BodyHashes {
    pub(crate) fn new(max_hashes: usize, keep: usize) -> Self {
        Self { streams: Vec::new(), max_hashes, hashes: 0, keep }
    }

    /// Makes sure that the hash asked for is computed; false where that would be one too many.
    pub(crate) fn request(&mut self, provider: &dyn Provider, request: BodyHashRequest) -> bool {
        let known = self.streams.iter().flat_map(|stream| &stream.hashers);
        if known.into_iter().any(|hasher| hasher.request == request) {
            return true;
        }
        if self.hashes >= self.max_hashes {
            return false;
        }
        self.hashes = self.hashes.saturating_add(1);
        let hasher = BodyHasher {
            request,
            hasher: provider.hasher(request.algorithm),
            remaining: request.length.unwrap_or(u64::MAX),
        };
        let canonicalization = request.canonicalization;
        match self.streams.iter_mut().find(|stream| stream.canonicalization == canonicalization) {
            Some(stream) => stream.hashers.push(hasher),
            None => self.streams.push(Stream {
                canonicalization,
                canonicalizer: BodyCanonicalizer::new(canonicalization),
                hashers: vec![hasher],
                total: 0,
                kept: Vec::new(),
            }),
        }
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    pub(crate) fn push(&mut self, octets: &[u8]) {
        let keep = self.keep;
        for Stream { canonicalizer, hashers, total, kept, .. } in &mut self.streams {
            canonicalizer.push(octets, &mut |span| take(span, hashers, total, kept, keep));
        }
    }

    pub(crate) fn finish(self) -> Vec<BodyDigest> {
        let keep = self.keep;
        let mut digests = Vec::new();
        for stream in self.streams {
            let Stream { canonicalizer, mut hashers, mut total, mut kept, .. } = stream;
            canonicalizer.finish(&mut |span| take(span, &mut hashers, &mut total, &mut kept, keep));
            digests.extend(hashers.into_iter().map(|hasher| BodyDigest {
                request: hasher.request,
                digest: hasher.hasher.finish(),
                total,
                kept: kept.clone(),
            }));
        }
        digests
    }
}

fn take(span: &[u8], hashers: &mut [BodyHasher], total: &mut u64, kept: &mut Vec<u8>, keep: usize) {
    let octets = u64::try_from(span.len()).unwrap_or(u64::MAX);
    *total = total.saturating_add(octets);
    for BodyHasher { hasher, remaining, .. } in hashers {
        // What does not fit in usize is longer than any span.
        let end = usize::try_from(*remaining).unwrap_or(usize::MAX);
        hasher.update(span.get(..end).unwrap_or(span));
        *remaining = remaining.saturating_sub(octets);
    }
    if kept.len() < keep {
        let room = keep.saturating_sub(kept.len());
        kept.extend_from_slice(span.get(..room).unwrap_or(span));
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::PURE_RUST;
    use crate::encoding::base64;

    const SHA256: BodyHashRequest = BodyHashRequest {
        algorithm: HashAlgorithm::Sha256,
        canonicalization: Canonicalization::Simple,
        length: None,
    };

    #[test]
    fn empty_bodies_have_the_hashes_of_rfc_6376() {
        // RFC 6376 §3.4.3, §3.4.4.
        let mut hashes = BodyHashes::new(4, 0);
        let relaxed = BodyHashRequest { canonicalization: Canonicalization::Relaxed, ..SHA256 };
        let sha1 = BodyHashRequest { algorithm: HashAlgorithm::Sha1, ..SHA256 };
        for request in [SHA256, relaxed, sha1] {
            assert!(hashes.request(PURE_RUST, request));
        }
        let found: Vec<_> = hashes.finish().iter().map(|one| base64::encode(&one.digest)).collect();
        assert_eq!(
            found,
            [
                "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
                "uoq1oCgLlTqpdDX/iUbLy7J1Wic=",
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            ]
        );
    }

    #[test]
    fn equal_requests_share_a_hasher_and_the_cap_holds() {
        let mut hashes = BodyHashes::new(2, 0);
        assert!(hashes.request(PURE_RUST, SHA256));
        assert!(hashes.request(PURE_RUST, SHA256));
        assert!(hashes.request(PURE_RUST, BodyHashRequest { length: Some(1), ..SHA256 }));
        assert!(!hashes.request(PURE_RUST, BodyHashRequest { length: Some(2), ..SHA256 }));
    }

    #[test]
    fn a_length_cuts_the_canonical_body() {
        let mut hashes = BodyHashes::new(2, 3);
        hashes.request(PURE_RUST, BodyHashRequest { length: Some(4), ..SHA256 });
        hashes.push(b"ab");
        hashes.push(b"cdef\r\n\r\n");
        let digest = hashes.finish().remove(0);
        let mut hasher = PURE_RUST.hasher(HashAlgorithm::Sha256);
        hasher.update(b"abcd");
        assert_eq!(digest.digest, hasher.finish());
        assert_eq!((digest.total, digest.kept), (8, b"abc".to_vec()));
    }
}
