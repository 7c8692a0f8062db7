//! The sealing cases of the shared vectors come out tag by tag, both signatures included.

use std::collections::BTreeMap;

use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::arc::NotSealed;
use waxseal::sign::{Oversign, SignedFields};

use super::*;
use crate::support::vector_lines;

/// The tags of a field's value, white space aside.
fn tags(value: &str) -> BTreeMap<String, String> {
    let tags = value.split(';').filter_map(|tag| tag.split_once('='));
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    tags.map(|(name, value)| (bare(name), bare(value))).collect()
}

/// The value of a field with each run of white space made one blank.
fn value_of(field: &str) -> String {
    let value = field.split_once(':').expect("a field").1;
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_sealing_cases_of_the_vectors_come_out() {
    let Some(cases) = vector_lines("sign_cases.jsonl") else { return };
    let mut made = 0;
    for case in cases.iter().filter(|case| case["kind"] == "arc-seal") {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let id = text(&case["id"]);
        let name = SealKey {
            domain: DomainName::parse(&text(&case["domain"])).expect("a name"),
            selector: Selector::parse(&text(&case["selector"])).expect("a selector"),
            algorithm: Algorithm::RsaSha256,
        };
        let authserv_id = text(&case["authserv_id"]);
        let mut request = SealRequest::new(name, CarriedResults::OfMessage { authserv_id });
        request.timestamp = case["t"].as_u64().map(UnixTime::from_seconds);
        let names = text(&case["sig_headers"]).split(':').map(str::to_owned).collect();
        request.fields = SignedFields::Listed(names);
        request.oversign = Oversign::None;
        request.seal_failed = true;
        let dns =
            case["dns"].as_object().expect("dns").iter().fold(Dns::new(), |dns, (name, txt)| {
                dns.txt(name, txt[0].as_str().expect("a record"))
            });
        let message = text(&case["message_crlf"]);
        let set = sealing_in_pieces(message.as_bytes(), request, &dns, 4096).expect("sealed").set;
        let expected = |name: &str| text(&case["expect"][name]);
        if expected("AS").is_empty() {
            assert_eq!(set.unwrap_err(), NotSealed::ChainEnded, "{id}");
        } else {
            let key =
                private::parse(text(&case["private_key"]["der_base64"]).as_bytes()).expect("a key");
            let key = PURE_RUST.signing_key(&key).expect("a usable key");
            let set = set.expect("a set").sign(&*key, &*key).expect("signed");
            let results = format!("AAR: {}", expected("AAR"));
            assert_eq!(value_of(&set.authentication_results), value_of(&results), "{id}");
            for (field, name) in [(&set.message_signature, "AMS"), (&set.seal, "AS")] {
                assert_eq!(tags(&value_of(field)), tags(&expected(name)), "{id}: {name}");
            }
        }
        made += 1;
    }
    println!("{made} sealing cases");
    assert!(made >= 17, "only {made} cases");
}
