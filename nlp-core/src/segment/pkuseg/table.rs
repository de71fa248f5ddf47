//! A set of texts with a number each, kept close together: there can be millions.

use hashbrown::HashTable;

use crate::error::FormatError;
use crate::frozen::frozen;
use crate::keyed;

/// Texts with a number each.
#[derive(Debug, Default)]
pub(super) struct Table {
    text: String,
    /// Where each text ends, and its number.
    entries: Vec<(u32, u32)>,
    places: HashTable<u32>,
}

frozen!(Table {
    text,
    entries,
    places
});

impl Table {
    /// Adds a text, or gives it another number.
    ///
    /// # Errors
    /// If all texts together have more than 4 GiB.
    pub fn insert(&mut self, text: &str, number: u32) -> Result<(), FormatError> {
        if let Some(place) = self.place(text) {
            self.entries[place].1 = number;
            return Ok(());
        }
        let end = u32::try_from(self.text.len() + text.len());
        let end = end.map_err(|_| FormatError::new("has more than 4 GiB of text"))?;
        let place = self.entries.len() as u32;
        self.text.push_str(text);
        self.entries.push((end, number));
        let (all, entries) = (&self.text, &self.entries);
        self.places
            .insert_unique(keyed::text(text), place, |place| {
                keyed::text(nth(all, entries, *place))
            });
        Ok(())
    }

    /// The number of a text, if it is there.
    pub fn get(&self, text: &str) -> Option<u32> {
        self.place(text).map(|place| self.entries[place].1)
    }

    /// Whether a text is there.
    pub fn contains(&self, text: &str) -> bool {
        self.place(text).is_some()
    }

    fn place(&self, text: &str) -> Option<usize> {
        let is_it = |place: &u32| nth(&self.text, &self.entries, *place) == text;
        let place = self.places.find(keyed::text(text), is_it)?;
        Some(*place as usize)
    }
}

/// The text with this place.
fn nth<'t>(text: &'t str, entries: &[(u32, u32)], place: u32) -> &'t str {
    let place = place as usize;
    let start = place.checked_sub(1).map_or(0, |before| entries[before].0);
    &text[start as usize..entries[place].0 as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_where_one_ends_and_the_next_begins() {
        let mut table = Table::default();
        for (text, number) in [("ab", 1), ("", 2), ("a", 3), ("b", 4), ("ab", 5)] {
            table.insert(text, number).unwrap();
        }
        let found = ["ab", "", "a", "b", "aba"].map(|text| table.get(text));
        assert_eq!(found, [Some(5), Some(2), Some(3), Some(4), None]);
        assert!(table.contains("") && !table.contains("ba"));
    }
}
