//! Which fields of a header an `h=` means (RFC 6376 §5.4.2).

use std::collections::BTreeMap;

use super::fields::Header;

/// The fields of a header by name, so that picking those of an `h=` is linear.
#[derive(Debug)]
pub(crate) struct FieldIndex {
    /// Lower-case names, and where fields of that name stand, topmost first.
    places: BTreeMap<Vec<u8>, Vec<usize>>,
}

impl FieldIndex {
    pub(crate) fn new(header: &Header) -> Self {
        let mut places: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (index, field) in header.fields().enumerate() {
            places.entry(field.name().to_ascii_lowercase()).or_default().push(index);
        }
        Self { places }
    }

    /// How many fields of that name there are, which is given in lower case.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.places.get(name.as_bytes()).map_or(0, Vec::len)
    }

    /// The fields that an `h=`, in lower case, picks in its order: of a repeated name the bottommost
    /// first; names that have no field left pick nothing. A signature does not sign itself
    /// (RFC 6376 §3.7), so its own field is passed over.
    pub(crate) fn pick(&self, signed_fields: &[String], own: Option<usize>) -> Vec<usize> {
        let mut left: BTreeMap<&str, std::iter::Rev<std::slice::Iter<'_, usize>>> = BTreeMap::new();
        let mut picked = Vec::new();
        for name in signed_fields {
            let places = left.entry(name).or_insert_with(|| {
                self.places.get(name.as_bytes()).map(Vec::as_slice).unwrap_or_default().iter().rev()
            });
            picked.extend(places.find(|place| Some(**place) != own));
        }
        picked
    }
}
