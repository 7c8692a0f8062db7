//! Reports that come back from JavaScript. What is in them was written by strangers, and by now by
//! the caller: only what somebody here asks for is read, and each entry is checked.

use wasm_bindgen::JsValue;

use super::settings::Settings;
use super::value::items;
use crate::verify::{
    Alignment, AlignmentMode, Arc, ArcSet, BodyHash, Canonicalization, Coverage, Protocol, Reason,
    Report, Signature, SignatureWarning, VerificationResult, WarningCode,
};

/// The warnings that say why a signature passes nevertheless, which Authentication-Results tell.
const TOLD: [WarningCode; 4] = [
    WarningCode::WeakAlgorithm,
    WarningCode::WeakKey,
    WarningCode::Expired,
    WarningCode::BodyNotWholeSigned,
];

/// What Authentication-Results tell of a report: its result, its signatures and its chain.
///
/// # Errors
///
/// An error with the code `badArgument` that names the entry.
pub(super) fn report(value: &JsValue, path: &str) -> Result<Report, JsValue> {
    let settings = Settings::new(value, path)?;
    let list = entries(&settings, "signatures")?;
    let signatures = list.iter().enumerate();
    let signatures = signatures
        .map(|(index, one)| signature(one, &format!("{path}.signatures[{index}]")))
        .collect::<Result<_, _>>()?;
    Ok(Report {
        version: 1,
        file: None,
        result: result(&settings)?,
        authors: Vec::new(),
        signatures,
        arc: chain(&settings.get("arc").unwrap_or_default(), &format!("{path}.arc"))?,
        alignment: Alignment::default(),
        authentication_results: String::new(),
        warnings: Vec::new(),
        coverage: Coverage::default(),
    })
}

/// The chain of a report.
///
/// # Errors
///
/// An error with the code `badArgument` that names the entry.
pub(super) fn chain(value: &JsValue, path: &str) -> Result<Arc, JsValue> {
    let settings = Settings::new(value, path)?;
    let result = result(&settings)?;
    if !matches!(
        result,
        VerificationResult::None | VerificationResult::Pass | VerificationResult::Fail
    ) {
        return Err(settings.bad("result", "\"none\", \"pass\" or \"fail\""));
    }
    let list = entries(&settings, "sets")?;
    let sets = list.iter().enumerate();
    let sets = sets.map(|(index, one)| set(one, &format!("{path}.sets[{index}]")));
    Ok(Arc {
        result,
        reason: reason(&settings)?,
        explanation: settings.text("explanation")?.unwrap_or_default(),
        oldest_pass: instance(&settings, "oldestPass")?,
        sets: sets.collect::<Result<_, _>>()?,
    })
}

fn set(value: &JsValue, path: &str) -> Result<ArcSet, JsValue> {
    let settings = Settings::new(value, path)?;
    let part =
        |name: &str| signature(&settings.get(name).unwrap_or_default(), &format!("{path}.{name}"));
    Ok(ArcSet {
        instance: instance(&settings, "instance")?.unwrap_or_default(),
        chain_validation: settings.text("chainValidation")?.unwrap_or_default(),
        seal: part("seal")?,
        message_signature: part("messageSignature")?,
        authentication_results: settings.text("authenticationResults")?.unwrap_or_default(),
    })
}

fn signature(value: &JsValue, path: &str) -> Result<Signature, JsValue> {
    let settings = Settings::new(value, path)?;
    let protocol = match settings.text("protocol")?.as_deref() {
        Some("dkim") => Protocol::Dkim,
        Some("domainkeys") => Protocol::DomainKeys,
        Some("arc") => Protocol::Arc,
        _ => return Err(settings.bad("protocol", "\"dkim\", \"domainkeys\" or \"arc\"")),
    };
    Ok(Signature {
        protocol,
        result: result(&settings)?,
        reason: reason(&settings)?,
        explanation: String::new(),
        domain: settings.text("domain")?,
        selector: settings.text("selector")?,
        identity: settings.text("identity")?,
        algorithm: settings.text("algorithm")?,
        canonicalization: Canonicalization { header: String::new(), body: String::new() },
        timestamp: None,
        expires: None,
        body_length: None,
        body_hash: BodyHash::default(),
        signed_fields: Vec::new(),
        key: None,
        aligned: AlignmentMode::None,
        reporting: None,
        atps: None,
        warnings: warnings(&settings, path)?,
        trace: Vec::new(),
        signature: settings.text("b")?,
    })
}

/// Of the warnings those that are told.
fn warnings(settings: &Settings<'_>, path: &str) -> Result<Vec<SignatureWarning>, JsValue> {
    let mut warnings = Vec::new();
    for (index, warning) in entries(settings, "warnings")?.iter().enumerate() {
        let found = Settings::new(warning, &format!("{path}.warnings[{index}]"))?.text("code")?;
        let code = TOLD.into_iter().find(|code| found.as_deref() == Some(code.as_str()));
        warnings.extend(code.map(|code| SignatureWarning { code, explanation: String::new() }));
    }
    Ok(warnings)
}

fn result(settings: &Settings<'_>) -> Result<VerificationResult, JsValue> {
    let found = settings.text("result")?;
    VerificationResult::BEST_FIRST
        .into_iter()
        .find(|result| found.as_deref() == Some(result.as_str()))
        .ok_or_else(|| settings.bad("result", "one of those that a report has, such as \"pass\""))
}

fn reason(settings: &Settings<'_>) -> Result<Option<Reason>, JsValue> {
    let Some(found) = settings.text("reason")? else {
        return Ok(None);
    };
    match Reason::ALL.iter().find(|reason| reason.code() == found) {
        Some(reason) => Ok(Some(*reason)),
        None => Err(settings.bad("reason", "null, or one of those that a report has")),
    }
}

fn instance(settings: &Settings<'_>, name: &str) -> Result<Option<u32>, JsValue> {
    let found = settings.number(name)?.map(u32::try_from).transpose();
    found.map_err(|_| settings.bad(name, "an instance of 0 to 50"))
}

fn entries(settings: &Settings<'_>, name: &str) -> Result<Vec<JsValue>, JsValue> {
    let list = settings.get(name).and_then(|list| items(&list));
    list.ok_or_else(|| settings.bad(name, "an array, as a report has it"))
}
