//! Where mail goes on to.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// A next hop, such as `smtp:[127.0.0.1]:10025`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextHop {
    pub(crate) protocol: HopProtocol,
    pub(crate) destination: Destination,
}

/// What the next hop speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HopProtocol {
    Smtp,
    Lmtp,
}

/// Where the next hop is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Inet(Host, Port),
    Unix(PathBuf),
}

/// Which host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
    /// `*`: the one that the message came from.
    Peer,
}

/// Which port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Number(u16),
    /// `*`: the one above the port that the message came in on.
    Next,
}

impl NextHop {
    /// Parses `smtp:[ADDRESS]:PORT`, `smtp:HOST:PORT`, `smtp:*:*`, `lmtp:…`, `lmtp:/SOCKET`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "{text:?} is no next hop; write smtp:[127.0.0.1]:10025, lmtp:[::1]:24, \
                 smtp:mail.example.com:25 or lmtp:/run/lmtp.sock"
            )
        };
        let (protocol, rest) = text.split_once(':').ok_or_else(unknown)?;
        let protocol = match protocol.to_ascii_lowercase().as_str() {
            "smtp" => HopProtocol::Smtp,
            "lmtp" => HopProtocol::Lmtp,
            other @ ("pipe" | "bsmtp" | "local" | "sql") => {
                return Err(format!("waxseal hands mail on by smtp and lmtp, not by {other}"));
            }
            _ => return Err(unknown()),
        };
        let path = rest.strip_prefix("unix:").unwrap_or(rest);
        if path.starts_with('/') {
            return Ok(Self { protocol, destination: Destination::Unix(PathBuf::from(path)) });
        }
        let (host, port) = rest.rsplit_once(':').ok_or_else(unknown)?;
        let host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(address) => Host::Address(address.parse().map_err(|_| unknown())?),
            None if host == "*" => Host::Peer,
            None => match host.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) => Host::Address(IpAddr::V4(address)),
                _ if is_host_name(host) => Host::Name(host.to_ascii_lowercase()),
                _ => return Err(unknown()),
            },
        };
        let port = match port {
            "*" => Port::Next,
            _ => match port.parse() {
                Ok(0) | Err(_) => return Err(format!("{port:?} is no port: 1 to 65535, or *")),
                Ok(number) => Port::Number(number),
            },
        };
        Ok(Self { protocol, destination: Destination::Inet(host, port) })
    }
}

fn is_host_name(text: &str) -> bool {
    waxseal::DomainName::parse(text).is_ok()
}

impl fmt::Display for NextHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.protocol {
            HopProtocol::Smtp => "smtp:",
            HopProtocol::Lmtp => "lmtp:",
        })?;
        match &self.destination {
            Destination::Unix(path) => write!(f, "{}", path.display()),
            Destination::Inet(host, port) => {
                match host {
                    Host::Address(address) => write!(f, "[{address}]:")?,
                    Host::Name(name) => write!(f, "{name}:")?,
                    Host::Peer => f.write_str("*:")?,
                }
                match port {
                    Port::Number(number) => number.fmt(f),
                    Port::Next => f.write_str("*"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_shown_as_they_are_written() {
        for text in [
            "smtp:[127.0.0.1]:10025",
            "smtp:[::1]:10027",
            "lmtp:mail.example.com:24",
            "smtp:*:*",
            "lmtp:/run/lmtp.sock",
        ] {
            assert_eq!(NextHop::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(NextHop::parse("smtp:127.0.0.1:25").unwrap().to_string(), "smtp:[127.0.0.1]:25");
        assert_eq!(NextHop::parse("lmtp:unix:/run/x").unwrap().to_string(), "lmtp:/run/x");
    }

    #[test]
    fn what_is_no_hop_is_refused() {
        for text in [
            "",
            "smtp",
            "smtp:",
            "smtp:host",
            "smtp:[127.0.0.1]",
            "smtp:[x]:25",
            "smtp:h:0",
            "smtp:h:x",
            "pipe:flags=q argv=/usr/sbin/sendmail",
            "ftp:h:1",
            "smtp:::1:25",
            "smtp:a b:25",
        ] {
            assert!(NextHop::parse(text).is_err(), "{text:?}");
        }
    }
}
