//! Writing private keys: whole or not at all, readable by their owner alone, never over another file.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::shell_word;

/// Tells early, before a key is made at length, that a file cannot be created there.
pub(crate) fn check_free(path: &Path) -> Result<(), CreateError> {
    // Of the name itself: a symbolic link stands in the way wherever it leads.
    if path.symlink_metadata().is_ok() || path.file_name().is_none() {
        return Err(CreateError::Exists(path.to_owned()));
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(CreateError::NoDirectory(folder.to_owned()));
    }
    Ok(())
}

/// Writes a new file that its owner alone may read, or leaves nothing behind.
pub(crate) fn create_key_file(path: &Path, content: &str) -> Result<(), CreateError> {
    check_free(path)?;
    let folder = folder(path);
    let failed = |error| CreateError::Write { path: path.to_owned(), error };
    // Created anew with mode 0600; it goes away if anything fails from here on.
    let mut file = tempfile::Builder::new()
        .prefix(".waxseal-key-")
        .tempfile_in(folder)
        .map_err(|error| CreateError::Directory { folder: folder.to_owned(), error })?;
    readable_by_owner(file.as_file()).map_err(failed)?;
    file.write_all(content.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    // One step that fails where the name is taken, by a dangling symbolic link, too.
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => CreateError::Exists(path.to_owned()),
        _ => failed(error.error),
    })?;
    // The name must survive a power cut as well; not every file system can promise that.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Whatever the umask takes away or leaves.
#[cfg(unix)]
fn readable_by_owner(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn readable_by_owner(_: &File) -> io::Result<()> {
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Why a key file was not created. The exit status is always that of output that cannot be created.
#[derive(Debug)]
pub(crate) enum CreateError {
    /// Something has that name.
    Exists(PathBuf),
    /// There is no such directory.
    NoDirectory(PathBuf),
    /// Nothing can be created in the directory.
    Directory { folder: PathBuf, error: io::Error },
    /// The file could not be written whole; nothing is left of it.
    Write { path: PathBuf, error: io::Error },
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(path) => write!(
                f,
                "{}: exists already, and keys are never overwritten; choose another name, or move \
                 the old file away",
                path.display()
            ),
            Self::NoDirectory(folder) => write!(
                f,
                "{}: is no directory; make it with `mkdir -p -m 700 {}`",
                folder.display(),
                shell_word(folder)
            ),
            Self::Directory { folder, error } => {
                write!(f, "{}: no file can be created in it: {error}", folder.display())
            }
            Self::Write { path, error } => {
                write!(f, "{}: cannot be written: {error}; nothing was left behind", path.display())
            }
        }
    }
}

impl std::error::Error for CreateError {}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_key_file(&path, "one").unwrap();
        assert!(matches!(create_key_file(&path, "two"), Err(CreateError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["key"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_name_is_taken_in_one_step() {
        // What comes between the early look and the last step.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        assert!(matches!(check_free(&path), Err(CreateError::Exists(_))));
        let file = tempfile::Builder::new().tempfile_in(folder.path()).unwrap();
        let refused = file.persist_noclobber(&path).unwrap_err();
        assert_eq!(refused.error.kind(), io::ErrorKind::AlreadyExists);
        drop(refused);
        assert_eq!(names(folder.path()), ["key"]);
    }

    #[test]
    fn directories_that_are_none_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for wrong in [folder.path().join("none"), file] {
            let error = create_key_file(&wrong.join("key"), "").unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, CreateError::NoDirectory(found) if found == wrong), "{text}");
        }
    }
}
