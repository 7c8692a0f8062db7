//! The options of a verification, from a plain object.

use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue};

use super::error::error;
use super::value::{property, whole_number};
use crate::{Options, UnixTime, VerificationTime};

/// Reads the options. What is missing is as the core has it, but for the time: the core reads no
/// clock, so `now` must be given.
///
/// # Errors
///
/// An error with the code `badArgument` that names the option.
pub(super) fn options(settings: &JsValue) -> Result<Options, JsValue> {
    let settings = Settings { object: settings, path: "" };
    let mut options = Options::new(settings.time()?);
    settings.flag("headersOnly", &mut options.headers_only)?;
    settings.flag("trace", &mut options.trace)?;
    if let Some(id) = property(settings.object, "authservId") {
        options.authserv_id = Some(id.as_string().ok_or_else(|| bad("authservId", "a string"))?);
    }

    let Some(policy) = property(settings.object, "policy") else {
        return Ok(options);
    };
    if !policy.is_instance_of::<Object>() {
        return Err(bad("policy", "an object"));
    }
    let settings = Settings { object: &policy, path: "policy." };
    let policy = &mut options.policy;
    settings.flag("allowSha1", &mut policy.allow_sha1)?;
    settings.flag("allowExpired", &mut policy.allow_expired)?;
    settings.flag("allowBodyLength", &mut policy.allow_body_length)?;
    settings.count("minRsaBits", &mut policy.min_rsa_bits)?;
    if let Some(seconds) = settings.number("clockSkew")? {
        policy.clock_skew = seconds;
    }
    let limits = &mut options.limits;
    settings.count("maxSignatures", &mut limits.signatures)?;
    settings.count("maxSignedNames", &mut limits.signed_names)?;
    settings.count("maxHeaderOctets", &mut limits.header_octets)?;
    settings.count("maxFields", &mut limits.fields)?;
    settings.count("maxSignatureOctets", &mut limits.signature_octets)?;
    settings.count("maxKeyRecordOctets", &mut limits.key_record_octets)?;
    settings.count("maxKeyRecords", &mut limits.key_records)?;
    settings.count("maxLookupsInFlight", &mut limits.lookups_in_flight)?;
    settings.count("maxBodyHashes", &mut limits.body_hashes)?;
    settings.count("maxRsaBits", &mut limits.max_rsa_bits)?;
    Ok(options)
}

struct Settings<'a> {
    object: &'a JsValue,
    /// What stands before a name in an error.
    path: &'static str,
}

impl Settings<'_> {
    fn time(&self) -> Result<VerificationTime, JsValue> {
        let now = property(self.object, "now");
        if now.as_ref().and_then(JsValue::as_string).as_deref() == Some("received") {
            let otherwise = self.seconds("nowFallback")?;
            return Ok(VerificationTime::TopReceived { otherwise });
        }
        self.seconds("now").map(VerificationTime::At)
    }

    fn seconds(&self, name: &str) -> Result<UnixTime, JsValue> {
        let seconds = self.number(name)?.ok_or_else(|| bad(name, "given, in Unix seconds"))?;
        Ok(UnixTime::from_seconds(seconds))
    }

    fn flag(&self, name: &str, into: &mut bool) -> Result<(), JsValue> {
        if let Some(value) = property(self.object, name) {
            *into = value.as_bool().ok_or_else(|| self.bad(name, "true or false"))?;
        }
        Ok(())
    }

    fn number(&self, name: &str) -> Result<Option<u64>, JsValue> {
        match property(self.object, name) {
            None => Ok(None),
            Some(value) => match whole_number(&value) {
                Some(number) => Ok(Some(number)),
                None => Err(self.bad(name, "a whole number of 0 to 2^53-1")),
            },
        }
    }

    fn count(&self, name: &str, into: &mut usize) -> Result<(), JsValue> {
        if let Some(number) = self.number(name)? {
            // A bound past the address space bounds nothing.
            *into = usize::try_from(number).unwrap_or(usize::MAX);
        }
        Ok(())
    }

    fn bad(&self, name: &str, what: &str) -> JsValue {
        bad(&format!("{}{name}", self.path), what)
    }
}

fn bad(name: &str, what: &str) -> JsValue {
    error("badArgument", &format!("{name} must be {what}"))
}
