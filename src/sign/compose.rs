//! Composes the DKIM-Signature field of one request, all of it but the signature.

use super::error::SignError;
use super::machine::SignLimits;
use super::request::{BodyLength, Request};
use super::selection::Selection;
use super::unsigned::Parts;
use crate::encoding::{base64, quoted_printable};
use crate::hash::BodyDigest;
use crate::message::{FieldIndex, Header};
use crate::signature::{FieldWriter, Signature, WIDTH};

/// The field that a request asks for, and the places of the fields that it signs.
pub(super) fn compose<'a>(
    request: &'a Request,
    selection: &Selection,
    header: &Header,
    index: &FieldIndex,
    digest: Option<&BodyDigest>,
    limits: &SignLimits,
) -> Result<(Parts<'a>, Vec<usize>), SignError> {
    let names = selection.names(index);
    if names.len() > limits.signed_names {
        return Err(SignError::TooManyNames { names: names.len() });
    }
    let lower: Vec<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let picked = index.pick(&lower, None);
    let (body_hash, total) =
        digest.map(|digest| (digest.digest.as_slice(), digest.total)).unwrap_or_default();

    let mut writer = FieldWriter::new("DKIM-Signature");
    writer.tag("v", "1");
    writer.tag("a", request.algorithm.name());
    let (header_kind, body_kind) = (request.header_canonicalization, request.body_canonicalization);
    writer.tag("c", &format!("{}/{}", header_kind.name(), body_kind.name()));
    writer.tag("d", request.domain.as_str());
    writer.tag("s", request.selector.as_str());
    if let Some(identity) = request.written_identity() {
        writer.tag("i", &identity);
    }
    if request.query_method {
        writer.tag("q", "dns/txt");
    }
    for (name, time) in [("t", request.timestamp), ("x", request.expires)] {
        if let Some(time) = time {
            writer.tag(name, &time.to_string());
        }
    }
    if let Some(length) = body_length(request, total)? {
        writer.tag("l", &length.to_string());
    }
    writer.list("h", &names);
    if request.copy_fields {
        writer.copies(&copies(header, &picked));
    }
    writer.tag("bh", &base64::encode(body_hash));
    let field = writer.finish();
    if field.len() > limits.signature_octets {
        return Err(SignError::FieldTooLong { octets: field.len() });
    }
    let parts = Parts {
        algorithm: request.algorithm,
        domain: &request.domain,
        selector: &request.selector,
        canonicalization: request.header_canonicalization,
        field: (field, String::new()),
        columns: WIDTH,
    };
    Ok((parts, picked))
}

/// `l=`, where the canonical body has `total` octets.
fn body_length(request: &Request, total: u64) -> Result<Option<u64>, SignError> {
    match request.body_length {
        None => Ok(None),
        Some(BodyLength::Whole) => Ok(Some(total)),
        Some(BodyLength::AtMost(most)) => Ok(Some(most.min(total))),
        Some(BodyLength::Octets(wanted)) if wanted <= total => Ok(Some(wanted)),
        Some(BodyLength::Octets(wanted)) => Err(SignError::BodyTooShort { wanted, total }),
    }
}

/// `z=`: name and value of the fields signed, the value in DKIM quoted-printable (RFC 6376 §3.5).
fn copies(header: &Header, picked: &[usize]) -> Vec<(String, String)> {
    let fields = picked.iter().filter_map(|place| header.field(*place));
    // A name with the separator in it has no form in z=.
    fields
        .filter(|field| !field.name().contains(&b'|'))
        .map(|field| {
            let name = String::from_utf8_lossy(field.name()).into_owned();
            (name, quoted_printable::encode(field.value().trim_ascii(), b"|"))
        })
        .collect()
}

/// The field as it was written, if it fits the message, and the places of the fields that it signs.
pub(super) fn written<'a>(
    signature: &'a Signature,
    field: &[u8],
    index: &FieldIndex,
    digest: Option<&BodyDigest>,
) -> Result<(Parts<'a>, Vec<usize>), SignError> {
    let computed = digest.map(|digest| digest.digest.as_slice()).unwrap_or_default();
    if signature.body_hash != computed {
        return Err(SignError::BodyHashMismatch { computed: base64::encode(computed) });
    }
    let span = signature.signature_span.clone();
    // Whatever is not UTF-8 is no tag list, and was refused when it was parsed.
    let text = |octets: Option<&[u8]>| String::from_utf8_lossy(octets.unwrap_or_default()).into();
    let parts = Parts {
        algorithm: signature.algorithm,
        domain: &signature.domain,
        selector: &signature.selector,
        canonicalization: signature.header_canonicalization,
        field: (text(field.get(..span.start)), text(field.get(span.end..))),
        columns: WIDTH,
    };
    Ok((parts, index.pick(&signature.signed_fields, None)))
}
