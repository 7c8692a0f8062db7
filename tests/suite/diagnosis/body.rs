//! Damage to bodies, each way of signing.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

/// What restores a body that was signed and came as another, in each of these ways of signing.
fn restores(expected: &str, ways: &[(&str, &str)], signed: &str, came: &str) {
    for way in ways {
        let diagnosis = diagnose(&damaged(*way, (FIELDS, signed), (FIELDS, came)));
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), expected, "{way:?} {came:?}");
        assert_eq!(signature.header, PartState::Verifies);
    }
}

const SIMPLE: &[(&str, &str)] = &[WAYS[1], WAYS[3]];

#[test]
fn a_footer_is_found_and_counted() {
    let body = format!("{BODY}________\r\nfriends mailing list\r\nhttps://example.net/friends\r\n");
    restores("footer", &WAYS, BODY, &body);
    let diagnosis = diagnose(&damaged(WAYS[0], (FIELDS, BODY), (FIELDS, &body)));
    let signature = only(&diagnosis);
    assert_eq!(signature.explanation, "It would verify without the 3 lines appended at the end.");
    assert_eq!(signature.body, PartState::WouldVerify);
    let finding = &signature.findings[0];
    assert_eq!(
        finding.explanation,
        "The body would verify without the 3 lines appended at the end."
    );
    let change = &finding.changes[0];
    assert_eq!((change.line, change.lines, change.octet), (7, 3, BODY.len()));
    assert!(change.before.starts_with("________\r\nfriends"), "{change:?}");
    assert_eq!((change.after.as_str(), &change.field, change.index), ("", &None, None));
}

#[test]
fn a_footer_behind_empty_lines_or_on_the_last_line_is_found() {
    restores("footer", &WAYS, BODY, &format!("{BODY}\r\n\r\nfooter\r\n\r\n"));
    restores("footer", &WAYS, "Hi", "Hi -- sent by a free service\r\n");
}

#[test]
fn lines_at_the_top_are_found() {
    restores("prepended", &WAYS, BODY, &format!("CAUTION: external mail\r\n\r\n{BODY}"));
    restores("leadingBlankLines", &WAYS, BODY, &format!("\r\n\r\n{BODY}"));
    restores("leadingBlankLines", &WAYS, &format!("\r\n{BODY}"), BODY);
    restores("byteOrderMark", &WAYS, BODY, &format!("\u{feff}{BODY}"));
}

#[test]
fn line_ends_are_repaired() {
    restores("lineEndings", &WAYS, BODY, &BODY.replace("\r\n", "\n"));
    restores("lineEndings", &WAYS, BODY, &BODY.replacen("\r\n", "\n", 2));
    restores("lineEndings", &WAYS, BODY, &BODY.replace("\r\n", "\r\r\n"));
    restores("doubledLineEnds", &WAYS, "a\r\nb\r\nc\r\n", "a\r\n\r\nb\r\n\r\nc\r\n\r\n");
}

#[test]
fn what_smtp_and_mailboxes_do_to_lines_is_undone() {
    let dots = "one\r\n.\r\n..two\r\nthree\r\n";
    restores("dotStuffing", &WAYS, "one\r\n.two\r\n", "one\r\n..two\r\n");
    restores("dotStuffing", &WAYS, &dots.replace("\r\n.", "\r\n.."), dots);
    restores("fromStuffing", &WAYS, "a\r\nFrom here\r\n", "a\r\n>From here\r\n");
    restores("fromStuffing", &WAYS, "a\r\n>From here\r\n", "a\r\nFrom here\r\n");
    let long = "word ".repeat(500);
    for (length, break_) in [(998, "\r\n "), (990, "!\r\n "), (998, "\r\n")] {
        let cut: Vec<&str> =
            [&long[..length], &long[length..2 * length], &long[2 * length..]].to_vec();
        restores("longLines", SIMPLE, &format!("{long}\r\n"), &format!("{}\r\n", cut.join(break_)));
    }
}

#[test]
fn blanks_are_repaired() {
    let spaced = "a\r\n   b\tc\r\n\td\r\n";
    restores("trailingBlanks", SIMPLE, "a\r\nb\r\n", "a  \r\nb\t\r\n");
    restores("trailingBlanks", SIMPLE, BODY, &BODY.replace("-- \r\n", "--\r\n"));
    restores("tabs", SIMPLE, spaced, &spaced.replace('\t', "        "));
    restores("tabs", SIMPLE, spaced, &spaced.replace('\t', "    "));
    restores("tabs", SIMPLE, "a b\r\n", "a\tb\r\n");
    restores("blanks", SIMPLE, "One.  Two?  a b\r\n", "One. Two? a b\r\n");
    restores("blanks", SIMPLE, "a b c\r\n", "a  b \t c\r\n");
    restores("noBreakSpaces", &WAYS, "a b\r\n", "a\u{a0}b\r\n");
    restores("leadingBlanks", &WAYS, "a\r\nb\r\n", "  a\r\n  b\r\n");
    restores("leadingBlanks", &WAYS, " > quoted\r\n", "> quoted\r\n");
}

#[test]
fn faults_of_the_signer_are_told_from_damage() {
    let fault = |tags: &str, signed: &str, came: &str| {
        let message = sign(tags, FIELDS, signed);
        let head = message.len() - signed.len();
        found(&[&message[..head], came.as_bytes()].concat())
    };
    // The body hash of another canonicalization: the tags are changed before signing.
    let hash_of = |way: (&str, &str), body: &str| {
        let message = String::from_utf8(sign(&tags(way.0, way.1), FIELDS, body)).unwrap();
        let start = message.find("bh=").unwrap();
        message[start + 3..].split(';').next().unwrap().to_owned()
    };
    for way in WAYS {
        let other = if way.1 == "simple/simple" { "relaxed/relaxed" } else { "simple/simple" };
        let lied = |hash: &str| tags(way.0, way.1).replace("{bh}", hash);
        let hash = hash_of((way.0, other), BODY);
        // A signer that is strict with its header would be so with its body.
        let expected = if way.1 == "simple/simple" { "blanks" } else { "otherCanonicalization" };
        assert_eq!(fault(&lied(&hash), BODY, BODY), expected);
        let mixed = lied(&hash).replace("c=simple/", "c=relaxed/");
        assert_eq!(fault(&mixed, BODY, BODY), "otherCanonicalization");
        assert_eq!(
            fault(&lied("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), BODY, BODY),
            "signedEmptyBody"
        );
        let hash = hash_of(("rsa-sha1; s=rsa", way.1), BODY);
        assert_eq!(fault(&lied(&hash), BODY, BODY), "otherHash");
        let hash = hash_of((way.0, way.1), BODY);
        assert_eq!(fault(&format!("{}; l=5", lied(&hash)), BODY, BODY), "otherBodyLength");
        let hash = hash_of((way.0, way.1), &BODY[..8]);
        assert_eq!(fault(&format!("{}; l=5", lied(&hash)), BODY, BODY), "otherBodyLength");
    }
    // The hashes of "a\nb\n" and of "a\r\nb\r\n\r\n".
    for (body, hash, expected) in [
        ("a\r\nb\r\n", "kRFp3arxRq/1OfWMJsSJrzuJLf8P4oPBwmTGWuWqWaI=", "signedWithLineFeeds"),
        ("a\r\nb\r\n\r\n", "ORtSLVg8CilA6AEINVgXBmY7UuOnF3mXgguATYxxCu0=", "notCanonicalized"),
    ] {
        let tags = tags("ed25519-sha256; s=ed", "relaxed/relaxed").replace("{bh}", hash);
        assert_eq!(fault(&tags, body, body), expected);
    }
}

#[test]
fn two_kinds_of_damage_add_up() {
    let body = format!("{}-- \nThe list\n", BODY.replace("\r\n", "\n"));
    restores("footer + lineEndings", &WAYS, BODY, &body);
    let dots = "a\r\n.b\r\nFrom c\r\n";
    let came = "a\r\n..b\r\n>From c\r\n";
    restores("dotStuffing + fromStuffing", &WAYS, dots, came);
}

#[test]
fn what_was_rewritten_is_not_restored() {
    for way in WAYS {
        let came = BODY.replace("there", "here");
        let diagnosis = diagnose(&damaged(way, (FIELDS, BODY), (FIELDS, &came)));
        let signature = only(&diagnosis);
        assert_eq!(restored_by(signature), "-");
        assert_eq!((signature.header, signature.body), (PartState::Verifies, PartState::Fails));
        assert_eq!(signature.explanation, "Nothing that was tried restores the body.");
        assert_eq!(signature.findings, []);
    }
}

/// The same with fields that say how the body is encoded; `Content-` fields are not signed here.
fn restores_encoded(expected: &str, encoding: &str, signed: &str, came: &str) {
    for way in WAYS {
        let fields = format!("{FIELDS}{encoding}");
        let message = damaged(way, (&fields, signed), (&fields, came));
        let diagnosis = diagnose(&message);
        assert_eq!(restored_by(only(&diagnosis)), expected, "{way:?} {came:?}");
    }
}

const QP: &str = "Content-Transfer-Encoding: quoted-printable\r\n";
const BASE64: &str = "Content-Transfer-Encoding: base64\r\n";

#[test]
fn quoted_printable_text_is_encoded_as_it_was() {
    let expected = "quotedPrintable";
    restores_encoded(expected, QP, "caf=C3=A9 =3D\r\n", "caf=c3=a9 =3d\r\n");
    restores_encoded(expected, QP, "caf=c3=a9\r\n", "caf=C3=A9\r\n");
    restores_encoded(expected, QP, "=2Ea\r\n=46rom b=20\r\n", ".a\r\nFrom b=20\r\n");
    restores_encoded(expected, QP, ".a\r\nFrom b=20\r\n", "=2Ea\r\n=46rom=20b=20\r\n");
    let long = "word =C3=A9 ".repeat(20);
    let text = |width: usize| {
        // Greedy, escapes not cut in two.
        let (mut lines, mut line) = (String::new(), String::new());
        let mut rest = long.trim_end();
        while !rest.is_empty() {
            let size = if rest.starts_with('=') { 3 } else { 1 };
            let room = if rest.len() == size { width } else { width - 1 };
            if line.len() + size > room {
                lines += &format!("{line}=\r\n");
                line.clear();
            }
            line += &rest[..size];
            rest = &rest[size..];
        }
        format!("{lines}{line}\r\n")
    };
    let came = text(40);
    restores_encoded(expected, QP, &text(76), &came);
    restores_encoded(expected, QP, &text(75), &came);
    // Nobody knows at which words it was broken.
    restores_encoded("-", QP, &text(30), &came);
}

#[test]
fn base64_is_wrapped_as_it_was() {
    let text = "QUJD".repeat(60);
    let wrapped = |width: usize| -> String {
        let lines = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap());
        lines.map(|line| format!("{line}\r\n")).collect()
    };
    for (signed, came) in [(76, 72), (72, 76), (64, 60), (60, 76), (240, 76)] {
        restores_encoded("base64Wrapping", BASE64, &wrapped(signed), &wrapped(came));
    }
    restores_encoded("-", BASE64, &wrapped(40), &wrapped(76));
}

#[test]
fn a_transfer_encoding_that_a_relay_changed_is_found() {
    let expected = "transferEncoding";
    let plain = "Content-Transfer-Encoding: 8bit\r\n";
    restores_encoded(expected, QP, "café = thé\r\n", "caf=C3=A9 =3D th=C3=A9\r\n");
    restores_encoded(expected, plain, "caf=C3=A9 =3D th=C3=A9\r\n", "café = thé\r\n");
    restores_encoded(expected, BASE64, "café\r\n", "Y2Fmw6kNCg==\r\n");
    restores_encoded(expected, plain, "Y2Fmw6kNCg==\r\n", "café\r\n");
    restores_encoded(expected, BASE64, "caf=C3=A9\r\n", "Y2Fmw6kNCg==\r\n");
    restores_encoded(expected, QP, "Y2Fmw6kNCg==\r\n", "caf=C3=A9\r\n");
    // Within parts, whose header says so.
    let multipart = "Content-Type: multipart/mixed; boundary=\"x\"\r\n";
    let body = |encoding: &str, text: &str| {
        format!(
            "--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\
             \r\n\r\n{text}\r\n--x\r\n\r\nplain\r\n--x--\r\n"
        )
    };
    let (plain, encoded) = (body("8bit", "café"), body("quoted-printable", "caf=C3=A9"));
    restores_encoded(expected, multipart, &plain, &encoded);
    restores_encoded(expected, multipart, &encoded, &plain);
}

#[test]
fn what_happens_to_multipart_bodies_is_found() {
    let multipart = "Content-Type: multipart/mixed; boundary=\"x\"\r\n";
    let part = |text: &str| format!("--x\r\nContent-Type: text/plain\r\n\r\n{text}");
    let two = format!("{}{}--x--\r\n", part("one\r\n"), part("two\r\n"));
    // A list adds a part of its own, a footer to the first, or a banner to it.
    let added = two.replace("--x--", &format!("{}--x--", part("The list\r\n")));
    restores_encoded("insertedLines", multipart, &two, &added);
    restores_encoded(
        "insertedLines",
        multipart,
        &two,
        &two.replace("one\r\n", "one\r\n-- \r\nlist\r\n"),
    );
    restores_encoded("insertedLines", multipart, &two, &two.replace("one", "EXTERNAL\r\n\r\none"));
    let diagnosis = diagnose(&damaged(
        WAYS[0],
        (&format!("{FIELDS}{multipart}"), &two),
        (&format!("{FIELDS}{multipart}"), &added),
    ));
    let change = &only(&diagnosis).findings[0].changes[0];
    assert_eq!((change.line, change.lines), (9, 4), "{change:?}");
    let renamed = two.replace("--x", "--renamed");
    restores_encoded("boundary", multipart, &two, &renamed);
    // Wrapped: what was the body is the first part.
    let wrapped =
        format!("--x\r\nContent-Type: text/plain\r\n\r\n{BODY}\r\n--x\r\n\r\nlist\r\n--x--\r\n");
    restores_encoded("wrappedInMultipart", multipart, BODY, &wrapped);
}

#[test]
fn lines_put_in_anywhere_are_found_in_short_bodies() {
    let came = BODY.replace("are you", "An advertisement\r\nof two lines\r\nare you");
    restores("insertedLines", &WAYS, BODY, &came);
}

#[test]
fn charsets_and_escapes_are_undone() {
    restores("htmlEscaped", &WAYS, "a < b && \"c\"\r\n", "a &lt; b &amp;&amp; &quot;c&quot;\r\n");
    for way in WAYS {
        // Octets that are no UTF-8.
        let message = damaged(way, (FIELDS, "caf\u{e9}\r\n"), (FIELDS, ""));
        let came = [&message[..], b"caf\xe9\r\n"].concat();
        assert_eq!(found(&came), "charset", "{way:?}");
    }
}

#[test]
fn links_that_were_rewritten_are_pointed_out() {
    let link =
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com&data=1";
    let signed = BODY.replace("there?", "there? https://example.com");
    let came = signed.replace("https://example.com", link);
    let diagnosis = diagnose(&damaged(WAYS[0], (FIELDS, &signed), (FIELDS, &came)));
    let [finding] = &only(&diagnosis).findings[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("linksRewritten", false));
    assert!(finding.explanation.contains("(safelinks.protection.outlook.com)"), "{finding:?}");
}

#[test]
fn a_body_that_was_cut_off_is_told() {
    let way = (WAYS[0].0, "relaxed/relaxed; l=20");
    let diagnosis = diagnose(&damaged(way, (FIELDS, BODY), (FIELDS, &BODY[..10])));
    let [finding] = &only(&diagnosis).findings[..] else { panic!("{diagnosis:#?}") };
    assert_eq!((finding.hypothesis.code(), finding.restored), ("bodyTruncated", false));
}
