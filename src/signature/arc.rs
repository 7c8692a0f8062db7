//! The two signatures of an ARC set: ARC-Message-Signature and ARC-Seal (RFC 8617 §4.1).

use super::parse::signature_span;
use super::parse::{Family, ParseLimits, algorithm, key_names, non_empty_base64, number, read};
use super::{Claims, Signature, SignatureError};
use crate::canon::Canonicalization;
use crate::crypto::Algorithm;
use crate::tag_list::TagList;
use crate::time::UnixTime;

/// An ARC-Message-Signature or an ARC-Seal.
#[derive(Clone, Debug)]
pub(crate) struct ArcField {
    /// `i=`, where it is a number of one or two digits (RFC 8617 §4.2.1), even in a field that is
    /// broken.
    pub(crate) instance: Option<u32>,
    /// `cv=` in lower case; empty where there is none.
    pub(crate) chain_validation: String,
    pub(crate) claims: Claims,
    /// A seal signs no fields by name and no body; its canonicalization is relaxed.
    pub(crate) signature: Result<Signature, SignatureError>,
}

impl ArcField {
    /// Reads an ARC-Message-Signature (RFC 8617 §4.1.2).
    pub(crate) fn message_signature(
        field: &[u8],
        value_offset: usize,
        limits: ParseLimits,
    ) -> Self {
        Self::parse(field, value_offset, limits, &|tags| {
            read(Family::Arc, tags, value_offset, limits)
        })
    }

    /// Reads an ARC-Seal (RFC 8617 §4.1.3).
    pub(crate) fn seal(field: &[u8], value_offset: usize, limits: ParseLimits) -> Self {
        let mut seal =
            Self::parse(field, value_offset, limits, &|tags| read_seal(tags, value_offset));
        // What it says of canonicalization and h= means nothing (RFC 8617 §5.1.1).
        seal.claims.header_canonicalization = Canonicalization::Relaxed.name().to_owned();
        seal.claims.body_canonicalization = String::new();
        seal
    }

    fn parse(
        field: &[u8],
        value_offset: usize,
        limits: ParseLimits,
        read: &dyn Fn(&TagList<'_>) -> Result<Signature, SignatureError>,
    ) -> Self {
        if field.len() > limits.octets {
            return Self {
                instance: None,
                chain_validation: String::new(),
                claims: Claims::read(&TagList::default()),
                signature: Err(SignatureError::TooLarge { limit: limits.octets }),
            };
        }
        let (tags, error) = TagList::parse(field.get(value_offset..).unwrap_or_default());
        let signature = match error {
            Some(error) => Err(SignatureError::Syntax(error)),
            None => read(&tags),
        };
        let signature = signature.and_then(|signature| match signature.algorithm {
            // RFC 8301 §3.1, which no policy of ours lifts for a chain that others judge, too.
            Algorithm::RsaSha1 => Err(SignatureError::Sha1Refused),
            Algorithm::RsaSha256 | Algorithm::Ed25519Sha256 => Ok(signature),
        });
        let value = |name| tags.get(name).map(|tag| tag.value);
        // RFC 8617 §4.1.2: i= is the instance, no identity.
        let mut claims = Claims { identity: None, ..Claims::read(&tags) };
        if value("c").is_none() {
            claims.header_canonicalization = Canonicalization::Relaxed.name().to_owned();
            claims.body_canonicalization = Canonicalization::Relaxed.name().to_owned();
        }
        Self {
            instance: value("i").and_then(instance),
            chain_validation: value("cv").unwrap_or_default().to_ascii_lowercase(),
            claims,
            signature,
        }
    }
}

/// An instance: one or two digits (RFC 8617 §4.2.1).
pub(crate) fn instance(text: &str) -> Option<u32> {
    let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|o| o.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn read_seal(tags: &TagList<'_>, value_offset: usize) -> Result<Signature, SignatureError> {
    if let Some(name) = tags.duplicate() {
        return Err(SignatureError::Duplicate { name: name.to_owned() });
    }
    let value = |name| tags.get(name).map(|tag| tag.value);
    let required = |name| value(name).ok_or(SignatureError::Missing { name });
    for name in ["a", "b", "cv", "d", "i", "s"] {
        required(name)?;
    }
    if value("h").is_some() {
        // RFC 8617 §4.1.3: which fields a seal covers is not its to say.
        let problem = "an ARC-Seal must not have it".to_owned();
        return Err(SignatureError::BadValue { name: "h", problem });
    }
    let algorithm = algorithm(required("a")?)?;
    let (domain, selector, key_name) = key_names(required("d")?, required("s")?)?;
    Ok(Signature {
        algorithm,
        signature: non_empty_base64("b", required("b")?)?,
        signature_span: signature_span(tags, value_offset),
        body_hash: Vec::new(),
        header_canonicalization: Canonicalization::Relaxed,
        body_canonicalization: Canonicalization::Relaxed,
        identity_domain: domain.clone(),
        domain,
        selector,
        key_name,
        signed_fields: Vec::new(),
        body_length: None,
        timestamp: number("t", value("t"), 12)?.map(UnixTime::from_seconds),
        expires: None,
    })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const LIMITS: ParseLimits = ParseLimits { octets: 1000, signed_names: 10 };
    const MESSAGE_SIGNATURE: &str =
        "a=rsa-sha256; b=eA==; bh=eA==; d=d.example; h=to::cc; i=2; s=s";
    const SEAL: &str = "a=rsa-sha256; b=eA==; cv=Pass; d=d.example; i=2; s=s";

    type Read = fn(&[u8], usize, ParseLimits) -> ArcField;

    fn parse(value: &str, read: Read) -> ArcField {
        read(format!("X: {value}").as_bytes(), 2, LIMITS)
    }

    fn problem(value: &str, read: Read) -> String {
        parse(value, read).signature.map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn message_signatures_have_no_version_and_no_identity_and_may_leave_from_out() {
        let field = parse(MESSAGE_SIGNATURE, ArcField::message_signature);
        assert_eq!(field.signature.unwrap().signed_fields, ["to", "cc"]);
        assert_eq!(field.instance, Some(2));
        assert_eq!(field.claims.identity, None);
        for (added, expected) in [
            ("; v=2", ""),
            ("; x0=1", ""),
            ("; a=rsa-sha256", "the tag a= stands twice"),
            ("; l=x", "the value of l= is wrong: it is not a number in decimal digits"),
        ] {
            let value = format!("{MESSAGE_SIGNATURE}{added}");
            assert_eq!(problem(&value, ArcField::message_signature), expected);
        }
        for (old, new, expected) in [
            ("bh=eA==; ", "", "the required tag bh= is missing"),
            ("rsa-sha256", "rsa-sha1", "rsa-sha1 is historic"),
            ("to::cc", "to:arc-seal", "the value of h= is wrong: it lists ARC-Seal"),
        ] {
            let value = MESSAGE_SIGNATURE.replace(old, new);
            let found = problem(&value, ArcField::message_signature);
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn seals_have_tags_of_their_own() {
        let field = parse(SEAL, ArcField::seal);
        assert_eq!(field.chain_validation, "pass");
        assert!(field.signature.is_ok());
        for (old, new, expected) in [
            ("cv=Pass; ", "", "the required tag cv= is missing"),
            ("i=2; ", "", "the required tag i= is missing"),
            ("i=2", "i=2; h=from", "the value of h= is wrong: an ARC-Seal must not have it"),
            ("i=2", "i=2; t=", "the value of t= is wrong"),
            ("rsa-sha256", "rsa-sha1", "rsa-sha1 is historic"),
            ("b=eA==", "b=", "the value of b= is wrong: it is empty"),
        ] {
            let found = problem(&SEAL.replace(old, new), ArcField::seal);
            assert!(found.starts_with(expected), "{found}");
        }
        assert_eq!(problem(&format!("{SEAL}; w=x"), ArcField::seal), "");
    }

    #[test]
    fn instances_have_one_or_two_digits() {
        for (text, expected) in [
            ("1", Some(1)),
            ("50", Some(50)),
            ("02", Some(2)),
            ("", None),
            ("100", None),
            ("+1", None),
            ("1 ", None),
        ] {
            assert_eq!(instance(text), expected, "{text:?}");
        }
    }
}
