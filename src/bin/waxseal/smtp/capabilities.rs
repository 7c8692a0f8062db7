//! What a server offers (EHLO, RFC 5321 §4.1.1.1), ours and the next hop's.

use super::reply::Reply;
use super::xforward;

/// The extensions of a server, as its answer to EHLO tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    pub(crate) pipelining: bool,
    pub(crate) size: bool,
    /// The largest message it takes, where it says so.
    pub(crate) size_limit: Option<u64>,
    pub(crate) enhanced_status_codes: bool,
    pub(crate) eight_bit_mime: bool,
    pub(crate) smtp_utf8: bool,
    pub(crate) dsn: bool,
    /// The XFORWARD attributes it takes.
    pub(crate) xforward: Vec<String>,
}

impl Capabilities {
    /// Reads the answer to EHLO or LHLO. The first line is the server's name.
    pub(crate) fn parse(reply: &Reply) -> Self {
        let mut found = Self::default();
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split(' ').filter(|word| !word.is_empty());
            let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
            match keyword.as_str() {
                "PIPELINING" => found.pipelining = true,
                "SIZE" => {
                    found.size = true;
                    // RFC 1870 §3: 0 is no limit
                    found.size_limit = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                "ENHANCEDSTATUSCODES" => found.enhanced_status_codes = true,
                "8BITMIME" => found.eight_bit_mime = true,
                "SMTPUTF8" => found.smtp_utf8 = true,
                "DSN" => found.dsn = true,
                "XFORWARD" => found.xforward = words.map(str::to_ascii_uppercase).collect(),
                _ => {}
            }
        }
        found
    }

    /// What we offer: everything but what is discarded. Without 8BITMIME there is no SMTPUTF8 (RFC 6531
    /// §3.1 wants both), so the client converts to seven bits, or cannot send.
    pub(crate) fn offered(size_limit: u64, discarded: &[String], may_xforward: bool) -> Self {
        let offers = |keyword: &str| !discarded.iter().any(|one| one.eq_ignore_ascii_case(keyword));
        let eight_bit_mime = offers("8BITMIME");
        Self {
            pipelining: offers("PIPELINING"),
            size: offers("SIZE"),
            size_limit: (size_limit > 0).then_some(size_limit),
            enhanced_status_codes: offers("ENHANCEDSTATUSCODES"),
            eight_bit_mime,
            smtp_utf8: eight_bit_mime && offers("SMTPUTF8"),
            dsn: offers("DSN"),
            xforward: match may_xforward && offers("XFORWARD") {
                true => xforward::ATTRIBUTES.map(str::to_owned).to_vec(),
                false => Vec::new(),
            },
        }
    }

    /// The lines of an answer to EHLO, behind the first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |offered: bool, text: String| {
            if offered {
                lines.push(text);
            }
        };
        line(self.pipelining, "PIPELINING".into());
        line(self.size, self.size_limit.map_or("SIZE".into(), |limit| format!("SIZE {limit}")));
        line(self.enhanced_status_codes, "ENHANCEDSTATUSCODES".into());
        line(self.eight_bit_mime, "8BITMIME".into());
        line(self.smtp_utf8, "SMTPUTF8".into());
        line(self.dsn, "DSN".into());
        line(!self.xforward.is_empty(), format!("XFORWARD {}", self.xforward.join(" ")));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let offered = Capabilities::offered(1000, &[], true);
        let mut lines = vec!["mx.example.com".to_owned()];
        lines.extend(offered.lines());
        assert_eq!(Capabilities::parse(&Reply { code: 250, lines }), offered);
        assert_eq!(
            offered.lines().last().unwrap(),
            "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"
        );
    }

    #[test]
    fn without_8bitmime_there_is_no_smtputf8() {
        let offered = Capabilities::offered(0, &["8bitmime".into(), "DSN".into()], false);
        assert_eq!(offered.lines(), ["PIPELINING", "SIZE", "ENHANCEDSTATUSCODES"]);
    }
}
