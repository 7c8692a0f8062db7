//! What the mail server tells beside the commands: the values of its macros.

use super::packet;

/// The values of macros, each with the command it came for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Macros {
    values: Vec<(u8, String, String)>,
}

/// Octets kept for one connection; a mail server sends some hundred.
const LIMIT: usize = 65_536;

impl Macros {
    /// Takes over what a packet `D` has: the letter of the command, then names and values. What was told
    /// for that command before is forgotten.
    pub(crate) fn take(&mut self, data: &[u8]) {
        let Some((command, data)) = data.split_first() else { return };
        self.forget(*command);
        let texts: Vec<_> = packet::texts(data).map(String::from_utf8_lossy).collect();
        for pair in texts.chunks_exact(2) {
            let [name, value] = pair else { continue };
            if self.octets() + name.len() + value.len() > LIMIT {
                return;
            }
            let name =
                name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
            self.values.push((*command, name.to_owned(), value.clone().into_owned()));
        }
    }

    /// The value of the macro, without the braces of its name. What came for the latest command counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().rev().find(|(_, known, _)| known == name);
        found.map(|(_, _, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Forgets what concerns a message; what concerns the connection stays.
    pub(crate) fn forget_message(&mut self) {
        self.values.retain(|(command, ..)| matches!(command, b'C' | b'H'));
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
    }

    fn forget(&mut self, command: u8) {
        self.values.retain(|(other, ..)| *other != command);
    }

    fn octets(&self) -> usize {
        self.values.iter().map(|(_, name, value)| name.len() + value.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_value_counts_and_messages_are_forgotten() {
        let mut macros = Macros::default();
        macros.take(b"Cj\0mx.example\0{daemon_name}\0ORIGINATING\0");
        macros.take(b"M{auth_type}\0PLAIN\0i\0\0");
        macros.take(b"Ei\x004Zq1\0");
        assert_eq!(macros.get("daemon_name"), Some("ORIGINATING"));
        assert_eq!(macros.get("auth_type"), Some("PLAIN"));
        assert_eq!(macros.get("i"), Some("4Zq1"));
        macros.take(b"M");
        assert_eq!(macros.get("auth_type"), None);
        macros.forget_message();
        assert_eq!((macros.get("i"), macros.get("j")), (None, Some("mx.example")));
    }

    #[test]
    fn there_is_a_limit() {
        let mut macros = Macros::default();
        for command in 0..200_u8 {
            macros.take(&[&[command][..], b"x\0", &[b'y'; 1000], b"\0"].concat());
        }
        assert!(macros.octets() <= LIMIT);
    }
}
