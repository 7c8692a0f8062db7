//! Messages that can be told from each other, and show whether they were changed.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::serve::hop::Taken;

/// A message from eve@example.org or joe@example.com with that number: each has a body of its own, and says
/// its digest.
pub(super) fn numbered(number: usize, from: &str) -> Vec<u8> {
    let mut body = String::new();
    for line in 0..number % 40 + 1 {
        // dots and empty lines, too
        let lead = ["", ".", "..", "x "][(number + line) % 4];
        body.push_str(&format!("{lead}{}\r\n", "abc ".repeat((number * 7 + line * 3) % 19)));
    }
    body.push_str("end\r\n");
    let digest = digest(body.as_bytes());
    format!(
        "From: {from}\r\nTo: ann@example.com\r\nSubject: number {number}\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <{number}@example.org>\r\n\
         X-Number: {number}\r\nX-Digest: {digest}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The number of a message that arrived; its body must be what was sent.
pub(super) fn number_of(message: &[u8]) -> usize {
    let text = std::str::from_utf8(message).unwrap();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    let field = |name| {
        let line = header.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {header}"))
    };
    assert_eq!(field("X-Digest: "), digest(body.as_bytes()), "{text}");
    field("X-Number: ").parse().unwrap()
}

/// How often each number arrived.
pub(super) fn counts(taken: &[Taken]) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for one in taken {
        *counts.entry(number_of(&one.octets)).or_default() += 1;
    }
    counts
}

fn digest(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}
