//! Which fields are signed, and of which one more than there are.

use super::error::RequestError;
use super::request::{Oversign, SignedFields};
use crate::message::FieldIndex;

/// The fields that are signed by default where the message has them: those of RFC 6376 §5.4.1, those
/// that say how the body is to be read, and what one-click unsubscription wants signed
/// (RFC 8058 §4).
pub const RECOMMENDED_FIELDS: &[&str] = &[
    "From",
    "Reply-To",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "In-Reply-To",
    "References",
    "Resent-Date",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Owner",
    "List-Archive",
];

/// The fields that are oversigned by default: a reader shows them or reads the body by them, and one
/// more of them would change what a message seems to say (RFC 6376 §8.15).
pub const OVERSIGNED_FIELDS: &[&str] = &[
    "From",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Reply-To",
    "Message-ID",
    "Content-Type",
    "MIME-Version",
    "Content-Transfer-Encoding",
];

/// The fields that are never signed: hosts on the way add, change or remove them (RFC 6376 §5.4.1).
/// A final `*` stands for every ending.
pub const NEVER_SIGNED: &[&str] = &[
    "Return-Path",
    "Received",
    "Authentication-Results",
    "DKIM-Signature",
    "ARC-*",
    "Bcc",
    "Resent-Bcc",
];

/// A field that DKIM does not sign, but ARC does where the message has it (RFC 8617 §4.1.2).
const ARC_SIGNED: &str = "DKIM-Signature";

/// What of the fields is to be signed, made ready once for many messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    choices: Vec<Choice>,
    for_arc: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    name: String,
    lower: String,
    /// How often the name was listed: it stands in `h=` at least so often, listed by a person.
    at_least: usize,
    one_more: OneMore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OneMore {
    Never,
    WherePresent,
    Always,
}

impl Selection {
    /// # Errors
    ///
    /// [`RequestError`] at a name that is none, or one that must not be signed.
    pub(super) fn new(fields: &SignedFields, oversign: &Oversign) -> Result<Self, RequestError> {
        Self::build(fields, oversign, false)
    }

    /// The same for an ARC-Message-Signature, which signs the DKIM signatures, too.
    ///
    /// # Errors
    ///
    /// [`RequestError`] at a name that is none, or one that must not be signed.
    pub(crate) fn for_arc(
        fields: &SignedFields,
        oversign: &Oversign,
    ) -> Result<Self, RequestError> {
        Self::build(fields, oversign, true)
    }

    fn build(
        fields: &SignedFields,
        oversign: &Oversign,
        for_arc: bool,
    ) -> Result<Self, RequestError> {
        let mut selection = Self { choices: Vec::new(), for_arc };
        match fields {
            SignedFields::Recommended => {
                for name in RECOMMENDED_FIELDS {
                    selection.choose(name)?;
                }
                if for_arc {
                    selection.choose(ARC_SIGNED)?;
                }
            }
            SignedFields::Listed(names) => {
                // RFC 6376 §5.4: the From field must be signed.
                if !names.iter().any(|name| name.eq_ignore_ascii_case("From")) {
                    selection.choose("From")?;
                }
                for name in names {
                    let choice = selection.choose(name)?;
                    choice.at_least = choice.at_least.saturating_add(1);
                }
                // Listed once is the plain wish to have it signed where it is there.
                for choice in selection.choices.iter_mut().filter(|choice| choice.at_least == 1) {
                    choice.at_least = 0;
                }
            }
        }
        match oversign {
            Oversign::None => {}
            Oversign::Present => selection.oversign(OneMore::WherePresent, |_| true),
            Oversign::All => selection.oversign(OneMore::Always, |_| true),
            Oversign::Recommended => selection.oversign(OneMore::Always, |name| {
                OVERSIGNED_FIELDS.iter().any(|one| one.eq_ignore_ascii_case(name))
            }),
            Oversign::Listed(names) => {
                for name in names {
                    selection.choose(name)?.one_more = OneMore::Always;
                }
            }
        }
        Ok(selection)
    }

    /// `h=` for a message that has these fields.
    pub(crate) fn names(&self, fields: &FieldIndex) -> Vec<String> {
        let mut names = Vec::new();
        for choice in &self.choices {
            let present = fields.count(&choice.lower);
            let one_more = match choice.one_more {
                OneMore::Never => false,
                OneMore::WherePresent => present > 0,
                OneMore::Always => true,
            };
            let times = present.saturating_add(usize::from(one_more)).max(choice.at_least);
            names.extend(std::iter::repeat_n(choice.name.clone(), times));
        }
        names
    }

    fn choose(&mut self, name: &str) -> Result<&mut Choice, RequestError> {
        if !(self.for_arc && name.eq_ignore_ascii_case(ARC_SIGNED)) {
            check_name(name)?;
        }
        let lower = name.to_ascii_lowercase();
        let place = self.choices.iter().position(|choice| choice.lower == lower);
        let place = place.unwrap_or_else(|| {
            let name = name.to_owned();
            self.choices.push(Choice { name, lower, at_least: 0, one_more: OneMore::Never });
            self.choices.len().saturating_sub(1)
        });
        self.choices.get_mut(place).ok_or_else(|| RequestError::FieldName(name.to_owned()))
    }

    fn oversign(&mut self, one_more: OneMore, chosen: impl Fn(&str) -> bool) {
        for choice in self.choices.iter_mut().filter(|choice| chosen(&choice.name)) {
            choice.one_more = one_more;
        }
    }
}

fn check_name(name: &str) -> Result<(), RequestError> {
    // RFC 6376 §3.5 has the names of h= in a tag list, where a semicolon would end it.
    let is_name = !name.is_empty()
        && name.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b':' | b';'));
    if !is_name {
        return Err(RequestError::FieldName(name.to_owned()));
    }
    let is_never_signed = NEVER_SIGNED.iter().any(|never| match never.strip_suffix('*') {
        Some(start) => {
            name.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
        }
        None => never.eq_ignore_ascii_case(name),
    });
    if is_never_signed { Err(RequestError::NeverSigned(name.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::HeaderReader;

    const HEADER: &[u8] = b"From: a@b.example\r\nTo: c\r\nTO: d\r\nX-A: e\r\nBcc: f\r\n\r\n";

    fn names(fields: &SignedFields, oversign: &Oversign) -> String {
        let mut reader = HeaderReader::new(10_000, 100);
        reader.push(HEADER).unwrap();
        let index = FieldIndex::new(&reader.into_header());
        Selection::new(fields, oversign).unwrap().names(&index).join(":")
    }

    fn listed(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_field_of_a_chosen_name_is_signed() {
        let recommended = SignedFields::Recommended;
        assert_eq!(names(&recommended, &Oversign::None), "From:To:To");
        assert_eq!(names(&recommended, &Oversign::Present), "From:From:To:To:To");
        assert_eq!(
            names(&recommended, &Oversign::Recommended),
            "From:From:Reply-To:Subject:Date:To:To:To:Cc:Message-ID:MIME-Version:Content-Type:\
             Content-Transfer-Encoding"
        );
        assert!(names(&recommended, &Oversign::All).ends_with(":List-Owner:List-Archive"));
        let chosen = Oversign::Listed(listed(&["Subject", "X-A"]));
        assert_eq!(names(&recommended, &chosen), "From:Subject:To:To:X-A:X-A");
    }

    #[test]
    fn a_list_is_taken_at_its_word_and_from_is_signed_anyway() {
        for (list, oversign, expected) in [
            (&["to"][..], Oversign::None, "From:to:to"),
            (&["x-a", "X-A", "x-a"], Oversign::None, "From:x-a:x-a:x-a"),
            (&["Subject"], Oversign::None, "From"),
            (&["Subject", "Subject"], Oversign::None, "From:Subject:Subject"),
            (&["From", "X-A"], Oversign::Recommended, "From:From:X-A"),
            (&["From", "Subject"], Oversign::All, "From:From:Subject"),
        ] {
            assert_eq!(names(&SignedFields::Listed(listed(list)), &oversign), expected, "{list:?}");
        }
    }

    #[test]
    fn what_hosts_change_is_never_signed() {
        for name in ["received", "ARC-Seal", "arc-message-signature", "Bcc", "DKIM-signature"] {
            let fields = SignedFields::Listed(listed(&[name]));
            assert_eq!(
                Selection::new(&fields, &Oversign::None),
                Err(RequestError::NeverSigned(name.to_owned()))
            );
            let oversign = Oversign::Listed(listed(&[name]));
            assert!(Selection::new(&SignedFields::Recommended, &oversign).is_err());
        }
        for name in ["", "a b", "a:b", "a;b", "ä"] {
            let fields = SignedFields::Listed(listed(&[name]));
            let error = Selection::new(&fields, &Oversign::None).unwrap_err();
            assert_eq!(error, RequestError::FieldName(name.to_owned()));
        }
        for name in RECOMMENDED_FIELDS.iter().chain(OVERSIGNED_FIELDS) {
            assert_eq!(check_name(name), Ok(()));
        }
    }
}
