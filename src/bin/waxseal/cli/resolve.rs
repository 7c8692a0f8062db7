//! The resolver that the command line asks for.

use std::time::Duration;

use super::Common;
use crate::exit::Exit;
use crate::resolver::{Resolver, ZoneFileError, read_zones};

/// The resolver, or the exit status and what to say.
pub(super) fn resolver(common: &Common) -> Result<Resolver, (Exit, String)> {
    let timeout = Duration::from_secs(common.timeout);
    if common.zones.is_empty() {
        return Resolver::from_spec(&common.resolver, timeout).map_err(|error| {
            (Exit::TemporaryFailure, format!("cannot start the resolver: {error}"))
        });
    }
    match read_zones(&common.zones) {
        Ok(zone) => Ok(Resolver::from_zone(zone, timeout)),
        Err(error) => {
            let exit = match error {
                ZoneFileError::Read { .. } => Exit::NoInput,
                ZoneFileError::Syntax { .. } | ZoneFileError::NotText { .. } => Exit::NotAMessage,
            };
            Err((exit, error.to_string()))
        }
    }
}
