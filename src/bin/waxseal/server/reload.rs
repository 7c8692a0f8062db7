//! Takes a configuration anew: everything is read and opened aside, and only then put in place of what
//! there was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::changes::changes;
use super::generation::Generation;
use super::key_reader::KeyReader;
use super::listeners::{Connections, Listeners, Socket};
use super::shared::Shared;
use crate::config::{self, Config, ListenAddress};

/// Mode of Unix sockets where the configuration does not say: the group may connect too.
const SOCKET_MODE: u32 = 0o660;

/// What is needed to read the configuration again.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) config: Option<PathBuf>,
    pub(crate) keys: KeyReader,
}

/// A configuration, read, with its keys loaded.
pub(crate) fn prepare(source: &Source, number: u64) -> Result<Generation, String> {
    let config = config::load(source.config.as_deref()).map_err(|error| error.to_string())?;
    let generation = Generation::new(number, config, &source.keys);
    let broken: Vec<_> =
        generation.keys.iter().filter_map(|key| key.as_ref().err()).cloned().collect();
    match broken.as_slice() {
        [] => Ok(generation),
        broken => Err(broken.join("\n")),
    }
}

/// The sockets that were opened, and what is to be known about them.
type Opened = (BTreeMap<ListenAddress, Socket>, Vec<String>);

/// Opens what the configuration listens on and is not listened on yet. A host without IPv6 does not
/// listen on `[::1]`, which configurations name beside 127.0.0.1 without anybody having written it.
pub(crate) fn open_sockets(config: &Config, listeners: &Listeners) -> Result<Opened, String> {
    let mode = config.server.socket_mode.as_ref().map_or(SOCKET_MODE, |mode| mode.value);
    let (mut sockets, mut told) = (BTreeMap::new(), Vec::new());
    for listener in config.listeners.iter().filter(|listener| !listeners.has(listener)) {
        match Socket::open(&listener.address, mode) {
            Ok(socket) => {
                sockets.insert(listener.address.clone(), socket);
            }
            Err(error) => {
                let text =
                    format!("{}: cannot listen on {}: {error}", listener.place, listener.address);
                match is_missing_ipv6(&listener.address, &error) {
                    true => told.push(text),
                    false => return Err(text),
                }
            }
        }
    }
    match sockets.is_empty() && !told.is_empty() && listeners.addresses().next().is_none() {
        true => Err(told.join("\n")),
        false => Ok((sockets, told)),
    }
}

fn is_missing_ipv6(address: &ListenAddress, error: &std::io::Error) -> bool {
    use nix::errno::Errno;
    let missing = [Errno::EADDRNOTAVAIL, Errno::EAFNOSUPPORT];
    matches!(address, ListenAddress::Inet(address) if address.is_ipv6() && address.ip().is_loopback())
        && error.raw_os_error().is_some_and(|code| missing.contains(&Errno::from_raw(code)))
}

/// Reads the configuration anew and puts it in place; what changed, or why everything stays as it was.
pub(crate) async fn reload(
    source: &Source,
    shared: &Shared,
    listeners: &mut Listeners,
    connections: &Connections,
) -> Result<String, String> {
    let old = shared.generation();
    let stays = |why: String| format!("{why}\ngeneration {} stays", old.number);
    let new = prepare(source, old.number + 1).map_err(stays)?;
    let (sockets, told) = open_sockets(&new.config, listeners).map_err(stays)?;
    for text in &told {
        shared.log.trouble(text);
    }
    let changes = changes(&old, &new);
    let text = format!("generation {} replaces {}: {changes}", new.number, old.number);
    let wanted = new.config.listeners.clone();
    shared.replace(new);
    listeners.replace(&wanted, sockets, connections).await;
    Ok(text)
}
