//! Many strings on their way into the base of a vocabulary.

use super::Vocab;
use super::table::Key;

/// Strings that are added together: as many places of the table as the processor can fetch at once, and a few more.
const STRINGS: usize = 32;

/// Strings that are added to the base of a vocabulary, in their order. They are in there once the batch is
/// [finished](Batch::finish).
pub(crate) struct Batch<'v> {
    vocab: &'v mut Vocab,
    text: String,
    /// Where each string ends.
    ends: Vec<usize>,
}

impl<'v> Batch<'v> {
    /// None yet, of `most` strings that will come.
    pub fn new(vocab: &'v mut Vocab, most: usize) -> Batch<'v> {
        vocab.base.expect_strings(most);
        Batch {
            vocab,
            text: String::new(),
            ends: Vec::with_capacity(STRINGS),
        }
    }

    /// Adds a string.
    pub fn add(&mut self, string: &str) {
        self.text.push_str(string);
        self.ends.push(self.text.len());
        if self.ends.len() == STRINGS {
            self.flush();
        }
    }

    /// Adds those that wait.
    pub fn finish(mut self) {
        self.flush();
    }

    fn flush(&mut self) {
        let mut keys = [Key::new(""); STRINGS];
        let mut start = 0;
        for (key, &end) in keys.iter_mut().zip(&self.ends) {
            *key = Key::new(&self.text[start..end]);
            start = end;
        }
        self.vocab.base.keep_strings(&keys[..self.ends.len()]);
        self.text.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn every_string_of_a_batch_is_in_the_vocabulary_and_the_first_of_those_with_one_id_is_found_by_it()
     {
        for count in [0, 1, STRINGS - 1, STRINGS, 5 * STRINGS + 7] {
            let mut vocab = Vocab::new(Lang::get("en").unwrap(), Default::default());
            let mut batch = Batch::new(&mut vocab, count);
            let strings: Vec<String> = (0..count).map(|i| format!("string{}", i / 2)).collect();
            strings.iter().for_each(|string| batch.add(string));
            // Twins: see the table.
            for twin in ["hospital", "iomcoedm1tM2mF4i", ""] {
                batch.add(twin);
            }
            batch.finish();
            let all = strings.iter().map(String::as_str);
            for string in all.chain(["hospital", "iomcoedm1tM2mF4i", "NOUN", ""]) {
                assert!(vocab.contains(string), "{string:?}");
            }
            let id = crate::symbols::string_id("iomcoedm1tM2mF4i");
            assert_eq!(vocab.permanent_string(id).unwrap().text(), "hospital");
            assert!(!vocab.contains("string"));
        }
    }
}
