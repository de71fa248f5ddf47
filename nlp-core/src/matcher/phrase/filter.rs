//! Says of most values at once that none of a set is among them, without a look at the set.

use crate::frozen::frozen;

/// Some bits for each value of a set, of which every value sets one. It is small enough to stay near the processor where
/// tables of a million values do not.
///
/// The place of a value is told by spaCy's id of it. Whoever writes a text can choose ids that are let through: then the
/// set is looked at, which is all that happens without a filter.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// A power of two of them; none where the set is empty.
    words: Vec<u64>,
}

frozen!(Filter { words });

/// Bits for each value, at least.
const BITS: usize = 8;

impl Filter {
    /// The filter for values with these ids.
    pub fn new(ids: impl ExactSizeIterator<Item = u64>) -> Filter {
        let count = ids.len();
        if count == 0 {
            return Filter::default();
        }
        let mut words = vec![0; (count * BITS).div_ceil(64).next_power_of_two()];
        for id in ids {
            let (word, bit) = place(id, words.len());
            words[word] |= bit;
        }
        Filter { words }
    }

    /// Whether a value with this id could be in the set.
    #[inline]
    pub fn lets_through(&self, id: u64) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let (word, bit) = place(id, self.words.len());
        self.words[word] & bit != 0
    }
}

/// The word of `words`, which are a power of two, and the bit in it. Small numbers are spread too.
#[inline]
fn place(id: u64, words: usize) -> (usize, u64) {
    let mixed = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = mixed ^ mixed >> 32;
    (mixed as usize >> 6 & (words - 1), 1 << (mixed & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::string_id;

    #[test]
    fn all_values_of_the_set_are_let_through_and_few_others() {
        let id = |i: u32| string_id(&format!("word{i}"));
        let filter = Filter::new((0..10_000).map(id));
        assert!((0..10_000).all(|i| filter.lets_through(id(i))));
        let others = (10_000..20_000).filter(|i| filter.lets_through(id(*i)));
        assert!((100..1500).contains(&others.count()));
        assert!(!Filter::new([].into_iter()).lets_through(0));
        let filter = Filter::new([0, 1].into_iter());
        assert!(filter.lets_through(0) && filter.lets_through(1));
    }
}
