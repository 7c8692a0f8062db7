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

/// Octets that are read at once, at least.
const READ: usize = 16 * 1024;

/// Makes room for the next octets where little is left, and gives back what a large message took.
pub(crate) fn make_room(input: &mut Vec<u8>) {
    if input.is_empty() && input.capacity() > 8 * READ {
        *input = Vec::new();
    }
    if input.capacity() - input.len() < READ / 4 {
        input.reserve(READ);
    }
}
