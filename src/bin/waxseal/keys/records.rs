//! The records that belong to the configured keys.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use waxseal::check::fingerprint;
use waxseal::crypto::{AWS_LC, PublicKey};
use waxseal::key::publish::{self, PublishError};
use waxseal::{DomainName, NameError, Selector};

use super::{KeyFileError, Permissions, read_private_key};
use crate::config::Key;
use crate::exit::Exit;

/// A configured key as it is to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its number in the configuration, 1 for the first.
    pub(crate) number: usize,
    pub(crate) domain: DomainName,
    pub(crate) selector: Selector,
    /// The owner of the record.
    pub(crate) name: DomainName,
    pub(crate) key: PublicKey,
    /// The file of the private key.
    pub(crate) file: PathBuf,
    pub(crate) ttl: u32,
    /// The text of the record.
    pub(crate) value: String,
}

impl Record {
    /// Reads the private key and writes the record.
    pub(crate) fn of(
        number: usize,
        key: &Key,
        ttl: u32,
        permissions: Permissions,
    ) -> Result<Self, RecordError> {
        let private = read_private_key(&key.file, permissions)?;
        let public = private.public_key();
        if let Some(kind) = key.kind
            && kind != public.key_type()
        {
            return Err(RecordError::Configuration(format!(
                "{}: k is {}, but the key in {} is of type {}; leave k out",
                key.place,
                kind.name(),
                key.file.display(),
                public.key_type().name()
            )));
        }
        let about = |error: &dyn fmt::Display| {
            RecordError::Configuration(format!("{}: {error}", key.place))
        };
        let name = key.selector.key_name(&key.domain).map_err(|error: NameError| about(&error))?;
        let value =
            publish::record(&public, &key.tags).map_err(|error: PublishError| about(&error))?;
        Ok(Self {
            number,
            domain: key.domain.clone(),
            selector: key.selector.clone(),
            name,
            key: public,
            file: key.file.clone(),
            ttl,
            value,
        })
    }

    /// The record in quoted strings of at most 255 octets, as most interfaces want it.
    pub(crate) fn quoted(&self) -> String {
        let strings: Vec<_> =
            publish::strings(&self.value).into_iter().map(publish::quoted).collect();
        strings.join(" ")
    }

    /// The record for programs.
    pub(crate) fn to_json(&self) -> RecordJson<'_> {
        RecordJson {
            number: self.number,
            domain: self.domain.as_str(),
            selector: self.selector.as_str(),
            name: self.name.as_str(),
            ttl: self.ttl,
            value: &self.value,
            strings: publish::strings(&self.value),
            zone: publish::zone_entry(&self.name, self.ttl, &self.value),
            key_type: self.key.key_type().name(),
            bits: self.key.bits(),
            fingerprint: fingerprint(&self.key, AWS_LC),
            file: &self.file,
            warnings: self.concerns(),
        }
    }

    /// What should be known before the record is published.
    pub(crate) fn concerns(&self) -> Vec<String> {
        publish::concerns(&self.name, &self.value).iter().map(ToString::to_string).collect()
    }
}

/// A record as `--json` shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordJson<'a> {
    number: usize,
    domain: &'a str,
    selector: &'a str,
    name: &'a str,
    ttl: u32,
    value: &'a str,
    strings: Vec<&'a str>,
    zone: String,
    #[serde(rename = "type")]
    key_type: &'static str,
    bits: usize,
    fingerprint: String,
    #[serde(serialize_with = "lossy")]
    file: &'a Path,
    warnings: Vec<String>,
}

/// Why a configured key has no record.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The file of the private key is of no use.
    File(KeyFileError),
    /// The configuration asks for what cannot be: the place, and what is wrong.
    Configuration(String),
}

impl RecordError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::File(error) => error.exit(),
            Self::Configuration(_) => Exit::Configuration,
        }
    }
}

impl From<KeyFileError> for RecordError {
    fn from(error: KeyFileError) -> Self {
        Self::File(error)
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Configuration(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for RecordError {}

fn lossy<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}
