//! `waxseal verify`.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread;

use clap::Args;
use waxseal::{Options, VerificationResult};

use super::Common;
use super::output::{Format, Output};
use super::resolve::resolver;
use super::time::{AtTime, now};
use crate::exit::{Exit, VERIFY_HELP};
use crate::verify::{Outcome, Run};

/// Verify the DKIM signatures of messages.
///
/// Prints one block for each message: its From and Subject, then a line for each signature with its
/// result (RFC 8601), domain, selector, algorithm and key, and why it does not pass.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP.as_str(), after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// A message, an mbox, a Maildir or another directory of messages; `-` is standard input.
    ///
    /// A file that begins with a "From " line is an mbox; its messages are reported as FILE#1,
    /// FILE#2 … Of a Maildir, cur and new are read; of another directory every regular file that is
    /// not hidden, not what lies in directories below. A message whose lines end in LF alone is
    /// converted to CRLF first; one that has both is taken as it is.
    #[arg(value_name = "FILE|DIR|-", default_value = "-", hide_default_value = true)]
    inputs: Vec<PathBuf>,

    /// Who verifies: the name that the Authentication-Results field begins with (RFC 8601 §2.5).
    #[arg(long, value_name = "NAME", value_parser = parse_authserv_id)]
    authserv_id: Option<String>,

    /// Refuse RSA keys with fewer bits (RFC 8301 §3.2).
    #[arg(long, value_name = "N", default_value_t = 1024)]
    min_rsa_bits: usize,

    /// Evaluate rsa-sha1 signatures, with a warning (RFC 8301 §3.1 says not to).
    #[arg(long)]
    allow_sha1: bool,

    /// Let signatures pass after their expiration, with a warning.
    #[arg(long)]
    allow_expired: bool,

    /// Let signatures pass that leave the end of the body unsigned (l=), with a warning.
    #[arg(long)]
    allow_body_length: bool,

    /// Evaluate at most N signatures of a message, topmost first.
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_signatures: usize,

    /// Read only the headers: good signatures over them are `neutral`, for the body is not checked.
    #[arg(long)]
    headers_only: bool,

    /// Look up keys only, no DMARC records: only equal domains are aligned then (RFC 9989).
    #[arg(long)]
    no_alignment: bool,

    /// Look up whether the author's domain authorizes a signer that claims so (ATPS, RFC 6541).
    #[arg(long)]
    atps: bool,

    /// Show the steps of every verification (RFC 6376 §6.1) and the canonical octets.
    #[arg(long)]
    trace: bool,

    /// Every FILE is an mbox; what does not begin like one is an error, not a message.
    #[arg(long)]
    mbox: bool,

    /// Verify N messages side by side. Default: the number of processors.
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<NonZeroUsize>,
}

static AFTER_HELP: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    format!(
        "\
Examples:
  waxseal verify message.eml
  waxseal verify -v --resolver 9.9.9.9 < message.eml
  waxseal verify --resolver https://dns.quad9.net/dns-query ~/Maildir
  waxseal verify --zone keys.zone --at 2018-06-10T13:40:00Z sample.eml
  waxseal verify --json --at received archive.mbox | jq -r '[.file, .result] | @tsv'

{VERIFY_HELP}"
    )
});

/// Verifies and prints.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let mut output = Output::new(format, common.color, common.verbose, arguments.inputs.len());
    let resolver = match resolver(common) {
        Ok(resolver) => resolver,
        Err((exit, error)) => {
            output.complain(&error);
            return exit;
        }
    };
    if arguments.inputs.iter().any(|input| input.as_os_str() == "-") {
        output.hint_at_terminal();
    }
    let options = options(common, arguments);
    let run = Run {
        inputs: &arguments.inputs,
        all_mbox: arguments.mbox,
        jobs: arguments.jobs.unwrap_or_else(processors),
        options: &options,
        resolver: &resolver,
    };
    let mut exit = Exit::Success;
    run.for_each(|outcome| {
        exit = exit.and(judge(&outcome));
        match output.print(&outcome) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                exit = exit.and(failure);
                ControlFlow::Break(())
            }
        }
    });
    output.finish();
    exit
}

/// How one outcome bears on the exit status.
fn judge(outcome: &Outcome) -> Exit {
    match outcome {
        Err(error) => error.exit(),
        Ok(verdict) if verdict.no_message.is_some() => Exit::NotAMessage,
        Ok(verdict) => match verdict.report.result {
            VerificationResult::Pass => Exit::Success,
            VerificationResult::TempError => Exit::TemporaryFailure,
            _ => Exit::NotPassed,
        },
    }
}

fn options(common: &Common, arguments: &Arguments) -> Options {
    let mut options = Options::new(AtTime::verification_time(common.at, now()));
    options.provider = waxseal::crypto::AWS_LC;
    options.policy.min_rsa_bits = arguments.min_rsa_bits;
    options.policy.allow_sha1 = arguments.allow_sha1;
    options.policy.allow_expired = arguments.allow_expired;
    options.policy.allow_body_length = arguments.allow_body_length;
    options.limits.signatures = arguments.max_signatures;
    options.authserv_id.clone_from(&arguments.authserv_id);
    options.headers_only = arguments.headers_only;
    options.trace = arguments.trace;
    options.alignment = !arguments.no_alignment;
    options.atps = arguments.atps;
    options
}

fn processors() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn parse_jobs(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: usize = 256;
    match text.parse::<NonZeroUsize>() {
        Ok(jobs) if jobs.get() <= MOST => Ok(jobs),
        _ => Err(format!("give a number from 1 to {MOST}")),
    }
}

pub(super) fn parse_authserv_id(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty; give a host name such as mx.example.com".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it has control characters".to_owned());
    }
    Ok(text.to_owned())
}
