//! `waxseal reload`: makes the running server take its configuration anew.

use super::Common;
use super::output::{Format, Output};
use crate::config;
use crate::exit::Exit;
use crate::server::{self, Command, ControlError};

pub(super) fn run(common: &Common) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let mut output = Output::new(format, common.color, common.verbose, 0);
    let config = match config::load(common.config.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            output.complain_in_lines(&error.to_string());
            return Exit::Configuration;
        }
    };
    let Some(control) = &config.server.control else {
        output.complain(&format!(
            "{} does not say where the running server listens for this: write control = \
             \"/run/waxseal/control\" in [server], or send the server SIGHUP",
            config.origin.display()
        ));
        return Exit::Configuration;
    };
    match server::ask(&control.value, Command::Reload) {
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
