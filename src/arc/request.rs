//! What a new ARC set shall say.

use std::fmt;

use super::results::quoted_where_needed;
use crate::canon::Canonicalization;
use crate::crypto::Algorithm;
use crate::name::{DomainName, Selector};
use crate::sign::{Oversign, RequestError, Selection, SignedFields};
use crate::time::UnixTime;
use crate::verify::Arc;

/// One ARC set to add: everything its three fields will say but the hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRequest {
    /// The key of the ARC-Message-Signature.
    pub message_key: SealKey,
    /// The key of the ARC-Seal, usually the same.
    pub seal_key: SealKey,
    /// The authentication results that the set carries on.
    pub results: CarriedResults,
    /// `t=` of both signatures; no tag where `None`, the default.
    pub timestamp: Option<UnixTime>,
    /// `c=` of the ARC-Message-Signature for the header. Default relaxed.
    pub header_canonicalization: Canonicalization,
    /// `c=` of the ARC-Message-Signature for the body. Default relaxed.
    pub body_canonicalization: Canonicalization,
    /// Which fields the ARC-Message-Signature covers. Default [`SignedFields::Recommended`], and the
    /// DKIM-Signature fields (RFC 8617 §4.1.2).
    pub fields: SignedFields,
    /// Of which fields it signs one more than there are. Default [`Oversign::Recommended`].
    pub oversign: Oversign,
    /// The verdict on the chain of the message as it came, [`Report::arc`](crate::Report::arc), for
    /// a host that has changed the message since. Where `None`, the default, the chain of the message
    /// that is sealed is judged.
    pub chain: Option<Arc>,
    /// Whether a chain that fails is marked so, once, with `cv=fail` (RFC 8617 §5.1.2). Default
    /// false: nothing is added to it.
    pub seal_failed: bool,
}

impl SealRequest {
    /// A request with the defaults, both signatures by one key.
    pub fn new(key: SealKey, results: CarriedResults) -> Self {
        Self {
            message_key: key.clone(),
            seal_key: key,
            results,
            timestamp: None,
            header_canonicalization: Canonicalization::Relaxed,
            body_canonicalization: Canonicalization::Relaxed,
            fields: SignedFields::Recommended,
            oversign: Oversign::Recommended,
            chain: None,
            seal_failed: false,
        }
    }

    /// Which fields are covered, if some message could satisfy the request.
    pub(super) fn check(&self) -> Result<Selection, SealRequestError> {
        for key in [&self.message_key, &self.seal_key] {
            // RFC 8301 §3.1: rsa-sha1 must not be used for signing.
            if key.algorithm == Algorithm::RsaSha1 {
                return Err(RequestError::Algorithm(key.algorithm).into());
            }
            key.selector.key_name(&key.domain).map_err(RequestError::KeyName)?;
        }
        if let Some(time) = self.timestamp
            && time.seconds() > 999_999_999_999
        {
            return Err(RequestError::Time(time.seconds()).into());
        }
        self.results.check()?;
        Ok(Selection::for_arc(&self.fields, &self.oversign)?)
    }
}

/// Whose key, where its record is published, and what it signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKey {
    /// `d=`.
    pub domain: DomainName,
    /// `s=`.
    pub selector: Selector,
    /// `a=`: rsa-sha256 or ed25519-sha256.
    pub algorithm: Algorithm,
}

/// Where the results come from that an ARC-Authentication-Results carries (RFC 8617 §4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarriedResults {
    /// From the Authentication-Results fields of the message that carry this authserv-id, all of
    /// them. Whoever receives mail from outside must have removed those that came with it
    /// (RFC 8601 §5), else the seal vouches for a stranger's word.
    OfMessage {
        /// Who speaks in them.
        authserv_id: String,
    },
    /// This Authentication-Results value (RFC 8601 §2.2), the authserv-id first, for instance
    /// [`Report::authentication_results`](crate::Report::authentication_results).
    Given(String),
}

impl CarriedResults {
    pub(super) fn check(&self) -> Result<(), SealRequestError> {
        match self {
            Self::OfMessage { authserv_id } => {
                if authserv_id.is_empty() || authserv_id.contains(char::is_control) {
                    return Err(SealRequestError::AuthservId(authserv_id.clone()));
                }
            }
            Self::Given(value) => {
                let lines = value.split("\r\n").enumerate();
                let is_folded = lines.map(|(at, line)| {
                    let is_continued = at == 0 || line.starts_with([' ', '\t']);
                    let is_blank = line.trim_matches([' ', '\t']).is_empty();
                    let is_clean = !line.contains(|c: char| c.is_control() && c != '\t');
                    is_continued && !is_blank && is_clean
                });
                if !is_folded.into_iter().all(|fine| fine) {
                    return Err(SealRequestError::Results(value.clone()));
                }
            }
        }
        Ok(())
    }

    /// The authserv-id as it is written, where it is known by itself.
    pub(super) fn written_authserv_id(&self) -> Option<String> {
        match self {
            Self::OfMessage { authserv_id } => Some(quoted_where_needed(authserv_id)),
            Self::Given(_) => None,
        }
    }
}

/// A [`SealRequest`] that no message could satisfy: the fault of whoever set it up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealRequestError {
    /// What a DKIM signature could not say either.
    Signature(RequestError),
    /// Not the name of an authentication service (RFC 8601 §2.5).
    AuthservId(String),
    /// Not the value of a header field.
    Results(String),
}

impl fmt::Display for SealRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::AuthservId(text) => write!(
                f,
                "the authserv-id '{}' is none: it must not be empty and have no control characters",
                text.escape_debug()
            ),
            Self::Results(text) => write!(
                f,
                "the results '{}' are no field value: each CRLF must stand before a blank, and no \
                 line may be empty",
                text.escape_debug()
            ),
        }
    }
}

impl std::error::Error for SealRequestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Signature(error) => Some(error),
            Self::AuthservId(_) | Self::Results(_) => None,
        }
    }
}

impl From<RequestError> for SealRequestError {
    fn from(error: RequestError) -> Self {
        Self::Signature(error)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn results_must_be_a_field_value() {
        let of_message = |id: &str| CarriedResults::OfMessage { authserv_id: id.to_owned() };
        let given = |value: &str| CarriedResults::Given(value.to_owned());
        for (results, fine) in [
            (of_message("mx.example"), true),
            (of_message("mx example"), true),
            (of_message(""), false),
            (of_message("a\r\nSubject: x"), false),
            (given("mx.example; none"), true),
            (given("mx.example;\r\n\tspf=pass"), true),
            (given(""), false),
            (given("mx.example\r\nSubject: x"), false),
            (given("mx.example\r\n \r\n x"), false),
            (given("mx.example\n x"), false),
            (given("mx.example\0"), false),
        ] {
            assert_eq!(results.check().is_ok(), fine, "{results:?}");
        }
        assert_eq!(of_message("mx a").written_authserv_id().as_deref(), Some("\"mx a\""));
    }
}
