//! `[signing."SENDER"]`: what signatures of a sender say.

use waxseal::sign::BodyLength;

use super::table::{Context, Item};
use crate::config::model::{Bank, Key};
use crate::config::place::Placed;
use crate::config::sender::{SenderEntry, SenderMap, SenderPattern, SignatureTags};
use crate::config::values;

/// The options of all senders.
pub(super) fn map(item: &Item<'_>) -> Option<SenderMap> {
    let table = item.table("[signing.\"SENDER\"]")?;
    let mut map = SenderMap::default();
    for item in table.items() {
        let pattern = item.checked(SenderPattern::parse(&item.name));
        let tags = tags(&item);
        let (Some(pattern), Some(tags)) = (pattern, tags) else {
            continue;
        };
        let same = |entry: &&SenderEntry| entry.pattern == pattern.value;
        if let Some(first) = map.entries.iter().find(same) {
            let text = format!("the sender {} has options already, at {}", item.name, first.place);
            table.context.problem(&item.place, text);
        }
        map.entries.push(SenderEntry { pattern: pattern.value, tags, place: item.place.clone() });
    }
    Some(map)
}

fn tags(item: &Item<'_>) -> Option<SignatureTags> {
    let mut table = item.table(&format!("[signing.\"{}\"]", item.name))?;
    let tags = SignatureTags {
        algorithms: table.item("a").and_then(|item| {
            let list = item.texts()?;
            item.checked(list.value.iter().map(|text| values::algorithm(text)).collect())
        }),
        canonicalization: table.item("c").and_then(|item| {
            let text = item.text()?;
            item.checked(values::canonicalization(&text.value))
        }),
        domain: table.item("d").and_then(|item| {
            let text = item.text()?;
            item.checked(values::domain(&text.value))
        }),
        identity: table.item("i").and_then(|item| {
            let text = item.text()?;
            let domain = text.value.rsplit_once('@').map_or(text.value.as_str(), |(_, name)| name);
            let checked = match text.value.as_str() {
                "" => Ok(()),
                _ => values::domain(domain).map(|_| ()),
            };
            item.checked(checked.map(|()| text.value.clone()))
        }),
        selectors: table.item("s").and_then(|item| {
            let list = item.texts()?;
            item.checked(list.value.iter().map(|text| values::selector(text)).collect())
        }),
        ttl: table.item("ttl").and_then(|item| item.seconds()),
        expires: table.item("x").and_then(|item| {
            let number = item.number()?;
            item.checked(values::time(number.value))
        }),
        fields: table.item("h").and_then(|item| {
            let list = item.texts()?;
            item.checked(values::fields(&list.value))
        }),
        oversign: table.item("oversign").and_then(|item| {
            let list = item.texts()?;
            item.checked(values::oversign(&list.value))
        }),
        body_length: table.item("l").and_then(|item| {
            if item.is_flag() {
                let whole = item.flag()?;
                return Some(Placed::new(whole.value.then_some(BodyLength::Whole), whole.place));
            }
            let octets = item.number()?;
            Some(Placed::new(Some(BodyLength::AtMost(octets.value)), octets.place))
        }),
        copy_fields: table.flag("z"),
        unset: Vec::new(),
    };
    table.finish();
    Some(tags)
}

/// Tells options that no key can satisfy.
pub(super) fn check_keys(context: &Context<'_>, bank: &Bank, keys: &[Key]) {
    for entry in bank.signing.iter().flatten().flat_map(|map| &map.entries) {
        let of_domain =
            |key: &&Key| entry.tags.domain.as_ref().is_none_or(|domain| domain.value == key.domain);
        let domains = keys.iter().filter(of_domain);
        if let Some(domain) = &entry.tags.domain
            && domains.clone().next().is_none()
        {
            let known: Vec<&str> = keys.iter().map(|key| key.domain.as_str()).collect();
            let mut text =
                format!("d = \"{}\", but there is no [[key]] of that domain", domain.value);
            if let Some(near) = values::nearest(domain.value.as_str(), &known) {
                text.push_str(&format!("; did you mean \"{near}\"?"));
            }
            context.problem(&domain.place, text);
            continue;
        }
        for selector in entry.tags.selectors.iter().flat_map(|tag| &tag.value) {
            if domains.clone().any(|key| key.selector == *selector) {
                continue;
            }
            let known: Vec<&str> = domains.clone().map(|key| key.selector.as_str()).collect();
            let mut text = match &entry.tags.domain {
                Some(domain) => format!(
                    "s = \"{selector}\", but there is no [[key]] with that selector of {}",
                    domain.value
                ),
                None => format!("s = \"{selector}\", but there is no [[key]] with that selector"),
            };
            if let Some(near) = values::nearest(selector.as_str(), &known) {
                text.push_str(&format!("; did you mean \"{near}\"?"));
            }
            let place = entry.tags.selectors.as_ref().map_or(&entry.place, |tag| &tag.place);
            context.problem(place, text);
        }
    }
}
