//! Whether the numbers of an RSA private key fit together, for builds without the crate `rsa`. With it,
//! that crate is the twin the tests compare this to.
//!
//! The numbers are secret, so no branch depends on them and their time depends on their lengths alone,
//! but for the verdict.

use zeroize::Zeroizing;

use super::RsaKeyError;
use super::der::RsaNumbers;
use super::modexp::{Limb, from_octets};

/// Least significant limb first, with any number of zeros at the end.
type Number = Zeroizing<Vec<Limb>>;

/// Checks that n = pq, that d undoes e, and what follows from them for the Chinese remainder theorem
/// (RFC 8017 §3.2). Modulus and public exponent have been looked at.
pub(super) fn check(numbers: &RsaNumbers<'_>) -> Result<(), RsaKeyError> {
    let number = |number: &[u8]| Number::new(from_octets(number));
    let [p, q] = numbers.primes.map(number);
    if !are_equal(&product(&p, &q), &number(numbers.modulus)) {
        return Err(RsaKeyError::Factors);
    }
    // The modulus is odd, so its factors are, and less one is the lowest bit cleared. 1 is no prime.
    let [p_less_one, q_less_one] = [less_one(&p)?, less_one(&q)?];
    let exponent = numbers.private_exponent;
    if exponent.len() > numbers.modulus.len() {
        return Err(RsaKeyError::PrivateExponent);
    }
    let d = number(exponent);
    let both = product(&d, &number(numbers.public_exponent));
    let undoes = |less_one: &Number| are_equal(&remainder(&both, less_one), &[1]);
    if !undoes(&p_less_one) || !undoes(&q_less_one) {
        return Err(RsaKeyError::PrivateExponent);
    }
    let [exponent1, exponent2] = numbers.exponents;
    let leaves = |dividend: &Number, divisor: &Number, rest: &[u8]| {
        are_equal(&remainder(dividend, divisor), &number(rest))
    };
    let coefficient = number(numbers.coefficient);
    if leaves(&d, &p_less_one, exponent1)
        && leaves(&d, &q_less_one, exponent2)
        && are_equal(&remainder(&product(&coefficient, &q), &p), &[1])
        && are_equal(&remainder(&coefficient, &p), &coefficient)
    {
        Ok(())
    } else {
        Err(RsaKeyError::Coefficients)
    }
}

fn less_one(prime: &Number) -> Result<Number, RsaKeyError> {
    let mut less_one = prime.clone();
    if let Some(lowest) = less_one.first_mut() {
        *lowest &= !1;
    }
    if are_equal(&less_one, &[]) { Err(RsaKeyError::Factors) } else { Ok(less_one) }
}

fn are_equal(a: &[Limb], b: &[Limb]) -> bool {
    let zeros = || std::iter::repeat(&0);
    let pairs = a.iter().chain(zeros()).zip(b.iter().chain(zeros()));
    let difference = pairs.take(a.len().max(b.len())).fold(0, |all, (a, b)| all | (a ^ b));
    difference == 0
}

/// a·b.
fn product(a: &[Limb], b: &[Limb]) -> Number {
    let mut sum = Number::new(vec![0; a.len().saturating_add(b.len())]);
    for (place, &factor) in a.iter().enumerate() {
        let mut carry = 0;
        // The limbs of b, and one to take the last carry.
        let digits = b.iter().chain(std::iter::once(&0));
        for (limb, &digit) in sum.iter_mut().skip(place).zip(digits) {
            (*limb, carry) = factor.carrying_mul_add(digit, *limb, carry);
        }
    }
    sum
}

/// a mod m, where m is not 0: bit by bit, which is slow and short; a key is read once.
fn remainder(a: &[Limb], m: &[Limb]) -> Number {
    // One limb more, into which the rest can be doubled.
    let mut rest = Number::new(vec![0; m.len().saturating_add(1)]);
    let mut less = rest.clone();
    for &limb in a.iter().rev() {
        for bit in (0..Limb::BITS).rev() {
            let mut carry = limb >> bit & 1;
            for limb in rest.iter_mut() {
                let high = *limb >> Limb::BITS.saturating_sub(1);
                *limb = *limb << 1 | carry;
                carry = high;
            }
            let mut borrow = false;
            let digits = m.iter().chain(std::iter::once(&0));
            for ((less, rest), &m) in less.iter_mut().zip(rest.iter()).zip(digits) {
                (*less, borrow) = rest.borrowing_sub(m, borrow);
            }
            // All ones where m goes into the rest.
            let mask = Limb::from(borrow).wrapping_sub(1);
            for (rest, &less) in rest.iter_mut().zip(less.iter()) {
                *rest = *rest & !mask | less & mask;
            }
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::test_keys::RSA_1024;
    use crate::encoding::base64;

    fn verdict(der: &[u8]) -> Option<Result<(), RsaKeyError>> {
        RsaNumbers::from_der(der).ok().map(|numbers| check(&numbers))
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 256,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn products_and_remainders_are_those_of_the_machine(
            a in any::<u64>(),
            b in any::<u64>(),
            m in prop_oneof![1..=u64::MAX, 1..100_u64],
        ) {
            let number = |number: u128| from_octets(&number.to_be_bytes());
            let [a, b, m] = [a, b, m].map(u128::from);
            let found = product(&number(a), &number(b));
            prop_assert!(are_equal(&found, &number(a * b)));
            prop_assert!(are_equal(&remainder(&found, &number(m)), &number(a * b % m)));
        }

        /// RSAPrivateKey of a size as of the test key: version, then eight numbers.
        #[cfg(feature = "rsa")]
        #[test]
        fn the_verdict_is_that_of_the_twin(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let mut der = base64::decode(RSA_1024).unwrap();
            for (place, octet) in edits {
                // Past the outermost tag and length and the version.
                let inner = &mut der[7..];
                inner[place.index(inner.len())] = octet;
            }
            if let Ok(numbers) = RsaNumbers::from_der(&der)
                && numbers.modulus.last().is_some_and(|last| last & 1 == 1)
                && let exponent = numbers.public_exponent
                && crate::crypto::RsaPublicKey::exponent_from(exponent).is_some()
            {
                let twin = crate::crypto::rsa_private::check(&der, &numbers);
                prop_assert_eq!(verdict(&der), Some(twin));
            }
        }
    }

    /// RSAPrivateKey of numbers below 128.
    fn key(numbers: [u8; 8]) -> Vec<u8> {
        let numbers = numbers.iter().flat_map(|number| [2, 1, *number]);
        [0x30, 27, 2, 1, 0].into_iter().chain(numbers).collect()
    }

    #[test]
    fn every_relation_is_checked() {
        let good = [55, 3, 27, 5, 11, 3, 7, 1];
        assert_eq!(verdict(&key(good)), Some(Ok(())));
        use RsaKeyError::{Coefficients, Factors, PrivateExponent};
        for (place, number, why) in [
            (0, 57, Factors),
            (1, 7, PrivateExponent),
            (2, 25, PrivateExponent),
            // Modulo the other prime alone it would do.
            (2, 11, PrivateExponent),
            (3, 11, Factors),
            (5, 7, Coefficients),
            (6, 17, Coefficients),
            (7, 2, Coefficients),
            // Right modulo p, but not the number that is asked for.
            (7, 6, Coefficients),
        ] {
            let mut numbers = good;
            numbers[place] = number;
            assert_eq!(verdict(&key(numbers)), Some(Err(why)), "{place}: {number}");
        }
        // 1 is no prime, nor is 0.
        assert_eq!(verdict(&key([55, 3, 27, 1, 55, 0, 27, 1])), Some(Err(Factors)));
        assert_eq!(verdict(&key([0, 3, 27, 0, 11, 3, 7, 1])), Some(Err(Factors)));
        assert_eq!(verdict(&base64::decode(RSA_1024).unwrap()), Some(Ok(())));
    }
}
