//! Which fields a border takes off before it adds its own (RFC 8601 §5).

use super::parse;
use super::syntax::{domain_name, is_token_octet};
use crate::message::Header;
use crate::name::lower_case;

/// The places of the Authentication-Results fields that must be removed, in ascending order: those
/// that claim to come from this host, and those that cannot be parsed or name nobody, or somebody in
/// letters that are none of a domain name, for a reader might take them for ours.
///
/// What other hosts wrote stays. ARC-Authentication-Results fields are no business of RFC 8601.
///
/// ```
/// use waxseal::auth_results::to_remove;
/// use waxseal::message::HeaderReader;
///
/// let mut reader = HeaderReader::new(10_000, 100);
/// let message = b"From: joe@example.com\r\n\
///     Authentication-Results: mx.example.org; dkim=fail\r\n\
///     authentication-results : (we) \"MX.example.net\" 1; dkim=pass\r\n\
///     Authentication-Results: dkim=pass header.d=example.com\r\n\r\n";
/// reader.push(message)?;
/// assert_eq!(to_remove(&reader.into_header(), "mx.example.net"), [2, 3]);
/// # Ok::<(), waxseal::message::MalformedHeader>(())
/// ```
pub fn to_remove(header: &Header, authserv_id: &str) -> Vec<usize> {
    header
        .fields()
        .enumerate()
        .filter(|(_, field)| field.is_named("Authentication-Results"))
        .filter(|(_, field)| must_be_removed(field.value(), authserv_id))
        .map(|(index, _)| index)
        .collect()
}

fn must_be_removed(value: &[u8], authserv_id: &str) -> bool {
    match parse(value) {
        Ok(results) => match results.authserv_id.as_deref().map(str::trim) {
            None | Some("") => true,
            // Readers that stop at a colon or a blank take what stands before it for the name.
            Some(found) => {
                let mut words = found
                    .split(|c: char| c.is_ascii() && !u8::try_from(c).is_ok_and(is_token_octet));
                is_unlike_names(found)
                    || same_authserv_id(found, authserv_id)
                    || words.any(|word| same_authserv_id(word, authserv_id))
            }
        },
        Err(_) => true,
    }
}

/// Other letters may look like ours, and some readers make ours of them (mathematical, full-width …).
fn is_unlike_names(authserv_id: &str) -> bool {
    !authserv_id.is_ascii() && domain_name(authserv_id.as_bytes()).is_none()
}

/// Whether two authserv-ids name the same host: letter case, A- and U-labels, a final dot and blanks
/// around it aside (RFC 8601 §2.5, §5).
///
/// ```
/// use waxseal::auth_results::same_authserv_id;
///
/// assert!(same_authserv_id("MX.bücher.example", "mx.xn--bcher-kva.example"));
/// assert!(!same_authserv_id("mx.example", "mx2.example"));
/// ```
pub fn same_authserv_id(one: &str, other: &str) -> bool {
    comparable(one) == comparable(other)
}

fn comparable(authserv_id: &str) -> String {
    let trimmed = authserv_id.trim();
    let name = trimmed.strip_suffix('.').unwrap_or(trimmed);
    match domain_name(name.as_bytes()) {
        Some(name) => name.as_str().to_owned(),
        None => name.chars().map(lower_case).collect(),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::HeaderReader;

    /// Whether the field is removed by mx.example.net.
    fn removed(field: impl AsRef<[u8]>) -> bool {
        let mut reader = HeaderReader::new(10_000_000, 100);
        reader.push(field.as_ref()).unwrap();
        reader.push(b"\r\n\r\n").unwrap();
        let header = reader.into_header();
        assert_eq!(header.fields().len(), 1);
        to_remove(&header, "mx.example.net") == [0]
    }

    #[test]
    fn our_fields_are_removed_however_they_are_written() {
        for field in [
            "Authentication-Results: mx.example.net; dkim=pass",
            "AUTHENTICATION-RESULTS:mx.example.net;dkim=pass",
            "authentication-results \t: mx.example.net; dkim=pass",
            "Authentication-Results: MX.Example.NET; dkim=pass",
            "Authentication-Results: mx.example.net.; dkim=pass",
            "Authentication-Results: \"mx.example.net\"; dkim=pass",
            "Authentication-Results: \"\\mx.example\\.net\"; dkim=pass",
            "Authentication-Results: \" mx.example.net \"; dkim=pass",
            "Authentication-Results: \"mx.\r\n example.net\"; dkim=pass",
            "Authentication-Results: (a (b) \\)) mx.example.net (c) ; dkim=pass",
            "Authentication-Results: mx.example.net(c)1(d);dkim=pass",
            "Authentication-Results: mx.example.net 1; dkim=pass",
            "Authentication-Results: mx.example.net 2; dkim=pass",
            "Authentication-Results:\r\n\tmx.example.net\r\n\t; dkim=pass",
            "Authentication-Results: mx.example.net",
            "Authentication-Results: mx.example.net; none",
            "Authentication-Results: mx.example.net dkim=pass",
            "Authentication-Results: mx.example。net; dkim=pass",
            "Authentication-Results: mx.ＥＸＡＭＰＬＥ.net; dkim=pass",
            "Authentication-Results: mx.𝐞𝐱ample.net; dkim=pass",
            "Authentication-Results: \"mx.exam\u{200b}ple.net\" 1; dkim=pass",
        ] {
            // A fold within the quotes keeps its blank, so that name is another one.
            assert_eq!(removed(field), !field.contains("mx.\r\n "), "{field}");
        }
    }

    #[test]
    fn what_cannot_be_parsed_is_removed() {
        for field in [
            &b"Authentication-Results:"[..],
            b"Authentication-Results: ; dkim=pass",
            b"Authentication-Results: \"\"; dkim=pass",
            b"Authentication-Results: \" \"; dkim=pass",
            b"Authentication-Results: dkim=pass header.d=example.com",
            b"Authentication-Results: i=1; mx.example.net; dkim=pass",
            b"Authentication-Results: spf=pass; mx.example.net; dkim=pass",
            b"Authentication-Results: mx.example.org mx.example.net; dkim=pass",
            b"Authentication-Results: mx.example.org\"mx.example.net\"; dkim=pass",
            b"Authentication-Results: (mx.example.org; dkim=pass",
            b"Authentication-Results: \"mx.example.org; dkim=pass",
            b"Authentication-Results: mx.example.org; dkim=pass)",
            b"Authentication-Results: mx.example.org;\nAuthentication-Results: mx.example.net; none",
            b"Authentication-Results: mx.example.org;\rx: y",
            b"Authentication-Results: mx.example.net:25; dkim=pass",
            b"Authentication-Results: <mx.example.net>; dkim=pass",
            b"Authentication-Results: \"mx.example.net (it)\"; dkim=pass",
            b"Authentication-Results: mx\0.example.org; dkim=pass",
            b"Authentication-Results: mx.ex\xe4mple.org; dkim=pass",
            b"Authentication-Results: =?utf-8?q?mx.example.net?=; dkim=pass",
        ] {
            assert!(removed(field), "{}", String::from_utf8_lossy(field));
        }
        let deep = format!("Authentication-Results: {} mx.example.org; none", "(".repeat(1000));
        assert!(removed(deep));
        let long =
            format!("Authentication-Results: a.example; {}", "x".repeat(super::super::MAX_OCTETS));
        assert!(removed(long));
    }

    #[test]
    fn what_others_say_stays() {
        for field in [
            "Authentication-Results: mx.example.org; dkim=pass",
            "Authentication-Results: mx.example.net.example; dkim=pass",
            "Authentication-Results: xmx.example.net; dkim=pass",
            "Authentication-Results: net; dkim=pass",
            "Authentication-Results: mx.example.org (mx.example.net); dkim=pass header.d=mx.example.net",
            "Authentication-Results: mx.example.org; none",
            "Authentication-Results: mx.bücher.example; dkim=pass",
            "Authentication-Results: mx.example.org;",
            "ARC-Authentication-Results: i=1; mx.example.net; dkim=pass",
            "X-Authentication-Results: mx.example.net; dkim=pass",
            "Authentication-Results-Original: mx.example.net; dkim=pass",
        ] {
            assert!(!removed(field), "{field}");
        }
    }

    #[test]
    fn internationalized_names_are_one_name() {
        for (one, other) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "bücher.example"),
            ("Über uns", "über uns"),
        ] {
            assert!(same_authserv_id(one, other), "{one} {other}");
        }
        assert!(!same_authserv_id("bücher.example", "bucher.example"));
    }
}
