//! A site as docs/postfix.md makes one: Postfix, waxseal beside it, and the world behind.

use super::document::{Places, snippet};
use super::postfix::{Postfix, program};
use crate::command_runner::{Ran, Scratch, command, run};
use crate::rfc_examples::RSA_RECORD;
use crate::serve::hop::{Hop, Manners};
use crate::serve::running::{Client, Running, free_port};

pub(super) const FILTER: &str = "The content filter";
pub(super) const MILTER: &str = "The milter";

/// Who speaks in Authentication-Results, as the document has it.
pub(super) const HOST: &str = "mx.example.com";

/// What joe says to the submission service: NUL, joe@example.com, NUL, his password.
pub(super) const JOE: &str = "AGpvZUBleGFtcGxlLmNvbQBzZWNyZXQ=";

/// An address that is not ours (RFC 5737).
pub(super) const FOREIGN: &str = "203.0.113.5";

/// The names and records of the keys that anyone can look up: example.com's as the document has it, the one of
/// next year, and one of somebody else.
pub(super) const RECORDS: [(&str, &str); 3] = [
    ("2026._domainkey.example.com", RSA_RECORD),
    ("2027._domainkey.example.com", RSA_RECORD),
    ("k._domainkey.example.org", RSA_RECORD),
];

/// The ports of a site that is not set up yet, and what is written in the document in their place.
pub(super) struct Plan {
    pub(super) postfix: Postfix,
    pub(super) world: Hop,
    pub(super) mx: u16,
    pub(super) submission: u16,
    /// 10024 and 10026.
    pub(super) verify: u16,
    pub(super) sign: u16,
    /// 10025 and 10027.
    pub(super) verified: u16,
    pub(super) signed: u16,
    pub(super) places: Places,
    /// For waxseal, instead of a zone file with all keys.
    pub(super) more_arguments: Vec<String>,
    /// What waxseal is limited to, as an option of `prlimit`.
    pub(super) limit: Option<&'static str>,
}

/// A site at work.
pub(super) struct Site {
    pub(super) plan: Plan,
    pub(super) waxseal: Running,
    pub(super) config: String,
}

impl Plan {
    pub(super) fn new() -> Self {
        let postfix = Postfix::new();
        let [mx, submission, verify, verified, sign, signed, milter] =
            std::array::from_fn(|_| free_port());
        let mut places = Places::default();
        for (written, here) in [
            ("10024", verify),
            ("10025", verified),
            ("10026", sign),
            ("10027", signed),
            ("8891", milter),
        ] {
            places.set(written, here);
        }
        places.set("submission inet", format!("127.0.0.1:{submission} inet"));
        places.set("/etc/postfix/", format!("{}/", postfix.path("etc").display()));
        places.set("/var/spool/postfix", postfix.path("queue").display());
        // in the folder of waxseal's own configuration
        places.set("/etc/waxseal/keys/example.com-2026.pem", "rsa.pem");
        let world = Hop::start(Manners::default());
        Self {
            postfix,
            world,
            mx,
            submission,
            verify,
            sign,
            verified,
            signed,
            places,
            more_arguments: Vec::new(),
            limit: None,
        }
    }

    /// That snippet of the document, with the places of this site.
    pub(super) fn snippet(&self, section: &str, text: &str) -> String {
        self.places.fill(&snippet(section, text))
    }

    /// The port at which mail from everywhere comes in.
    pub(super) fn mx_service(&self) -> String {
        format!("127.0.0.1:{} inet n - n - - smtpd\n", self.mx)
    }

    /// Starts Postfix with these lines in main.cf and services in master.cf, and waxseal.
    pub(super) fn start(self, main: &str, services: &str, config: &str) -> Site {
        let waxseal = self.start_waxseal(config);
        self.start_beside(waxseal, main, services, config)
    }

    /// The same beside a waxseal that runs already.
    pub(super) fn start_beside(
        mut self,
        waxseal: Running,
        main: &str,
        services: &str,
        config: &str,
    ) -> Site {
        let services = format!("{}{services}", self.mx_service());
        self.postfix.start(main, &services, self.world.port);
        Site { plan: self, waxseal, config: config.to_owned() }
    }

    fn start_waxseal(&self, config: &str) -> Running {
        let scratch = Scratch::new();
        let zone = scratch.write("world.zone", zone());
        let mut arguments = vec!["--zone", &zone];
        if !self.more_arguments.is_empty() {
            arguments = self.more_arguments.iter().map(String::as_str).collect();
        }
        Running::start_by(scratch, config, &arguments, |arguments| {
            match self.limit {
                None => command(arguments),
                Some(limit) => {
                    let mut limited = program("env");
                    // past its limit it hears an error, as on a full disk, instead of being ended
                    limited.args(["--ignore-signal=XFSZ", "prlimit", limit]);
                    limited.arg(command(arguments).get_program()).args(arguments);
                    limited
                }
            }
        })
    }

    /// The content filter, as the document has it.
    pub(super) fn content_filter(self) -> Site {
        self.content_filter_with("", "", |services| services)
    }

    /// The same with more in waxseal's configuration and main.cf, and other services.
    pub(super) fn content_filter_with(
        self,
        more_config: &str,
        more_main: &str,
        change: impl Fn(String) -> String,
    ) -> Site {
        let main = self.snippet(FILTER, "content_filter = ") + more_main;
        let services = change(self.snippet(FILTER, "amavisfeed unix"));
        let config = self.snippet(FILTER, "[bank.INCOMING]") + more_config;
        self.start(&main, &services, &config)
    }
}

/// The keys of [`RECORDS`] as a zone file.
pub(super) fn zone() -> String {
    RECORDS
        .iter()
        .map(|(name, record)| {
            let (head, tail) = record.split_at(record.len().min(200));
            format!("{name}. 300 TXT \"{head}\" \"{tail}\"\n")
        })
        .collect()
}

impl Site {
    /// Starts waxseal, which is gone, anew with the same configuration.
    pub(super) fn restart_waxseal(&mut self) {
        self.waxseal = self.plan.start_waxseal(&self.config);
    }

    /// Sends a message by swaks through the submission service, as joe@example.com, who has said his
    /// password.
    pub(super) fn submit(&self, to: &str, message: &[u8]) -> Ran {
        let user =
            ["--auth", "PLAIN", "--auth-user", "joe@example.com", "--auth-password", "secret"];
        self.swaks(self.plan.submission, "joe@example.com", to, message, &user)
    }

    /// Sends a message by swaks to the MX, as a client from [`FOREIGN`].
    pub(super) fn arrive(&self, from: &str, to: &str, message: &[u8]) -> Ran {
        let who = ["--xclient-addr", FOREIGN, "--xclient-name", "spike.example.org"];
        self.swaks(self.plan.mx, from, to, message, &who)
    }

    pub(super) fn swaks(
        &self,
        port: u16,
        from: &str,
        to: &str,
        message: &[u8],
        more: &[&str],
    ) -> Ran {
        let scratch = Scratch::new();
        let file = scratch.write("message", message);
        let mut command = program("swaks");
        command.args(["--server", "127.0.0.1", "--port", &port.to_string(), "--helo", "spike"]);
        command.args(["--timeout", "120", "--from", from, "--to", to]).args(more);
        command.args(["--data", &format!("@{file}")]);
        run(command, b"")
    }

    /// A client that the MX takes for one from [`FOREIGN`], and has said EHLO.
    pub(super) fn foreign_client(&self) -> Client {
        let mut client = Client::hello(self.plan.mx);
        client.say(&format!("XCLIENT ADDR={FOREIGN} NAME=spike.example.org"), 220);
        client.say("EHLO spike.example.org", 250);
        client
    }

    /// A client that has said joe's password to the submission service.
    pub(super) fn submitting_client(&self) -> Client {
        let mut client = Client::hello(self.plan.submission);
        client.say(&format!("AUTH PLAIN {JOE}"), 235);
        client
    }

    /// The messages that went out into the world, once there are so many.
    pub(super) fn went_out(&self, count: usize) -> Vec<crate::serve::hop::Taken> {
        super::postfix::wait_for(&format!("{count} messages that go out"), || {
            self.plan.world.count() >= count
        });
        self.plan.world.taken()
    }
}
