//! The order of the keys of one phrase: that of the hash table in which spaCy keeps them, which is no order that anybody
//! chose, but what users see.
//!
//! The table is that of the package `preshed`: places are a power of two, eight at first, and twice as many as soon as
//! three fifths would be taken by one more key; who finds a place taken goes on to the next. What is removed leaves a
//! mark, which a later key may take the place of. The ids 0 and 1 stand for free places and marks, and so those keys stand
//! behind the table.

/// A place of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Removed,
    Key { id: u64, key: u32 },
}

/// The keys of a phrase.
pub(super) struct KeySet {
    places: Vec<Place>,
    /// Places that are not free.
    filled: usize,
    /// The keys with the ids 0 and 1.
    special: [Vec<u32>; 2],
}

impl KeySet {
    pub fn new() -> Self {
        KeySet {
            places: vec![Place::Free; 8],
            filled: 0,
            special: [Vec::new(), Vec::new()],
        }
    }

    /// Adds `key`, whose string has `id`. Keys with the same id, which would be one in spaCy, are told apart.
    pub fn add(&mut self, key: u32, id: u64) {
        if let Some(special) = self.special.get_mut(id as usize).filter(|_| id < 2) {
            if !special.contains(&key) {
                special.push(key);
            }
            return;
        }
        let own = Place::Key { id, key };
        let mut mark = None;
        let mut at = self.first_place(id);
        while self.places[at] != Place::Free && self.places[at] != own {
            if self.places[at] == Place::Removed {
                mark = Some(at);
            }
            at = self.after(at);
        }
        match mark {
            Some(mark) => {
                if self.places[at] == own {
                    self.places[at] = Place::Removed;
                }
                at = mark;
            }
            None if self.places[at] == Place::Free => self.filled += 1,
            None => {}
        }
        self.places[at] = own;
        if (self.filled + 1) * 5 >= self.places.len() * 3 {
            let room = vec![Place::Free; self.places.len() * 2];
            let old = std::mem::replace(&mut self.places, room);
            self.filled = 0;
            for place in old {
                if let Place::Key { id, key } = place {
                    self.add(key, id);
                }
            }
        }
    }

    /// Takes `key` out. A set that is then empty is a new one.
    pub fn remove(&mut self, key: u32, id: u64) {
        if id < 2 {
            self.special[id as usize].retain(|other| *other != key);
        } else {
            let own = Place::Key { id, key };
            if let Some(place) = self.places.iter_mut().find(|place| **place == own) {
                *place = Place::Removed;
            }
        }
        if self.keys().next().is_none() {
            *self = KeySet::new();
        }
    }

    /// The keys, in the order of the table.
    pub fn keys(&self) -> impl Iterator<Item = u32> {
        let placed = self.places.iter().filter_map(|place| match place {
            Place::Key { key, .. } => Some(*key),
            _ => None,
        });
        placed.chain(self.special.iter().flatten().copied())
    }

    fn first_place(&self, id: u64) -> usize {
        id as usize & (self.places.len() - 1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::string_id;

    /// Key `i` is `K{i}`, but for 12, which has the id 1.
    fn id_of(key: u32) -> u64 {
        match key {
            12 => string_id("IS_ALPHA"),
            key => string_id(&format!("K{key}")),
        }
    }

    #[test]
    fn keys_stand_where_spacy_has_them_whatever_was_removed_before() {
        let mut set = KeySet::new();
        let order = |set: &KeySet| set.keys().collect::<Vec<_>>();
        (0..13).for_each(|key| set.add(key, id_of(key)));
        assert_eq!(order(&set), [2, 11, 10, 9, 5, 7, 6, 1, 4, 8, 0, 3, 12]);
        [3, 7, 0]
            .into_iter()
            .for_each(|key| set.remove(key, id_of(key)));
        assert_eq!(order(&set), [2, 11, 10, 9, 5, 6, 1, 4, 8, 12]);
        [7, 3].into_iter().for_each(|key| set.add(key, id_of(key)));
        assert_eq!(order(&set), [2, 11, 10, 9, 5, 7, 6, 1, 4, 8, 3, 12]);
    }

    #[test]
    fn a_key_is_there_once_and_keys_with_one_id_are_two() {
        let mut set = KeySet::new();
        for (key, id) in [(1, 77), (1, 77), (2, 77), (3, 0), (3, 0), (4, 0)] {
            set.add(key, id);
        }
        assert_eq!(set.keys().collect::<Vec<_>>(), [1, 2, 3, 4]);
        set.remove(1, 77);
        set.remove(3, 0);
        set.remove(5, 0);
        assert_eq!(set.keys().collect::<Vec<_>>(), [2, 4]);
    }
}
