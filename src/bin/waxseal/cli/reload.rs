//! `waxseal reload`: makes the running server take its configuration anew.

use std::path::PathBuf;

use clap::Args;

use super::Common;
use super::output::{Format, Output};
use crate::config;
use crate::exit::Exit;
use crate::server::{self, Command, ControlError};

/// Make the running server take its configuration anew.
///
/// The new configuration, its keys and listeners are made ready aside and take the place of the old ones
/// at once; messages under way end on the old ones. What is wrong is told, and everything stays.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// The socket of the running server, in place of the configuration's.
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Exit status:
  0   the new configuration is in use; what changed is told
  64  wrong usage
  73  the output cannot be written
  75  no server answers
  78  the configuration is wrong, and the old one stays, or it names no control socket";

pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let mut output = Output::new(format, common.color, common.verbose, 0);
    let control = match &arguments.control {
        Some(path) => path.clone(),
        None => match configured(common) {
            Ok(path) => path,
            Err(error) => {
                output.complain_in_lines(&error);
                return Exit::Configuration;
            }
        },
    };
    match server::ask(&control, Command::Reload) {
        Ok(text) => match output.write(&format!("{text}\n")) {
            Ok(()) => Exit::Success,
            Err(exit) => exit,
        },
        Err(ControlError::Refused(why)) => {
            output.complain_in_lines(&why);
            Exit::Configuration
        }
        Err(ControlError::NoServer(path, error)) => {
            output.complain(&format!("no server answers at {}: {error}", path.display()));
            Exit::TemporaryFailure
        }
    }
}

/// The control socket that the configuration names.
fn configured(common: &Common) -> Result<PathBuf, String> {
    let config = config::load(common.config.as_deref()).map_err(|error| error.to_string())?;
    match config.server.control {
        Some(control) => Ok(control.value),
        None => Err(format!(
            "{} does not say where the running server listens for this: write control = \
             \"/run/waxseal/control\" in [server], give --control to serve and reload, or send the \
             server SIGHUP",
            config.origin.display()
        )),
    }
}
