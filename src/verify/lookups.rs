//! The lookups of one message: each name once, whoever wants it, few unanswered at a time.

use super::policy::Limits;
use crate::dns::{Answer, Query, QueryId};
use crate::name::DomainName;
use crate::sorted::Sorted;

/// Every name that was asked for, in the order of asking.
#[derive(Debug)]
pub(crate) struct Lookups {
    entries: Vec<Lookup>,
    places: Sorted<DomainName, LookupId>,
    max: usize,
    max_in_flight: usize,
}

/// One lookup, for whoever wants its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LookupId(usize);

#[derive(Debug)]
struct Lookup {
    name: DomainName,
    state: LookupState,
}

#[derive(Debug)]
enum LookupState {
    Due,
    InFlight,
    Answered(Answer),
}

impl Lookups {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            entries: Vec::new(),
            places: Sorted::default(),
            max: limits.lookups,
            max_in_flight: limits.lookups_in_flight,
        }
    }

    /// Has the TXT records of a name looked up, unless that was asked for before.
    ///
    /// One lookup too many is not made: it is answered at once, as not to be had.
    pub(crate) fn want(&mut self, name: &DomainName) -> LookupId {
        if let Some(known) = self.places.get(name) {
            return *known;
        }
        let id = LookupId(self.entries.len());
        let state = if id.0 < self.max {
            LookupState::Due
        } else {
            let max = self.max;
            let cause = format!("the message asks for more than the {max} lookups allowed");
            LookupState::Answered(Answer::unavailable(cause))
        };
        self.entries.push(Lookup { name: name.clone(), state });
        self.places.insert(name.clone(), id);
        id
    }

    /// What came back; `None` as long as nothing has.
    pub(crate) fn answer_to(&self, id: LookupId) -> Option<&Answer> {
        match self.entries.get(id.0).map(|lookup| &lookup.state) {
            Some(LookupState::Answered(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The next query, if one is due and there is room for it.
    pub(super) fn poll(&mut self) -> Option<Query> {
        let in_flight = |one: &&Lookup| matches!(one.state, LookupState::InFlight);
        if self.entries.iter().filter(in_flight).count() >= self.max_in_flight {
            return None;
        }
        let mut lookups = self.entries.iter_mut().enumerate();
        let (id, lookup) = lookups.find(|(_, one)| matches!(one.state, LookupState::Due))?;
        lookup.state = LookupState::InFlight;
        Some(Query { id: QueryId(id), name: lookup.name.clone() })
    }

    /// Takes the answer to a query that is in flight; tells whose it is.
    pub(super) fn take(&mut self, id: QueryId, answer: Answer) -> Option<LookupId> {
        let lookup = self.entries.get_mut(id.0)?;
        if !matches!(lookup.state, LookupState::InFlight) {
            return None;
        }
        lookup.state = LookupState::Answered(answer);
        Some(LookupId(id.0))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[test]
    fn each_name_is_asked_for_once_and_the_bounds_hold() {
        let limits = Limits { lookups: 3, lookups_in_flight: 2, ..Limits::default() };
        let mut lookups = Lookups::new(&limits);
        let first = lookups.want(&name("a.example"));
        assert_eq!(lookups.want(&name("A.example")), first);
        lookups.want(&name("b.example"));
        let asked = [lookups.poll().unwrap(), lookups.poll().unwrap()];
        assert_eq!(asked[1].name, name("b.example"));

        // A follow-up waits for its turn.
        let third = lookups.want(&name("c.example"));
        assert_eq!(lookups.poll(), None);
        assert_eq!(lookups.answer_to(first), None);
        assert_eq!(lookups.take(asked[0].id, Answer::NotFound), Some(first));
        assert_eq!(lookups.take(asked[0].id, Answer::unavailable("late")), None);
        assert_eq!(lookups.answer_to(first), Some(&Answer::NotFound));
        assert_eq!(lookups.poll().unwrap().name, name("c.example"));
        assert_eq!(lookups.answer_to(third), None);

        let fourth = lookups.want(&name("d.example"));
        assert!(matches!(lookups.answer_to(fourth), Some(Answer::Unavailable { .. })));
    }
}
