//! What a bank sets; the file as a whole sets the same for all banks.

use std::collections::BTreeMap;
use std::path::Path;

use super::table::{Item, Table};
use super::{networks, signing};
use crate::config::model::{Action, Bank, OddLines, OnSignError};
use crate::config::next_hop::NextHop;
use crate::config::place::Placed;
use crate::config::values;

/// The results that a policy can name (RFC 8601 §2.7.1).
const RESULTS: [&str; 7] = ["pass", "policy", "fail", "temperror", "permerror", "neutral", "none"];

/// The banks, by name.
pub(super) fn all(root: &mut Table<'_>, folder: &Path) -> BTreeMap<String, Bank> {
    let Some(tables) = root.item("bank").and_then(|item| item.table("[bank.NAME]")) else {
        return BTreeMap::new();
    };
    let bank = |item: Item<'_>| {
        let title = format!("[bank.{}]", item.name);
        let mut table = item.table(&title)?;
        let mut bank = settings(&mut table, folder);
        bank.place = Some(item.place.clone());
        bank.originating = table.flag("originating");
        bank.networks = table.item("networks").and_then(|item| networks(&item));
        table.finish();
        Some((item.name, bank))
    };
    tables.items().into_iter().filter_map(bank).collect()
}

/// The settings that a bank and the file as a whole have in common.
pub(super) fn settings(table: &mut Table<'_>, _folder: &Path) -> Bank {
    let discard_ehlo_keywords = table.texts("discard_ehlo_keywords").map(|list| {
        let upper = list.value.iter().map(|word| word.to_ascii_uppercase()).collect();
        Placed::new(upper, list.place)
    });
    Bank {
        place: None,
        originating: None,
        sign: table.flag("sign"),
        verify: table.flag("verify"),
        forward_to: table.item("forward_to").and_then(|item| hops(&item)),
        notify: table.item("notify").and_then(|item| hops(&item)),
        discard_ehlo_keywords,
        peers: table.item("peers").and_then(|item| networks(&item)),
        networks: None,
        recipient_delimiter: table.text("recipient_delimiter"),
        signing: table.item("signing").and_then(|item| signing::map(&item)).map(|map| vec![map]),
        general_tags: None,
        policy: policy(table),
        on_sign_error: table.item("on_sign_error").and_then(|item| {
            let text = item.text()?;
            item.checked(match text.value.as_str() {
                "tempfail" => Ok(OnSignError::Tempfail),
                "pass" => Ok(OnSignError::Pass),
                other => Err(format!("{other:?} is not known; write tempfail or pass")),
            })
        }),
        arc_seal: table.item("arc_seal").and_then(|item| {
            let text = item.text()?;
            item.checked(values::domain(&text.value))
        }),
        odd_lines: table.item("odd_lines").and_then(|item| {
            let text = item.text()?;
            let all = [OddLines::Reject, OddLines::Pass, OddLines::Normalize];
            let found = all.into_iter().find(|odd| odd.name() == text.value);
            item.checked(found.ok_or_else(|| {
                format!("{:?} is not known; write reject, pass or normalize", text.value)
            }))
        }),
        xforward: table.item("xforward").and_then(|item| networks(&item)),
    }
}

fn hops(item: &Item<'_>) -> Option<Placed<Vec<NextHop>>> {
    let list = item.texts()?;
    item.checked(list.value.iter().map(|text| NextHop::parse(text)).collect())
}

fn policy(table: &mut Table<'_>) -> BTreeMap<&'static str, Placed<Action>> {
    let mut policy = BTreeMap::new();
    let Some(mut table) = table.item("policy").and_then(|item| item.table("[policy]")) else {
        return policy;
    };
    for result in RESULTS {
        let action = table.item(result).and_then(|item| {
            let text = item.text()?;
            let all = [Action::Annotate, Action::Reject, Action::Tempfail, Action::Quarantine];
            item.checked(all.into_iter().find(|action| action.name() == text.value).ok_or_else(
                || {
                    format!(
                        "{:?} is not known; write annotate, reject, tempfail or quarantine",
                        text.value
                    )
                },
            ))
        });
        if let Some(action) = action {
            policy.insert(result, action);
        }
    }
    table.finish();
    policy
}
