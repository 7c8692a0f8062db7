//! Writes a signed message.

use std::io::{self, Write};

use waxseal::message::LineEndingNormalizer;

use super::Signed;
use crate::input::{InputError, Message};

/// Why a signed message was not written whole.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The message could not be read a second time.
    Input(InputError),
    /// The output took no more.
    Output(io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Writes the signature fields and the message below them, its octets as they were signed.
pub(crate) fn write_signed(
    message: &Message,
    signed: &Signed,
    out: &mut impl Write,
) -> Result<(), WriteError> {
    out.write_all(signed.header.as_bytes())?;
    let mut normalizer = signed.repaired.then(LineEndingNormalizer::default);
    let mut octets = message.octets().map_err(WriteError::Input)?;
    while let Some(block) =
        octets.next().map_err(|error| WriteError::Input(message.broken_off(error)))?
    {
        match &mut normalizer {
            None => out.write_all(block)?,
            Some(normalizer) => through(out, |sink| normalizer.push(block, sink))?,
        }
    }
    if let Some(normalizer) = &mut normalizer {
        through(out, |sink| normalizer.finish(sink))?;
    }
    out.flush()?;
    Ok(())
}

/// Writes what `produce` hands to its sink.
fn through(out: &mut impl Write, produce: impl FnOnce(&mut dyn FnMut(&[u8]))) -> io::Result<()> {
    let mut written = Ok(());
    produce(&mut |span| {
        if written.is_ok() {
            written = out.write_all(span);
        }
    });
    written
}
