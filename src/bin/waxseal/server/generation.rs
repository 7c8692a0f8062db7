//! One reading of the configuration with everything that belongs to it: keys, banks, options. A message
//! keeps to the generation it began with.

use std::fmt;
use std::sync::Arc;

use waxseal::crypto::{AWS_LC, KeyType, PrivateKey, PublicKey, SigningKey};

use super::key_reader::KeyReader;
use super::limits::Limits;
use crate::config::{Bank, Config, ListenAddress, Listener};

/// A configuration in use.
#[derive(Debug)]
pub(crate) struct Generation {
    /// 1 for the one the server started with.
    pub(crate) number: u64,
    pub(crate) config: Config,
    /// The keys of the configuration, in its order, or why one cannot be used.
    pub(crate) keys: Vec<Result<LoadedKey, String>>,
    /// The same for those who ask for the kind alone.
    pub(crate) kinds: Vec<Result<KeyType, String>>,
    /// Our host name, in greetings.
    pub(crate) host: String,
    /// Who speaks in Authentication-Results (RFC 8601 §2.5).
    pub(crate) authserv_id: String,
    pub(crate) limits: Limits,
}

/// A key in memory, ready to sign.
#[derive(Clone)]
pub(crate) struct LoadedKey {
    pub(crate) public: PublicKey,
    pub(crate) private: PrivateKey,
    pub(crate) signing: Arc<dyn SigningKey>,
}

impl fmt::Debug for LoadedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Generation {
    /// Loads the keys of the configuration.
    pub(crate) fn new(number: u64, config: Config, reader: &KeyReader) -> Self {
        let keys: Vec<_> = config.keys.iter().map(|key| load(&key.file, reader)).collect();
        let kinds = keys
            .iter()
            .map(|key| key.as_ref().map(|key| key.private.key_type()).map_err(String::clone))
            .collect();
        let host = config.my_host.as_ref().map_or_else(system_host, |host| host.value.clone());
        let authserv_id = config.server.authserv_id.as_ref();
        let authserv_id = authserv_id.map_or_else(|| host.clone(), |name| name.value.clone());
        let limits = Limits::of(&config.server.limits);
        Self { number, config, keys, kinds, host, authserv_id, limits }
    }

    /// The listener with that address, if there is still one.
    pub(crate) fn listener(&self, address: &ListenAddress) -> Option<&Listener> {
        self.config.listeners.iter().find(|listener| listener.address == *address)
    }

    /// What holds with these banks.
    pub(crate) fn bank(&self, names: &[String]) -> Bank {
        self.config.bank(names)
    }
}

fn load(file: &std::path::Path, reader: &KeyReader) -> Result<LoadedKey, String> {
    let private = reader.read(file)?;
    let signing =
        AWS_LC.signing_key(&private).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(LoadedKey { public: private.public_key(), private, signing: signing.into() })
}

/// The host's own name, or `localhost`.
fn system_host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "localhost".to_owned(),
        name => name.to_owned(),
    }
}
