//! From the words of the command line to messages.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mbox::{self, LINE_HEAD, is_separator};
use super::source::Source;
use super::{InputError, InputErrorKind, Message};

/// Hands out every message of the inputs in order, and an error for each input that is none; goes on
/// until told to stop. A message is opened here but read by whoever verifies it.
pub(crate) fn for_each_message(
    inputs: &[PathBuf],
    all_mbox: bool,
    deliver: &mut impl FnMut(Result<Message, InputError>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for input in inputs {
        if input.as_os_str() == "-" {
            let opened = Source::spool(io::stdin().lock());
            deliver_source("-", opened, all_mbox, deliver)?;
        } else if input.is_dir() {
            deliver_directory(input, all_mbox, deliver)?;
        } else {
            deliver_source(&input.to_string_lossy(), Source::open(input), all_mbox, deliver)?;
        }
    }
    ControlFlow::Continue(())
}

fn deliver_directory(
    directory: &Path,
    all_mbox: bool,
    deliver: &mut impl FnMut(Result<Message, InputError>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let is_maildir = ["cur", "new"].iter().all(|part| directory.join(part).is_dir());
    let parts = match is_maildir {
        true => vec![directory.join("cur"), directory.join("new")],
        false => vec![directory.to_owned()],
    };
    let mut found = false;
    for part in parts {
        let files = match regular_files(&part) {
            Ok(files) => files,
            Err(error) => {
                found = true;
                let kind = InputErrorKind::Open(error);
                deliver(Err(InputError::new(&part.to_string_lossy(), kind)))?;
                continue;
            }
        };
        for file in files {
            found = true;
            deliver_source(&file.to_string_lossy(), Source::open(&file), all_mbox, deliver)?;
        }
    }
    if !found {
        let kind =
            if is_maildir { InputErrorKind::EmptyMaildir } else { InputErrorKind::NoMessages };
        deliver(Err(InputError::new(&directory.to_string_lossy(), kind)))?;
    }
    ControlFlow::Continue(())
}

fn deliver_source(
    name: &str,
    opened: io::Result<Source>,
    all_mbox: bool,
    deliver: &mut impl FnMut(Result<Message, InputError>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let opened = opened.and_then(|source| {
        let begins_like_mbox = is_separator(&source.head(LINE_HEAD)?);
        Ok((Arc::new(source), begins_like_mbox))
    });
    let (source, begins_like_mbox) = match opened {
        Ok(opened) => opened,
        Err(error) => return deliver(Err(InputError::new(name, InputErrorKind::Open(error)))),
    };
    if !begins_like_mbox {
        return deliver(match all_mbox {
            true => Err(InputError::new(name, InputErrorKind::NotAnMbox)),
            false => {
                let range = 0..source.len();
                Ok(Message { name: name.to_owned(), source, range, in_mbox: false })
            }
        });
    }
    let mut number = 0_u64;
    let split = mbox::split(&source, |range| {
        number += 1;
        let name = format!("{name}#{number}");
        deliver(Ok(Message { name, source: Arc::clone(&source), range, in_mbox: true }))
    });
    split.unwrap_or_else(|error| deliver(Err(InputError::new(name, InputErrorKind::Read(error)))))
}

/// The regular files of a directory in the order of their names, hidden ones left out.
fn regular_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if is_hidden(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        // A link that leads nowhere is told of when it is opened.
        if fs::metadata(&path).map_or(true, |metadata| metadata.is_file()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
