//! Octets for the arithmetic that asks for random ones. The core has none of its own: they come from
//! the host, or from the key.

use std::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The factor that blinds a signature, from the key and the digest.
///
/// Blinding keeps the time of the private-key operation from telling about the key: it works on the
/// digest times a factor that no observer knows. The factor is divided out again, so the signature is
/// the same whatever it was. It must be hard to guess, which it is for those who do not have the key;
/// it need not be fresh: the same digest is then blinded alike and takes the same time, which tells
/// nothing new. So no source of randomness is needed where there may be none.
#[derive(Debug)]
pub(super) struct Blinding {
    seed: Seed,
    counter: u64,
}

/// What only those who have the key can compute.
#[derive(Clone)]
pub(super) struct Seed(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

impl Seed {
    /// The seed of a key, for all its signatures.
    pub(super) fn of_key(key: &[u8]) -> Self {
        // The prefix keeps it apart from every other hash of the key.
        Self::hash(&[b"waxseal RSA blinding\0", key])
    }

    /// The factors for one digest.
    pub(super) fn blinding(&self, digest: &[u8]) -> Blinding {
        Blinding { seed: Self::hash(&[&*self.0, digest]), counter: 0 }
    }

    fn hash(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        Self(Zeroizing::new(hash.finalize().into()))
    }
}

impl TryRng for Blinding {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        next(self).map(u32::from_le_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        next(self).map(u64::from_le_bytes)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        for chunk in octets.chunks_mut(32) {
            let block = Seed::hash(&[&*self.seed.0, &self.counter.to_le_bytes()]);
            self.counter = self.counter.wrapping_add(1);
            chunk.iter_mut().zip(block.0.iter()).for_each(|(octet, random)| *octet = *random);
        }
        Ok(())
    }
}

impl TryCryptoRng for Blinding {}

/// The host's random octets, as the crate `rsa` asks for them.
pub(super) struct FromHost<'a>(pub(super) &'a mut dyn FnMut(&mut [u8]));

impl TryRng for FromHost<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        next(self).map(u32::from_le_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        next(self).map(u64::from_le_bytes)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(octets);
        Ok(())
    }
}

impl TryCryptoRng for FromHost<'_> {}

fn next<const OCTETS: usize>(
    random: &mut impl TryRng<Error = Infallible>,
) -> Result<[u8; OCTETS], Infallible> {
    let mut octets = [0; OCTETS];
    random.try_fill_bytes(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn octets(key: &[u8], digest: &[u8]) -> Vec<u8> {
        let mut octets = vec![0; 100];
        let Ok(()) = Seed::of_key(key).blinding(digest).try_fill_bytes(&mut octets);
        octets
    }

    #[test]
    fn blinding_depends_on_key_and_digest_alone() {
        assert_eq!(octets(b"key", b"digest"), octets(b"key", b"digest"));
        assert_ne!(octets(b"key", b"digest"), octets(b"key", b"other"));
        assert_ne!(octets(b"key", b"digest"), octets(b"another", b"digest"));
        let all = octets(b"key", b"digest");
        assert_ne!(all[..32], all[32..64]);
        assert_ne!(all[96..], [0; 4]);
    }

    #[test]
    fn the_host_is_asked_for_what_is_needed() {
        let mut asked = Vec::new();
        let mut fill = |octets: &mut [u8]| {
            asked.push(octets.len());
            octets.fill(7);
        };
        let mut random = FromHost(&mut fill);
        assert_eq!(random.try_next_u32(), Ok(0x0707_0707));
        assert_eq!(random.try_next_u64(), Ok(0x0707_0707_0707_0707));
        assert_eq!(asked, [4, 8]);
    }
}
