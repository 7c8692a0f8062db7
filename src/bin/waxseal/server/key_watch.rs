//! Tests our own keys as `testkeys` does, at the start and every hour: a key that is not published right
//! loses us mail, and nobody says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use waxseal::VerificationResult;
use waxseal::check::KeyReport;

use super::generation::Generation;
use super::metrics::KeyLabels;
use super::notify::{Notice, notify};
use super::shared::Shared;
use crate::keys::test::test_loaded;

/// What was found, by the name of the record: nothing where all is well.
type Findings = BTreeMap<String, Option<String>>;

/// What the watch remembers.
#[derive(Debug, Default)]
pub(crate) struct KeyWatch {
    /// What has been told.
    told: Findings,
    /// The keys that there is a metric of.
    measured: BTreeSet<KeyLabels>,
}

impl KeyWatch {
    /// Tests all keys once, and tells of what is new.
    pub(crate) async fn round(&mut self, shared: &Arc<Shared>) {
        let generation = shared.generation();
        let testing = {
            let (shared, generation) = (Arc::clone(shared), Arc::clone(&generation));
            tokio::task::spawn_blocking(move || test(&shared, &generation))
        };
        let Ok(reports) = testing.await else { return };
        if shared.generation().number != generation.number {
            // a reload came in between, and is followed by a test of its own
            return;
        }
        let mut found = Findings::new();
        let mut measured = BTreeSet::new();
        for report in reports {
            let labels =
                KeyLabels { domain: report.domain.clone(), selector: report.selector.clone() };
            let what = match report.result {
                VerificationResult::Pass => None,
                // an outage says nothing about the key: what was known of it stays
                VerificationResult::TempError => {
                    shared.log.note(&format!(
                        "key {} could not be tested: {}",
                        report.name, report.explanation
                    ));
                    if self.measured.contains(&labels) {
                        measured.insert(labels);
                    }
                    if let Some(known) = self.told.get(&report.name) {
                        found.insert(report.name, known.clone());
                    }
                    continue;
                }
                _ => Some(report.explanation.clone()),
            };
            let good = i64::from(what.is_none());
            shared.metrics.keys.get_or_create(&labels).set(good);
            measured.insert(labels);
            found.insert(report.name, what);
        }
        for gone in self.measured.difference(&measured) {
            shared.metrics.keys.remove(gone);
        }
        self.measured = measured;
        shared.metrics.keys_checked.set(shared.now().seconds() as f64);
        let news = news(&self.told, &found);
        self.told = found;
        if news.is_empty() {
            return;
        }
        for line in &news {
            shared.log.trouble(line);
        }
        let host = &generation.host;
        let notice = Notice {
            subject: format!("DKIM keys on {host}"),
            about: format!("waxseal on {host} has tested the DKIM keys of its configuration:"),
            lines: news,
            advice:
                "Mail signed with a key that is not published right fails at its receivers. To see \
                     the test: waxseal testkeys; to see what is to be published: waxseal showkeys"
                    .to_owned(),
        };
        notify(shared, &generation, &generation.bank(&[]), &notice).await;
    }
}

/// Asks for each key anew, whatever was heard of it before.
fn test(shared: &Shared, generation: &Generation) -> Vec<KeyReport> {
    let keys = generation.config.keys.iter().zip(&generation.keys);
    let keys: Vec<_> =
        keys.filter_map(|(key, loaded)| Some((key, &loaded.as_ref().ok()?.private))).collect();
    for (key, _) in &keys {
        if let Ok(name) = key.selector.key_name(&key.domain) {
            shared.resolver.forget(&name);
        }
    }
    test_loaded(&keys, shared.now(), &shared.resolver)
}

/// What is to be told: keys that are wrong and were not, or wrong otherwise, and those that are right
/// again.
fn news(told: &Findings, found: &Findings) -> Vec<String> {
    let mut news = Vec::new();
    for (name, what) in found {
        let before = told.get(name).cloned().flatten();
        match what {
            Some(why) if before.as_ref() != Some(why) => news.push(format!("key {name}: {why}")),
            None if before.is_some() => news.push(format!("key {name}: is published right again")),
            _ => {}
        }
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_told_once() {
        let findings = |list: &[(&str, Option<&str>)]| -> Findings {
            list.iter().map(|(name, what)| ((*name).to_owned(), what.map(str::to_owned))).collect()
        };
        let first = findings(&[("a", None), ("b", Some("no record"))]);
        assert_eq!(news(&Findings::new(), &first), ["key b: no record"]);
        assert!(news(&first, &first).is_empty());
        let second = findings(&[("a", Some("revoked")), ("b", None)]);
        assert_eq!(news(&first, &second), ["key a: revoked", "key b: is published right again"]);
    }
}
