//! The fields that a signature signs, each in its place.

use super::claim::canonical;
use crate::canon::Canonicalization;
use crate::message::Header;
use crate::signature::{Claims, Signature};

/// The place of one signed field; the last is that of the signature itself.
#[derive(Clone, Debug)]
pub(in crate::diagnose) struct Slot {
    /// The name as `h=` has it.
    name: String,
    /// The field less its line end, and less the value of `b=`; `None` where it is signed that there
    /// is none.
    pub(super) octets: Option<Vec<u8>>,
    /// Where it stands in the header.
    pub(super) place: Option<usize>,
    pub(super) is_own: bool,
}

impl Slot {
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name as the message writes it, or else as `h=` does.
    pub(super) fn name_as_written<'a>(&'a self, context: &Context<'a>) -> &'a [u8] {
        let field = self.place.and_then(|place| context.header.field(place));
        field.map_or(self.name.as_bytes(), |field| field.name())
    }

    /// What stands behind the colon, without blanks and line ends around it.
    pub(super) fn value(&self) -> &[u8] {
        value_of(self.octets.as_deref().unwrap_or_default())
    }
}

/// What stands behind the colon of a field, without blanks and line ends around it.
pub(super) fn value_of(field: &[u8]) -> &[u8] {
    let colon = memchr::memchr(b':', field).map_or(field.len(), |at| at.saturating_add(1));
    field.get(colon..).unwrap_or_default().trim_ascii()
}

/// What alternatives are drawn from.
#[derive(Debug)]
pub(in crate::diagnose) struct Context<'a> {
    pub(in crate::diagnose) header: &'a Header,
    pub(in crate::diagnose) slots: Vec<Slot>,
    /// Names and values of `z=`.
    pub(in crate::diagnose) copies: Vec<(String, Vec<u8>)>,
    /// The header of the first part, where the body is multipart.
    pub(in crate::diagnose) inner: Option<&'a [u8]>,
    /// The boundary that the delimiters of the body have.
    pub(in crate::diagnose) boundary: Option<&'a [u8]>,
    /// Of each field of the header, whether it is signed.
    picked: Vec<bool>,
}

impl<'a> Context<'a> {
    pub(in crate::diagnose) fn new(
        header: &'a Header,
        own: usize,
        claims: &Claims,
        signature: &Signature,
        copies: Vec<(String, Vec<u8>)>,
    ) -> Self {
        let mut slots: Vec<Slot> = Vec::new();
        let mut picked = vec![false; header.fields().len()];
        for name in &claims.signed_fields {
            // RFC 6376 §5.4.2: of a repeated name the bottommost first; a signature does not sign
            // itself (§3.7).
            let is_free = |place: usize| place != own && picked.get(place) == Some(&false);
            let mut fields = header.fields().enumerate().rev();
            let place = fields.find(|(place, field)| is_free(*place) && field.is_named(name));
            if let Some((place, _)) = place
                && let Some(picked) = picked.get_mut(place)
            {
                *picked = true;
            }
            slots.push(Slot {
                name: name.clone(),
                octets: place.map(|(_, field)| field.octets().to_vec()),
                place: place.map(|(place, _)| place),
                is_own: false,
            });
        }
        let octets = header.field(own).map(|field| field.octets()).unwrap_or_default();
        let span = &signature.signature_span;
        let before = octets.get(..span.start).unwrap_or_default();
        let after = octets.get(span.end..).unwrap_or_default();
        slots.push(Slot {
            name: "DKIM-Signature".to_owned(),
            octets: Some([before, after].concat()),
            place: Some(own),
            is_own: true,
        });
        Self { header, slots, copies, inner: None, boundary: None, picked }
    }

    pub(super) fn is_picked(&self, place: usize) -> bool {
        self.picked.get(place) == Some(&true)
    }

    pub(in crate::diagnose) fn canonical(&self, kind: Canonicalization) -> Vec<Vec<u8>> {
        self.slots.iter().map(|slot| canonical(kind, slot, slot.octets.as_deref())).collect()
    }
}
