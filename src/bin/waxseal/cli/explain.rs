//! `waxseal explain`.

mod diagnosis;

use std::path::PathBuf;
use std::sync::mpsc;

use clap::Args;
use serde_json::{Value, json};
use waxseal::dns::Answer;
use waxseal::domainkeys::SigningPolicy;
use waxseal::verify::Protocol;
use waxseal::{DomainName, Report, UnixTime};

use super::Common;
use super::output::{Format, Output};
use super::resolve::resolver;
use super::signing::{parse_sender, the_message};
use super::time::{AtTime, now};
use crate::config::decision::{Decision, Outcome};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::input::Message;
use crate::keys::KeyFileArguments;
use crate::resolver::Resolver;
use crate::sign::{KeyKinds, decide};
use crate::verify::{Verdict, diagnose_message};
use diagnosis::{as_json, lines};

/// Tell why each signature of a message passes or fails, and whether we would sign the message.
///
/// Verifies the message and tells all there is to know of its signatures. Where one fails it tells
/// what happened to the message, if that can be found out: a footer, a tag in the subject, blanks,
/// line ends, encodings and many more are undone, in memory, until hash and signature fit. That makes
/// no verdict better. Then it goes through the configuration as the server would for mail of our own
/// users, and tells step by step which key signs, or why none does.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP, after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// The message; `-`, or nothing, is standard input.
    #[arg(value_name = "FILE|-", default_value = "-", hide_default_value = true)]
    input: PathBuf,

    /// The envelope sender (MAIL FROM), the last that is tried for a key.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_sender)]
    sender: Option<String>,

    #[command(flatten)]
    key_files: KeyFileArguments,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal explain message.eml
  waxseal explain --config /etc/amavis/amavisd.conf --sender joe@example.com message.eml
  waxseal explain --json message.eml | jq .signing
  waxseal explain --json message.eml | jq -r '.diagnosis.signatures[].explanation'

Exit status:
  0   the message is explained
  64  wrong usage
  65  not a message
  66  the message or a zone file cannot be opened or read
  73  the output cannot be written
  78  the configuration is wrong, or the one that was named is missing";

/// Explains.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let mut output = Output::new(format, common.color, true, 1);
    match explain(common, arguments, &mut output) {
        Ok(exit) => exit,
        Err((exit, error)) => {
            output.complain_in_lines(&error);
            exit
        }
    }
}

fn explain(
    common: &Common,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<Exit, (Exit, String)> {
    if arguments.input.as_os_str() == "-" {
        output.hint_at_terminal();
    }
    let resolver = resolver(common)?;
    let message = the_message(&arguments.input, "explain")?;
    let time = match common.at {
        Some(AtTime::At(time)) => time,
        Some(AtTime::Received) | None => now(),
    };
    let mut options = waxseal::Options::new(AtTime::verification_time(common.at, time));
    options.provider = waxseal::crypto::AWS_LC;
    let (verdict, diagnosis) = diagnose_message(&message, &options, &resolver)
        .map_err(|error| (error.exit(), error.to_string()))?;
    let signing = signing(common, arguments, &message, time)?;
    let policy = DomainKeysPolicy::look_up(&verdict.report, &resolver);
    let printed = if common.json {
        output.json_line(&json!({
            "file": message.name(),
            "report": verdict.report,
            "diagnosis": as_json(&diagnosis),
            "domainKeysPolicy": policy.as_ref().map(DomainKeysPolicy::as_json),
            "signing": signing.as_json(),
        }))
    } else {
        let policy = policy.iter().map(DomainKeysPolicy::line).collect::<Vec<_>>();
        let why = lines(&diagnosis);
        let sections =
            [("Why it fails", why), ("DomainKeys", policy), ("Signing", signing.lines())];
        output.report_and_sections(&verdict, &sections)
    };
    if let Err(exit) = printed {
        return Ok(exit);
    }
    Ok(exit(&verdict, &message, output))
}

/// What the author's domain says about its use of DomainKeys (RFC 4870 §3.6).
#[derive(Debug)]
struct DomainKeysPolicy {
    name: DomainName,
    answer: Answer,
}

impl DomainKeysPolicy {
    /// Asks for it where the message has a DomainKeys signature; nobody else means it any more.
    fn look_up(report: &Report, resolver: &Resolver) -> Option<Self> {
        if !report.signatures.iter().any(|one| one.protocol == Protocol::DomainKeys) {
            return None;
        }
        let author = DomainName::parse(report.alignment.from.as_deref()?).ok()?;
        let name = SigningPolicy::name(&author).ok()?;
        let (sender, arrived) = mpsc::channel();
        // Fails when the wait below is over.
        resolver.lookup(name.clone(), move |answer| drop(sender.send(answer)));
        let answer = arrived
            .recv_timeout(resolver.timeout())
            .unwrap_or_else(|_| Answer::unavailable("time-out"));
        Some(Self { name, answer })
    }

    fn policy(&self) -> Option<SigningPolicy> {
        match &self.answer {
            Answer::Records(records) => {
                records.records.iter().find_map(|record| SigningPolicy::parse(record))
            }
            _ => None,
        }
    }

    fn line(&self) -> String {
        let name = &self.name;
        match (self.policy(), &self.answer) {
            (Some(policy), _) => {
                let signs = if policy.signs_all { "all" } else { "some" };
                let testing = if policy.testing { ", and is testing" } else { "" };
                format!("{name}: the domain signs {signs} of its mail{testing}")
            }
            (None, Answer::Unavailable { cause }) => format!("{name}: {cause}"),
            (None, _) => format!("{name}: there is no policy"),
        }
    }

    fn as_json(&self) -> Value {
        let policy = self.policy().map(|policy| {
            json!({
                "signsAll": policy.signs_all,
                "testing": policy.testing,
                "notes": policy.notes,
                "reports": policy.reports,
            })
        });
        json!({"name": self.name.as_str(), "policy": policy})
    }
}

fn exit(verdict: &Verdict, message: &Message, output: &Output) -> Exit {
    match verdict.no_message {
        Some(why) => {
            output.complain(&format!("{}: is no message: {why}", message.name()));
            Exit::NotAMessage
        }
        None => Exit::Success,
    }
}

/// Whether we would sign.
enum Signing {
    /// There is no configuration to ask.
    NoConfiguration(String),
    /// The header cannot be read.
    Unreadable(String),
    Decided(Box<Config>, Decision),
}

fn signing(
    common: &Common,
    arguments: &Arguments,
    message: &Message,
    time: UnixTime,
) -> Result<Signing, (Exit, String)> {
    let config = match config::load(common.config.as_deref()) {
        Ok(config) => config,
        // Nobody has named one and there is none: there is still the verification to explain.
        Err(error)
            if common.config.is_none()
                && error.problems.iter().all(|problem| problem.place.is_none()) =>
        {
            return Ok(Signing::NoConfiguration(error.to_string()));
        }
        Err(error) => return Err((Exit::Configuration, error.to_string())),
    };
    let kinds = KeyKinds::read(&config, arguments.key_files.permissions());
    match decide(&config, &kinds, message, arguments.sender.as_deref(), time) {
        Ok(decision) => Ok(Signing::Decided(Box::new(config), decision)),
        Err(error) => Ok(Signing::Unreadable(error.to_string())),
    }
}

impl Signing {
    fn lines(&self) -> Vec<String> {
        match self {
            Self::NoConfiguration(why) => vec![format!("not asked: {why}")],
            Self::Unreadable(why) => vec![format!("not signed: {why}")],
            Self::Decided(config, decision) => {
                let origin = format!("as {} says:", config.origin.display());
                std::iter::once(origin).chain(decision.lines()).collect()
            }
        }
    }

    fn as_json(&self) -> Value {
        let Self::Decided(config, decision) = self else {
            let why = self.lines().concat();
            return json!({"config": null, "signs": null, "reason": why, "steps": [], "signatures": []});
        };
        let (reason, signatures) = match &decision.outcome {
            Outcome::NotSigned(why) => (Value::from(why.to_string()), Vec::new()),
            Outcome::Sign(chosen) => {
                let signatures = chosen.iter().map(|(index, request)| {
                    json!({
                        "domain": request.domain.as_str(),
                        "selector": request.selector.as_str(),
                        "algorithm": request.algorithm.name(),
                        "canonicalization": {
                            "header": request.header_canonicalization.name(),
                            "body": request.body_canonicalization.name(),
                        },
                        "identity": request.identity,
                        "expires": request.expires.map(UnixTime::seconds),
                        "file": config.keys.get(*index).map(|key| key.file.display().to_string()),
                    })
                });
                (Value::Null, signatures.collect())
            }
        };
        json!({
            "config": config.origin.display().to_string(),
            "signs": reason.is_null(),
            "reason": reason,
            "steps": decision.steps,
            "signatures": signatures,
        })
    }
}
