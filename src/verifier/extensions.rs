//! What signatures ask for besides their verification: failure reports (RFC 6651), and to be taken for
//! one of the author's domain (RFC 6541).

use crate::alignment::author_domains;
use crate::dns::Answer;
use crate::message::authors::authors;
use crate::name::DomainName;
use crate::reporting::{self, AtpsResult, FailureKind, ReportRecord};
use crate::verify::{Atps, Facts, LookupId, Opening, Report, Reporting};

/// What each DKIM signature that may verify asks for.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    requests: Vec<Request>,
}

#[derive(Debug)]
struct Request {
    /// Where the signature stands in the header.
    place: usize,
    signer: DomainName,
    /// Reports are wanted, and where the record about them is looked up.
    report: Option<LookupId>,
    atps: Option<(reporting::Atps, LookupId)>,
}

impl Extensions {
    /// The header is complete, and these may have signed it.
    pub(super) fn start<'a>(
        &mut self,
        opening: &mut Opening<'_>,
        signers: impl Iterator<Item = (usize, &'a DomainName)>,
    ) {
        let authors = author_domains(&authors(opening.header)).unwrap_or_default();
        for (place, signer) in signers {
            let Some(field) = opening.header.field(place) else { continue };
            let found = reporting::Extensions::parse(field.octets(), field.value_offset());
            let report = found.report_requested.then(|| ReportRecord::name(signer).ok()).flatten();
            let report = report.map(|name| opening.lookups.want(&name));
            let claim =
                found.atps.filter(|claim| opening.options.atps && claim.concerns(&authors, signer));
            let atps = claim.and_then(|claim| {
                let name = claim.query_name(signer, opening.options.provider).ok()?;
                Some((claim, opening.lookups.want(&name)))
            });
            if report.is_some() || atps.is_some() {
                self.requests.push(Request { place, signer: signer.clone(), report, atps });
            }
        }
    }

    /// Fills in what the DNS said; the signatures of the report stand at these places.
    pub(super) fn fill(self, report: &mut Report, places: &[usize], facts: &Facts) {
        for request in self.requests {
            let index = places.iter().position(|place| *place == request.place);
            let signature = index.and_then(|index| report.signatures.get_mut(index));
            let Some(signature) = signature else { continue };
            signature.reporting =
                request.report.map(|id| told(&request.signer, facts.answer_to(Some(id))));
            signature.atps = request
                .atps
                .map(|(claim, id)| judged(&claim, &request.signer, facts.answer_to(Some(id))));
        }
    }
}

fn told(signer: &DomainName, answer: &Answer) -> Reporting {
    let nothing = |published| Reporting {
        published,
        address: None,
        percentage: None,
        kinds: None,
        smtp_text: None,
    };
    let records = match answer {
        Answer::Records(records) => records,
        Answer::NotFound | Answer::Absent(_) => return nothing(Some(false)),
        Answer::Unavailable { .. } => return nothing(None),
    };
    let Some(record) = ReportRecord::select(records) else { return nothing(Some(false)) };
    Reporting {
        published: Some(true),
        address: record.address(signer),
        percentage: Some(record.percentage),
        kinds: record.kinds.map(|kinds| kinds.into_iter().map(FailureKind::letter).collect()),
        smtp_text: record.smtp_text,
    }
}

fn judged(claim: &reporting::Atps, signer: &DomainName, answer: &Answer) -> Atps {
    let author = claim.author.as_str().to_owned();
    let result = claim.check(signer, answer);
    let explanation = match &result {
        AtpsResult::Pass => format!("{author} has {signer} sign for it."),
        AtpsResult::Fail => format!("{author} does not say that {signer} signs for it."),
        AtpsResult::TempError(cause) => {
            format!("Whether {author} has {signer} sign for it could not be looked up: {cause}.")
        }
        AtpsResult::PermError(record) => {
            format!("What {author} publishes about {signer} cannot be read: {record}")
        }
    };
    Atps { author, result: result.as_str(), explanation }
}
