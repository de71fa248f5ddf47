//! A document as JSON, in the form of spaCy's `Doc.to_json`.

use serde_json::{Map, Value, json};

use super::{Doc, Span};
use crate::attr::Attr;

impl Doc<'_> {
    /// The document as spaCy's `Doc.to_json` writes it: `text`; `ents` and `sents` by character offsets, where they are
    /// annotated; and of each token `id`, `start`, `end`, and what is annotated of `tag`, `pos`, `morph`, `lemma`,
    /// `dep` and `head`.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("text".into(), self.text().into());
        if self.has_annotation(Attr::EntIob) {
            let ent = |ent: Span<'_>| json!({"start": ent.start_char(), "end": ent.end_char(), "label": ent.label()});
            json.insert("ents".into(), self.ents().into_iter().map(ent).collect());
        }
        if self.has_annotation(Attr::SentStart) {
            let sent = |sent: Span<'_>| json!({"start": sent.start_char(), "end": sent.end_char()});
            json.insert("sents".into(), self.sents().map(sent).collect());
        }
        let [tag, pos, morph, lemma, dep] =
            [Attr::Tag, Attr::Pos, Attr::Morph, Attr::Lemma, Attr::Dep]
                .map(|attr| self.has_annotation(attr));
        let tokens = self.tokens().map(|token| {
            let mut fields = Map::new();
            fields.insert("id".into(), token.i().into());
            fields.insert("start".into(), token.idx().into());
            fields.insert("end".into(), (token.idx() + token.len()).into());
            if tag {
                fields.insert("tag".into(), token.tag().into());
            }
            if pos {
                fields.insert("pos".into(), token.pos().name().into());
            }
            if morph {
                fields.insert("morph".into(), token.morph().into());
            }
            if lemma {
                fields.insert("lemma".into(), token.lemma().into());
            }
            if dep {
                fields.insert("dep".into(), token.dep().into());
                fields.insert("head".into(), token.head().i().into());
            }
            Value::Object(fields)
        });
        json.insert("tokens".into(), tokens.collect());
        Value::Object(json)
    }
}
