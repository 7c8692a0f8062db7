//! What a host may decide about a verification: policy, limits and the rest of the options.

use crate::crypto::{PURE_RUST, Provider};
use crate::signature::ParseLimits;
use crate::time::VerificationTime;

/// Everything a host decides about one verification.
///
/// ```
/// use waxseal::{Options, UnixTime, VerificationTime};
///
/// let mut options = Options::new(VerificationTime::At(UnixTime::from_seconds(1_528_637_909)));
/// options.policy.allow_body_length = true;
/// options.authserv_id = Some("mx.example.net".to_owned());
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The time the verification holds for.
    pub time: VerificationTime,
    /// Which good signatures are accepted.
    pub policy: Policy,
    /// Bounds on the work.
    pub limits: Limits,
    /// Who speaks in the Authentication-Results field (RFC 8601 §2.5); `localhost` where `None`.
    pub authserv_id: Option<String>,
    /// Only the header will be given: signatures that verify over it are `neutral` with the reason
    /// `bodyNotChecked`.
    pub headers_only: bool,
    /// Whether to look up what it takes to align signing domains with the author's domain: the DMARC
    /// records at and above both (RFC 9989 §4.10). Only done where a signature may verify. Default
    /// true; without it only equal domains are aligned.
    pub alignment: bool,
    /// Whether to look up whether the author's domain authorizes a signer that claims it (`atps=`,
    /// RFC 6541, experimental). Default false.
    pub atps: bool,
    /// Whether to record the RFC 6376 §6.1 steps and the canonical octets of every signature.
    pub trace: bool,
    /// Where hashes and signatures are computed.
    pub provider: &'static dyn Provider,
}

impl Options {
    /// The default options for a verification at `time`.
    pub fn new(time: VerificationTime) -> Self {
        Self {
            time,
            policy: Policy::default(),
            limits: Limits::default(),
            authserv_id: None,
            headers_only: false,
            alignment: true,
            atps: false,
            trace: false,
            provider: PURE_RUST,
        }
    }
}

/// Which signatures are accepted although, or refused because.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// RSA keys with fewer bits are refused. Default 1024 (RFC 8301 §3.2); an ARC chain takes no
    /// shorter ones, whatever this says.
    pub min_rsa_bits: usize,
    /// Whether rsa-sha1 is evaluated at all. Default false (RFC 8301 §3.1); what is accepted
    /// carries a warning. An ARC chain never takes it.
    pub allow_sha1: bool,
    /// Whether a signature past its `x=` still passes, with a warning. Default false.
    pub allow_expired: bool,
    /// Whether a signature passes whose `l=` leaves the end of the body unsigned, with a warning.
    /// Default false (RFC 6376 §8.2).
    pub allow_body_length: bool,
    /// How far clocks may differ, in seconds. Default 300.
    pub clock_skew: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_rsa_bits: 1024,
            allow_sha1: false,
            allow_expired: false,
            allow_body_length: false,
            clock_skew: 300,
        }
    }
}

/// Bounds on the work that one message can cause (RFC 6376 §8.4). What goes past a bound is
/// reported, never silently dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Signatures evaluated per message, topmost first; those dead by their syntax do not count.
    /// Default 10.
    pub signatures: usize,
    /// Names in one `h=`. Default 1000.
    pub signed_names: usize,
    /// Octets of the header. Default 256 KiB.
    pub header_octets: usize,
    /// Fields in the header. Default 1000.
    pub fields: usize,
    /// Octets of one signature field. Default 64 KiB.
    pub signature_octets: usize,
    /// Octets of one key record. Default 4096.
    pub key_record_octets: usize,
    /// Key records tried per name. Default 5.
    pub key_records: usize,
    /// ARC sets. Default 50, which is the most that there may be (RFC 8617 §4.2.1).
    pub arc_sets: u32,
    /// Names looked up for one message. Default 128.
    pub lookups: usize,
    /// Lookups handed out and not yet answered. Default 6.
    pub lookups_in_flight: usize,
    /// Distinct (algorithm, canonicalization, `l=`) hashes over the body. Default 4.
    pub body_hashes: usize,
    /// Largest RSA modulus that is computed with, in bits. Default 8192.
    pub max_rsa_bits: usize,
}

impl Limits {
    pub(crate) fn parse_limits(&self) -> ParseLimits {
        ParseLimits { octets: self.signature_octets, signed_names: self.signed_names }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            signatures: 10,
            signed_names: 1000,
            header_octets: 256 * 1024,
            fields: 1000,
            signature_octets: 64 * 1024,
            key_record_octets: 4096,
            key_records: 5,
            arc_sets: 50,
            lookups: 128,
            lookups_in_flight: 6,
            body_hashes: 4,
            max_rsa_bits: 8192,
        }
    }
}
