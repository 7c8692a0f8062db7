//! The configuration: keys, signature options by sender, networks, banks and listeners.
//!
//! Two languages are read into one [`Config`]: `waxseal.toml`, and of `amavisd.conf` what concerns
//! DKIM, ports and policy banks.

mod amavis;
pub(crate) mod decision;
mod model;
mod networks;
mod next_hop;
mod place;
mod problem;
mod sender;
mod server;
mod toml;
mod values;

use std::fs;
use std::path::Path;

pub(crate) use model::{
    Action, Bank, Config, Key, ListenAddress, Listener, OddLines, OnSignError, Protocol,
};
pub(crate) use networks::Networks;
pub(crate) use next_hop::{Destination, HopProtocol, Host, NextHop, Port};
pub(crate) use place::{Place, Placed, Setting};
use problem::Source;
pub(crate) use problem::{ConfigError, Problem};
pub(crate) use sender::{SenderEntry, SenderMap};
pub(crate) use server::{LimitSettings, LogFormat, ServerSettings};

/// Where a configuration is looked for when none is named.
const USUAL_PLACES: [&str; 2] = ["waxseal.toml", "/etc/waxseal/waxseal.toml"];

/// Reads the configuration: the file that was named, else `waxseal.toml` in the current directory,
/// else `/etc/waxseal/waxseal.toml`.
pub(crate) fn load(explicit: Option<&Path>) -> Result<Config, ConfigError> {
    match explicit {
        Some(path) => load_file(path),
        None => match USUAL_PLACES.iter().find(|path| fs::exists(path).unwrap_or(true)) {
            Some(path) => load_file(Path::new(path)),
            None => Err(ConfigError::whole(format!(
                "there is no configuration: neither {} exists, and neither --config nor \
                 $WAXSEAL_CONFIG names one. To begin, write a waxseal.toml with a [[key]] that has \
                 domain, selector and file; `waxseal genrsa FILE` makes the key",
                USUAL_PLACES.join(" nor ")
            ))),
        },
    }
}

fn load_file(path: &Path) -> Result<Config, ConfigError> {
    if path.is_dir() {
        return amavis::read(path, parts(path)?);
    }
    let source = Source::new(path, &read(path)?);
    match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("conf")) {
        true => amavis::read(path, vec![source]),
        false => toml::read(&source),
    }
}

/// The files of a folder such as /etc/amavis/conf.d, in the order that Debian reads them: those whose
/// names are letters, digits, `_` and `-` alone.
fn parts(folder: &Path) -> Result<Vec<Source>, ConfigError> {
    let failed = |error: std::io::Error| {
        let folder = folder.display();
        ConfigError::whole(format!("the configuration {folder} cannot be read: {error}"))
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_part = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-'))
        });
        if is_part && path.is_file() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        let folder = folder.display();
        return Err(ConfigError::whole(format!("the folder {folder} has no configuration in it")));
    }
    paths.sort();
    paths.iter().map(|path| Ok(Source::new(path, &read(path)?))).collect()
}

/// A problem of that line, the line shown where its file can still be read.
pub(crate) fn problem_at(place: &Place, text: String) -> Problem {
    match fs::read_to_string(place.file()) {
        Ok(whole) => Source::new(place.file(), &whole).problem_at(place.clone(), text),
        Err(_) => Problem { place: Some(place.clone()), text, excerpt: None },
    }
}

/// The text of the file.
fn read(path: &Path) -> Result<String, ConfigError> {
    let octets = fs::read(path).map_err(|error| {
        ConfigError::whole(format!("the configuration {} cannot be read: {error}", path.display()))
    })?;
    String::from_utf8(octets).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|octet| **octet == b'\n').count() + 1;
        ConfigError::new(vec![Problem {
            place: Some(Place::new(&path.into(), line)),
            text: "this line is not UTF-8; convert the file with iconv -t UTF-8".to_owned(),
            excerpt: None,
        }])
    })
}
