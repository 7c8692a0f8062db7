//! Key records in the forms that name servers and DNS providers take.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::{Value, json};
use waxseal::key::publish;

use super::records::Record;

/// How records are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// A part of a zone file, for BIND, NSD, Knot and others, and for --zone.
    Zone,
    /// Name and value on lines of their own, to be pasted into a form.
    Plain,
    /// One object for each key, with the value, its strings and its zone entry.
    Json,
    /// Commands for nsupdate (RFC 2136), each record sent by itself; knsupdate wants a line
    /// `zone NAME` before them.
    Nsupdate,
    /// One change batch for `aws route53 change-resource-record-sets`; it replaces what is at the
    /// name. Choose the keys of one hosted zone.
    Route53,
    /// One body for each key, for Cloudflare's `POST /zones/{id}/dns_records`.
    Cloudflare,
    /// YAML for octoDNS, one document for each domain.
    Octodns,
}

impl RecordFormat {
    /// The records in that form, each line ended.
    pub(crate) fn write(self, records: &[Record]) -> String {
        match self {
            Self::Zone => records.iter().map(zone).collect(),
            Self::Plain => {
                records.iter().map(|one| format!("{}\n{}\n\n", one.name, one.value)).collect()
            }
            Self::Json => records.iter().map(|one| line(&one.to_json())).collect(),
            Self::Nsupdate => records.iter().map(nsupdate).collect(),
            Self::Route53 => route53(records),
            Self::Cloudflare => records.iter().map(|one| line(&cloudflare(one))).collect(),
            Self::Octodns => octodns(records),
        }
    }
}

/// amavisd's form: a comment that tells where the key is from, the entry, an empty line.
fn zone(record: &Record) -> String {
    let Record { number, selector, domain, .. } = record;
    // A line end in the path would end the comment.
    let file: String = record
        .file
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    let bits = record.key.bits();
    let entry = publish::zone_entry(&record.name, record.ttl, &record.value);
    format!("; key#{number} {bits} bits, s={selector}, d={domain}, {file}\n{entry}\n")
}

/// Without a zone or a server: the program finds them by the name.
fn nsupdate(record: &Record) -> String {
    format!("update add {}. {} TXT {}\nsend\n", record.name, record.ttl, record.quoted())
}

fn route53(records: &[Record]) -> String {
    // A change is about all records of a name.
    let mut sets: Vec<(&Record, Vec<Value>)> = Vec::new();
    for record in records {
        let value = json!({ "Value": record.quoted() });
        match sets.iter_mut().find(|(first, _)| first.name == record.name) {
            Some((_, values)) => values.push(value),
            None => sets.push((record, vec![value])),
        }
    }
    let changes: Vec<_> = sets
        .into_iter()
        .map(|(record, values)| {
            json!({
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": format!("{}.", record.name),
                    "Type": "TXT",
                    "TTL": record.ttl,
                    "ResourceRecords": values,
                },
            })
        })
        .collect();
    let batch = json!({ "Comment": "DKIM keys", "Changes": changes });
    format!("{batch:#}\n")
}

fn cloudflare(record: &Record) -> Value {
    json!({
        "type": "TXT",
        "name": record.name.as_str(),
        "content": record.quoted(),
        "ttl": record.ttl,
        "comment": format!("DKIM key {} of {}", record.selector, record.domain),
    })
}

fn octodns(records: &[Record]) -> String {
    let mut domains: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records {
        domains.entry(record.domain.as_str()).or_default().push(record);
    }
    let mut text = String::new();
    for (domain, records) in domains {
        let _ = write!(text, "---\n# {domain}.yaml\n");
        let mut names: BTreeMap<_, Vec<&Record>> = BTreeMap::new();
        for record in records {
            let name = format!("{}._domainkey", record.selector);
            names.entry((natural_order(&name), name)).or_default().push(record);
        }
        for ((_, name), records) in names {
            let ttl = records.first().map_or(0, |record| record.ttl);
            let _ = write!(text, "{name}:\n  ttl: {ttl}\n  type: TXT\n  values:\n");
            for record in records {
                // octoDNS wants semicolons escaped; in YAML's single quotes only they stand for
                // themselves twice.
                let value = record.value.replace(';', "\\;").replace('\'', "''");
                let _ = writeln!(text, "    - '{value}'");
            }
        }
    }
    text
}

/// What the text is sorted by where numbers in it count as numbers, so that `s2` stands before `s10`;
/// octoDNS refuses files that are not in that order. Each part is what is not a number, then the
/// number, by its length first.
fn natural_order(text: &str) -> Vec<(String, usize, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (words, tail) = rest.split_at(number);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (digits, after) = tail.split_at(end);
        let digits = digits.trim_start_matches('0');
        parts.push((words.to_owned(), digits.len(), digits.to_owned()));
        rest = after;
    }
    parts
}

fn line(value: &impl serde::Serialize) -> String {
    // These are strings and numbers, which can always be written.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_as_numbers() {
        // As octoDNS 1.22 sorts them.
        let sorted = ["2", "10", "2026", "a1b2", "a1b10", "s1", "s2", "s10", "s-1", "s", "sx"];
        let mut names = sorted.map(|selector| format!("{selector}._domainkey"));
        names.reverse();
        names.sort_by_cached_key(|name| natural_order(name));
        assert_eq!(names, sorted.map(|selector| format!("{selector}._domainkey")));
    }
}
