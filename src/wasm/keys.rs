//! Keys for JavaScript: handles of private and public ones, new ones, and the records that publish
//! them. What a handle holds of a private key is overwritten when it is freed.

use js_sys::{Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::error::error;
use super::settings::Settings;
use super::value::to_array;
use crate::crypto::{self, Algorithm, HashAlgorithm, KeyType, PURE_RUST, SigningKey, UnusableKey};
use crate::encoding::base64;
use crate::key::private::{self, PrivateKeyError};
use crate::key::publish::{self, RecordTags};
use crate::key::{generate, public};
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

    /// Makes an Ed25519 key; `fill` fills an array with random octets. RSA keys are made by WebCrypto.
    ///
    /// # Errors
    ///
    /// What `fill` throws.
    pub fn generate(fill: &Function) -> Result<PrivateKey, JsValue> {
        let random = Uint8Array::new_with_length(32);
        fill.call1(&JsValue::UNDEFINED, &random)?;
        let key = generate::ed25519(&mut |octets| random.copy_to(octets));
        random.fill(0, 0, random.length());
        Ok(Self { key })
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

    /// Whether that is a signature of the message, as WebCrypto takes it, by this key: what WebCrypto
    /// makes of a key is looked at before it is trusted.
    #[wasm_bindgen(js_name = hasSigned)]
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let digest = match self.key.key_type() {
            KeyType::Rsa => sha256(message),
            KeyType::Ed25519 => message.to_vec(),
        };
        PURE_RUST.verify(&self.key.public_key(), HashAlgorithm::Sha256, &digest, signature)
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
        let settings = Settings::new(settings, path);
        let mut tags = RecordTags { key_type: true, ..RecordTags::default() };
        tags.hashes = settings.texts("hashes").unwrap_or_default();
        tags.services = settings.texts("services").unwrap_or_default();
        tags.flags = settings.texts("flags").unwrap_or_default();
        tags.note = settings.text("note");
        tags.granularity = settings.text("granularity");
        let value = publish::record(&self.key, &tags).map_err(|why| {
            let entry = match why.tag {
                "h" => "hashes",
                "s" => "services",
                "t" => "flags",
                _ => "granularity",
            };
            settings.unusable(entry, &why.to_string())
        })?;
        let ttl = settings.number("ttl").unwrap_or(3600);
        let ttl = u32::try_from(ttl).unwrap_or(u32::MAX);
        let (name, owner) = owner(&settings)?;

        let object = Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&object, &name.into(), &value);
        if let Some(name) = &name {
            set("name", name.as_str().into())?;
        }
        set("strings", to_array(&publish::strings(&value))?)?;
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

/// What stands for the octets of a file where they themselves must not be kept: their SHA-256, in base64.
///
/// # Errors
///
/// As [`PrivateKey::parse`], for what is too long.
#[wasm_bindgen]
pub fn fingerprint(file: &Uint8Array) -> Result<String, JsValue> {
    Ok(base64::encode(&sha256(&Zeroizing::new(file_octets(file)?))))
}

fn sha256(octets: &[u8]) -> Vec<u8> {
    let mut hasher = PURE_RUST.hasher(HashAlgorithm::Sha256);
    hasher.update(octets);
    hasher.finish()
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

fn bad_key(why: &dyn std::fmt::Display) -> JsValue {
    error("badKey", &why.to_string())
}
