//! Fields added, removed, renamed, and copies of what they were.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis;

/// Values that fields have in most messages, and that relays put in where they miss them.
const USUAL: &[(&str, &[&str])] = &[
    ("MIME-Version", &["1.0"]),
    ("Content-Transfer-Encoding", &["7bit", "8bit", "quoted-printable", "base64", "binary"]),
    ("Content-Type", &["text/plain", "text/plain; charset=utf-8", "text/plain; charset=us-ascii"]),
];

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    let context = found.context;
    for (_, value) in context.copies.iter().filter(|(name, _)| slot.is_named(name)) {
        found.value(Hypothesis::CopiedField, true, value.trim_ascii());
    }
    if slot.is_own {
        return;
    }
    let suffix = format!("-{}", slot.name());
    // X-Original-From and the like.
    for field in context.header.fields() {
        let name = field.name();
        let start = name.len().saturating_sub(suffix.len());
        let is_former = start > 0
            && name.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(suffix.as_bytes()))
            && !name.starts_with(b"Resent");
        if is_former {
            // The name with the letter case that it had.
            let name = name.get(start.saturating_add(1)..).unwrap_or_default();
            let former =
                [name, b":", field.octets().get(field.value_offset()..).unwrap_or_default()];
            found.add(hypothesis(slot), true, Some(former.concat()));
            found.value(hypothesis(slot), true, field.value().trim_ascii());
        }
    }
    for (place, field) in context.header.fields().enumerate() {
        if field.is_named(slot.name()) && !context.is_picked(place) {
            found.add(Hypothesis::OtherInstance, true, Some(field.octets().to_vec()));
        }
    }
    for (name, values) in USUAL.iter().filter(|(name, _)| slot.is_named(name)) {
        let is_encoding = *name == "Content-Transfer-Encoding";
        for value in *values {
            let hypothesis = match slot.octets {
                Some(_) if is_encoding => Hypothesis::TransferEncoding,
                Some(_) => Hypothesis::ContentFields,
                None => {
                    let field = [name.as_bytes(), b": ", value.as_bytes()].concat();
                    found.add(Hypothesis::FieldRemoved, is_encoding, Some(field));
                    Hypothesis::FieldRemoved
                }
            };
            found.value(hypothesis, is_encoding, value.as_bytes());
        }
    }
    if slot.octets.is_some() {
        let is_often_added = ["Reply-To", "Sender", "Cc", "MIME-Version", "List-Unsubscribe"];
        found.add(
            Hypothesis::FieldAdded,
            is_often_added.iter().any(|name| slot.is_named(name)),
            None,
        );
    }
}

fn hypothesis(slot: &Slot) -> Hypothesis {
    match slot.octets {
        None => Hypothesis::FieldRemoved,
        Some(_) if slot.is_named("From") => Hypothesis::FromRewritten,
        Some(_) if slot.is_named("Message-ID") => Hypothesis::MessageIdRewritten,
        Some(_) if slot.is_named("Date") => Hypothesis::DateRewritten,
        Some(_) => Hypothesis::FieldRemoved,
    }
}
