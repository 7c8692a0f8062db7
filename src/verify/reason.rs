//! Why a signature has the result it has, and the one mapping from a reason to its RFC 8601 word.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::key::record::KeyRecordError;
use crate::signature::SignatureError;

/// The result of an evaluation, in the words of RFC 8601 §2.7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerificationResult {
    /// The signature verifies and policy accepts it.
    Pass,
    /// The signature verifies, but policy does not accept it.
    Policy,
    /// The signature is well formed and its key usable, but a hash or the signature is wrong.
    Fail,
    /// It could not be decided for now and may be decided later.
    TempError,
    /// It can never verify.
    PermError,
    /// It was left undecided by configuration.
    Neutral,
    /// There is no signature.
    None,
}

impl VerificationResult {
    /// The RFC 8601 word, as it stands in an Authentication-Results field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Policy => "policy",
            Self::Fail => "fail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
            Self::Neutral => "neutral",
            Self::None => "none",
        }
    }

    /// The order in which the best result of a message is chosen, the best first:
    /// pass, policy, fail, temperror, permerror, neutral, none.
    pub(crate) const BEST_FIRST: [Self; 7] = [
        Self::Pass,
        Self::Policy,
        Self::Fail,
        Self::TempError,
        Self::PermError,
        Self::Neutral,
        Self::None,
    ];
}

impl fmt::Display for VerificationResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for VerificationResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal => $result:ident,)+) => {
        /// Why a signature does not pass. One set of codes for Rust, JSON, TypeScript and
        /// Authentication-Results text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $variant,)+
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code, for instance `bodyHashMismatch`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The result that this reason brings (RFC 8601 §2.7.1).
            pub const fn result(self) -> VerificationResult {
                match self {
                    $(Self::$variant => VerificationResult::$result,)+
                }
            }
        }
    };
}

reasons! {
    /// The body hash computed is not the one in `bh=` (RFC 6376 §6.1.3).
    BodyHashMismatch = "bodyHashMismatch" => Fail,
    /// `b=` does not verify with the key (RFC 6376 §6.1.3).
    SignatureMismatch = "signatureMismatch" => Fail,
    /// A tag-list or a tag's value breaks its grammar (RFC 6376 §3.2, §3.5).
    TagSyntax = "tagSyntax" => PermError,
    /// A tag stands twice (RFC 6376 §3.2).
    DuplicateTag = "duplicateTag" => PermError,
    /// A required tag is missing (RFC 6376 §6.1.1).
    MissingTag = "missingTag" => PermError,
    /// `v=` is not 1 (RFC 6376 §3.5).
    UnsupportedVersion = "unsupportedVersion" => PermError,
    /// `a=` is unknown, or is rsa-sha1 (RFC 8301 §3.1).
    UnsupportedAlgorithm = "unsupportedAlgorithm" => PermError,
    /// `c=` is unknown (RFC 6376 §3.5).
    UnsupportedCanonicalization = "unsupportedCanonicalization" => PermError,
    /// `q=` does not offer dns/txt (RFC 6376 §3.5).
    UnsupportedQueryMethod = "unsupportedQueryMethod" => PermError,
    /// `h=` does not list From (RFC 6376 §5.4, §6.1.1).
    FromNotSigned = "fromNotSigned" => PermError,
    /// The domain of `i=` is not `d=` or below it, or is below it though the key forbids that
    /// (RFC 6376 §3.5, §3.6.1).
    IdentityMismatch = "identityMismatch" => PermError,
    /// `d=` or `s=` is no DNS name.
    DomainInvalid = "domainInvalid" => PermError,
    /// `l=` counts more octets than the canonical body has (RFC 6376 §3.5).
    BodyLengthTooLong = "bodyLengthTooLong" => PermError,
    /// `x=` is not after `t=` (RFC 6376 §3.5).
    ExpiresBeforeTimestamp = "expiresBeforeTimestamp" => PermError,
    /// The name has no record that is a DKIM key (RFC 6376 §6.1.2).
    KeyNotFound = "keyNotFound" => PermError,
    /// The key record's `p=` is empty (RFC 6376 §3.6.1).
    KeyRevoked = "keyRevoked" => PermError,
    /// The key record breaks its grammar, or its key cannot be used.
    KeySyntax = "keySyntax" => PermError,
    /// The record's `k=` does not fit the signature's `a=` (RFC 6376 §6.1.2).
    KeyTypeMismatch = "keyTypeMismatch" => PermError,
    /// The record's `h=` excludes the signature's hash (RFC 6376 §6.1.2).
    KeyHashNotAllowed = "keyHashNotAllowed" => PermError,
    /// The record's `s=` excludes e-mail (RFC 6376 §3.6.1).
    KeyServiceNotAllowed = "keyServiceNotAllowed" => PermError,
    /// The RSA key is shorter than allowed (RFC 8301 §3.2).
    KeyTooSmall = "keyTooSmall" => PermError,
    /// The RSA key is longer than we compute with.
    KeyTooLarge = "keyTooLarge" => PermError,
    /// The DNS did not answer for now (RFC 6376 §6.1.2).
    KeyUnavailable = "keyUnavailable" => TempError,
    /// The message has no From field, a header line that is no field, or a header over its limit.
    MessageMalformed = "messageMalformed" => PermError,
    /// `x=` has passed (RFC 6376 §3.5).
    Expired = "expired" => Policy,
    /// `t=` lies ahead.
    TimestampInFuture = "timestampInFuture" => Policy,
    /// `l=` leaves the end of the body unsigned (RFC 6376 §8.2).
    BodyNotWholeSigned = "bodyNotWholeSigned" => Policy,
    /// The message has more From fields than `h=` signs (RFC 6376 §8.15).
    UnsignedFrom = "unsignedFrom" => Policy,
    /// `d=` is a single label (RFC 6376 §6.1.1 allows refusing it).
    PublicSuffix = "publicSuffix" => Policy,
    /// The signature stands past the number that is evaluated (RFC 6376 §8.4).
    TooManySignatures = "tooManySignatures" => Policy,
    /// Only the header was given; the signature over it verifies.
    BodyNotChecked = "bodyNotChecked" => Neutral,
    /// A good DomainKeys signature; its only algorithm is rsa-sha1 (RFC 8301 §3.1).
    HistoricAlgorithm = "historicAlgorithm" => Policy,
    /// The ARC fields are no chain: sets 1 to n, one field of each kind, the seals saying `cv=none`,
    /// then `cv=pass` (RFC 8617 §5.2, steps 1 and 3).
    ChainBroken = "chainBroken" => Fail,
    /// The newest ARC set says that the chain failed already, `cv=fail` (RFC 8617 §5.2, step 2).
    ChainFailed = "chainFailed" => Fail,
    /// The ARC chain fails whatever this signature of it is worth, so it was not looked at.
    NotEvaluated = "notEvaluated" => Neutral,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A reason with the sentence that tells a person what it means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    pub(crate) explanation: String,
}

impl Failure {
    pub(crate) fn new(reason: Reason, explanation: impl Into<String>) -> Self {
        Self { reason, explanation: explanation.into() }
    }
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        let reason = match &error {
            SignatureError::TooLarge { .. }
            | SignatureError::Syntax(_)
            | SignatureError::BadValue { .. }
            | SignatureError::TooManyFields { .. } => Reason::TagSyntax,
            SignatureError::Duplicate { .. } => Reason::DuplicateTag,
            SignatureError::Missing { .. } => Reason::MissingTag,
            SignatureError::Version { .. } => Reason::UnsupportedVersion,
            SignatureError::Algorithm { .. } | SignatureError::Sha1Refused => {
                Reason::UnsupportedAlgorithm
            }
            SignatureError::Canonicalization { .. } => Reason::UnsupportedCanonicalization,
            SignatureError::QueryMethod { .. } => Reason::UnsupportedQueryMethod,
            SignatureError::FromNotSigned => Reason::FromNotSigned,
            SignatureError::Identity { .. } => Reason::IdentityMismatch,
            SignatureError::Domain { .. } => Reason::DomainInvalid,
            SignatureError::Expiration { .. } => Reason::ExpiresBeforeTimestamp,
        };
        Self::new(reason, error.to_string())
    }
}

impl From<KeyRecordError> for Failure {
    fn from(error: KeyRecordError) -> Self {
        let reason = match &error {
            KeyRecordError::Duplicate { .. } => Reason::DuplicateTag,
            KeyRecordError::Revoked => Reason::KeyRevoked,
            KeyRecordError::UnknownType { .. } => Reason::KeyTypeMismatch,
            KeyRecordError::NotDkim => Reason::KeyNotFound,
            KeyRecordError::TooLong { .. }
            | KeyRecordError::Syntax(_)
            | KeyRecordError::Version { .. }
            | KeyRecordError::VersionNotFirst
            | KeyRecordError::MissingKey
            | KeyRecordError::BadValue { .. }
            | KeyRecordError::PublicKey(_) => Reason::KeySyntax,
        };
        Self::new(reason, error.to_string())
    }
}
