//! Which patterns a token could take part in, by what it has for an attribute: one look, however many patterns there are.

use std::collections::HashMap;

use hashbrown::HashTable;

use crate::attr::Attr;
use crate::frozen::frozen;
use crate::keyed;

/// Items by owner, attribute and value.
#[derive(Default)]
pub(super) struct Index {
    groups: Vec<Group>,
    /// The groups by the hash of what they are for.
    table: HashTable<u32>,
    /// The items of all groups.
    items: Vec<u32>,
    /// The attributes by which each owner's items are found.
    attrs: HashMap<u32, Vec<Attr>>,
}

/// The items of one owner for one value of an attribute.
#[derive(Debug, Clone, Copy)]
struct Group {
    owner: u32,
    attr: Attr,
    id: u64,
    start: u32,
    end: u32,
}

frozen!(Group {
    owner,
    attr,
    id,
    start,
    end
});

frozen!(Index {
    groups,
    table,
    items,
    attrs
});

/// An item to be found: its owner, the attribute and value by which it is found, and the item.
pub(super) type Posting = (u32, Attr, u64, u32);

fn hash(owner: u32, attr: Attr, id: u64) -> u64 {
    keyed::row(&[u64::from(owner), u64::from(attr as u32), id])
}

impl Index {
    /// An index of these postings. Items of a group come in ascending order.
    pub fn new(mut postings: Vec<Posting>) -> Index {
        postings.sort_unstable_by_key(|&(owner, attr, id, item)| (owner, attr as u32, id, item));
        postings.dedup();
        let mut index = Index {
            items: Vec::with_capacity(postings.len()),
            ..Index::default()
        };
        for (owner, attr, id, item) in postings {
            let end = index.items.len() as u32 + 1;
            match index.groups.last_mut() {
                Some(group) if (group.owner, group.attr, group.id) == (owner, attr, id) => {
                    group.end = end;
                }
                _ => {
                    index.groups.push(Group {
                        owner,
                        attr,
                        id,
                        start: end - 1,
                        end,
                    });
                    let attrs = index.attrs.entry(owner).or_default();
                    if attrs.last() != Some(&attr) {
                        attrs.push(attr);
                    }
                }
            }
            index.items.push(item);
        }
        index.groups.shrink_to_fit();
        let groups = &index.groups;
        let hash_of = |&group: &u32| {
            let Group {
                owner, attr, id, ..
            } = groups[group as usize];
            hash(owner, attr, id)
        };
        index.table = HashTable::with_capacity(groups.len());
        for group in 0..groups.len() as u32 {
            index.table.insert_unique(hash_of(&group), group, hash_of);
        }
        index
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The attributes by which items of this owner are found.
    pub fn attrs(&self, owner: u32) -> &[Attr] {
        self.attrs.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// The owner's items for a value.
    pub fn get(&self, owner: u32, attr: Attr, id: u64) -> &[u32] {
        let same = |&group: &u32| {
            let group = &self.groups[group as usize];
            (group.owner, group.attr, group.id) == (owner, attr, id)
        };
        match self.table.find(hash(owner, attr, id), same) {
            Some(&group) => {
                let Group { start, end, .. } = self.groups[group as usize];
                &self.items[start as usize..end as usize]
            }
            None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_their_owner_attribute_and_value_alone() {
        let index = Index::new(vec![
            (1, Attr::Lower, 7, 30),
            (1, Attr::Lower, 7, 10),
            (1, Attr::Tag, 7, 20),
            (2, Attr::Lower, 7, 40),
        ]);
        assert_eq!(index.get(1, Attr::Lower, 7), [10, 30]);
        assert_eq!(index.get(2, Attr::Lower, 7), [40]);
        assert!(index.get(2, Attr::Tag, 7).is_empty());
        assert_eq!(index.attrs(1), [Attr::Lower, Attr::Tag]);
        assert!(index.attrs(3).is_empty());
    }
}
