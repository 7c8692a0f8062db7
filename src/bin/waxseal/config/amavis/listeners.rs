//! `$inet_socket_port`, `@listen_sockets`, `$unix_socketname`, and which banks they load.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::build::Build;
use super::lexer::Sigil;
use super::value::{Kind, Value};
use crate::config::model::{Bank, ListenAddress, Listener, Protocol};
use crate::config::place::{Place, Placed};
use crate::config::values::nearest;

/// The listeners, in the order of the settings.
pub(super) fn all(
    build: &mut Build,
    protocols: &BTreeMap<String, Placed<String>>,
) -> Vec<Listener> {
    let policies = match build.evaluator.variable(Sigil::Hash, "interface_policy") {
        Some(value) => build.hash("%interface_policy", &value).unwrap_or_default(),
        None => Vec::new(),
    };
    let mut sockets = Vec::new();
    for (sigil, name) in [
        (Sigil::Array, "listen_sockets"),
        (Sigil::Scalar, "unix_socketname"),
        (Sigil::Scalar, "inet_socket_port"),
    ] {
        let what = format!("{}{name}", sigil.text());
        if let Some(value) = build.evaluator.variable(sigil, name)
            && let Some(texts) = build.texts(&what, &value)
        {
            sockets.extend(texts.into_iter().filter(|text| !text.value.is_empty()));
        }
    }
    if sockets.is_empty() {
        return Vec::new();
    }
    let binds = bind_addresses(build);
    let mut listeners: Vec<Listener> = Vec::new();
    for socket in sockets {
        for address in addresses(build, &socket, &binds) {
            let banks = banks(build, &policies, &address);
            if let Some(other) = banks.iter().find_map(|bank| foreign(protocols.get(bank))) {
                let text = format!("{address} is for {other}, which waxseal does not serve");
                build.note(&socket.place, text);
                continue;
            }
            if listeners.iter().any(|listener| listener.address == address) {
                continue;
            }
            listeners.push(Listener {
                address,
                protocol: Protocol::Smtp,
                banks,
                place: socket.place.clone(),
            });
        }
    }
    listeners
}

/// Tells banks that are named and not there: amavisd goes on without them.
pub(super) fn check_banks(build: &mut Build, banks: &BTreeMap<String, Bank>) {
    let Some(value) = build.evaluator.variable(Sigil::Hash, "interface_policy") else {
        return;
    };
    for (interface, value) in build.hash("%interface_policy", &value).unwrap_or_default() {
        let Kind::Text(name) = build.evaluator.resolved(&value).kind else {
            continue;
        };
        if name.is_empty() || banks.contains_key(&name) {
            continue;
        }
        let known: Vec<&str> = banks.keys().map(String::as_str).collect();
        let text = format!("there is no bank '{name}' for the interface '{interface}'");
        match nearest(&name, &known) {
            Some(near) => build.problem(&value.place, format!("{text}; did you mean '{near}'?")),
            None => build.note(&value.place, format!("{text}; mail is taken there without it")),
        }
    }
}

/// The name of a protocol that is neither SMTP nor LMTP.
fn foreign(protocol: Option<&Placed<String>>) -> Option<&str> {
    let name = protocol?.value.as_str();
    let is_ours = ["SMTP", "ESMTP", "LMTP"].iter().any(|ours| ours.eq_ignore_ascii_case(name));
    (!is_ours && !name.is_empty()).then_some(name)
}

/// The banks of an address: that of its port first, then that of address and port.
fn banks(build: &mut Build, policies: &[(String, Value)], address: &ListenAddress) -> Vec<String> {
    let names = match address {
        ListenAddress::Unix(path) => ["SOCK".to_owned(), path.display().to_string()],
        ListenAddress::Inet(SocketAddr::V4(address)) => {
            [address.port().to_string(), address.to_string()]
        }
        ListenAddress::Inet(SocketAddr::V6(address)) => {
            [address.port().to_string(), format!("[{}]:{}", address.ip(), address.port())]
        }
    };
    let mut banks = Vec::new();
    for name in names {
        let value = policies.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let Some(value) = value else {
            continue;
        };
        if build.evaluator.resolved(&value).kind == Kind::Undef {
            continue;
        }
        if let Some(bank) = build.text("%interface_policy", &value)
            && !banks.contains(&bank.value)
        {
            banks.push(bank.value);
        }
    }
    banks
}

fn bind_addresses(build: &mut Build) -> Vec<IpAddr> {
    let what = "$inet_socket_bind";
    let any = vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    let Some(value) = build.evaluator.variable(Sigil::Scalar, "inet_socket_bind") else {
        return any;
    };
    let texts = build.texts(what, &value).unwrap_or_default();
    if texts.is_empty() {
        return any;
    }
    texts.iter().flat_map(|text| hosts(build, what, &text.value, &text.place)).collect()
}

fn hosts(build: &mut Build, what: &str, text: &str, place: &Place) -> Vec<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    match bare {
        "" | "*" => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
        "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        _ => match bare.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                build.problem(place, format!("{what}: {text:?} is no address; write 127.0.0.1"));
                Vec::new()
            }
        },
    }
}

/// What amavisd takes for a socket: a path, a port, or a host and a port.
fn addresses(build: &mut Build, socket: &Placed<String>, binds: &[IpAddr]) -> Vec<ListenAddress> {
    let text = socket.value.trim();
    let bare = ["unix:", "inet:", "inet6:"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    if bare.starts_with('/') {
        let path = bare.strip_suffix("|unix").unwrap_or(bare);
        return vec![ListenAddress::Unix(path.into())];
    }
    let bare = bare.strip_suffix("/tcp").unwrap_or(bare);
    let (host, port) = match bare.rsplit_once(':') {
        Some((host, port)) => (Some(host), port),
        None => (None, bare),
    };
    let port = match port.parse::<u16>() {
        Ok(port) if port > 0 => port,
        _ => {
            let text = format!(
                "{text:?} is no socket to listen on; write a port such as 10024, an address such as \
                 127.0.0.1:10024 or the path of a socket"
            );
            build.problem(&socket.place, text);
            return Vec::new();
        }
    };
    let hosts = match host {
        Some(host) => hosts(build, "@listen_sockets", host, &socket.place),
        None => binds.to_vec(),
    };
    hosts.into_iter().map(|ip| ListenAddress::Inet(SocketAddr::new(ip, port))).collect()
}
