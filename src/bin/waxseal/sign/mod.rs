//! Signs one message: reads it once to sign it, once more to write it.

mod from_config;
mod seal;
mod write;

use std::fmt;

use waxseal::NameError;
use waxseal::crypto::SigningKey;
use waxseal::domainkeys;
use waxseal::domainkeys::sign::DomainKeysSignError;
use waxseal::sign::{
    LineEndings, LongLines, Request, RequestError, SignError, SignOptions, SignWarning, Signer,
};

use crate::exit::Exit;
use crate::input::{InputError, Message};

pub(crate) use from_config::{KeyKinds, decide};
pub(crate) use seal::{SealError, seal_message};
pub(crate) use write::{WriteError, write_signed};

/// One signature to make, and the key that makes it.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) request: Request,
    pub(crate) key: Box<dyn SigningKey>,
}

/// A DomainKeys signature to make, which goes on top, and the RSA key that makes it.
#[derive(Debug)]
pub(crate) struct Historic {
    pub(crate) request: domainkeys::sign::Request,
    pub(crate) key: Box<dyn SigningKey>,
}

/// What may be done to a message before it is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hygiene {
    pub(crate) line_endings: LineEndings,
    pub(crate) long_lines: LongLines,
    pub(crate) seven_bit: bool,
}

/// What goes on top of a message.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The DKIM-Signature fields, CRLF included.
    pub(crate) header: String,
    /// CR or LF stood alone; the message is to be written with them repaired.
    pub(crate) repaired: bool,
}

/// Signs the message. An error leaves it as it is.
pub(crate) fn sign_message(
    message: &Message,
    signatures: Vec<Signature>,
    historic: Option<Historic>,
    hygiene: Hygiene,
) -> Result<Signed, SigningError> {
    let name = || message.name().to_owned();
    let (requests, keys): (Vec<_>, Vec<_>) =
        signatures.into_iter().map(|one| (one.request, one.key)).unzip();
    let mut signer = Signer::new(requests, options(hygiene)).map_err(SigningError::Request)?;
    let cannot = |error| SigningError::Message { name: name(), error };
    let historic = historic.map(|Historic { request, key }| {
        let signer = domainkeys::sign::Signer::new(request, waxseal::crypto::AWS_LC);
        signer.map(|signer| (signer, key))
    });
    let mut historic = historic.transpose().map_err(SigningError::KeyName)?;
    let cannot_historic = |error| SigningError::Historic { name: name(), error };
    let mut octets = message.octets().map_err(SigningError::Input)?;
    while let Some(block) =
        octets.next().map_err(|error| SigningError::Input(message.broken_off(error)))?
    {
        signer.push(block).map_err(cannot)?;
        if let Some((signer, _)) = &mut historic {
            signer.push(block).map_err(cannot_historic)?;
        }
    }
    let signing = signer.finish().map_err(cannot)?;
    let mut header = String::new();
    if let Some((signer, key)) = historic {
        let field = signer.finish().and_then(|unsigned| unsigned.sign(&*key));
        header.push_str(&field.map_err(cannot_historic)?);
    }
    for (unsigned, key) in signing.unsigned.into_iter().zip(&keys) {
        header.push_str(&unsigned.sign(&**key).map_err(cannot)?);
    }
    Ok(Signed { header, repaired: signing.warnings.contains(&SignWarning::LineEndingsRepaired) })
}

fn options(hygiene: Hygiene) -> SignOptions {
    SignOptions {
        line_endings: hygiene.line_endings,
        long_lines: hygiene.long_lines,
        seven_bit: hygiene.seven_bit,
        provider: waxseal::crypto::AWS_LC,
        ..SignOptions::default()
    }
}

/// Why a message is not signed.
#[derive(Debug)]
pub(crate) enum SigningError {
    /// It cannot be read.
    Input(InputError),
    /// What is asked for cannot be.
    Request(RequestError),
    /// The message or the key does not allow it.
    Message { name: String, error: SignError },
    /// Selector and domain of a DomainKeys signature are too long for the DNS.
    KeyName(NameError),
    /// The message or the key does not allow DomainKeys.
    Historic { name: String, error: DomainKeysSignError },
}

impl SigningError {
    /// How it bears on the exit status.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Input(error) => error.exit(),
            Self::Request(_) | Self::KeyName(_) => Exit::Usage,
            Self::Message { .. } | Self::Historic { .. } => Exit::NotAMessage,
        }
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Request(error) => write!(f, "no such signature can be made: {error}"),
            Self::Message { name, error } => write!(f, "{name}: is not signed: {error}"),
            Self::KeyName(error) => write!(f, "no such signature can be made: {error}"),
            Self::Historic { name, error } => {
                write!(f, "{name}: is not signed with DomainKeys: {error}")
            }
        }
    }
}

impl std::error::Error for SigningError {}
