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
        assert_eq!(fault(&lied(&hash), BODY, BODY), "otherCanonicalization");
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
