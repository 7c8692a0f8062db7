//! The settings made into a configuration.

use std::collections::BTreeMap;
use std::path::Path;

use waxseal::sign::{OVERSIGNED_FIELDS, RECOMMENDED_FIELDS};

use super::evaluate::Evaluator;
use super::lexer::Sigil;
use super::value::{Kind, Value};
use super::{banks, keys, listeners, server};
use crate::config::model::{Bank, ClientBanks, Config, Key};
use crate::config::networks::Networks;
use crate::config::next_hop::NextHop;
use crate::config::place::{Note, Place, Placed};
use crate::config::problem::{ConfigError, Problem};

/// The networks that are ours where the configuration does not say (amavisd 2.13).
const DEFAULT_NETWORKS: [&str; 8] = [
    "127.0.0.0/8",
    "[::1]",
    "169.254.0.0/16",
    "[fe80::]/10",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "[fc00::]/7",
];

/// The bank that is loaded for mail from our networks.
const NETWORKS_BANK: &str = "MYNETS";

/// Sets what amavisd 2.13 sets before it reads its configuration.
pub(super) fn preset_defaults(evaluator: &mut Evaluator) {
    let place = Place::new(&Path::new("the defaults of amavisd").into(), 0);
    let texts = |texts: &[&str]| {
        Kind::List(texts.iter().map(|text| Value::new(Kind::text(text), place.clone())).collect())
    };
    let mut set = |sigil, name, kind| evaluator.preset(sigil, name, kind, &place);
    set(Sigil::Scalar, "MYHOME", Kind::text("/var/amavis"));
    set(Sigil::Scalar, "forward_method", Kind::text("smtp:[127.0.0.1]:10025"));
    set(Sigil::Scalar, "notify_method", Kind::text("smtp:[127.0.0.1]:10025"));
    set(Sigil::Scalar, "inet_socket_bind", texts(&["127.0.0.1", "[::1]"]));
    set(Sigil::Array, "inet_acl", texts(&["127.0.0.1", "[::1]"]));
    set(Sigil::Array, "mynetworks", texts(&DEFAULT_NETWORKS));
    let networks = Kind::Reference(Sigil::Array, "mynetworks".to_owned());
    let maps = Kind::List(vec![Value::new(networks, place.clone())]);
    set(Sigil::Array, "mynetworks_maps", maps);
    set(Sigil::Hash, "signed_header_fields", default_fields(&place));
}

/// Which fields are signed by default, as amavisd writes it: 1 for signed, 2 for oversigned.
fn default_fields(place: &Place) -> Kind {
    let field = |name: &&str| {
        let oversigned = OVERSIGNED_FIELDS.iter().any(|other| other.eq_ignore_ascii_case(name));
        let value = Kind::text(if oversigned { "2" } else { "1" });
        (name.to_ascii_lowercase(), Value::new(value, place.clone()))
    };
    Kind::Hash(RECOMMENDED_FIELDS.iter().map(field).collect())
}

/// What is being built, and what is wrong with it.
pub(super) struct Build {
    pub(super) evaluator: Evaluator,
    problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

pub(super) fn config(origin: &Path, mut evaluator: Evaluator) -> Result<Config, ConfigError> {
    let problems = std::mem::take(&mut evaluator.problems);
    let notes = std::mem::take(&mut evaluator.notes);
    let mut build = Build { evaluator, problems, notes };
    let keys = keys::all(&mut build);
    let base = banks::base(&mut build);
    let banks = banks::all(&mut build);
    let listeners = listeners::all(&mut build, &banks.protocols);
    let networks = networks(&mut build);
    let client_banks = match build.evaluator.variable(Sigil::Array, "client_ipaddr_policy") {
        Some(value) => client_banks(&mut build, &value),
        None => {
            vec![ClientBanks { networks: networks.clone(), banks: vec![NETWORKS_BANK.to_owned()] }]
        }
    };
    if let Some(service) = build.evaluator.variable(Sigil::Scalar, "dkim_signing_service")
        && service.truth() != Some(false)
    {
        let text = "waxseal does not ask a signing service; give it the keys with dkim_key";
        build.problem(&service.place, text);
    }
    listeners::check_banks(&mut build, &banks.banks);
    note_what_never_signs(&mut build, &keys, &base, &banks.banks);
    let (server, taken) = server::settings(&mut build);
    let my_domain = build.name("mydomain");
    let my_host = build.name("myhostname");
    if !build.problems.is_empty() {
        return Err(ConfigError::new(build.problems));
    }
    let mut not_ours = std::mem::take(&mut build.evaluator.not_ours);
    not_ours.extend(banks.not_ours);
    not_ours.retain(|setting| !taken.contains(&setting.name));
    let files = build.evaluator.files.iter().map(|source| source.path.to_path_buf()).collect();
    Ok(Config {
        origin: origin.to_path_buf(),
        files,
        keys,
        base,
        banks: banks.banks,
        listeners,
        networks,
        client_banks,
        my_domain,
        my_host,
        server,
        not_ours,
        notes: build.notes,
    })
}

impl Build {
    pub(super) fn problem(&mut self, place: &Place, text: impl Into<String>) {
        let text = text.into();
        let source = self.evaluator.files.iter().find(|source| *source.path == *place.file());
        self.problems.push(match source {
            Some(source) => source.problem_at(place.clone(), text),
            None => Problem { place: Some(place.clone()), text, excerpt: None },
        });
    }

    pub(super) fn note(&mut self, place: &Place, text: String) {
        self.notes.push(Note { place: Some(place.clone()), text });
    }

    /// The string that a setting is.
    pub(super) fn text(&mut self, what: &str, value: &Value) -> Option<Placed<String>> {
        let value = self.evaluator.resolved(value);
        match value.kind {
            Kind::Text(text) => Some(Placed::new(text, value.place)),
            other => {
                let text = format!("{what} cannot be understood: {}", other.describe());
                self.problem(&value.place, text);
                None
            }
        }
    }

    /// Whether a setting holds.
    pub(super) fn flag(&mut self, what: &str, value: &Value) -> Option<Placed<bool>> {
        let value = self.evaluator.resolved(value);
        match value.truth() {
            Some(flag) => Some(Placed::new(flag, value.place)),
            None => {
                let text = format!("{what} cannot be understood: {}", value.kind.describe());
                self.problem(&value.place, text);
                None
            }
        }
    }

    /// The strings that a setting is: a list of them, or one.
    pub(super) fn texts(&mut self, what: &str, value: &Value) -> Option<Vec<Placed<String>>> {
        let value = self.evaluator.resolved(value);
        match &value.kind {
            Kind::Undef => Some(Vec::new()),
            Kind::List(list) => list.iter().map(|item| self.text(what, item)).collect(),
            _ => self.text(what, &value).map(|text| vec![text]),
        }
    }

    /// The names and values that a setting is.
    pub(super) fn hash(&mut self, what: &str, value: &Value) -> Option<Vec<(String, Value)>> {
        let value = self.evaluator.resolved(value);
        match value.kind {
            Kind::Hash(pairs) => Some(pairs),
            // An empty list in parentheses.
            Kind::Undef => Some(Vec::new()),
            other => {
                let text = format!("{what} must be a hash, but it is {}", other.describe());
                self.problem(&value.place, text);
                None
            }
        }
    }

    /// Where mail goes on to: nowhere, to one hop, or to the first of several that answers.
    pub(super) fn hops(&mut self, what: &str, value: &Value) -> Option<Placed<Vec<NextHop>>> {
        let place = self.evaluator.resolved(value).place;
        let mut hops = Vec::new();
        for text in self.texts(what, value)? {
            if text.value.is_empty() {
                continue;
            }
            match NextHop::parse(&text.value) {
                Ok(hop) => hops.push(hop),
                Err(why) => {
                    self.problem(&text.place, format!("{what}: {why}"));
                    return None;
                }
            }
        }
        Some(Placed::new(hops, place))
    }

    /// The networks of a list.
    pub(super) fn networks(&mut self, what: &str, value: &Value) -> Option<Placed<Networks>> {
        let place = self.evaluator.resolved(value).place;
        let texts = self.texts(what, value)?;
        match Networks::parse(texts.iter().map(|text| text.value.as_str())) {
            Ok(networks) => Some(Placed::new(networks, place)),
            Err(errors) => {
                for (index, why) in errors {
                    let place = texts.get(index).map_or(&place, |text| &text.place);
                    self.problem(place, format!("{what}: {why}"));
                }
                None
            }
        }
    }

    /// The networks of lists, one after the other.
    pub(super) fn network_maps(&mut self, what: &str, maps: &Value) -> Networks {
        let mut all = Networks::default();
        let maps = match self.evaluator.resolved(maps) {
            Value { kind: Kind::List(list), .. } => list,
            other => vec![other],
        };
        for map in maps {
            let resolved = self.evaluator.resolved(&map);
            let what = match &map.kind {
                Kind::Reference(Sigil::Array, name) if !name.starts_with('(') => {
                    format!("@{name}")
                }
                _ => what.to_owned(),
            };
            match resolved.kind {
                // The map is not there at all.
                Kind::Undef => {}
                Kind::List(_) => {
                    if let Some(networks) = self.networks(&what, &resolved) {
                        all.extend(&networks.value);
                    }
                }
                other => self.problem(
                    &resolved.place,
                    format!("{what} must be a list of networks, but it is {}", other.describe()),
                ),
            }
        }
        all
    }

    /// A host or domain name, where it is set and known; it is for messages only.
    fn name(&self, name: &str) -> Option<Placed<String>> {
        let value = self.evaluator.variable(Sigil::Scalar, name)?;
        match value.kind {
            Kind::Text(text) => Some(Placed::new(text, value.place)),
            _ => None,
        }
    }
}

/// Tells what is declared and never signs: amavisd takes it, but nobody means it.
fn note_what_never_signs(
    build: &mut Build,
    keys: &[Key],
    base: &Bank,
    banks: &BTreeMap<String, Bank>,
) {
    let all = std::iter::once(base).chain(banks.values());
    if let Some(key) = keys.first()
        && !all.clone().any(Bank::signs)
    {
        let text = "no message is signed: $enable_dkim_signing is not set to 1";
        build.note(&key.place, text.to_owned());
    }
    for entry in all.flat_map(|bank| bank.signing.iter().flatten()).flat_map(|map| &map.entries) {
        if let Some(domain) = &entry.tags.domain
            && !keys.iter().any(|key| key.domain == domain.value)
        {
            let text = format!(
                "mail of {} is not signed: there is no dkim_key of {}",
                entry.pattern, domain.value
            );
            build.note(&domain.place, text);
        }
    }
}

/// Our networks: those of all maps, one after the other.
fn networks(build: &mut Build) -> Networks {
    match build.evaluator.variable(Sigil::Array, "mynetworks_maps") {
        Some(maps) => build.network_maps("@mynetworks_maps", &maps),
        None => Networks::default(),
    }
}

/// Networks and the banks of their mail, by turns.
fn client_banks(build: &mut Build, value: &Value) -> Vec<ClientBanks> {
    let what = "@client_ipaddr_policy";
    let Kind::List(list) = &value.kind else {
        let text = format!("{what} cannot be understood: {}", value.kind.describe());
        build.problem(&value.place, text);
        return Vec::new();
    };
    let mut all = Vec::new();
    for pair in list.chunks(2) {
        let [networks, banks] = pair else {
            build.problem(&value.place, format!("{what} must be pairs of networks and banks"));
            break;
        };
        let networks = build.networks(what, networks);
        let banks = match build.evaluator.resolved(banks).kind {
            Kind::Undef => continue,
            _ => build.text(what, banks),
        };
        if let (Some(networks), Some(banks)) = (networks, banks) {
            let names = banks.value.split(',').map(str::trim).filter(|name| !name.is_empty());
            all.push(ClientBanks {
                networks: networks.value,
                banks: names.map(str::to_owned).collect(),
            });
        }
    }
    all
}
