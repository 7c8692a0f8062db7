//! Reading private keys.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use waxseal::crypto::PrivateKey;
use waxseal::key::private::{self, PrivateKeyError};
use zeroize::Zeroizing;

use super::shell_word;
use crate::exit::Exit;

/// No key is longer: RSA keys of 8192 bits take 6.5 KB.
const MAX_OCTETS: usize = 64 * 1024;

/// Whether it matters who else may read a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permissions {
    /// Files that group or others may read or write are refused.
    Strict,
    /// It does not matter.
    Ignored,
}

/// Reads the private key in a file, following symbolic links.
pub(crate) fn read_private_key(
    path: &Path,
    permissions: Permissions,
) -> Result<PrivateKey, KeyFileError> {
    read(path, permissions).map_err(|problem| KeyFileError { path: path.to_owned(), problem })
}

fn read(path: &Path, permissions: Permissions) -> Result<PrivateKey, Problem> {
    // Opening a pipe that nobody writes to would wait for ever. Those of /dev are open already.
    let kind = std::fs::metadata(path).map_err(Problem::Open)?;
    if !kind.is_file() && !kind.is_dir() && !path.starts_with("/dev") {
        return Err(Problem::NotAFile);
    }
    let file = File::open(path).map_err(Problem::Open)?;
    // Of the open file, not of its name: what is read is what was looked at.
    let metadata = file.metadata().map_err(Problem::Read)?;
    if metadata.is_dir() {
        return Err(Problem::Directory);
    }
    if let (Permissions::Strict, Some(mode)) = (permissions, open_mode(&metadata))
        && !(mode & 0o026 == 0 && is_credential(path))
    {
        return Err(Problem::OpenToOthers { mode });
    }
    // Room for everything at once, so that no octets stay behind in another place.
    let mut octets = Zeroizing::new(Vec::with_capacity(MAX_OCTETS + 64));
    let limit = u64::try_from(MAX_OCTETS).unwrap_or(u64::MAX) + 1;
    file.take(limit).read_to_end(&mut octets).map_err(Problem::Read)?;
    if octets.len() > MAX_OCTETS {
        return Err(Problem::TooLong);
    }
    private::parse(&octets).map_err(Problem::Key)
}

/// Whether systemd hands the file in (`LoadCredential=`), in a folder that only we can enter. It grants us
/// the file by an access control list, which shows as the mode of the group.
fn is_credential(path: &Path) -> bool {
    std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|folder| {
        let folder = Path::new(&folder);
        folder.is_absolute()
            && path.starts_with(folder)
            && !path.components().any(|part| part == std::path::Component::ParentDir)
    })
}

/// The mode, where it lets group or others read or write.
#[cfg(unix)]
fn open_mode(metadata: &Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
    (mode & 0o066 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_mode(_: &Metadata) -> Option<u32> {
    None
}

/// Why a file gives no private key.
#[derive(Debug)]
pub(crate) struct KeyFileError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Open(io::Error),
    Read(io::Error),
    Directory,
    NotAFile,
    OpenToOthers { mode: u32 },
    TooLong,
    Key(PrivateKeyError),
}

impl KeyFileError {
    /// The exit status where the file was named on the command line; where the configuration names
    /// it, it is [`Exit::Configuration`] whatever is wrong.
    pub(crate) fn exit(&self) -> Exit {
        match self.problem {
            Problem::Open(_) | Problem::Read(_) | Problem::Directory | Problem::NotAFile => {
                Exit::NoInput
            }
            Problem::OpenToOthers { .. } | Problem::TooLong | Problem::Key(_) => Exit::NotAMessage,
        }
    }
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Open(error) => write!(f, "{path}: the key file cannot be opened: {error}"),
            Problem::Read(error) => write!(f, "{path}: the key file cannot be read: {error}"),
            Problem::Directory => write!(f, "{path}: is a directory, not a key file"),
            Problem::NotAFile => write!(f, "{path}: is a pipe, socket or device, not a key file"),
            Problem::OpenToOthers { mode } => write!(
                f,
                "{path}: others may get at this private key: its mode is {mode:04o}; mend it with \
                 `chmod 600 {}`, or allow it with --allow-open-key-files",
                shell_word(&self.path)
            ),
            Problem::TooLong => write!(f, "{path}: is no key file: it is longer than 64 KiB"),
            Problem::Key(error) => write!(f, "{path}: {error}"),
        }
    }
}

impl std::error::Error for KeyFileError {}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

    fn strict(path: &Path) -> Result<PrivateKey, (Exit, String)> {
        read_private_key(path, Permissions::Strict)
            .map_err(|error| (error.exit(), error.to_string()))
    }

    #[test]
    fn files_open_to_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a key");
        fs::write(&path, SEED).unwrap();
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        for (mode, good) in [
            (0o600, true),
            (0o400, true),
            (0o700, true),
            (0o640, false),
            (0o620, false),
            (0o604, false),
            (0o602, false),
            (0o4644, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            // The mode of what the link leads to counts.
            for path in [&path, &link] {
                assert_eq!(strict(path).is_ok(), good, "{mode:o}");
                assert!(read_private_key(path, Permissions::Ignored).is_ok());
            }
        }
        let (exit, text) = strict(&path).unwrap_err();
        assert_eq!(exit, Exit::NotAMessage);
        let mend = format!("its mode is 4644; mend it with `chmod 600 '{}'`", path.display());
        assert!(text.contains(&mend), "{text}");
    }

    #[test]
    fn each_failure_is_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let error = |path: &Path, exit: Exit, part: &str| {
            let (found, text) = strict(path).unwrap_err();
            assert_eq!(found, exit, "{text}");
            assert!(text.starts_with(&format!("{}: ", path.display())), "{text}");
            assert!(text.contains(part), "{text}");
        };
        error(&path, Exit::NoInput, "cannot be opened");
        error(folder.path(), Exit::NoInput, "is a directory");
        fs::write(&path, SEED.repeat(2000)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        error(&path, Exit::NotAMessage, "longer than 64 KiB");
        fs::write(&path, "-----BEGIN PRIVATE KEY-----\n").unwrap();
        error(&path, Exit::NotAMessage, "cut short");
    }
}
