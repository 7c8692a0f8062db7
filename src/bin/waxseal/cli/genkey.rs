//! `waxseal genkey`, and what `genrsa` shares with it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use waxseal::crypto::{AWS_LC, GenerateError, KeyType, PrivateKey};
use waxseal::key::publish::{self, RecordTags};
use waxseal::key::{generate, private};
use waxseal::{DomainName, Selector};
use zeroize::Zeroizing;

use super::Common;
use super::output::{Format, Output};
use crate::exit::Exit;
use crate::keys::{check_free, create_key_file};

/// The time to live in the zone entry, as amavisd's `showkeys` has it.
const TTL: u32 = 3600;

/// Appended to the help of both commands.
pub(super) const GENERATED_HELP: &str = "\
Exit status:
  0   the key is made and written
  64  wrong usage
  73  the file exists or cannot be created, or stdout cannot be written";

/// Make a key pair of either type, and write the private key as PKCS#8 in PEM.
///
/// The file is new, belongs to you alone (mode 0600), and is written whole or not at all; what is
/// there already is never overwritten. The public key goes into the DNS: --domain and --selector
/// print the record.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP.as_str(), after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// The file to create; `-` writes the private key to stdout and all else to stderr.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,

    /// The type of the key. Every verifier knows rsa; ed25519 is shorter and faster, but is to be
    /// used beside rsa, not instead of it (RFC 8463).
    #[arg(long = "type", value_name = "TYPE", default_value = "rsa")]
    key_type: Type,

    /// The length of the modulus of an RSA key, 1024 to 8192 bits. Default: 2048.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1024..=8192))]
    bits: Option<u16>,

    #[command(flatten)]
    record: RecordArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Type {
    Rsa,
    Ed25519,
}

/// What is printed of the record that publishes the key.
#[derive(Debug, Args)]
pub(super) struct RecordArguments {
    /// Print the record for this domain, as an entry of a zone.
    #[arg(long, value_name = "DOMAIN", requires = "selector", value_parser = parse_domain)]
    domain: Option<DomainName>,

    /// The selector in that domain.
    #[arg(long, value_name = "SELECTOR", requires = "domain", value_parser = parse_selector)]
    selector: Option<Selector>,

    /// Print the text of the record alone.
    #[arg(long, conflicts_with = "domain")]
    record: bool,
}

static AFTER_HELP: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    format!(
        "\
Examples:
  waxseal genkey /var/lib/dkim/example.com.pem
  waxseal genkey --type ed25519 --record ed.pem
  waxseal genkey --type ed25519 --domain example.com --selector ed ed.pem >> example.com.zone

{GENERATED_HELP}"
    )
});

/// Makes the key and writes it.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    if arguments.key_type == Type::Ed25519 && arguments.bits.is_some() {
        output(common).complain("--bits is for RSA keys; an Ed25519 key always has 256 bits");
        return Exit::Usage;
    }
    write(common, &arguments.file, &arguments.record, || {
        let key = match arguments.key_type {
            Type::Rsa => make_rsa(arguments.bits.unwrap_or(2048))?,
            Type::Ed25519 => generate::ed25519(&mut fill),
        };
        let pem = private::to_pkcs8_pem(&key);
        Ok((key, pem))
    })
}

pub(super) fn make_rsa(bits: u16) -> Result<PrivateKey, GenerateError> {
    generate::rsa(AWS_LC, bits.into(), &mut fill)
}

/// Octets of the system's generator.
fn fill(octets: &mut [u8]) {
    // A key must not be made of anything else, so there is no going on without.
    aws_lc_rs::rand::fill(octets).expect("the system gives random octets");
}

/// Makes a key, writes it to `file`, and tells of it.
pub(super) fn write(
    common: &Common,
    file: &Path,
    record: &RecordArguments,
    make: impl FnOnce() -> Result<(PrivateKey, Zeroizing<String>), GenerateError>,
) -> Exit {
    let mut output = output(common);
    let to_stdout = file.as_os_str() == "-";
    if to_stdout && common.json {
        output.complain("--json describes the file that was written; give a FILE instead of -");
        return Exit::Usage;
    }
    let name = match record.name() {
        Ok(name) => name,
        Err(error) => {
            output.complain(&error);
            return Exit::Usage;
        }
    };
    if !to_stdout && let Err(error) = check_free(file) {
        output.complain(&error.to_string());
        return Exit::CannotWrite;
    }
    let (key, pem) = match make() {
        Ok(made) => made,
        Err(error) => {
            output.complain(&error.to_string());
            return Exit::Usage;
        }
    };
    let public = key.public_key();
    let text = match publish::record(&public, &RecordTags::default()) {
        Ok(text) => text,
        Err(error) => {
            output.complain(&error.to_string());
            return Exit::Usage;
        }
    };
    let written = if to_stdout {
        write_to_stdout(&pem).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => (Exit::BrokenPipe, None),
            _ => (Exit::CannotWrite, Some(format!("the output cannot be written: {error}"))),
        })
    } else {
        create_key_file(file, &pem).map_err(|error| (Exit::CannotWrite, Some(error.to_string())))
    };
    if let Err((exit, error)) = written {
        error.iter().for_each(|error| output.complain(error));
        return exit;
    }
    if key.key_type() == KeyType::Rsa && key.bits() < 2048 {
        output.complain(&format!(
            "warning: {} bits are little; RFC 8301 section 3.2 says to sign with at least 2048",
            key.bits()
        ));
    }
    let told = if common.json {
        let name = name.as_ref().map(DomainName::as_str);
        output.json_line(&json!({
            "file": file.to_string_lossy(),
            "type": key.key_type().name(),
            "bits": key.bits(),
            "name": name,
            "record": text,
        }))
    } else {
        let place = if to_stdout { "stdout".to_owned() } else { format!("file {file:?}") };
        let done = match key.key_type() {
            KeyType::Rsa => format!("Private RSA key ({} bits) written to {place}", key.bits()),
            KeyType::Ed25519 => format!("Private Ed25519 key written to {place}"),
        };
        let lines = match &name {
            // A comment, so that all of it can go into a zone.
            Some(name) => format!("; {done}\n{}", publish::zone_entry(name, TTL, &text)),
            None if record.record => format!("{done}\n{text}\n"),
            None => format!("{done}\n"),
        };
        if to_stdout {
            // On stdout stands the key and nothing else.
            let _ = io::stderr().write_all(lines.as_bytes());
            Ok(())
        } else {
            output.write(&lines)
        }
    };
    told.err().unwrap_or_default()
}

fn write_to_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn output(common: &Common) -> Output {
    let format = if common.json { Format::Json } else { Format::Text };
    Output::new(format, common.color, common.verbose, 1)
}

impl RecordArguments {
    /// The name that the record is to have.
    fn name(&self) -> Result<Option<DomainName>, String> {
        match (&self.domain, &self.selector) {
            (Some(domain), Some(selector)) => {
                selector.key_name(domain).map(Some).map_err(|error| {
                    format!("{selector}._domainkey.{domain} is no name for a record: {error}")
                })
            }
            _ => Ok(None),
        }
    }
}

fn parse_domain(text: &str) -> Result<DomainName, String> {
    DomainName::parse(text).map_err(|error| error.to_string())
}

fn parse_selector(text: &str) -> Result<Selector, String> {
    Selector::parse(text).map_err(|error| error.to_string())
}
