//! Key records: the TXT records that publish public keys (RFC 6376 §3.6.1).

use std::fmt;

use super::public::{self, PublicKeyError};
use crate::crypto::{HashAlgorithm, KeyType, PublicKey};
use crate::encoding::base64::{self, Base64Error};
use crate::tag_list::{TagList, TagListError, colon_separated};

/// A key record that can be used.
///
/// ```
/// use waxseal::key::KeyRecord;
///
/// let record = KeyRecord::parse(
///     b"v=DKIM1; k=ed25519; t=y; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
///     4096,
/// )
/// .unwrap();
/// assert_eq!(record.public_key.bits(), 256);
/// assert!(record.testing);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key, `p=` and `k=`.
    pub public_key: PublicKey,
    /// The hashes it may be used with, `h=`; `None` for all.
    pub hashes: Option<Vec<String>>,
    /// The services it may be used for, `s=`; `None` for all.
    pub services: Option<Vec<String>>,
    /// The domain is testing DKIM, the flag `y` of `t=`.
    pub testing: bool,
    /// The domain of `i=` must equal `d=`, the flag `s` of `t=`.
    pub strict_identity: bool,
}

impl KeyRecord {
    /// Reads a record of at most `max_octets` octets.
    ///
    /// # Errors
    ///
    /// [`KeyRecordError`] says what is wrong; [`KeyRecordError::NotDkim`] means that the record was
    /// never meant to be a key.
    pub fn parse(octets: &[u8], max_octets: usize) -> Result<Self, KeyRecordError> {
        if octets.len() > max_octets {
            return Err(KeyRecordError::TooLong { octets: octets.len(), limit: max_octets });
        }
        let (tags, error) = TagList::parse(octets);
        if !looks_like_a_key(octets, &tags) {
            return Err(KeyRecordError::NotDkim);
        }
        if let Some(error) = error {
            return Err(KeyRecordError::Syntax(error));
        }
        if let Some(name) = tags.duplicate() {
            return Err(KeyRecordError::Duplicate { name: name.to_owned() });
        }
        check_version(&tags)?;

        let value = tags.get("p").ok_or(KeyRecordError::MissingKey)?.value;
        let key_type = match tags.get("k") {
            Some(tag) => KeyType::parse(tag.value)
                .ok_or_else(|| KeyRecordError::UnknownType { value: tag.value.to_owned() })?,
            None => KeyType::Rsa,
        };
        let flags = list(&tags, "t")?.unwrap_or_default();
        let hashes = list(&tags, "h")?;
        let services = list(&tags, "s")?;
        // RFC 6376 §3.6.1: an empty value means that the key has been revoked.
        if value.is_empty() {
            return Err(KeyRecordError::Revoked);
        }
        let octets = base64::decode(value)
            .map_err(|error| KeyRecordError::BadValue { name: "p", error: error.into() })?;
        let public_key = public::parse(key_type, &octets).map_err(KeyRecordError::PublicKey)?;
        let has_flag = |flag: &str| flags.iter().any(|one| one.eq_ignore_ascii_case(flag));
        Ok(Self {
            public_key,
            hashes,
            services,
            testing: has_flag("y"),
            strict_identity: has_flag("s"),
        })
    }

    /// Whether the key may be used with that hash (RFC 6376 §3.6.1, `h=`).
    pub fn allows_hash(&self, hash: HashAlgorithm) -> bool {
        self.hashes
            .as_ref()
            .is_none_or(|hashes| hashes.iter().any(|one| one.eq_ignore_ascii_case(hash.name())))
    }

    /// Whether the key may be used for e-mail (RFC 6376 §3.6.1, `s=`).
    pub fn allows_email(&self) -> bool {
        self.services.as_ref().is_none_or(|services| {
            services.iter().any(|one| one == "*" || one.eq_ignore_ascii_case("email"))
        })
    }
}

/// Why a TXT record cannot be used as a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRecordError {
    /// It is something else, an SPF record for instance.
    NotDkim,
    /// It is longer than allowed.
    TooLong {
        /// Its length.
        octets: usize,
        /// What is allowed.
        limit: usize,
    },
    /// It is no tag list.
    Syntax(TagListError),
    /// A tag stands twice.
    Duplicate {
        /// The tag.
        name: String,
    },
    /// `v=` is not DKIM1.
    Version {
        /// What it is.
        value: String,
    },
    /// `v=` is not the first tag.
    VersionNotFirst,
    /// There is no `p=`.
    MissingKey,
    /// `p=` is empty: the key has been revoked.
    Revoked,
    /// `k=` is unknown.
    UnknownType {
        /// What it is.
        value: String,
    },
    /// A tag's value is outside its grammar.
    BadValue {
        /// The tag.
        name: &'static str,
        /// What is wrong with the value.
        error: BadValue,
    },
    /// The key in `p=` cannot be used.
    PublicKey(PublicKeyError),
}

/// What is wrong with a value in a key record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadValue {
    /// It is not base64.
    Base64(Base64Error),
    /// A list with an empty item.
    EmptyItem,
}

impl From<Base64Error> for BadValue {
    fn from(error: Base64Error) -> Self {
        Self::Base64(error)
    }
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64(error) => error.fmt(f),
            Self::EmptyItem => f.write_str("the list has an empty item"),
        }
    }
}

impl fmt::Display for KeyRecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDkim => f.write_str("the TXT record is no DKIM key"),
            Self::TooLong { octets, limit } => {
                write!(f, "the key record has {octets} octets, more than the {limit} allowed")
            }
            Self::Syntax(error) => write!(f, "the key record is no tag list: {error}"),
            Self::Duplicate { name } => write!(f, "the key record has the tag {name}= twice"),
            Self::Version { value } => {
                write!(f, "the key record has v={}, not v=DKIM1", value.escape_debug())
            }
            Self::VersionNotFirst => f.write_str("v= is not the first tag of the key record"),
            Self::MissingKey => f.write_str("the key record has no p="),
            Self::Revoked => f.write_str("the key has been revoked: p= is empty"),
            Self::UnknownType { value } => {
                write!(f, "the key record has the unknown key type k={}", value.escape_debug())
            }
            Self::BadValue { name, error } => write!(f, "{name}= of the key record: {error}"),
            Self::PublicKey(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyRecordError {}

/// Whether the record was meant as a DKIM key, be it a broken one. Other TXT records stand at the
/// same name where wildcards are in use.
fn looks_like_a_key(octets: &[u8], tags: &TagList<'_>) -> bool {
    match tags.iter().next() {
        Some(first) if first.name == "v" => first.value == "DKIM1" || tags.get("p").is_some(),
        _ => {
            tags.get("p").is_some()
                || octets
                    .trim_ascii_start()
                    .get(..7)
                    .is_some_and(|start| start.eq_ignore_ascii_case(b"v=DKIM1"))
        }
    }
}

fn check_version(tags: &TagList<'_>) -> Result<(), KeyRecordError> {
    // RFC 6376 §3.6.1: v= is optional, but where it stands it stands first and is DKIM1.
    let Some(version) = tags.get("v") else {
        return Ok(());
    };
    if version.value != "DKIM1" {
        return Err(KeyRecordError::Version { value: version.value.to_owned() });
    }
    match tags.iter().next() {
        Some(first) if first.name == "v" => Ok(()),
        _ => Err(KeyRecordError::VersionNotFirst),
    }
}

fn list(tags: &TagList<'_>, name: &'static str) -> Result<Option<Vec<String>>, KeyRecordError> {
    let Some(tag) = tags.get(name) else {
        return Ok(None);
    };
    let items: Vec<String> = colon_separated(tag.value).map(str::to_owned).collect();
    // An empty t= is written by tools that always write the tag; it sets no flag.
    if name == "t" && tag.value.is_empty() {
        return Ok(Some(Vec::new()));
    }
    if items.iter().any(String::is_empty) {
        return Err(KeyRecordError::BadValue { name, error: BadValue::EmptyItem });
    }
    Ok(Some(items))
}
