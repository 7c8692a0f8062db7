//! Key files, for a server that is no longer root.
//!
//! A child process stays what the server was at its start and reads key files for it, so that a reload
//! finds them though the server itself could not open them any more. The child reads nothing but what its
//! own reading of the configuration names as a key.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use waxseal::crypto::PrivateKey;
use waxseal::key::private;
use zeroize::Zeroizing;

use crate::config;
use crate::keys::{Permissions, read_private_key};

/// The hidden command that the child runs.
pub(crate) const COMMAND: &str = "read-keys";

/// Where key files are read.
#[derive(Debug)]
pub(crate) enum KeyReader {
    /// Here.
    Here(Permissions),
    /// In a child that may still read them.
    Child(Box<Mutex<Reader>>),
}

/// The child, and the pipes to it.
#[derive(Debug)]
pub(crate) struct Reader {
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl KeyReader {
    /// Starts the child.
    pub(crate) fn start(config: &Path, permissions: Permissions) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--config").arg(config).arg(COMMAND);
        if permissions == Permissions::Ignored {
            command.arg("--allow-open-key-files");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let reader = Reader { _child: child, to, from: BufReader::new(from) };
        Ok(Self::Child(Box::new(Mutex::new(reader))))
    }

    /// The private key in that file.
    pub(crate) fn read(&self, file: &Path) -> Result<PrivateKey, String> {
        match self {
            Self::Here(permissions) => {
                read_private_key(file, *permissions).map_err(|error| error.to_string())
            }
            Self::Child(reader) => {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                let octets = reader.ask(file).map_err(|error| {
                    format!("{}: the process that reads keys is gone: {error}", file.display())
                })??;
                private::parse(&octets).map_err(|error| format!("{}: {error}", file.display()))
            }
        }
    }
}

impl Reader {
    fn ask(&mut self, file: &Path) -> io::Result<Result<Zeroizing<Vec<u8>>, String>> {
        // a path has no NUL in it
        self.to.write_all(file.as_os_str().as_encoded_bytes())?;
        self.to.write_all(b"\0")?;
        self.to.flush()?;
        let mut head = [0; 5];
        self.from.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let mut octets = Zeroizing::new(vec![0; length.min(1 << 20)]);
        self.from.read_exact(&mut octets)?;
        Ok(match kind {
            b'k' => Ok(octets),
            _ => Err(String::from_utf8_lossy(&octets).into_owned()),
        })
    }
}

/// What the child does: answers until its parent is gone.
pub(crate) fn run(config: Option<&Path>, permissions: Permissions) -> io::Result<()> {
    // whoever signals all processes of our name means the parent, whose end is ours
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let context = runtime.enter();
    let kinds = [SignalKind::hangup(), SignalKind::terminate(), SignalKind::interrupt()];
    let _deaf = kinds.map(signal).into_iter().collect::<io::Result<Vec<_>>>()?;
    drop(context);
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    loop {
        let mut path = Vec::new();
        if input.read_until(0, &mut path)? == 0 {
            return Ok(());
        }
        path.pop();
        let path = PathBuf::from(String::from_utf8_lossy(&path).into_owned());
        let answer = key(config, &path, permissions);
        let (kind, octets): (u8, &[u8]) = match &answer {
            Ok(key) => (b'k', key),
            Err(why) => (b'e', why.as_bytes()),
        };
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        output.write_all(&[&[kind], &length.to_be_bytes()[..]].concat())?;
        output.write_all(octets)?;
        output.flush()?;
    }
}

fn key(
    config: Option<&Path>,
    file: &Path,
    permissions: Permissions,
) -> Result<Zeroizing<Vec<u8>>, String> {
    let config = config::load(config).map_err(|error| error.to_string())?;
    if !config.keys.iter().any(|key| key.file == file) {
        return Err(format!("{} is no key of the configuration", file.display()));
    }
    let key = read_private_key(file, permissions).map_err(|error| error.to_string())?;
    Ok(Zeroizing::new(private::to_pkcs8_pem(&key).as_bytes().to_vec()))
}
