//! The DomainKey-Signature field (RFC 4870 §3.3).

use super::error::DomainKeysError;
use crate::canon::DomainKeysCanonicalization;
use crate::crypto::Algorithm;
use crate::encoding::base64;
use crate::name::{DomainName, NameError, Selector};
use crate::signature::{Claims, ParseLimits, SignatureError};
use crate::tag_list::{TagList, colon_separated};

/// A DomainKey-Signature field that is well formed: it may verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainKeySignature {
    /// `b=`, decoded.
    pub signature: Vec<u8>,
    /// `c=`.
    pub canonicalization: DomainKeysCanonicalization,
    /// `d=`, the signing domain.
    pub domain: DomainName,
    /// `s=`, the selector.
    pub selector: Selector,
    /// Where the key is published.
    pub key_name: DomainName,
    /// `h=`, in lower case and in order; `None` where all fields below the signature are signed.
    pub signed_fields: Option<Vec<String>>,
}

impl DomainKeySignature {
    /// Reads a DomainKey-Signature field, the value of which begins at `value_offset`: what it says,
    /// and, if it may verify, what is needed for that.
    ///
    /// `q=` may be missing, though it must not: many signers left it off.
    ///
    /// # Errors
    ///
    /// In the second half, the first [`DomainKeysError`] within the field.
    ///
    /// ```
    /// use waxseal::domainkeys::DomainKeySignature;
    /// use waxseal::signature::ParseLimits;
    ///
    /// let field = b"DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; s=s; d=example.com; b=YQ==";
    /// let limits = ParseLimits { octets: 65_536, signed_names: 1000 };
    /// let (claims, signature) = DomainKeySignature::parse(field, 20, limits);
    /// assert_eq!(claims.domain.as_deref(), Some("example.com"));
    /// assert_eq!(signature.unwrap().key_name.as_str(), "s._domainkey.example.com");
    /// ```
    pub fn parse(
        field: &[u8],
        value_offset: usize,
        limits: ParseLimits,
    ) -> (Claims, Result<Self, DomainKeysError>) {
        if field.len() > limits.octets {
            let error = SignatureError::TooLarge { limit: limits.octets };
            return (claims(&TagList::default()), Err(error.into()));
        }
        let (tags, error) = TagList::parse(field.get(value_offset..).unwrap_or_default());
        let claims = claims(&tags);
        let signature = match error {
            Some(error) => Err(SignatureError::Syntax(error).into()),
            None => read(&tags, limits),
        };
        (claims, signature)
    }
}

/// What the field says, for people to read: one `c=` is for header and body alike, and `a=` has a
/// default (RFC 4870 §3.3).
fn claims(tags: &TagList<'_>) -> Claims {
    let canonicalization = tags.get("c").map(|tag| tag.value.to_ascii_lowercase());
    let canonicalization = canonicalization.unwrap_or_default();
    let mut claims = Claims::read(tags);
    claims.algorithm.get_or_insert_with(|| Algorithm::RsaSha1.name().to_owned());
    Claims {
        header_canonicalization: canonicalization.clone(),
        body_canonicalization: canonicalization,
        // These are DKIM's.
        identity: None,
        timestamp: None,
        expires: None,
        body_length: None,
        body_hash: None,
        ..claims
    }
}

fn read(tags: &TagList<'_>, limits: ParseLimits) -> Result<DomainKeySignature, DomainKeysError> {
    if let Some(name) = tags.duplicate() {
        return Err(SignatureError::Duplicate { name: name.to_owned() }.into());
    }
    let value = |name| tags.get(name).map(|tag| tag.value);
    let required = |name| value(name).ok_or(SignatureError::Missing { name });
    for name in ["b", "c", "d", "s"] {
        required(name)?;
    }
    if let Some(algorithm) = value("a")
        && Algorithm::parse(algorithm) != Some(Algorithm::RsaSha1)
    {
        return Err(SignatureError::Algorithm { value: algorithm.to_owned() }.into());
    }
    let canonicalization = required("c")?;
    let canonicalization = DomainKeysCanonicalization::parse(canonicalization)
        .ok_or_else(|| SignatureError::Canonicalization { value: canonicalization.to_owned() })?;
    if let Some(method) = value("q")
        && !["dns", "dns/txt"].iter().any(|known| method.eq_ignore_ascii_case(known))
    {
        return Err(DomainKeysError::QueryMethod { value: method.to_owned() });
    }
    let domain = name("d", required("d")?, DomainName::parse)?;
    let selector = name("s", required("s")?, Selector::parse)?;
    let key_name = name("s", required("s")?, |_| selector.key_name(&domain))?;
    let signed_fields =
        value("h").map(|names| signed_fields(names, limits.signed_names)).transpose()?;
    Ok(DomainKeySignature {
        signature: non_empty_base64(required("b")?)?,
        canonicalization,
        domain,
        selector,
        key_name,
        signed_fields,
    })
}

fn name<T>(
    name: &'static str,
    value: &str,
    parse: impl FnOnce(&str) -> Result<T, NameError>,
) -> Result<T, SignatureError> {
    parse(value).map_err(|error| SignatureError::Domain { name, value: value.to_owned(), error })
}

fn signed_fields(value: &str, limit: usize) -> Result<Vec<String>, SignatureError> {
    let bad = |problem: String| SignatureError::BadValue { name: "h", problem };
    let mut names = Vec::new();
    // RFC 4870 §3.3: white space is ignored wherever it stands. Lists that end in a colon are about.
    for name in colon_separated(value).filter(|name| !name.is_empty()) {
        if names.len() >= limit {
            return Err(SignatureError::TooManyFields { limit });
        }
        let name = base64::without_white_space(name);
        if !name.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(bad(format!("'{}' is no field name", name.escape_debug())));
        }
        names.push(name.to_ascii_lowercase());
    }
    // RFC 4870 §3.3: it can never be empty.
    if names.is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(names) }
}

fn non_empty_base64(value: &str) -> Result<Vec<u8>, SignatureError> {
    let bad = |problem: String| SignatureError::BadValue { name: "b", problem };
    let octets = base64::decode(value).map_err(|error| bad(error.to_string()))?;
    if octets.is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(octets) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::verify::Failure;

    const LIMITS: ParseLimits = ParseLimits { octets: 400, signed_names: 3 };

    fn parse(tags: &str) -> (Claims, Result<DomainKeySignature, DomainKeysError>) {
        DomainKeySignature::parse(format!("X:{tags}").as_bytes(), 2, LIMITS)
    }

    #[test]
    fn tags_are_read_with_their_defaults() {
        let (claims, signature) =
            parse(" b=YQ= =; c=NoFWS; d=Example.COM; s=a.b;\r\n\th=From : X-\r\n A:; x=1; i=@x");
        let signature = signature.unwrap();
        assert_eq!(signature.signature, b"a");
        assert_eq!(signature.canonicalization, DomainKeysCanonicalization::Nofws);
        assert_eq!(signature.key_name.as_str(), "a.b._domainkey.example.com");
        assert_eq!(signature.signed_fields.unwrap(), ["from", "x-a"]);
        assert_eq!(claims.algorithm.as_deref(), Some("rsa-sha1"));
        assert_eq!(claims.header_canonicalization, "nofws");
        assert_eq!(claims.body_canonicalization, "nofws");
        assert_eq!((claims.identity, claims.expires), (None, None));
        let (_, signature) = parse("a=RSA-SHA1; q=DNS; b=YQ==; c=simple; d=example.com; s=s");
        assert_eq!(signature.unwrap().signed_fields, None);
    }

    #[test]
    fn tags_that_are_wrong_have_their_reasons() {
        for (tags, reason) in [
            ("", "tagSyntax"),
            ("b", "tagSyntax"),
            ("c=nofws; d=a.example; s=s", "missingTag"),
            ("b=YQ==; d=a.example; s=s", "missingTag"),
            ("b=YQ==; c=nofws; s=s", "missingTag"),
            ("b=YQ==; c=nofws; d=a.example", "missingTag"),
            ("b=YQ==; b=YQ==; c=nofws; d=a.example; s=s", "duplicateTag"),
            ("b=; c=nofws; d=a.example; s=s", "tagSyntax"),
            ("b=*; c=nofws; d=a.example; s=s", "tagSyntax"),
            ("a=rsa-sha256; b=YQ==; c=nofws; d=a.example; s=s", "unsupportedAlgorithm"),
            ("a=; b=YQ==; c=nofws; d=a.example; s=s", "unsupportedAlgorithm"),
            ("b=YQ==; c=relaxed; d=a.example; s=s", "unsupportedCanonicalization"),
            ("b=YQ==; c=nofws; d=a.example; s=s; q=http", "unsupportedQueryMethod"),
            ("b=YQ==; c=nofws; d=a..example; s=s", "domainInvalid"),
            ("b=YQ==; c=nofws; d=a.example; s=s t", "domainInvalid"),
            ("b=YQ==; c=nofws; d=a.example; s=s; h=", "tagSyntax"),
            ("b=YQ==; c=nofws; d=a.example; s=s; h=:", "tagSyntax"),
            ("b=YQ==; c=nofws; d=a.example; s=s; h=fröm", "tagSyntax"),
            ("b=YQ==; c=nofws; d=a.example; s=s; h=a:b:c:d", "tagSyntax"),
        ] {
            let failure = Failure::from(parse(tags).1.unwrap_err());
            assert_eq!(failure.reason.code(), reason, "{tags}");
        }
        let (claims, signature) = parse(&format!("d=a.example; n={}", "x".repeat(400)));
        assert_eq!(claims.domain, None);
        assert_eq!(Failure::from(signature.unwrap_err()).reason.code(), "tagSyntax");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_octets_are_a_signature_or_an_error(
            octets in prop::collection::vec(prop_oneof![
                Just(b';'), Just(b'='), Just(b':'), Just(b'b'), Just(b'h'), any::<u8>(),
            ], 0..80),
            offset in 0_usize..90,
        ) {
            let _ = DomainKeySignature::parse(&octets, offset, LIMITS);
        }
    }
}
