//! The RSA public-key operation, `signature ^ exponent mod modulus`, for public numbers only.
//!
//! Nothing here is secret, so nothing here takes constant time; that, and small exponents, make it
//! several times as fast as arithmetic made for private keys where registers are narrow, in
//! WebAssembly above all. Its plain twin is the crate `rsa`.

/// A digit of a large number: what the machine multiplies in one step.
#[cfg(target_pointer_width = "64")]
pub(super) type Limb = u64;
#[cfg(not(target_pointer_width = "64"))]
pub(super) type Limb = u32;

/// Twice as wide.
#[cfg(target_pointer_width = "64")]
type Product = u128;
#[cfg(not(target_pointer_width = "64"))]
type Product = u64;

const LIMB_OCTETS: usize = size_of::<Limb>();

/// `base ^ exponent mod modulus`, as many octets as the modulus has.
///
/// All numbers are big-endian. `None` unless the modulus is odd and begins with no zero octet, the
/// base is smaller than it and as long in octets, and the exponent is odd and at least 3.
pub(super) fn modexp(base: &[u8], exponent: u64, modulus: &[u8]) -> Option<Vec<u8>> {
    let is_odd = modulus.last().is_some_and(|last| last & 1 == 1);
    let is_usable = is_odd
        && modulus.first() != Some(&0)
        && base.len() == modulus.len()
        // Of equal length, so octet order is number order.
        && base < modulus
        && exponent & 1 == 1
        && exponent >= 3;
    if !is_usable {
        return None;
    }
    let field = Montgomery::new(from_octets(modulus))?;
    let base = from_octets(base);
    let power = field.power(&field.enter(&base), exponent.checked_sub(1)?);
    // One factor that is not in Montgomery form takes the result out of it.
    Some(to_octets(&field.multiply(&power, &base), modulus.len()))
}

/// Arithmetic modulo an odd number, in Montgomery form: x stands as x·R mod n, where R is the power
/// of two just beyond the limbs of n (Menezes, van Oorschot, Vanstone: Handbook of Applied
/// Cryptography, §14.3.2). Least significant limb first.
struct Montgomery {
    modulus: Vec<Limb>,
    /// -1/n modulo 2 to the power of a limb's bits.
    inverse: Limb,
    /// R² mod n: multiplying by it brings a number into Montgomery form.
    square: Vec<Limb>,
}

impl Montgomery {
    fn new(modulus: Vec<Limb>) -> Option<Self> {
        let lowest = *modulus.first()?;
        // Newton's iteration doubles the bits that are right: n·n = 1 mod 8 makes three of them.
        let mut inverse = lowest;
        for _ in 0..5 {
            let error = Limb::wrapping_sub(2, lowest.wrapping_mul(inverse));
            inverse = inverse.wrapping_mul(error);
        }
        let mut field = Self { modulus, inverse: inverse.wrapping_neg(), square: Vec::new() };
        field.square = field.square_of_r()?;
        Some(field)
    }

    /// R² mod n, for n with the highest bit of its highest limb at any place.
    fn square_of_r(&self) -> Option<Vec<Limb>> {
        let highest = self.modulus.last()?;
        // The highest bit of n, alone, is smaller than n, which is odd and not 1.
        let mut power = vec![0; self.modulus.len()];
        *power.last_mut()? = 1 << highest.ilog2();
        let doublings = highest.leading_zeros().checked_add(1)?;
        for _ in 0..doublings {
            self.double(&mut power);
        }
        // R mod n is 1 in Montgomery form; 2^w in that form, for limbs of w bits, to the power of
        // the number of limbs is R in that form.
        for _ in 0..Limb::BITS {
            self.double(&mut power);
        }
        Some(self.power(&power, u64::try_from(self.modulus.len()).ok()?))
    }

    fn enter(&self, number: &[Limb]) -> Vec<Limb> {
        self.multiply(number, &self.square)
    }

    /// A number in Montgomery form to a power of at least 1.
    fn power(&self, base: &[Limb], exponent: u64) -> Vec<Limb> {
        let mut power = base.to_vec();
        let below_highest = exponent.checked_ilog2().unwrap_or_default();
        for bit in (0..below_highest).rev() {
            power = self.multiply(&power, &power);
            if exponent >> bit & 1 == 1 {
                power = self.multiply(&power, base);
            }
        }
        power
    }

    /// a·b/R mod n.
    fn multiply(&self, a: &[Limb], b: &[Limb]) -> Vec<Limb> {
        let limbs = self.modulus.len();
        // Each round clears the lowest limb that is left, so the result stands in the upper half.
        let mut sum: Vec<Limb> = vec![0; limbs.saturating_mul(2)];
        let lowest = b.first().copied().unwrap_or_default();
        let mut overflow = false;
        for (round, &factor) in a.iter().enumerate() {
            let window = sum.get_mut(round..).unwrap_or_default();
            let first = window.first().copied().unwrap_or_default();
            let quotient =
                factor.wrapping_mul(lowest).wrapping_add(first).wrapping_mul(self.inverse);
            let mut step = Step { factor, quotient, product: 0, reduction: 0 };
            let (sum, _) = window.split_at_mut_checked(limbs).unwrap_or_default();
            let (fours, rest) = sum.as_chunks_mut::<4>();
            let (b_fours, b_rest) = b.as_chunks::<4>();
            let (n_fours, n_rest) = self.modulus.as_chunks::<4>();
            for (([s0, s1, s2, s3], [b0, b1, b2, b3]), [n0, n1, n2, n3]) in
                fours.iter_mut().zip(b_fours).zip(n_fours)
            {
                step.run(s0, *b0, *n0);
                step.run(s1, *b1, *n1);
                step.run(s2, *b2, *n2);
                step.run(s3, *b3, *n3);
            }
            for ((limb, b), n) in rest.iter_mut().zip(b_rest).zip(n_rest) {
                step.run(limb, *b, *n);
            }
            if let Some(above) = window.get_mut(limbs) {
                // Two carries at most come together, for the true sum is below 2·R·n.
                let (carried, first_over) = step.product.carrying_add(step.reduction, overflow);
                let (carried, second_over) = carried.carrying_add(*above, false);
                *above = carried;
                overflow = first_over | second_over;
            }
        }
        let mut result = sum.split_off(limbs);
        if overflow || !self.is_reduced(&result) {
            self.subtract_modulus(&mut result);
        }
        result
    }

    fn double(&self, number: &mut [Limb]) {
        let mut carry = 0;
        for limb in number.iter_mut() {
            let high = *limb >> (Limb::BITS.saturating_sub(1));
            *limb = *limb << 1 | carry;
            carry = high;
        }
        if carry != 0 || !self.is_reduced(number) {
            self.subtract_modulus(number);
        }
    }

    fn is_reduced(&self, number: &[Limb]) -> bool {
        number.iter().rev().lt(self.modulus.iter().rev())
    }

    fn subtract_modulus(&self, number: &mut [Limb]) {
        let mut borrow = false;
        for (limb, n) in number.iter_mut().zip(&self.modulus) {
            (*limb, borrow) = limb.borrowing_sub(*n, borrow);
        }
    }
}

/// What one round adds to each limb: a multiple of b, and that multiple of n which clears the lowest.
/// Four at a time, or the compiler, where it is told to make small code, spends as long on the loop as on
/// the arithmetic.
struct Step {
    factor: Limb,
    quotient: Limb,
    /// Carries of the one and the other.
    product: Limb,
    reduction: Limb,
}

impl Step {
    #[inline(always)]
    const fn run(&mut self, limb: &mut Limb, b: Limb, n: Limb) {
        let low;
        (low, self.product) = multiply_add(self.factor, b, *limb, self.product);
        (*limb, self.reduction) = multiply_add(self.quotient, n, low, self.reduction);
    }
}

/// a·b + c + d as its low and its high limb. It stands for the standard library's `carrying_mul_add`,
/// which becomes a call where the compiler is told to make small code.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "each takes its half of the bits")]
const fn multiply_add(a: Limb, b: Limb, c: Limb, d: Limb) -> (Limb, Limb) {
    // (2^w - 1)² + 2·(2^w - 1) = 2^2w - 1: the sum cannot wrap.
    let sum = (a as Product)
        .wrapping_mul(b as Product)
        .wrapping_add(c as Product)
        .wrapping_add(d as Product);
    (sum as Limb, sum.wrapping_shr(Limb::BITS) as Limb)
}

/// The limbs of a big-endian number, least significant first.
pub(super) fn from_octets(octets: &[u8]) -> Vec<Limb> {
    let limb = |octets: &[u8]| {
        octets.iter().fold(0, |limb: Limb, octet| limb.wrapping_shl(8) | Limb::from(*octet))
    };
    octets.rchunks(LIMB_OCTETS).map(limb).collect()
}

fn to_octets(limbs: &[Limb], length: usize) -> Vec<u8> {
    let mut octets: Vec<u8> =
        limbs.iter().flat_map(|limb| limb.to_le_bytes()).take(length).collect();
    octets.reverse();
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rsa::BoxedUint;
    use rsa::hazmat::rsa_encrypt;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// The twin: the crate `rsa`.
    fn plain(base: &[u8], exponent: u64, modulus: &[u8]) -> Vec<u8> {
        let modulus_number = BoxedUint::from_be_slice_vartime(modulus);
        let bits = modulus_number.bits_precision();
        let key = rsa::RsaPublicKey::new_with_size_limits(
            modulus_number,
            BoxedUint::from(exponent),
            1..=16_384,
        );
        let base = BoxedUint::from_be_slice(base, bits).unwrap();
        let power = rsa_encrypt(&key.unwrap(), &base).unwrap().to_be_bytes();
        power[power.len() - modulus.len()..].to_vec()
    }

    /// Numbers of that many octets with long runs of equal octets, where carries run far.
    fn numbers(octets: usize) -> impl Strategy<Value = Vec<u8>> {
        let run = (prop_oneof![Just(0_u8), Just(0xff), Just(0x80), any::<u8>()], 1_usize..20);
        prop::collection::vec(run, 1..40).prop_map(move |runs| {
            let cycle = runs.iter().flat_map(|&(octet, times)| std::iter::repeat_n(octet, times));
            let cycle: Vec<u8> = cycle.collect();
            cycle.into_iter().cycle().take(octets).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(target_arch = "wasm32") { 64 } else { 512 },
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn powers_equal_those_of_the_twin(
            (mut modulus, mut base) in (9_usize..300).prop_flat_map(|octets| {
                (numbers(octets), numbers(octets))
            }),
            exponent in prop_oneof![Just(3), Just(17), Just(65_537), 1_u64..1 << 31],
        ) {
            let exponent = exponent.max(3) | 1;
            modulus[0] = modulus[0].max(1);
            *modulus.last_mut().unwrap() |= 1;
            base[0] = base[0].min(modulus[0] - 1);
            prop_assert_eq!(
                modexp(&base, exponent, &modulus),
                Some(plain(&base, exponent, &modulus))
            );
        }
    }

    #[test]
    fn the_edges_of_the_range_come_out() {
        let modulus = [0xff; 128];
        let number = |value: u8| [vec![0; 127], vec![value]].concat();
        for (base, power) in
            [(number(0), number(0)), (number(1), number(1)), (number(2), number(8))]
        {
            assert_eq!(modexp(&base, 3, &modulus), Some(power));
        }
        // (-1)^3 = -1
        let minus_one = [vec![0xff; 127], vec![0xfe]].concat();
        assert_eq!(modexp(&minus_one, 3, &modulus), Some(minus_one));
    }

    #[test]
    fn what_is_no_rsa_key_or_signature_is_refused() {
        let (modulus, base) = ([0xff; 16], [1; 16]);
        assert!(modexp(&base, 3, &modulus).is_some());
        assert_eq!(modexp(&base, 3, &[0xfe; 16]), None);
        assert_eq!(modexp(&base, 3, &[]), None);
        assert_eq!(modexp(&base, 3, &[&[0][..], &modulus[1..]].concat()), None);
        assert_eq!(modexp(&modulus, 3, &modulus), None);
        assert_eq!(modexp(&base[1..], 3, &modulus), None);
        for exponent in [0, 1, 2, 4] {
            assert_eq!(modexp(&base, exponent, &modulus), None);
        }
    }
}
