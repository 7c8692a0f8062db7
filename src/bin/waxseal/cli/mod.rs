//! The command line: what can be said, and what it means.

mod check_config;
mod explain;
mod genkey;
mod genrsa;
mod man;
mod output;
mod read_keys;
mod reload;
mod resolve;
mod seal;
mod serve;
mod showkeys;
mod sign;
mod signing;
mod testkeys;
mod time;
mod verify;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::Exit;
use crate::resolver::ResolverSpec;
use time::AtTime;

/// Reads the command line and does what it says.
pub(crate) fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe behind `waxseal --help` is no error worth telling.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
                _ => Exit::Usage,
            };
        }
    };
    match cli.command {
        Command::Verify(arguments) => verify::run(&cli.common, &arguments),
        Command::Sign(arguments) => sign::run(&cli.common, &arguments),
        Command::Seal(arguments) => seal::run(&cli.common, &arguments),
        Command::Genrsa(arguments) => genrsa::run(&cli.common, &arguments),
        Command::Genkey(arguments) => genkey::run(&cli.common, &arguments),
        Command::Showkeys(arguments) => showkeys::run(&cli.common, &arguments),
        Command::Testkeys(arguments) => testkeys::run(&cli.common, &arguments),
        Command::CheckConfig(arguments) => check_config::run(&cli.common, &arguments),
        Command::Explain(arguments) => explain::run(&cli.common, &arguments),
        Command::Serve(arguments) => serve::run(&cli.common, &arguments),
        Command::Reload(arguments) => reload::run(&cli.common, &arguments),
        Command::ReadKeys(arguments) => read_keys::run(&cli.common, &arguments),
        Command::Man(arguments) => man::run(&cli.common, &arguments),
    }
}

/// DKIM: make keys, publish and test them, sign messages, verify them and see why they pass or fail.
#[derive(Debug, Parser)]
#[command(name = "waxseal", version, max_term_width = 100, propagate_version = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Arguments),
    Sign(sign::Arguments),
    Seal(seal::Arguments),
    Genrsa(genrsa::Arguments),
    Genkey(genkey::Arguments),
    Showkeys(showkeys::Arguments),
    Testkeys(testkeys::Arguments),
    CheckConfig(check_config::Arguments),
    Explain(explain::Arguments),
    Serve(serve::Arguments),
    Reload(reload::Arguments),
    #[command(hide = true)]
    ReadKeys(read_keys::Arguments),
    Man(man::Arguments),
}

/// Options that every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
struct Common {
    /// The configuration: `waxseal.toml`, or amavisd's where the name ends in `.conf`.
    ///
    /// Default: waxseal.toml in the current directory, else /etc/waxseal/waxseal.toml.
    #[arg(long, global = true, value_name = "FILE", env = "WAXSEAL_CONFIG")]
    config: Option<PathBuf>,

    /// Print JSON Lines instead of text: one report per message, nothing else on stdout.
    #[arg(long, global = true)]
    json: bool,

    /// Where to ask for keys: `system`, `IP[:PORT]` or `https://HOST/dns-query`.
    ///
    /// `system` asks the servers of /etc/resolv.conf (its search list and /etc/hosts are never
    /// used). An address is asked over UDP, and over TCP when an answer is truncated; write an IPv6
    /// address with a port as `[::1]:5353`. A URL is asked by DNS over HTTPS (RFC 8484), trusting
    /// the system's certificates or those in $SSL_CERT_FILE.
    #[arg(
        long,
        global = true,
        value_name = "RESOLVER",
        default_value = "system",
        value_parser = ResolverSpec::parse
    )]
    resolver: ResolverSpec,

    /// Answer from this RFC 1035 master file only, never from the network; repeatable.
    ///
    /// A name that none of the files has does not exist.
    #[arg(long = "zone", global = true, value_name = "FILE", conflicts_with = "resolver")]
    zones: Vec<PathBuf>,

    /// Give up on the DNS lookups of a message after this many seconds; what is unanswered by then
    /// is a temporary error.
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=600)
    )]
    timeout: u64,

    /// The time to verify for: RFC 3339, Unix seconds, or `received`.
    ///
    /// Decides whether a signature has expired. `received` is the time in the topmost Received field
    /// of each message, for old mail; now, where there is none. Default: now.
    #[arg(long, global = true, value_name = "TIME", value_parser = AtTime::parse)]
    at: Option<AtTime>,

    /// When to colour the text. `auto`: on a terminal, unless $NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,

    /// Say more: coverage, canonicalization, times, the Authentication-Results field.
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn common_options_may_stand_before_and_after_the_command() {
        for words in [["waxseal", "--json", "verify"], ["waxseal", "verify", "--json"]] {
            assert!(Cli::try_parse_from(words).unwrap().common.json);
        }
    }
}
