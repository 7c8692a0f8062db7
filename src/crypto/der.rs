//! DER (X.690 §10), as far as keys are written in it: tags of one octet, lengths that are told and no
//! longer than they need be. The twins the tests compare this to are the crates `pkcs1` and `pkcs8`.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Elements, read one after the other. Every reader gives `None` where there is none of its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Der<'a> {
    rest: &'a [u8],
}

/// Why octets are not one element and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOne {
    /// There is no such element.
    Malformed,
    /// More octets follow it.
    Trailing,
}

impl<'a> Der<'a> {
    /// The content of the one SEQUENCE that the octets are.
    pub(crate) fn sequence_of(octets: &'a [u8]) -> Result<Self, NotOne> {
        let mut whole = Self { rest: octets };
        let content = whole.sequence().ok_or(NotOne::Malformed)?;
        if whole.is_at_end() { Ok(content) } else { Err(NotOne::Trailing) }
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, tag and content.
    pub(crate) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.rest.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(first) {
            short @ 0..=0x7f => (short, rest),
            // No key needs more than three octets for its length.
            long @ 0x81..=0x83 => {
                let (octets, rest) = rest.split_at_checked(long & 0x7f)?;
                let length = octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
                // The shortest form is the only one (X.690 §10.1).
                if octets.first() == Some(&0) || length < 0x80 {
                    return None;
                }
                (length, rest)
            }
            _ => return None,
        };
        // A tag whose number stands in octets of its own (X.690 §8.1.2.4) is none of a key's.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((tag, content))
    }

    /// The content of the next element, which has that tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.rest.first() == Some(&tag) { self.any().map(|(_, content)| content) } else { None }
    }

    /// The SEQUENCE that is next.
    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.element(SEQUENCE).map(|rest| Self { rest })
    }

    /// The INTEGER that is next, not negative: big-endian, without leading zero octets but for 0.
    pub(crate) fn number(&mut self) -> Option<&'a [u8]> {
        match self.element(INTEGER)? {
            // The first bit is the sign (X.690 §8.3), and no more octets stand there than it takes.
            [0, number @ ..] if number.first().is_some_and(|octet| *octet >= 0x80) => Some(number),
            number @ ([0] | [1..=0x7f, ..]) => Some(number),
            _ => None,
        }
    }

    /// The object identifier of the AlgorithmIdentifier that is next (RFC 5280 §4.1.1.2), whatever its
    /// parameters.
    pub(crate) fn algorithm(&mut self) -> Option<&'a [u8]> {
        let mut algorithm = self.sequence()?;
        let oid = algorithm.element(OBJECT_IDENTIFIER)?;
        if !algorithm.is_at_end() {
            algorithm.any()?;
        }
        let is_whole = oid.last().is_some_and(|last| *last < 0x80) && algorithm.is_at_end();
        is_whole.then_some(oid)
    }
}

/// The octets in the content of a BIT STRING that has no bits left over (X.690 §8.6).
pub(crate) const fn bits_as_octets(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0, octets @ ..] => Some(octets),
        _ => None,
    }
}

/// RSAPublicKey (RFC 8017 §A.1.1): modulus and public exponent.
pub(crate) fn rsa_public_key(octets: &[u8]) -> Result<(&[u8], &[u8]), NotOne> {
    let mut key = Der::sequence_of(octets)?;
    match (key.number(), key.number()) {
        (Some(modulus), Some(exponent)) if key.is_at_end() => Ok((modulus, exponent)),
        _ => Err(NotOne::Malformed),
    }
}

/// The numbers of an RSAPrivateKey (RFC 8017 §A.1.2), in their order.
#[derive(Clone, Copy)]
// With the crate rsa, which computes them anew, some of them are not asked for.
#[cfg_attr(feature = "rsa", allow(dead_code))]
pub(crate) struct RsaNumbers<'a> {
    pub(crate) modulus: &'a [u8],
    pub(crate) public_exponent: &'a [u8],
    pub(crate) private_exponent: &'a [u8],
    pub(crate) primes: [&'a [u8]; 2],
    /// The private exponent modulo each prime less one.
    pub(crate) exponents: [&'a [u8]; 2],
    /// What undoes the second prime modulo the first.
    pub(crate) coefficient: &'a [u8],
    /// Whether there are more primes.
    pub(crate) is_multi_prime: bool,
}

impl<'a> RsaNumbers<'a> {
    pub(crate) fn from_der(octets: &'a [u8]) -> Result<Self, NotOne> {
        Self::read(Der::sequence_of(octets)?).ok_or(NotOne::Malformed)
    }

    fn read(mut key: Der<'a>) -> Option<Self> {
        let version = key.number()?;
        let mut number = || key.number();
        let numbers = Self {
            modulus: number()?,
            public_exponent: number()?,
            private_exponent: number()?,
            primes: [number()?, number()?],
            exponents: [number()?, number()?],
            coefficient: number()?,
            is_multi_prime: version == [1],
        };
        // The version tells whether they follow.
        let others = key.sequence();
        let fits = match version {
            [0] => others.is_none(),
            [1] => others.is_some_and(|others| !others.is_at_end()),
            _ => false,
        };
        (fits && key.is_at_end()).then_some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rsa::pkcs1::der::Decode as _;
    use rsa::pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::test_keys::RSA_1024;
    use crate::encoding::base64;

    #[test]
    fn lengths_have_one_form() {
        let any = |octets: &[u8]| Der { rest: octets }.any().map(|(_, content)| content.len());
        assert_eq!(any(&[4, 0]), Some(0));
        assert_eq!(any(&[&[4, 0x81, 0x80][..], &[0; 128]].concat()), Some(128));
        assert_eq!(any(&[&[4, 0x82, 1, 0][..], &[0; 256]].concat()), Some(256));
        // Cut short; not told; longer than need be; far too long; a tag of several octets.
        for head in [
            &[4][..],
            &[4, 1],
            &[4, 0x82, 1],
            &[4, 0x80, 0, 0],
            &[4, 0x81, 0x7f],
            &[4, 0x82, 0, 0x80],
            &[4, 0x84, 0, 0, 0, 0x80],
            &[4, 0xff, 0],
            &[0x1f, 1, 0],
        ] {
            let is_cut = head.len() < 3 || *head == [4, 0x82, 1];
            let octets = [head, &[0; 200][if is_cut { 200 } else { 0 }..]].concat();
            assert_eq!(any(&octets), None, "{head:?}");
        }
    }

    #[test]
    fn numbers_have_one_form_and_no_sign() {
        let number = |content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            let octets = [&[INTEGER, length], content].concat();
            Der { rest: &octets }.number().map(<[u8]>::to_vec)
        };
        assert_eq!(number(&[0]), Some(vec![0]));
        assert_eq!(number(&[1, 0]), Some(vec![1, 0]));
        assert_eq!(number(&[0, 0x80]), Some(vec![0x80]));
        for content in [&[][..], &[0x80], &[0xff, 1], &[0, 1], &[0, 0], &[0, 0, 0x80]] {
            assert_eq!(number(content), None, "{content:?}");
        }
    }

    /// What the twin finds.
    fn twin(octets: &[u8]) -> Option<Vec<Vec<u8>>> {
        let key = RsaPrivateKeyRef::from_der(octets).ok()?;
        let numbers = [
            key.modulus,
            key.public_exponent,
            key.private_exponent,
            key.prime1,
            key.prime2,
            key.exponent1,
            key.exponent2,
            key.coefficient,
        ];
        Some(numbers.map(|number| number.as_bytes().to_vec()).to_vec())
    }

    fn ours(octets: &[u8]) -> Option<Vec<Vec<u8>>> {
        let key = RsaNumbers::from_der(octets).ok().filter(|key| !key.is_multi_prime)?;
        let first = [key.modulus, key.public_exponent, key.private_exponent];
        let numbers = [&first[..], &key.primes, &key.exponents, &[key.coefficient]].concat();
        Some(numbers.into_iter().map(<[u8]>::to_vec).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(target_arch = "wasm32") { 256 } else { 2048 },
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn private_keys_are_those_of_the_twin(
            edits in prop::collection::vec((0_usize..609, any::<u8>()), 0..3),
            cut in prop_oneof![Just(0_usize), 0..609_usize],
            more in prop::collection::vec(any::<u8>(), 0..2),
        ) {
            let mut der = base64::decode(RSA_1024).unwrap();
            for (place, octet) in edits {
                der[place] = octet;
            }
            der.truncate(der.len() - cut);
            der.extend(more);
            prop_assert_eq!(ours(&der), twin(&der));
        }

        #[test]
        fn public_keys_are_those_of_the_twin(
            content in prop::collection::vec(prop_oneof![
                Just(2_u8), Just(1), Just(3), Just(0), Just(0x80), Just(0x81), any::<u8>(),
            ], 0..12),
            length in prop_oneof![4 => Just(None), 1 => any::<u8>().prop_map(Some)],
        ) {
            let length = length.unwrap_or(u8::try_from(content.len()).unwrap());
            let octets = [&[SEQUENCE, length], &content[..]].concat();
            let twin = RsaPublicKeyRef::from_der(&octets).ok();
            let twin =
                twin.as_ref().map(|key| (key.modulus.as_bytes(), key.public_exponent.as_bytes()));
            prop_assert_eq!(rsa_public_key(&octets).ok(), twin);
        }
    }
}
