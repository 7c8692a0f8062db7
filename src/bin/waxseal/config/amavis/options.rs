//! `@dkim_signature_options_bysender_maps`, and `%signed_header_fields`.

use waxseal::crypto::Algorithm;
use waxseal::sign::{BodyLength, Oversign, SignedFields};

use super::build::Build;
use super::value::{Kind, Value};
use crate::config::place::Placed;
use crate::config::sender::{SenderEntry, SenderMap, SenderPattern, SignatureTags};
use crate::config::values;

/// The tags that a signature can be given. `q` says nothing that is not so anyway.
const TAGS: [&str; 13] = ["a", "c", "d", "h", "i", "l", "q", "r", "s", "ttl", "x", "z", "oversign"];

/// The maps, in the order they are searched.
pub(super) fn maps(build: &mut Build, value: &Value) -> Option<Vec<SenderMap>> {
    let what = "@dkim_signature_options_bysender_maps";
    let value = build.evaluator.resolved(value);
    let maps = match value.kind {
        Kind::List(list) => list,
        Kind::Undef => Vec::new(),
        Kind::Hash(_) => vec![value],
        other => {
            let text = format!("{what} cannot be understood: {}", other.describe());
            build.problem(&value.place, text);
            return None;
        }
    };
    maps.iter().map(|map| sender_map(build, what, map)).collect()
}

fn sender_map(build: &mut Build, what: &str, value: &Value) -> Option<SenderMap> {
    let mut map = SenderMap::default();
    for (name, value) in build.hash(&format!("each map of {what}"), value)? {
        let pattern = SenderPattern::parse(&name);
        let pattern = build.checked(&value.place, what, pattern)?;
        let tags = tags(build, &name, &value)?;
        if let Some(before) = map.entries.iter().position(|entry| entry.pattern == pattern) {
            // In Perl the later of two equal names counts.
            let text = format!(
                "the sender {name} has options already, at {}; these take their place",
                map.entries[before].place
            );
            build.note(&value.place, text);
            map.entries.remove(before);
        }
        map.entries.push(SenderEntry { pattern, tags, place: value.place });
    }
    Some(map)
}

fn tags(build: &mut Build, sender: &str, value: &Value) -> Option<SignatureTags> {
    let mut tags = SignatureTags::default();
    for (name, value) in build.hash(&format!("the options of the sender {sender:?}"), value)? {
        if !TAGS.contains(&name.as_str()) {
            let mut text = format!("unknown tag {name:?} for the sender {sender:?}");
            match values::nearest(&name, &TAGS) {
                Some(near) => text.push_str(&format!("; did you mean {near}?")),
                None => text.push_str(&format!("; it knows {}", TAGS.join(", "))),
            }
            build.problem(&value.place, text);
            continue;
        }
        if build.evaluator.resolved(&value).kind != Kind::Undef {
            tag(build, &mut tags, &name, &value);
            continue;
        }
        // An undefined tag is none, whatever less specific entries say.
        let own = ["a", "c", "d", "i", "s", "ttl", "x"];
        tags.unset.extend(own.into_iter().find(|own| *own == name));
    }
    Some(tags)
}

fn tag(build: &mut Build, tags: &mut SignatureTags, name: &str, value: &Value) -> Option<()> {
    let what = format!("the tag {name}");
    let place = value.place.clone();
    if matches!(name, "h" | "l" | "z") {
        build.note(&place, format!("amavisd leaves {what} aside; waxseal follows it"));
    }
    match name {
        "a" => {
            let mut algorithms = Vec::new();
            for text in names(build, &what, value)? {
                if Algorithm::parse(&text) == Some(Algorithm::RsaSha1) {
                    let text = "rsa-sha1 must not be used for signing (RFC 8301 §3.1); rsa-sha256 \
                                takes its place";
                    build.note(&place, text.to_owned());
                    algorithms.push(Algorithm::RsaSha256);
                    continue;
                }
                algorithms.push(build.checked(&place, &what, values::algorithm(&text))?);
            }
            tags.algorithms = Some(Placed::new(algorithms, place));
        }
        "c" => {
            let text = build.text(&what, value)?;
            let parsed = values::canonicalization(&text.value);
            tags.canonicalization = Some(Placed::new(build.checked(&place, &what, parsed)?, place));
        }
        "d" => {
            let text = build.text(&what, value)?;
            let parsed = values::domain(&text.value);
            tags.domain = Some(Placed::new(build.checked(&place, &what, parsed)?, place));
        }
        "i" => {
            let text = build.text(&what, value)?;
            let domain = text.value.rsplit_once('@').map_or(text.value.as_str(), |(_, name)| name);
            if !text.value.is_empty() {
                build.checked(&place, &what, values::domain(domain))?;
            }
            tags.identity = Some(Placed::new(text.value, place));
        }
        "s" => {
            let names = names(build, &what, value)?;
            let parsed = names.iter().map(|text| values::selector(text)).collect();
            tags.selectors = Some(Placed::new(build.checked(&place, &what, parsed)?, place));
        }
        "ttl" => {
            let text = build.text(&what, value)?;
            let seconds = match whole_number(&text.value) {
                Some(seconds) => values::bounded(seconds),
                None => values::seconds(&text.value),
            };
            tags.ttl = Some(Placed::new(build.checked(&place, &what, seconds)?, place));
        }
        "x" => {
            let text = build.text(&what, value)?;
            let time = match whole_number(&text.value) {
                Some(seconds) => values::time(seconds),
                None => Err(format!("{:?} is no time in Unix seconds", text.value)),
            };
            tags.expires = Some(Placed::new(build.checked(&place, &what, time)?, place));
        }
        "h" => {
            let parsed = values::fields(&names(build, &what, value)?);
            tags.fields = Some(Placed::new(build.checked(&place, &what, parsed)?, place));
        }
        "oversign" => {
            let parsed = values::oversign(&names(build, &what, value)?);
            tags.oversign = Some(Placed::new(build.checked(&place, &what, parsed)?, place));
        }
        "l" => {
            let text = build.text(&what, value)?;
            let length = match whole_number(&text.value) {
                Some(octets) => Ok(Some(BodyLength::AtMost(octets))),
                None if text.value.is_empty() => Ok(None),
                None => Err(format!("{:?} is no number of octets", text.value)),
            };
            tags.body_length = Some(Placed::new(build.checked(&place, &what, length)?, place));
        }
        "z" => tags.copy_fields = build.flag(&what, value),
        "r" => build.note(&place, "reports (the tag r) are not asked for by waxseal".to_owned()),
        _ => {
            let text = build.text(&what, value)?;
            if text.value != "dns/txt" {
                build.problem(&place, format!("{what}: only dns/txt is known"));
            }
        }
    }
    Some(())
}

/// One name, names with colons or blanks between them, or a list of names.
fn names(build: &mut Build, what: &str, value: &Value) -> Option<Vec<String>> {
    let texts = build.texts(what, value)?;
    let split = |text: &Placed<String>| {
        text.value
            .split([':', ',', ' '])
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    Some(texts.iter().flat_map(split).collect())
}

/// A number of seconds; a fraction is rounded up, as amavisd does.
fn whole_number(text: &str) -> Option<u64> {
    let number: f64 = text.trim().parse().ok()?;
    (0.0..=1e15).contains(&number).then(|| number.ceil() as u64)
}

/// Which fields are signed and oversigned, where the configuration says something about it.
pub(super) fn fields(build: &mut Build, pairs: &[(String, Value)]) -> Option<SignatureTags> {
    let place = pairs.iter().map(|(_, value)| &value.place).find(|place| place.line() > 0)?.clone();
    let mut signed = Vec::new();
    let mut oversigned = Vec::new();
    for (name, value) in pairs {
        let resolved = build.evaluator.resolved(value);
        let count = match resolved.number() {
            Ok(count) => count,
            Err(why) => {
                let text = format!("whether the field {name} is signed is not known: {why}");
                build.problem(&value.place, text);
                continue;
            }
        };
        if count < 1.0 {
            continue;
        }
        let one = [name.clone()];
        if values::is_never_signed(name) {
            let text = format!("the field {name} changes on the way and is not signed");
            build.note(&value.place, text);
            continue;
        }
        if let Err(why) = values::fields(&one) {
            build.problem(&value.place, why);
            continue;
        }
        signed.push(name.clone());
        if count > 1.0 {
            oversigned.push(name.clone());
        }
    }
    Some(SignatureTags {
        fields: Some(Placed::new(SignedFields::Listed(signed), place.clone())),
        oversign: Some(Placed::new(Oversign::Listed(oversigned), place)),
        ..SignatureTags::default()
    })
}
