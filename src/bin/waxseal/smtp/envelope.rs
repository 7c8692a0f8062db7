//! The envelope: what MAIL and RCPT say (RFC 5321 §4.1.1.2, §4.1.1.3).

use std::fmt;

/// Octets of a path (RFC 5321 §4.5.3.1.3 asks for 256; SMTPUTF8 and long local parts need more).
const PATH: usize = 1024;

/// `MAIL FROM` or `RCPT TO`: a path and the parameters behind it, as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// What stands between the angle brackets; empty for `<>`.
    pub(crate) path: String,
    pub(crate) parameters: Vec<Parameter>,
}

/// `NAME` or `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Upper case.
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// Why it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressError {
    /// No `FROM:<…>` or `TO:<…>`.
    Syntax,
    /// The path has octets that no path has, or is too long.
    Path,
    /// A parameter that is none.
    Parameter,
    /// The same parameter twice.
    Twice,
    /// Octets over 127 without SMTPUTF8, or no UTF-8.
    EightBit,
}

impl Address {
    /// Parses what follows `MAIL` or `RCPT`; `keyword` is `FROM:` or `TO:`.
    pub(crate) fn parse(arguments: &[u8], keyword: &str) -> Result<Self, AddressError> {
        let arguments = std::str::from_utf8(arguments).map_err(|_| AddressError::EightBit)?;
        let rest = arguments.trim_start_matches(' ');
        let (word, rest) = rest.split_at_checked(keyword.len()).ok_or(AddressError::Syntax)?;
        if !word.eq_ignore_ascii_case(keyword) {
            return Err(AddressError::Syntax);
        }
        // RFC 5321 §3.3: no blank after the colon; many put one there
        let rest = rest.trim_start_matches(' ').strip_prefix('<').ok_or(AddressError::Syntax)?;
        let end = path_end(rest).ok_or(AddressError::Syntax)?;
        let (path, rest) = (&rest[..end], &rest[end + 1..]);
        if path.len() > PATH || path.chars().any(char::is_control) {
            return Err(AddressError::Path);
        }
        if !rest.is_empty() && !rest.starts_with(' ') {
            return Err(AddressError::Syntax);
        }
        let mut parameters: Vec<Parameter> = Vec::new();
        for word in rest.split(' ').filter(|word| !word.is_empty()) {
            let parameter = Parameter::parse(word).ok_or(AddressError::Parameter)?;
            if parameters.iter().any(|other| other.name == parameter.name) {
                return Err(AddressError::Twice);
            }
            parameters.push(parameter);
        }
        Ok(Self { path: path.to_owned(), parameters })
    }

    /// The parameter of that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The value of the parameter of that name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.parameter(name)?.value.as_deref()
    }

    /// `BODY=8BITMIME`.
    pub(crate) fn is_eight_bit(&self) -> bool {
        self.value("BODY").is_some_and(|body| body.eq_ignore_ascii_case("8BITMIME"))
    }

    /// The path needs SMTPUTF8.
    pub(crate) fn needs_utf8(&self) -> bool {
        !self.path.is_ascii()
            || self
                .parameters
                .iter()
                .any(|one| one.value.as_ref().is_some_and(|value| !value.is_ascii()))
    }
}

impl Parameter {
    /// RFC 5321 §4.1.2: `esmtp-param`. RFC 6531 lets values have UTF-8.
    fn parse(word: &str) -> Option<Self> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let name_octets = name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        let value_is_good = value.is_none_or(|value| {
            !value.is_empty() && !value.chars().any(|c| c.is_control() || c == '=')
        });
        (!name.is_empty() && !name.starts_with('-') && name_octets && value_is_good)
            .then(|| Self { name: name.to_ascii_uppercase(), value: value.map(str::to_owned) })
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl AddressError {
    /// The enhanced code and the words of the reply, which has code 501 but for [`Self::EightBit`].
    pub(crate) const fn reply(self) -> (u16, &'static str) {
        match self {
            Self::Syntax => {
                (501, "5.5.4 Syntax: MAIL FROM:<address> or RCPT TO:<address>, then parameters")
            }
            Self::Path => (501, "5.1.7 Bad address syntax"),
            Self::Parameter => (501, "5.5.4 Bad parameter syntax"),
            Self::Twice => (501, "5.5.4 The same parameter twice"),
            Self::EightBit => (553, "5.6.7 An address beyond ASCII must be UTF-8, with SMTPUTF8"),
        }
    }
}

/// Where the `>` is that ends the path: not one within quotes.
fn path_end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (position, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(position),
            ' ' | '<' if !quoted => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Result<Address, AddressError> {
        Address::parse(text.as_bytes(), "FROM:")
    }

    #[test]
    fn paths_and_parameters() {
        let address =
            from("FROM:<joe@example.com> SIZE=100 BODY=8bitmime RET=HDRS ENVID=a+2Bb SMTPUTF8")
                .unwrap();
        assert_eq!(address.path, "joe@example.com");
        assert!(address.is_eight_bit());
        assert_eq!(address.value("ENVID"), Some("a+2Bb"));
        assert_eq!(address.parameter("SMTPUTF8").unwrap().value, None);
        let text: Vec<_> = address.parameters.iter().map(Parameter::to_string).collect();
        assert_eq!(text.join(" "), "SIZE=100 BODY=8bitmime RET=HDRS ENVID=a+2Bb SMTPUTF8");
        assert_eq!(from("from: <>").unwrap().path, "");
        assert_eq!(
            from("FROM:<\"a>b \\\" c\"@example.com>").unwrap().path,
            "\"a>b \\\" c\"@example.com"
        );
        assert_eq!(from("FROM:<@a,@b:c@d>").unwrap().path, "@a,@b:c@d");
        assert!(from("FROM:<jürg@example.com> SMTPUTF8").unwrap().needs_utf8());
    }

    #[test]
    fn what_is_no_address() {
        for (text, error) in [
            ("", AddressError::Syntax),
            ("TO:<a@b>", AddressError::Syntax),
            ("FROM:a@b", AddressError::Syntax),
            ("FROM:<a@b", AddressError::Syntax),
            ("FROM:<a b@c>", AddressError::Syntax),
            ("FROM:<a@b>SIZE=1", AddressError::Syntax),
            ("FROM:<a\0@b>", AddressError::Path),
            ("FROM:<a@b> =", AddressError::Parameter),
            ("FROM:<a@b> SIZE=", AddressError::Parameter),
            ("FROM:<a@b> X=a=b", AddressError::Parameter),
            ("FROM:<a@b> SIZE=1 size=2", AddressError::Twice),
        ] {
            assert_eq!(from(text), Err(error), "{text:?}");
        }
        assert_eq!(Address::parse(b"FROM:<\xFF@b>", "FROM:"), Err(AddressError::EightBit));
        let long = format!("FROM:<{}@b>", "a".repeat(2000));
        assert_eq!(from(&long), Err(AddressError::Path));
    }
}
