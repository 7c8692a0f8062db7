//! What the commands that sign have in common: their options, the keys, the message, the output.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use clap::{Args, ValueEnum};
use waxseal::canon::Canonicalization;
use waxseal::crypto::{AWS_LC, KeyType, PrivateKey, SigningKey};
use waxseal::sign::{LineEndings, LongLines, Oversign, SignedFields};
use waxseal::{DomainName, Selector};

use super::Common;
use super::output::Output;
use crate::exit::Exit;
use crate::input::{Message, for_each_message};
use crate::sign::{Hygiene, Signed, WriteError, write_signed};

/// An exit status, and what to say.
pub(super) type Failure = (Exit, String);

/// What is done about a message that does not survive transport.
#[derive(Debug, Args)]
pub(super) struct HygieneArguments {
    /// What to do with CR and LF that stand alone, in a message that has CRLF, too.
    #[arg(long, value_name = "WHAT", default_value = "normalize")]
    line_endings: LineEndingsChoice,

    /// What to do with a message that has lines of more than 998 octets.
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    long_lines: LongLinesChoice,

    /// Refuse a message that has octets above 127, for a path without 8BITMIME.
    #[arg(long)]
    seven_bit: bool,
}

impl HygieneArguments {
    pub(super) fn hygiene(&self) -> Hygiene {
        Hygiene {
            line_endings: match self.line_endings {
                LineEndingsChoice::Normalize => LineEndings::Normalize,
                LineEndingsChoice::Refuse => LineEndings::Refuse,
            },
            long_lines: match self.long_lines {
                LongLinesChoice::Refuse => LongLines::Refuse,
                LongLinesChoice::Pass => LongLines::Pass,
            },
            seven_bit: self.seven_bit,
        }
    }
}

/// What to do with CR and LF that stand alone.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LineEndingsChoice {
    /// Take each for a line end, and write CRLF in its place.
    Normalize,
    /// Do not sign the message.
    Refuse,
}

/// What to do with long lines.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LongLinesChoice {
    /// Do not sign the message: an MTA would break the line, and the signature with it.
    Refuse,
    /// Sign it as it is.
    Pass,
}

/// Words that stand in a list.
#[derive(Clone, Debug)]
pub(super) struct List(Vec<String>);

impl List {
    /// The names as the choice of what is signed.
    pub(super) fn signed_fields(&self) -> SignedFields {
        match self.0.as_slice() {
            [word] if word == "recommended" => SignedFields::Recommended,
            names => SignedFields::Listed(names.to_owned()),
        }
    }
}

/// The one message of the input.
pub(super) fn the_message(input: &Path, command: &str) -> Result<Message, Failure> {
    let several = |what: &str| {
        let error = format!("{}: {what}; {command} takes one message at a time", input.display());
        (Exit::Usage, error)
    };
    if input.is_dir() {
        return Err(several("is a directory"));
    }
    let mut found = None;
    let mut failure = None;
    let _ = for_each_message(&[input.to_owned()], false, &mut |message| {
        match message {
            Ok(message) if found.is_none() => {
                found = Some(message);
                return ControlFlow::Continue(());
            }
            Ok(_) => failure = Some(several("is an mbox of several messages")),
            Err(error) => failure = Some((error.exit(), error.to_string())),
        }
        ControlFlow::Break(())
    });
    match (failure, found) {
        (None, Some(message)) => Ok(message),
        (Some(failure), _) => Err(failure),
        (None, None) => Err((Exit::NotAMessage, format!("{}: is empty", input.display()))),
    }
}

/// The key made ready, and a word on it where it is weak.
pub(super) fn ready(
    key: &PrivateKey,
    name: &str,
    output: &Output,
) -> Result<Box<dyn SigningKey>, Failure> {
    if key.key_type() == KeyType::Rsa && key.bits() < 2048 {
        output.complain(&format!(
            "warning: {name}: the RSA key has {} bits; 2048 are recommended (RFC 8301 §3.2)",
            key.bits()
        ));
    }
    AWS_LC.signing_key(key).map_err(|error| (Exit::NotAMessage, format!("{name}: {error}")))
}

/// Prints what was signed: JSON, the new fields, or the whole message.
pub(super) fn print_signed(
    common: &Common,
    header_only: bool,
    message: &Message,
    signed: &Signed,
    output: &Output,
) -> Result<(), Failure> {
    if signed.repaired {
        output.complain(&format!(
            "warning: {}: a CR or an LF that stood alone was made a line end (CRLF) before signing",
            message.name()
        ));
    }
    let stdout = io::stdout().lock();
    let mut out = BufWriter::with_capacity(64 * 1024, stdout);
    let written = if common.json {
        let object = serde_json::json!({
            "file": message.name(),
            "header": signed.header,
            "lineEndingsRepaired": signed.repaired,
        });
        out.write_all(format!("{object}\n").as_bytes()).map_err(WriteError::from)
    } else if header_only {
        out.write_all(signed.header.as_bytes()).map_err(WriteError::from)
    } else {
        write_signed(message, signed, &mut out)
    };
    let written = written.and_then(|()| out.flush().map_err(WriteError::from));
    written.map_err(|error| match error {
        WriteError::Input(error) => (error.exit(), error.to_string()),
        WriteError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            (Exit::BrokenPipe, String::new())
        }
        WriteError::Output(error) => {
            (Exit::CannotWrite, format!("the output cannot be written: {error}"))
        }
    })
}

pub(super) fn parse_domain(text: &str) -> Result<DomainName, String> {
    DomainName::parse(text).map_err(|error| error.to_string())
}

pub(super) fn parse_selector(text: &str) -> Result<Selector, String> {
    Selector::parse(text).map_err(|error| error.to_string())
}

pub(super) fn parse_oversign(text: &str) -> Result<Oversign, String> {
    const WORDS: [(&str, Oversign); 4] = [
        ("recommended", Oversign::Recommended),
        ("none", Oversign::None),
        ("present", Oversign::Present),
        ("all", Oversign::All),
    ];
    if let Some((_, oversign)) = WORDS.iter().find(|(word, _)| *word == text) {
        return Ok(oversign.clone());
    }
    let List(names) = parse_list(text)?;
    match names.iter().find(|name| WORDS.iter().any(|(word, _)| name == word)) {
        Some(word) => Err(format!("the word {word} stands alone, not in a list")),
        None => Ok(Oversign::Listed(names)),
    }
}

/// An envelope sender, with or without its angle brackets; that of bounces is `<>`.
pub(super) fn parse_sender(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let domain = bare.rsplit_once('@').map(|(_, domain)| DomainName::parse(domain));
    match domain {
        None if bare.is_empty() => Ok(String::new()),
        None => Err("it has no '@'; write joe@example.com".to_owned()),
        Some(Err(error)) => Err(format!("its domain: {error}")),
        Some(Ok(_)) => Ok(bare.to_owned()),
    }
}

pub(super) fn parse_list(text: &str) -> Result<List, String> {
    let names: Vec<_> = text.split([':', ',']).map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err("an item of the list is empty".to_owned());
    }
    Ok(List(names))
}

pub(super) fn parse_canonicalization(
    text: &str,
) -> Result<(Canonicalization, Canonicalization), String> {
    // RFC 6376 §3.5: where the second half is missing, the body is canonicalized simply.
    let (header, body) = text.split_once('/').unwrap_or((text, "simple"));
    match (Canonicalization::parse(header), Canonicalization::parse(body)) {
        (Some(header), Some(body)) => Ok((header, body)),
        _ => Err("write simple or relaxed for the header, a slash, and one of both for the body"
            .to_owned()),
    }
}
