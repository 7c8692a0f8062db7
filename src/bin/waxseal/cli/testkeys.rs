//! `waxseal testkeys`.

use std::io;

use clap::Args;

use super::Common;
use super::output::{Format, KeyTestOutput, Output};
use super::resolve::resolver;
use super::showkeys::none_chosen;
use super::time::{AtTime, now};
use crate::config;
use crate::exit::Exit;
use crate::keys::KeyFileArguments;
use crate::keys::choice::{Choice, chosen};
use crate::keys::test::test_keys;

/// Test the configured keys: sign a probe with each, and verify it with the key in the DNS.
///
/// Prints a line for each key with the result that a signature gets (RFC 8601) and, where it does not
/// pass, why; below it what is published there, and warnings. Nothing is sent to anyone but the
/// resolver.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP, after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// Only the keys of this signing domain; of the domain and all below it with a dot in front. `.`,
    /// or nothing, is all.
    #[arg(value_name = "DOMAIN", value_parser = Choice::parse)]
    domains: Vec<Choice>,

    #[command(flatten)]
    key_files: KeyFileArguments,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal testkeys
  waxseal testkeys example.com --resolver 9.9.9.9
  waxseal showkeys > keys.zone && waxseal testkeys --zone keys.zone
  waxseal testkeys --json | jq -r 'select(.result != \"pass\") | .name'

Exit status:
  0   every key passes, be it with warnings
  1   some key does not pass, or no configured key has such a domain
  64  wrong usage
  65  a private key or a zone file is broken
  66  a key file or a zone file cannot be opened or read
  73  the output cannot be written
  75  every key that does not pass may still do so later: DNS failed for now
  78  the configuration is wrong";

pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let output = Output::new(format, common.color, common.verbose, 0);
    let time = match common.at {
        None => now(),
        Some(AtTime::At(time)) => time,
        Some(AtTime::Received) => {
            output.complain("--at received is for verifying; give a time, or none for now");
            return Exit::Usage;
        }
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
    let resolver = match resolver(common) {
        Ok(resolver) => resolver,
        Err((exit, error)) => {
            output.complain(&error);
            return exit;
        }
    };
    let printer = KeyTestOutput::new(format, common.color);
    let mut exit = Exit::Success;
    test_keys(&keys, arguments.key_files.permissions(), time, &resolver, |test| {
        exit = exit.and(test.exit);
        match printer.print(&test) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                exit = Exit::BrokenPipe;
                false
            }
            Err(error) => {
                output.complain(&format!("the output cannot be written: {error}"));
                exit = exit.and(Exit::CannotWrite);
                false
            }
        }
    });
    exit
}
