//! The texts that are worked on: a few thousand sentences that ship with the program, or a file of the user's.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

/// Real English sentences, one a line. See `harness/data/README.md` for their source and licence.
const SHIPPED: [&str; 2] = [
    include_str!("../../data/ewt-dev.txt"),
    include_str!("../../data/ewt-test.txt"),
];

/// A list of texts, none empty.
pub struct Corpus {
    texts: Vec<Cow<'static, str>>,
}

impl Corpus {
    /// The sentences that ship with the program.
    pub fn shipped() -> Corpus {
        let texts = SHIPPED.iter().flat_map(|file| non_empty_lines(file));
        Corpus {
            texts: texts.map(Cow::Borrowed).collect(),
        }
    }

    /// Reads a file of texts, one a line; empty lines are skipped.
    ///
    /// # Errors
    ///
    /// A sentence saying what is wrong: the file is not there, is not UTF-8, or holds no text.
    pub fn read(path: &Path) -> Result<Corpus, String> {
        let shown = printable::path(&path);
        let bytes = std::fs::read(path)
            .map_err(|error| format!("cannot read the corpus {shown}: {error}"))?;
        let content = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            format!(
                "the corpus {shown} is not UTF-8 (at byte {offset}): convert it first, for example with iconv"
            )
        })?;
        let texts: Vec<_> = non_empty_lines(content.trim_start_matches('\u{feff}'))
            .map(|line| Cow::Owned(line.to_owned()))
            .collect();
        if texts.is_empty() {
            return Err(format!(
                "the corpus {shown} holds no text: give a file with a text on each line"
            ));
        }
        Ok(Corpus { texts })
    }

    /// How many texts there are; never 0.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none: never so.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The text at `index`, counted round and round.
    pub fn text(&self, index: usize) -> &str {
        &self.texts[index % self.texts.len()]
    }

    /// Every distinct word that is made of letters alone, in lower case.
    pub fn words(&self) -> HashSet<String> {
        let words = self.texts.iter().flat_map(|text| text.split_whitespace());
        words
            .map(letters_of)
            .filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic))
            .map(str::to_lowercase)
            .collect()
    }
}

/// A word without the punctuation and digits on both sides of it.
pub fn letters_of(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphabetic())
}

fn non_empty_lines(content: &str) -> impl Iterator<Item = &str> {
    content
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .filter(|line| !line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Corpus, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        Corpus::read(file.path())
    }

    #[test]
    fn the_shipped_corpus_has_a_few_thousand_sentences() {
        assert!(Corpus::shipped().len() > 3_000);
    }

    #[test]
    fn lines_are_texts_whatever_ends_them_and_empty_ones_are_skipped() {
        let corpus = read("\u{feff}eins zwei\r\n\r\n  \ndrei".as_bytes()).unwrap();
        assert_eq!(corpus.texts, ["eins zwei", "drei"]);
    }

    #[test]
    fn a_corpus_that_is_missing_empty_or_not_utf_8_is_refused_by_name() {
        let missing = Corpus::read(Path::new("no/such/file")).err().unwrap();
        assert!(missing.contains("no/such/file"), "{missing}");
        assert!(read(b" \n").err().unwrap().contains("holds no text"));
        assert!(read(b"caf\xe9").err().unwrap().contains("at byte 3"));
    }

    #[test]
    fn the_words_are_letters_in_lower_case() {
        let words = read("„Häuser“, x1y 42 Don't!".as_bytes()).unwrap().words();
        assert_eq!(words, HashSet::from(["häuser".to_owned()]));
    }
}
