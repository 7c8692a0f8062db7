//! `waxseal genrsa`.

use std::path::PathBuf;

use clap::Args;
use waxseal::key::private;

use super::Common;
use super::genkey::{GENERATED_HELP, RecordArguments, make_rsa, write};
use crate::exit::Exit;

/// Make an RSA key pair, and write the private key as PKCS#1 in PEM.
///
/// The file is new, belongs to you alone (mode 0600), and is written whole or not at all; what is
/// there already is never overwritten. The public key goes into the DNS: --domain and --selector
/// print the record. amavisd has the same command; its default was 1024 bits.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP.as_str(), after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// The file to create; `-` writes the private key to stdout and all else to stderr.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,

    /// The length of the modulus, 1024 to 8192 bits.
    #[arg(default_value_t = 2048, value_parser = clap::value_parser!(u16).range(1024..=8192))]
    bits: u16,

    #[command(flatten)]
    record: RecordArguments,
}

static AFTER_HELP: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    format!(
        "\
Examples:
  waxseal genrsa /var/lib/dkim/example.com.pem
  waxseal genrsa --domain example.com --selector foo foo.pem >> example.com.zone

{GENERATED_HELP}"
    )
});

/// Makes the key and writes it.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    write(common, &arguments.file, &arguments.record, || {
        let key = make_rsa(arguments.bits)?;
        let pem = match &key {
            waxseal::crypto::PrivateKey::Rsa(rsa) => private::to_pkcs1_pem(rsa),
            other @ waxseal::crypto::PrivateKey::Ed25519(_) => private::to_pkcs8_pem(other),
        };
        Ok((key, pem))
    })
}
