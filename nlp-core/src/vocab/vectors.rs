//! Word vectors: the table that came with the pipeline, and how a word finds its vector in it (`spacy/vectors.pyx`).

use crate::attr::Attr;
use crate::error::FormatError;
use crate::format::key_rows::KeyRows;
use crate::format::npy::Table;
use crate::format::vectors::{Mode, Ngrams, Settings};
use crate::frozen::{Frozen, Walk, frozen};
use crate::hash::murmur3_128;
use crate::keyed;
use crate::limits::{Budget, OutOfTime};
use crate::memory_report::{MemoryReport, OnClose, Owner, Store};
use crate::symbols::string_id;

/// Parts of a word that are looked up before the clock is looked at again.
const PARTS_A_LOOK: usize = 4096;

/// The word vectors of a pipeline; without rows where it has none.
///
/// The table stays in its file, which is mapped: what nobody looks at takes no memory, and processes that load the same
/// pipeline share the rest.
#[derive(Debug)]
pub struct Vectors {
    table: Table,
    lookup: Lookup,
    attr: Attr,
}

frozen!(Vectors {
    table,
    lookup,
    attr
});

/// How a word finds its vector.
#[derive(Debug)]
enum Lookup {
    /// It has a row, or no vector.
    Rows(KeyRows),
    /// Its vector is the mean of the rows of its parts: every word has one.
    Parts(Ngrams),
}

impl Frozen for Lookup {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Lookup::Rows(rows) => {
                walk.word(0);
                rows.visit(walk);
            }
            Lookup::Parts(ngrams) => {
                walk.word(1);
                ngrams.visit(walk);
            }
        }
    }
}

impl Default for Vectors {
    fn default() -> Self {
        Vectors {
            table: Table::default(),
            lookup: Lookup::Rows(KeyRows::default()),
            attr: Attr::Orth,
        }
    }
}

impl Vectors {
    /// The vectors in `table`, looked up as `settings` say: by `rows`, or by the parts of words.
    ///
    /// # Errors
    /// If words would be looked up by an attribute that is no string, or by their parts in a table without rows.
    #[doc(hidden)]
    pub fn new(table: Table, rows: KeyRows, settings: Settings) -> Result<Vectors, FormatError> {
        let attr = Attr::from_id(settings.attr).filter(|attr| attr.is_text());
        let attr = attr.ok_or_else(|| {
            FormatError::new(format!(
                "\"attr\" is {}, the number of no attribute that words could be looked up by",
                settings.attr
            ))
        })?;
        let lookup = match settings.mode {
            Mode::Default => Lookup::Rows(rows),
            Mode::Floret(_) if table.rows() == 0 => {
                return Err(FormatError::new(
                    "\"mode\" is \"floret\", and the table of vectors has no rows",
                ));
            }
            Mode::Floret(ngrams) => Lookup::Parts(ngrams),
        };
        Ok(Vectors {
            table,
            lookup,
            attr,
        })
    }

    /// The number of rows in the table.
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// The numbers in a vector.
    pub fn width(&self) -> usize {
        self.table.width()
    }

    /// Whether the table has no numbers at all.
    pub fn is_empty(&self) -> bool {
        self.rows() == 0 || self.width() == 0
    }

    /// How many words have a vector; `None` where all have, as with floret.
    pub fn keys(&self) -> Option<usize> {
        match &self.lookup {
            Lookup::Rows(rows) => Some(rows.len()),
            Lookup::Parts(_) => None,
        }
    }

    /// `"default"` or `"floret"`, spaCy's names for how words find their vectors.
    pub fn mode(&self) -> &'static str {
        match &self.lookup {
            Lookup::Rows(_) => "default",
            Lookup::Parts(_) => "floret",
        }
    }

    /// The attribute by which tokens are looked up.
    pub fn attr(&self) -> Attr {
        self.attr
    }

    /// The vector of a word that is looked up as it is, whatever [`Vectors::attr`] says; `None` where it has none.
    pub fn get(&self, word: &str) -> Option<Vec<f32>> {
        let mut vector = vec![0.0; self.width()];
        let put = self.put(string_id(word), || word, &mut vector, Budget::UNLIMITED);
        put.expect("the budget has no end").then_some(vector)
    }

    /// Whether the word with this id has a vector.
    pub(crate) fn contains(&self, id: u64) -> bool {
        match &self.lookup {
            Lookup::Rows(rows) => rows.get(id).is_some(),
            Lookup::Parts(_) => true,
        }
    }

    /// A number that words share only if they share their vector: to find those of which one is enough.
    pub(crate) fn key(&self, id: u64, text: &str) -> u64 {
        match &self.lookup {
            Lookup::Rows(_) => id,
            // Other words can have the same id, and are easily made, but not the same keyed hash.
            Lookup::Parts(_) => keyed::text(text),
        }
    }

    /// Writes the vector of the word with this [`key`](Vectors::key) over `out`, which is as wide; `false`, and nothing
    /// is written, where it has none. For its text is asked only where the key does not tell.
    ///
    /// # Errors
    /// If the time is up.
    pub(crate) fn put<'t>(
        &self,
        key: u64,
        text: impl FnOnce() -> &'t str,
        out: &mut [f32],
        budget: Budget,
    ) -> Result<bool, OutOfTime> {
        match &self.lookup {
            Lookup::Rows(rows) => Ok(match rows.get(key) {
                Some(row) => {
                    self.table.copy_row(row, out);
                    true
                }
                None => false,
            }),
            Lookup::Parts(ngrams) => {
                self.mean_of_parts(ngrams, text(), out, budget)?;
                Ok(true)
            }
        }
    }

    /// Writes the last row of the table over `out`, where there is one.
    pub(crate) fn put_last(&self, out: &mut [f32]) {
        if let Some(last) = self.rows().checked_sub(1) {
            self.table.copy_row(last, out);
        }
    }

    /// The mean of the rows of all parts of a word, as thinc's `reduce_mean` adds it up.
    fn mean_of_parts(
        &self,
        ngrams: &Ngrams,
        text: &str,
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        out.fill(0.0);
        if text.is_empty() {
            return Ok(());
        }
        let word = format!("{}{text}{}", ngrams.bow, ngrams.eow);
        let ends = word.char_indices().map(|(at, _)| at);
        let ends: Vec<usize> = ends.chain([word.len()]).collect();
        let chars = ends.len() - 1;
        let sizes = ngrams.minn..=ngrams.maxn.min(chars);
        let parts = 1 + sizes.clone().map(|size| chars - size + 1).sum::<usize>();
        let scale = (1.0 / (parts * ngrams.hash_count) as f64) as f32;
        let mut add = |part: &str| {
            let (a, b) = murmur3_128(part.as_bytes(), ngrams.hash_seed);
            let hashes = [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32];
            for hash in &hashes[..ngrams.hash_count] {
                let row = *hash as usize % self.table.rows();
                self.table.add_row(row, scale, out);
            }
        };
        add(&word);
        let starts = sizes.flat_map(|size| (0..chars - size + 1).map(move |start| (start, size)));
        for (i, (start, size)) in starts.enumerate() {
            if i % PARTS_A_LOOK == 0 {
                budget.check()?;
            }
            add(&word[ends[start]..ends[start + size]]);
        }
        Ok(())
    }

    /// Enters the table in `report`, where there is one. What is mapped is in no allocator's hands.
    pub(super) fn register(&self, report: &mut MemoryReport) {
        if self.is_empty() {
            return;
        }
        let entries = self.rows();
        report.register(Store {
            owner: Owner::Pipeline,
            name: "vectors".into(),
            entries,
            capacity: 0,
            bytes: self.table.heap_bytes() + self.lookup_bytes(),
            bound: Some(entries),
            on_close: OnClose::Frozen,
        });
    }

    fn lookup_bytes(&self) -> usize {
        match &self.lookup {
            Lookup::Rows(rows) => rows.bytes(),
            Lookup::Parts(_) => 0,
        }
    }
}
