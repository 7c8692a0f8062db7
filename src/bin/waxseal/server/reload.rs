//! Takes a configuration anew: everything is read and opened aside, and only then put in place of what
//! there was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::generation::Generation;
use super::key_reader::KeyReader;
use super::limits::Limits;
use super::listeners::{Connections, Listeners, Socket};
use super::shared::Shared;
use crate::config::{self, Bank, Config, ListenAddress, Placed};

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
    let changes = changes(&old.config, &new.config);
    let text = format!("generation {} replaces {}: {changes}", new.number, old.number);
    let wanted = new.config.listeners.clone();
    shared.replace(new);
    listeners.replace(&wanted, sockets, connections).await;
    Ok(text)
}

/// What is different, in a few words.
fn changes(old: &Config, new: &Config) -> String {
    let mut list = Vec::new();
    let name = |key: &config::Key| format!("{}._domainkey.{}", key.selector, key.domain);
    for key in new.keys.iter().filter(|key| !old.keys.iter().any(|other| name(other) == name(key)))
    {
        list.push(format!("key {} added", name(key)));
    }
    for key in old.keys.iter().filter(|key| !new.keys.iter().any(|other| name(other) == name(key)))
    {
        list.push(format!("key {} removed", name(key)));
    }
    for one in new
        .listeners
        .iter()
        .filter(|one| !old.listeners.iter().any(|other| other.address == one.address))
    {
        list.push(format!("listener {} added", one.address));
    }
    for one in old
        .listeners
        .iter()
        .filter(|one| !new.listeners.iter().any(|other| other.address == one.address))
    {
        list.push(format!("listener {} removed", one.address));
    }
    for one in &new.listeners {
        let before = old.listeners.iter().find(|other| other.address == one.address);
        if let Some(before) = before
            && before.protocol != one.protocol
        {
            list.push(format!("listener {} speaks {}", one.address, one.protocol.name()));
        }
        if let Some(before) = before
            && before.banks != one.banks
        {
            let names = if one.banks.is_empty() { "no bank".into() } else { one.banks.join(", ") };
            list.push(format!("listener {} loads {names}", one.address));
        }
    }
    let banks = |config: &Config| {
        let named = config.banks.iter().map(|(name, bank)| (name.clone(), said(bank)));
        named.chain([(String::new(), said(&config.base))]).collect::<Vec<_>>()
    };
    if banks(old) != banks(new) {
        list.push("settings of banks changed".to_owned());
    }
    if Limits::of(&old.server.limits) != Limits::of(&new.server.limits) {
        list.push("limits changed".to_owned());
    }
    for name in needing_a_start(old, new) {
        list.push(format!("{name} changed, which holds from the next start on"));
    }
    if list.is_empty() {
        "nothing changed but perhaps the contents of key files".to_owned()
    } else {
        list.join(", ")
    }
}

/// What is settled when the server starts.
fn needing_a_start(old: &Config, new: &Config) -> Vec<&'static str> {
    fn differs<T: PartialEq>(old: &Option<Placed<T>>, new: &Option<Placed<T>>) -> bool {
        old.as_ref().map(|placed| &placed.value) != new.as_ref().map(|placed| &placed.value)
    }
    let (old, new) = (&old.server, &new.server);
    let all = [
        ("user", differs(&old.user, &new.user) || differs(&old.group, &new.group)),
        ("control", differs(&old.control, &new.control)),
        ("socket_mode", differs(&old.socket_mode, &new.socket_mode)),
        ("spool", differs(&old.spool, &new.spool)),
        ("log", differs(&old.log, &new.log)),
        ("metrics", differs(&old.metrics, &new.metrics)),
        ("connections", differs(&old.limits.connections, &new.limits.connections)),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// What a bank says, without where.
fn said(bank: &Bank) -> String {
    fn value<T: Clone>(placed: &Option<Placed<T>>) -> Option<T> {
        placed.as_ref().map(|placed| placed.value.clone())
    }
    let flags = [&bank.originating, &bank.sign, &bank.verify].map(value);
    let hops = [&bank.forward_to, &bank.notify].map(value);
    let networks = [&bank.peers, &bank.networks, &bank.xforward].map(value);
    let texts = (value(&bank.discard_ehlo_keywords), value(&bank.recipient_delimiter));
    let actions = (value(&bank.on_sign_error), value(&bank.arc_seal), value(&bank.odd_lines));
    let policy: Vec<_> =
        bank.policy.iter().map(|(result, action)| (*result, action.value)).collect();
    let entries = bank.signing.iter().flatten().flat_map(|map| &map.entries);
    let signing: Vec<_> =
        entries.map(|entry| (entry.pattern.to_string(), entry.tags.texts())).collect();
    let general = bank.general_tags.as_ref().map(|tags| tags.texts());
    format!(
        "{flags:?} {hops:?} {networks:?} {texts:?} {actions:?} {policy:?} {signing:?} {general:?}"
    )
}
