//! Canonicalization (RFC 6376 §3.4): the forms of header and body that survive transport.
//!
//! Both work on octets: white space is SP and HTAB, a line ends with CRLF, everything else is data.
//! Nothing is copied: spans of the input are handed on to a sink, usually a hasher.

mod body;
mod domainkeys;
mod header;

pub use body::BodyCanonicalizer;
pub use domainkeys::{DomainKeysBodyCanonicalizer, DomainKeysCanonicalization};
pub use header::{canonicalize_field, canonicalize_signature_field};

/// A canonicalization algorithm (RFC 6376 §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Canonicalization {
    /// Tolerates almost no modification; what `c=` means where it is silent.
    #[default]
    Simple,
    /// Tolerates changes of white space and folding.
    Relaxed,
}

impl Canonicalization {
    /// The algorithm of that name, letter case aside.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Simple, Self::Relaxed]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The name, as it stands in `c=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        }
    }
}

const fn is_wsp(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}
