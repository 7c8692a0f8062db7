//! What a server needs besides banks, as far as amavisd has a setting for it. None of it concerns DKIM: what
//! cannot be understood is told and has no effect.

use super::build::Build;
use super::lexer::Sigil;
use super::value::{Kind, Value};
use crate::config::place::Placed;
use crate::config::server::{LimitSettings, ServerSettings};
use crate::config::values;

/// The smallest limit on a message that amavisd takes (RFC 5321 §4.5.3.1.7).
const SMALLEST_MESSAGE: u64 = 64 * 1024;

/// The settings, and what they are called.
pub(super) fn settings(build: &mut Build) -> (ServerSettings, Vec<String>) {
    let mut taker = Taker { build, taken: Vec::new() };
    let group = taker.text("daemon_group").or_else(|| taker.first("daemon_groups"));
    let settings = ServerSettings {
        authserv_id: taker
            .checked("myauthservid", |text| values::domain(text).map(|name| name.to_string())),
        spool: taker.checked("TEMPBASE", |text| match text.starts_with('/') {
            true => Ok(text.into()),
            false => Err(format!("{text:?} does not begin with /")),
        }),
        spool_may_be_missing: true,
        user: taker.text("daemon_user"),
        group,
        admin: taker.checked("virus_admin", |text| match text.contains('@') {
            true => values::address(text),
            false => Err(format!("{text:?} is no address")),
        }),
        socket_mode: taker.checked("unix_socket_mode", |text| {
            // a number, or what somebody wrote in octal digits and quotes
            let mode = match text.strip_prefix('0') {
                Some(digits) => u32::from_str_radix(digits, 8).ok(),
                None => text.parse().ok(),
            };
            let mode = mode.filter(|mode| *mode <= 0o777);
            mode.ok_or_else(|| format!("{text:?} is no file mode"))
        }),
        limits: LimitSettings {
            message_octets: taker.checked("smtpd_message_size_limit", |text| {
                Ok(number(text)?.max(SMALLEST_MESSAGE))
            }),
            recipients: taker.checked("smtpd_recipient_limit", number),
            idle: taker.checked("smtpd_timeout", |text| values::bounded(number(text)?)),
            ..LimitSettings::default()
        },
        ..ServerSettings::default()
    };
    (settings, taker.taken)
}

/// Takes settings, and remembers which.
struct Taker<'b> {
    build: &'b mut Build,
    taken: Vec<String>,
}

impl Taker<'_> {
    fn text(&mut self, name: &'static str) -> Option<Placed<String>> {
        self.checked(name, |text| Ok(text.to_owned()))
    }

    /// The first of a list.
    fn first(&mut self, name: &'static str) -> Option<Placed<String>> {
        let value = self.build.evaluator.variable(Sigil::Array, name)?;
        let Kind::List(list) = value.kind else { return None };
        let first = list.into_iter().next()?;
        self.value(&format!("@{name}"), &first, |text| Ok(text.to_owned()))
    }

    fn checked<T>(
        &mut self,
        name: &'static str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        let value = self.build.evaluator.variable(Sigil::Scalar, name)?;
        self.value(&format!("${name}"), &value, check)
    }

    fn value<T>(
        &mut self,
        what: &str,
        value: &Value,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        let value = self.build.evaluator.resolved(value);
        let checked = match &value.kind {
            Kind::Undef => return None,
            Kind::Text(text) if text.is_empty() => return None,
            Kind::Text(text) => check(text),
            other => Err(other.describe()),
        };
        match checked {
            Ok(checked) => {
                self.taken.push(what.to_owned());
                Some(Placed::new(checked, value.place))
            }
            Err(why) => {
                self.build.note(&value.place, format!("{what} has no effect: {why}"));
                None
            }
        }
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is no whole number"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::model::Config;
    use crate::config::problem::Source;

    fn read(text: &str) -> Config {
        let path = Path::new("/etc/amavis/amavisd.conf");
        let source = Source::new(path, &format!("$inet_socket_port = 10024;\n{text}"));
        super::super::read(path, vec![source]).unwrap()
    }

    #[test]
    fn what_a_server_needs_is_taken() {
        let config = read(
            "$mydomain = 'example.com';\n$daemon_user = 'amavis';\n@daemon_groups = ('mail', 'x');\n\
             $myauthservid = \"Auth.$mydomain\";\n$TEMPBASE = '/var/tmp';\n$unix_socket_mode = 0666;\n\
             $smtpd_message_size_limit = 1000;\n$smtpd_recipient_limit = 50;\n$smtpd_timeout = 8*60;\n\
             $virus_admin = \"postmaster\\@$mydomain\";\n$max_servers = 2;\n",
        );
        let said: Vec<_> =
            config.server.said().iter().map(|(name, value, _)| format!("{name}={value}")).collect();
        assert_eq!(
            said,
            [
                "authserv_id=auth.example.com",
                "spool=/var/tmp",
                "user=amavis",
                "group=mail",
                "admin=postmaster@example.com",
                "socket_mode=0666",
                "message_octets=65536",
                "recipients=50",
                "idle=480",
            ]
        );
        let ignored: Vec<_> = config.not_ours.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(ignored, ["$max_servers"]);
    }

    #[test]
    fn what_is_not_understood_is_told_and_has_no_effect() {
        let config = read(
            "$daemon_user = getpwuid(1);\n$TEMPBASE = 'tmp';\n$virus_admin = 'virusalert';\n\
             $smtpd_timeout = 'long';\n$daemon_group = undef;\n$smtpd_message_size_limit = undef;\n",
        );
        assert!(config.server.said().is_empty(), "{:?}", config.server.said());
        let notes: Vec<String> = config.notes.iter().map(ToString::to_string).collect();
        for part in [
            "$TEMPBASE has no effect",
            "$virus_admin has no effect",
            "$smtpd_timeout has no effect",
        ] {
            assert!(notes.iter().any(|note| note.contains(part)), "{part}: {notes:?}");
        }
    }
}
