//! The encodings that stand in tag values.

pub mod base64;
pub mod quoted_printable;
