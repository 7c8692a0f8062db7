#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::auth_results::lexer::MAX_COMMENT_DEPTH;

/// What is read, in a line that can be compared: `id; method=result(reason) ptype.name=<value>`.
fn told(results: &AuthenticationResults) -> String {
    let mut text = results.authserv_id.clone().unwrap_or("nobody".to_owned());
    if let Some(version) = results.version {
        text.push_str(&format!(" {version}"));
    }
    if results.no_result {
        text.push_str("; none");
    }
    for result in &results.results {
        text.push_str(&format!("; {}", result.method));
        if let Some(version) = result.method_version {
            text.push_str(&format!("/{version}"));
        }
        text.push_str(&format!("={}", result.result.as_deref().unwrap_or("nothing")));
        if let Some(reason) = &result.reason {
            text.push_str(&format!("({reason})"));
        }
        for Property { ptype, name, value } in &result.properties {
            let dot = if ptype.is_some() { "." } else { "" };
            text.push_str(&format!(" {}{dot}{name}=<{value}>", ptype.as_deref().unwrap_or("")));
        }
    }
    text
}

#[test]
fn fields_that_conform_are_read() {
    for (field, expected) in [
        // The examples of RFC 8601 appendix B in shape.
        ("example.org 1; none", "example.org 1; none"),
        (
            "example.com;\r\n  spf=pass smtp.mailfrom=example.net",
            "example.com; spf=pass smtp.mailfrom=<example.net>",
        ),
        (
            "example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.com;\r\n spf=pass \
             smtp.mailfrom=example.com;\r\n sender-id=pass header.from=example.com\r\n",
            "example.com; auth=pass smtp.auth=<sender@example.com>; spf=pass \
             smtp.mailfrom=<example.com>; sender-id=pass header.from=<example.com>",
        ),
        (
            "example.com;\r\n\tdkim=pass reason=\"good \\\"signature\\\"\" header.i=@mail.example.com;\
             \r\n\tdkim=fail reason=bad header.i=@new.example.com",
            "example.com; dkim=pass(good \"signature\") header.i=<@mail.example.com>; \
             dkim=fail(bad) header.i=<@new.example.com>",
        ),
        (
            "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait \
             for it) fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised \
             me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net 1; dkim/1=fail policy.expired=<1362471462>",
        ),
        ("\"a; \\\\ b\";dkim=none", "a; \\ b; dkim=none"),
        ("A (x(y\\)(z))); DKIM=Pass Header.D=Example.Com", "A; dkim=pass header.d=<Example.Com>"),
        ("(a)mx.example(b);(c)SPF(d)=(e)none(f)", "mx.example; spf=none"),
        // Addresses, bare and quoted; what is quoted as a whole loses its quotes.
        (
            "a.example; spf=pass smtp.mailfrom=joe+x=y/z@b.example smtp.helo=\"[192.0.2.1]\"",
            "a.example; spf=pass smtp.mailfrom=<joe+x=y/z@b.example> smtp.helo=<[192.0.2.1]>",
        ),
        (
            "a.example; dkim=pass header.i=\"joe; dkim=fail\"@b.example header.b=\"aB+/c=\"",
            "a.example; dkim=pass header.i=<\"joe; dkim=fail\"@b.example> header.b=<aB+/c=>",
        ),
        // RFC 6532, RFC 8616.
        (
            "mx.bücher.example; dkim=pass (grün) header.i=jö@bücher.example header.d=bücher.example",
            "mx.bücher.example; dkim=pass header.i=<jö@bücher.example> header.d=<bücher.example>",
        ),
        ("a.example; x-hm=pass policy.x-y=\"a\r\n\tb\"", "a.example; x-hm=pass policy.x-y=<a\tb>"),
        ("a.example; compauth=pass reason=100", "a.example; compauth=pass(100)"),
        ("a.example; dkim=pass\r\n \r\n\t", "a.example; dkim=pass"),
    ] {
        let results = parse(field.as_bytes()).expect(field);
        assert_eq!(told(&results), expected);
        assert_eq!((results.problem, results.conforming), (None, true), "{field}");
    }
}

#[test]
fn comments_are_kept_where_they_stand() {
    let field = b"(a) mx (b\r\n c) 1; (d) dkim=pass (e \\(f) header.d=x (g(h)) ; spf=none ()";
    let results = parse(field).unwrap();
    assert_eq!(results.comments, ["a", "b c"]);
    assert_eq!(results.results[0].comments, ["d", "e (f", "g(h)"]);
    assert_eq!(results.results[1].comments, [""]);
    assert_eq!(parse(b"(why) dkim=pass").unwrap().comments, ["why"]);
    assert_eq!(parse(b"mx; none (why)").unwrap().comments, ["why"]);
    assert_eq!(parse(b"mx; dkim=pass;(why)").unwrap().results[0].comments, ["why"]);
}

#[test]
fn fields_in_the_wild_are_read_and_their_problem_told() {
    use Expected as E;
    // The marks stand before the first problem and are taken out.
    for (field, expected, problem) in [
        // Exchange Online: nobody speaks, names without ptype, values left out, stray domains.
        (
            "^dkim=none (message not signed) header.d=none;dmarc=none action=none \
             header.from=example.com;",
            "nobody; dkim=none header.d=<none>; dmarc=none action=<none> header.from=<example.com>",
            E::AuthservId,
        ),
        (
            "mx.example.com 1; spf=pass smtp.mailfrom=a.example; dmarc=pass ^action=none \
             header.from=a.example; compauth=pass reason=100",
            "mx.example.com 1; spf=pass smtp.mailfrom=<a.example>; dmarc=pass action=<none> \
             header.from=<a.example>; compauth=pass(100)",
            E::PropertyType,
        ),
        (
            "^spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=a.example; b.example; dkim=none \
             header.d=none;b.example; dmarc=fail header.from=;",
            "nobody; spf=fail smtp.mailfrom=<a.example>; b.example=nothing; dkim=none \
             header.d=<none>; b.example=nothing; dmarc=fail header.from=<>",
            E::AuthservId,
        ),
        // OpenARC, Exim: addresses of hosts without quotes.
        (
            "mx.example; arc=none smtp.remote-ip=^2001:db8::1",
            "mx.example; arc=none smtp.remote-ip=<2001:db8::1>",
            E::PropertyValue,
        ),
        (
            "mx.example; ^smtp.remote-ip=192.0.2.1; iprev=pass (a.example) smtp.remote-ip=192.0.2.1",
            "mx.example; smtp.remote-ip=192.0.2.1; iprev=pass smtp.remote-ip=<192.0.2.1>",
            E::Keyword,
        ),
        // Fastmail: a blank before the value, links.
        (
            "mx.example; bimi=pass policy.authority-uri= ^https://a.example/b_c?d=e&f;x-csa=none",
            "mx.example; bimi=pass policy.authority-uri=<https://a.example/b_c?d=e&f>; x-csa=none",
            E::PropertyValue,
        ),
        // Yahoo of old: where it comes from stands before the result.
        (
            "mta1.example  ^from=a.example; domainkeys=neutral (no sig);  from=a.example; dkim=pass (ok)",
            "mta1.example; from=a.example; domainkeys=neutral; from=a.example; dkim=pass",
            E::Semicolon,
        ),
        // Base64, angle brackets, a name that is no host's.
        (
            "mx.example; dkim=pass header.b=^a/b+=",
            "mx.example; dkim=pass header.b=<a/b+=>",
            E::PropertyValue,
        ),
        (
            "mx.example; spf=pass smtp.mailfrom=^<joe@a.example>",
            "mx.example; spf=pass smtp.mailfrom=<<joe@a.example>>",
            E::PropertyValue,
        ),
        (
            "mx.example; spf=pass smtp.helo=^[192.0.2.1]",
            "mx.example; spf=pass smtp.helo=<[192.0.2.1]>",
            E::PropertyValue,
        ),
        (
            "mx.example; spf=pass smtp.mailfrom=^joe@localhost",
            "mx.example; spf=pass smtp.mailfrom=<joe@localhost>",
            E::PropertyValue,
        ),
        ("^mx.example:25; spf=none", "mx.example:25; spf=none", E::AuthservId),
        // Words that say nothing, before and behind.
        (
            "mx.example; spf=pass smtp.mailfrom=a@b.example ^for c@d.example; dkim=none",
            "mx.example; spf=pass smtp.mailfrom=<a@b.example>; dkim=none",
            E::Property,
        ),
        (
            "mx.example; dkim=pass ^, \"x; y\" header.d=a.example",
            "mx.example; dkim=pass header.d=<a.example>",
            E::Property,
        ),
        (
            "mx.example; dkim=pass ^a.b c.d/e=f spf=none",
            "mx.example; dkim=pass; spf=none",
            E::Property,
        ),
        // Semicolons: too few, too many.
        (
            "mx.example; dkim=pass header.d=a.example ^spf=pass smtp.helo=b.example dmarc/1=pass",
            "mx.example; dkim=pass header.d=<a.example>; spf=pass smtp.helo=<b.example>; dmarc/1=pass",
            E::Semicolon,
        ),
        ("mx.example ^dkim=pass", "mx.example; dkim=pass", E::Semicolon),
        ("mx.example 1 ^dkim/1=pass", "mx.example 1; dkim/1=pass", E::Semicolon),
        ("mx.example; dkim=pass;^", "mx.example; dkim=pass", E::Result),
        ("mx.example;^; dkim=pass", "mx.example; dkim=pass", E::Result),
        // Results left out.
        ("mx.example; dkim^; spf=pass", "mx.example; dkim=nothing; spf=pass", E::EqualsSign),
        ("mx.example; dkim=^; spf=pass", "mx.example; dkim=nothing; spf=pass", E::Keyword),
        ("mx.example; dkim= ^header.d=x", "mx.example; dkim=nothing header.d=<x>", E::Keyword),
        ("mx.example; dkim ^header.d=x", "mx.example; dkim=nothing header.d=<x>", E::EqualsSign),
        (
            "mx.example; dkim=pass header.d= ^header.i=@x.example",
            "mx.example; dkim=pass header.d=<> header.i=<@x.example>",
            E::PropertyValue,
        ),
        ("mx.example^", "mx.example", E::Result),
        ("mx.example;^", "mx.example", E::Result),
        ("mx.example; dkim=pass; ^none", "mx.example; dkim=pass", E::NoneAlone),
        ("mx.example; none; ^spf=pass", "mx.example; spf=pass", E::NoneAlone),
        // Reasons.
        ("mx.example; dkim=fail reason=^a/b", "mx.example; dkim=fail(a/b)", E::Value),
        (
            "mx.example; dkim=fail header.d=x ^reason=y",
            "mx.example; dkim=fail(y) header.d=<x>",
            E::ReasonFirst,
        ),
        ("mx.example; dkim=fail reason=x ^reason=y", "mx.example; dkim=fail(x)", E::ReasonFirst),
        // Names.
        ("mx.example; ^dkim_x=pass", "mx.example; dkim_x=pass", E::Keyword),
        ("mx.example; dkim=^\"pass\"", "mx.example; dkim=pass", E::Keyword),
        ("mx.example; dkim=pass ^x_y.z=1", "mx.example; dkim=pass x_y.z=<1>", E::Keyword),
        ("mx.example; dkim=pass x.^y.z=1", "mx.example; dkim=pass x.y.z=<1>", E::Keyword),
        // Line ends and octets.
        ("mx.example;^\n\tdkim=pass", "mx.example; dkim=pass", E::Fold),
        ("mx.example; dkim=pass^\n", "mx.example; dkim=pass", E::Fold),
        ("mx.example; dkim=pass (a^\0b)", "mx.example; dkim=pass", E::NoControl),
        (
            "mx.example; dkim=pass x.y=\"a\\^\u{1}\"",
            "mx.example; dkim=pass x.y=<a\u{1}>",
            E::NoControl,
        ),
    ] {
        let offset = field.find('^').expect(field);
        let field = field.replacen('^', "", 1);
        let results = parse(field.as_bytes()).unwrap_or_else(|error| panic!("{field}: {error}"));
        assert_eq!(told(&results), expected);
        assert_eq!(results.problem, Some(Problem { offset, expected: problem }), "{field}");
        assert!(!results.conforming);
    }
    let results = parse(b"mx.example; dkim=pass header.i=\"j\xf6\"").unwrap();
    assert_eq!(results.problem, Some(Problem { offset: 33, expected: E::Utf8 }));
    assert_eq!(results.results[0].property("header", "i"), Some("j\u{fffd}"));
}

#[test]
fn what_means_nothing_is_an_error() {
    use Expected as E;
    for (field, expected) in [
        ("^", E::AuthservId),
        ("  ^; dkim=pass", E::AuthservId),
        ("^=?utf-8?q?a?=; dkim=pass", E::AuthservId),
        ("^\"a\"b; dkim=pass", E::AuthservId),
        ("mx.example ^x; dkim=pass", E::VersionOrSemicolon),
        ("mx.example 1 ^1; dkim=pass", E::VersionOrSemicolon),
        ("mx.example ^4294967296; dkim=pass", E::VersionOrSemicolon),
        ("mx.example^\"x\"; dkim=pass", E::VersionOrSemicolon),
        ("mx.example^); dkim=pass", E::VersionOrSemicolon),
        ("mx.example; ^\"dkim\"=pass", E::Result),
        ("mx.example; ^=pass", E::Result),
        ("mx.example; dkim/^x=pass", E::Version),
        ("mx.example; dkim/^=pass", E::Version),
        ("mx.example; dkim / ^4294967296 = pass", E::Version),
        ("mx.example; dkim=pass^)", E::Property),
        ("mx.example; dkim=pass ^\u{1}", E::NoControl),
        ("mx.example; dkim=pass header.d=a^\0b", E::NoControl),
        ("mx.example; dkim=pass ^(a (b)", E::ClosingParenthesis),
        ("mx.example; dkim=pass ^(a\\)", E::ClosingParenthesis),
        ("mx.example; dkim=pass ^(a\\", E::ClosingParenthesis),
        ("mx.example; dkim=pass reason=^\"a\\\"", E::ClosingQuote),
        ("mx.example; dkim=pass header.d=a^\"; spf=pass", E::ClosingQuote),
        ("mx.example; dkim=pass^\nspf=pass", E::Fold),
        ("mx.example; dkim=pass^\r\nX: y", E::Fold),
        ("mx.example; dkim=pass reason=\"a^\r\nb\"", E::Fold),
        ("mx.example; dkim=pass (a^\rb)", E::Fold),
    ] {
        let offset = field.find('^').expect(field);
        let field = field.replacen('^', "", 1);
        assert_eq!(parse(field.as_bytes()), Err(Problem { offset, expected }), "{field}");
    }
    assert_eq!(parse(b"m\xf6; none"), Err(Problem { offset: 0, expected: E::Utf8 }));
}

#[test]
fn limits_hold() {
    let nested = |depth| format!("mx {}{}; none", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(nested(MAX_COMMENT_DEPTH).as_bytes()).is_ok());
    let problem = Problem { offset: 3, expected: Expected::ShallowComment };
    assert_eq!(parse(nested(MAX_COMMENT_DEPTH + 1).as_bytes()), Err(problem));

    let many = |count| format!("mx{}", ";a=b".repeat(count));
    assert_eq!(parse(many(MAX_RESULTS).as_bytes()).unwrap().results.len(), MAX_RESULTS);
    let problem = Problem { offset: 3 + 4 * MAX_RESULTS, expected: Expected::FewerResults };
    assert_eq!(parse(many(MAX_RESULTS + 1).as_bytes()), Err(problem));

    let long = |octets| format!("mx; a={}", "b".repeat(octets - 6));
    assert!(parse(long(MAX_OCTETS).as_bytes()).is_ok());
    let problem = Problem { offset: MAX_OCTETS, expected: Expected::FewerOctets };
    assert_eq!(parse(long(MAX_OCTETS + 1).as_bytes()), Err(problem));
}

#[test]
fn the_json_has_camel_case_names() {
    let results = parse(b"mx; dkim=pass action=none").unwrap();
    assert_eq!(
        serde_json::to_value(&results).unwrap(),
        serde_json::json!({
            "authservId": "mx",
            "version": null,
            "results": [{
                "method": "dkim",
                "methodVersion": null,
                "result": "pass",
                "reason": null,
                "properties": [{ "ptype": null, "name": "action", "value": "none" }],
                "comments": [],
            }],
            "noResult": false,
            "comments": [],
            "conforming": false,
            "problem": {
                "offset": 14,
                "expected": "a property type and '.' before the name of the property",
            },
        })
    );
}
