//! One reading of the configuration with everything that belongs to it: keys, banks, options. A message
//! keeps to the generation it began with.

use std::fmt;
use std::sync::Arc;

use waxseal::crypto::{AWS_LC, KeyType, PrivateKey, PublicKey, SigningKey};

use crate::config::{Bank, Config};
use crate::keys::{Permissions, read_private_key};

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
    /// Our host name: in greetings, and who speaks in Authentication-Results.
    pub(crate) host: String,
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
    pub(crate) fn new(number: u64, config: Config, permissions: Permissions) -> Self {
        let keys: Vec<_> = config.keys.iter().map(|key| load(&key.file, permissions)).collect();
        let kinds = keys
            .iter()
            .map(|key| key.as_ref().map(|key| key.private.key_type()).map_err(String::clone))
            .collect();
        let host = config.my_host.as_ref().map_or_else(system_host, |host| host.value.clone());
        Self { number, config, keys, kinds, host }
    }

    /// What holds with these banks.
    pub(crate) fn bank(&self, names: &[String]) -> Bank {
        self.config.bank(names)
    }
}

fn load(file: &std::path::Path, permissions: Permissions) -> Result<LoadedKey, String> {
    let private = read_private_key(file, permissions).map_err(|error| error.to_string())?;
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
