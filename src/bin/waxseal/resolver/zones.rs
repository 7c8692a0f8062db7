//! Zone files given with `--zone`.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use waxseal::dns::zone::{Zone, ZoneError};

/// Reads the files and makes one zone of them.
pub(crate) fn read_zones(paths: &[PathBuf]) -> Result<Zone, ZoneFileError> {
    let mut all = Zone::default();
    for path in paths {
        all.merge(read_zone(path)?);
    }
    Ok(all)
}

/// Why a zone file is of no use.
#[derive(Debug)]
pub(crate) enum ZoneFileError {
    /// It cannot be opened or read.
    Read { path: PathBuf, error: io::Error },
    /// It breaks the grammar of RFC 1035 §5.
    Syntax { path: PathBuf, error: ZoneError },
    /// It is not text.
    NotText { path: PathBuf, line: usize },
}

impl fmt::Display for ZoneFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, error } => {
                write!(f, "cannot read the zone file {}: {error}", path.display())
            }
            Self::Syntax { path, error } => {
                write!(f, "the zone file {} is broken: {error}", path.display())
            }
            Self::NotText { path, line } => write!(
                f,
                "the zone file {} is broken: line {line}: it is not UTF-8; write octets above 127 \
                 as \\DDD (RFC 1035 §5.1)",
                path.display()
            ),
        }
    }
}

impl std::error::Error for ZoneFileError {}

fn read_zone(path: &Path) -> Result<Zone, ZoneFileError> {
    let octets = std::fs::read(path)
        .map_err(|error| ZoneFileError::Read { path: path.to_owned(), error })?;
    let text = match std::str::from_utf8(&octets) {
        Ok(text) => text,
        Err(error) => {
            let before = octets.iter().take(error.valid_up_to());
            let line = before.filter(|octet| **octet == b'\n').count() + 1;
            return Err(ZoneFileError::NotText { path: path.to_owned(), line });
        }
    };
    Zone::parse(text, None).map_err(|error| ZoneFileError::Syntax { path: path.to_owned(), error })
}
