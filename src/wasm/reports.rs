//! Reports that come back from JavaScript, as `pkg-scripts/npm/reports.js` has checked them.

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
/// An error with the code `badArgument` that names a reason that there is not.
pub(super) fn report(value: &JsValue, path: &str) -> Result<Report, JsValue> {
    let settings = Settings::new(value, path);
    let mut signatures = Vec::new();
    for (index, one) in list(&settings, "signatures").iter().enumerate() {
        signatures.push(signature(one, &format!("{path}.signatures[{index}]"))?);
    }
    Ok(Report {
        version: 1,
        file: None,
        result: result(&settings),
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
/// As for [`report`].
pub(super) fn chain(value: &JsValue, path: &str) -> Result<Arc, JsValue> {
    let settings = Settings::new(value, path);
    let mut sets = Vec::new();
    for (index, one) in list(&settings, "sets").iter().enumerate() {
        let path = format!("{path}.sets[{index}]");
        let set = Settings::new(one, &path);
        let part =
            |name: &str| signature(&set.get(name).unwrap_or_default(), &format!("{path}.{name}"));
        sets.push(ArcSet {
            instance: instance(&set, "instance").unwrap_or_default(),
            chain_validation: set.text("chainValidation").unwrap_or_default(),
            seal: part("seal")?,
            message_signature: part("messageSignature")?,
            authentication_results: set.text("authenticationResults").unwrap_or_default(),
        });
    }
    Ok(Arc {
        result: result(&settings),
        reason: reason(&settings)?,
        explanation: settings.text("explanation").unwrap_or_default(),
        oldest_pass: instance(&settings, "oldestPass"),
        sets,
    })
}

fn signature(value: &JsValue, path: &str) -> Result<Signature, JsValue> {
    let settings = Settings::new(value, path);
    let warnings = settings.texts("warnings").unwrap_or_default();
    let warnings = TOLD.into_iter().filter(|code| warnings.iter().any(|one| one == code.as_str()));
    Ok(Signature {
        protocol: match settings.text("protocol").as_deref() {
            Some("domainkeys") => Protocol::DomainKeys,
            Some("arc") => Protocol::Arc,
            _ => Protocol::Dkim,
        },
        result: result(&settings),
        reason: reason(&settings)?,
        explanation: String::new(),
        domain: settings.text("domain"),
        selector: settings.text("selector"),
        identity: settings.text("identity"),
        algorithm: settings.text("algorithm"),
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
        warnings: warnings
            .map(|code| SignatureWarning { code, explanation: String::new() })
            .collect(),
        trace: Vec::new(),
        signature: settings.text("b"),
    })
}

fn result(settings: &Settings<'_>) -> VerificationResult {
    let found = settings.text("result").unwrap_or_default();
    let mut known = VerificationResult::BEST_FIRST.into_iter();
    known.find(|result| found == result.as_str()).unwrap_or(VerificationResult::None)
}

fn reason(settings: &Settings<'_>) -> Result<Option<Reason>, JsValue> {
    let Some(found) = settings.text("reason") else {
        return Ok(None);
    };
    match Reason::ALL.iter().find(|reason| reason.code() == found) {
        Some(reason) => Ok(Some(*reason)),
        None => Err(settings.bad("reason", "null, or one of those that a report has")),
    }
}

fn instance(settings: &Settings<'_>, name: &str) -> Option<u32> {
    settings.number(name)?.try_into().ok()
}

fn list(settings: &Settings<'_>, name: &str) -> Vec<JsValue> {
    settings.get(name).and_then(|list| items(&list)).unwrap_or_default()
}
