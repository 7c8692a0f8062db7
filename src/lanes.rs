//! Looks for neighbouring octets, many pairs in one step: for the loops that every octet of a message
//! goes through.
//!
//! What is looked for is written once, for a lane that holds one octet or sixteen. Natively the
//! compiler makes wide instructions of the former. In WebAssembly it is told to make small code, and
//! then does not find them by itself.

use std::ops::{BitAnd, BitOr, BitXor};

/// An octet in each lane, or what a question about each was answered: all bits set for yes.
pub(crate) trait Lanes:
    Copy + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self>
{
    /// Which lanes hold that octet.
    fn equal(self, octet: u8) -> Self;
}

/// A question about an octet and the one behind it.
pub(crate) trait Pair {
    fn is_sought<L: Lanes>(this: L, follower: L) -> L;
}

/// Where the first pair stands that is sought.
pub(crate) fn find<P: Pair>(octets: &[u8]) -> Option<usize> {
    let mut rest = octets;
    while let Some(block) = rest.first_chunk()
        && !block_has::<P>(block)
    {
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
    while let [this, tail @ ..] = rest {
        if P::is_sought(*this, *tail.first()?) != 0 {
            return octets.len().checked_sub(rest.len());
        }
        rest = tail;
    }
    None
}

impl Lanes for u8 {
    #[inline(always)]
    fn equal(self, octet: u8) -> Self {
        if self == octet { u8::MAX } else { 0 }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use octets::{BLOCK, block_has};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use vectors::{BLOCK, block_has};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod octets {
    use super::Pair;

    pub(super) const BLOCK: usize = 64;

    #[inline(always)]
    pub(super) fn block_has<P: Pair>(block: &[u8; BLOCK + 1]) -> bool {
        let ([these @ .., _], [_, followers @ ..]) = (block, block);
        let mut found = 0;
        // No branch in the loop: it would keep the compiler from going wide.
        for (this, follower) in these.iter().zip(followers) {
            found |= P::is_sought(*this, *follower);
        }
        found != 0
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors {
    use std::arch::wasm32::{
        u8x16_eq, u8x16_splat, u64x2, v128, v128_and, v128_any_true, v128_or, v128_xor,
    };
    use std::ops::{BitAnd, BitOr, BitXor};

    use super::{Lanes, Pair};

    pub(super) const BLOCK: usize = 16;

    #[derive(Clone, Copy)]
    struct Sixteen(v128);

    impl Sixteen {
        #[inline(always)]
        fn new(octets: &[u8; BLOCK]) -> Self {
            let half = |half: Option<&[u8; 8]>| half.copied().map_or(0, u64::from_le_bytes);
            Self(u64x2(half(octets.first_chunk()), half(octets.last_chunk())))
        }
    }

    impl Lanes for Sixteen {
        #[inline(always)]
        fn equal(self, octet: u8) -> Self {
            Self(u8x16_eq(self.0, u8x16_splat(octet)))
        }
    }

    impl BitAnd for Sixteen {
        type Output = Self;
        #[inline(always)]
        fn bitand(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }
    }

    impl BitOr for Sixteen {
        type Output = Self;
        #[inline(always)]
        fn bitor(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }
    }

    impl BitXor for Sixteen {
        type Output = Self;
        #[inline(always)]
        fn bitxor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }
    }

    #[inline(always)]
    pub(super) fn block_has<P: Pair>(block: &[u8; BLOCK + 1]) -> bool {
        let ([these @ .., _], [_, followers @ ..]) = (block, block);
        v128_any_true(P::is_sought(Sixteen::new(these), Sixteen::new(followers)).0)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    struct Sought;

    impl Pair for Sought {
        fn is_sought<L: Lanes>(this: L, follower: L) -> L {
            (this.equal(b'a') & follower.equal(b'b')) | (this.equal(b'c') ^ follower.equal(b'd'))
        }
    }

    #[test]
    fn the_first_pair_is_found_wherever_it_stands() {
        for length in 0..150 {
            assert_eq!(find::<Sought>(&vec![b'.'; length]), None);
            for at in 0..length.saturating_sub(1) {
                for pair in [b"ab", b"c.", b".d"] {
                    let mut octets = vec![b'.'; length];
                    octets[at..at + 2].copy_from_slice(pair);
                    assert_eq!(find::<Sought>(&octets), Some(at), "{pair:?} of {length}");
                    // A second one further on changes nothing.
                    octets.extend(b"ab");
                    assert_eq!(find::<Sought>(&octets), Some(at), "{pair:?} of {length}");
                }
            }
        }
    }

    #[test]
    fn pairs_that_answer_both_questions_are_none() {
        let octets = b"cd".repeat(40);
        // c d answers both of the last questions, and d c none.
        assert_eq!(find::<Sought>(&octets), None);
    }
}
