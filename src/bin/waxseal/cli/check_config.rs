//! `waxseal check-config`.

use std::fmt::{self, Write};

use clap::Args;
use serde_json::{Value, json};
use waxseal::UnixTime;

use super::Common;
use super::output::{Format, Output};
use super::time::{AtTime, now};
use crate::config::{
    self, Bank, Config, ConfigError, NextHop, Place, Placed, Problem, SenderMap, Setting,
};
use crate::exit::Exit;
use crate::keys::KeyFileArguments;
use crate::keys::records::{Record, RecordError};

/// Read the configuration as the server would, and say what it means.
///
/// Every error is told with its file and line. The key files are opened, and must hold the private
/// keys that are to sign. Settings of amavisd that do not concern DKIM are listed: they have no effect.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP, after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// List each setting that has no effect, with its place.
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    key_files: KeyFileArguments,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal check-config
  waxseal --config /etc/amavis/amavisd.conf check-config --list
  waxseal --config /etc/amavis/conf.d check-config      (a folder, as Debian has it)

Exit status:
  0   the configuration is good
  64  wrong usage
  73  the output cannot be written
  78  there is no configuration, or it is wrong";

/// A time to live is needed for a record, though nothing here shows it.
const TTL: u32 = 3600;

pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let mut output = Output::new(format, common.color, common.verbose, 0);
    let checked = config::load(common.config.as_deref()).and_then(|config| {
        let now = match common.at {
            Some(AtTime::At(time)) => time,
            _ => now(),
        };
        let mut problems = expired(&config, now);
        let records = match records(&config, arguments) {
            Ok(records) => records,
            Err(found) => {
                problems.extend(found);
                Vec::new()
            }
        };
        if problems.is_empty() { Ok((config, records)) } else { Err(ConfigError::new(problems)) }
    });
    let (config, records) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            output.complain_in_lines(&error.to_string());
            let printed = match common.json {
                true => output.json_line(&problems_json(&error)),
                false => Ok(()),
            };
            return printed.err().unwrap_or(Exit::Success).and(Exit::Configuration);
        }
    };
    let printed = match common.json {
        true => output.json_line(&as_json(&config, &records)),
        false => output.write(&as_text(&config, &records, arguments.list)),
    };
    printed.err().unwrap_or(Exit::Success)
}

/// Signatures that would have expired when they are made.
fn expired(config: &Config, now: UnixTime) -> Vec<Problem> {
    let banks = std::iter::once(&config.base).chain(config.banks.values());
    let entries = banks.flat_map(|bank| bank.signing.iter().flatten()).flat_map(|map| &map.entries);
    let past = entries.filter_map(|entry| entry.tags.expires.as_ref()).filter(|x| x.value <= now);
    past.map(|x| {
        let text = format!("x = {} is past: no message can be signed so; write ttl", x.value);
        config::problem_at(&x.place, text)
    })
    .collect()
}

/// Opens every key file; each that is of no use is a problem of the line that names it, and what its
/// tags say wrong one of the line of the tag.
fn records(config: &Config, arguments: &Arguments) -> Result<Vec<Record>, Vec<Problem>> {
    let mut records = Vec::new();
    let mut problems = Vec::new();
    for (index, key) in config.keys.iter().enumerate() {
        match Record::of(index + 1, key, TTL, arguments.key_files.permissions()) {
            Ok(record) => records.push(record),
            Err(error) => {
                let text = error.to_string();
                let about_place = format!("{}: ", key.place);
                let text = text.strip_prefix(&about_place).unwrap_or(&text).to_owned();
                let setting = match &error {
                    RecordError::File(_) => "file",
                    RecordError::Configuration(_) => tag(&text),
                };
                let place = key.places.get(setting).unwrap_or(&key.place);
                problems.push(config::problem_at(place, text));
            }
        }
    }
    if problems.is_empty() { Ok(records) } else { Err(problems) }
}

/// The tag of the record that the text complains about.
fn tag(text: &str) -> &str {
    match text.rsplit_once(" cannot stand in ") {
        Some((_, after)) => after.split('=').next().unwrap_or_default(),
        None => text.split(' ').next().unwrap_or_default(),
    }
}

fn as_text(config: &Config, records: &[Record], list: bool) -> String {
    let mut text = Text::default();
    text.line(0, format_args!("{} is good.", config.origin.display()));
    text.line(0, format_args!("Keys"));
    if records.is_empty() {
        text.line(1, format_args!("none: add [[key]], or dkim_key(…) where amavisd's is read"));
    }
    for (key, record) in config.keys.iter().zip(records) {
        text.line(
            1,
            format_args!(
                "#{} {}, {} {} bits, {} ({})",
                record.number,
                record.name,
                record.key.key_type().name(),
                record.key.bits(),
                record.file.display(),
                key.place
            ),
        );
    }
    text.line(0, format_args!("Everywhere, unless a bank says otherwise"));
    bank_lines(&mut text, &config.base);
    for (name, bank) in &config.banks {
        match &bank.place {
            Some(place) => text.line(0, format_args!("Bank {name} ({place})")),
            None => text.line(0, format_args!("Bank {name}")),
        }
        bank_lines(&mut text, bank);
    }
    if !config.listeners.is_empty() {
        text.line(0, format_args!("Listeners"));
    }
    for listener in &config.listeners {
        let banks = match listener.banks.as_slice() {
            [] => "no bank".to_owned(),
            banks => format!("bank {}", banks.join(", then ")),
        };
        let protocol = listener.protocol.name();
        text.line(1, format_args!("{} {protocol}, {banks} ({})", listener.address, listener.place));
    }
    let said = config.server.said();
    if !said.is_empty() {
        text.line(0, format_args!("Server"));
    }
    for (name, value, place) in said {
        text.line(1, format_args!("{name}: {value} ({place})"));
    }
    text.line(0, format_args!("Networks whose mail is ours"));
    text.line(1, format_args!("{}", joined(config.networks.texts(), "none")));
    for entry in &config.client_banks {
        // The bank of our networks is there or not; other entries were written on purpose.
        if entry.banks.iter().any(|bank| config.banks.contains_key(bank)) {
            let networks = joined(entry.networks.texts(), "none");
            text.line(1, format_args!("bank {} for {networks}", entry.banks.join(", then ")));
        }
    }
    let warnings = records
        .iter()
        .flat_map(|record| record.concerns().into_iter().map(move |concern| (record, concern)));
    let warnings: Vec<_> = warnings
        .map(|(record, concern)| format!("key#{} {}: {concern}", record.number, record.name))
        .chain(config.notes.iter().map(ToString::to_string))
        .collect();
    if !warnings.is_empty() {
        text.line(0, format_args!("To be known"));
        warnings.iter().for_each(|warning| text.line(1, format_args!("{warning}")));
    }
    ignored_lines(&mut text, &config.not_ours, list);
    text.0
}

fn bank_lines(text: &mut Text, bank: &Bank) {
    let before = text.0.len();
    let on_off = |flag: &Placed<bool>| if flag.value { "on" } else { "off" };
    if let Some(flag) = &bank.originating {
        let whose = if flag.value { "from our own users" } else { "not from our own users" };
        text.line(1, format_args!("mail is {whose} ({})", flag.place));
    }
    if let Some(flag) = &bank.sign {
        text.line(1, format_args!("signing {} ({})", on_off(flag), flag.place));
    }
    if let Some(flag) = &bank.verify {
        text.line(1, format_args!("verification {} ({})", on_off(flag), flag.place));
    }
    for (what, hops) in [("forward to", &bank.forward_to), ("notify by", &bank.notify)] {
        if let Some(hops) = hops {
            let list = joined(hops.value.iter().map(NextHop::to_string), "nowhere");
            text.line(1, format_args!("{what} {list} ({})", hops.place));
        }
    }
    if let Some(words) = &bank.discard_ehlo_keywords {
        let list = joined(words.value.iter().cloned(), "none");
        text.line(1, format_args!("EHLO keywords not offered: {list} ({})", words.place));
    }
    if let Some(delimiter) = &bank.recipient_delimiter
        && !delimiter.value.is_empty()
    {
        text.line(
            1,
            format_args!(
                "extensions of addresses begin with {:?} ({})",
                delimiter.value, delimiter.place
            ),
        );
    }
    let lists = [
        ("peers", &bank.peers),
        ("XFORWARD from", &bank.xforward),
        ("our networks", &bank.networks),
    ];
    for (what, networks) in lists {
        if let Some(networks) = networks {
            let list = joined(networks.value.texts(), "none");
            text.line(1, format_args!("{what}: {list} ({})", networks.place));
        }
    }
    for (result, action) in &bank.policy {
        text.line(1, format_args!("{result}: {} ({})", action.value.name(), action.place));
    }
    if let Some(action) = &bank.on_sign_error {
        let name = action.value.name();
        text.line(1, format_args!("cannot be signed: {name} ({})", action.place));
    }
    if let Some(odd) = &bank.odd_lines {
        text.line(1, format_args!("odd lines: {} ({})", odd.value.name(), odd.place));
    }
    if let Some(seal) = &bank.arc_seal {
        text.line(1, format_args!("sealed by {} ({})", seal.value, seal.place));
    }
    for entry in bank.signing.iter().flatten().flat_map(|map| &map.entries) {
        let tags = tags(entry.tags.texts());
        text.line(1, format_args!("signatures of {}: {tags} ({})", entry.pattern, entry.place));
    }
    if let Some(general) = &bank.general_tags {
        text.line(1, format_args!("signatures of all others: {}", tags(general.texts())));
    }
    if text.0.len() == before {
        text.line(1, format_args!("nothing is set"));
    }
}

fn tags(texts: Vec<(&'static str, String)>) -> String {
    joined(texts.into_iter().map(|(name, value)| format!("{name}={value}")), "no options")
}

fn ignored_lines(text: &mut Text, ignored: &[Setting], list: bool) {
    if ignored.is_empty() {
        return;
    }
    text.line(0, format_args!("Settings that do not concern DKIM and have no effect"));
    if list {
        for setting in ignored {
            text.line(1, format_args!("{} ({})", setting.name, setting.place));
        }
        return;
    }
    let mut names: Vec<&str> = ignored.iter().map(|setting| setting.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for names in names.chunks(4) {
        text.line(1, format_args!("{}", names.join(", ")));
    }
    text.line(1, format_args!("(--list tells where each stands)"));
}

/// Lines with headings.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, level: usize, line: fmt::Arguments<'_>) {
        if level == 0 && !self.0.is_empty() {
            self.0.push('\n');
        }
        // What comes from a file may hold anything; a terminal shall not act on it.
        let line = line.to_string().replace(|c: char| c.is_control(), " ");
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{}{line}", "  ".repeat(level));
    }
}

fn joined(items: impl Iterator<Item = String>, none: &str) -> String {
    let list: Vec<String> = items.collect();
    if list.is_empty() { none.to_owned() } else { list.join(", ") }
}

fn problems_json(error: &ConfigError) -> Value {
    let problem = |problem: &Problem| {
        json!({
            "file": problem.place.as_ref().map(|place| place.file().display().to_string()),
            "line": problem.place.as_ref().map(Place::line),
            "explanation": problem.text,
            "text": problem.excerpt,
        })
    };
    let problems: Vec<Value> = error.problems.iter().map(problem).collect();
    json!({"good": false, "problems": problems})
}

fn as_json(config: &Config, records: &[Record]) -> Value {
    let keys = config.keys.iter().zip(records).map(|(key, record)| {
        json!({
            "domain": key.domain.as_str(),
            "selector": key.selector.as_str(),
            "name": record.name.as_str(),
            "type": record.key.key_type().name(),
            "bits": record.key.bits(),
            "file": key.file.display().to_string(),
            "warnings": record.concerns(),
            "place": key.place.to_string(),
        })
    });
    let listeners = config.listeners.iter().map(|listener| {
        json!({
            "address": listener.address.to_string(),
            "protocol": listener.protocol.name(),
            "banks": listener.banks,
            "place": listener.place.to_string(),
        })
    });
    let setting =
        |setting: &Setting| json!({"name": setting.name, "place": setting.place.to_string()});
    let client_banks = config.client_banks.iter().map(|entry| {
        json!({"networks": entry.networks.texts().collect::<Vec<_>>(), "banks": entry.banks})
    });
    let banks: serde_json::Map<String, Value> =
        config.banks.iter().map(|(name, bank)| (name.clone(), bank_json(bank))).collect();
    let said = config.server.said().into_iter();
    let server: serde_json::Map<String, Value> =
        said.map(|(name, value, _)| (name.to_owned(), json!(value))).collect();
    json!({
        "good": true,
        "file": config.origin.display().to_string(),
        "files": config.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        "domain": config.my_domain.as_ref().map(|name| &name.value),
        "host": config.my_host.as_ref().map(|name| &name.value),
        "keys": keys.collect::<Vec<_>>(),
        "base": bank_json(&config.base),
        "banks": banks,
        "listeners": listeners.collect::<Vec<_>>(),
        "server": server,
        "networks": config.networks.texts().collect::<Vec<_>>(),
        "clientBanks": client_banks.collect::<Vec<_>>(),
        "notes": config.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "ignored": config.not_ours.iter().map(setting).collect::<Vec<_>>(),
    })
}

fn bank_json(bank: &Bank) -> Value {
    let flag = |flag: &Option<Placed<bool>>| flag.as_ref().map(|flag| flag.value);
    let hops = |hops: &Option<Placed<Vec<NextHop>>>| {
        hops.as_ref().map(|hops| hops.value.iter().map(NextHop::to_string).collect::<Vec<_>>())
    };
    let networks = |networks: &Option<Placed<config::Networks>>| {
        networks.as_ref().map(|networks| networks.value.texts().collect::<Vec<_>>())
    };
    let tags = |texts: Vec<(&'static str, String)>| {
        let pairs = texts.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
        pairs.collect::<serde_json::Map<_, _>>()
    };
    let map = |map: &SenderMap| {
        let entry = |entry: &config::SenderEntry| {
            json!({
                "sender": entry.pattern.to_string(),
                "tags": tags(entry.tags.texts()),
                "place": entry.place.to_string(),
            })
        };
        map.entries.iter().map(entry).collect::<Vec<_>>()
    };
    let policy: serde_json::Map<String, Value> = bank
        .policy
        .iter()
        .map(|(result, action)| ((*result).to_owned(), Value::from(action.value.name())))
        .collect();
    json!({
        "originating": flag(&bank.originating),
        "sign": flag(&bank.sign),
        "verify": flag(&bank.verify),
        "forwardTo": hops(&bank.forward_to),
        "notify": hops(&bank.notify),
        "discardEhloKeywords": bank.discard_ehlo_keywords.as_ref().map(|words| &words.value),
        "recipientDelimiter": bank.recipient_delimiter.as_ref().map(|text| &text.value),
        "peers": networks(&bank.peers),
        "networks": networks(&bank.networks),
        "signing": bank.signing.as_ref().map(|maps| maps.iter().map(map).collect::<Vec<_>>()),
        "otherwise": bank.general_tags.as_ref().map(|general| tags(general.texts())),
        "policy": policy,
        "onSignError": bank.on_sign_error.as_ref().map(|action| action.value.name()),
        "oddLines": bank.odd_lines.as_ref().map(|odd| odd.value.name()),
        "xforward": networks(&bank.xforward),
        "arcSeal": bank.arc_seal.as_ref().map(|seal| seal.value.as_str()),
    })
}
