//! Authentication-Results that travel in an ARC set: what an ARC-Authentication-Results says, and
//! what goes into a new one (RFC 8617 §4.1.1).

use crate::message::Header;
use crate::signature::arc_instance;

/// The instance that an ARC-Authentication-Results value begins with (RFC 8617 §4.2.1).
pub(super) fn instance(value: &[u8]) -> Option<u32> {
    split(value).map(|(instance, _)| instance)
}

/// What stands behind the instance, unfolded, for people and for parsers.
pub(super) fn payload(value: &[u8]) -> String {
    let rest = split(value).map_or(value, |(_, rest)| rest);
    String::from_utf8_lossy(rest.trim_ascii()).replace("\r\n", "")
}

/// `[CFWS] "i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";"`, and what follows.
fn split(value: &[u8]) -> Option<(u32, &[u8])> {
    let rest = skip_cfws(value);
    let (b'i' | b'I', rest) = rest.split_first()? else { return None };
    let rest = skip_cfws(skip_cfws(rest).strip_prefix(b"=")?);
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at_checked(digits)?;
    let rest = skip_cfws(rest).strip_prefix(b";")?;
    Some((arc_instance(std::str::from_utf8(digits).ok()?)?, rest))
}

/// The results of every Authentication-Results field of the header that carries this authserv-id,
/// joined as one ARC-Authentication-Results must have them (RFC 8617 §4.1.1); as they stand there,
/// comments and folding included.
pub(super) fn of_message(header: &Header, authserv_id: &str) -> String {
    let fields = header.fields().filter(|field| field.is_named("Authentication-Results"));
    let found: Vec<String> = fields
        .filter_map(|field| results_of(field.value(), authserv_id))
        .filter(|results| !results.is_empty() && !results.eq_ignore_ascii_case("none"))
        .collect();
    if found.is_empty() { "none".to_owned() } else { found.join(";\r\n ") }
}

/// The results of an Authentication-Results value, if it carries that authserv-id:
/// `[CFWS] authserv-id [CFWS version] [CFWS] ";" …` (RFC 8601 §2.2).
fn results_of(value: &[u8], authserv_id: &str) -> Option<String> {
    let (found, rest) = read_value(skip_cfws(value))?;
    if !found.eq_ignore_ascii_case(authserv_id.as_bytes()) {
        return None;
    }
    let rest = skip_cfws(rest);
    let version = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let rest = skip_cfws(rest.get(version..).unwrap_or_default());
    let rest = match rest.split_first() {
        Some((b';', rest)) => rest.trim_ascii(),
        Some(_) => return None,
        None => rest,
    };
    let rest = rest.strip_suffix(b";").unwrap_or(rest).trim_ascii_end();
    Some(String::from_utf8_lossy(rest).into_owned())
}

/// A token or a quoted string (RFC 2045 §5.1), unquoted, and what follows.
fn read_value(octets: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = octets.strip_prefix(b"\"") else {
        let end = octets.iter().position(|octet| !is_token_octet(*octet)).unwrap_or(octets.len());
        let (token, rest) = octets.split_at_checked(end)?;
        return (!token.is_empty()).then(|| (token.to_vec(), rest));
    };
    let mut value = Vec::new();
    loop {
        rest = match rest {
            [b'"', after @ ..] => return Some((value, after)),
            [b'\\', escaped, after @ ..] => {
                value.push(*escaped);
                after
            }
            [octet, after @ ..] => {
                value.push(*octet);
                after
            }
            [] => return None,
        };
    }
}

/// An authserv-id as a token where it is one, else as a quoted string.
pub(super) fn quoted_where_needed(authserv_id: &str) -> String {
    if !authserv_id.is_empty() && authserv_id.bytes().all(is_token_octet) {
        return authserv_id.to_owned();
    }
    format!("\"{}\"", authserv_id.replace('\\', "\\\\").replace('"', "\\\""))
}

fn is_token_octet(octet: u8) -> bool {
    // RFC 2045 §5.1, and UTF-8 beside it (RFC 8616 §5).
    !octet.is_ascii() || octet.is_ascii_graphic() && !br#"()<>@,;:\"/[]?="#.contains(&octet)
}

/// What follows comments and folding white space (RFC 5322 §3.2.2).
fn skip_cfws(octets: &[u8]) -> &[u8] {
    let mut rest = octets;
    let mut depth = 0_usize;
    loop {
        rest = match rest {
            [b'(', after @ ..] => {
                depth = depth.saturating_add(1);
                after
            }
            [b')', after @ ..] if depth > 0 => {
                depth = depth.saturating_sub(1);
                after
            }
            [b'\\', _, after @ ..] if depth > 0 => after,
            [b' ' | b'\t' | b'\r' | b'\n', after @ ..] => after,
            [_, after @ ..] if depth > 0 => after,
            _ => return rest,
        };
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::HeaderReader;

    #[test]
    fn the_instance_comes_first() {
        for (value, expected) in [
            (" i=1; mx.example; none", Some(1)),
            ("\r\n\ti = 12 ;mx.example", Some(12)),
            (" (a (b) \\) c) I=(x) 3 (y);", Some(3)),
            (" i=1 mx.example; none", None),
            (" mx.example; i=1; none", None),
            (" i=; mx.example", None),
            (" i=100; mx.example", None),
            (" (i=1; mx.example", None),
            ("", None),
        ] {
            assert_eq!(instance(value.as_bytes()), expected, "{value:?}");
        }
        assert_eq!(payload(b" i=1; mx.example;\r\n\tspf=pass \r\n"), "mx.example;\tspf=pass");
    }

    #[test]
    fn the_results_of_one_server_are_joined() {
        for (fields, expected) in [
            ("", "none"),
            ("Authentication-Results: mx.example; none\r\n", "none"),
            ("Authentication-Results: mx.example\r\n", "none"),
            ("Authentication-Results: mx.example; spf=pass;\r\n", "spf=pass"),
            (
                "Authentication-Results : (c) \"MX.exa\\mple\" (d) 1 ;\r\n dkim=pass (ok)\r\n\
                 Authentication-Results: other.example; spf=fail\r\n\
                 Authentication-Results: mx.example x; spf=fail\r\n\
                 Authentication-Results: mx.example.net; spf=fail\r\n\
                 Authentication-Results: \"mx.example; spf=fail\r\n\
                 authentication-results: mx.example; none\r\n\
                 authentication-results: mx.example; spf=pass;\r\n  dmarc=pass\r\n",
                "dkim=pass (ok);\r\n spf=pass;\r\n  dmarc=pass",
            ),
        ] {
            let mut reader = HeaderReader::new(10_000, 100);
            reader.push(format!("{fields}\r\n").as_bytes()).unwrap();
            let header = reader.into_header();
            assert_eq!(of_message(&header, "mx.example"), expected, "{fields}");
        }
    }
}
