//! Every parser on real octets that were damaged at random: none panics, none contradicts itself, and
//! the same seed does the same on every machine.
//!
//! `WAXSEAL_FUZZ_ROUNDS` makes it go on for longer, `WAXSEAL_FUZZ_SEED` elsewhere.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use waxseal::arc::{CarriedResults, SealKey, SealRequest, Sealer};
use waxseal::auth_results;
use waxseal::crypto::{Algorithm, KeyType};
use waxseal::dns::{Answer, message, zone::Zone};
use waxseal::domainkeys::{DomainKeySignature, SigningPolicy};
use waxseal::encoding::{base64, quoted_printable};
use waxseal::key::{KeyRecord, private, public};
use waxseal::message::{HeaderReader, LineEndingNormalizer, authors};
use waxseal::sign::SignOptions;
use waxseal::signature::{ParseLimits, Signature};
use waxseal::tag_list::TagList;
use waxseal::{DomainName, Selector};

use crate::rfc_examples::{ED25519_RECORD, RFC_6376, RFC_8463, RSA_RECORD, keys};
use crate::support::{self, Dns, at, verify, verify_in_pieces};

const NOW: u64 = 1_528_637_909;

/// Damaged texts per parser; a tenth of that for whole messages.
fn rounds() -> usize {
    let default = if cfg!(target_arch = "wasm32") { 500 } else { 5000 };
    number("WAXSEAL_FUZZ_ROUNDS").and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[cfg(not(target_arch = "wasm32"))]
fn number(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(target_arch = "wasm32")]
fn number(_: &str) -> Option<String> {
    None
}

/// A generator of numbers that is the same everywhere: splitmix64, whose constants these are.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let seed = number("WAXSEAL_FUZZ_SEED").and_then(|text| text.parse().ok());
        Self(seed.unwrap_or(8463))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below that, or 0.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("64 bits");
        usize::try_from(self.next() % bound).expect("below a usize")
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// What grammars turn on.
const MORSELS: &[&[u8]] = &[
    b";",
    b"=",
    b"\r\n",
    b"\r\n ",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\"",
    b"\\",
    b"(",
    b")",
    b"@",
    b".",
    b":",
    b"/",
    b"*",
    b"\0",
    b"\x80",
    b"\xff",
    b"\xc3\xa4",
    b"0",
    b"-1",
    b"51",
    b"4294967296",
    b"99999999999999999999",
    b"v=1;",
    b"i=1;",
    b"i=2;",
    b"b=",
    b"p=",
    b"h=from:",
    b"l=0;",
    b"t=y;",
    b"dkim=pass",
    b"none",
    b"$ORIGIN .\r\n",
    b"$TTL 1d\r\n",
    b"xn--",
    b"=?utf-8?q?=FF?=",
    b"\xc0\x0c",
];

/// A few changes: octets replaced, taken out or put in, pieces doubled, moved, cut off.
fn damaged(chance: &mut Chance, seeds: &[&[u8]]) -> Vec<u8> {
    let mut octets = chance.pick(seeds).to_vec();
    for _ in 0..=chance.below(5) {
        let at = chance.below(octets.len() + 1);
        let to = (at + chance.below(20)).min(octets.len());
        match chance.below(8) {
            0 => octets.truncate(at),
            1 => drop(octets.drain(at..to)),
            2 => {
                let piece = octets[at..to].to_vec();
                let elsewhere = chance.below(octets.len() + 1);
                octets.splice(elsewhere..elsewhere, piece);
            }
            3 => {
                let other = chance.pick(seeds);
                let from = chance.below(other.len() + 1);
                octets.truncate(at);
                octets.extend_from_slice(&other[from..]);
            }
            4 => {
                let octet = u8::try_from(chance.below(256)).expect("an octet");
                if let Some(old) = octets.get_mut(at) {
                    *old = octet;
                }
            }
            5 => {
                if let Some(old) = octets.get_mut(at) {
                    *old ^= 1 << chance.below(8);
                }
            }
            _ => {
                let morsel = chance.pick(MORSELS);
                octets.splice(at..at, morsel.iter().copied());
            }
        }
    }
    octets
}

/// Damages those so many times. A panic in the parser tells the octets.
fn fuzz(seeds: &[&[u8]], rounds: usize, parser: impl Fn(&[u8])) {
    let mut chance = Chance::new();
    for _ in 0..rounds {
        let octets = damaged(&mut chance, seeds);
        let _shown = Shown(&octets);
        parser(&octets);
    }
}

/// Octets that are printed where a test fails over them.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the octets were: {}", self.0.escape_ascii());
        }
    }
}

/// The values of all fields of that name in the messages of the vectors, if they are there.
fn fields_of_vectors(name: &str) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for message in messages_of_vectors() {
        let mut reader = HeaderReader::new(256 * 1024, 1000);
        if reader.push(&message).is_err() {
            continue;
        }
        let header = reader.into_header();
        let named = header.fields().filter(|field| field.is_named(name));
        values.extend(named.map(|field| field.octets().to_vec()));
    }
    values.sort();
    values.dedup();
    values
}

fn messages_of_vectors() -> Vec<Vec<u8>> {
    let cases = support::vector_lines("cases.jsonl").unwrap_or_default();
    let messages = cases.iter().map(|case| {
        let name = case["message"].as_str().expect("message");
        support::vector_file(name).expect("the message of a case is there")
    });
    messages.filter(|message| message.len() < 20_000).collect()
}

fn slices(owned: &[Vec<u8>]) -> Vec<&[u8]> {
    owned.iter().map(Vec::as_slice).collect()
}

/// The records of the RFCs, and those of the vectors.
fn records() -> Vec<Vec<u8>> {
    let own = [
        RSA_RECORD,
        ED25519_RECORD,
        "v=DKIM1; h=sha256; s=email; t=y:s; n=a=3Bb; p=",
        "k=rsa; g=*; p=",
    ];
    let mut records: Vec<Vec<u8>> = own.iter().map(|record| record.as_bytes().to_vec()).collect();
    for case in support::vector_lines("cases.jsonl").unwrap_or_default() {
        let names = case["dns"].as_object().expect("dns").values();
        let texts = names.filter_map(|answer| answer.as_array()).flatten();
        records.extend(texts.filter_map(|text| Some(text.as_str()?.as_bytes().to_vec())));
    }
    records.sort();
    records.dedup();
    records
}

#[test]
fn tag_lists_and_key_records() {
    let records = records();
    fuzz(&slices(&records), rounds(), |octets| {
        let (tags, error) = TagList::parse(octets);
        assert_eq!(TagList::parse(octets), (tags.clone(), error));
        assert!(tags.iter().all(|tag| octets.len() >= tag.value.len()));
        let _ = SigningPolicy::parse(octets);
        assert_eq!(KeyRecord::parse(octets, 4096), KeyRecord::parse(octets, 4096));
        let _ = waxseal::alignment::PolicyRecord::parse(octets);
    });
}

#[test]
fn signatures() {
    let mut fields = fields_of_vectors("DKIM-Signature");
    fields.extend(fields_of_vectors("ARC-Message-Signature"));
    fields.extend(fields_of_vectors("DomainKey-Signature"));
    fields.extend([RFC_6376, RFC_8463].map(|message| {
        message.split_inclusive("\r\nReceived:").next().expect("a field").as_bytes().to_vec()
    }));
    let limits = ParseLimits { octets: 64 * 1024, signed_names: 1000 };
    fuzz(&slices(&fields), rounds(), |octets| {
        let value = octets.iter().position(|octet| *octet == b':').map_or(0, |colon| colon + 1);
        let (claims, signature) = Signature::parse(octets, value, limits);
        assert_eq!(Signature::parse(octets, value, limits), (claims.clone(), signature.clone()));
        if let Ok(signature) = signature {
            assert_eq!(claims.domain.is_some(), !signature.domain.as_str().is_empty());
        }
        let _ = DomainKeySignature::parse(octets, value, limits);
    });
}

#[test]
fn authentication_results() {
    let own: &[&[u8]] = &[
        b"mx.example.net; dkim=pass (good) reason=\"a \\\" b\" header.d=example.com header.i=@example.com",
        b"(c (d)) mx.example 1 ; none",
        b"mx; spf=pass smtp.mailfrom=joe@example.com; dmarc=fail policy.dmarc=none action=quarantine",
        b"mx;\r\n\tauth=pass smtp.auth=\"a b\"@example.com;\r\n\tdkim/1=fail header.b=ab/d+f==",
    ];
    let mut fields = fields_of_vectors("Authentication-Results");
    fields.extend(fields_of_vectors("ARC-Authentication-Results"));
    fields.extend(own.iter().map(|field| field.to_vec()));
    fuzz(&slices(&fields), rounds(), |octets| {
        let value = octets.iter().position(|octet| *octet == b':').map_or(0, |colon| colon + 1);
        for value in [octets, &octets[value..]] {
            let read = auth_results::parse(value);
            assert_eq!(auth_results::parse(value), read);
            let Ok(read) = read else { continue };
            // What was read can be written, and says the same when it is read again.
            let written = read.to_string();
            assert!(!written.contains('\n') || written.contains("\r\n"), "{written:?}");
            let again = auth_results::parse(written.as_bytes()).expect("what we write can be read");
            assert!(again.conforming, "{written}");
            assert_eq!(again.to_string(), written);
            assert_eq!(auth_results::parse(read.folded().as_bytes()), Ok(again));
        }
    });
}

#[test]
fn dns_messages_and_zones() {
    let name = DomainName::parse("s._domainkey.example.com").expect("a name");
    let query = message::encode_query(&name, 4711);
    // The query, made a response with two records: one compressed, one in two strings.
    let mut response = query.clone();
    response[2] |= 0x80;
    (response[7], response[11]) = (2, 0);
    response.truncate(12 + name.as_str().len() + 2 + 4);
    for strings in [&[b"v=DKIM1; p=".as_slice()][..], &[b"v=DKIM1; ", b"p=AAAA"]] {
        let length: usize = strings.iter().map(|string| string.len() + 1).sum();
        response.extend_from_slice(b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c\x00");
        response.push(u8::try_from(length).expect("short"));
        for string in strings {
            response.push(u8::try_from(string.len()).expect("short"));
            response.extend_from_slice(string);
        }
    }
    match message::answer(&response, &name) {
        Answer::Records(found) => assert_eq!(found.records.len(), 2),
        other => panic!("{other:?}"),
    }
    fuzz(&[&query, &response], rounds(), |octets| {
        assert_eq!(message::answer(octets, &name), message::answer(octets, &name));
        let _ = message::decode(octets, &name);
    });
    let zones: &[&[u8]] = &[
        b"$ORIGIN example.com.\n$TTL 3600\ns._domainkey IN TXT ( \"v=DKIM1; \" ; comment\n \"p=AAAA\" )\n",
        b"@ 3600 IN SOA ns.example.com. root.example.com. (1 2h 3d 4w 5)\n\tTXT \"a\\\"b\\059c\"\n*.x TXT d\n",
        b"a.b.example.org. 1w2d IN TXT unquoted text\nc CNAME d\n$INCLUDE x\n",
    ];
    fuzz(zones, rounds(), |octets| {
        let text = String::from_utf8_lossy(octets);
        if let Ok(zone) = Zone::parse(&text, Some(&name)) {
            assert_eq!(zone.lookup(&name), zone.lookup(&name));
        }
    });
}

#[test]
fn keys_names_and_encodings() {
    let pems = [crate::signer::RSA_KEY, crate::signer::ED25519_SEED].map(str::as_bytes);
    let key = private::parse(pems[0]).expect("a key");
    let (pkcs8, spki) = (private::to_pkcs8_der(&key), public::to_spki_der(&key.public_key()));
    let pem = public::to_pem(&key.public_key());
    let seeds = [pems[0], pems[1], &pkcs8, &spki, pem.as_bytes()];
    // A key that can be read is checked, which takes time.
    fuzz(&seeds, rounds() / 5, |octets| {
        let _ = private::parse(octets).map(|key| key.bits());
        let _ = public::parse_file(octets);
        for kind in [KeyType::Rsa, KeyType::Ed25519] {
            let _ = public::parse(kind, octets);
        }
    });
    let names: &[&[u8]] = &[
        b"example.com",
        "sch\u{f6}n.example".as_bytes(),
        b"xn--schn-7qa.example",
        b"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.example.org",
        b"ann=3B=20b=3D\"x=20y\"@example.com",
        b"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd\r\n OKb2",
    ];
    fuzz(names, rounds(), |octets| {
        if let Ok(name) = DomainName::from_octets(octets) {
            assert_eq!(DomainName::parse(name.as_str()).as_ref(), Ok(&name));
        }
        if let Ok(selector) = Selector::from_octets(octets) {
            assert_eq!(Selector::parse(selector.as_str()).as_ref(), Ok(&selector));
        }
        let text = String::from_utf8_lossy(octets);
        if let Ok(decoded) = base64::decode(&text) {
            assert_eq!(base64::decode(&base64::encode(&decoded)).as_ref(), Ok(&decoded));
        }
        let encoded = quoted_printable::encode(octets, b";");
        assert_eq!(quoted_printable::decode(&encoded).as_deref(), Ok(octets));
        let _ = quoted_printable::decode(&text);
    });
}

#[test]
fn headers_messages_and_arc_sets() {
    let mut messages = messages_of_vectors();
    messages.extend([RFC_6376, RFC_8463].map(|message| message.as_bytes().to_vec()));
    fuzz(&slices(&messages), rounds(), |octets| {
        let mut reader = HeaderReader::new(64 * 1024, 500);
        if reader.push(octets).is_err() || reader.end().is_err() {
            return;
        }
        let header = reader.into_header();
        assert!(header.fields().all(|field| field.octets().len() <= octets.len()));
        let _ = authors::authors(&header);
        let _ = authors::displayed(&header, "From");
        let _ = authors::displayed(&header, "Subject");
        let _ = authors::received_time(&header);
        let _ = auth_results::to_remove(&header, "mx.example");
    });
    let dns = dns_of_vectors();
    fuzz(&slices(&messages), rounds() / 10, |octets| {
        let mut options = at(NOW);
        options.policy.allow_sha1 = true;
        options.policy.allow_body_length = true;
        options.trace = true;
        let report = verify(octets, &dns, options.clone());
        assert_eq!(verify_in_pieces(octets, &[1, 7, 400], &dns, options), report);
        seal(octets, &dns);
    });
}

/// The keys of the RFCs, and all that the vectors have.
fn dns_of_vectors() -> Dns {
    let cases = support::vector_lines("cases.jsonl").unwrap_or_default();
    let names = cases.iter().flat_map(|case| case["dns"].as_object().expect("dns"));
    names.fold(keys(), |dns, (name, records)| {
        let records = records.as_array().into_iter().flatten();
        let records: Vec<&str> = records.filter_map(|record| record.as_str()).collect();
        dns.records(name, &records)
    })
}

/// A sealer says of the chain what a verifier says of it, and adds a set only where it may.
fn seal(message: &[u8], dns: &Dns) {
    let name = SealKey {
        domain: DomainName::parse("example.org").expect("a domain"),
        selector: Selector::parse("s").expect("a selector"),
        algorithm: Algorithm::RsaSha256,
    };
    let results = CarriedResults::OfMessage { authserv_id: "mx.example".to_owned() };
    let request = SealRequest::new(name, results);
    let mut sealer = Sealer::new(request, at(NOW), SignOptions::default()).expect("a request");
    let mut sent = Vec::new();
    let mut normalizer = LineEndingNormalizer::default();
    normalizer.push(message, &mut |span| sent.extend_from_slice(span));
    normalizer.finish(&mut |span| sent.extend_from_slice(span));
    if sealer.push(&sent).is_err() || sealer.end().is_err() {
        return;
    }
    while let Some(query) = sealer.poll_query() {
        sealer.answer(query.id, dns.lookup(query.name.as_str()));
    }
    if let Ok(sealing) = sealer.finish() {
        let arc = verify(&sent, dns, at(NOW)).arc;
        assert!(sealing.set.is_err() || arc.result.as_str() != "fail");
        assert_eq!(sealing.chain, arc);
    }
}
