//! `waxseal serve`: runs the content filter and the milter.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::Common;
use super::output::{Format, Output};
use super::resolve::resolver;
use crate::exit::Exit;
use crate::keys::KeyFileArguments;
use crate::server::{self, Options};

/// Run the content filter and milter beside a mail server.
///
/// Listens where the configuration says, until SIGTERM. SIGHUP, or `waxseal reload`, makes it take its
/// configuration anew. The log goes to standard error, with --json as one JSON object a line.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// The socket at which `waxseal reload` finds the server, in place of the configuration's.
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,

    /// Where metrics and health are asked for, such as 127.0.0.1:9464, in place of the configuration's.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,

    #[command(flatten)]
    key_files: KeyFileArguments,
}

const AFTER_HELP: &str = "\
Exit status:
  0   it was told to stop, and did
  64  wrong usage
  73  it cannot listen where it should
  75  the system refuses what every server needs
  78  the configuration is wrong, or a key of it cannot be used";

pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let output = Output::new(format, common.color, common.verbose, 0);
    let resolver = match resolver(common) {
        Ok(resolver) => resolver,
        Err((exit, error)) => {
            output.complain(&error);
            return exit;
        }
    };
    let permissions = arguments.key_files.permissions();
    let options = Options {
        config: common.config.clone(),
        permissions,
        resolver,
        control: arguments.control.clone(),
        metrics: arguments.metrics,
        json: common.json,
    };
    match server::run(options) {
        Ok(()) => Exit::Success,
        Err((exit, error)) => {
            output.complain_in_lines(&error);
            exit
        }
    }
}
