//! `waxseal showkeys`.

use std::io::{self, Write};

use clap::Args;

use super::Common;
use super::output::{Format, Output};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::keys::KeyFileArguments;
use crate::keys::choice::{Choice, chosen};
use crate::keys::formats::RecordFormat;
use crate::keys::records::Record;

/// Show the DNS records that publish the configured keys.
///
/// By default as part of a zone file, which BIND, NSD, Knot and --zone read as it is. The private keys
/// are read, for their public halves, and never shown. What speaks against publishing a record is told
/// on stderr.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP, after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// Only the keys of this signing domain; of the domain and all below it with a dot in front. `.`,
    /// or nothing, is all.
    #[arg(value_name = "DOMAIN", value_parser = Choice::parse)]
    domains: Vec<Choice>,

    /// The form of the records. Default: zone. --json is the same as --format json.
    #[arg(long, value_name = "FORM")]
    format: Option<RecordFormat>,

    /// How long resolvers may keep the records, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=i64::from(i32::MAX)))]
    ttl: u32,

    #[command(flatten)]
    key_files: KeyFileArguments,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal showkeys >> example.com.zone
  waxseal showkeys .example.com --format nsupdate | nsupdate -k update.key
  waxseal showkeys example.com --format route53 > batch.json
  waxseal showkeys > keys.zone && waxseal verify --zone keys.zone signed.eml

Exit status:
  0   the records are shown, be it with warnings
  1   no configured key has such a domain
  64  wrong usage
  65  a key is broken
  66  a key file cannot be opened or read
  73  the output cannot be written
  78  the configuration is wrong

A key that cannot be shown does not keep the others from being shown.";

pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let output = Output::new(Format::Text, common.color, common.verbose, 0);
    let format = match (arguments.format, common.json) {
        (None | Some(RecordFormat::Json), true) => RecordFormat::Json,
        (Some(_), true) => {
            output.complain("--json is --format json; leave one of both out");
            return Exit::Usage;
        }
        (format, false) => format.unwrap_or(RecordFormat::Zone),
    };
    let config = match config::load(common.config.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            output.complain_in_lines(&error.to_string());
            return Exit::Configuration;
        }
    };
    let keys = chosen(&config.keys, &arguments.domains);
    if keys.is_empty() {
        output.complain(&none_chosen(&config));
        return Exit::NotPassed;
    }
    let mut exit = Exit::Success;
    let mut records = Vec::new();
    for (number, key) in keys {
        match Record::of(number, key, arguments.ttl, arguments.key_files.permissions()) {
            Ok(record) => {
                for concern in record.concerns() {
                    output.complain(&format!("warning: key#{number} {}: {concern}", record.name));
                }
                records.push(record);
            }
            Err(error) => {
                output.complain(&format!("key#{number} of {}: {error}", key.domain));
                exit = exit.and(error.exit());
            }
        }
    }
    let text = format.write(&records);
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::BrokenPipe,
        Err(error) => {
            output.complain(&format!("the output cannot be written: {error}"));
            exit.and(Exit::CannotWrite)
        }
    }
}

/// Why there is nothing to do.
pub(super) fn none_chosen(config: &Config) -> String {
    let origin = config.origin.display();
    if config.keys.is_empty() {
        return format!("{origin} configures no key");
    }
    let mut domains: Vec<&str> = config.keys.iter().map(|key| key.domain.as_str()).collect();
    domains.sort_unstable();
    domains.dedup();
    let more = domains.len().saturating_sub(SHOWN_DOMAINS);
    domains.truncate(SHOWN_DOMAINS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "no configured key has such a domain; {origin} has keys of {}{more} (write .DOMAIN for \
         those below a domain, too)",
        domains.join(", ")
    )
}

/// Domains named where none fits.
const SHOWN_DOMAINS: usize = 5;
