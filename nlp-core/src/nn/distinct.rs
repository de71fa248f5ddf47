//! The distinct tokens of a batch: what depends on a token alone is computed once for each.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::keyed;
use crate::limits::{Budget, OutOfTime};

/// Rows that are looked up before the clock is looked at again.
const ROWS_A_LOOK: usize = 4096;

/// The distinct rows among rows of keys.
pub(super) struct Distinct {
    /// For every row, which of the distinct ones it is.
    pub ids: Vec<u32>,
    /// The distinct rows, one after the other, in the order in which they first came.
    pub keys: Vec<u64>,
}

impl Distinct {
    /// Finds the distinct ones among rows of `columns` keys.
    ///
    /// # Errors
    /// If the time is up.
    pub fn of(rows: &[u64], columns: usize, budget: Budget) -> Result<Distinct, OutOfTime> {
        let mut table: HashTable<u32> = HashTable::new();
        let mut keys: Vec<u64> = Vec::new();
        let key = |keys: &[u64], id: u32| keyed::row(&keys[id as usize * columns..][..columns]);
        let ids = rows
            .chunks_exact(columns)
            .enumerate()
            .map(|(i, row)| {
                if i % ROWS_A_LOOK == 0 {
                    budget.check()?;
                }
                let same = |&id: &u32| keys[id as usize * columns..][..columns] == *row;
                Ok(
                    match table.entry(keyed::row(row), same, |&id| key(&keys, id)) {
                        Entry::Occupied(entry) => *entry.get(),
                        Entry::Vacant(entry) => {
                            let id = (keys.len() / columns) as u32;
                            entry.insert(id);
                            keys.extend_from_slice(row);
                            id
                        }
                    },
                )
            })
            .collect::<Result<_, _>>()?;
        Ok(Distinct { ids, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_and_distinct_rows_give_the_rows_back(
            rows in prop::collection::vec((0..4_u64, any::<bool>()), 0..200),
        ) {
            let flat: Vec<u64> = rows.iter().flat_map(|&(a, b)| [a, u64::from(b) << 63]).collect();
            let Distinct { ids, keys } = Distinct::of(&flat, 2, Budget::UNLIMITED).unwrap();
            let back: Vec<u64> = ids.iter().flat_map(|&i| &keys[2 * i as usize..][..2]).copied().collect();
            prop_assert_eq!(&back, &flat);
            let mut sorted: Vec<&[u64]> = keys.chunks(2).collect();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), keys.len() / 2);
        }
    }
}
