//! Why each of the signatures that fail does so.

use super::Bounds;
use super::body::{self, BodyClaim};
use super::budget::Budget;
use super::change::{change, hint, phrases, repair};
use super::finding::{CopiedField, Finding, Part, PartState, SignatureDiagnosis, Work};
use super::header::{self, Context, HeaderClaim};
use super::hypothesis::Hypothesis;
use super::keys::Keys;
use super::mime::{Mime, actual_boundary};
use crate::canon::Canonicalization;
use crate::encoding::quoted_printable;
use crate::message::fields::Progress;
use crate::message::{Header, HeaderReader};
use crate::signature::Signature;
use crate::tag_list::TagList;
use crate::verify::{Options, Protocol, Reason, Report, VerificationResult};

/// The DKIM signatures of the report that fail, each with what may have happened to it.
pub(crate) fn diagnose(
    message: &[u8],
    report: &Report,
    keys: &Keys,
    options: &Options,
    bounds: &Bounds,
) -> (Vec<SignatureDiagnosis>, Work) {
    let limit = bounds.limit(message.len());
    let mut reader = HeaderReader::new(options.limits.header_octets, options.limits.fields);
    let body = match reader.push(message) {
        Ok(Progress::Complete(rest)) => Some(rest),
        Ok(Progress::More) => reader.end().ok().map(|()| &[][..]),
        Err(_) => None,
    };
    let (Some(body), header) = (body, reader.into_header()) else {
        return (Vec::new(), Work { octets: 0, limit });
    };
    let mut fields = header.fields().enumerate().filter(|(_, one)| one.is_named("DKIM-Signature"));
    let mut failing = Vec::new();
    for (index, signature) in report.signatures.iter().enumerate() {
        if signature.protocol == Protocol::Dkim
            && let Some((place, _)) = fields.next()
            && is_diagnosed(signature.result, signature.reason)
        {
            failing.push((place, index));
        }
    }
    let mime = Mime::new(&header);
    let boundary = actual_boundary(body);
    let mut budget = Budget::new(limit);
    let mut signatures = Vec::new();
    for (at, (place, index)) in failing.iter().enumerate() {
        // What one leaves is there for those below it.
        let others = failing.len().saturating_sub(at);
        let mut share = budget.stage(u64::try_from(others).unwrap_or(u64::MAX));
        let subject = Subject {
            header: &header,
            body,
            place: *place,
            keys,
            options,
            mime: &mime,
            inner: mime.first(body).map(|(header, _)| header),
            boundary: boundary.as_deref(),
        };
        signatures.extend(subject.diagnose(*index, &mut share));
        budget.settle(share);
    }
    (signatures, Work { octets: budget.spent(), limit })
}

fn is_diagnosed(result: VerificationResult, reason: Option<Reason>) -> bool {
    result == VerificationResult::Fail
        || matches!(reason, Some(Reason::BodyLengthTooLong | Reason::MessageMalformed))
}

/// One signature that fails.
struct Subject<'a> {
    header: &'a Header,
    body: &'a [u8],
    place: usize,
    keys: &'a Keys,
    options: &'a Options,
    mime: &'a Mime,
    /// The header of the first part of a multipart body.
    inner: Option<&'a [u8]>,
    /// The boundary that the body has.
    boundary: Option<&'a [u8]>,
}

impl Subject<'_> {
    fn diagnose(&self, index: usize, budget: &mut Budget) -> Option<SignatureDiagnosis> {
        let Self { header, options, .. } = self;
        let field = header.field(self.place)?;
        let limits = options.limits.parse_limits();
        let (claims, signature) = Signature::parse(field.octets(), field.value_offset(), limits);
        let signature = signature.ok()?;
        let tags = TagList::parse(field.value()).0;
        let copies = copies(tags.get("z").map(|tag| tag.value).unwrap_or_default());
        let copied_fields = copied_fields(&copies, header);
        let mut context = Context::new(header, self.place, &claims, &signature, copies);
        context.inner = self.inner;
        context.boundary = self.boundary;

        let keys = self.keys.of(&signature, options);
        let mut header_budget = budget.stage(2);
        let (header_state, header_findings) =
            self.header(&context, &signature, &keys, &mut header_budget);
        budget.settle(header_budget);
        let mut body_budget = budget.stage(1);
        let is_strict = header_state == PartState::Verifies
            && signature.header_canonicalization == Canonicalization::Simple;
        let (body_state, body_findings) = self.body(&signature, is_strict, &mut body_budget);
        budget.settle(body_budget);

        let is_open = |state, budget: Budget| state == PartState::Fails && budget.is_exhausted();
        let exhausted = is_open(header_state, header_budget) || is_open(body_state, body_budget);
        // What restores a part stands first.
        let findings = match header_state {
            PartState::Fails => [body_findings, header_findings].concat(),
            _ => [header_findings, body_findings].concat(),
        };
        Some(SignatureDiagnosis {
            index,
            header: header_state,
            body: body_state,
            explanation: explanation(header_state, body_state, &findings),
            findings,
            copied_fields,
            exhausted,
        })
    }

    fn header(
        &self,
        context: &Context<'_>,
        signature: &Signature,
        keys: &[crate::crypto::PublicKey],
        budget: &mut Budget,
    ) -> (PartState, Vec<Finding>) {
        if keys.is_empty() {
            return (PartState::NotChecked, Vec::new());
        }
        let claim = HeaderClaim::new(self.options.provider, signature, keys);
        let canonical = context.canonical(signature.header_canonicalization);
        let pieces: Vec<&[u8]> = canonical.iter().map(Vec::as_slice).collect();
        if claim.fits(&pieces, budget) {
            return (PartState::Verifies, Vec::new());
        }
        let found = header::search(&claim, context, budget);
        if let Some(finding) = found.and_then(|changes| repair(Part::Header, changes)) {
            return (PartState::WouldVerify, vec![finding]);
        }
        let mut hints = Vec::new();
        match claim.is_by_key() {
            Some(true) => hints.push(hint(Part::Header, Hypothesis::HeaderChanged, None)),
            Some(false) => hints.push(hint(Part::Header, Hypothesis::OtherKey, None)),
            None => {}
        }
        if let Some(list) = self.header.first("List-Id") {
            let mut change = change(Hypothesis::MailingList, b"", list.value().trim_ascii());
            change.field = Some("List-Id".to_owned());
            hints.push(hint(Part::Header, Hypothesis::MailingList, Some(change)));
        }
        (PartState::Fails, hints)
    }

    fn body(
        &self,
        signature: &Signature,
        is_strict: bool,
        budget: &mut Budget,
    ) -> (PartState, Vec<Finding>) {
        let options = self.options;
        if options.headers_only {
            return (PartState::NotChecked, Vec::new());
        }
        let claim = BodyClaim {
            provider: options.provider,
            algorithm: signature.algorithm.hash(),
            canonicalization: signature.body_canonicalization,
            length: signature.body_length,
            digest: &signature.body_hash,
            is_strict,
        };
        if claim.fits(self.body, budget) {
            return (PartState::Verifies, Vec::new());
        }
        let found = body::search(&claim, self.mime, self.body, budget);
        match found.and_then(|changes| repair(Part::Body, changes)) {
            Some(finding) => (PartState::WouldVerify, vec![finding]),
            None => (PartState::Fails, body::hints(&claim, self.body)),
        }
    }
}

/// All in one sentence.
fn explanation(header: PartState, body: PartState, findings: &[Finding]) -> String {
    use PartState::{Fails, WouldVerify};
    let restored = findings.iter().filter(|finding| finding.restored);
    let repairs = phrases(restored.flat_map(|finding| &finding.changes));
    match (header, body) {
        (Fails, Fails) => "Nothing that was tried restores the header or the body.".to_owned(),
        (WouldVerify, Fails) => {
            format!(
                "The header would verify {repairs}, but nothing that was tried restores the body."
            )
        }
        (Fails, WouldVerify) => {
            format!(
                "The body would verify {repairs}, but nothing that was tried restores the header."
            )
        }
        (Fails, _) => "Nothing that was tried restores the header.".to_owned(),
        (_, Fails) => "Nothing that was tried restores the body.".to_owned(),
        (WouldVerify, _) | (_, WouldVerify) => format!("It would verify {repairs}."),
        _ => "Header and body verify.".to_owned(),
    }
}

/// How many copies are looked at.
const MOST_COPIES: usize = 200;

/// Names and values of `z=` (RFC 6376 §3.5).
fn copies(value: &str) -> Vec<(String, Vec<u8>)> {
    let mut copies = Vec::new();
    for copy in value.split('|') {
        if copies.len() < MOST_COPIES
            && let Some((name, value)) = copy.split_once(':')
            && let Ok(value) = quoted_printable::decode(value)
        {
            copies.push((name.trim().to_owned(), value));
        }
    }
    copies
}

/// The copies that differ from what the message has.
fn copied_fields(copies: &[(String, Vec<u8>)], header: &Header) -> Vec<CopiedField> {
    let mut left: Vec<usize> = (0..header.fields().len()).rev().collect();
    let mut differing = Vec::new();
    for (name, value) in copies {
        let copied = words(value);
        // A field answers one copy: one that is alike, or else the bottommost of the name.
        let mut answer: Option<(usize, String)> = None;
        for (at, place) in left.iter().enumerate() {
            let Some(field) = header.field(*place).filter(|field| field.is_named(name)) else {
                continue;
            };
            let present = words(field.value());
            let is_alike = present == copied;
            if is_alike || answer.is_none() {
                answer = Some((at, present));
            }
            if is_alike {
                break;
            }
        }
        if let Some((at, _)) = &answer {
            left.remove(*at);
        }
        let present = answer.map(|(_, present)| present);
        if present.as_ref() != Some(&copied) {
            differing.push(CopiedField { name: name.clone(), copied, present });
        }
    }
    differing
}

/// The words of a value: blanks are not kept by every signer, so they make no difference.
fn words(value: &[u8]) -> String {
    let mut words = String::new();
    for word in value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&String::from_utf8_lossy(word));
    }
    words
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn copies_that_differ_are_told() {
        let mut reader = HeaderReader::new(1000, 10);
        let octets = b"To: a\r\nTo:  c\r\n d\r\nSubject: [x] hi\r\n\r\n";
        reader.push(octets).unwrap();
        let header = reader.into_header();
        let copies = copies("To:a|Subject:=20hi|To:c=20d|Cc:e");
        let found: Vec<_> = copied_fields(&copies, &header)
            .into_iter()
            .map(|field| (field.name, field.copied, field.present))
            .collect();
        assert_eq!(
            found,
            [
                ("Subject".to_owned(), "hi".to_owned(), Some("[x] hi".to_owned())),
                ("Cc".to_owned(), "e".to_owned(), None),
            ]
        );
    }
}
