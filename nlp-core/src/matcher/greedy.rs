//! Which of the matches of one key are kept where they overlap.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::found::Found;
use crate::frozen::frozen;

/// Which matches of a key are wanted: of those that overlap, one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Greedy {
    /// The first, and of those that start at one token the longest.
    First,
    /// The longest, and of equal ones the first.
    Longest,
}

frozen!(hash Greedy);

/// Leaves out, of the matches of keys that are greedy, those that overlap others that come before; the matches of such
/// keys stand after those of others, key by key.
pub(super) fn filter<A>(
    found: Vec<Found<A>>,
    greedy: &[Option<Greedy>],
    length: usize,
) -> Vec<Found<A>> {
    let mut kept = Vec::with_capacity(found.len());
    let mut places: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<(Greedy, Vec<Found<A>>)> = Vec::new();
    for found in found {
        match greedy[found.rule as usize] {
            None => kept.push(found),
            Some(greedy) => {
                let place = *places.entry(found.rule).or_insert(groups.len());
                if place == groups.len() {
                    groups.push((greedy, Vec::new()));
                }
                groups[place].1.push(found);
            }
        }
    }
    // The group that last took each token.
    let mut taken_by = vec![0; length];
    for (i, (greedy, mut group)) in groups.into_iter().enumerate() {
        match greedy {
            Greedy::First => group.sort_by_key(|f| (f.start, Reverse(f.end))),
            Greedy::Longest => group.sort_by_key(|f| (Reverse(f.end - f.start), f.start)),
        }
        for found in group {
            // Whether one of the tokens is taken, the ends tell: what was taken before is as long or starts before.
            let tokens = &mut taken_by[found.start as usize..found.end as usize];
            let free = tokens.first() != Some(&(i + 1)) && tokens.last() != Some(&(i + 1));
            if free {
                tokens.fill(i + 1);
                kept.push(found);
            }
        }
    }
    kept
}
