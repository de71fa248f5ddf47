//! Where the memory is: every store that can grow, by name, with its size, its bound, and what a zone does to it.
//!
//! A cache or table of this crate that can grow enters itself in a [`MemoryReport`]; nothing that grows is left out. So
//! what the allocator sees beyond the report is either a document that is still alive or a fault.

use std::borrow::Cow;
use std::fmt;

/// How large one cache or table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// What it belongs to.
    pub owner: Owner,
    /// Its name: `strings`, `lexemes`, `tokenizer_cache`; `arena_slack` is what an arena holds beyond them. The rules of
    /// a component have the component's own name.
    pub name: Cow<'static, str>,
    /// How many entries it holds.
    pub entries: usize,
    /// How many entries fit before its table grows; 0 for a store without a table.
    pub capacity: usize,
    /// Bytes held from the allocator for it: entries and table.
    pub bytes: usize,
    /// Entries that it never exceeds; `None` where nothing but the work it is given bounds it.
    pub bound: Option<usize>,
    /// What the closing of a zone does to it.
    pub on_close: OnClose,
}

/// What a store belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// The loaded pipeline.
    Pipeline,
    /// The vocabulary over it, which grows when documents are made without a zone.
    Vocabulary,
    /// A zone that is open.
    Zone,
    /// The idle zones of a pool.
    Pool,
}

impl Owner {
    /// `pipeline`, `vocabulary`, `zone` or `pool`.
    pub fn name(self) -> &'static str {
        match self {
            Owner::Pipeline => "pipeline",
            Owner::Vocabulary => "vocabulary",
            Owner::Zone => "zone",
            Owner::Pool => "pool",
        }
    }
}

/// What becomes of a store when a zone closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnClose {
    /// It was loaded with the pipeline, and nothing that is parsed changes it.
    Frozen,
    /// It grows without zones, and no zone touches it.
    Stays,
    /// It is forgotten and its memory freed, down to the capacity that was asked to be kept.
    Freed,
    /// It stays warm for the next zone, within its bound.
    Kept,
}

impl OnClose {
    /// `frozen`, `stays`, `freed` or `kept`.
    pub fn name(self) -> &'static str {
        match self {
            OnClose::Frozen => "frozen",
            OnClose::Stays => "stays",
            OnClose::Freed => "freed",
            OnClose::Kept => "kept",
        }
    }
}

/// The stores of a pipeline, a zone or a pool of zones. Displays as a table.
///
/// ```
/// let nlp = nlp_core::models::english()?;
/// nlp.parse("Nobody had said snarkle before.")?;
/// let report = nlp.memory_report();
/// println!("{report}");
/// let strings = report.get(nlp_core::Owner::Vocabulary, "strings").unwrap();
/// assert!(strings.entries >= 1);
/// # Ok::<(), nlp_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryReport {
    /// The stores, grouped by owner.
    pub stores: Vec<Store>,
}

impl MemoryReport {
    /// Enters a store. Stores of one owner that share a name are added up.
    pub(crate) fn register(&mut self, store: Store) {
        let same =
            |entered: &&mut Store| (entered.owner, &entered.name) == (store.owner, &store.name);
        match self.stores.iter_mut().find(same) {
            Some(entered) => {
                entered.entries += store.entries;
                entered.capacity += store.capacity;
                entered.bytes += store.bytes;
                entered.bound = (entered.bound.zip(store.bound)).map(|(a, b)| a.saturating_add(b));
            }
            None => self.stores.push(store),
        }
    }

    /// A store by its owner and name.
    pub fn get(&self, owner: Owner, name: &str) -> Option<&Store> {
        self.stores
            .iter()
            .find(|store| store.owner == owner && store.name == name)
    }

    /// The stores of one owner.
    pub fn of(&self, owner: Owner) -> impl Iterator<Item = &Store> {
        self.stores.iter().filter(move |store| store.owner == owner)
    }

    /// Bytes held from the allocator by all stores together.
    pub fn total_bytes(&self) -> usize {
        self.stores.iter().map(|store| store.bytes).sum()
    }
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<11} {:<16} {:>10} {:>10} {:>12} {:>10}  at a zone's end",
            "owner", "store", "entries", "capacity", "bytes", "bound"
        )?;
        for store in &self.stores {
            let bound = store
                .bound
                .map_or("none".to_owned(), |bound| bound.to_string());
            writeln!(
                f,
                "{:<11} {:<16} {:>10} {:>10} {:>12} {:>10}  {}",
                store.owner.name(),
                store.name.replace('_', " "),
                store.entries,
                store.capacity,
                store.bytes,
                bound,
                store.on_close.name()
            )?;
        }
        write!(f, "{:<50} {:>12}", "all", self.total_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(name: &'static str, bytes: usize, bound: Option<usize>) -> Store {
        Store {
            owner: Owner::Pool,
            name: name.into(),
            entries: 1,
            capacity: 7,
            bytes,
            bound,
            on_close: OnClose::Freed,
        }
    }

    #[test]
    fn stores_of_one_name_are_added_up() {
        let mut report = MemoryReport::default();
        report.register(store("strings", 100, None));
        report.register(store("tokenizer_cache", 10, Some(5)));
        report.register(store("strings", 50, None));
        report.register(store("tokenizer_cache", 10, Some(5)));
        assert_eq!(report.stores.len(), 2);
        assert_eq!(report.total_bytes(), 170);
        let cache = report.get(Owner::Pool, "tokenizer_cache").unwrap();
        assert_eq!(
            (cache.entries, cache.capacity, cache.bound),
            (2, 14, Some(10))
        );
        assert!(report.get(Owner::Zone, "strings").is_none());
    }

    #[test]
    fn the_table_names_every_store_and_the_sum() {
        let mut report = MemoryReport::default();
        report.register(store("arena_slack", 1234, None));
        let shown = report.to_string();
        assert!(shown.contains("pool        arena slack"), "{shown}");
        assert!(shown.lines().last().unwrap().ends_with("1234"), "{shown}");
        let widths: Vec<usize> = shown.lines().map(|line| line.chars().count()).collect();
        assert_eq!(
            widths[0] - "at a zone's end".len(),
            widths[1] - "freed".len()
        );
    }
}
