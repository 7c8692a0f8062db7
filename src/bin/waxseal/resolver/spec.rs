//! What `--resolver` may say.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;

const DNS_PORT: u16 = 53;

/// Which resolver to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResolverSpec {
    /// The servers the system is configured with.
    System,
    /// This server, over UDP and TCP.
    Server(SocketAddr),
    /// This server, over HTTPS.
    Https(Url),
}

impl ResolverSpec {
    /// Parses `system`, `IP`, `IP:PORT`, `[IPV6]:PORT` or an `https` URL.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("system") {
            return Ok(Self::System);
        }
        if text.contains("://") {
            return parse_url(text);
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return match address.port() {
                0 => Err("no server listens on port 0".to_owned()),
                _ => Ok(Self::Server(address)),
            };
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Ok(Self::Server(SocketAddr::new(ip, DNS_PORT))),
            Err(_) => Err("write `system`, an address such as 9.9.9.9, 127.0.0.1:5353 or \
                           [::1]:5353, or a URL such as https://dns.quad9.net/dns-query"
                .to_owned()),
        }
    }
}

fn parse_url(text: &str) -> Result<ResolverSpec, String> {
    let url = Url::parse(text).map_err(|error| format!("it is no URL: {error}"))?;
    if url.scheme() != "https" {
        return Err("DNS over HTTPS needs a URL that begins with https://".to_owned());
    }
    if !url.has_host() {
        return Err("the URL names no host".to_owned());
    }
    Ok(ResolverSpec::Https(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_with_and_without_a_port() {
        for (text, address) in [
            ("9.9.9.9", "9.9.9.9:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            let expected = ResolverSpec::Server(address.parse().unwrap());
            assert_eq!(ResolverSpec::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_resolver_is_refused() {
        for text in ["", "dns.example", "127.0.0.1:0", "127.0.0.1:99999", "http://a/dns-query"] {
            assert!(ResolverSpec::parse(text).is_err(), "{text}");
        }
        assert_eq!(ResolverSpec::parse("system"), Ok(ResolverSpec::System));
        assert!(matches!(
            ResolverSpec::parse("https://dns.example/dns-query"),
            Ok(ResolverSpec::Https(_))
        ));
    }
}
