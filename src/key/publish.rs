//! Key records as they are published: their text, its strings, their entry in a zone.

use std::fmt;

use super::public;
use super::record::{KeyRecord, KeyRecordError};
use crate::crypto::{HashAlgorithm, KeyType, PublicKey};
use crate::encoding::{base64, quoted_printable};
use crate::name::DomainName;
use crate::tag_list::TagList;

/// The tags of a key record besides `v=` and `p=`, which are not a matter of choice
/// (RFC 6376 §3.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordTags {
    /// `h=`, the hashes the key may be used with; all where empty.
    pub hashes: Vec<String>,
    /// `n=`, a note for administrators, as plain text.
    pub note: Option<String>,
    /// `s=`, the services it may be used for; all where empty.
    pub services: Vec<String>,
    /// `t=`, the flags: `y` testing, `s` strict identity.
    pub flags: Vec<String>,
    /// `g=`, granularity, historic (RFC 4871 §3.6.1).
    pub granularity: Option<String>,
    /// Whether an RSA key says `k=rsa`, which is also what the absence of `k=` says. An Ed25519 key
    /// always says `k=ed25519` (RFC 8463 §4.1).
    pub key_type: bool,
}

/// The text of the record that publishes a key: `v=`, then `g h k s t n` as far as they are given,
/// then `p=`.
///
/// The key of an RSA record is SubjectPublicKeyInfo, as everyone publishes it (RFC 6376 §3.6.1,
/// erratum 3017), that of an Ed25519 record the 32 octets (RFC 8463 §4.2). The note is encoded as
/// §3.6.1 says; blanks within it stay.
///
/// ```
/// use waxseal::crypto::PublicKey;
/// use waxseal::key::publish::{self, RecordTags};
///
/// let tags = RecordTags { flags: vec!["s".to_owned()], ..RecordTags::default() };
/// let record = publish::record(&PublicKey::Ed25519([1; 32]), &tags).unwrap();
/// assert_eq!(
///     record,
///     "v=DKIM1; k=ed25519; t=s; p=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
/// );
/// ```
///
/// # Errors
///
/// [`PublishError`] where a tag's value is outside its grammar. What can be written and yet should
/// not be published is told by [`concerns`].
pub fn record(key: &PublicKey, tags: &RecordTags) -> Result<String, PublishError> {
    let mut record = "v=DKIM1".to_owned();
    let mut put = |name: &str, value: &str| record.push_str(&format!("; {name}={value}"));
    if let Some(granularity) = &tags.granularity {
        if !granularity.bytes().all(|octet| octet.is_ascii_graphic() && !b";=\"\\".contains(&octet))
        {
            return Err(PublishError::new("g", granularity));
        }
        put("g", granularity);
    }
    if !tags.hashes.is_empty() {
        put("h", &words("h", &tags.hashes)?);
    }
    if tags.key_type || key.key_type() != KeyType::Rsa {
        put("k", key.key_type().name());
    }
    if !tags.services.is_empty() {
        put("s", &words("s", &tags.services)?);
    }
    if !tags.flags.is_empty() {
        put("t", &words("t", &tags.flags)?);
    }
    if let Some(note) = &tags.note {
        put("n", &encode_note(note));
    }
    put("p", &encode_key(key));
    Ok(record)
}

/// Why a record cannot be written: the value of a tag is outside its grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishError {
    /// The tag.
    pub tag: &'static str,
    /// The value.
    pub value: String,
}

impl PublishError {
    fn new(tag: &'static str, value: &str) -> Self {
        Self { tag, value: value.to_owned() }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, value } = self;
        let right = match *tag {
            "g" => "write a local-part, in which one '*' may stand",
            "h" => "write the names of hashes, such as sha256",
            "s" => "write names of services: email, or *",
            _ => "write the flags y (testing) or s (no subdomains in i=)",
        };
        write!(f, "{value:?} cannot stand in {tag}= of a key record: {right}")
    }
}

impl std::error::Error for PublishError {}

/// The record in strings as short as TXT records need: at most 255 octets each (RFC 1035 §3.3).
///
/// ```
/// let record = format!("v=DKIM1; p={}", "A".repeat(392));
/// let strings = waxseal::key::publish::strings(&record);
/// assert_eq!(strings.iter().map(|string| string.len()).collect::<Vec<_>>(), [255, 148]);
/// ```
pub fn strings(record: &str) -> Vec<&str> {
    pieces(record, MAX_STRING_OCTETS)
}

/// The record in the strings of [`zone_entry`]: the tags before the key, then the key in strings of
/// 64 octets, as long as the lines of a PEM file.
pub fn zone_strings(record: &str) -> Vec<&str> {
    let key = TagList::parse(record.as_bytes()).0.get("p").map(|tag| tag.value_span.start);
    let (tags, key) = record.split_at_checked(key.unwrap_or_default()).unwrap_or((record, ""));
    let mut strings = pieces(tags, MAX_STRING_OCTETS);
    strings.extend(pieces(key, 64));
    strings
}

/// The record as an entry of a zone, for any name server: owner, TTL in seconds, and the strings in
/// parentheses, one a line. The owner is written whole, so that `$ORIGIN` does not matter.
///
/// ```
/// use waxseal::{DomainName, key::publish};
///
/// let name = DomainName::parse("s._domainkey.example.com").unwrap();
/// assert_eq!(
///     publish::zone_entry(&name, 3600, "v=DKIM1; p=MIIB"),
///     "s._domainkey.example.com.\t3600 TXT (\n  \"v=DKIM1; p=\"\n  \"MIIB\")\n"
/// );
/// ```
pub fn zone_entry(name: &DomainName, ttl: u32, record: &str) -> String {
    let mut entry = format!("{name}.\t{ttl} TXT (");
    for string in zone_strings(record) {
        entry.push_str("\n  ");
        entry.push_str(&quoted(string));
    }
    entry.push_str(")\n");
    entry
}

/// A string in quotes as master files have it (RFC 1035 §5.1).
pub fn quoted(string: &str) -> String {
    let mut quoted = "\"".to_owned();
    for octet in string.bytes() {
        match octet {
            b'"' | b'\\' => quoted.extend(['\\', char::from(octet)]),
            b' '..=b'~' => quoted.push(char::from(octet)),
            _ => quoted.push_str(&format!("\\{octet:03}")),
        }
    }
    quoted.push('"');
    quoted
}

/// The largest answer in octets that crosses every path in one UDP packet (DNS Flag Day 2020).
pub const UDP_ANSWER_OCTETS: usize = 1232;

/// How many octets a DNS response has that brings the TXT records of `name`, each given by the
/// lengths of its strings: header, question, records with compressed owners and EDNS
/// (RFC 1035 §4.1, RFC 6891 §6.1.2).
pub fn answer_octets<R>(name: &DomainName, records: impl IntoIterator<Item = R>) -> usize
where
    R: IntoIterator<Item = usize>,
{
    const HEADER: usize = 12;
    const QUESTION_TYPE_AND_CLASS: usize = 4;
    // A pointer to the owner, type, class, TTL, length.
    const RECORD: usize = 12;
    const EDNS: usize = 11;
    // Every label has an octet for its length, as the dot has between labels; the first has one more,
    // and so has the root.
    let question = name.as_str().len().saturating_add(2).saturating_add(QUESTION_TYPE_AND_CLASS);
    let records = records.into_iter().map(|strings| {
        strings.into_iter().fold(RECORD, |sum, string| sum.saturating_add(string).saturating_add(1))
    });
    records.fold(HEADER.saturating_add(EDNS).saturating_add(question), usize::saturating_add)
}

/// What speaks against publishing that record, or for knowing it before: empty for a good record.
///
/// ```
/// use waxseal::{DomainName, key::publish};
///
/// let name = DomainName::parse("s._domainkey.example.com").unwrap();
/// let concerns = publish::concerns(&name, "v=DKIM1; k=ed25519; h=sha1; p=AQEB");
/// assert_eq!(concerns[0].to_string(), "p= holds 3 octets, but an Ed25519 key has 32");
/// ```
pub fn concerns(name: &DomainName, record: &str) -> Vec<Concern> {
    let mut concerns = Vec::new();
    match KeyRecord::parse(record.as_bytes(), MAX_RECORD_OCTETS) {
        Err(error) => concerns.push(Concern::Refused(error)),
        Ok(read) => {
            let (key_type, bits) = (read.public_key.key_type(), read.public_key.bits());
            if key_type == KeyType::Rsa && bits < GOOD_RSA_BITS {
                concerns.push(Concern::WeakKey { bits });
            } else if key_type == KeyType::Rsa && bits > MAX_RSA_BITS {
                concerns.push(Concern::HugeKey { bits });
            }
            if !read.allows_hash(HashAlgorithm::Sha256) {
                concerns.push(Concern::NoSha256);
            }
            if !read.allows_email() {
                concerns.push(Concern::NoEmail);
            }
            if read.testing {
                concerns.push(Concern::Testing);
            }
        }
    }
    if TagList::parse(record.as_bytes()).0.get("g").is_some_and(|tag| tag.value != "*") {
        concerns.push(Concern::Granularity);
    }
    let octets = answer_octets(name, [zone_strings(record).into_iter().map(str::len)]);
    if octets > UDP_ANSWER_OCTETS {
        concerns.push(Concern::LargeAnswer { octets });
    }
    concerns
}

/// What a person should know about a record before publishing it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Concern {
    /// Verifiers refuse the record.
    Refused(KeyRecordError),
    /// The RSA key has fewer bits than it should.
    WeakKey {
        /// Its length.
        bits: usize,
    },
    /// The RSA key has more bits than verifiers compute with.
    HugeKey {
        /// Its length.
        bits: usize,
    },
    /// `h=` leaves sha256 out, the only hash that may be used (RFC 8301 §3.1).
    NoSha256,
    /// `s=` leaves e-mail out.
    NoEmail,
    /// `t=y`: verifiers may treat the mail as if it was not signed.
    Testing,
    /// `g=` is not `*`: what is left of the verifiers that read it refuse some senders.
    Granularity,
    /// The answer does not fit into one UDP packet everywhere.
    LargeAnswer {
        /// Its length.
        octets: usize,
    },
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::WeakKey { bits } if *bits < 1024 => write!(
                f,
                "the RSA key has {bits} bits; verifiers refuse keys below 1024 (RFC 8301 §3.2)"
            ),
            Self::WeakKey { bits } => {
                write!(f, "the RSA key has {bits} bits, but should have 2048 (RFC 8301 §3.2)")
            }
            Self::HugeKey { bits } => {
                write!(f, "the RSA key has {bits} bits; many verifiers refuse keys above 4096")
            }
            Self::NoSha256 => f.write_str(
                "h= leaves sha256 out, so no signature with this key can pass (RFC 8301 §3.1)",
            ),
            Self::NoEmail => {
                f.write_str("s= leaves email out, so the key cannot be used for mail")
            }
            Self::Testing => f.write_str(
                "t=y says that the domain is testing DKIM; some verifiers then ignore the signature",
            ),
            Self::Granularity => f.write_str(
                "g= is historic (RFC 6376 §C.2): most verifiers ignore it, the others refuse \
                 senders that it does not fit",
            ),
            Self::LargeAnswer { octets } => write!(
                f,
                "the answer of the DNS will have about {octets} octets, more than the \
                 {UDP_ANSWER_OCTETS} that cross every path in one UDP packet; resolvers behind a \
                 firewall that blocks DNS over TCP will not get it"
            ),
        }
    }
}

/// What a character string may have (RFC 1035 §3.3).
const MAX_STRING_OCTETS: usize = 255;

/// What verifiers, this one among them, read of a record.
const MAX_RECORD_OCTETS: usize = 4096;

/// What RSA keys should have (RFC 8301 §3.2), and what verifiers, this one among them, compute with.
const GOOD_RSA_BITS: usize = 2048;
const MAX_RSA_BITS: usize = 8192;

fn encode_key(key: &PublicKey) -> String {
    match key {
        PublicKey::Rsa(_) => base64::encode(&public::to_spki_der(key)),
        PublicKey::Ed25519(octets) => base64::encode(octets),
    }
}

/// A list of hyphenated-words, or `*` (RFC 6376 §3.6.1).
fn words(tag: &'static str, items: &[String]) -> Result<String, PublishError> {
    let is_right = |item: &&String| is_word(item) || tag == "s" && *item == "*";
    match items.iter().find(|item| !is_right(item)) {
        Some(wrong) => Err(PublishError::new(tag, wrong)),
        None => Ok(items.join(":")),
    }
}

/// hyphenated-word = ALPHA [ *(ALPHA / DIGIT / "-") (ALPHA / DIGIT) ], RFC 6376 §3.2.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with('-')
        && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// qp-section of RFC 2045 §6.7, as `n=` has it: unlike in the other tags, a blank within the text
/// stands for itself. Quotes and backslashes are encoded too, for zones would have to escape them.
fn encode_note(note: &str) -> String {
    let blanks = |length: usize| "=20".repeat(length);
    let inner = note.trim_start_matches(' ');
    let before = blanks(note.len().saturating_sub(inner.len()));
    let trimmed = inner.trim_end_matches(' ');
    let after = blanks(inner.len().saturating_sub(trimmed.len()));
    let words: Vec<String> =
        trimmed.split(' ').map(|word| quoted_printable::encode(word.as_bytes(), b"\"\\")).collect();
    format!("{before}{}{after}", words.join(" "))
}

/// The text in pieces of at most so many octets, cut between characters.
fn pieces(text: &str, octets: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(octets));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::crypto::RsaPublicKey;

    const ED25519: PublicKey = PublicKey::Ed25519([7; 32]);

    fn rsa(bits: usize) -> PublicKey {
        PublicKey::Rsa(RsaPublicKey { modulus: vec![0xff; bits / 8], exponent: 65537 })
    }

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn name() -> DomainName {
        DomainName::parse("foo._domainkey.example.com").unwrap()
    }

    fn said(key: &PublicKey, tags: &RecordTags) -> Vec<String> {
        let record = record(key, tags).unwrap();
        concerns(&name(), &record).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tags_stand_in_their_order_and_are_read_back() {
        let tags = RecordTags {
            hashes: list(&["sha256", "x-new"]),
            note: Some(" a note; \"x\" =\\ é ".to_owned()),
            services: list(&["email", "*"]),
            flags: list(&["y", "s", "x-later"]),
            granularity: Some("*".to_owned()),
            key_type: true,
        };
        let text = record(&rsa(2048), &tags).unwrap();
        let expected = "v=DKIM1; g=*; h=sha256:x-new; k=rsa; s=email:*; t=y:s:x-later; \
                        n==20a note=3B =22x=22 =3D=5C =C3=A9=20; p=MII";
        assert!(text.starts_with(expected), "{text}");
        let read = KeyRecord::parse(text.as_bytes(), 4096).unwrap();
        assert_eq!(read.public_key, rsa(2048));
        assert!(read.testing && read.strict_identity && read.allows_email());
    }

    #[test]
    fn only_an_rsa_key_may_leave_its_type_unsaid() {
        let plain = RecordTags::default();
        assert!(record(&rsa(1024), &plain).unwrap().starts_with("v=DKIM1; p=MIG"));
        assert!(record(&ED25519, &plain).unwrap().starts_with("v=DKIM1; k=ed25519; p=Bwc"));
        assert_eq!(said(&ED25519, &plain), [""; 0]);
    }

    #[test]
    fn what_would_break_out_of_its_tag_is_refused() {
        let with = |change: fn(&mut RecordTags)| {
            let mut tags = RecordTags::default();
            change(&mut tags);
            record(&ED25519, &tags).unwrap_err().tag
        };
        assert_eq!(with(|tags| tags.hashes = list(&["sha256; p=x"])), "h");
        assert_eq!(with(|tags| tags.hashes = list(&["*"])), "h");
        assert_eq!(with(|tags| tags.services = list(&["email", ""])), "s");
        assert_eq!(with(|tags| tags.flags = list(&["y:s"])), "t");
        assert_eq!(with(|tags| tags.flags = list(&["y-"])), "t");
        assert_eq!(with(|tags| tags.granularity = Some("a b".to_owned())), "g");
        assert_eq!(with(|tags| tags.granularity = Some("a;b".to_owned())), "g");
    }

    #[test]
    fn the_entry_is_laid_out_as_amavisd_does() {
        // Printed by amavisd 2.13 for the same key.
        let expected = "foo._domainkey.example.com.\t3600 TXT (\n  \
            \"v=DKIM1; h=sha256; s=email; t=s; n=a note=3B x; p=\"\n  \
            \"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCaJiUcLMTRC2Nn5woSAA2+QgZ\"\n  \
            \"Xd5FDZmroyYAneEPCGLTJVL++rpugEWca7TgI69D8ZjddUVt9f+0ecRMKVvt2mXu\"\n  \
            \"+srYOFQYGzmBbzc+ishLcA/TD7d4h9r/UmxiwVVtEdKzxESXulyuouKpMF1gJz14\"\n  \
            \"2tEwHTB6yflz+RpSdwIDAQAB\")\n";
        let key: String =
            expected.lines().skip(2).flat_map(|line| line.split('"').nth(1)).collect();
        let key = public::parse(KeyType::Rsa, &base64::decode(&key).unwrap()).unwrap();
        let tags = RecordTags {
            hashes: list(&["sha256"]),
            note: Some("a note; x".to_owned()),
            services: list(&["email"]),
            flags: list(&["s"]),
            ..RecordTags::default()
        };
        assert_eq!(zone_entry(&name(), 3600, &record(&key, &tags).unwrap()), expected);
    }

    #[test]
    fn strings_are_short_and_together_the_record() {
        let tags = RecordTags { note: Some("é".repeat(200)), ..RecordTags::default() };
        let record = record(&rsa(4096), &tags).unwrap();
        for strings in [strings(&record), zone_strings(&record)] {
            assert!(strings.iter().all(|string| (1..=255).contains(&string.len())));
            assert_eq!(strings.concat(), record);
        }
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\010\"");
    }

    #[test]
    fn concerns_name_what_is_wrong() {
        let tags = RecordTags {
            hashes: list(&["sha1"]),
            services: list(&["tlsrpt"]),
            flags: list(&["y"]),
            granularity: Some("joe".to_owned()),
            ..RecordTags::default()
        };
        let all = said(&rsa(768), &tags);
        let starts = ["the RSA key has 768", "h= leaves", "s= leaves", "t=y says", "g= is"];
        assert_eq!(all.len(), starts.len(), "{all:?}");
        for (said, start) in all.iter().zip(starts) {
            assert!(said.starts_with(start), "{said}");
        }
        let even = PublicKey::Rsa(RsaPublicKey { modulus: vec![0xfe; 256], exponent: 3 });
        assert!(said(&even, &RecordTags::default())[0].contains("even"));
    }

    #[test]
    fn answers_are_measured_as_servers_send_them() {
        // kdig +bufsize=1232 shows as many for this record from Knot DNS.
        assert_eq!(answer_octets(&name(), [[23, 44]]), 12 + 28 + 4 + 12 + 24 + 45 + 11);
        assert!(said(&rsa(4096), &RecordTags::default()).is_empty());
        let large = said(&rsa(8192), &RecordTags::default());
        assert!(large[0].contains("octets"), "{large:?}");
    }
}
