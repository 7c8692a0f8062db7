//! Where a setting stands.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A line of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    file: Arc<Path>,
    line: usize,
}

impl Place {
    /// That line, 1 for the first.
    pub(crate) fn new(file: &Arc<Path>, line: usize) -> Self {
        Self { file: Arc::clone(file), line }
    }

    /// The file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The line, 1 for the first.
    pub(crate) fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            // What no line says.
            0 => self.file.display().fmt(f),
            line => write!(f, "{}:{line}", self.file.display()),
        }
    }
}

/// A value, and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T> Placed<T> {
    pub(crate) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

/// A setting that does not concern DKIM; it is named, and has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// What it is called there, such as `$sa_tag_level_deflt`.
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Something in the configuration that is no error but should be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) place: Option<Place>,
    pub(crate) text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// The path as it is opened: relative to the folder, unless it is absolute.
pub(super) fn within(folder: &Path, path: &str) -> PathBuf {
    folder.join(path)
}
