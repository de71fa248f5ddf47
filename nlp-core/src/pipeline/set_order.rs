//! The order in which Python goes through a set of triples of numbers, which is no order that anybody chose, but decides
//! which of two matches over the same tokens spaCy's `entity_ruler` takes.
//!
//! It follows from the hashes of the numbers alone, the same in every process and since Python 3.8: `Objects/setobject.c`
//! and `Objects/tupleobject.c` of CPython say how.

/// What CPython makes of a triple of numbers that are not negative.
fn hash_of(triple: [u64; 3]) -> u64 {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    /// Hashes of numbers are their remainders.
    const MODULUS: u64 = (1 << 61) - 1;
    let mut hash = PRIME_5;
    for number in triple {
        let mixed = hash.wrapping_add((number % MODULUS).wrapping_mul(PRIME_2));
        hash = mixed.rotate_left(31).wrapping_mul(PRIME_1);
    }
    hash = hash.wrapping_add(triple.len() as u64 ^ (PRIME_5 ^ 3_527_539));
    match hash {
        u64::MAX => 1_546_275_796,
        hash => hash,
    }
}

/// The places of a set: a power of two.
struct Places(Vec<Option<usize>>);

impl Places {
    /// The first place that is free or `is` what is looked for, on the way that a hash takes through the places: a place and
    /// up to nine after it, then one that depends on more bits of the hash.
    fn find(&self, hash: u64, is: impl Fn(usize) -> bool) -> usize {
        const IN_A_ROW: usize = 9;
        let mask = self.0.len() - 1;
        let mut rest = hash;
        let mut at = hash as usize & mask;
        loop {
            let last = if at + IN_A_ROW <= mask {
                at + IN_A_ROW
            } else {
                at
            };
            for place in at..=last {
                if self.0[place].is_none_or(&is) {
                    return place;
                }
            }
            rest >>= 5;
            at = (at
                .wrapping_mul(5)
                .wrapping_add(1)
                .wrapping_add(rest as usize))
                & mask;
        }
    }
}

/// The order in which Python goes through the set of these triples, which are different: their positions in the list from
/// which the set is made.
pub(super) fn set_order(triples: impl Iterator<Item = [u64; 3]>) -> Vec<usize> {
    let mut places = Places(vec![None; 8]);
    let mut hashes = Vec::new();
    for (i, triple) in triples.enumerate() {
        let hash = hash_of(triple);
        hashes.push(hash);
        let place = places.find(hash, |_| false);
        places.0[place] = Some(i);
        let used = i + 1;
        if used * 5 >= (places.0.len() - 1) * 3 {
            let least = if used > 50_000 { used * 2 } else { used * 4 };
            let room = vec![None; (least + 1).next_power_of_two().max(8)];
            let old = std::mem::replace(&mut places, Places(room));
            for i in old.0.into_iter().flatten() {
                let place = places.find(hashes[i], |_| false);
                places.0[place] = Some(i);
            }
        }
    }
    places.0.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Triples as `[(i * 0x9e3779b97f4a7c15 + 7) % 2**64 if i % 3 else 5, i % 40, i // 2]` makes them in Python.
    fn order(count: u64) -> Vec<usize> {
        let id = |i: u64| match i % 3 {
            0 => 5,
            _ => i.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(7),
        };
        set_order((0..count).map(|i| [id(i), i % 40, i / 2]))
    }

    #[test]
    fn small_sets_are_gone_through_as_in_python() {
        assert!(order(0).is_empty());
        assert_eq!(order(1), [0]);
        assert_eq!(order(4), [2, 1, 0, 3]);
        assert_eq!(order(5), [1, 4, 0, 3, 2]);
        assert_eq!(order(9), [1, 7, 4, 0, 3, 2, 8, 6, 5]);
    }

    #[test]
    fn large_sets_are_too() {
        for (count, expected) in [
            (40, 16_523),
            (3000, 6_757_609_897),
            (60_000, 54_002_467_108_230),
        ] {
            let order = order(count);
            let sum: u64 = (0..).zip(&order).map(|(k, &i)| k * i as u64).sum();
            assert_eq!(sum, expected, "{count}");
        }
    }
}
