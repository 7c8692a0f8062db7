//! The encodings that stand in tag values.

pub mod base32;
pub mod base64;
pub mod quoted_printable;
