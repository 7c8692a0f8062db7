//! A message as octets: its header split into fields, its authors and addresses, its Received times.
//!
//! CRLF ends a line and nothing else does (RFC 5322 §2.1). Bare CR and bare LF, NUL and octets above
//! 127 are data and pass through.

pub mod addresses;
pub mod authors;
pub mod fields;
mod line_ending;
mod selection;

pub use fields::{Field, Header, HeaderReader, MalformedHeader};
pub use line_ending::{BareLineEndings, LineEndingNormalizer};
pub(crate) use selection::{FieldIndex, places};
