//! Which fields a DomainKey-Signature covers, and whose address they carry (RFC 4870 §3.3).

use std::fmt;

use super::error::DomainKeysError;
use super::signature::DomainKeySignature;
use crate::message::addresses::addresses;
use crate::message::{Header, places};
use crate::name::DomainName;
use crate::sorted::counts;

/// What a signature covers of a header, and who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Places of the fields signed, in the order in which they are.
    pub picked: Vec<usize>,
    /// The address that tells who sends.
    pub sender: SendingAddress,
}

/// The address that tells who sends: the first one in Sender, or else in From.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingAddress {
    /// The field that it stands in.
    pub field: SendingField,
    /// What stands before the `@`, with its quotes where it has some.
    pub local_part: String,
    /// What stands behind it.
    pub domain: DomainName,
}

/// A field that can tell who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendingField {
    /// Sender, where there is one.
    Sender,
    /// From.
    From,
}

impl SendingField {
    /// Its name, as Authentication-Results has it in `header.sender` and `header.from`
    /// (RFC 8601 §2.7.1).
    pub const fn property(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::From => "from",
        }
    }
}

impl fmt::Display for SendingField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sender => "Sender",
            Self::From => "From",
        })
    }
}

impl DomainKeySignature {
    /// What the signature, its own field standing at `own`, covers of the header.
    ///
    /// # Errors
    ///
    /// [`DomainKeysError`] where nobody of `d=` sends the message as it is signed.
    pub fn cover(&self, header: &Header, own: usize) -> Result<Coverage, DomainKeysError> {
        let below = own.saturating_add(1);
        let sender = sending_address(header, below)?;
        // RFC 4870 §3.3: h= must have the field that tells the sending domain.
        if let Some(names) = &self.signed_fields
            && !names.iter().any(|name| name == sender.field.property())
        {
            return Err(DomainKeysError::SenderNotSigned { field: sender.field });
        }
        // RFC 4870 §3.3: d= is the domain of the sending address or one above it.
        if !sender.domain.is_within(&self.domain) {
            return Err(DomainKeysError::OtherDomain {
                field: sender.field,
                sender: sender.domain.as_str().to_owned(),
                domain: self.domain.as_str().to_owned(),
            });
        }
        let picked = pick(header, below, self.signed_fields.as_deref());
        Ok(Coverage { picked, sender })
    }

    /// Hands the canonical form of the fields signed to `sink`.
    pub fn canonical_fields(
        &self,
        header: &Header,
        coverage: &Coverage,
        sink: &mut dyn FnMut(&[u8]),
    ) {
        for field in coverage.picked.iter().filter_map(|place| header.field(*place)) {
            self.canonicalization.field(field.octets(), sink);
        }
    }
}

/// The address that tells who sends, from the fields at `below` and after: the topmost Sender, or
/// else the topmost From (RFC 4870 §3.4.1).
pub(super) fn sending_address(
    header: &Header,
    below: usize,
) -> Result<SendingAddress, DomainKeysError> {
    let find = |kind: SendingField| {
        let field = header.fields().skip(below).find(|field| field.is_named(kind.property()))?;
        Some((kind, field))
    };
    let (kind, field) = find(SendingField::Sender)
        .or_else(|| find(SendingField::From))
        .ok_or(DomainKeysError::NoSender)?;
    let no_address = || DomainKeysError::NoAddress { field: kind };
    let address = addresses(field).into_iter().next().ok_or_else(no_address)?;
    let (local_part, domain) = address.rsplit_once('@').ok_or_else(no_address)?;
    let domain = DomainName::parse(domain).map_err(|_| no_address())?;
    Ok(SendingAddress { field: kind, local_part: local_part.to_owned(), domain })
}

/// The places of the fields signed, of those at `below` and after.
///
/// RFC 4870 §3.3: without `h=` all, in their order. With it those that it lists, in its order; every
/// field of a listed name is signed. Where a name is listed several times, the last stands for the
/// bottommost field, and so on, and the first for all that are left.
fn pick(header: &Header, below: usize, names: Option<&[String]>) -> Vec<usize> {
    let Some(names) = names else {
        return (below..header.fields().len()).collect();
    };
    let mut places = places(header, below);
    let mut listed = counts(names);
    let mut picked = Vec::new();
    for name in names.iter().rev() {
        let (Some(left), Some(places)) =
            (listed.get_mut(name.as_str()), places.get_mut(name.as_bytes()))
        else {
            continue;
        };
        *left = left.saturating_sub(1);
        if *left > 0 {
            picked.extend(places.pop());
        } else {
            picked.extend(std::mem::take(places).into_iter().rev());
        }
    }
    picked.reverse();
    picked
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::message::HeaderReader;
    use crate::signature::ParseLimits;

    fn header(text: &str) -> Header {
        let mut reader = HeaderReader::new(100_000, 100);
        reader.push(text.as_bytes()).unwrap();
        reader.end().unwrap();
        reader.into_header()
    }

    fn signature(tags: &str) -> DomainKeySignature {
        let limits = ParseLimits { octets: 1000, signed_names: 100 };
        let field = format!("b=YQ==; c=nofws; d=b.example; s=s{tags}");
        DomainKeySignature::parse(field.as_bytes(), 0, limits).1.unwrap()
    }

    #[test]
    fn fields_below_the_signature_are_picked() {
        let header = header(
            "From: x@y.example\r\nDomainKey-Signature: x\r\nReceived: 1\r\nFrom: a@b.example\r\n\
             RECEIVED: 2\r\nSubject: s\r\nReceived: 3\r\n\r\n",
        );
        for (tags, picked) in [
            ("", &[2, 3, 4, 5, 6][..]),
            ("; h=from", &[3]),
            ("; h=From:Received", &[3, 2, 4, 6]),
            ("; h=received:from:received", &[2, 4, 3, 6]),
            ("; h=received:received:received:received:from", &[2, 4, 6, 3]),
            ("; h=subject:x-absent:from", &[5, 3]),
            ("; h=domainkey-signature:from", &[3]),
        ] {
            let coverage = signature(tags).cover(&header, 1).unwrap();
            assert_eq!(coverage.picked, picked, "{tags}");
            assert_eq!(coverage.sender.local_part, "a");
        }
    }

    #[test]
    fn sender_before_from_tells_who_sends() {
        for (fields, tags, expected) in [
            ("From: a@b.example", "", "From a@b.example"),
            ("From: a@c.b.example", "", "From a@c.b.example"),
            ("From: \"x, y\" <\"q@r\"@B.example>, z@other.example", "", "From \"q@r\"@b.example"),
            ("From: a@other.example\r\nSender: c@b.example", "", "Sender c@b.example"),
            ("From: a@b.example\r\nSender: c@b.example", "; h=sender", "Sender c@b.example"),
            ("From: a@b.example\r\nSender: c@b.example", "; h=from", "fromNotSigned"),
            ("From: a@b.example\r\nSender: c@other.example", "", "identityMismatch"),
            ("From: a@notb.example", "", "identityMismatch"),
            ("From: a@example", "", "identityMismatch"),
            ("From: nobody", "", "identityMismatch"),
            ("From: a@b..example", "", "identityMismatch"),
            ("Subject: s", "", "fromNotSigned"),
        ] {
            let header = header(&format!("Sender: x@b.example\r\nSig: x\r\n{fields}\r\n\r\n"));
            let found = match signature(tags).cover(&header, 1) {
                Ok(Coverage { sender, .. }) => {
                    format!("{} {}@{}", sender.field, sender.local_part, sender.domain)
                }
                Err(error) => crate::verify::Failure::from(error).reason.code().to_owned(),
            };
            assert_eq!(found, expected, "{fields} {tags}");
        }
    }
}
