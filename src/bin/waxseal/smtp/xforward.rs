//! XFORWARD: what a mail server tells of the client it had the message from (Postfix
//! XFORWARD_README).

use std::net::IpAddr;

use super::xtext;

/// The attributes that we know, as they are announced.
pub(crate) const ATTRIBUTES: [&str; 7] =
    ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"];

/// Octets a value may have, decoded: a host name has 255 at most, queue ids fewer.
const VALUE: usize = 255;

/// What is known of the client, each value as it came but decoded; absent where it was not told or is
/// `[UNAVAILABLE]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct XForward {
    values: [Option<Vec<u8>>; ATTRIBUTES.len()],
}

impl XForward {
    /// Takes the attributes of one command over; several commands of a session add up.
    pub(crate) fn add(&mut self, arguments: &str) -> Result<(), String> {
        let mut new = self.clone();
        let mut some = false;
        for word in arguments.split(' ').filter(|word| !word.is_empty()) {
            let (name, value) =
                word.split_once('=').ok_or_else(|| format!("{word:?} is no NAME=VALUE"))?;
            let index = ATTRIBUTES
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name))
                .ok_or_else(|| format!("unknown attribute {name:?}"))?;
            let octets = xtext::decode(value.as_bytes())
                .filter(|octets| octets.len() <= VALUE)
                .filter(|octets| octets.iter().all(|octet| !octet.is_ascii_control()))
                .ok_or_else(|| format!("bad value of {name}"))?;
            let absent = octets.is_empty()
                || octets.eq_ignore_ascii_case(b"[UNAVAILABLE]")
                || octets.eq_ignore_ascii_case(b"[TEMPUNAVAIL]");
            if ATTRIBUTES[index] == "ADDR" && !absent && address(&octets).is_none() {
                return Err("the value of ADDR is no address".to_owned());
            }
            new.values[index] = (!absent).then_some(octets);
            some = true;
        }
        if !some {
            return Err(format!("it names none of {}", ATTRIBUTES.join(" ")));
        }
        *self = new;
        Ok(())
    }

    /// Nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        let index = ATTRIBUTES.iter().position(|known| *known == name)?;
        self.values.get(index)?.as_deref()
    }

    /// The client's address.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        address(self.get("ADDR")?)
    }

    /// The queue id of the server that sends us the message.
    pub(crate) fn queue_id(&self) -> Option<String> {
        self.get("IDENT").map(|octets| String::from_utf8_lossy(octets).into_owned())
    }

    /// `SOURCE=LOCAL`: the message was made on the server itself.
    pub(crate) fn is_local(&self) -> bool {
        self.get("SOURCE").is_some_and(|source| source.eq_ignore_ascii_case(b"LOCAL"))
    }

    /// The command that tells a server of it, which takes these attributes. What it takes and we do not
    /// know is told to be unavailable, or it would take our own for the client's.
    pub(crate) fn command(&self, taken: &[String]) -> Option<String> {
        let mut command = String::from("XFORWARD");
        for (name, value) in ATTRIBUTES.iter().zip(&self.values) {
            if taken.iter().any(|one| one.eq_ignore_ascii_case(name)) {
                let value = value.as_deref().map_or("[UNAVAILABLE]".to_owned(), xtext::encode);
                command.push_str(&format!(" {name}={value}"));
            }
        }
        (command.len() > "XFORWARD".len()).then_some(command)
    }
}

/// `192.0.2.1` or `IPV6:2001:db8::1` (RFC 5321 §4.1.3, without brackets).
fn address(octets: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(octets).ok()?;
    match text.split_at_checked(5) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case("IPV6:") => rest.parse().ok(),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_add_up() {
        let mut forward = XForward::default();
        forward.add("NAME=spike.example ADDR=192.0.2.1 PORT=4711").unwrap();
        forward.add("PROTO=ESMTP HELO=a+3Db IDENT=4Zq1 SOURCE=LOCAL").unwrap();
        forward.add("name=[UNAVAILABLE]").unwrap();
        assert_eq!(forward.client(), Some("192.0.2.1".parse().unwrap()));
        assert_eq!(forward.queue_id().as_deref(), Some("4Zq1"));
        assert!(forward.is_local());
        let taken = ["NAME", "ADDR", "HELO", "X"].map(str::to_owned);
        let command = forward.command(&taken).unwrap();
        assert_eq!(command, "XFORWARD NAME=[UNAVAILABLE] ADDR=192.0.2.1 HELO=a+3Db");
        assert_eq!(forward.command(&[]), None);
    }

    #[test]
    fn six_is_tagged() {
        let mut forward = XForward::default();
        forward.add("ADDR=IPV6:2001:db8::1").unwrap();
        assert_eq!(forward.client(), Some("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn a_bad_command_changes_nothing() {
        let mut forward = XForward::default();
        forward.add("ADDR=192.0.2.1").unwrap();
        let long = format!("HELO={}", "x".repeat(256));
        for bad in ["", "X=1", "NAME", "NAME=a+0D+0Ab", "ADDR=nowhere", "HELO=b ADDR=+", &long] {
            let before = forward.clone();
            assert!(forward.add(bad).is_err(), "{bad}");
            assert_eq!(forward, before);
        }
    }
}
