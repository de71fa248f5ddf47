//! Named entities: read from the tokens, and set on them.

use super::{Doc, Span, SpanData};

/// [`TokenData::ent_iob`](super::TokenData) of a token inside an entity.
const INSIDE: u8 = 1;
const OUTSIDE: u8 = 2;
const BEGIN: u8 = 3;

impl<'v> Doc<'v> {
    /// The named entities, in order: runs of tokens that begin with `B` and go on with `I`.
    pub fn ents(&self) -> Vec<Span<'_>> {
        self.ent_data().map(|ent| ent.view(self)).collect()
    }

    /// The named entities as they are set.
    pub(crate) fn ent_data(&self) -> impl Iterator<Item = SpanData<'v>> {
        let mut ents = Vec::new();
        let mut open: Option<usize> = None;
        let ent = |start: usize, end: usize| SpanData {
            label: self.tokens[start].ent_type,
            id: self.tokens[start].ent_id,
            kb_id: self.tokens[start].ent_kb_id,
            ..SpanData::new(start, end)
        };
        for (i, token) in self.tokens.iter().enumerate() {
            if token.ent_iob != INSIDE
                && let Some(start) = open.take()
            {
                ents.push(ent(start, i));
            }
            let has_label = token.ent_type.is_some_and(|label| !label.text.is_empty());
            if token.ent_iob == BEGIN && has_label {
                open = Some(i);
            }
        }
        ents.extend(open.map(|start| ent(start, self.len())));
        ents.into_iter()
    }

    /// Makes these spans, which do not overlap, the entities, and every other token one outside of any: spaCy's
    /// `Doc.set_ents`. Spans without a label are skipped; an id is set where the span has one, and stays otherwise.
    pub(crate) fn set_ents(&mut self, ents: &[SpanData<'v>]) {
        for token in &mut self.tokens {
            token.ent_iob = OUTSIDE;
            token.ent_type = None;
        }
        for ent in ents.iter().filter(|ent| ent.label.is_some()) {
            for i in ent.start..ent.end {
                let token = &mut self.tokens[i];
                token.ent_iob = if i == ent.start { BEGIN } else { INSIDE };
                token.ent_type = ent.label;
                token.ent_kb_id = ent.kb_id;
                token.ent_id = ent.id.or(token.ent_id);
            }
        }
    }
}
