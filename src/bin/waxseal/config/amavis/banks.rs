//! `$policy_bank{…}`, and what holds without one.

use std::collections::BTreeMap;

use super::build::Build;
use super::lexer::Sigil;
use super::names::near_bank_setting;
use super::options;
use super::value::{Kind, Value};
use crate::config::model::Bank;
use crate::config::place::{Placed, Setting};

/// The banks, and what their settings say besides.
pub(super) struct Banks {
    pub(super) banks: BTreeMap<String, Bank>,
    /// The protocol of a bank, where it names one.
    pub(super) protocols: BTreeMap<String, Placed<String>>,
    pub(super) not_ours: Vec<Setting>,
}

/// What holds where no bank says otherwise.
pub(super) fn base(build: &mut Build) -> Bank {
    let mut bank = Bank::default();
    let settings: [(&str, Sigil); 9] = [
        ("originating", Sigil::Scalar),
        ("recipient_delimiter", Sigil::Scalar),
        ("enable_dkim_signing", Sigil::Scalar),
        ("enable_dkim_verification", Sigil::Scalar),
        ("forward_method", Sigil::Scalar),
        ("notify_method", Sigil::Scalar),
        ("smtpd_discard_ehlo_keywords", Sigil::Array),
        ("inet_acl", Sigil::Array),
        ("dkim_signature_options_bysender_maps", Sigil::Array),
    ];
    for (name, sigil) in settings {
        if let Some(value) = build.evaluator.variable(sigil, name) {
            set(build, &mut bank, name, &format!("{}{name}", sigil.text()), &value);
        }
    }
    if let Some(value) = build.evaluator.variable(Sigil::Hash, "signed_header_fields")
        && let Some(pairs) = build.hash("%signed_header_fields", &value)
    {
        bank.general_tags = options::fields(build, &pairs);
    }
    if let Some((_, value)) = bank_pairs(build).into_iter().find(|(name, _)| name.is_empty()) {
        for (name, value) in build.hash("the bank ''", &value).unwrap_or_default() {
            set(build, &mut bank, &name, &format!("{name} of the bank ''"), &value);
        }
    }
    bank
}

/// The banks by name.
pub(super) fn all(build: &mut Build) -> Banks {
    let mut banks =
        Banks { banks: BTreeMap::new(), protocols: BTreeMap::new(), not_ours: Vec::new() };
    for (bank_name, value) in bank_pairs(build) {
        if bank_name.is_empty() {
            continue;
        }
        let mut bank = Bank { place: Some(value.place.clone()), ..Bank::default() };
        // amavisd has it so that mail from our networks is our own.
        if bank_name == "MYNETS" {
            bank.originating = Some(Placed::new(true, value.place.clone()));
        }
        let Some(settings) = build.hash(&format!("the bank '{bank_name}'"), &value) else {
            continue;
        };
        for (name, value) in settings {
            let what = format!("{name} of the bank '{bank_name}'");
            if name == "signed_header_fields" {
                bank.general_tags = bank_fields(build, &what, &value);
            } else if name == "protocol" {
                if let Some(protocol) = build.text(&what, &value) {
                    banks.protocols.insert(bank_name.clone(), protocol);
                }
            } else if !set(build, &mut bank, &name, &what, &value) {
                if let Some(near) = near_bank_setting(&name) {
                    let text = format!("unknown setting {what}; did you mean {near}?");
                    build.problem(&value.place, text);
                }
                banks.not_ours.push(Setting {
                    name: format!("$policy_bank{{'{bank_name}'}}{{{name}}}"),
                    place: value.place.clone(),
                });
            }
        }
        banks.banks.insert(bank_name, bank);
    }
    banks
}

fn bank_pairs(build: &mut Build) -> Vec<(String, Value)> {
    match build.evaluator.variable(Sigil::Hash, "policy_bank") {
        Some(value) => build.hash("%policy_bank", &value).unwrap_or_default(),
        None => Vec::new(),
    }
}

/// Takes a setting over; false where it is none of ours.
fn set(build: &mut Build, bank: &mut Bank, name: &str, what: &str, value: &Value) -> bool {
    match name {
        "originating" => bank.originating = build.flag(what, value),
        "enable_dkim_signing" => bank.sign = build.flag(what, value),
        "enable_dkim_verification" => bank.verify = build.flag(what, value),
        "recipient_delimiter" => {
            bank.recipient_delimiter = match build.evaluator.resolved(value).kind {
                Kind::Undef => Some(Placed::new(String::new(), value.place.clone())),
                _ => build.text(what, value),
            };
        }
        "forward_method" => bank.forward_to = build.hops(what, value),
        "notify_method" => bank.notify = build.hops(what, value),
        "inet_acl" => bank.peers = build.networks(what, value),
        "smtpd_discard_ehlo_keywords" => {
            let place = value.place.clone();
            bank.discard_ehlo_keywords = build.texts(what, value).map(|texts| {
                let upper = texts.iter().map(|text| text.value.to_ascii_uppercase()).collect();
                Placed::new(upper, place)
            });
        }
        "dkim_signature_options_bysender_maps" => bank.signing = options::maps(build, value),
        "mynetworks_maps" => {
            let networks = build.network_maps(what, value);
            bank.networks = Some(Placed::new(networks, value.place.clone()));
        }
        "dkim_signing_service" | "client_ipaddr_policy"
            if build.evaluator.resolved(value).kind != Kind::Undef =>
        {
            build.problem(&value.place, format!("{what}: this cannot be set in a bank here"));
        }
        _ => return false,
    }
    true
}

/// The fields of a bank are those of the base, and what the bank changes of them; with REPLACE they
/// are the bank's alone.
fn bank_fields(
    build: &mut Build,
    what: &str,
    value: &Value,
) -> Option<crate::config::sender::SignatureTags> {
    let changes = build.hash(what, value)?;
    let replaces =
        changes.iter().any(|(name, value)| name == "REPLACE" && value.truth() == Some(true));
    let mut pairs = match build.evaluator.variable(Sigil::Hash, "signed_header_fields") {
        Some(value) if !replaces => build.hash("%signed_header_fields", &value)?,
        _ => Vec::new(),
    };
    for (name, value) in changes.into_iter().filter(|(name, _)| name != "REPLACE") {
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some(pair) => pair.1 = value,
            None => pairs.push((name, value)),
        }
    }
    options::fields(build, &pairs)
}
