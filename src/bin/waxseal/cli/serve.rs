//! `waxseal serve`: runs the content filter and the milter.

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
/// configuration anew. The log goes to standard error.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
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
    match server::run(Options { config: common.config.clone(), permissions, resolver }) {
        Ok(()) => Exit::Success,
        Err((exit, error)) => {
            output.complain_in_lines(&error);
            exit
        }
    }
}
