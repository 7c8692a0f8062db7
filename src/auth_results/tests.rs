use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::format::tests::{report_on, signature};
use super::syntax::with_a_labels;
use super::*;

/// What any text becomes in a field: no control characters.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '?',
            c => c,
        })
        .collect()
}

/// Checks that a field made of these texts says of three signatures what it should, and not a word
/// more.
fn check_injection(text: &str, authserv_id: &str) {
    let hostile = signature(|one| {
        one.domain = Some(text.to_owned());
        one.selector = Some(text.to_owned());
        one.identity = Some(text.to_owned());
        one.algorithm = Some(text.to_owned());
        one.signature = Some(text.to_owned());
    });
    let without_identity = signature(|one| {
        one.domain = Some(text.to_owned());
        one.identity = None;
        one.signature = None;
    });
    let report = report_on(vec![hostile, without_identity, signature(|_| ())]);
    for field in [format(&report, authserv_id), format_folded(&report, authserv_id)] {
        check_lines(&field);
        let results = parse(field.as_bytes()).unwrap_or_else(|error| panic!("{field}: {error}"));
        assert!(results.conforming, "{field}: {:?}", results.problem);
        let authserv_id = with_a_labels(&shown(authserv_id));
        assert_eq!(results.authserv_id.as_deref(), Some(authserv_id.as_str()), "{field}");
        let [first, second, third] = results.results.as_slice() else { panic!("{field}") };
        for result in [first, second, third] {
            let told = (result.method.as_str(), result.result.as_deref());
            assert_eq!(told, ("dkim", Some("permerror")), "{field}");
            assert_eq!(result.reason.as_deref(), Some("missingTag"), "{field}");
            assert!(result.comments.is_empty(), "{field}");
        }
        let text = shown(text);
        for property in &first.properties {
            assert_eq!(property.ptype.as_deref(), Some("header"), "{field}");
            let value = property.value.as_str();
            match property.name.as_str() {
                "b" => assert!(text.starts_with(value), "{field}"),
                "i" => assert_eq!(value, with_a_labels(&text), "{field}"),
                "d" | "s" | "a" => assert_eq!(value, text, "{field}"),
                other => panic!("{other}: {field}"),
            }
        }
        if let Some(identity) = second.property("header", "i") {
            assert_eq!(identity, with_a_labels(&format!("@{text}")), "{field}");
        }
        assert_eq!(third.property("header", "d"), Some("example.com"), "{field}");
        assert_eq!(third.properties.len(), 4, "{field}");
    }
}

/// Checks that each line end is a fold, that no line is empty or too long, and that there is no
/// other control character.
fn check_lines(field: &str) {
    let lines: Vec<_> = field.split("\r\n").collect();
    assert!(
        lines.iter().skip(1).all(|line| line.starts_with('\t') && line.len() <= 998),
        "{field}"
    );
    assert!(lines.iter().all(|line| !line.trim().is_empty()), "{field}");
    assert!(!field.replace("\r\n\t", " ").contains(char::is_control), "{field}");
}

#[test]
fn no_value_adds_a_result() {
    for text in [
        "",
        " ",
        "a; dkim=pass header.d=bank.example",
        "a\"; dkim=pass header.d=\"bank.example",
        "a\\\"; dkim=pass header.d=\\\"bank.example",
        "a\\",
        "\\",
        "\\\\\"",
        "\"",
        "\"\"",
        "\";dkim=pass",
        "(",
        ")",
        "((",
        "a(b",
        "a)b",
        "(a)",
        "(\"a)\"; dkim=pass",
        ";",
        "; none",
        "none",
        "a dkim=pass",
        "a\r\n; dkim=pass",
        "a\r\nAuthentication-Results: mx; dkim=pass",
        "a\r\n\r\nbody",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\tb",
        "\u{7f}",
        "a\u{85}b",
        "a\u{2028}b",
        "=",
        "a=b",
        "reason=x",
        "header.d=bank.example",
        "header.d=bank@bank.example",
        "@",
        "a@b",
        "@example.com; dkim=pass",
        "joe@example.com",
        "\"a;b\"@example.com",
        "a\"b\"@example.com",
        "(c)joe@example.com",
        "joe@example.com(c)",
        "joe@exam_ple.com",
        "a,b",
        "<a@b.example>",
        "[192.0.2.1]",
        "2001:db8::1",
        "=?utf-8?q?=3B_dkim=3Dpass?=",
        "bücher.example",
        "jö@bücher.example",
        "mx.例え.example; dkim=pass",
        "；dkim=pass",
        "＂",
        "\u{202e}ssap=mikd ;a",
    ] {
        check_injection(text, text);
        check_injection(text, "mx.example.net");
        check_injection(&text.repeat(200), "mx.example.net");
        check_injection(&format!("x{text}.example"), &format!("x{text}"));
    }
}

/// Words of letters, digits and hyphens.
fn keyword() -> impl Strategy<Value = String> {
    "[a-z0-9-]{0,8}[a-z0-9]"
}

/// Texts full of what has a meaning in fields.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\"",
        "\\",
        "(",
        ")",
        ";",
        " ",
        "=",
        ".",
        "@",
        ",",
        ":",
        "/",
        "a",
        "b",
        "dkim=pass",
        "é",
        "例",
        "example.com",
        "header.d=",
        "<",
        "\u{2028}",
    ]);
    prop_oneof![
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
        "[a-z]{1,8}",
        "[^\\p{Cc}]{0,20}",
    ]
}

prop_compose! {
    fn method_result()(
        method in keyword(),
        method_version in prop::option::of(any::<u32>()),
        result in keyword(),
        reason in prop::option::of(text()),
        properties in prop::collection::vec((keyword(), keyword(), text()), 0..5),
        comments in prop::collection::vec(text(), 0..3),
    ) -> MethodResult {
        MethodResult {
            method,
            method_version,
            result: Some(result),
            reason,
            properties: properties
                .into_iter()
                .map(|(ptype, name, value)| Property::new(ptype, name, value))
                .collect(),
            comments,
        }
    }
}

prop_compose! {
    fn results()(
        authserv_id in text(),
        version in prop::option::of(any::<u32>()),
        results in prop::collection::vec(method_result(), 0..4),
        comments in prop::collection::vec(text(), 0..3),
    ) -> AuthenticationResults {
        AuthenticationResults {
            // What is written in A-labels is read in A-labels.
            authserv_id: Some(with_a_labels(&authserv_id)),
            version,
            no_result: results.is_empty(),
            results,
            comments,
            ..AuthenticationResults::default()
        }
    }
}

/// Checks that what was read of a field is read again from what is written of it.
fn check_rewriting(field: &[u8]) {
    let Ok(first) = parse(field) else {
        return;
    };
    let written = first.to_string();
    let second = parse(written.as_bytes()).unwrap_or_else(|error| panic!("{written}: {error}"));
    assert!(second.conforming, "{written}: {:?}", second.problem);
    assert_eq!(second.to_string(), written);
    assert_eq!(parse(second.folded().as_bytes()).as_ref(), Ok(&second));
    if first.conforming {
        // Nothing is left out of what conforms.
        let mut expected = first;
        let authserv_id = expected.authserv_id.unwrap_or_default();
        expected.authserv_id = Some(shown(&with_a_labels(&authserv_id)));
        expected.comments.iter_mut().for_each(|text| *text = shown(text));
        for result in &mut expected.results {
            result.comments.iter_mut().for_each(|text| *text = shown(text));
            result.reason = result.reason.as_deref().map(shown);
            for property in &mut result.properties {
                property.value = shown(&property.value);
            }
        }
        assert_eq!(second, expected);
    }
}

#[test]
fn what_was_read_can_be_written() {
    for field in [
        "mx.example (a\tb) 1; dkim/1=pass (c) reason=\"d\te\" header.i=\"f;g\"@h.example",
        "mx.example; spf=pass smtp.mailfrom=joe@a.example ; dkim=none",
        "mx.example; dmarc=pass action=none header.from=<a@b.example> policy.x=https://c.example",
        "dkim=pass header.d=a.example",
        "mx.example; dkim; \u{85}=pass; a.b=c",
        "bücher.example; none",
    ] {
        check_rewriting(field.as_bytes());
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(results in results()) {
        let written = results.to_string();
        prop_assert_eq!(parse(written.as_bytes()), Ok(results.clone()), "{}", written);
        let folded = results.folded();
        prop_assert_eq!(parse(folded.as_bytes()), Ok(results), "{}", folded);
    }

    #[test]
    fn no_text_adds_a_result(text in any::<String>(), authserv_id in text()) {
        check_injection(&text, &authserv_id);
    }

    #[test]
    fn no_text_of_specials_adds_a_result(text in text(), authserv_id in text()) {
        check_injection(&text, &authserv_id);
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        check_rewriting(&octets);
        check_rewriting(&[b"mx; ", octets.as_slice()].concat());
    }

    #[test]
    fn near_fields_are_read_or_refused(
        words in prop::collection::vec(
            prop::sample::select(vec![
                " ", " ", "\t", "\r\n ", "\r\n", "\n", ";", ";", "=", "=", ".", "/", "1", "dkim", "pass",
                "none", "reason", "header", "d", "example.com", "@", "(", ")", "\"", "\\", "é", ",", ":",
                "\0", "header.d= ", "spf=pass", "smtp.helo=", "; dkim=fail ", "(c)", "\"q\"",
            ]),
            0..40,
        ),
        begins_well in any::<bool>(),
    ) {
        let start = if begins_well { "mx.example; " } else { "" };
        check_rewriting(format!("{start}{}", words.concat()).as_bytes());
    }
}
