//! Sets and maps of words, built once from a file and then only read: all text in one string, found by places in it.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::error::FormatError;
use crate::format::msgpack::Value;
use crate::frozen::frozen;
use crate::keyed;

/// A stretch of the string that holds all text of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Span {
    start: u32,
    end: u32,
}

frozen!(hash Span);

/// The text of a table.
#[derive(Debug, Default)]
struct Text {
    all: String,
    /// What was added last: tables in the order of the alphabet have many words with one lemma one after another.
    last: Option<Span>,
}

frozen!(Text { all, last });

impl Text {
    fn with_capacity(bytes: usize) -> Text {
        Text {
            all: String::with_capacity(bytes),
            last: None,
        }
    }

    fn get(&self, span: Span) -> &str {
        &self.all[span.start as usize..span.end as usize]
    }

    fn add(&mut self, text: &str) -> Result<Span, FormatError> {
        if let Some(last) = self.last
            && self.get(last) == text
        {
            return Ok(last);
        }
        let place = |at: usize| {
            u32::try_from(at).map_err(|_| FormatError::new("it holds more than 4 GiB of text"))
        };
        let start = place(self.all.len())?;
        self.all.push_str(text);
        let span = Span {
            start,
            end: place(self.all.len())?,
        };
        self.last = Some(span);
        Ok(span)
    }

    fn shrink(&mut self) {
        self.all.shrink_to_fit();
    }
}

/// A set of words.
#[derive(Debug, Default)]
pub(crate) struct WordSet {
    text: Text,
    spans: HashTable<Span>,
    /// Bytes of the longest word.
    longest: usize,
}

frozen!(WordSet {
    text,
    spans,
    longest
});

impl WordSet {
    /// The words of a list, or the keys of a map: what Python's `in` looks through.
    pub fn read(value: &Value<'_>) -> Result<WordSet, FormatError> {
        // What is read already can be counted on: nothing is claimed.
        let (words, bytes) = match value {
            Value::Array(words) => (words.len(), bytes_of(words.iter())),
            Value::Map(entries) => (
                entries.len(),
                bytes_of(entries.iter().map(|(word, _)| word)),
            ),
            _ => (0, 0),
        };
        let mut set = WordSet {
            text: Text::with_capacity(bytes),
            spans: HashTable::with_capacity(words),
            longest: 0,
        };
        match value {
            Value::Array(words) => words.iter().try_for_each(|word| set.insert(word))?,
            Value::Map(entries) => entries.iter().try_for_each(|(word, _)| set.insert(word))?,
            _ => {
                return Err(FormatError::new(format!(
                    "a list of words was expected, found {}",
                    value.kind()
                )));
            }
        }
        set.text.shrink();
        let WordSet { text, spans, .. } = &mut set;
        spans.shrink_to_fit(|span| keyed::text(text.get(*span)));
        Ok(set)
    }

    fn insert(&mut self, word: &Value<'_>) -> Result<(), FormatError> {
        let word = text(word)?;
        self.longest = self.longest.max(word.len());
        let hash = keyed::text(word);
        let WordSet { text, spans, .. } = self;
        if spans.find(hash, |span| text.get(*span) == word).is_none() {
            let span = text.add(word)?;
            spans.insert_unique(hash, span, |span| keyed::text(text.get(*span)));
        }
        Ok(())
    }

    /// Whether `word` is there.
    pub fn contains(&self, word: &str) -> bool {
        word.len() <= self.longest
            && (self.spans)
                .find(keyed::text(word), |span| self.text.get(*span) == word)
                .is_some()
    }

    /// Bytes of the longest word.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

/// What a table says of one word: where its lemmas are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Said {
    first: u32,
    /// [`TEXT`]: the one is no list.
    count: u32,
}

frozen!(hash Said);

/// The count of what is a text alone.
const TEXT: u32 = u32::MAX;

/// What tables say of their words.
#[derive(Debug, Default)]
struct Sayings {
    text: Text,
    spans: Vec<Span>,
}

frozen!(Sayings { text, spans });

impl Sayings {
    fn add(&mut self, value: &Value<'_>) -> Result<Said, FormatError> {
        let many = || FormatError::new("it holds more than 4,294,967,294 lemmas");
        let (lemmas, count) = match value {
            Value::Array(lemmas) => (&lemmas[..], u32::try_from(lemmas.len()).ok()),
            text => (std::slice::from_ref(text), Some(TEXT)),
        };
        let count = count.ok_or_else(many)?;
        let mut first = self.spans.len();
        for lemma in lemmas {
            let span = self.text.add(text(lemma)?)?;
            match (lemmas.len(), self.spans.last()) {
                (1, Some(last)) if *last == span => first -= 1,
                _ => self.spans.push(span),
            }
        }
        let first = u32::try_from(first).map_err(|_| many())?;
        Ok(Said { first, count })
    }

    fn get(&self, said: Said) -> Lemmas<'_> {
        let first = said.first as usize;
        match said.count {
            TEXT => Lemmas::Text(self.text.get(self.spans[first])),
            count => Lemmas::List(List {
                sayings: self,
                spans: &self.spans[first..first + count as usize],
            }),
        }
    }

    fn shrink(&mut self) {
        self.text.shrink();
        self.spans.shrink_to_fit();
    }
}

/// What a table says of a word.
#[derive(Clone, Copy)]
pub(crate) enum Lemmas<'t> {
    Text(&'t str),
    List(List<'t>),
}

/// A list of lemmas.
#[derive(Clone, Copy)]
pub(crate) struct List<'t> {
    sayings: &'t Sayings,
    spans: &'t [Span],
}

impl<'t> List<'t> {
    pub fn iter(self) -> impl DoubleEndedIterator<Item = &'t str> {
        self.spans
            .iter()
            .map(move |span| self.sayings.text.get(*span))
    }
}

impl<'t> Lemmas<'t> {
    /// The text, or the first of the list, if it has one.
    pub fn first(self) -> Option<&'t str> {
        match self {
            Lemmas::Text(text) => Some(text),
            Lemmas::List(list) => list.iter().next(),
        }
    }

    /// What Python's `[0]` makes of it: the first of a list, the first character of a text.
    pub fn first_item(self) -> Option<&'t str> {
        self.items().next()
    }

    /// What a loop in Python sees: the members of a list, the characters of a text.
    pub fn items(self) -> impl Iterator<Item = &'t str> {
        let (text, list) = match self {
            Lemmas::Text(text) => (text, None),
            Lemmas::List(list) => ("", Some(list)),
        };
        let character = |(at, c): (usize, char)| &text[at..at + c.len_utf8()];
        let members = list.into_iter().flat_map(List::iter);
        text.char_indices().map(character).chain(members)
    }
}

/// A map from words to their lemmas.
#[derive(Debug, Default)]
pub(crate) struct WordMap {
    words: Text,
    entries: HashTable<(Span, Said)>,
    sayings: Sayings,
    /// Bytes of the longest word.
    longest: usize,
}

frozen!(WordMap {
    words,
    entries,
    sayings,
    longest
});

impl WordMap {
    /// The entries of a map from words to a lemma or a list of them.
    pub fn read(value: &Value<'_>) -> Result<WordMap, FormatError> {
        let entries = value.as_map().ok_or_else(|| {
            FormatError::new(format!(
                "a map from words to lemmas was expected, found {}",
                value.kind()
            ))
        })?;
        let mut map = WordMap {
            words: Text::with_capacity(bytes_of(entries.iter().map(|(word, _)| word))),
            entries: HashTable::with_capacity(entries.len()),
            ..WordMap::default()
        };
        for (word, lemmas) in entries {
            let word = text(word)?;
            let said = map.sayings.add(lemmas)?;
            map.longest = map.longest.max(word.len());
            let WordMap { words, entries, .. } = &mut map;
            let hash = keyed::text(word);
            if let Some(entry) = entries.find_mut(hash, |(span, _)| words.get(*span) == word) {
                entry.1 = said;
            } else {
                let span = words.add(word)?;
                entries.insert_unique(hash, (span, said), |(span, _)| {
                    keyed::text(words.get(*span))
                });
            }
        }
        map.words.shrink();
        map.sayings.shrink();
        let WordMap { words, entries, .. } = &mut map;
        entries.shrink_to_fit(|(span, _)| keyed::text(words.get(*span)));
        Ok(map)
    }

    /// What it says of `word`.
    pub fn get(&self, word: &str) -> Option<Lemmas<'_>> {
        if word.len() > self.longest {
            return None;
        }
        let is_word = |(span, _): &(Span, Said)| self.words.get(*span) == word;
        let (_, said) = self.entries.find(keyed::text(word), is_word)?;
        Some(self.sayings.get(*said))
    }

    /// Bytes of the longest word.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Whether it says anything of `word`.
    pub fn contains(&self, word: &str) -> bool {
        self.get(word).is_some()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A table from words, known by their ids alone, to their lemmas.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    entries: HashTable<(u64, Said)>,
    sayings: Sayings,
}

frozen!(Lookup { entries, sayings });

impl Lookup {
    /// Adds what the table says of the string with this id.
    pub fn insert(&mut self, id: u64, lemmas: &Value<'_>) -> Result<(), FormatError> {
        let said = self.sayings.add(lemmas)?;
        match self
            .entries
            .entry(keyed::id(id), |(i, _)| *i == id, |(i, _)| keyed::id(*i))
        {
            Entry::Occupied(mut entry) => entry.get_mut().1 = said,
            Entry::Vacant(entry) => drop(entry.insert((id, said))),
        }
        Ok(())
    }

    /// Gives back what room is left.
    pub fn shrink(&mut self) {
        self.sayings.shrink();
        self.entries.shrink_to_fit(|(id, _)| keyed::id(*id));
    }

    /// What it says of `word`, or of another string with its id.
    pub fn get(&self, word: &str) -> Option<Lemmas<'_>> {
        let id = crate::symbols::string_id(word);
        let (_, said) = self.entries.find(keyed::id(id), |(i, _)| *i == id)?;
        Some(self.sayings.get(*said))
    }

    /// The text that it says of `word`, or the first of the list.
    pub fn first(&self, word: &str) -> Option<&str> {
        self.get(word)?.first()
    }
}

/// How many bytes words take.
fn bytes_of<'v>(words: impl Iterator<Item = &'v Value<'v>>) -> usize {
    words.filter_map(Value::as_bytes).map(<[u8]>::len).sum()
}

/// A text, where nothing else may stand.
pub(super) fn text<'a>(value: &Value<'a>) -> Result<&'a str, FormatError> {
    value
        .as_str()
        .ok_or_else(|| FormatError::new(format!("text was expected, found {}", value.kind())))
}
