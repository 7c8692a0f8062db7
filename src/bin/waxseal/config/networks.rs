//! Lists of networks, where the first that matches decides.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A list of networks; a `!` before one makes it say no.
///
/// IPv4 addresses are held as IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2), so `::/0` has
/// everything and `0.0.0.0/0` has every IPv4 address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Networks(Vec<Network>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    negated: bool,
    address: u128,
    /// How many of the 128 bits count.
    prefix: u8,
}

/// The bits before those of an IPv4-mapped address.
const MAPPED_PREFIX: u8 = 96;

impl Networks {
    /// Parses each of the texts.
    ///
    /// # Errors
    ///
    /// The index of each that is no network, and why.
    pub(crate) fn parse<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Vec<(usize, String)>> {
        let (mut networks, mut errors) = (Vec::new(), Vec::new());
        for (index, text) in texts.into_iter().enumerate() {
            match Network::parse(text) {
                Ok(network) => networks.push(network),
                Err(error) => errors.push((index, error)),
            }
        }
        if errors.is_empty() { Ok(Self(networks)) } else { Err(errors) }
    }

    /// Whether the address is in the list: the first network it is in decides.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        let decides = |network: &&Network| network.holds(bits);
        self.0.iter().find(decides).is_some_and(|network| !network.negated)
    }

    /// The networks as text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Network::to_string)
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }
}

impl Network {
    fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let bare = trimmed.trim_start_matches('!');
        let negated = (trimmed.len() - bare.len()) % 2 == 1;
        let (address, length) = match bare.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (bare, None),
        };
        let address = address
            .strip_prefix('[')
            .map_or(Some(address), |inner| inner.strip_suffix(']'))
            .ok_or_else(|| no_network(text))?;
        let address = match address.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => &address[5..],
            _ => address,
        };
        let address = whole_address(address, length.is_some()).ok_or_else(|| no_network(text))?;
        let prefix = match (address, length) {
            (_, None) => 128,
            (IpAddr::V4(_), Some(length)) => {
                MAPPED_PREFIX + prefix_v4(length).ok_or_else(|| no_prefix(length, 32))?
            }
            (IpAddr::V6(_), Some(length)) => match length.parse() {
                Ok(prefix @ 0..=128) => prefix,
                _ => return Err(no_prefix(length, 128)),
            },
        };
        Ok(Self { negated, address: bits(address), prefix })
    }

    fn holds(&self, bits: u128) -> bool {
        let differing = (bits ^ self.address).leading_zeros();
        differing >= u32::from(self.prefix)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("!")?;
        }
        let address = Ipv6Addr::from_bits(self.address);
        match (address.to_ipv4_mapped(), self.prefix.checked_sub(MAPPED_PREFIX)) {
            (Some(address), Some(prefix)) => write!(f, "{address}/{prefix}"),
            _ => write!(f, "{address}/{}", self.prefix),
        }
    }
}

/// The address; where a prefix length follows, `10` and `172.16` stand for `10.0.0.0` and so on, as
/// amavisd takes them.
fn whole_address(text: &str, shortened: bool) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if !shortened || text.is_empty() {
        return None;
    }
    let mut octets = [0; 4];
    let mut parts = text.trim_end_matches('.').split('.');
    for octet in &mut octets {
        match parts.next() {
            Some(part) if part.bytes().all(|c| c.is_ascii_digit()) => *octet = part.parse().ok()?,
            Some(_) => return None,
            None => break,
        }
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

fn prefix_v4(text: &str) -> Option<u8> {
    if let Ok(mask) = text.parse::<Ipv4Addr>() {
        let bits = mask.to_bits();
        let prefix = bits.leading_ones();
        return (bits.count_ones() == prefix).then(|| u8::try_from(prefix).ok())?;
    }
    text.parse().ok().filter(|prefix| *prefix <= 32)
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn no_network(text: &str) -> String {
    format!(
        "{text:?} is no network; write an address such as 192.0.2.1 or ::1, or one with a prefix \
         length such as 192.168.0.0/16 or fc00::/7, and ! before what is to be excluded"
    )
}

fn no_prefix(length: &str, most: u8) -> String {
    format!("{length:?} is no prefix length: it is a number from 0 to {most}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(networks: &[&str], address: &str) -> bool {
        Networks::parse(networks.iter().copied()).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn the_first_network_that_matches_decides() {
        let list = ["!192.168.1.12", "172.16.3.3", "!172.16.3.0/255.255.255.0", "172.16.0.0/12"];
        assert!(!has(&list, "192.168.1.12"));
        assert!(has(&list, "172.16.3.3"));
        assert!(!has(&list, "172.16.3.4"));
        assert!(has(&list, "172.16.4.1"));
        assert!(!has(&list, "10.0.0.1"));
        assert!(has(&["!!10.0.0.1"], "10.0.0.1"));
    }

    #[test]
    fn addresses_of_both_kinds_are_known() {
        assert!(has(&["[::1]"], "::1"));
        assert!(has(&["[fe80::]/10"], "fe80::1"));
        assert!(has(&["IPv6:fc00::/7"], "fd00::1"));
        assert!(has(&["10/8"], "10.255.0.1"));
        assert!(has(&["172.16/12"], "172.31.0.1"));
        assert!(has(&["10.0.0.1/8"], "10.1.1.1"));
        // An IPv4 client may be seen as an IPv4-mapped IPv6 address.
        assert!(has(&["127.0.0.0/8"], "::ffff:127.0.0.1"));
        assert!(has(&["::/0"], "192.0.2.1"));
        assert!(has(&["0.0.0.0/0"], "192.0.2.1"));
        assert!(!has(&["0.0.0.0/0"], "2001:db8::1"));
        assert!(has(&["::ffff:0:0/96"], "192.0.2.1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "!",
            "10",
            "10.1",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/255.0.255.0",
            "256.1.1.1",
            "[::1",
            "localhost",
            "10.0.0.0.0/8",
            "1..2/8",
            "+1/8",
            "::1/",
            "10.0.0.0/",
        ] {
            assert!(Networks::parse([text]).is_err(), "{text:?}");
        }
    }

    #[test]
    fn networks_are_shown_as_they_are_written() {
        let texts = ["127.0.0.0/8", "!10.1.0.0/16", "::1/128", "fe80::/10", "192.0.2.1/32", "::/0"];
        let networks = Networks::parse(texts).unwrap();
        assert_eq!(networks.texts().collect::<Vec<_>>(), texts);
    }
}
