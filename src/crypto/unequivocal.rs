//! Which checks of a signature come out alike whoever computes them. The others are left to a provider:
//! the programs that verify signatures disagree about odd numbers.

use super::{PublicKey, RsaPublicKey};

/// The shortest modulus that everyone computes with, in octets.
const MIN_MODULUS: usize = 64;

/// Whether the verdict depends on nothing but the arithmetic.
///
/// For RSA, what is left out can never verify, and finding that out costs next to nothing (RFC 8017
/// §8.2.2, steps 1 and 2). For Ed25519, RFC 8032 leaves it open how strict to be (§5.1.7, §8.4): points
/// of small order and encodings that are not the shortest are taken by some and refused by us.
pub(crate) fn is_unequivocal(key: &PublicKey, signature: &[u8]) -> bool {
    match key {
        PublicKey::Rsa(RsaPublicKey { modulus, exponent }) => {
            modulus.len() >= MIN_MODULUS
                && modulus.first() != Some(&0)
                && modulus.last().is_some_and(|last| last & 1 == 1)
                && *exponent >= 3
                && exponent & 1 == 1
                && signature.len() == modulus.len()
                // Of equal length, so octet order is number order.
                && signature < modulus.as_slice()
        }
        PublicKey::Ed25519(key) => match signature.split_first_chunk() {
            Some((point, scalar)) => {
                is_plain_point(key) && is_plain_point(point) && is_plain_scalar(scalar)
            }
            None => false,
        },
    }
}

/// y of the points of small order, little-endian: 0, 1, -1 and the two of order eight.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
];

/// The field's prime, 2^255 - 19, little-endian.
const PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// The order of the base point (RFC 8032 §5.1), little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// An encoding as RFC 8032 §5.1.2 makes them, of a point that is not of small order or of no point.
fn is_plain_point(octets: &[u8; 32]) -> bool {
    let mut y = *octets;
    // The top bit is the sign of x.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    is_less(&y, &PRIME) && !SMALL_ORDER.contains(&y)
}

/// A number below the order, as RFC 8032 §5.1.7, step 1, wants it.
fn is_plain_scalar(octets: &[u8]) -> bool {
    octets.len() == ORDER.len() && is_less(octets, &ORDER)
}

/// Of little-endian numbers of equal length.
fn is_less(number: &[u8], bound: &[u8]) -> bool {
    number.iter().rev().lt(bound.iter().rev())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::VerifyingKey;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::{HashAlgorithm, PURE_RUST};

    /// A key of RFC 8032 §7.1, test 2, and its signature over the octet 0x72.
    const KEY: [u8; 32] = [
        0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e,
        0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4,
        0x66, 0x0c,
    ];
    const SIGNATURE: [u8; 64] = [
        0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25,
        0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb,
        0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0,
        0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16,
        0x12, 0xbb, 0x0c, 0x00,
    ];

    fn verifies(key: [u8; 32], signature: &[u8]) -> bool {
        PURE_RUST.verify(&PublicKey::Ed25519(key), HashAlgorithm::Sha256, &[0x72], signature)
    }

    #[test]
    fn ordinary_signatures_are_unequivocal() {
        assert!(verifies(KEY, &SIGNATURE));
        assert!(is_unequivocal(&PublicKey::Ed25519(KEY), &SIGNATURE));
        for length in [0, 31, 32, 63] {
            assert!(!is_unequivocal(&PublicKey::Ed25519(KEY), &SIGNATURE[..length]));
        }
        assert!(!is_unequivocal(&PublicKey::Ed25519(KEY), &[&SIGNATURE[..], &[0]].concat()));
    }

    #[test]
    fn every_encoding_of_a_point_of_small_order_is_left_out() {
        let mut encodings = Vec::new();
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut octets = y;
                octets[31] |= sign;
                encodings.push(octets);
            }
        }
        // y + p, where that is below 2^255: of 0 and 1 alone.
        for (low, sign) in [(0xed, 0), (0xed, 0x80), (0xee, 0), (0xee, 0x80)] {
            let mut octets = PRIME;
            octets[0] = low;
            octets[31] |= sign;
            encodings.push(octets);
        }
        for octets in encodings {
            assert!(VerifyingKey::from_bytes(&octets).unwrap().is_weak(), "{octets:x?}");
            assert!(!is_unequivocal(&PublicKey::Ed25519(octets), &SIGNATURE));
            let mut signature = SIGNATURE;
            signature[..32].copy_from_slice(&octets);
            assert!(!is_unequivocal(&PublicKey::Ed25519(KEY), &signature));
            assert!(!verifies(octets, &SIGNATURE) && !verifies(KEY, &signature));
        }
    }

    #[test]
    fn a_scalar_beyond_the_order_is_left_out() {
        let with = |scalar: [u8; 32]| {
            let mut signature = SIGNATURE;
            signature[32..].copy_from_slice(&scalar);
            signature
        };
        // The same scalar, one order further.
        let mut sum = 0;
        let more: Vec<u8> = SIGNATURE[32..]
            .iter()
            .zip(ORDER)
            .map(|(&a, b)| {
                sum = u32::from(a) + u32::from(b) + (sum >> 8);
                (sum & 0xff) as u8
            })
            .collect();
        for scalar in [ORDER, [0xff; 32], more.try_into().unwrap()] {
            assert!(!is_unequivocal(&PublicKey::Ed25519(KEY), &with(scalar)));
            assert!(!verifies(KEY, &with(scalar)));
        }
        let mut largest = ORDER;
        largest[0] -= 1;
        assert!(is_unequivocal(&PublicKey::Ed25519(KEY), &with(largest)));
    }

    #[test]
    fn rsa_that_can_never_verify_is_left_out() {
        let good = RsaPublicKey { modulus: vec![0xc1; 128], exponent: 65_537 };
        let is = |key: &RsaPublicKey, signature: &[u8]| {
            is_unequivocal(&PublicKey::Rsa(key.clone()), signature)
        };
        assert!(is(&good, &[0xc0; 128]));
        for signature in [vec![0xc0; 127], vec![0xc0; 129], good.modulus.clone(), vec![0xff; 128]] {
            assert!(!is(&good, &signature));
        }
        for exponent in [0, 1, 2, 65_536] {
            assert!(!is(&RsaPublicKey { exponent, ..good.clone() }, &[0xc0; 128]));
        }
        for modulus in [vec![0xc2; 128], [&[0][..], &[0xc1; 127]].concat(), vec![0xc1; 63], vec![]]
        {
            let signature = vec![0; modulus.len()];
            assert!(!is(&RsaPublicKey { modulus, exponent: 3 }, &signature));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(target_arch = "wasm32") { 64 } else { 512 },
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_left_in_is_of_no_small_order(octets in prop::array::uniform32(any::<u8>())) {
            let mut signature = SIGNATURE;
            signature[..32].copy_from_slice(&octets);
            let is_in = is_unequivocal(&PublicKey::Ed25519(KEY), &signature);
            let is_weak = VerifyingKey::from_bytes(&octets).is_ok_and(|key| key.is_weak());
            prop_assert!(!(is_in && is_weak));
        }

        #[test]
        fn little_endian_numbers_are_compared(a in any::<u64>(), b in any::<u64>()) {
            prop_assert_eq!(is_less(&a.to_le_bytes(), &b.to_le_bytes()), a < b);
        }
    }
}
