//! A small map, kept in order in one piece of memory.
//!
//! For what one message brings: names of fields, names to look up. `BTreeMap` would do as well; in
//! WebAssembly each kind of it is some thousand octets of code.

use std::borrow::Borrow;

/// Keys with their values, in the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct Sorted<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: Ord, V> Sorted<K, V> {
    /// The value of that key.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(self.find(key).ok()?).map(|(_, value)| value)
    }

    /// The value of that key, to be changed.
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Gives the key that value, whatever it had before.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(place) => {
                if let Some((_, known)) = self.entries.get_mut(place) {
                    *known = value;
                }
            }
            Err(place) => self.entries.insert(place, (key, value)),
        }
    }

    /// Changes the value of the key; one that is new has the default to begin with.
    pub(crate) fn change(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(value) = self.get_mut(&key) {
            return change(value);
        }
        let mut value = V::default();
        change(&mut value);
        self.insert(key, value);
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }
}

/// How many times each key was given.
pub(crate) fn counts(keys: &[String]) -> Sorted<&str, usize> {
    let mut counts = Sorted::default();
    for key in keys {
        counts.change(key.as_str(), |count: &mut usize| *count = count.saturating_add(1));
    }
    counts
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn values_are_found_by_their_keys_in_whatever_order_they_came() {
        let mut sorted = Sorted::default();
        for (key, value) in [("c", 3), ("a", 1), ("b", 2), ("a", 4)] {
            sorted.insert(key.to_owned(), value);
        }
        sorted.change("b".to_owned(), |value| *value += 10);
        sorted.change("d".to_owned(), |value| *value += 10);
        *sorted.get_mut("c").unwrap() = 5;
        let found = ["a", "b", "c", "d", "e"].map(|key| sorted.get(key).copied());
        assert_eq!(found, [Some(4), Some(12), Some(5), Some(10), None]);
    }

    #[test]
    fn keys_are_counted() {
        let names = ["to", "cc", "to"].map(str::to_owned);
        let counts = counts(&names);
        assert_eq!(
            (counts.get("to"), counts.get("cc"), counts.get("x")),
            (Some(&2), Some(&1), None)
        );
    }
}
