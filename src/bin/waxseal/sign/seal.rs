//! Seals one message: adds a set to its Authenticated Received Chain.

use waxseal::Options;
use waxseal::arc::{NotSealed, SealRequest, SealRequestError, Sealer};
use waxseal::crypto::SigningKey;
use waxseal::sign::{SignError, SignWarning};
use waxseal::verify::Arc;

use super::{Hygiene, Signed, options};
use crate::input::{InputError, Message};
use crate::resolver::Resolver;
use crate::verify::Lookups;

/// What became of a message that was to be sealed.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// The verdict on the chain that it came with.
    pub(crate) chain: Arc,
    /// The set to put on top, or why there is none.
    pub(crate) set: Result<Signed, NotSealed>,
}

/// Why a message could not be looked at.
#[derive(Debug)]
pub(crate) enum SealError {
    /// It cannot be read.
    Input(InputError),
    /// What is asked for cannot be.
    Request(SealRequestError),
    /// The message or the key does not allow it.
    Message(SignError),
}

impl From<SignError> for SealError {
    fn from(error: SignError) -> Self {
        Self::Message(error)
    }
}

/// Judges the chain of the message and seals it with the key, which makes both signatures.
pub(crate) fn seal_message(
    message: &Message,
    request: SealRequest,
    key: &dyn SigningKey,
    verification: Options,
    hygiene: Hygiene,
    resolver: &Resolver,
) -> Result<Sealed, SealError> {
    let sealer = Sealer::new(request, verification, options(hygiene));
    let mut sealer = sealer.map_err(SealError::Request)?;
    let mut lookups = Lookups::new(resolver);
    let mut octets = message.octets().map_err(SealError::Input)?;
    while let Some(block) =
        octets.next().map_err(|error| SealError::Input(message.broken_off(error)))?
    {
        sealer.push(block)?;
        lookups.advance(&mut sealer);
    }
    sealer.end()?;
    lookups.complete(&mut sealer);
    let sealing = sealer.finish()?;
    let repaired = sealing.warnings.contains(&SignWarning::LineEndingsRepaired);
    let set = match sealing.set {
        Ok(unsigned) => Ok(Signed { header: unsigned.sign(key, key)?.header(), repaired }),
        Err(reason) => Err(reason),
    };
    Ok(Sealed { chain: sealing.chain, set })
}
