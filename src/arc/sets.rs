//! The ARC fields of a header, gathered into sets (RFC 8617 §4.2, §5.2 steps 1 to 3).

use super::results;
use crate::message::{Field, Header};
use crate::signature::{ArcField, ParseLimits};
use crate::verify::{Arc, Failure, Limits, Reason};

/// The most sets that a message may have, and the highest instance (RFC 8617 §4.2.1, §5.2 step 1).
pub(super) const MAX_SETS: u32 = 50;

/// The ARC sets of a header, complete or not.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// In the order of their instances. Of fields that stand twice, the topmost.
    pub(super) sets: Vec<Set>,
    /// Whether there is any ARC field, in a set or not.
    pub(super) present: bool,
    /// Why they are no chain that could pass.
    pub(super) broken: Option<Failure>,
}

/// What there is of one ARC set.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) instance: u32,
    pub(super) seal: Option<Part>,
    pub(super) message_signature: Option<Part>,
    /// Where the ARC-Authentication-Results stands.
    pub(super) results: Option<usize>,
}

/// One of the two signatures of a set.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) place: usize,
    pub(super) field: ArcField,
}

/// The three fields of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Seal,
    MessageSignature,
    Results,
}

impl Name {
    const ALL: [Self; 3] = [Self::Seal, Self::MessageSignature, Self::Results];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "ARC-Seal",
            Self::MessageSignature => "ARC-Message-Signature",
            Self::Results => "ARC-Authentication-Results",
        }
    }
}

impl Sets {
    /// Gathers the sets and looks whether they make a chain.
    pub(super) fn gather(header: &Header, limits: &Limits) -> Self {
        let mut sets = Self::default();
        let mut stray = None;
        for (place, field) in header.fields().enumerate() {
            let Some(name) = Name::ALL.into_iter().find(|name| field.is_named(name.as_str()))
            else {
                continue;
            };
            sets.present = true;
            let problem = sets.add(place, name, field, limits.parse_limits());
            stray = stray.or(problem);
        }
        sets.broken = sets.find_fault(limits.arc_sets.min(MAX_SETS), stray);
        sets
    }

    /// The highest instance there is, 0 where there is none.
    pub(super) fn highest(&self) -> u32 {
        self.sets.last().map_or(0, |set| set.instance)
    }

    /// Whether there are as many sets as in that verdict.
    pub(super) fn is_as_long_as(&self, judged: &Arc) -> bool {
        self.sets.len() == judged.sets.len()
    }

    /// Whether the newest set says that the chain has failed.
    pub(super) fn has_ended(&self) -> bool {
        self.sets.last().is_some_and(|set| set.chain_validation() == "fail")
    }

    /// Sorts a field in; gives what keeps it from its place in a chain.
    fn add(
        &mut self,
        place: usize,
        name: Name,
        field: Field<'_>,
        limits: ParseLimits,
    ) -> Option<String> {
        let (octets, offset) = (field.octets(), field.value_offset());
        let part = match name {
            Name::Seal => Some(ArcField::seal(octets, offset, limits)),
            Name::MessageSignature => Some(ArcField::message_signature(octets, offset, limits)),
            Name::Results => None,
        };
        let instance = match &part {
            Some(field) => field.instance,
            None => results::instance(field.value()),
        };
        let shown = name.as_str();
        let Some(instance) = instance else {
            return Some(match name {
                Name::Results => format!("an {shown} does not begin with its instance, i="),
                _ => format!("an {shown} has no instance, i="),
            });
        };
        let at = self.sets.partition_point(|set| set.instance < instance);
        if self.sets.get(at).is_none_or(|set| set.instance != instance) {
            let set = Set { instance, seal: None, message_signature: None, results: None };
            self.sets.insert(at, set);
        }
        let set = self.sets.get_mut(at)?;
        let part = part.map(|field| Part { place, field });
        let is_second = match name {
            Name::Seal => put(&mut set.seal, part),
            Name::MessageSignature => put(&mut set.message_signature, part),
            Name::Results => put(&mut set.results, Some(place)),
        };
        is_second.then(|| format!("ARC set {instance} has more than one {shown}"))
    }

    fn find_fault(&self, max: u32, stray: Option<String>) -> Option<Failure> {
        let highest = self.highest();
        let broken = |explanation| Some(Failure::new(Reason::ChainBroken, explanation));
        // RFC 8617 §5.2, step 1.
        if highest > max {
            return broken(format!("there is an ARC set {highest}, but only {max} are allowed"));
        }
        // Step 2.
        if self.has_ended() {
            return Some(Failure::new(
                Reason::ChainFailed,
                format!(
                    "the newest ARC set, {highest}, says that the chain failed before (cv=fail)"
                ),
            ));
        }
        // Step 3.
        if let Some(problem) = stray {
            return broken(problem);
        }
        for (set, expected) in self.sets.iter().zip(1..) {
            if set.instance != expected {
                return broken(format!("there is no ARC set {expected}"));
            }
            if let Some(name) = set.missing() {
                return broken(format!("ARC set {expected} has no {}", name.as_str()));
            }
            let wanted = if expected == 1 { "none" } else { "pass" };
            let found = set.chain_validation();
            if found != wanted {
                let found = found.escape_debug();
                return broken(format!(
                    "ARC set {expected} says cv={found} where cv={wanted} must be"
                ));
            }
        }
        None
    }
}

impl Set {
    /// `cv=` of the seal; empty where there is none.
    pub(super) fn chain_validation(&self) -> &str {
        self.seal.as_ref().map_or("", |seal| &seal.field.chain_validation)
    }

    /// Where its fields stand, in the order that seals cover them (RFC 8617 §5.1.1).
    pub(super) fn places(&self) -> [Option<usize>; 3] {
        let place = |part: &Option<Part>| part.as_ref().map(|part| part.place);
        [self.results, place(&self.message_signature), place(&self.seal)]
    }

    fn missing(&self) -> Option<Name> {
        match (&self.seal, &self.message_signature, self.results) {
            (None, _, _) => Some(Name::Seal),
            (_, None, _) => Some(Name::MessageSignature),
            (_, _, None) => Some(Name::Results),
            _ => None,
        }
    }
}

/// Fills the slot; true where it is filled already.
fn put<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    if slot.is_some() {
        return true;
    }
    *slot = value;
    false
}
