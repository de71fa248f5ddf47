//! What rulers look for: phrases and token patterns, each with a label and perhaps an id.

use std::path::Path;

use serde_json::Value;

use super::component::Source;
use super::pattern_lines::{self, Entry, Pattern};
use crate::attr::Attr;
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::matcher::{
    Matcher, MatcherBuilder, PhraseError, PhraseSet, PhraseSetBuilder, WordTable, Words,
};
use crate::symbols::string_id;

/// The rules of a ruler.
pub(super) struct Rules {
    tokens: Matcher,
    /// By the number of a key of `tokens`, the number among `kinds`.
    token_keys: Vec<u32>,
    phrases: PhraseSet,
    /// By key.
    kinds: Vec<Kind>,
    /// The labels and ids.
    names: Words,
    /// The labels, sorted.
    labels: Vec<String>,
    /// How many patterns were read.
    patterns: usize,
}

frozen!(Rules {
    tokens,
    token_keys,
    phrases,
    kinds,
    names,
    labels,
    patterns
});

/// What stands under one key of spaCy's matchers.
#[derive(Clone, Copy)]
struct Kind {
    /// spaCy's id of the key.
    key_id: u64,
    /// The number of the label among the names.
    label: u32,
    /// The number of the id, [`NONE`] where there is none.
    id: u32,
}

frozen!(Kind { key_id, label, id });

const NONE: u32 = u32::MAX;

/// A place where a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    pub start: usize,
    pub end: usize,
    /// The number of the rule's key.
    pub key: u32,
}

/// What a pattern is kept under.
pub(super) struct Key {
    /// spaCy's name of it.
    pub text: String,
    /// What its matches are called.
    pub label: String,
    pub id: Option<String>,
    /// Whether an earlier pattern with the same key is called so from now on.
    pub renames: bool,
}

impl Rules {
    /// Reads the file of patterns. `key_of` says what each is kept under; `None` skips it.
    pub fn load(
        source: &mut Source<'_>,
        attr: Attr,
        (bytes, path): (&[u8], &Path),
        mut key_of: impl FnMut(&Entry) -> Result<Option<Key>, FormatError>,
    ) -> Result<Rules, Error> {
        let validate = source.flag(&Value::Null, "validate", false);
        let mut builder = Builder {
            annotate: !is_lexical(attr) || source.earlier.changes_tokens(),
            phrases: PhraseSetBuilder::new(attr),
            tokens: match validate {
                true => Matcher::builder(),
                false => Matcher::builder().without_validation(),
            },
            token_keys: Vec::new(),
            has_tokens: Vec::new(),
            keys: WordTable::default(),
            kinds: Vec::new(),
            names: WordTable::default(),
            batch: Vec::new(),
            patterns: 0,
        };
        let most = source.earlier.batch_size().max(1);
        let read = pattern_lines::read(bytes, |entry| {
            let Some(key) = key_of(&entry)? else {
                return Ok(());
            };
            let key = builder.key(key)?;
            builder.patterns += 1;
            match entry.pattern {
                Pattern::Phrase(text) => builder.batch.push((key, text)),
                Pattern::Tokens(tokens) => builder.add_tokens(key, tokens)?,
                Pattern::Other(_) => {}
            }
            if builder.batch.len() >= most {
                builder.add_batch(source)?;
            }
            Ok(())
        });
        let read = read.and_then(|()| builder.add_batch(source));
        read.map_err(|error| error.in_file(path))?;
        Ok(builder.build(source))
    }

    /// Where rules hold in a document: matches of token patterns, then phrases, each in the order of spaCy's matchers.
    pub fn matches(&self, doc: &Doc<'_>, budget: Budget) -> Result<Vec<Match>, OutOfTime> {
        let found = self.tokens.find_numbers(doc, budget)?.into_iter();
        let mut matches: Vec<Match> = found
            .map(|(key, start, end)| Match {
                start: start as usize,
                end: end as usize,
                key: self.token_keys[key as usize],
            })
            .filter(|found| found.start != found.end)
            .collect();
        let found = |key, start, end| matches.push(Match { start, end, key });
        self.phrases.each(doc, 0..doc.len(), budget, found)?;
        Ok(matches)
    }

    /// spaCy's id of a key.
    pub fn key_id(&self, key: u32) -> u64 {
        self.kinds[key as usize].key_id
    }

    /// The label of a key.
    pub fn label(&self, key: u32) -> &str {
        self.names.get(self.kinds[key as usize].label)
    }

    /// The id of a key, `""` where there is none.
    pub fn id(&self, key: u32) -> &str {
        match self.kinds[key as usize].id {
            NONE => "",
            id => self.names.get(id),
        }
    }

    /// The labels, sorted.
    pub fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    /// How many patterns there are.
    pub fn patterns(&self) -> usize {
        self.patterns
    }

    /// What whoever loads the component of this name should know.
    pub fn warnings(&self, name: &str) -> Vec<String> {
        match self.kinds.is_empty() {
            true => vec![format!(
                "component \"{name}\" has no patterns: it finds nothing"
            )],
            false => Vec::new(),
        }
    }
}

struct Builder {
    /// Whether components have to run over phrases.
    annotate: bool,
    phrases: PhraseSetBuilder,
    tokens: MatcherBuilder,
    token_keys: Vec<u32>,
    /// By number, which keys are among `token_keys`.
    has_tokens: Vec<bool>,
    keys: WordTable,
    kinds: Vec<Kind>,
    names: WordTable,
    /// Phrases that are to be tokenized, with their keys.
    batch: Vec<(u32, String)>,
    patterns: usize,
}

/// What a matcher that is full says of the file.
fn too_many() -> FormatError {
    FormatError::new(PhraseError::TooMany.to_string())
}

impl Builder {
    fn key(&mut self, key: Key) -> Result<u32, FormatError> {
        let number = self.keys.intern(&key.text).ok_or_else(too_many)?;
        let is_new = number as usize == self.kinds.len();
        if is_new || key.renames {
            let label = self.names.intern(&key.label).ok_or_else(too_many)?;
            let id = key.id.map_or(Some(NONE), |id| self.names.intern(&id));
            let kind = Kind {
                key_id: string_id(&key.text),
                label,
                id: id.ok_or_else(too_many)?,
            };
            match is_new {
                true => self.kinds.push(kind),
                false => self.kinds[number as usize] = kind,
            }
        }
        Ok(number)
    }

    /// Adds descriptions of tokens.
    fn add_tokens(&mut self, key: u32, tokens: Value) -> Result<(), FormatError> {
        let text = self.keys.words.get(key);
        self.tokens.add(text, &Value::Array(vec![tokens]))?;
        // The matcher numbers its keys as they come.
        self.has_tokens.resize(self.kinds.len(), false);
        if !std::mem::replace(&mut self.has_tokens[key as usize], true) {
            self.token_keys.push(key);
        }
        Ok(())
    }

    /// Adds the phrases that have come together.
    fn add_batch(&mut self, source: &Source<'_>) -> Result<(), FormatError> {
        let texts: Vec<&str> = self.batch.iter().map(|(_, text)| text.as_str()).collect();
        let (batch, phrases) = (&self.batch, &mut self.phrases);
        let mut add = |i: usize, doc: Result<&Doc<'_>, Error>| {
            let (key, text) = &batch[i];
            let added = doc.map_err(PhraseError::Text);
            let added = added.and_then(|doc| phrases.add(*key, doc));
            added.map_err(|error| FormatError::new(error.to_string()).within(format!("{text:?}")))
        };
        let earlier = source.earlier;
        earlier.docs(source.vocab, &texts, self.annotate, &mut add)?;
        self.batch.clear();
        Ok(())
    }

    fn build(mut self, source: &mut Source<'_>) -> Rules {
        let mut labels: Vec<String> = Vec::new();
        let names = &mut self.names.words;
        let mut seen = vec![false; names.len()];
        for kind in &self.kinds {
            if !std::mem::replace(&mut seen[kind.label as usize], true) {
                let label = names.get(kind.label);
                source.vocab.add_permanent(label);
                labels.push(label.to_owned());
            }
        }
        labels.sort_unstable();
        names.shrink();
        self.kinds.shrink_to_fit();
        let kinds = &self.kinds;
        Rules {
            phrases: self.phrases.build(|key| kinds[key as usize].key_id),
            kinds: self.kinds,
            tokens: self.tokens.build(),
            token_keys: self.token_keys,
            names: self.names.words,
            labels,
            patterns: self.patterns,
        }
    }
}

/// Whether an attribute follows from the words alone, whatever components say of them.
fn is_lexical(attr: Attr) -> bool {
    let set_by_components = [
        Attr::Lemma,
        Attr::Pos,
        Attr::Tag,
        Attr::Dep,
        Attr::Morph,
        Attr::Head,
        Attr::SentStart,
        Attr::EntIob,
        Attr::EntType,
        Attr::EntId,
        Attr::EntKbId,
    ];
    !set_by_components.contains(&attr)
}

/// The attribute that phrases are matched on, from a setting; spaCy's names of them, in any case.
pub(super) fn phrase_attr(
    source: &Source<'_>,
    setting: Option<&Value>,
    path: &Path,
) -> Result<Attr, Error> {
    /// Attributes of tokens that no description of a token may have.
    const NOT_IN_PATTERNS: [Attr; 5] =
        [Attr::Id, Attr::Prefix, Attr::Suffix, Attr::Head, Attr::Lang];
    let unknown = |value: &Value| {
        let reason = format!("phrase_matcher_attr is {value}: it should be one like \"LOWER\"");
        FormatError::new(reason).in_file(path)
    };
    match setting {
        None | Some(Value::Null) => Ok(Attr::Orth),
        Some(value @ Value::String(name)) => {
            let name = match name.to_ascii_uppercase().as_str() {
                "IS_SENT_START" => "SENT_START".to_owned(),
                name => name.to_owned(),
            };
            let attr = Attr::from_name(&name).filter(|attr| !NOT_IN_PATTERNS.contains(attr));
            attr.ok_or_else(|| unknown(value))
        }
        Some(value) => {
            let id = value.as_u64().ok_or_else(|| unknown(value))?;
            let attr = Attr::from_id(id);
            attr.ok_or_else(|| source.unsupported(format!("phrase_matcher_attr = {value}")))
        }
    }
}

/// Refuses another comparison than spaCy's own.
pub(super) fn check_fuzzy_compare(source: &Source<'_>) -> Result<(), Error> {
    match source.config.get("matcher_fuzzy_compare") {
        None => Ok(()),
        Some(compare)
            if compare
                .get("@misc")
                .is_some_and(|c| c == "spacy.levenshtein_compare.v1") =>
        {
            Ok(())
        }
        Some(compare) => Err(source.unsupported(format!("matcher_fuzzy_compare = {compare}"))),
    }
}
