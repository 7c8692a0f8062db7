//! Commands (RFC 5321 §4.1.1).

use super::envelope::{Address, AddressError};

/// A command line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Helo(String),
    Ehlo(String),
    /// RFC 2033.
    Lhlo(String),
    Mail(Result<Address, AddressError>),
    Rcpt(Result<Address, AddressError>),
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
    XForward(String),
    /// A command of another protocol: somebody makes a web browser or the like speak to us.
    Foreign,
    /// A command we do not have, and one that has no business with arguments or without.
    Unknown(String),
    Arguments(&'static str),
}

impl Command {
    /// Parses a line without its end.
    pub(crate) fn parse(line: &[u8]) -> Self {
        let end = line.iter().position(|octet| *octet == b' ').unwrap_or(line.len());
        let (verb, arguments) = line.split_at(end);
        let verb = String::from_utf8_lossy(verb).to_ascii_uppercase();
        let arguments = arguments.trim_ascii();
        let text = || String::from_utf8_lossy(arguments).into_owned();
        match verb.as_str() {
            "HELO" | "EHLO" | "LHLO" if !is_name(arguments) => Self::Arguments("a host name"),
            "HELO" => Self::Helo(text()),
            "EHLO" => Self::Ehlo(text()),
            "LHLO" => Self::Lhlo(text()),
            "MAIL" => Self::Mail(Address::parse(arguments, "FROM:")),
            "RCPT" => Self::Rcpt(Address::parse(arguments, "TO:")),
            "DATA" | "RSET" | "QUIT" if !arguments.is_empty() => {
                Self::Arguments("nothing behind it")
            }
            "DATA" => Self::Data,
            "RSET" => Self::Rset,
            "QUIT" => Self::Quit,
            "NOOP" => Self::Noop,
            "VRFY" => Self::Vrfy,
            "HELP" => Self::Help,
            "XFORWARD" => Self::XForward(text()),
            "GET" | "POST" | "PUT" | "HEAD" | "OPTIONS" | "CONNECT" | "HOST:" => Self::Foreign,
            _ => Self::Unknown(verb.chars().filter(|c| c.is_ascii_graphic()).take(20).collect()),
        }
    }
}

/// One word of printable octets: what clients call themselves is often no host name.
fn is_name(arguments: &[u8]) -> bool {
    !arguments.is_empty()
        && arguments.len() <= 255
        && arguments.iter().all(|octet| !octet.is_ascii_control() && *octet != b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_any_case() {
        assert_eq!(Command::parse(b"ehlo mx.example.com"), Command::Ehlo("mx.example.com".into()));
        assert_eq!(Command::parse(b"DATA "), Command::Data);
        assert_eq!(Command::parse(b"Noop whatever"), Command::Noop);
        assert_eq!(Command::parse(b"XFORWARD NAME=a"), Command::XForward("NAME=a".into()));
        let Command::Mail(Ok(address)) = Command::parse(b"mail FROM:<a@b>") else { panic!() };
        assert_eq!(address.path, "a@b");
    }

    #[test]
    fn what_is_no_command() {
        assert_eq!(Command::parse(b""), Command::Unknown(String::new()));
        assert_eq!(Command::parse(b"BDAT 10 LAST"), Command::Unknown("BDAT".into()));
        assert_eq!(Command::parse(b"EHLO"), Command::Arguments("a host name"));
        assert_eq!(Command::parse(b"EHLO a b"), Command::Arguments("a host name"));
        assert_eq!(Command::parse(b"DATA now"), Command::Arguments("nothing behind it"));
        assert_eq!(Command::parse(b"GET / HTTP/1.1"), Command::Foreign);
        assert_eq!(Command::parse(b"\x1B[2J\xFF"), Command::Unknown("[2J".into()));
    }
}
