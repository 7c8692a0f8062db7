//! `waxseal sign`.

use std::path::PathBuf;

use clap::Args;
use waxseal::canon::Canonicalization;
use waxseal::crypto::{Algorithm, KeyType};
use waxseal::sign::{BodyLength, Oversign, Request};
use waxseal::{DomainName, Selector, UnixTime, domainkeys};

use super::Common;
use super::output::{Format, Output};
use super::signing::{
    Failure, HygieneArguments, List, parse_canonicalization, parse_domain, parse_list,
    parse_oversign, parse_selector, parse_sender, print_signed, ready, the_message,
};
use super::time::{AtTime, now, parse_duration};
use crate::config;
use crate::config::decision::{NotSigned, Outcome};
use crate::exit::Exit;
use crate::input::Message;
use crate::keys::{KeyFileArguments, KeyFileError, read_private_key};
use crate::sign::{Historic, KeyKinds, Signature, decide, sign_message};

/// Sign a message, and write it with its DKIM-Signature on top.
///
/// With --domain, --selector and --key the signatures are those of the command line; without them
/// the configuration decides, as the server would for mail of our own users. The message on stdout
/// has CRLF at the end of its lines. An error leaves stdout empty.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP, after_help = "--help tells more, with examples.")]
pub(super) struct Arguments {
    /// The message; `-`, or nothing, is standard input.
    ///
    /// One whose lines end in LF alone is converted to CRLF first.
    #[arg(value_name = "FILE|-", default_value = "-", hide_default_value = true)]
    input: PathBuf,

    /// The signing domain (d=). Give it once for each --key, or once for all.
    #[arg(long, value_name = "DOMAIN", value_parser = parse_domain, requires = "selectors")]
    #[arg(requires = "keys")]
    domain: Vec<DomainName>,

    /// The selector (s=). Give it once for each --key, or once for all.
    #[arg(long = "selector", id = "selectors", value_name = "SELECTOR", value_parser = parse_selector)]
    #[arg(requires = "domain")]
    selectors: Vec<Selector>,

    /// The private key: PEM or DER, PKCS#1 or PKCS#8. Its type chooses the algorithm (a=).
    /// Repeatable: one signature for each, the first on top.
    #[arg(long = "key", id = "keys", value_name = "FILE", requires = "domain")]
    keys: Vec<PathBuf>,

    #[command(flatten)]
    key_files: KeyFileArguments,

    /// How header and body are canonicalized (c=).
    #[arg(short, long, value_name = "HEADER/BODY", default_value = "relaxed/simple")]
    #[arg(value_parser = parse_canonicalization)]
    canonicalization: (Canonicalization, Canonicalization),

    /// Who signs (i=): [LOCAL-PART]@DOMAIN, the domain or one below it.
    #[arg(long, value_name = "IDENTITY")]
    identity: Option<String>,

    /// How long the signature holds (x=): seconds, or 21d, 12h, 30m. Default: for ever.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    ttl: Option<u64>,

    /// The fields to sign, separated by colons or commas, where the message has them; From always
    /// is. Default: those of RFC 6376 §5.4.1 and those that tell how the body is to be read.
    #[arg(long, value_name = "LIST", value_parser = parse_list)]
    headers: Option<List>,

    /// Of which fields one more is signed than there are, so that none can be added: `none`,
    /// `present` (those the message has), `all` (also those it has not), or a list. Default: those
    /// that a mail reader shows or reads the body by.
    #[arg(long, value_name = "none|present|all|LIST", value_parser = parse_oversign)]
    oversign: Option<Oversign>,

    /// Sign only the first N octets of the canonical body (l=); anyone can add to the rest.
    #[arg(long, value_name = "N")]
    body_length: Option<u64>,

    /// Copy the signed fields into the signature (z=), for diagnosis.
    #[arg(long)]
    copy_headers: bool,

    /// Say where keys are looked up (q=dns/txt), which is also what leaving it out says.
    #[arg(long)]
    query_method: bool,

    /// Sign with DomainKeys, too, by the first RSA key: historic (RFC 4870), for receivers that know
    /// nothing else.
    #[arg(long = "domainkeys", requires = "keys")]
    domain_keys: bool,

    /// Write only the DKIM-Signature fields.
    #[arg(long)]
    header_only: bool,

    /// Where the configuration decides: the envelope sender (MAIL FROM).
    #[arg(long, value_name = "ADDRESS", conflicts_with = "domain", value_parser = parse_sender)]
    sender: Option<String>,

    #[command(flatten)]
    hygiene: HygieneArguments,
}

const AFTER_HELP: &str = "\
Examples:
  waxseal sign --domain example.com --selector 2026 --key 2026.pem < message.eml | sendmail -t -i
  waxseal sign --domain example.com --selector rsa1 --key rsa1.pem \\
               --selector ed1 --key ed1.pem message.eml > signed.eml
  waxseal sign --config /etc/waxseal/waxseal.toml message.eml > signed.eml

Exit status:
  0   the message is signed
  1   the configuration does not sign it: no key for it, or signed by us already; it is not written
  64  wrong usage, or no such signature can be made
  65  not a message, a message that cannot be signed, or a broken key
  66  the message or a key file cannot be opened or read
  73  the output cannot be written
  78  the configuration is wrong";

/// Signs and writes.
pub(super) fn run(common: &Common, arguments: &Arguments) -> Exit {
    let format = if common.json { Format::Json } else { Format::Text };
    let output = Output::new(format, common.color, common.verbose, 1);
    match sign(common, arguments, &output) {
        Ok(()) => Exit::Success,
        Err((exit, error)) => {
            output.complain_in_lines(&error);
            exit
        }
    }
}

fn sign(common: &Common, arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let time = match common.at {
        None => now(),
        Some(AtTime::At(time)) => time,
        Some(AtTime::Received) => {
            let error = "--at received is for verifying; give sign a time, or none for now";
            return Err((Exit::Usage, error.to_owned()));
        }
    };
    if arguments.input.as_os_str() == "-" {
        output.hint_at_terminal();
    }
    let (signatures, historic) = match arguments.keys.is_empty() {
        false => {
            let (signatures, historic) = signatures_of_arguments(arguments, time, output)?;
            (Some(signatures), historic)
        }
        true => (None, None),
    };
    let message = the_message(&arguments.input, "sign")?;
    let signatures = match signatures {
        Some(signatures) => signatures,
        None => signatures_of_config(common, arguments, &message, time, output)?,
    };
    let signed = sign_message(&message, signatures, historic, arguments.hygiene.hygiene())
        .map_err(|error| (error.exit(), error.to_string()))?;
    print_signed(common, arguments.header_only, &message, &signed, output)
}

fn signatures_of_arguments(
    arguments: &Arguments,
    time: UnixTime,
    output: &Output,
) -> Result<(Vec<Signature>, Option<Historic>), Failure> {
    let count = arguments.keys.len();
    let fits = |length: usize| length == 1 || length == count;
    if !fits(arguments.domain.len()) || !fits(arguments.selectors.len()) {
        let error = format!(
            "{count} --key, but {} --domain and {} --selector: give each once for every key, or \
             once for all",
            arguments.domain.len(),
            arguments.selectors.len()
        );
        return Err((Exit::Usage, error));
    }
    let domains = arguments.domain.iter().cycle();
    let selectors = arguments.selectors.iter().cycle();
    let mut signatures = Vec::new();
    let mut historic = None;
    for ((file, domain), selector) in arguments.keys.iter().zip(domains).zip(selectors) {
        let key = read_private_key(file, arguments.key_files.permissions())
            .map_err(|error: KeyFileError| (error.exit(), error.to_string()))?;
        let algorithm = match key.key_type() {
            KeyType::Rsa => Algorithm::RsaSha256,
            KeyType::Ed25519 => Algorithm::Ed25519Sha256,
        };
        let mut request = Request::new(domain.clone(), selector.clone(), algorithm);
        arguments.apply(&mut request, time);
        let name = file.display().to_string();
        signatures.push(Signature { request, key: ready(&key, &name, output)? });
        if arguments.domain_keys && historic.is_none() && key.key_type() == KeyType::Rsa {
            let request = domainkeys::sign::Request::new(domain.clone(), selector.clone());
            historic = Some(Historic { request, key: ready(&key, &name, output)? });
        }
    }
    if arguments.domain_keys && historic.is_none() {
        return Err((Exit::Usage, "--domainkeys needs an RSA key".to_owned()));
    }
    Ok((signatures, historic))
}

impl Arguments {
    fn apply(&self, request: &mut Request, time: UnixTime) {
        (request.header_canonicalization, request.body_canonicalization) = self.canonicalization;
        request.identity.clone_from(&self.identity);
        request.timestamp = Some(time);
        request.expires = self.ttl.map(|ttl| time.plus_seconds(ttl));
        if let Some(names) = &self.headers {
            request.fields = names.signed_fields();
        }
        if let Some(oversign) = &self.oversign {
            request.oversign = oversign.clone();
        }
        request.body_length = self.body_length.map(BodyLength::Octets);
        request.copy_fields = self.copy_headers;
        request.query_method = self.query_method;
    }
}

fn signatures_of_config(
    common: &Common,
    arguments: &Arguments,
    message: &Message,
    time: UnixTime,
    output: &Output,
) -> Result<Vec<Signature>, Failure> {
    let config = config::load(common.config.as_deref())
        .map_err(|error| (Exit::Configuration, error.to_string()))?;
    let kinds = KeyKinds::read(&config, arguments.key_files.permissions());
    let decision = decide(&config, &kinds, message, arguments.sender.as_deref(), time)
        .map_err(|error| (error.exit(), error.to_string()))?;
    if common.verbose {
        decision.lines().for_each(|line| output.complain(&line));
    }
    let chosen = match decision.outcome {
        Outcome::Sign(chosen) => chosen,
        Outcome::NotSigned(why) => {
            let exit = match why {
                NotSigned::BrokenKey(..) | NotSigned::Identity(_) => Exit::Configuration,
                _ => Exit::NotPassed,
            };
            return Err((exit, format!("{}: is not signed: {why}", message.name())));
        }
    };
    // A key of the domain that cannot be used is no reason to leave mail unsigned, but it is told.
    let domains: Vec<_> = chosen.iter().map(|(_, request)| request.domain.clone()).collect();
    for (entry, key) in config.keys.iter().zip(&kinds.keys) {
        if let Err(error) = key
            && domains.contains(&entry.domain)
        {
            output.complain(&format!(
                "warning: {} ({}) does not sign: {error}",
                entry.selector, entry.place
            ));
        }
    }
    let mut signatures = Vec::new();
    for (index, request) in chosen {
        if let (Some(Ok(key)), Some(entry)) = (kinds.keys.get(index), config.keys.get(index)) {
            let name = entry.file.display().to_string();
            signatures.push(Signature { request, key: ready(key, &name, output)? });
        }
    }
    Ok(signatures)
}
