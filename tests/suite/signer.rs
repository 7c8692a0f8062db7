//! Signs messages for the tests, so that every verdict can be had for a reason of its own.
//!
//! The tags are written as the test says, right or wrong; only `bh=` and `b=` are computed.

use rsa::Pkcs1v15Sign;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use sha1::Sha1;
use sha2::Sha256;
use waxseal::canon::{
    BodyCanonicalizer, Canonicalization, canonicalize_field, canonicalize_signature_field,
};
use waxseal::crypto::{Algorithm, HashAlgorithm, PURE_RUST};
use waxseal::encoding::base64;

/// The private keys of RFC 8463 §A.2.
pub(crate) const ED25519_SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
pub(crate) const RSA_KEY: &str = "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQABAoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZezHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8GcuSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxyWvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxdWFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1alicIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcsto7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOeuEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL";

/// A message with fields and body as given and a signature field with these tags on top.
///
/// `tags` has `{bh}` where the body hash goes and ends before `b=`. The fields end in CRLF each.
pub(crate) fn sign(tags: &str, fields: &str, body: &str) -> Vec<u8> {
    let tag = |name: &str| {
        tags.split(';').find_map(|tag| tag.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let algorithm = tag("a").and_then(Algorithm::parse).unwrap_or(Algorithm::Ed25519Sha256);
    let kinds = tag("c").unwrap_or_default();
    let (header_kind, body_kind) = kinds.split_once('/').unwrap_or((kinds, "simple"));
    let header_kind = Canonicalization::parse(header_kind).unwrap_or_default();
    let body_kind = Canonicalization::parse(body_kind).unwrap_or_default();

    let mut canonical = Vec::new();
    let mut canonicalizer = BodyCanonicalizer::new(body_kind);
    canonicalizer.push(body.as_bytes(), &mut |span| canonical.extend_from_slice(span));
    canonicalizer.finish(&mut |span| canonical.extend_from_slice(span));
    let length = tag("l").and_then(|length| length.parse().ok()).unwrap_or(canonical.len());
    let body_hash = digest(algorithm.hash(), &canonical[..length.min(canonical.len())]);
    let field =
        format!("DKIM-Signature: {}; b=", tags.replace("{bh}", &base64::encode(&body_hash)));

    let mut left: Vec<&str> = split_fields(fields);
    let mut input = Vec::new();
    for name in tag("h").unwrap_or_default().split(':').map(str::trim) {
        let place = left.iter().rposition(|field| {
            field.split(':').next().is_some_and(|found| found.trim().eq_ignore_ascii_case(name))
        });
        if let Some(place) = place {
            let field = left.remove(place);
            canonicalize_field(header_kind, field.as_bytes(), &mut |span| {
                input.extend_from_slice(span)
            });
        }
    }
    let end = field.len()..field.len();
    canonicalize_signature_field(header_kind, field.as_bytes(), end, &mut |span| {
        input.extend_from_slice(span);
    });
    let signature = base64::encode(&signature(algorithm, &digest(algorithm.hash(), &input)));
    format!("{field}{signature}\r\n{fields}\r\n{body}").into_bytes()
}

fn split_fields(fields: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let lines: Vec<usize> = fields.match_indices("\r\n").map(|(at, _)| at).collect();
    for at in lines {
        if !fields[at + 2..].starts_with([' ', '\t']) {
            found.push(&fields[start..at]);
            start = at + 2;
        }
    }
    found
}

fn digest(algorithm: HashAlgorithm, octets: &[u8]) -> Vec<u8> {
    let mut hasher = PURE_RUST.hasher(algorithm);
    hasher.update(octets);
    hasher.finish()
}

fn signature(algorithm: Algorithm, digest: &[u8]) -> Vec<u8> {
    let rsa_key = || {
        let der = base64::decode(RSA_KEY).expect("base64");
        rsa::RsaPrivateKey::from_pkcs1_der(&der).expect("a key")
    };
    match algorithm {
        Algorithm::RsaSha1 => rsa_key().sign(Pkcs1v15Sign::new::<Sha1>(), digest).expect("signed"),
        Algorithm::RsaSha256 => {
            rsa_key().sign(Pkcs1v15Sign::new::<Sha256>(), digest).expect("signed")
        }
        Algorithm::Ed25519Sha256 => {
            let seed = base64::decode(ED25519_SEED).expect("base64").try_into().expect("32 octets");
            let key = ed25519_dalek::SigningKey::from_bytes(&seed);
            ed25519_dalek::ed25519::signature::Signer::sign(&key, digest).to_bytes().to_vec()
        }
    }
}
