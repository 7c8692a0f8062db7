//! What key files are wrapped in: PEM (RFC 7468), bare base64, or DER as it is.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// The length that DER tells is the surer sign of an end than padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// What a file holds, found but not yet decoded.
pub(super) enum Container<'a> {
    /// A block between BEGIN and END.
    Pem(Block<'a>),
    /// Base64 without armour.
    Base64(Text<'a>),
    /// Neither is text.
    Octets(&'a [u8]),
}

/// One block of a PEM file.
pub(super) struct Block<'a> {
    /// What stands after BEGIN.
    pub(super) label: String,
    /// Whether its headers say `ENCRYPTED` (RFC 1421 §4.6.1.1), as OpenSSL of old wrote it.
    pub(super) encrypted: bool,
    pub(super) text: Text<'a>,
}

/// Base64, and where in the file it stands.
pub(super) struct Text<'a> {
    octets: &'a [u8],
    line: usize,
}

/// Finds the content of a file: of several PEM blocks the first whose label is `wanted`, else the
/// first that is more than parameters.
pub(super) fn open<'a>(
    file: &'a [u8],
    wanted: fn(&str) -> bool,
) -> Result<Container<'a>, ContainerError> {
    if file.starts_with(&[0xff, 0xfe]) || file.starts_with(&[0xfe, 0xff]) {
        return Err(ContainerError::Utf16);
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if file.trim_ascii().is_empty() {
        return Err(ContainerError::Empty);
    }
    let blocks = blocks(file)?;
    if blocks.is_empty() {
        if find(file, END).is_some() {
            return Err(ContainerError::NoBegin);
        }
        let is_text = |octet: &u8| is_base64(*octet) || octet.is_ascii_whitespace();
        return Ok(if file.iter().all(is_text) {
            Container::Base64(Text { octets: file, line: 1 })
        } else {
            Container::Octets(file)
        });
    }
    let chosen = blocks
        .iter()
        .position(|block| wanted(&block.label))
        .or_else(|| blocks.iter().position(|block| !block.label.ends_with("PARAMETERS")));
    let chosen = blocks.into_iter().nth(chosen.unwrap_or_default());
    chosen.map(Container::Pem).ok_or(ContainerError::NotAKey)
}

fn blocks(file: &[u8]) -> Result<Vec<Block<'_>>, ContainerError> {
    let mut blocks = Vec::new();
    let (mut rest, mut line) = (file, 1_usize);
    while let Some((before, after)) = split(rest, BEGIN) {
        line = line.saturating_add(line_ends(before));
        let begin_line = line;
        let (label, body) = split(after, DASHES)
            .filter(|(label, _)| !label.contains(&b'\n'))
            .ok_or(ContainerError::NoEnd { label: String::new(), line })?;
        let label = String::from_utf8_lossy(label.trim_ascii()).into_owned();
        let unended = || ContainerError::NoEnd { label: label.clone(), line: begin_line };
        let (body, after) = split(body, END).ok_or_else(unended)?;
        let (end_label, after) = split(after, DASHES).ok_or_else(unended)?;
        // A second BEGIN before the END, or the END of another block: what is between is lost.
        if find(body, BEGIN).is_some() || end_label.trim_ascii() != label.as_bytes() {
            return Err(unended());
        }
        let (headers, octets) = split_headers(body);
        let text = Text { octets, line: line.saturating_add(line_ends(headers)) };
        let encrypted = find(headers, b"ENCRYPTED").is_some();
        blocks.push(Block { label, encrypted, text });
        line = line.saturating_add(line_ends(body)).saturating_add(line_ends(end_label));
        rest = after;
    }
    Ok(blocks)
}

/// The headers of RFC 1421 §4.6, which OpenSSL of old put before encrypted keys, and the rest.
fn split_headers(body: &[u8]) -> (&[u8], &[u8]) {
    let (mut end, mut inside) = (0_usize, false);
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
        let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
        let is_field = name.len() < line.len() && !name.is_empty() && name.iter().all(is_name);
        let is_folded = inside && line.starts_with(b" ");
        inside = inside || is_field;
        if !is_field && !is_folded && !line.trim_ascii().is_empty() {
            break;
        }
        end = end.saturating_add(line.len());
    }
    if inside { body.split_at_checked(end).unwrap_or((body, &[])) } else { (&[], body) }
}

/// The base64 of the smallest key that stands without armour, the 32 octets of an Ed25519 key.
const SHORTEST_KEY: usize = 43;

impl Text<'_> {
    /// The same for text that nothing says to be base64: what is none and too short for a key is not
    /// cut short, but something else.
    pub(super) fn decode_unarmoured(&self) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        let is_short = self.octets.trim_ascii().len() < SHORTEST_KEY;
        self.decode().map_err(|error| if is_short { ContainerError::NotAKey } else { error })
    }

    /// The octets that the base64 stands for.
    pub(super) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        let mut line = self.line;
        let mut dense = Zeroizing::new(Vec::with_capacity(self.octets.len()));
        for &octet in self.octets {
            match octet {
                b'\n' => line = line.saturating_add(1),
                octet if is_base64(octet) => dense.push(octet),
                octet if octet.is_ascii_whitespace() => {}
                octet => return Err(ContainerError::Base64 { line, octet }),
            }
        }
        // Decoding makes the vector as long as it can get, so that no octets stay behind in another.
        LENIENT.decode(&*dense).map(Zeroizing::new).map_err(|_| ContainerError::Base64End { line })
    }
}

/// Checks that the octets are one SEQUENCE in DER, no shorter and no longer.
pub(super) fn check_sequence(octets: &[u8]) -> Result<(), ContainerError> {
    let Element { tag, content, rest } = element(octets).map_err(|cut| match cut {
        Some(expected) if octets.first() == Some(&SEQUENCE) => {
            ContainerError::CutShort { octets: octets.len(), expected }
        }
        _ => ContainerError::NotAKey,
    })?;
    match (tag, rest.len()) {
        (SEQUENCE, 0) if !content.is_empty() => Ok(()),
        (SEQUENCE, more) if more > 0 && shape(octets) != Shape::Unknown => {
            Err(ContainerError::TrailingOctets(more))
        }
        _ => Err(ContainerError::NotAKey),
    }
}

/// What a SEQUENCE is, going by the tags of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// PrivateKeyInfo or OneAsymmetricKey: PKCS#8 (RFC 5958 §2).
    PrivateKeyInfo,
    /// EncryptedPrivateKeyInfo (RFC 5958 §3).
    EncryptedPrivateKeyInfo,
    /// RSAPrivateKey: PKCS#1 (RFC 8017 §A.1.2).
    RsaPrivateKey,
    /// ECPrivateKey (RFC 5915 §3).
    EcPrivateKey,
    /// The six numbers that OpenSSL writes for DSA.
    DsaPrivateKey,
    /// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    PublicKeyInfo,
    /// RSAPublicKey (RFC 8017 §A.1.1).
    RsaPublicKey,
    /// Certificate or CertificationRequest (RFC 5280 §4.1, RFC 2986 §4.2).
    Certificate,
    /// PFX: PKCS#12 (RFC 7292 §4).
    Pkcs12,
    /// Something else.
    Unknown,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Sorts by the tags alone; whether the numbers are right is seen when they are read.
pub(super) fn shape(octets: &[u8]) -> Shape {
    let Ok(Element { tag: SEQUENCE, content: mut rest, .. }) = element(octets) else {
        return Shape::Unknown;
    };
    let mut tags = Vec::new();
    while !rest.is_empty() && tags.len() < 16 {
        let Ok(next) = element(rest) else { return Shape::Unknown };
        tags.push(next.tag);
        rest = next.rest;
    }
    match tags.as_slice() {
        [INTEGER, SEQUENCE, OCTET_STRING, ..] => Shape::PrivateKeyInfo,
        [SEQUENCE, OCTET_STRING] => Shape::EncryptedPrivateKeyInfo,
        [INTEGER, OCTET_STRING, ..] => Shape::EcPrivateKey,
        [SEQUENCE, BIT_STRING] => Shape::PublicKeyInfo,
        [SEQUENCE, SEQUENCE, BIT_STRING] => Shape::Certificate,
        [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] => Shape::Pkcs12,
        [INTEGER, INTEGER] => Shape::RsaPublicKey,
        // A SEQUENCE at the end holds further primes.
        [numbers @ .., SEQUENCE] | numbers
            if numbers.len() == 9 && numbers.iter().all(|tag| *tag == INTEGER) =>
        {
            Shape::RsaPrivateKey
        }
        numbers if numbers.len() == 6 && numbers.iter().all(|tag| *tag == INTEGER) => {
            Shape::DsaPrivateKey
        }
        _ => Shape::Unknown,
    }
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

/// The first element. Where it is cut short: how many octets it should have, if that much can be read.
fn element(octets: &[u8]) -> Result<Element<'_>, Option<usize>> {
    let [tag, first, rest @ ..] = octets else { return Err(None) };
    let (length, header, rest) = match usize::from(*first) {
        short @ 0..=0x7f => (short, 2_usize, rest),
        // No key needs more than four octets for its length.
        long @ 0x81..=0x84 => {
            let count = long & 0x7f;
            let (length, rest) = rest.split_at_checked(count).ok_or(None)?;
            let length = length.iter().fold(0_usize, |sum, octet| sum << 8 | usize::from(*octet));
            (length, count.saturating_add(2), rest)
        }
        _ => return Err(None),
    };
    let (content, rest) =
        rest.split_at_checked(length).ok_or(Some(header.saturating_add(length)))?;
    Ok(Element { tag: *tag, content, rest })
}

/// Puts together an element in DER (X.690 §8.1).
pub(super) fn der(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let mut octets = Zeroizing::new(Vec::with_capacity(length.saturating_add(10)));
    octets.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => octets.push(short),
        _ => {
            let length = length.to_be_bytes();
            let zeros = length.iter().take_while(|octet| **octet == 0).count();
            let length = length.get(zeros..).unwrap_or_default();
            octets.push(u8::try_from(length.len()).unwrap_or_default() | 0x80);
            octets.extend_from_slice(length);
        }
    }
    parts.iter().for_each(|part| octets.extend_from_slice(part));
    octets
}

/// Puts DER between BEGIN and END, in lines of 64 characters (RFC 7468 §2).
pub(super) fn to_pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    // Long enough at once, so that no octets stay behind in another place.
    let room = der.len().saturating_mul(2).saturating_add(200);
    let mut pem = Zeroizing::new(String::with_capacity(room));
    pem.push_str("-----BEGIN ");
    pem.push_str(label);
    pem.push_str("-----\n");
    for line in der.chunks(48) {
        LENIENT.encode_string(line, &mut pem);
        pem.push('\n');
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// The name of a key algorithm that is none of DKIM's, for people.
pub(super) fn algorithm_name(oid: &[u8]) -> String {
    // As they are encoded (X.690 §8.19): the first is 1.2.840.113549.1.1.10.
    const NAMES: &[(&[u8], &str)] = &[
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "RSA-PSS"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1], "Diffie-Hellman"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], "EC"),
        (&[0x2b, 0x65, 110], "X25519"),
        (&[0x2b, 0x65, 111], "X448"),
        (&[0x2b, 0x65, 113], "Ed448"),
        (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44"),
        (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65"),
        (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87"),
    ];
    match NAMES.iter().find(|(known, _)| *known == oid) {
        Some((_, name)) => (*name).to_owned(),
        None => dotted(oid),
    }
}

/// An object identifier as people write it. Numbers above 2^64 come out wrong, and nobody has those.
fn dotted(oid: &[u8]) -> String {
    let (mut number, mut numbers) = (0_u64, Vec::new());
    for octet in oid {
        number = number << 7 | u64::from(octet & 0x7f);
        if *octet < 0x80 {
            numbers.push(number);
            number = 0;
        }
    }
    // The first two arcs share a number.
    let first = numbers.first().copied().unwrap_or_default();
    let root = (first / 40).min(2);
    let mut text = format!("{root}.{}", first.saturating_sub(root.saturating_mul(40)));
    for number in numbers.iter().skip(1) {
        text.push('.');
        text.push_str(&number.to_string());
    }
    text
}

/// Why no key could be taken out of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerError {
    /// Nothing but white space.
    Empty,
    /// Text in UTF-16.
    Utf16,
    /// Neither PEM nor base64 nor DER of any kind of key.
    NotAKey,
    /// There is an END line, but no BEGIN line.
    NoBegin,
    /// The block that begins there does not end.
    NoEnd {
        /// What stands after BEGIN; empty where even that is cut short.
        label: String,
        /// The line of its BEGIN, from 1 on.
        line: usize,
    },
    /// An octet in the base64 that does not belong there.
    Base64 {
        /// Its line, from 1 on.
        line: usize,
        /// The octet.
        octet: u8,
    },
    /// The base64 has no right end: characters are missing or the padding is wrong.
    Base64End {
        /// Its last line, from 1 on.
        line: usize,
    },
    /// The DER is shorter than it says.
    CutShort {
        /// How many octets there are.
        octets: usize,
        /// How many there should be.
        expected: usize,
    },
    /// So many octets follow the key.
    TrailingOctets(usize),
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::Utf16 => f.write_str("the text is UTF-16; save it as UTF-8 or ASCII"),
            Self::NotAKey => f.write_str(
                "this is no key: neither PEM (-----BEGIN ...) nor base64 nor DER of a key",
            ),
            Self::NoBegin => f.write_str(
                "the file is cut short: there is an END line without its BEGIN line; copy it anew",
            ),
            Self::NoEnd { label, line } => {
                write!(f, "the file is cut short: ")?;
                match label.as_str() {
                    "" => write!(f, "line {line} is no whole BEGIN line")?,
                    label => {
                        let label: String = label.chars().filter(|c| !c.is_control()).collect();
                        write!(f, "line {line} begins a {label} that no END line ends")?;
                    }
                }
                f.write_str("; copy it anew")
            }
            Self::Base64 { line, octet } if octet.is_ascii_graphic() => {
                let octet = char::from(*octet);
                write!(f, "line {line}: '{octet}' does not belong in base64; copy the file anew")
            }
            Self::Base64 { line, octet } => {
                write!(f, "line {line}: octet 0x{octet:02x} does not belong in base64; ")?;
                f.write_str("copy the file anew")
            }
            Self::Base64End { line } => write!(
                f,
                "line {line}: the base64 is cut short or wrongly padded; copy the file anew"
            ),
            Self::CutShort { octets, expected } => write!(
                f,
                "the key is cut short: {octets} octets of {expected} are there; copy the file anew"
            ),
            Self::TrailingOctets(octets) => {
                write!(f, "{octets} octets follow the key; a file of DER holds one key only")
            }
        }
    }
}

impl std::error::Error for ContainerError {}

const fn is_base64(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=')
}

fn line_ends(octets: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', octets).count()
}

fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    let mut places = memchr::memchr_iter(*what.first()?, octets);
    places.find(|&at| octets.get(at..).is_some_and(|rest| rest.starts_with(what)))
}

/// What stands before and after the first `what`.
fn split<'a>(octets: &'a [u8], what: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = find(octets, what)?;
    Some((octets.get(..at)?, octets.get(at.checked_add(what.len())?..)?))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn decoded(file: &str) -> Result<(String, Vec<u8>), ContainerError> {
        match open(file.as_bytes(), |label| label == "X")? {
            Container::Pem(block) => Ok((block.label, block.text.decode()?.to_vec())),
            Container::Base64(text) => Ok((String::new(), text.decode()?.to_vec())),
            Container::Octets(_) => Err(ContainerError::NotAKey),
        }
    }

    #[test]
    fn armour_is_found_however_it_is_written() {
        for file in [
            "-----BEGIN X-----\nSGk=\n-----END X-----\n",
            "\u{feff}-----BEGIN X-----\r\n SG \r\n\r\nk=\t\r\n-----END X-----",
            "A key: yes\n-----BEGIN X----- SGk -----END X----- and more",
            "-----BEGIN Y-----\n!\n-----END Y-----\n-----BEGIN X-----\nSGk=\n-----END X-----\n",
            "-----BEGIN X-----\nComment: a\n folded: b\n\nSGk=\n-----END X-----\n",
        ] {
            assert_eq!(decoded(file), Ok(("X".to_owned(), b"Hi".to_vec())), "{file}");
        }
        assert_eq!(decoded("SG\nk=\n"), Ok((String::new(), b"Hi".to_vec())));
        let parameters = "-----BEGIN EC PARAMETERS-----\nSGk=\n-----END EC PARAMETERS-----\n\
                          -----BEGIN Y-----\nSGk=\n-----END Y-----\n";
        assert_eq!(decoded(parameters).unwrap().0, "Y");
    }

    #[test]
    fn what_is_broken_is_located() {
        let no_end = |label: &str, line| ContainerError::NoEnd { label: label.to_owned(), line };
        for (file, error) in [
            ("", ContainerError::Empty),
            (" \r\n", ContainerError::Empty),
            ("SGk=\n-----END X-----\n", ContainerError::NoBegin),
            ("\n-----BEGIN X-----\nSGk=\n", no_end("X", 2)),
            ("-----BEGIN X-----\nSGk=\n-----END", no_end("X", 1)),
            ("-----BEGIN X-----\nSGk=\n-----END X", no_end("X", 1)),
            ("-----BEGIN X-----\nSGk=\n-----END Y-----\n", no_end("X", 1)),
            ("-----BEGIN Y-----\n-----BEGIN X-----\nSGk=\n-----END X-----\n", no_end("Y", 1)),
            ("-----BEGIN X\nSGk=\n-----END X-----\n", no_end("", 1)),
            (
                "-----BEGIN X-----\nSG\nk*\n-----END X-----\n",
                ContainerError::Base64 { line: 3, octet: b'*' },
            ),
            (
                "-----BEGIN X-----\nA: b\n\nSG\nké\n-----END X-----\n",
                ContainerError::Base64 { line: 5, octet: 0xc3 },
            ),
            ("-----BEGIN X-----\nSGk=S\n-----END X-----\n", ContainerError::Base64End { line: 3 }),
            ("SGkSG", ContainerError::Base64End { line: 1 }),
            ("A key?", ContainerError::NotAKey),
        ] {
            assert_eq!(decoded(file), Err(error), "{file}");
        }
        assert!(matches!(open(b"\xff\xfe-\0", |_| true), Err(ContainerError::Utf16)));
    }

    #[test]
    fn der_is_written_as_it_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let octets = der(OCTET_STRING, &[&content]);
            let found = element(&octets).unwrap();
            assert_eq!(
                (found.tag, found.content, found.rest),
                (OCTET_STRING, &content[..], &[][..])
            );
            let octets = der(SEQUENCE, &[&octets]);
            let cut = &octets[..octets.len() - 1];
            let expected = ContainerError::CutShort { octets: cut.len(), expected: octets.len() };
            assert_eq!(check_sequence(cut), Err(expected));
            assert_eq!(check_sequence(&octets), Ok(()));
        }
        assert_eq!(check_sequence(b"Hi there"), Err(ContainerError::NotAKey));
        assert_eq!(check_sequence(&[SEQUENCE, 0x80, 0, 0]), Err(ContainerError::NotAKey));
    }
}
