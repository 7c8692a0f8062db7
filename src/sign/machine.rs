//! The signer: takes a message in pieces, once, for any number of signatures.

use super::compose::{compose, written};
use super::error::{RequestError, SignError};
use super::request::{BodyLength, Request};
use super::selection::Selection;
use super::transport::{LineEndings, LongLines, Transport};
use super::unsigned::Unsigned;
use crate::canon::Canonicalization;
use crate::crypto::{Algorithm, HashAlgorithm, PURE_RUST, Provider};
use crate::hash::{BodyHashRequest, BodyHashes};
use crate::message::fields::Progress;
use crate::message::{FieldIndex, Header, HeaderReader};
use crate::signature::{ParseLimits, Signature, SignatureError};

/// Everything a host decides about signing besides the signatures themselves.
#[derive(Clone, Debug)]
pub struct SignOptions {
    /// What happens to CR and LF that stand alone. Default: they are made line ends.
    pub line_endings: LineEndings,
    /// What happens to lines of more than 998 octets. Default: the message is refused.
    pub long_lines: LongLines,
    /// Whether octets above 127 are refused, for a path that is not 8BITMIME. Default false.
    pub seven_bit: bool,
    /// Bounds on the work.
    pub limits: SignLimits,
    /// Where hashes are computed. Default [`PURE_RUST`].
    pub provider: &'static dyn Provider,
}

impl Default for SignOptions {
    fn default() -> Self {
        Self {
            line_endings: LineEndings::default(),
            long_lines: LongLines::default(),
            seven_bit: false,
            limits: SignLimits::default(),
            provider: PURE_RUST,
        }
    }
}

/// Bounds on the work that one message can cause: those of verifiers, so that what is signed can be
/// verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignLimits {
    /// Octets of the header. Default 256 KiB.
    pub header_octets: usize,
    /// Fields in the header. Default 1000.
    pub fields: usize,
    /// Names in one `h=`. Default 1000.
    pub signed_names: usize,
    /// Octets of one DKIM-Signature field, less its signature. Default 63 KiB.
    pub signature_octets: usize,
}

impl Default for SignLimits {
    fn default() -> Self {
        Self {
            header_octets: 256 * 1024,
            fields: 1000,
            signed_names: 1000,
            signature_octets: 63 * 1024,
        }
    }
}

/// Signs one message without doing any input or output.
///
/// Push the message in pieces of any size; finish; complete what comes out. What comes out does not
/// depend on how the message was cut.
#[derive(Debug)]
pub struct Signer {
    plans: Vec<Plan>,
    options: SignOptions,
    transport: Transport,
    stream: Stream,
    /// Why the message cannot be signed, once that is known.
    refusal: Option<SignError>,
}

/// What a signer makes of a message.
#[derive(Debug)]
pub struct Signing {
    /// One for each request, in its order. The complete fields go on top of the message in this
    /// order.
    pub unsigned: Vec<Unsigned>,
    /// What the host should know.
    pub warnings: Vec<SignWarning>,
}

/// What a host should know about a message it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignWarning {
    /// CR or LF stood alone and was taken for a line end; the message must be sent as
    /// [`LineEndingNormalizer`](crate::message::LineEndingNormalizer) makes it.
    LineEndingsRepaired,
}

/// One signature to make.
#[derive(Debug)]
enum Plan {
    Request(Box<Request>, Selection),
    Written(Box<Signature>, Vec<u8>),
}

/// Where in the message we are.
#[derive(Debug)]
struct Stream {
    reader: Option<HeaderReader>,
    header: Header,
    hashes: BodyHashes,
}

impl Signer {
    /// A signer for one message and these signatures.
    ///
    /// # Errors
    ///
    /// [`RequestError`] at the first request that no message could satisfy.
    pub fn new(requests: Vec<Request>, options: SignOptions) -> Result<Self, RequestError> {
        let plans = requests
            .into_iter()
            .map(|request| {
                request.check()?;
                let selection = Selection::new(&request.fields, &request.oversign)?;
                Ok(Plan::Request(Box::new(request), selection))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self::with_plans(plans, options))
    }

    /// A signer that makes the signature of a DKIM-Signature field that is written already: what its
    /// `b=` holds is replaced, all else stays, and its `bh=` must be right for the message.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] where the octets are no DKIM-Signature field that can verify.
    pub fn of_written_field(field: &[u8], options: SignOptions) -> Result<Self, SignatureError> {
        let field = field.strip_suffix(b"\r\n").unwrap_or(field);
        let value_offset = memchr::memchr(b':', field).map_or(0, |colon| colon.saturating_add(1));
        let limits = ParseLimits {
            octets: options.limits.signature_octets,
            signed_names: options.limits.signed_names,
        };
        let signature = Signature::parse(field, value_offset, limits).1?;
        // RFC 8301 §3.1: rsa-sha1 must not be used for signing.
        if signature.algorithm == Algorithm::RsaSha1 {
            return Err(SignatureError::Sha1Refused);
        }
        let plan = Plan::Written(Box::new(signature), field.to_vec());
        Ok(Self::with_plans(vec![plan], options))
    }

    fn with_plans(plans: Vec<Plan>, options: SignOptions) -> Self {
        let mut hashes = BodyHashes::new(plans.len(), 0);
        for plan in &plans {
            // There is room for one each.
            hashes.request(options.provider, plan.body_hash_request());
        }
        let SignOptions { line_endings, long_lines, seven_bit, .. } = options;
        let reader = HeaderReader::new(options.limits.header_octets, options.limits.fields);
        Self {
            plans,
            options,
            transport: Transport::new(line_endings, long_lines, seven_bit),
            stream: Stream { reader: Some(reader), header: Header::default(), hashes },
            refusal: None,
        }
    }

    /// Takes the next octets of the message, header and body in turn, in pieces of any size.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be signed, whatever follows.
    pub fn push(&mut self, octets: &[u8]) -> Result<(), SignError> {
        if self.refusal.is_none() {
            let stream = &mut self.stream;
            self.refusal = self.transport.push(octets, &mut |span| stream.push(span)).err();
        }
        self.refusal.clone().map_or(Ok(()), Err)
    }

    /// Says that the message is complete, and gives what is to be signed.
    ///
    /// # Errors
    ///
    /// [`SignError`] where the message cannot be signed.
    pub fn finish(mut self) -> Result<Signing, SignError> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let stream = &mut self.stream;
        self.transport.finish(&mut |span| stream.push(span))?;
        if let Some(mut reader) = self.stream.reader.take() {
            // The message ends within its header.
            reader.end()?;
            self.stream.header = reader.into_header();
        }
        let Stream { header, hashes, .. } = self.stream;
        let index = FieldIndex::new(&header);
        if index.count("from") == 0 {
            return Err(SignError::NoFrom);
        }
        let digests = hashes.finish();
        let unsigned = self
            .plans
            .iter()
            .map(|plan| {
                let wanted = plan.body_hash_request();
                let digest = digests.iter().find(|digest| digest.request == wanted);
                let (parts, picked) = match plan {
                    Plan::Request(request, selection) => {
                        compose(request, selection, &header, &index, digest, &self.options.limits)?
                    }
                    Plan::Written(signature, field) => written(signature, field, &index, digest)?,
                };
                let covered = picked.iter().filter_map(|place| header.field(*place));
                let mut covered = covered.map(|field| field.octets());
                Ok(Unsigned::new(parts, &mut covered, self.options.provider))
            })
            .collect::<Result<_, SignError>>()?;
        let repaired = self.transport.has_repaired().then_some(SignWarning::LineEndingsRepaired);
        Ok(Signing { unsigned, warnings: repaired.into_iter().collect() })
    }
}

impl Stream {
    fn push(&mut self, octets: &[u8]) -> Result<(), SignError> {
        let Some(reader) = &mut self.reader else {
            self.hashes.push(octets);
            return Ok(());
        };
        if let Progress::Complete(rest) = reader.push(octets)? {
            self.hashes.push(rest);
            if let Some(reader) = self.reader.take() {
                self.header = reader.into_header();
            }
        }
        Ok(())
    }
}

impl Plan {
    fn body_hash_request(&self) -> BodyHashRequest {
        let (canonicalization, length): (Canonicalization, _) = match self {
            Self::Request(request, _) => (
                request.body_canonicalization,
                match request.body_length {
                    Some(BodyLength::Octets(octets) | BodyLength::AtMost(octets)) => Some(octets),
                    Some(BodyLength::Whole) | None => None,
                },
            ),
            Self::Written(signature, _) => (signature.body_canonicalization, signature.body_length),
        };
        BodyHashRequest { algorithm: HashAlgorithm::Sha256, canonicalization, length }
    }
}
