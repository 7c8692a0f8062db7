//! Which fields of a header an `h=` means (RFC 6376 §5.4.2).

use super::fields::Header;
use crate::sorted::Sorted;

/// The fields of a header by name, so that picking those of an `h=` is linear.
#[derive(Debug)]
pub(crate) struct FieldIndex {
    /// Lower-case names, and where fields of that name stand, topmost first.
    places: Sorted<Vec<u8>, Vec<usize>>,
}

impl FieldIndex {
    pub(crate) fn new(header: &Header) -> Self {
        Self { places: places(header, 0) }
    }

    /// How many fields of that name there are, which is given in lower case.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.places.get(name.as_bytes()).map_or(0, Vec::len)
    }

    /// The fields that an `h=`, in lower case, picks in its order: of a repeated name the bottommost
    /// first; names that have no field left pick nothing. A signature does not sign itself
    /// (RFC 6376 §3.7), so its own field is passed over.
    pub(crate) fn pick(&self, signed_fields: &[String], own: Option<usize>) -> Vec<usize> {
        let mut left: Sorted<&str, Option<Vec<usize>>> = Sorted::default();
        let mut picked = Vec::new();
        for name in signed_fields {
            left.change(name, |left| {
                let left = left.get_or_insert_with(|| {
                    self.places.get(name.as_bytes()).cloned().unwrap_or_default()
                });
                while let Some(place) = left.pop() {
                    if Some(place) != own {
                        picked.push(place);
                        break;
                    }
                }
            });
        }
        picked
    }
}

/// Lower-case names, and where fields of that name stand, from the place `below` on.
pub(crate) fn places(header: &Header, below: usize) -> Sorted<Vec<u8>, Vec<usize>> {
    let mut places: Sorted<Vec<u8>, Vec<usize>> = Sorted::default();
    for (index, field) in header.fields().enumerate().skip(below) {
        places.change(field.name().to_ascii_lowercase(), |places| places.push(index));
    }
    places
}
