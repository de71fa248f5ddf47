//! What a document says, as the client reads it: the shape of the example in spaCy's documentation, and more on request.

use nlp_core::{Attr, Doc, SpanGroup};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::request::Part;

/// What was found in a text.
#[derive(Serialize, ToSchema)]
pub(super) struct Document<'d> {
    /// The tokens, in order.
    tokens: Vec<Token<'d>>,
    /// The named entities, in order.
    entities: Vec<Entity<'d>>,
    /// The sentences, where `sents` was asked for: none where no part of the pipeline finds any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sents: Option<Vec<Extent>>,
    /// The score of each category of the text, where `cats` was asked for.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_object")]
    #[schema(nullable = false, value_type = std::collections::HashMap<String, f64>)]
    cats: Option<Vec<(&'d str, f64)>>,
    /// The groups of spans by key, where `spans` was asked for.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_object")]
    #[schema(nullable = false, value_type = std::collections::HashMap<String, Vec<Labelled>>)]
    spans: Option<Vec<(&'d str, Vec<Labelled<'d>>)>>,
}

/// A token. What is beside its text was asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct Token<'d> {
    /// Its characters.
    text: &'d str,
    /// Its first code point in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    idx: Option<usize>,
    /// The white space after it: a blank, or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ws: Option<&'static str>,
    /// The treebank's part of speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tag: Option<&'d str>,
    /// The universal part of speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pos: Option<&'static str>,
    /// Morphological features, such as `Number=Sing|Person=3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    morph: Option<&'d str>,
    /// The lemma.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lemma: Option<&'d str>,
    /// The number of the token that it depends on, from 0; its own where it depends on none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    head: Option<usize>,
    /// How it depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dep: Option<&'d str>,
}

/// Some tokens in a row that are a named entity.
#[derive(Serialize, ToSchema)]
pub(super) struct Entity<'d> {
    /// The number of its first token, from 0.
    start: usize,
    /// The number of the token after its last.
    end: usize,
    /// Of which kind it is.
    label: &'d str,
    /// Its id from a ruler, where `ids` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<&'d str>,
    /// Its id in a knowledge base, where `ids` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    kb_id: Option<&'d str>,
}

/// Some tokens in a row.
#[derive(Serialize, ToSchema)]
pub(super) struct Extent {
    /// The number of the first, from 0.
    start: usize,
    /// The number of the token after the last.
    end: usize,
}

/// A span of a group.
#[derive(Serialize, ToSchema)]
pub(super) struct Labelled<'d> {
    /// The number of its first token, from 0.
    start: usize,
    /// The number of the token after its last.
    end: usize,
    /// Its label.
    label: &'d str,
    /// Its id.
    id: &'d str,
    /// Its id in a knowledge base.
    kb_id: &'d str,
    /// Its score, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    score: Option<f64>,
}

/// Pairs as an object.
fn as_object<K: Serialize, V: Serialize, S: Serializer>(
    pairs: &Option<Vec<(K, V)>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let pairs = pairs.iter().flatten();
    to.collect_map(pairs.map(|(key, value)| (key, value)))
}

impl<'d> Document<'d> {
    /// What `doc` says, with these parts.
    pub fn new(doc: &'d Doc<'_>, parts: &[Part]) -> Document<'d> {
        let has = |part| parts.contains(&part);
        let sents = || {
            let found = doc.has_annotation(Attr::SentStart).then(|| doc.sents());
            let extents = found.into_iter().flatten().map(|sent| Extent {
                start: sent.start(),
                end: sent.end(),
            });
            extents.collect()
        };
        let cats = || doc.cats().map(|(label, score)| (label, score.into()));
        Document {
            tokens: doc.tokens().map(|token| Token::new(token, parts)).collect(),
            entities: (doc.ents().into_iter())
                .map(|ent| Entity {
                    start: ent.start(),
                    end: ent.end(),
                    label: ent.label(),
                    id: has(Part::Ids).then(|| ent.id()),
                    kb_id: has(Part::Ids).then(|| ent.kb_id()),
                })
                .collect(),
            sents: has(Part::Sents).then(sents),
            cats: has(Part::Cats).then(|| cats().collect()),
            spans: has(Part::Spans).then(|| {
                let groups = doc.span_groups();
                groups
                    .map(|group| (group.key(), labelled(&group)))
                    .collect()
            }),
        }
    }

    /// Appends its JSON to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        serde_json::to_writer(out, self).expect("writing to memory does not fail");
    }
}

impl<'d> Token<'d> {
    fn new(token: nlp_core::Token<'d>, parts: &[Part]) -> Token<'d> {
        let has = |part| parts.contains(&part);
        let (offsets, tags, heads) = (has(Part::Offsets), has(Part::Tags), has(Part::Heads));
        Token {
            text: token.text(),
            idx: offsets.then(|| token.idx()),
            ws: offsets.then(|| token.whitespace()),
            tag: tags.then(|| token.tag()),
            pos: tags.then(|| token.pos().name()),
            morph: tags.then(|| token.morph()),
            lemma: has(Part::Lemmas).then(|| token.lemma()),
            head: heads.then(|| token.head().i()),
            dep: heads.then(|| token.dep()),
        }
    }
}

fn labelled<'d>(group: &SpanGroup<'d>) -> Vec<Labelled<'d>> {
    let scores = group.scores().unwrap_or_default();
    let spans = group.spans().enumerate();
    spans
        .map(|(i, span)| Labelled {
            start: span.start(),
            end: span.end(),
            label: span.label(),
            id: span.id(),
            kb_id: span.kb_id(),
            score: scores.get(i).map(|&score| score.into()),
        })
        .collect()
}
