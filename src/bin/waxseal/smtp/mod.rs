//! SMTP and LMTP (RFC 5321, RFC 2033) as machines without input or output: what arrives goes in as
//! octets and comes out as commands, message octets and replies.

pub(crate) mod capabilities;
pub(crate) mod command;
pub(crate) mod data;
pub(crate) mod envelope;
#[cfg(test)]
mod fuzzed;
pub(crate) mod hygiene;
mod lines;
pub(crate) mod reply;
pub(crate) mod session;
pub(crate) mod xforward;
pub(crate) mod xtext;
