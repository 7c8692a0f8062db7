//! `waxseal.toml`.
//!
//! Every name that is not known is an error, with the nearest that is; so is every value that is not
//! what it must be. What is wrong is told all at once.

mod bank;
mod server;
mod signing;
mod table;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::Path;

use ::toml::de::DeTable;
use waxseal::crypto::KeyType;
use waxseal::key::publish::RecordTags;

use super::model::{Bank, ClientBanks, Config, Key, ListenAddress, Listener, Protocol};
use super::networks::Networks;
use super::place::{Placed, within};
use super::problem::{ConfigError, Problem, Source};
use super::values;
use table::{Context, Item, Table};

/// The bank that is loaded for mail from our networks, where there is one of that name.
const NETWORKS_BANK: &str = "MYNETS";

/// Reads the text of the file.
pub(super) fn read(source: &Source) -> Result<Config, ConfigError> {
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        let problem = |error: &::toml::de::Error| {
            let octet = error.span().map_or(0, |span| span.start);
            source.problem(octet, format!("not TOML: {}", error.message()))
        };
        let mut problems: Vec<Problem> = errors.iter().map(problem).collect();
        if looks_like_perl(&source.text) {
            problems.insert(0, Problem {
                place: None,
                text: format!(
                    "{} looks like a configuration of amavisd, but its name does not end in .conf",
                    source.path.display()
                ),
                excerpt: None,
            });
        }
        return Err(ConfigError::new(problems));
    }
    let context = Context { source, problems: RefCell::default() };
    let config = whole(&context, root.get_ref());
    let problems = context.problems.into_inner();
    if problems.is_empty() { Ok(config) } else { Err(ConfigError::new(problems)) }
}

fn looks_like_perl(text: &str) -> bool {
    text.lines().any(|line| {
        line.starts_with("use strict") || line.starts_with("dkim_key(") || line.starts_with("@")
    })
}

fn whole(context: &Context<'_>, entries: &DeTable<'_>) -> Config {
    let mut root = Table::new(context, "the file", context.source.place(0), entries);
    let folder = context.source.path.parent().unwrap_or(Path::new(""));
    let keys = match root.item("key").and_then(|item| item.tables("[[key]]")) {
        Some(tables) => tables.into_iter().filter_map(|table| key(table, folder)).collect(),
        None => Vec::new(),
    };
    tell_duplicates(context, &keys);
    let networks = root.item("networks").and_then(|item| networks(&item));
    let networks = networks.map(|networks| networks.value).unwrap_or_default();
    let my_domain = root.item("my_domain").and_then(|item| {
        let text = item.text()?;
        item.checked(values::domain(&text.value).map(|name| name.to_string()))
    });
    let my_host = root.item("my_host").and_then(|item| {
        let text = item.text()?;
        item.checked(values::domain(&text.value).map(|name| name.to_string()))
    });
    let mut base = bank::settings(&mut root, folder);
    // Who declares keys wants signatures; a bank or `sign = false` says otherwise.
    if base.sign.is_none() && !keys.is_empty() {
        base.sign = Some(Placed::new(true, keys[0].place.clone()));
    }
    let server = server::settings(&mut root, folder);
    let banks = bank::all(&mut root, folder);
    let listeners = match root.item("listener").and_then(|item| item.tables("[[listener]]")) {
        Some(tables) => tables
            .into_iter()
            .filter_map(|table| listener(table, folder, &banks.keys().cloned().collect::<Vec<_>>()))
            .collect(),
        None => Vec::new(),
    };
    tell_shared_addresses(context, &listeners);
    for bank in std::iter::once(&base).chain(banks.values()) {
        signing::check_keys(context, bank, &keys);
        check_seal(context, bank, &keys);
    }
    root.finish();
    let client_banks =
        vec![ClientBanks { networks: networks.clone(), banks: vec![NETWORKS_BANK.to_owned()] }];
    Config {
        origin: context.source.path.to_path_buf(),
        files: vec![context.source.path.to_path_buf()],
        keys,
        base,
        banks,
        listeners,
        networks,
        client_banks,
        my_domain,
        my_host,
        server,
        not_ours: Vec::new(),
        notes: Vec::new(),
    }
}

fn key(mut table: Table<'_>, folder: &Path) -> Option<Key> {
    let place = table.place.clone();
    let domain = table.required("domain").and_then(|item| {
        let text = item.text()?;
        item.checked(values::domain(&text.value))
    });
    let selector = table.required("selector").and_then(|item| {
        let text = item.text()?;
        item.checked(values::selector(&text.value))
    });
    let file = table.required("file").and_then(|item| {
        let text = item.text()?;
        let named = if text.value.is_empty() {
            Err("it names no file".to_owned())
        } else {
            Ok(within(folder, &text.value))
        };
        item.checked(named)
    });
    let place_of = |name| Some((name, table.place_of(name)?));
    let places = ["file", "k", "h", "s", "t", "n", "g"].into_iter().filter_map(place_of).collect();
    let kind = table.item("k").and_then(|item| {
        let text = item.text()?;
        let unknown = || format!("{:?} is no kind of key; write rsa or ed25519", text.value);
        item.checked(KeyType::parse(&text.value).ok_or_else(unknown))
    });
    let mut list = |name| table.texts(name).map(|list| list.value).unwrap_or_default();
    let (hashes, services, flags) = (list("h"), list("s"), list("t"));
    let note = table.text("n").map(|text| text.value);
    let granularity = table.text("g").map(|text| text.value);
    table.finish();
    Some(Key {
        domain: domain?.value,
        selector: selector?.value,
        file: file?.value,
        tags: RecordTags { hashes, note, services, flags, granularity, key_type: kind.is_some() },
        kind: kind.map(|kind| kind.value),
        place,
        places,
    })
}

fn tell_duplicates(context: &Context<'_>, keys: &[Key]) {
    for (index, key) in keys.iter().enumerate() {
        let same = |other: &&Key| other.domain == key.domain && other.selector == key.selector;
        if let Some(first) = keys[..index].iter().find(same) {
            context.problem(
                &key.place,
                format!(
                    "the selector {} of {} has a key already, at {}; give this one another selector",
                    key.selector, key.domain, first.place
                ),
            );
        }
    }
}

/// What seals must be one of the keys.
fn check_seal(context: &Context<'_>, bank: &Bank, keys: &[Key]) {
    let Some(seal) = &bank.arc_seal else { return };
    if !keys.iter().any(|key| key.is_published_at(&seal.value)) {
        context.problem(
            &seal.place,
            format!(
                "there is no [[key]] for arc_seal = \"{}\"; name a key by its record, such as \
                 SELECTOR._domainkey.DOMAIN",
                seal.value
            ),
        );
    }
}

fn networks(item: &Item<'_>) -> Option<Placed<Networks>> {
    let list = item.placed_texts()?;
    match Networks::parse(list.iter().map(|text| text.value.as_str())) {
        Ok(networks) => Some(Placed::new(networks, item.place.clone())),
        Err(errors) => {
            for (index, error) in errors {
                let place = list.get(index).map_or(&item.place, |text| &text.place);
                item.problem(place, error);
            }
            None
        }
    }
}

fn listener(mut table: Table<'_>, folder: &Path, banks: &[String]) -> Option<Listener> {
    let place = table.place.clone();
    let address = table.required("address").and_then(|item| {
        let text = item.text()?;
        item.checked(address(&text.value, folder))
    });
    let protocol = table.item("protocol").and_then(|item| {
        let text = item.text()?;
        item.checked(match text.value.as_str() {
            "smtp" | "lmtp" => Ok(Protocol::Smtp),
            "milter" => Ok(Protocol::Milter),
            other => Err(format!("{other:?} is no protocol; write smtp or milter")),
        })
    });
    let loaded = table.item("bank").and_then(|item| {
        let names = item.texts()?;
        for name in &names.value {
            if !banks.contains(name) {
                let known: Vec<&str> = banks.iter().map(String::as_str).collect();
                let hint = match values::nearest(name, &known) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("add [bank.{name}]"),
                };
                table.context.problem(&item.place, format!("there is no bank \"{name}\"; {hint}"));
            }
        }
        Some(names.value)
    });
    table.finish();
    Some(Listener {
        address: address?.value,
        protocol: protocol.map_or(Protocol::Smtp, |protocol| protocol.value),
        banks: loaded.unwrap_or_default(),
        place,
    })
}

/// `127.0.0.1:10024`, `[::1]:10024`, or the path of a socket.
fn address(text: &str, folder: &Path) -> Result<ListenAddress, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(ListenAddress::Unix(within(folder, path)));
    }
    if text.starts_with('/') {
        return Ok(ListenAddress::Unix(text.into()));
    }
    match text.parse::<std::net::SocketAddr>() {
        Ok(address) if address.port() != 0 => Ok(ListenAddress::Inet(address)),
        _ => Err(format!(
            "{text:?} is no address to listen on; write 127.0.0.1:10024, [::1]:10024 or \
             /run/waxseal/filter.sock"
        )),
    }
}

fn tell_shared_addresses(context: &Context<'_>, listeners: &[Listener]) {
    for (index, listener) in listeners.iter().enumerate() {
        let same = |other: &&Listener| other.address == listener.address;
        if let Some(first) = listeners[..index].iter().find(same) {
            context.problem(
                &listener.place,
                format!("{} is listened on already, at {}", listener.address, first.place),
            );
        }
    }
}
