//! What the signatures that verify cover, and which fields may have been added.

use super::report::{
    BodyCoverage, Coverage, FieldCoverage, FieldStatus, MessageWarning, WarningCode,
};
use super::task::{Outcome, Verified};
use crate::message::Header;
use crate::sorted::{Sorted, counts};

/// Fields that stand at most once in a message (RFC 5322 §3.6, RFC 2045 §3) and that a reader
/// shows or acts on. From has a reason of its own.
const SINGLE: [&str; 9] = [
    "subject",
    "to",
    "cc",
    "reply-to",
    "date",
    "message-id",
    "content-type",
    "content-transfer-encoding",
    "mime-version",
];

/// The coverage of a message whose body has so many octets, and a warning for each name that must
/// be single and stands more often than it is signed.
pub(super) fn evaluate(
    header: &Header,
    body_octets: u64,
    outcomes: &[Outcome],
) -> (Coverage, Vec<MessageWarning>) {
    let verified: Vec<&Verified> =
        outcomes.iter().filter_map(|outcome| outcome.verified.as_ref()).collect();
    let names: Vec<String> = header
        .fields()
        .map(|field| String::from_utf8_lossy(field.name()).to_ascii_lowercase())
        .collect();
    let standing = counts(&names);

    let mut warnings = Vec::new();
    let mut added: Vec<&str> = Vec::new();
    if !verified.is_empty() {
        for name in SINGLE {
            let count = standing.get(name).copied().unwrap_or_default();
            let signed =
                verified.iter().map(|one| times_signed(one, name)).max().unwrap_or_default();
            if count > signed {
                added.push(name);
                warnings.push(added_warning(header, name, count, signed));
            }
        }
    }

    let mut statuses = vec![FieldStatus::Unsigned; names.len()];
    for one in &verified {
        let listed = counts(&one.signed_fields);
        for &place in &one.picked {
            let (Some(status), Some(name)) = (statuses.get_mut(place), names.get(place)) else {
                continue;
            };
            let times = |counts: &Sorted<&str, usize>| {
                counts.get(name.as_str()).copied().unwrap_or_default()
            };
            // RFC 6376 §5.4.2: a name listed more often than it stands signs that no more stand.
            if times(&listed) > times(&standing) {
                *status = FieldStatus::Oversigned;
            } else if *status == FieldStatus::Unsigned {
                *status = FieldStatus::Signed;
            }
        }
    }

    let fields = header
        .fields()
        .zip(&names)
        .zip(statuses)
        .enumerate()
        .map(|(index, ((field, name), status))| {
            let is_added = status == FieldStatus::Unsigned
                && (added.contains(&name.as_str()) || name == "from" && !verified.is_empty());
            FieldCoverage {
                name: String::from_utf8_lossy(field.name()).into_owned(),
                index,
                status: if is_added { FieldStatus::Added } else { status },
            }
        })
        .collect();
    let body =
        verified
            .iter()
            .filter_map(|one| one.body)
            .max_by_key(|(signed, _)| *signed)
            .map_or(BodyCoverage { signed: 0, total: body_octets }, |(signed, total)| {
                BodyCoverage { signed, total }
            });
    (Coverage { fields, body }, warnings)
}

fn times_signed(verified: &Verified, name: &str) -> usize {
    verified.signed_fields.iter().filter(|signed| *signed == name).count()
}

fn added_warning(header: &Header, name: &str, count: usize, signed: usize) -> MessageWarning {
    let shown = header.first(name).map(|field| String::from_utf8_lossy(field.name()).into_owned());
    let shown = shown.unwrap_or_default();
    let explanation = if signed == 0 {
        format!("{shown} is not signed: it may have been added or changed on the way.")
    } else {
        format!(
            "{shown} stands {count} times but is signed {signed} times: one may have been added on the way."
        )
    };
    MessageWarning { code: WarningCode::FieldAdded, explanation, field: Some(shown) }
}
