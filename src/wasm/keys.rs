//! Keys for JavaScript: handles of private and public ones, new ones, and the records that publish
//! them. What a handle holds of a private key is overwritten when it is freed.

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::error::error;
use super::settings::Settings;
use crate::crypto::{
    self, Algorithm, GenerateError, HashAlgorithm, KeyType, PURE_RUST, SigningKey, UnusableKey,
};
use crate::key::private::{self, PrivateKeyError};
use crate::key::publish::{self, RecordTags};
use crate::key::{generate, public};
use crate::sign::Unsigned;
use crate::{DomainName, Selector};

/// A private key.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PrivateKey {
    key: crypto::PrivateKey,
}

#[wasm_bindgen]
impl PrivateKey {
    /// Reads the octets of a file: PEM or DER.
    ///
    /// # Errors
    ///
    /// An error with the code `badKey` that says what the octets are instead.
    pub fn parse(file: &Uint8Array) -> Result<PrivateKey, JsValue> {
        let octets = Zeroizing::new(file_octets(file)?);
        match private::parse(&octets) {
            Ok(key) => Ok(Self { key }),
            Err(why) => Err(bad_key(&why)),
        }
    }

    /// Makes a key; `type` is rsa or ed25519, `bits` counts for rsa only, and `fill` fills an array
    /// with random octets.
    ///
    /// # Errors
    ///
    /// What `fill` throws; an error with the code `badArgument` or `badKey`; with `unsupportedRuntime` for
    /// an RSA key where WebCrypto has to make it.
    pub fn generate(kind: &str, bits: u32, fill: &Function) -> Result<PrivateKey, JsValue> {
        let mut random = Random { fill, thrown: None, calls: 0 };
        let key = match KeyType::parse(kind) {
            Some(KeyType::Ed25519) => generate::ed25519(&mut |octets| random.fill(octets)),
            Some(KeyType::Rsa) => {
                let bits = usize::try_from(bits).unwrap_or(usize::MAX);
                generate::rsa(PURE_RUST, bits, &mut |octets| random.fill(octets)).map_err(
                    |why| match why {
                        GenerateError::WithoutRsa => without_rsa("make an RSA key"),
                        why => bad_key(&why),
                    },
                )?
            }
            None => return Err(error("badArgument", "type must be rsa or ed25519")),
        };
        random.thrown.map_or(Ok(Self { key }), Err)
    }

    /// The algorithm that it signs with.
    #[wasm_bindgen(getter)]
    pub fn algorithm(&self) -> String {
        let algorithm = match self.key.key_type() {
            KeyType::Rsa => Algorithm::RsaSha256,
            KeyType::Ed25519 => Algorithm::Ed25519Sha256,
        };
        algorithm.name().to_owned()
    }

    /// The length of the modulus in bits, or 256 for Ed25519.
    #[wasm_bindgen(getter)]
    pub fn bits(&self) -> u32 {
        u32::try_from(self.key.bits()).unwrap_or(u32::MAX)
    }

    /// The public half.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self) -> PublicKey {
        PublicKey { key: self.key.public_key() }
    }

    /// PKCS#8 in DER, to be overwritten by whoever asks for it.
    #[wasm_bindgen(getter)]
    pub fn pkcs8(&self) -> Uint8Array {
        Uint8Array::from(private::to_pkcs8_der(&self.key).as_slice())
    }

    /// PKCS#8 in PEM.
    #[wasm_bindgen(getter)]
    pub fn pem(&self) -> JsValue {
        // Not as a String, whose copy in the module's memory nobody would overwrite.
        JsValue::from_str(&private::to_pkcs8_pem(&self.key))
    }
}

impl PrivateKey {
    pub(super) fn signing_key(&self) -> Result<Box<dyn SigningKey>, UnusableKey> {
        PURE_RUST.signing_key(&self.key)
    }

    /// Whether that is a signature by this key.
    pub(super) fn has_signed(&self, unsigned: &Unsigned, signature: &[u8]) -> bool {
        let hash = unsigned.algorithm().hash();
        PURE_RUST.verify(&self.key.public_key(), hash, unsigned.digest(), signature)
    }
}

/// A public key.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PublicKey {
    key: crypto::PublicKey,
}

#[wasm_bindgen]
impl PublicKey {
    /// Reads the octets of a file, PEM or DER, that holds a public key, or a private key to take the
    /// public half of.
    ///
    /// # Errors
    ///
    /// An error with the code `badKey` that says what the octets are instead.
    pub fn parse(file: &Uint8Array) -> Result<PublicKey, JsValue> {
        let octets = Zeroizing::new(file_octets(file)?);
        match private::parse(&octets) {
            Ok(key) => Ok(Self { key: key.public_key() }),
            Err(PrivateKeyError::PublicOnly) => match public::parse_file(&octets) {
                Ok(key) => Ok(Self { key }),
                Err(why) => Err(bad_key(&why)),
            },
            Err(why) => Err(bad_key(&why)),
        }
    }

    /// SubjectPublicKeyInfo in PEM.
    #[wasm_bindgen(getter)]
    pub fn pem(&self) -> String {
        public::to_pem(&self.key)
    }

    /// The record that publishes it: `{ name?, value, strings, zone }`.
    ///
    /// # Errors
    ///
    /// An error with the code `badArgument` that names the tag.
    pub fn record(&self, settings: &JsValue, path: &str) -> Result<Object, JsValue> {
        let settings = Settings::new(settings, path)?;
        let mut tags = RecordTags { key_type: true, ..RecordTags::default() };
        tags.hashes = settings.texts("hashes")?.unwrap_or_default();
        tags.services = settings.texts("services")?.unwrap_or_default();
        tags.flags = settings.texts("flags")?.unwrap_or_default();
        tags.note = settings.text("note")?;
        tags.granularity = settings.text("granularity")?;
        let value = publish::record(&self.key, &tags).map_err(|why| {
            let entry = match why.tag {
                "h" => "hashes",
                "s" => "services",
                "t" => "flags",
                _ => "granularity",
            };
            settings.unusable(entry, &why.to_string())
        })?;
        let ttl = settings.number("ttl")?.unwrap_or(3600);
        let ttl = u32::try_from(ttl).unwrap_or(u32::MAX);
        let (name, owner) = owner(&settings)?;

        let object = Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&object, &name.into(), &value);
        if let Some(name) = &name {
            set("name", name.as_str().into())?;
        }
        let strings: Array = publish::strings(&value).into_iter().map(JsValue::from_str).collect();
        set("strings", strings.into())?;
        set("zone", zone_entry(&owner, ttl, &value).into())?;
        set("value", value.into())?;
        Ok(object)
    }
}

impl PublicKey {
    pub(super) fn into_key(self) -> crypto::PublicKey {
        self.key
    }
}

/// Random octets of a function that may throw.
struct Random<'a> {
    fill: &'a Function,
    /// What it threw: the key is worth nothing.
    thrown: Option<JsValue>,
    calls: u64,
}

impl Random<'_> {
    fn fill(&mut self, octets: &mut [u8]) {
        // crypto.getRandomValues gives no more at a time.
        for part in octets.chunks_mut(65_536) {
            let array = Uint8Array::new_with_length(u32::try_from(part.len()).unwrap_or(u32::MAX));
            match self.fill.call1(&JsValue::UNDEFINED, &array) {
                Ok(_) => array.copy_to(part),
                Err(thrown) => {
                    self.thrown.get_or_insert(thrown);
                    self.fill_anyhow(part);
                }
            }
            array.fill(0, 0, array.length());
        }
    }

    /// With octets that differ, or the search for primes would never end.
    fn fill_anyhow(&mut self, octets: &mut [u8]) {
        for part in octets.chunks_mut(32) {
            self.calls = self.calls.saturating_add(1);
            let mut hasher = PURE_RUST.hasher(HashAlgorithm::Sha256);
            hasher.update(&self.calls.to_be_bytes());
            for (octet, from) in part.iter_mut().zip(hasher.finish()) {
                *octet = from;
            }
        }
    }
}

/// What owns the record, and how a zone writes that: whole with a domain; relative to the origin
/// with only a selector; not at all without both.
fn owner(settings: &Settings<'_>) -> Result<(Option<DomainName>, String), JsValue> {
    let is_given = |name| settings.get(name).is_some();
    if !is_given("selector") {
        let needs_selector = is_given("domain");
        let missing = || Err(settings.bad("selector", "given where domain is"));
        return if needs_selector { missing() } else { Ok((None, String::new())) };
    }
    let selector = settings.parsed("selector", "a selector", Selector::parse)?;
    if !is_given("domain") {
        return Ok((None, format!("{}._domainkey", selector.as_str())));
    }
    let domain = settings.parsed("domain", "a domain name", DomainName::parse)?;
    match selector.key_name(&domain) {
        Ok(name) => {
            let owner = format!("{name}.");
            Ok((Some(name), owner))
        }
        Err(why) => {
            let why = format!("the name of the key record, SELECTOR._domainkey.DOMAIN: {why}");
            Err(settings.unusable("selector", &why))
        }
    }
}

/// The core's entry, under that owner.
fn zone_entry(owner: &str, ttl: u32, record: &str) -> Option<String> {
    let any = DomainName::parse("any").ok()?;
    let entry = publish::zone_entry(&any, ttl, record);
    let (_, data) = entry.split_once('\t')?;
    Some(format!("{owner}\t{data}"))
}

/// A longer file holds something else.
const MAX_FILE: u32 = 1024 * 1024;

fn file_octets(file: &Uint8Array) -> Result<Vec<u8>, JsValue> {
    if file.length() > MAX_FILE {
        return Err(bad_key(&format!("{} octets are no key", file.length())));
    }
    Ok(file.to_vec())
}

/// The module ships without the arithmetic of RSA private keys, which every host has.
pub(super) fn without_rsa(to_do: &str) -> JsValue {
    let message = format!(
        "cannot {to_do}: that is left to WebCrypto (crypto.subtle), which is not here or does not take \
         a key of this size; a page has it over https or on localhost only. Elsewhere use an Ed25519 \
         key, or a signer of your own: {{ algorithm, sign }}"
    );
    error("unsupportedRuntime", &message)
}

fn bad_key(why: &dyn std::fmt::Display) -> JsValue {
    error("badKey", &why.to_string())
}
