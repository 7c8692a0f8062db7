//! `dkim_key(DOMAIN, SELECTOR, FILE, OPTION => VALUE, …)`.

use std::collections::BTreeMap;

use waxseal::crypto::KeyType;
use waxseal::key::publish::RecordTags;

use super::build::Build;
use super::value::{Kind, Value};
use crate::config::model::Key;
use crate::config::place::Place;
use crate::config::values::{self, nearest};

/// The tags of a record that a key can have.
const OPTIONS: [&str; 7] = ["v", "h", "k", "n", "s", "t", "g"];

/// The keys, in the order they are declared.
pub(super) fn all(build: &mut Build) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (arguments, place) in std::mem::take(&mut build.evaluator.keys) {
        let Some(key) = key(build, &arguments, &place) else {
            continue;
        };
        let same = |other: &&Key| other.domain == key.domain && other.selector == key.selector;
        if let Some(first) = keys.iter().find(same) {
            let text = format!(
                "dkim_key: the selector {} of {} has a key already, at {}; give this one another \
                 selector",
                key.selector, key.domain, first.place
            );
            build.problem(&place, text);
        }
        keys.push(key);
    }
    keys
}

fn key(build: &mut Build, arguments: &[Value], place: &Place) -> Option<Key> {
    let [domain, selector, file, options @ ..] = arguments else {
        let text = format!(
            "dkim_key needs a domain, a selector and a file, but has {} {}",
            arguments.len(),
            if arguments.len() == 1 { "argument" } else { "arguments" }
        );
        build.problem(place, text);
        return None;
    };
    let domain = domain_name(build, domain);
    let selector = build
        .text("dkim_key: the selector", selector)
        .and_then(|text| build.checked(&text.place, "dkim_key", values::selector(&text.value)));
    let file = build.text("dkim_key: the file", file).and_then(|text| {
        if text.value.is_empty() {
            build.problem(&text.place, "dkim_key: the name of the file is empty");
            return None;
        }
        Some(text.value)
    });
    if options.len() % 2 != 0 {
        build.problem(place, "dkim_key: the options must be pairs, such as h => 'sha256'");
        return None;
    }
    let mut tags = RecordTags::default();
    let mut kind = None;
    let mut places = BTreeMap::from([("file", arguments[2].place.clone())]);
    for pair in options.chunks(2) {
        if let [name, value] = pair {
            option(build, &mut tags, &mut kind, name, value)?;
            if let Kind::Text(text) = &name.kind
                && let Some(known) = OPTIONS.iter().find(|known| *known == text)
            {
                places.insert(known, name.place.clone());
            }
        }
    }
    Some(Key {
        domain: domain?,
        selector: selector?,
        file: file?.into(),
        tags,
        kind,
        place: place.clone(),
        places,
    })
}

fn domain_name(build: &mut Build, value: &Value) -> Option<waxseal::DomainName> {
    let one_each = "write a dkim_key for each domain, for each needs a record of its own";
    if let Kind::Opaque(_) = value.kind {
        build.problem(&value.place, format!("dkim_key: the domain is a pattern; {one_each}"));
        return None;
    }
    let text = build.text("dkim_key: the domain", value)?;
    if text.value.contains('*') {
        let problem = format!("dkim_key: {:?} stands for many domains; {one_each}", text.value);
        build.problem(&text.place, problem);
        return None;
    }
    build.checked(&text.place, "dkim_key", values::domain(&text.value))
}

fn option(
    build: &mut Build,
    tags: &mut RecordTags,
    kind: &mut Option<KeyType>,
    name: &Value,
    value: &Value,
) -> Option<()> {
    let name = build.text("dkim_key: the name of an option", name)?;
    if !OPTIONS.contains(&name.value.as_str()) {
        let mut text = format!("dkim_key: unknown option {:?}", name.value);
        match nearest(&name.value, &OPTIONS) {
            Some(near) => text.push_str(&format!("; did you mean {near}?")),
            None => text.push_str("; it knows h, k, n, s, t and g"),
        }
        build.problem(&name.place, text);
        return None;
    }
    if build.evaluator.resolved(value).kind == Kind::Undef {
        return Some(());
    }
    let value = build.text(&format!("dkim_key: the option {}", name.value), value)?;
    let list = || value.value.split(':').map(|item| item.trim().to_owned()).collect();
    match name.value.as_str() {
        "h" => tags.hashes = list(),
        "s" => tags.services = list(),
        "t" => tags.flags = list(),
        "n" => tags.note = Some(value.value.clone()),
        "g" => tags.granularity = Some(value.value.clone()),
        "k" => {
            let unknown = || format!("{:?} is no kind of key; write rsa or ed25519", value.value);
            let parsed = KeyType::parse(&value.value).ok_or_else(unknown);
            *kind = Some(build.checked(&value.place, "dkim_key", parsed)?);
            tags.key_type = true;
        }
        // v: there is only DKIM1.
        _ => {}
    }
    Some(())
}

impl Build {
    /// Makes what is wrong a problem of that place.
    pub(super) fn checked<T>(
        &mut self,
        place: &Place,
        what: &str,
        result: Result<T, String>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(why) => {
                self.problem(place, format!("{what}: {why}"));
                None
            }
        }
    }
}
