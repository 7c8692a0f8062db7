//! `waxseal seal`.

use std::path::PathBuf;

use clap::Args;
use waxseal::arc::{CarriedResults, NotSealed, SealKey, SealRequest};
use waxseal::crypto::{Algorithm, KeyType, PrivateKey, SigningKey};
use waxseal::sign::Oversign;
use waxseal::{DomainName, Options, Selector};

use super::output::{Format, Output};
use super::resolve::resolver;
use super::signing::{
    Failure, HygieneArguments, List, parse_domain, parse_list, parse_oversign, parse_selector,
    print_signed, ready, the_message,
};
use super::time::{AtTime, now};
use super::{Common, verify};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::keys::{KeyFileArguments, read_private_key};
use crate::sign::{SealError, seal_message};

/// Seal a message that is forwarded: judge its ARC chain and add a set (RFC 8617).
///
/// The set says what was found when the message came in, signs the message as it goes out, and seals
/// the chain. ARC is an experiment on its way to Historic: seal where receivers ask for it. A chain
/// that fails is never repaired; then stdout stays empty, and the message should go on as it is.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP, after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// The message; `-`, or nothing, is standard input.
    #[arg(value_name = "FILE|-", default_value = "-", hide_default_value = true)]
    input: PathBuf,

    /// The domain that seals (d=). Without it, the key is that of `arc_seal` in the configuration.
    #[arg(long, value_name = "DOMAIN", value_parser = parse_domain, requires_all = ["selector", "key"])]
    domain: Option<DomainName>,

    /// The selector (s=).
    #[arg(long, value_name = "SELECTOR", value_parser = parse_selector, requires = "domain")]
    selector: Option<Selector>,

    /// The private key, which makes both signatures; its type chooses the algorithm (a=).
    #[arg(long, value_name = "FILE", requires = "domain")]
    key: Option<PathBuf>,

    #[command(flatten)]
    key_files: KeyFileArguments,

    /// Carry on the Authentication-Results fields of the message that carry this name. Who receives
    /// mail from outside must have removed those that came with it.
    #[arg(long, value_name = "NAME", value_parser = verify::parse_authserv_id)]
    #[arg(required_unless_present = "results")]
    authserv_id: Option<String>,

    /// Carry on this Authentication-Results value instead, the authserv-id first.
    #[arg(long, value_name = "VALUE", conflicts_with = "authserv_id")]
    results: Option<String>,

    /// Mark a chain that fails as failed (cv=fail), once, instead of leaving it alone.
    #[arg(long)]
    seal_failed: bool,

    /// The fields that the ARC-Message-Signature covers, where the message has them; From always.
    #[arg(long, value_name = "LIST", value_parser = parse_list)]
    headers: Option<List>,

    /// Of which fields one more is signed than there are; see `waxseal sign --help`.
    #[arg(long, value_name = "none|present|all|LIST", value_parser = parse_oversign)]
    oversign: Option<Oversign>,

    /// Write only the three ARC fields.
    #[arg(long)]
    header_only: bool,

    #[command(flatten)]
    hygiene: HygieneArguments,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal seal --domain lists.example.org --selector 2026 --key 2026.pem \\
               --authserv-id mx.example.org message.eml > sealed.eml
  waxseal seal --config /etc/waxseal/waxseal.toml --results \"mx.example.org; spf=pass\" message.eml

Exit status:
  0   the message is sealed
  1   its chain fails or is full, or there is no key to seal with; nothing is written
  64  wrong usage, or no such set can be made
  65  not a message, a message that cannot be signed, or a broken key
  66  the message or a key file cannot be opened or read
  73  the output cannot be written
  75  a key of the chain could not be had for now
  78  the configuration is wrong";

/// Seals and writes.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let output = Output::new(format, common.color, common.verbose, 1);
    match seal(common, arguments, &output) {
        Ok(()) => Exit::Success,
        Err((exit, error)) => {
            output.complain_in_lines(&error);
            exit
        }
    }
}

fn seal(common: &Common, arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let time = match common.at {
        None => now(),
        Some(AtTime::At(time)) => time,
        Some(AtTime::Received) => {
            let error = "--at received is for verifying; give seal a time, or none for now";
            return Err((Exit::Usage, error.to_owned()));
        }
    };
    if arguments.input.as_os_str() == "-" {
        output.hint_at_terminal();
    }
    let (name, key) = key(common, arguments, output)?;
    let message = the_message(&arguments.input, "seal")?;
    let results = match (&arguments.results, &arguments.authserv_id) {
        (Some(value), _) => CarriedResults::Given(value.clone()),
        (None, name) => CarriedResults::OfMessage { authserv_id: name.clone().unwrap_or_default() },
    };
    let mut request = SealRequest::new(name, results);
    request.timestamp = Some(time);
    request.seal_failed = arguments.seal_failed;
    if let Some(names) = &arguments.headers {
        request.fields = names.signed_fields();
    }
    if let Some(oversign) = &arguments.oversign {
        request.oversign = oversign.clone();
    }
    let mut verification = Options::new(AtTime::verification_time(common.at, time));
    verification.provider = waxseal::crypto::AWS_LC;
    let hygiene = arguments.hygiene.hygiene();
    let resolver = resolver(common)?;
    let sealed = seal_message(&message, request, &*key, verification, hygiene, &resolver);
    let sealed = sealed.map_err(|error| match error {
        SealError::Input(error) => (error.exit(), error.to_string()),
        SealError::Request(error) => (Exit::Usage, format!("no such set can be made: {error}")),
        SealError::Message(error) => {
            (Exit::NotAMessage, format!("{}: is not sealed: {error}", message.name()))
        }
    })?;
    match sealed.set {
        Ok(signed) => print_signed(common, arguments.header_only, &message, &signed, output),
        Err(reason) => {
            let exit = match reason {
                NotSealed::KeyUnavailable => Exit::TemporaryFailure,
                _ => Exit::NotPassed,
            };
            let why = &sealed.chain.explanation;
            Err((exit, format!("{}: is not sealed: {reason} ({why})", message.name())))
        }
    }
}

/// Whose key it is, and the key.
fn key(
    common: &Common,
    arguments: &Arguments,
    output: &Output,
) -> Result<(SealKey, Box<dyn SigningKey>), Failure> {
    let permissions = arguments.key_files.permissions();
    let (domain, selector, file) = match (&arguments.domain, &arguments.selector, &arguments.key) {
        (Some(domain), Some(selector), Some(file)) => {
            (domain.clone(), selector.clone(), file.clone())
        }
        _ => configured(common)?,
    };
    let configured = arguments.key.is_none();
    let key = read_private_key(&file, permissions).map_err(|error| {
        let exit = if configured { Exit::Configuration } else { error.exit() };
        (exit, error.to_string())
    })?;
    let name = SealKey { domain, selector, algorithm: algorithm(&key) };
    let ready = ready(&key, &file.display().to_string(), output)?;
    Ok((name, ready))
}

fn algorithm(key: &PrivateKey) -> Algorithm {
    match key.key_type() {
        KeyType::Rsa => Algorithm::RsaSha256,
        KeyType::Ed25519 => Algorithm::Ed25519Sha256,
    }
}

/// The key of `arc_seal`: of the file as a whole, or of the first bank that has one.
fn configured(common: &Common) -> Result<(DomainName, Selector, PathBuf), Failure> {
    let config: Config = config::load(common.config.as_deref())
        .map_err(|error| (Exit::Configuration, error.to_string()))?;
    let banks = std::iter::once(&config.base).chain(config.banks.values());
    let seal = banks.filter_map(|bank| bank.arc_seal.as_ref()).next();
    let key = seal.and_then(|seal| config.key_named(&seal.value));
    match key.and_then(|index| config.keys.get(index)) {
        Some(key) => Ok((key.domain.clone(), key.selector.clone(), key.file.clone())),
        None => {
            let error = format!(
                "{} does not say which key seals: write arc_seal = \
                 \"SELECTOR._domainkey.DOMAIN\", or give --domain, --selector and --key",
                config.origin.display()
            );
            Err((Exit::NotPassed, error))
        }
    }
}
