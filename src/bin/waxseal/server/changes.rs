//! What a reload changes, in a few words.

use std::collections::BTreeSet;

use waxseal::key::publish;

use super::generation::Generation;
use crate::config::{Bank, Config, Key, Placed};

/// What is different.
pub(super) fn changes(old: &Generation, new: &Generation) -> String {
    let mut list = Vec::new();
    keys(old, new, &mut list);
    listeners(&old.config, &new.config, &mut list);
    banks(&old.config, &new.config, &mut list);
    let (was, is) = (&old.config, &new.config);
    if was.networks != is.networks || was.client_banks != is.client_banks {
        list.push("networks changed".to_owned());
    }
    if (&old.host, &old.authserv_id) != (&new.host, &new.authserv_id) {
        list.push("our name changed".to_owned());
    }
    if differs(&was.server.admin, &is.server.admin) {
        list.push("admin changed".to_owned());
    }
    if old.limits != new.limits {
        list.push("limits changed".to_owned());
    }
    for name in needing_a_start(was, is) {
        list.push(format!("{name} changed, which holds from the next start on"));
    }
    if list.is_empty() { "nothing changed".to_owned() } else { list.join(", ") }
}

fn keys(old: &Generation, new: &Generation, list: &mut Vec<String>) {
    let name = |key: &Key| format!("{}._domainkey.{}", key.selector, key.domain);
    let all = |generation: &Generation| -> Vec<(String, Option<String>)> {
        let loaded = generation.keys.iter();
        let record = |(key, loaded): (&Key, &Result<_, _>)| {
            let loaded: &super::generation::LoadedKey = loaded.as_ref().ok()?;
            publish::record(&loaded.public, &key.tags).ok()
        };
        let keys = generation.config.keys.iter();
        keys.zip(loaded).map(|pair| (name(pair.0), record(pair))).collect()
    };
    let (old, new) = (all(old), all(new));
    for (name, record) in &new {
        match old.iter().find(|(other, _)| other == name) {
            None => list.push(format!("key {name} added")),
            Some((_, before)) if before != record => list.push(format!("key {name} is another")),
            Some(_) => {}
        }
    }
    for (name, _) in old.iter().filter(|(name, _)| !new.iter().any(|(other, _)| other == name)) {
        list.push(format!("key {name} removed"));
    }
    let order = |keys: &[(String, Option<String>)]| -> Vec<String> {
        keys.iter().map(|(name, _)| name.clone()).collect()
    };
    // the first that fits signs
    if order(&old) != order(&new)
        && order(&old).iter().collect::<BTreeSet<_>>() == order(&new).iter().collect()
    {
        list.push("the order of keys changed".to_owned());
    }
}

fn listeners(old: &Config, new: &Config, list: &mut Vec<String>) {
    for one in &new.listeners {
        match old.listeners.iter().find(|other| other.address == one.address) {
            None => list.push(format!("listener {} added", one.address)),
            Some(before) => {
                if before.protocol != one.protocol {
                    list.push(format!("listener {} speaks {}", one.address, one.protocol.name()));
                }
                if before.banks != one.banks {
                    let names =
                        if one.banks.is_empty() { "no bank".into() } else { one.banks.join(", ") };
                    list.push(format!("listener {} loads {names}", one.address));
                }
            }
        }
    }
    for one in &old.listeners {
        if !new.listeners.iter().any(|other| other.address == one.address) {
            list.push(format!("listener {} removed", one.address));
        }
    }
}

fn banks(old: &Config, new: &Config, list: &mut Vec<String>) {
    if said(&old.base) != said(&new.base) {
        list.push("settings for all banks changed".to_owned());
    }
    let names: BTreeSet<&String> = old.banks.keys().chain(new.banks.keys()).collect();
    for name in names {
        match (old.banks.get(name), new.banks.get(name)) {
            (Some(before), Some(now)) if said(before) != said(now) => {
                list.push(format!("bank {name} changed"));
            }
            (None, Some(_)) => list.push(format!("bank {name} added")),
            (Some(_), None) => list.push(format!("bank {name} removed")),
            _ => {}
        }
    }
}

fn differs<T: PartialEq>(old: &Option<Placed<T>>, new: &Option<Placed<T>>) -> bool {
    old.as_ref().map(|placed| &placed.value) != new.as_ref().map(|placed| &placed.value)
}

/// What is settled when the server starts.
fn needing_a_start(old: &Config, new: &Config) -> Vec<&'static str> {
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
