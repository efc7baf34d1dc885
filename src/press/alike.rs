//! Readers who are alike share one selection: what was thought out for one of them is kept for the
//! next, as long as there is room. What is kept is what would be thought out again, so neither the room
//! nor the order of the readers shows in a plan.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// What was thought out before, by what it depends on. Of two generations the older one is let go as a
/// whole when the younger one is full: what is asked for again in time stays.
#[derive(Debug)]
pub(super) struct Alike<K, V> {
    room: usize,
    known: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
    thought: u64,
}

impl<K: Eq + Hash, V> Alike<K, V> {
    /// Keeps at most twice as many as `room`.
    pub(super) fn new(room: usize) -> Alike<K, V> {
        Alike {
            room,
            known: Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
                thought: 0,
            }),
        }
    }

    /// What is kept for a key, or what `think` gives for it. Two threads may think out the same.
    pub(super) fn get(&self, key: K, think: impl FnOnce() -> V) -> Arc<V> {
        if let Some(value) = self.with(|known| known.find(&key)) {
            return self.with(|known| known.keep(key, value, self.room));
        }
        let value = Arc::new(think());
        self.with(|known| {
            known.thought += 1;
            known.keep(key, value, self.room)
        })
    }

    /// How many were thought out.
    pub(super) fn thought(&self) -> u64 {
        self.with(|known| known.thought)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Generations<K, V>) -> T) -> T {
        // Whoever panicked changed nothing half-way.
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    fn find(&self, key: &K) -> Option<Arc<V>> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    fn keep(&mut self, key: K, value: Arc<V>, room: usize) -> Arc<V> {
        if self.young.len() >= room && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::Alike;

    #[test]
    fn what_is_asked_for_again_in_time_is_thought_out_once() {
        let alike = Alike::new(2);
        let ask = |key: u8| *alike.get(key, || u16::from(key) * 2);
        assert_eq!([1, 1, 2, 1].map(ask), [2, 2, 4, 2]);
        assert_eq!(alike.thought(), 2);
        // A third one makes the first two the old generation; what is asked for comes back from it.
        assert_eq!([3, 1, 4].map(ask), [6, 2, 8]);
        assert_eq!(alike.thought(), 4, "1 was kept");
        assert_eq!(ask(2), 4);
        assert_eq!(alike.thought(), 5, "2 was let go");
    }
}
