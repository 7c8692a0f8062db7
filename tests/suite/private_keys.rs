//! Keys between us and OpenSSL: each reads what the other writes, and what is no key for DKIM is told
//! from what OpenSSL makes of it.

use std::fs;
use std::process::Command;

use waxseal::crypto::{AWS_LC, HashAlgorithm, KeyType, PURE_RUST, PrivateKey, RsaKeyError};
use waxseal::key::private::{self, PrivateKeyError};
use waxseal::key::public::{self, PublicKeyFileError};

use crate::command_runner::Scratch;

/// Runs OpenSSL to a good end, and tells what it printed on both streams.
pub(crate) fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "openssl {arguments:?}: {text}");
    text
}

/// A directory with keys that OpenSSL made.
struct Made(Scratch);

impl Made {
    fn new() -> Self {
        Self(Scratch::new())
    }

    fn path(&self, name: &str) -> String {
        self.0.path(name).to_str().expect("the path is UTF-8").to_owned()
    }

    /// Runs OpenSSL with `-out` of that name, and reads the file.
    fn make(&self, name: &str, arguments: &[&str]) -> Vec<u8> {
        let (command, rest) = arguments.split_at(1);
        openssl(&[command, &["-out", &self.path(name)], rest].concat());
        fs::read(self.path(name)).expect("openssl wrote it")
    }

    fn rsa(&self) -> Vec<u8> {
        self.make("rsa", &["genrsa", "-traditional", "2048"])
    }

    fn ed25519(&self) -> Vec<u8> {
        self.make("ed25519", &["genpkey", "-algorithm", "ed25519"])
    }
}

fn error(octets: &[u8]) -> PrivateKeyError {
    private::parse(octets).expect_err("this is no key for DKIM")
}

#[test]
fn what_openssl_writes_is_read() {
    let made = Made::new();
    let rsa = private::parse(&made.rsa()).expect("PKCS#1 in PEM");
    assert_eq!((rsa.key_type(), rsa.bits()), (KeyType::Rsa, 2048));
    let ed25519 = private::parse(&made.ed25519()).expect("PKCS#8 in PEM");
    assert_eq!(ed25519.key_type(), KeyType::Ed25519);
    for (key, name) in [(&rsa, "rsa"), (&ed25519, "ed25519")] {
        let file = made.path(name);
        let from = ["-in", &file];
        for (form, arguments) in [
            ("pkcs8.pem", &["pkey"][..]),
            ("pkcs8.der", &["pkey", "-outform", "DER"]),
            ("traditional.der", &["pkey", "-traditional", "-outform", "DER"]),
            ("text.pem", &["pkey", "-text"]),
        ] {
            let octets = made.make(form, &[arguments, &from].concat());
            let found = private::parse(&octets).unwrap_or_else(|error| panic!("{form}: {error}"));
            assert_eq!(private::to_pkcs8_der(&found), private::to_pkcs8_der(key), "{form}");
        }
        for (form, arguments) in [
            ("public.pem", &["pkey", "-pubout"][..]),
            ("public.der", &["pkey", "-pubout", "-outform", "DER"]),
        ] {
            let octets = made.make(form, &[arguments, &from].concat());
            assert_eq!(public::parse_file(&octets), Ok(key.public_key()), "{form}");
            assert_eq!(error(&octets), PrivateKeyError::PublicOnly, "{form}");
        }
        assert_eq!(
            public::to_spki_der(&key.public_key()),
            fs::read(made.path("public.der")).unwrap()
        );
    }
    let octets = made.make("public.pem", &["rsa", "-in", &made.path("rsa"), "-RSAPublicKey_out"]);
    assert_eq!(public::parse_file(&octets), Ok(rsa.public_key()));
    assert_eq!(error(&octets), PrivateKeyError::PublicOnly);
}

#[test]
fn what_we_write_openssl_reads() {
    let made = Made::new();
    for octets in [made.rsa(), made.ed25519()] {
        let key = private::parse(&octets).expect("a key");
        let mut forms = vec![private::to_pkcs8_pem(&key).to_string()];
        if let PrivateKey::Rsa(rsa) = &key {
            forms.push(private::to_pkcs1_pem(rsa).to_string());
            assert_eq!(forms[1].as_bytes(), octets, "the very file of openssl genrsa");
        } else {
            assert_eq!(forms[0].as_bytes(), octets, "the very file of openssl genpkey");
        }
        for form in forms {
            let file = made.0.write("ours", &form);
            assert!(openssl(&["pkey", "-check", "-noout", "-in", &file]).contains("Key is valid"));
            let public = openssl(&["pkey", "-pubout", "-in", &file]);
            assert_eq!(public, public::to_pem(&key.public_key()));
        }
    }
}

#[test]
fn signatures_verify_in_openssl() {
    let made = Made::new();
    let digest = [7; 32];
    let input = made.0.write("digest", digest);
    for (octets, options) in [
        (made.rsa(), &["-pkeyopt", "digest:sha256"][..]),
        (made.make("1024", &["genrsa", "1024"]), &["-pkeyopt", "digest:sha256"]),
        (made.ed25519(), &["-rawin"]),
    ] {
        let key = private::parse(&octets).expect("a key");
        let public = made.0.write("public", public::to_pem(&key.public_key()));
        for provider in [AWS_LC, PURE_RUST] {
            let signing = provider.signing_key(&key).expect("it can sign");
            let signature = signing.sign(HashAlgorithm::Sha256, &digest).expect("signed");
            let signature = made.0.write("signature", signature);
            let verify = ["pkeyutl", "-verify", "-pubin", "-inkey", &public, "-in", &input];
            let verified = openssl(&[&verify[..], &["-sigfile", &signature], options].concat());
            assert!(verified.contains("Verified Successfully"), "{verified}");
        }
    }
}

#[test]
fn what_is_no_key_for_dkim_is_named() {
    let made = Made::new();
    made.rsa();
    let rsa = made.path("rsa");
    let passphrase = ["-passout", "pass:secret", "-in", &rsa];
    for (name, arguments) in [
        ("pkcs8", &["pkcs8", "-topk8"][..]),
        ("pkcs8.der", &["pkcs8", "-topk8", "-outform", "DER"]),
        ("legacy", &["rsa", "-traditional", "-aes128"]),
    ] {
        let octets = made.make(name, &[arguments, &passphrase].concat());
        assert_eq!(error(&octets), PrivateKeyError::Encrypted, "{name}");
    }
    // What the message says to do is what helps.
    let (from, to) = (made.path("pkcs8"), made.path("plain"));
    openssl(&["pkey", "-in", &from, "-out", &to, "-passin", "pass:secret"]);
    assert!(private::parse(&fs::read(to).unwrap()).is_ok());

    let curve = ["-pkeyopt", "ec_paramgen_curve:P-256"];
    for (name, arguments, algorithm) in [
        ("ec", &["ecparam", "-name", "prime256v1", "-genkey"][..], "EC"),
        ("ec8", &[&["genpkey", "-algorithm", "EC"][..], &curve].concat(), "EC"),
        ("x25519", &["genpkey", "-algorithm", "x25519"], "X25519"),
        ("ed448", &["genpkey", "-algorithm", "ed448"], "Ed448"),
        ("pss", &["genpkey", "-algorithm", "RSA-PSS"], "RSA-PSS"),
    ] {
        let octets = made.make(name, arguments);
        let expected = PrivateKeyError::OtherAlgorithm(algorithm.to_owned());
        assert_eq!(error(&octets), expected, "{name}");
        let octets = made.make("public", &["pkey", "-pubout", "-in", &made.path(name)]);
        let expected = PublicKeyFileError::OtherAlgorithm(algorithm.to_owned());
        assert_eq!(public::parse_file(&octets), Err(expected), "{name}");
    }
    made.make("parameters", &["dsaparam", "1024"]);
    let octets = made.make("dsa", &["gendsa", &made.path("parameters")]);
    assert_eq!(error(&octets), PrivateKeyError::OtherAlgorithm("DSA".to_owned()));

    let request = ["req", "-new", "-subj", "/CN=example.com", "-key", &rsa];
    for (name, arguments) in [
        ("request", &[][..]),
        ("certificate", &["-x509"]),
        ("certificate.der", &["-x509", "-outform", "DER"]),
    ] {
        let octets = made.make(name, &[&request[..], arguments].concat());
        assert_eq!(error(&octets), PrivateKeyError::Certificate, "{name}");
        assert_eq!(public::parse_file(&octets), Err(PublicKeyFileError::Certificate), "{name}");
    }
    let certificate = made.path("certificate");
    let export = ["pkcs12", "-export", "-inkey", &rsa, "-in", &certificate];
    let octets = made.make("pkcs12", &[&export[..], &["-passout", "pass:secret"]].concat());
    assert_eq!(error(&octets), PrivateKeyError::Pkcs12);

    let octets = made.make("short", &["genrsa", "768"]);
    assert_eq!(error(&octets), PrivateKeyError::Rsa(RsaKeyError::Bits(768)));
    let octets = made.make("many", &["genrsa", "-primes", "3", "2048"]);
    assert_eq!(error(&octets), PrivateKeyError::Rsa(RsaKeyError::SeveralPrimes));
    let file = fs::read(&rsa).unwrap();
    assert_eq!(public::parse_file(&file), Err(PublicKeyFileError::Private));
}
