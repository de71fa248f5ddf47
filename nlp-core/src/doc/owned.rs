//! A document that owns all it holds, to outlive the zone it was made in: the typed form of spaCy's `Doc.to_json`.

mod read;
mod token;

pub use token::OwnedToken;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::token::Annotated;
use super::{Doc, Span, SpanGroup};
use crate::attr::Attr;

/// A document as plain data, which borrows nothing: what [`Doc::to_owned`] makes of a document, for work that goes on
/// after its zone is closed.
///
/// ```
/// use nlp_core::OwnedDoc;
///
/// let nlp = nlp_core::models::english()?;
/// let kept: OwnedDoc = nlp.memory_zone(|zone| {
///     let doc = zone.parse("Ada Lovelace wrote the first program in 1843.")?;
///     Ok::<_, nlp_core::Error>(doc.to_owned())
/// })?; // the zone is closed: nothing of it is left
/// assert_eq!(kept.token_text(2), Some("wrote"));
/// assert_eq!(kept.tokens[2].lemma.as_deref(), Some("write"));
/// assert_eq!(kept.ent_texts().next(), Some("Ada Lovelace"));
///
/// // It goes to any thread, and to JSON and back.
/// let json = std::thread::spawn(move || serde_json::to_string(&kept)).join().unwrap()?;
/// let read: OwnedDoc = serde_json::from_str(&json)?;
/// assert_eq!(read.token_texts().count(), 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its JSON is what spaCy's `Doc.to_json` writes and `Doc.from_json` reads, to the letter but for the order of keys;
/// what is not annotated is absent. Reading JSON checks it: see [`OwnedDoc::check`]. Offsets count code points, as in
/// spaCy. The token vectors are not part of it: `doc.tensor().clone()` owns its numbers, too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "read::Fields")]
pub struct OwnedDoc {
    /// The text, as it was given.
    pub text: String,
    /// The named entities, in order; `None` where nothing has looked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ents: Option<Vec<OwnedSpan>>,
    /// The sentences, in order, without labels; `None` where nothing has looked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sents: Option<Vec<OwnedSpan>>,
    /// The score of each category of the whole text, of which there are none where no component gives any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cats: BTreeMap<String, f64>,
    /// The tokens, in order.
    pub tokens: Vec<OwnedToken>,
    /// The groups of spans by their keys. The spans of a group may overlap.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub spans: BTreeMap<String, Vec<OwnedGroupSpan>>,
    /// What the user attached to the document. In JSON it is `"_"`, which spaCy's `Doc.from_json` reads into the custom
    /// attributes `doc._` of these names, if they are registered; it is absent where it is empty.
    #[serde(rename = "_", skip_serializing_if = "BTreeMap::is_empty")]
    pub user_data: BTreeMap<String, Value>,
    /// What else spaCy can write of a document, under spaCy's names: `underscore_token` and `underscore_span`. It is carried as it is; no document made here has any.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Some tokens in a row: an entity, or a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "read::SpanFields")]
pub struct OwnedSpan {
    /// Where it starts in the text, in code points.
    pub start: usize,
    /// Where it ends in the text, in code points.
    pub end: usize,
    /// The label; empty, and absent in JSON, for sentences.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
}

/// A span of a group: see [`SpanGroup`](super::SpanGroup).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "read::GroupSpanFields")]
pub struct OwnedGroupSpan {
    /// Where it starts in the text, in code points.
    pub start: usize,
    /// Where it ends in the text, in code points.
    pub end: usize,
    /// The label, which may be empty.
    pub label: String,
    /// What it is in a knowledge base; empty where no linker has said.
    pub kb_id: String,
}

impl OwnedDoc {
    /// The text of token `i`, if there is one. This walks the text: to read all tokens, see [`OwnedDoc::token_texts`].
    pub fn token_text(&self, i: usize) -> Option<&str> {
        let token = self.tokens.get(i)?;
        self.text_between(token.start, token.end)
    }

    /// The tokens' texts, in order.
    pub fn token_texts(&self) -> impl Iterator<Item = &str> {
        self.texts(self.tokens.iter().map(|token| (token.start, token.end)))
    }

    /// The entities' texts, in the order of [`OwnedDoc::ents`]; none where nothing has looked for entities.
    pub fn ent_texts(&self) -> impl Iterator<Item = &str> {
        self.span_texts(&self.ents)
    }

    /// The sentences' texts, in the order of [`OwnedDoc::sents`]; none where nothing has looked for sentences.
    pub fn sent_texts(&self) -> impl Iterator<Item = &str> {
        self.span_texts(&self.sents)
    }

    /// The text from code point `start` to code point `end`; `None` where that is no range of the text.
    pub fn text_between(&self, start: usize, end: usize) -> Option<&str> {
        Cursor::new(&self.text).between(start, end)
    }

    fn span_texts<'a>(
        &'a self,
        spans: &'a Option<Vec<OwnedSpan>>,
    ) -> impl Iterator<Item = &'a str> {
        self.texts(spans.iter().flatten().map(|span| (span.start, span.end)))
    }

    /// The texts of ranges of code points, in one walk where they ascend. Ranges outside the text, which a document
    /// that passes [`OwnedDoc::check`] does not have, are empty.
    fn texts(&self, ranges: impl Iterator<Item = (usize, usize)>) -> impl Iterator<Item = &str> {
        let mut cursor = Cursor::new(&self.text);
        ranges.map(move |(start, end)| cursor.between(start, end).unwrap_or_default())
    }
}

/// Finds code points of a text, going on from where it stands.
struct Cursor<'t> {
    text: &'t str,
    chars: usize,
    bytes: usize,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Cursor {
            text,
            chars: 0,
            bytes: 0,
        }
    }

    fn between(&mut self, start: usize, end: usize) -> Option<&'t str> {
        let start_byte = self.seek(start)?;
        let end_byte = self.seek(end)?;
        self.text.get(start_byte..end_byte)
    }

    /// Offset of code point `target` in bytes; `None` beyond the end.
    fn seek(&mut self, target: usize) -> Option<usize> {
        if target < self.chars {
            (self.chars, self.bytes) = (0, 0);
        }
        let rest = &self.text[self.bytes..];
        let mut starts = rest.char_indices().map(|(i, _)| i).chain([rest.len()]);
        self.bytes += starts.nth(target - self.chars)?;
        self.chars = target;
        Some(self.bytes)
    }
}

impl Doc<'_> {
    /// The document as plain data that borrows nothing, to keep after the zone it was made in is closed.
    ///
    /// On a reference to a reference, such as an iterator over `&Doc` gives to a closure, Rust's own `to_owned` copies
    /// the inner reference: `OwnedDoc::from(*doc)` is plain there.
    pub fn to_owned(&self) -> OwnedDoc {
        let span = |span: Span<'_>| OwnedSpan {
            start: span.start_char(),
            end: span.end_char(),
            label: span.label().to_owned(),
        };
        let group_span = |span: Span<'_>| OwnedGroupSpan {
            start: span.start_char(),
            end: span.end_char(),
            label: span.label().to_owned(),
            kb_id: span.kb_id().to_owned(),
        };
        let cat = |(label, score): (&str, f32)| (label.to_owned(), f64::from(score));
        let group = |group: SpanGroup<'_>| {
            let spans = group.spans().map(group_span).collect();
            (group.key().to_owned(), spans)
        };
        let ents = self.has_annotation(Attr::EntIob);
        let sents = self.has_annotation(Attr::SentStart);
        let annotated = Annotated::new(self);
        OwnedDoc {
            text: self.text().to_owned(),
            ents: ents.then(|| self.ents().into_iter().map(span).collect()),
            sents: sents.then(|| self.sents().map(span).collect()),
            tokens: self.tokens().map(|token| annotated.token(token)).collect(),
            cats: self.cats().map(cat).collect(),
            spans: self.span_groups().map(group).collect(),
            user_data: self.user_data.clone(),
            other: Map::new(),
        }
    }
}

impl From<&Doc<'_>> for OwnedDoc {
    fn from(doc: &Doc<'_>) -> Self {
        doc.to_owned()
    }
}
