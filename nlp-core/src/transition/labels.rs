//! Labels and the ids that name them.

use crate::frozen::frozen;
use crate::symbols::string_id;
use std::collections::HashMap;

/// Labels by their string id, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct LabelTable {
    entries: Vec<(u64, String)>,
    places: HashMap<u64, usize>,
}

frozen!(LabelTable { entries, places });

impl LabelTable {
    /// Adds `label` unless it is there, and returns its [string id](crate::symbols::string_id).
    pub fn add(&mut self, label: &str) -> u64 {
        let id = string_id(label);
        self.places.entry(id).or_insert_with(|| {
            self.entries.push((id, label.to_owned()));
            self.entries.len() - 1
        });
        id
    }

    /// The label whose string id is `id`, if it is in the table.
    pub fn get(&self, id: u64) -> Option<&str> {
        self.places
            .get(&id)
            .map(|&place| self.entries[place].1.as_str())
    }

    /// All labels with their string ids.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        self.entries.iter().map(|(id, label)| (*id, label.as_str()))
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
