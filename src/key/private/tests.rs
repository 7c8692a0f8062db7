use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::crypto::test_keys::{ED25519_PUBLIC, ED25519_SEED, RSA_1024};
use crate::encoding::base64;
use crate::key::container::to_pem;

/// The example of RFC 8410 §10.3: version 2, with an attribute and the public half.
const RFC_8410: &str = "-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
";

fn rsa_der() -> Vec<u8> {
    base64::decode(RSA_1024).unwrap()
}

fn rsa_key() -> PrivateKey {
    PrivateKey::Rsa(RsaPrivateKey::from_pkcs1_der(&rsa_der()).unwrap())
}

fn ed25519_key() -> PrivateKey {
    let seed = base64::decode(ED25519_SEED).unwrap().try_into().unwrap();
    PrivateKey::Ed25519(Zeroizing::new(seed))
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    to_pem(label, der).as_bytes().to_vec()
}

fn error(octets: &[u8]) -> PrivateKeyError {
    parse(octets).unwrap_err()
}

/// The same key, and the same private half.
fn same(left: &PrivateKey, right: &PrivateKey) -> bool {
    to_pkcs8_der(left) == to_pkcs8_der(right)
}

#[test]
fn every_form_is_read() {
    let (rsa, ed25519) = (rsa_key(), ed25519_key());
    let PrivateKey::Rsa(pkcs1) = &rsa else { unreachable!() };
    let base64_of = |octets: &[u8]| base64::encode(octets).into_bytes();
    let pkcs1_pem = to_pkcs1_pem(pkcs1).as_bytes().to_vec();
    let pkcs8_pem = to_pkcs8_pem(&rsa).as_bytes().to_vec();
    for form in [
        rsa_der(),
        to_pkcs8_der(&rsa).to_vec(),
        base64_of(&rsa_der()),
        base64_of(&to_pkcs8_der(&rsa)),
        pkcs1_pem.clone(),
        pkcs8_pem.clone(),
        // Labels are mixed up more often than keys.
        pem("PRIVATE KEY", &rsa_der()),
        pem("RSA PRIVATE KEY", &to_pkcs8_der(&rsa)),
        [b"Bag Attributes\n  friendlyName: mail\n", &pkcs8_pem[..], b"The end.\n"].concat(),
        [
            pem("PUBLIC KEY", &[0x30, 0]),
            pkcs1_pem.clone(),
            to_pkcs8_pem(&ed25519).as_bytes().into(),
        ]
        .concat(),
        String::from_utf8(pkcs1_pem.clone()).unwrap().replace('\n', " \t\r\n").into_bytes(),
        String::from_utf8(pkcs1_pem).unwrap().replace('\n', " ").into_bytes(),
        [b"\xef\xbb\xbf", &pkcs8_pem[..]].concat(),
    ] {
        assert!(same(&parse(&form).unwrap(), &rsa), "{}", String::from_utf8_lossy(&form));
    }
    for form in [
        to_pkcs8_der(&ed25519).to_vec(),
        to_pkcs8_pem(&ed25519).as_bytes().to_vec(),
        base64_of(&to_pkcs8_der(&ed25519)),
        ED25519_SEED.as_bytes().to_vec(),
        format!("{}\r\n", ED25519_SEED.trim_end_matches('=')).into_bytes(),
    ] {
        assert!(same(&parse(&form).unwrap(), &ed25519), "{}", String::from_utf8_lossy(&form));
    }
    let PublicKey::Ed25519(public) = parse(RFC_8410.as_bytes()).unwrap().public_key() else {
        panic!("RFC 8410 has an Ed25519 key");
    };
    assert_eq!(base64::encode(&public), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
    assert_ne!(base64::encode(&public), ED25519_PUBLIC);
}

#[test]
fn lines_are_those_of_rfc_7468() {
    let pem = to_pkcs8_pem(&rsa_key());
    let lines: Vec<&str> = pem.lines().collect();
    assert!(lines[1..lines.len() - 2].iter().all(|line| line.len() == 64));
    assert_eq!(*to_pkcs8_pem(&ed25519_key()).lines().nth(1).unwrap(), *{
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
    });
}

#[test]
fn keys_that_are_not_ours_are_named() {
    use PrivateKeyError::{Certificate, Encrypted, OpenSsh, Pkcs12, PublicOnly};
    let other = |name: &str| PrivateKeyError::OtherAlgorithm(name.to_owned());
    let element = |tag, parts: &[&[u8]]| container::der(tag, parts).to_vec();
    let pkcs8 = |oid: &[u8]| {
        let algorithm = element(0x30, &[&element(6, &[oid])]);
        element(0x30, &[&[2, 1, 0], &algorithm, &[4, 2, 4, 0]])
    };
    let sequence = element(0x30, &[&[2, 1, 1]]);
    for (der, expected) in [
        (element(0x30, &[&sequence, &[4, 1, 0]]), Encrypted),
        (element(0x30, &[&sequence, &[3, 1, 0]]), PublicOnly),
        (element(0x30, &[&[2, 1, 1, 2, 1, 1]]), PublicOnly),
        (element(0x30, &[&sequence, &sequence, &[3, 1, 0]]), Certificate),
        (element(0x30, &[&[2, 1, 3], &sequence, &sequence]), Pkcs12),
        (element(0x30, &[&[2, 1, 1, 4, 1, 1]]), other("EC")),
        (element(0x30, &[&[2, 1, 1].repeat(6)]), other("DSA")),
        (element(0x30, &[&[2, 1, 1].repeat(3)]), PrivateKeyError::Malformed),
        (pkcs8(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), other("EC")),
        (pkcs8(&[0x2b, 0x65, 0x6e]), other("X25519")),
        (pkcs8(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]), other("RSA-PSS")),
        (pkcs8(&[0x2a, 3]), other("1.2.3")),
        (pkcs8(&[0x2b, 0x65, 0x70]), PrivateKeyError::Malformed),
    ] {
        assert_eq!(error(&der), expected);
        assert_eq!(error(&pem("PRIVATE KEY", &der)), expected);
        assert_eq!(error(base64::encode(&der).as_bytes()), expected);
    }
    for (label, expected) in [
        ("ENCRYPTED PRIVATE KEY", Encrypted),
        ("OPENSSH PRIVATE KEY", OpenSsh),
        ("EC PRIVATE KEY", other("EC")),
        ("DSA PRIVATE KEY", other("DSA")),
        ("PUBLIC KEY", PublicOnly),
        ("RSA PUBLIC KEY", PublicOnly),
        ("CERTIFICATE", Certificate),
        ("CERTIFICATE REQUEST", Certificate),
        ("PGP MESSAGE", PrivateKeyError::Container(ContainerError::NotAKey)),
    ] {
        assert_eq!(error(&pem(label, b"any")), expected, "{label}");
    }
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
                  DEK-Info: AES-128-CBC,00\n\nSGk=\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(error(legacy.as_bytes()), Encrypted);
}

#[test]
fn what_is_broken_says_where() {
    use ContainerError::{CutShort, Empty, NotAKey, TrailingOctets};
    let der = rsa_der();
    for (file, expected) in [
        (Vec::new(), Empty),
        (b"\n".to_vec(), Empty),
        (b"Hello, world".to_vec(), NotAKey),
        (b"SGVsbG8=".to_vec(), NotAKey),
        (der[..300].to_vec(), CutShort { octets: 300, expected: der.len() }),
        ([&der[..], b"\n"].concat(), TrailingOctets(1)),
        (pem("RSA PRIVATE KEY", &der[..99]), CutShort { octets: 99, expected: der.len() }),
    ] {
        assert_eq!(error(&file), PrivateKeyError::Container(expected));
    }
    // 32 octets of a longer key are no seed.
    for der in [&der, to_pkcs8_der(&ed25519_key()).as_slice()] {
        let cut = base64::encode(&der[..32]);
        let expected = CutShort { octets: 32, expected: der.len() };
        assert_eq!(error(cut.as_bytes()), PrivateKeyError::Container(expected));
    }
    let other_half = RFC_8410.replace("ZuE=", "ZuI=");
    assert_eq!(error(other_half.as_bytes()), PrivateKeyError::Ed25519Halves);
    let mut even = der;
    even[138] ^= 1;
    assert_eq!(error(&even), PrivateKeyError::Rsa(RsaKeyError::EvenModulus));
}

#[test]
fn messages_tell_what_to_do_and_no_secret() {
    let words = |error: PrivateKeyError, words: &[&str]| {
        let text = error.to_string();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} in {text}"));
    };
    words(PrivateKeyError::Encrypted, &["encrypted", "openssl pkey"]);
    words(PrivateKeyError::PublicOnly, &["public key", "private key"]);
    words(PrivateKeyError::OtherAlgorithm("EC".to_owned()), &["EC", "genkey"]);
    words(error(b"-----BEGIN PRIVATE KEY-----\nSG"), &["cut short", "line 1", "PRIVATE KEY"]);
    words(error(b"-----BEGIN X\x1b[1mPRIVATE KEY-----\nSG"), &["X[1mPRIVATE"]);
    let broken = String::from_utf8(pem("PRIVATE KEY", &rsa_der())).unwrap().replace("MII", "M?I");
    words(error(broken.as_bytes()), &["line 2", "'?'"]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(target_arch = "wasm32") { 64 } else { 512 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_octets_are_an_error(
        head in prop_oneof![
            Just(vec![]),
            Just(b"-----BEGIN PRIVATE KEY-----\n".to_vec()),
            Just(vec![0x30, 0x81]),
            Just(rsa_der()[..20].to_vec()),
        ],
        octets in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        // 32 octets in base64 cannot come up: there would be 43 characters of 64 out of 256.
        prop_assert!(parse(&[head, octets].concat()).is_err());
    }

    #[test]
    fn wrappings_are_those_of_the_twin(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        use rsa::pkcs8::PrivateKeyInfoRef;

        let file = RFC_8410.lines().filter(|line| !line.starts_with('-')).collect::<String>();
        let mut der = base64::decode(&file).unwrap();
        for (place, octet) in edits {
            let place = place.index(der.len());
            der[place] = octet;
        }
        let ours = PrivateKeyInfo::from_der(&der);
        if let Ok(twin) = PrivateKeyInfoRef::try_from(der.as_slice()) {
            let public = twin.public_key.map(|key| key.as_bytes());
            // What is no whole octets is no key.
            if public != Some(None) {
                let ours = ours.unwrap();
                prop_assert_eq!(ours.algorithm, twin.algorithm.oid.as_bytes());
                prop_assert_eq!(ours.key, twin.private_key.as_bytes());
                prop_assert_eq!(ours.public_key, public.flatten());
            }
        }
    }

    #[test]
    fn a_damaged_key_is_no_other_key(
        form in 0_usize..4,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
    ) {
        let key = rsa_key();
        let PrivateKey::Rsa(pkcs1) = &key else { unreachable!() };
        let mut file = match form {
            0 => rsa_der(),
            1 => to_pkcs8_der(&key).to_vec(),
            2 => to_pkcs1_pem(pkcs1).as_bytes().to_vec(),
            _ => to_pkcs8_pem(&key).as_bytes().to_vec(),
        };
        for (place, octet) in edits {
            let place = place.index(file.len());
            file[place] = octet;
        }
        if let Ok(found) = parse(&file) {
            prop_assert!(same(&found, &key));
        }
    }

    #[test]
    fn a_key_cut_short_is_none(form in 0_usize..8, cut in any::<prop::sample::Index>()) {
        let (rsa, ed25519) = (rsa_key(), ed25519_key());
        let (key, file) = match form {
            0 => (&rsa, rsa_der()),
            1 => (&rsa, to_pkcs8_der(&rsa).to_vec()),
            2 => (&rsa, pem("RSA PRIVATE KEY", &rsa_der())),
            3 => (&rsa, to_pkcs8_pem(&rsa).as_bytes().to_vec()),
            4 => (&rsa, RSA_1024.as_bytes().to_vec()),
            5 => (&ed25519, to_pkcs8_der(&ed25519).to_vec()),
            6 => (&ed25519, to_pkcs8_pem(&ed25519).as_bytes().to_vec()),
            _ => (&ed25519, ED25519_SEED.as_bytes().to_vec()),
        };
        if let Ok(found) = parse(&file[..cut.index(file.len())]) {
            // Only the end of the line or the padding is lost.
            prop_assert!(same(&found, key));
        }
    }
}
