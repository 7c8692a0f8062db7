//! Which of the configured keys a command is about.

use waxseal::DomainName;

use crate::config::Key;

/// One DOMAIN of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// `example.org`: the keys of that domain.
    Exactly(DomainName),
    /// `.org`: of that domain and all below it.
    Below(DomainName),
    /// `.`: all.
    All,
}

impl Choice {
    /// Reads a DOMAIN; U-labels are converted.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let domain = |name: &str| {
            let name = name.strip_suffix('.').unwrap_or(name);
            DomainName::parse(name).map_err(|error| format!("it is no domain: {error}"))
        };
        match text.strip_prefix('.') {
            Some("") => Ok(Self::All),
            Some(above) => domain(above).map(Self::Below),
            None => domain(text).map(Self::Exactly),
        }
    }

    fn has(&self, domain: &DomainName) -> bool {
        match self {
            Self::All => true,
            Self::Exactly(wanted) => domain == wanted,
            Self::Below(wanted) => {
                let above = domain.as_str().strip_suffix(wanted.as_str());
                above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        }
    }
}

/// The keys that any of the choices has, each with its number, 1 for the first of the configuration.
///
/// Without a choice all, as they are configured; else sorted by domain from the right, so that a
/// domain and what is below it stand together.
pub(crate) fn chosen<'a>(keys: &'a [Key], choices: &[Choice]) -> Vec<(usize, &'a Key)> {
    let mut chosen: Vec<_> = (1..)
        .zip(keys)
        .filter(|(_, key)| {
            choices.is_empty() || choices.iter().any(|choice| choice.has(&key.domain))
        })
        .collect();
    if !choices.is_empty() {
        chosen.sort_by_cached_key(|(_, key)| {
            key.domain.as_str().rsplit('.').map(str::to_owned).collect::<Vec<_>>()
        });
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(choice: &str, domain: &str) -> bool {
        Choice::parse(choice).unwrap().has(&DomainName::parse(domain).unwrap())
    }

    #[test]
    fn a_dot_in_front_takes_what_is_below_too() {
        assert!(has("example.org", "example.org"));
        assert!(has("EXAMPLE.org.", "example.org"));
        assert!(!has("example.org", "sub.example.org"));
        assert!(!has("example.org", "badexample.org"));
        for (domain, is_below) in
            [("example.org", true), ("a.b.example.org", true), ("badexample.org", false)]
        {
            assert_eq!(has(".example.org", domain), is_below, "{domain}");
        }
        assert!(has(".org", "example.org") && !has(".org", "example.com"));
        assert!(has(".", "anything"));
        assert!(has("bücher.example", "xn--bcher-kva.example"));
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for text in ["", "..", "a b", ".a..b", "user@example.org"] {
            assert!(Choice::parse(text).is_err(), "{text}");
        }
    }
}
