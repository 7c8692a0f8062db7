//! New private keys.

use zeroize::Zeroizing;

use crate::crypto::{GenerateError, PrivateKey, Provider};

/// Makes an RSA key of that many bits, with the public exponent 65537.
///
/// Any size from 1024 to 8192 bits is taken. `fill` fills its argument with random octets from a
/// generator made for keys; a provider may have a generator of its own and leave it alone.
///
/// # Errors
///
/// [`GenerateError`] for other sizes.
pub fn rsa(
    provider: &dyn Provider,
    bits: usize,
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<PrivateKey, GenerateError> {
    provider.generate_rsa(bits, fill)
}

/// Makes an Ed25519 key: 32 random octets (RFC 8032 §5.1.5).
///
/// ```
/// use waxseal::key::generate;
///
/// // Not random, as they must be.
/// let key = generate::ed25519(&mut |octets| octets.fill(7));
/// assert_eq!(key.bits(), 256);
/// ```
pub fn ed25519(fill: &mut dyn FnMut(&mut [u8])) -> PrivateKey {
    let mut seed = Zeroizing::new([0; 32]);
    fill(&mut *seed);
    PrivateKey::Ed25519(seed)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::PURE_RUST;
    use crate::crypto::test_keys::ED25519_SEED;
    use crate::encoding::base64;

    #[test]
    fn keys_are_made_of_what_the_host_gives() {
        let seed = base64::decode(ED25519_SEED).unwrap();
        let key = ed25519(&mut |octets| octets.copy_from_slice(&seed));
        assert!(matches!(key, PrivateKey::Ed25519(found) if found.as_slice() == seed));
        #[cfg(feature = "rsa")]
        {
            let mut random = crate::crypto::test_keys::TestRandom::new(1);
            let key = rsa(PURE_RUST, 1024, &mut |octets| random.fill(octets)).unwrap();
            assert_eq!(key.bits(), 1024);
        }
        let refused = rsa(PURE_RUST, 1023, &mut |_| unreachable!());
        assert_eq!(refused.unwrap_err(), GenerateError::Bits(1023));
    }
}
