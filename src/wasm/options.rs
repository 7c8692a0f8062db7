//! The options of a verification, from a plain object.

use wasm_bindgen::JsValue;

use super::settings::Settings;
use crate::{Options, UnixTime, VerificationTime};

/// Reads the options. What is missing is as the core has it, but for the time: the core reads no
/// clock, so `now` must be given.
///
/// # Errors
///
/// An error with the code `badArgument` where it is not.
pub(super) fn options(settings: &JsValue) -> Result<Options, JsValue> {
    let settings = Settings::new(settings, "");
    let mut options = Options::new(time(&settings)?);
    settings.flag("headersOnly", &mut options.headers_only);
    settings.flag("trace", &mut options.trace);
    settings.flag("alignment", &mut options.alignment);
    settings.flag("atps", &mut options.atps);
    if let Some(id) = settings.text("authservId") {
        options.authserv_id = Some(id);
    }

    let Some(policy) = settings.get("policy") else {
        return Ok(options);
    };
    let settings = Settings::new(&policy, "policy");
    let policy = &mut options.policy;
    settings.flag("allowSha1", &mut policy.allow_sha1);
    settings.flag("allowExpired", &mut policy.allow_expired);
    settings.flag("allowBodyLength", &mut policy.allow_body_length);
    settings.count("minRsaBits", &mut policy.min_rsa_bits);
    if let Some(seconds) = settings.number("clockSkew") {
        policy.clock_skew = seconds;
    }
    let limits = &mut options.limits;
    settings.count("maxSignatures", &mut limits.signatures);
    settings.count("maxSignedNames", &mut limits.signed_names);
    settings.count("maxHeaderOctets", &mut limits.header_octets);
    settings.count("maxFields", &mut limits.fields);
    settings.count("maxSignatureOctets", &mut limits.signature_octets);
    if let Some(sets) = settings.number("maxArcSets") {
        limits.arc_sets = u32::try_from(sets).unwrap_or(u32::MAX);
    }
    settings.count("maxLookups", &mut limits.lookups);
    settings.count("maxLookupsInFlight", &mut limits.lookups_in_flight);
    settings.count("maxBodyHashes", &mut limits.body_hashes);
    key_limits(&settings, limits);
    Ok(options)
}

/// Those of the limits that concern keys.
pub(super) fn key_limits(settings: &Settings<'_>, limits: &mut crate::Limits) {
    settings.count("maxKeyRecordOctets", &mut limits.key_record_octets);
    settings.count("maxKeyRecords", &mut limits.key_records);
    settings.count("maxRsaBits", &mut limits.max_rsa_bits);
}

fn time(settings: &Settings<'_>) -> Result<VerificationTime, JsValue> {
    let now = settings.get("now");
    if now.as_ref().and_then(JsValue::as_string).as_deref() == Some("received") {
        let otherwise = seconds(settings, "nowFallback")?;
        return Ok(VerificationTime::TopReceived { otherwise });
    }
    seconds(settings, "now").map(VerificationTime::At)
}

fn seconds(settings: &Settings<'_>, name: &str) -> Result<UnixTime, JsValue> {
    let seconds = settings.number(name);
    let seconds = seconds.ok_or_else(|| settings.bad(name, "given, in Unix seconds"))?;
    Ok(UnixTime::from_seconds(seconds))
}
