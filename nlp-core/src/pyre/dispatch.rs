//! Which alternatives the next character allows, so that the others are not tried.

use super::analysis::Edge;
use super::charset::MAX;
use crate::frozen::frozen;
use std::collections::{BTreeSet, HashMap};

/// For each character, the alternatives that can start with it, in their order.
#[derive(Debug)]
pub(super) struct Table {
    /// Numbers of lists, for ASCII.
    ascii: [u16; 128],
    /// From which code points on, beyond ASCII, which list holds.
    starts: Box<[u32]>,
    lists_from: Box<[u16]>,
    /// The list for the end of the text.
    end: u16,
    lists: Box<[Box<[u32]>]>,
}

frozen!(Table {
    ascii,
    starts,
    lists_from,
    end,
    lists
});

/// No table may hold more entries than this.
const MAX_ENTRIES: usize = 1 << 20;

impl Table {
    /// The table of alternatives that start with `edges`; `None` if it would be unreasonably large.
    pub(super) fn new(edges: &[Edge]) -> Option<Table> {
        // where alternatives come in and drop out
        let mut events: Vec<(u32, u32, bool)> = Vec::new();
        let mut active: BTreeSet<u32> = BTreeSet::new();
        let mut at_end = Vec::new();
        for (number, edge) in edges.iter().enumerate() {
            let number = number as u32;
            if edge.open || edge.end {
                at_end.push(number);
            }
            if edge.open {
                active.insert(number);
                continue;
            }
            for &(lo, hi) in edge.set.ranges() {
                events.push((lo, number, true));
                if hi < MAX {
                    events.push((hi + 1, number, false));
                }
            }
        }
        events.sort_unstable();

        let mut lists = Lists::default();
        let end = lists.intern(at_end)?;
        let mut ascii = [lists.intern(active.iter().copied().collect())?; 128];
        let (mut starts, mut lists_from) = (vec![128], vec![ascii[0]]);
        let mut rest = &events[..];
        while let Some(&(at, _, _)) = rest.first() {
            let here = rest.partition_point(|event| event.0 == at);
            for &(_, number, comes) in &rest[..here] {
                if comes {
                    active.insert(number);
                } else {
                    active.remove(&number);
                }
            }
            rest = &rest[here..];
            let list = lists.intern(active.iter().copied().collect())?;
            if at < 128 {
                ascii[at as usize..].fill(list);
                lists_from[0] = list;
            } else if at == 128 {
                lists_from[0] = list;
            } else if lists_from.last() != Some(&list) {
                starts.push(at);
                lists_from.push(list);
            }
        }
        Some(Table {
            ascii,
            starts: starts.into(),
            lists_from: lists_from.into(),
            end,
            lists: lists.lists.into(),
        })
    }

    /// The number of the list for the character `c`.
    #[inline]
    pub(super) fn list_for(&self, c: u32) -> u16 {
        if c < 128 {
            self.ascii[c as usize]
        } else {
            self.lists_from[self.starts.partition_point(|&start| start <= c) - 1]
        }
    }

    /// The number of the list for the end of the text.
    pub(super) fn list_at_end(&self) -> u16 {
        self.end
    }

    /// A list: numbers of alternatives.
    #[inline]
    pub(super) fn list(&self, number: u16) -> &[u32] {
        &self.lists[usize::from(number)]
    }
}

/// Lists, each kept once.
#[derive(Default)]
struct Lists {
    lists: Vec<Box<[u32]>>,
    numbers: HashMap<Box<[u32]>, u16>,
    entries: usize,
}

impl Lists {
    fn intern(&mut self, list: Vec<u32>) -> Option<u16> {
        // also counts what is only looked up: that takes time
        self.entries += list.len() + 1;
        if self.entries > MAX_ENTRIES {
            return None;
        }
        let list: Box<[u32]> = list.into();
        if let Some(&number) = self.numbers.get(&list) {
            return Some(number);
        }
        let number = u16::try_from(self.lists.len()).ok()?;
        self.lists.push(list.clone());
        self.numbers.insert(list, number);
        Some(number)
    }
}
