//! Answers kept for the run: a mailbox names the same few keys over and over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use waxseal::DomainName;
use waxseal::dns::Answer;

/// Names held at most; past that all are forgotten and the cache fills anew.
const CAPACITY: usize = 10_000;

/// How long it is remembered that a key does not exist. The negative TTL is in the SOA record
/// (RFC 2308 §5), which the core's answer does not carry; a minute is below any sensible one.
const NOT_FOUND: Duration = Duration::from_secs(60);

/// How long a failure is remembered, so that a thousand messages of a domain with dead name servers
/// do not wait a thousand times (RFC 9520 §3.2: at least 1 second, at most 5 minutes).
const FAILURE: Duration = Duration::from_secs(30);

/// The longest any answer is kept, whatever its time to live.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Answers by name. Who asks for a name that is being asked for waits for that answer.
#[derive(Debug, Default)]
pub(super) struct Cache {
    cells: Mutex<HashMap<DomainName, Arc<OnceCell<Kept>>>>,
}

#[derive(Clone, Debug)]
struct Kept {
    answer: Answer,
    until: Instant,
}

impl Cache {
    /// The answer for `name`, from memory or else from `ask`.
    pub(super) async fn get_or_ask<F>(&self, name: &DomainName, ask: impl FnOnce() -> F) -> Answer
    where
        F: Future<Output = Answer>,
    {
        let cell = self.cell(name);
        let kept = cell
            .get_or_init(|| async {
                let answer = ask().await;
                Kept { until: Instant::now() + lifetime(&answer), answer }
            })
            .await;
        kept.answer.clone()
    }

    /// Has the name asked for anew.
    pub(super) fn forget(&self, name: &DomainName) {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn cell(&self, name: &DomainName) -> Arc<OnceCell<Kept>> {
        // Nothing panics while the lock is held; were it so, the map would still be whole.
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(name)
            && cell.get().is_none_or(|kept| Instant::now() < kept.until)
        {
            return Arc::clone(cell);
        }
        if cells.len() >= CAPACITY {
            cells.clear();
        }
        let cell = Arc::new(OnceCell::new());
        cells.insert(name.clone(), Arc::clone(&cell));
        cell
    }
}

fn lifetime(answer: &Answer) -> Duration {
    let lifetime = match answer {
        Answer::Records(records) => Duration::from_secs(records.ttl.unwrap_or_default().into()),
        Answer::NotFound | Answer::Absent(_) => NOT_FOUND,
        Answer::Unavailable { .. } => FAILURE,
    };
    lifetime.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use waxseal::dns::TxtRecords;

    #[test]
    fn a_name_is_asked_for_once_while_its_answer_lives() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let asked = AtomicUsize::new(0);
        let cache = Cache::default();
        let ask = |name: &'static str, answer: Answer| {
            let name = DomainName::parse(name).unwrap();
            runtime.block_on(cache.get_or_ask(&name, || async {
                asked.fetch_add(1, Ordering::Relaxed);
                answer
            }))
        };
        let records = |ttl| {
            Answer::Records(TxtRecords {
                records: vec![b"p=".to_vec()],
                ttl: Some(ttl),
                ..TxtRecords::default()
            })
        };
        assert_eq!(ask("a.example", records(300)), records(300));
        assert_eq!(ask("a.example", Answer::NotFound), records(300));
        assert_eq!(ask("b.example", Answer::unavailable("x")), Answer::unavailable("x"));
        assert_eq!(ask("b.example", Answer::NotFound), Answer::unavailable("x"));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        // A time to live of 0 is good for the question it answers and no other.
        assert_eq!(ask("c.example", records(0)), records(0));
        assert_eq!(ask("c.example", Answer::NotFound), Answer::NotFound);
        assert_eq!(asked.load(Ordering::Relaxed), 4);
        cache.forget(&DomainName::parse("a.example").unwrap());
        assert_eq!(ask("a.example", Answer::NotFound), Answer::NotFound);
    }
}
