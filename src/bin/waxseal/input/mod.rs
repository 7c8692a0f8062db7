//! Where messages come from: files, standard input, mailboxes and directories.

mod line_endings;
mod mbox;
mod octets;
mod source;
mod walk;

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::exit::Exit;
use source::Source;

pub(crate) use octets::MessageOctets;
pub(crate) use walk::for_each_message;

/// One message, not yet read.
#[derive(Debug)]
pub(crate) struct Message {
    name: String,
    source: Arc<Source>,
    range: Range<u64>,
    /// Whether it stands in an mbox, where lines that begin with "From " are quoted.
    in_mbox: bool,
}

impl Message {
    /// What people call it: the path, `path#n` in an mbox, `-` for standard input.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its octets as they went over the wire, as far as that can be told.
    pub(crate) fn octets(&self) -> Result<MessageOctets<'_>, InputError> {
        MessageOctets::new(&self.source, self.range.clone(), self.in_mbox)
            .map_err(|error| self.broken_off(error))
    }

    /// The error for a message that cannot be read to its end.
    pub(crate) fn broken_off(&self, error: io::Error) -> InputError {
        InputError { name: self.name.clone(), kind: InputErrorKind::Read(error) }
    }
}

/// Why an input gives no message, or none to the end. It never comes with a verdict.
#[derive(Debug)]
pub(crate) struct InputError {
    name: String,
    kind: InputErrorKind,
}

#[derive(Debug)]
enum InputErrorKind {
    Open(io::Error),
    Read(io::Error),
    NoMessages,
    EmptyMaildir,
    NotAnMbox,
}

impl InputError {
    fn new(name: &str, kind: InputErrorKind) -> Self {
        Self { name: name.to_owned(), kind }
    }

    /// How it bears on the exit status.
    pub(crate) fn exit(&self) -> Exit {
        match self.kind {
            InputErrorKind::Open(_) | InputErrorKind::Read(_) => Exit::NoInput,
            InputErrorKind::NoMessages
            | InputErrorKind::EmptyMaildir
            | InputErrorKind::NotAnMbox => Exit::NotAMessage,
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.kind {
            InputErrorKind::Open(error) => write!(f, "cannot be read: {error}"),
            InputErrorKind::Read(error) => {
                write!(f, "reading broke off, so there is no verdict: {error}")
            }
            InputErrorKind::NoMessages => f.write_str(
                "the directory holds no message: it is no Maildir (no cur and new) and has no \
                 regular file",
            ),
            InputErrorKind::EmptyMaildir => f.write_str("the Maildir holds no message"),
            InputErrorKind::NotAnMbox => {
                f.write_str("is no mbox: its first line does not begin with \"From \"")
            }
        }
    }
}

impl std::error::Error for InputError {}
