//! The values of settings as texts: both languages have them.

use waxseal::canon::Canonicalization;
use waxseal::crypto::Algorithm;
use waxseal::sign::{NEVER_SIGNED, Oversign, SignedFields};
use waxseal::{DomainName, Selector, UnixTime};

/// A time span: `21d`, `12h`, `3600s`, or seconds.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.trim_end_matches(|c: char| c.is_alphabetic()).len());
    let factor: u64 = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return Err(no_span(text)),
    };
    let number: u64 = match digits.bytes().all(|octet| octet.is_ascii_digit()) {
        true => digits.parse().map_err(|_| no_span(text))?,
        false => return Err(no_span(text)),
    };
    bounded(number.checked_mul(factor).ok_or_else(|| no_span(text))?)
}

/// A time span that is not absurd, so that the time it ends fits in the twelve digits of `x=`
/// (RFC 6376 §3.5).
pub(super) fn bounded(seconds: u64) -> Result<u64, String> {
    const CENTURY: u64 = 100 * 366 * 24 * 3600;
    match seconds {
        0..=CENTURY => Ok(seconds),
        _ => Err(format!("{seconds} seconds are more than a hundred years")),
    }
}

/// A point in time that fits in the twelve digits of `x=`.
pub(super) fn time(seconds: u64) -> Result<UnixTime, String> {
    match seconds {
        0..=999_999_999_999 => Ok(UnixTime::from_seconds(seconds)),
        _ => Err(format!("{seconds} has more than the twelve digits that x= may have")),
    }
}

fn no_span(text: &str) -> String {
    format!("{text:?} is no time span; write \"21d\", \"12h\", \"3600s\" or a number of seconds")
}

/// A domain.
pub(super) fn domain(text: &str) -> Result<DomainName, String> {
    DomainName::parse(text).map_err(|error| format!("{text:?} is not a domain name: {error}"))
}

/// The address of somebody.
pub(super) fn address(text: &str) -> Result<String, String> {
    let good =
        text.rsplit_once('@').is_some_and(|(local, at)| !local.is_empty() && domain(at).is_ok());
    let clean = !text.chars().any(|c| c.is_control() || "<> ".contains(c));
    match good && clean {
        true => Ok(text.to_owned()),
        false => Err(format!("{text:?} is no address; write postmaster@example.com")),
    }
}

/// A selector.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    Selector::parse(text).map_err(|error| format!("{text:?} is not a selector: {error}"))
}

/// `relaxed/simple`, or one name for the header, which leaves the body simple (RFC 6376 §3.5).
pub(super) fn canonicalization(text: &str) -> Result<(Canonicalization, Canonicalization), String> {
    let (header, body) = text.split_once('/').unwrap_or((text, "simple"));
    match (Canonicalization::parse(header), Canonicalization::parse(body)) {
        (Some(header), Some(body)) => Ok((header, body)),
        _ => Err(format!(
            "{text:?} is no canonicalization; write HEADER/BODY with relaxed or simple for each, \
             such as relaxed/simple"
        )),
    }
}

/// An algorithm that may sign (RFC 8301 §3.1, RFC 8463).
pub(super) fn algorithm(text: &str) -> Result<Algorithm, String> {
    match Algorithm::parse(text) {
        Some(Algorithm::RsaSha1) => {
            Err("rsa-sha1 must not be used for signing (RFC 8301 §3.1); write rsa-sha256"
                .to_owned())
        }
        Some(algorithm) => Ok(algorithm),
        None => Err(format!("{text:?} is no algorithm; write rsa-sha256 or ed25519-sha256")),
    }
}

/// `recommended`, or the names of the fields that are signed.
pub(super) fn fields(names: &[String]) -> Result<SignedFields, String> {
    if names == ["recommended"] {
        return Ok(SignedFields::Recommended);
    }
    field_names(names)?;
    Ok(SignedFields::Listed(names.to_vec()))
}

/// `recommended`, `none`, `present`, `all` or the names of fields.
pub(super) fn oversign(names: &[String]) -> Result<Oversign, String> {
    if let [word] = names {
        match word.as_str() {
            "recommended" => return Ok(Oversign::Recommended),
            "none" => return Ok(Oversign::None),
            "present" => return Ok(Oversign::Present),
            "all" => return Ok(Oversign::All),
            _ => {}
        }
    }
    field_names(names)?;
    Ok(Oversign::Listed(names.to_vec()))
}

fn field_names(names: &[String]) -> Result<(), String> {
    for name in names {
        // A field name is printable ASCII without a colon (RFC 5322 §3.6.8); a semicolon would end
        // the tag (RFC 6376 §3.2).
        let is_name = !name.is_empty()
            && name.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b':' | b';'));
        if !is_name {
            return Err(format!("{name:?} is not the name of a header field"));
        }
        if is_never_signed(name) {
            return Err(format!(
                "the field {name} is changed on the way and must not be signed (RFC 6376 §5.4.1)"
            ));
        }
    }
    Ok(())
}

/// Whether a field of that name is left out whatever is asked.
pub(super) fn is_never_signed(name: &str) -> bool {
    NEVER_SIGNED.iter().any(|never| match never.strip_suffix('*') {
        Some(start) => {
            name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        }
        None => never.eq_ignore_ascii_case(name),
    })
}

/// The known name that is nearest to the unknown one, if one is near.
pub(super) fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    let likeness = |name: &str| strsim::damerau_levenshtein(&unknown, &name.to_lowercase());
    known
        .iter()
        .map(|name| (likeness(name), *name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3) && *distance < name.len())
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_have_units() {
        for (text, expected) in [("21d", 1_814_400), ("3600s", 3600), ("0", 0), ("2w", 1_209_600)] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "d", "21 d", "-1", "1.5h", "21y", "99999999999999999999", "9999999999999w"]
        {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn canonicalizations_are_those_of_both_parts() {
        let (header, body) = canonicalization("relaxed").unwrap();
        assert_eq!((header.name(), body.name()), ("relaxed", "simple"));
        assert!(canonicalization("relaxed/simple/x").is_err());
        assert!(canonicalization("nofws").is_err());
    }

    #[test]
    fn sha1_does_not_sign() {
        assert!(algorithm("rsa-sha1").unwrap_err().contains("RFC 8301"));
        assert_eq!(algorithm("ed25519-sha256"), Ok(Algorithm::Ed25519Sha256));
    }

    #[test]
    fn fields_that_change_on_the_way_are_refused() {
        for name in ["Received", "arc-seal", "return-path"] {
            assert!(fields(&[name.to_owned()]).is_err(), "{name}");
        }
        for name in ["", "a b", "a:b", "a;b"] {
            assert!(fields(&[name.to_owned()]).is_err(), "{name}");
        }
        assert_eq!(oversign(&["all".to_owned()]), Ok(Oversign::All));
    }

    #[test]
    fn the_nearest_name_is_offered_where_one_is_near() {
        let known = ["domain", "selector", "file", "h"];
        assert_eq!(nearest("selecter", &known), Some("selector"));
        assert_eq!(nearest("Domain", &known), Some("domain"));
        assert_eq!(nearest("ORIGINATNG", &["ORIGINATING"]), Some("ORIGINATING"));
        assert_eq!(nearest("x", &known), None);
        assert_eq!(nearest("colour", &known), None);
    }
}
