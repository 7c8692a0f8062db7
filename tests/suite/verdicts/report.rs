//! What the report says beside the verdict.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

#[test]
fn the_trace_shows_the_steps_only_on_request() {
    let message = sign(TAGS, FIELDS, BODY);
    assert!(verify(&message).signatures[0].trace.is_empty());
    let report = support::verify(&message, &dns(), with(|options| options.trace = true));
    let steps: Vec<_> = report.signatures[0].trace.iter().map(|step| step.step).collect();
    assert_eq!(
        steps,
        [
            "parse",
            "canonicalHeader",
            "headerHash",
            "key",
            "canonicalBody",
            "bodyHash",
            "signature",
            "policy"
        ]
    );
    let body = waxseal::encoding::base64::decode(&report.signatures[0].trace[4].detail).unwrap();
    assert_eq!(body, BODY.as_bytes());
}

#[test]
fn authentication_results_are_safe_and_tell_signatures_apart() {
    let tags = TAGS.replace("; s=ed", "; s=ed; i=\"a b;dkim=pass\"@example.com");
    let tags = tags.replace(";dkim=pass", "=3Bdkim=3Dpass");
    let one = String::from_utf8(sign(&tags, FIELDS, BODY)).unwrap();
    let (field, rest) = one.split_at(one.find("\r\nFrom").unwrap() + 2);
    let report = support::verify(
        format!("{field}{}{rest}", field.replace("; b=", "; d=evil\"; dkim=pass; b=")).as_bytes(),
        &dns(),
        with(|options| options.authserv_id = Some("mx.example.net".to_owned())),
    );
    let value = &report.authentication_results;
    assert!(
        value.starts_with("mx.example.net;\r\n\tdkim=pass header.d=example.com header.i="),
        "{value}"
    );
    assert!(value.contains("header.i=\"\\\"a b=3Bdkim=3Dpass\\\"@example.com\""), "{value}");
    assert!(value.contains("dkim=permerror reason=duplicateTag"), "{value}");
    // Equal signatures cannot be told apart by any start of b=, so it stands there whole.
    let signature = report.signatures[0].signature.as_deref().unwrap();
    assert!(value.contains(&format!("header.b=\"{signature}\"")), "{value}");
}

#[test]
fn the_report_has_the_shape_of_the_contract() {
    let report = support::verify(RFC_8463.as_bytes(), &keys(), at(SIGNED_AT));
    let json = serde_json::to_value(&report).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    for name in support::REPORT_NAMES {
        assert!(keys(&json).contains(&name.to_owned()), "{name}");
    }
    let signature = &json["signatures"][0];
    for name in [
        "protocol",
        "result",
        "reason",
        "explanation",
        "domain",
        "selector",
        "identity",
        "algorithm",
        "canonicalization",
        "timestamp",
        "expires",
        "bodyLength",
        "bodyHash",
        "signedFields",
        "key",
        "aligned",
        "warnings",
        "trace",
    ] {
        assert!(keys(signature).contains(&name.to_owned()), "{name}");
    }
    assert_eq!(signature["protocol"], "dkim");
    assert_eq!(signature["key"]["type"], "ed25519");
    assert_eq!(json["arc"]["result"], "none");
    assert_eq!(json["coverage"]["fields"][2]["status"], "oversigned");
    assert_eq!(json["coverage"]["body"]["signed"], json["coverage"]["body"]["total"]);
}
