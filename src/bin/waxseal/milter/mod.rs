//! The milter protocol, versions 2 to 6, as a machine without input or output.
//!
//! It has no RFC: it is what sendmail's libmilter and Postfix speak. A packet is its length in four
//! octets, most significant first, a letter that says what it is, and its data.

pub(crate) mod macros;
pub(crate) mod negotiation;
pub(crate) mod packet;
pub(crate) mod reply;
pub(crate) mod session;
