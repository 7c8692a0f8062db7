//! `waxseal read-keys`, which the server runs for itself: reads key files for a server that is no longer
//! root.

use clap::Args;

use super::Common;
use crate::exit::Exit;
use crate::keys::KeyFileArguments;
use crate::server;

/// Read key files for a running server.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    key_files: KeyFileArguments,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    // its server being gone is the usual end
    let _ = server::read_keys(common.config.as_deref(), arguments.key_files.permissions());
    Exit::Success
}
