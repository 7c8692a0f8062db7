//! `waxseal man`.

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::output::{Format, Output};
use super::{Cli, Common};
use crate::exit::Exit;

/// Print a manual page, for `man -l -` or a package.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// The command to print the page of; without it, the page of waxseal.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal man sign | man -l -
  waxseal man > waxseal.1";

/// Prints the page in roff.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let mut output = Output::new(Format::Text, common.color, common.verbose, 1);
    let mut root = Cli::command();
    root.build();
    let command = match &arguments.command {
        None => root,
        Some(name) => match root.find_subcommand(name) {
            // Built, it has the common options, too.
            Some(command) => command.clone(),
            None => {
                output.complain(&format!("there is no command {name}; see waxseal --help"));
                return Exit::Usage;
            }
        },
    };
    let mut page = Vec::new();
    if let Err(error) = Man::new(command).render(&mut page) {
        output.complain(&format!("the page cannot be written: {error}"));
        return Exit::CannotWrite;
    }
    match output.write(&String::from_utf8_lossy(&page)) {
        Ok(()) => Exit::Success,
        Err(exit) => exit,
    }
}
