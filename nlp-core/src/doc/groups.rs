//! Groups of spans: what a component found under a key of its own, spaCy's `Doc.spans`. They may overlap.

use super::{Doc, Group, Span, SpanData};
use crate::vocab::StringEntry;

impl<'v> SpanData<'v> {
    /// The span as users read it.
    pub(super) fn view<'d>(&self, doc: &'d Doc<'v>) -> Span<'d> {
        let text = |entry: Option<&'v StringEntry<'v>>| entry.map_or("", |entry| entry.text);
        Span::new(doc, self.start, self.end, text(self.label))
            .with_ids(text(self.id), text(self.kb_id))
    }
}

/// A group of spans: a cheap view, which borrows the document.
#[derive(Clone, Copy)]
pub struct SpanGroup<'d> {
    doc: &'d Doc<'d>,
    group: &'d Group<'d>,
}

impl<'d> SpanGroup<'d> {
    /// The key that it stands under.
    pub fn key(&self) -> &'d str {
        &self.group.key
    }

    /// The number of spans.
    pub fn len(&self) -> usize {
        self.group.spans.len()
    }

    /// Whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.group.spans.is_empty()
    }

    /// The spans, in the order in which they were found.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = Span<'d>> {
        let doc = self.doc;
        self.group.spans.iter().map(move |span| span.view(doc))
    }

    /// The score of each span, which spaCy has as `attrs["scores"]`; `None` where the component gives none.
    pub fn scores(&self) -> Option<&'d [f32]> {
        let scores = &self.group.scores;
        (!scores.is_empty() || self.is_empty()).then_some(scores)
    }
}

impl std::fmt::Debug for SpanGroup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SpanGroup({:?}, ", self.key())?;
        f.debug_list().entries(self.spans()).finish()?;
        f.write_str(")")
    }
}

impl<'v> Doc<'v> {
    /// The groups of spans, in the order in which they were set.
    pub fn span_groups(&self) -> impl ExactSizeIterator<Item = SpanGroup<'_>> {
        self.groups
            .iter()
            .map(|group| SpanGroup { doc: self, group })
    }

    /// The group of spans under `key`, if there is one.
    pub fn span_group(&self, key: &str) -> Option<SpanGroup<'_>> {
        self.span_groups().find(|group| group.key() == key)
    }

    /// The group under `key`, with nothing left in its place but its key.
    pub(crate) fn take_span_group(&mut self, key: &str) -> Option<Group<'v>> {
        let group = self.groups.iter_mut().find(|group| &*group.key == key)?;
        let left = Group {
            key: group.key.clone(),
            spans: Vec::new(),
            scores: Vec::new(),
        };
        Some(std::mem::replace(group, left))
    }

    /// Sets a group of spans, in place of the one under its key.
    pub(crate) fn set_span_group(&mut self, group: Group<'v>) {
        match self.groups.iter_mut().find(|old| old.key == group.key) {
            Some(old) => *old = group,
            None => self.groups.push(group),
        }
    }

    /// The bytes that the groups hold of the heap.
    pub(super) fn group_bytes(&self) -> usize {
        let of_group = |group: &Group<'_>| {
            group.key.len()
                + group.spans.capacity() * size_of::<SpanData<'_>>()
                + group.scores.capacity() * size_of::<f32>()
        };
        self.groups.capacity() * size_of::<Group<'_>>()
            + self.groups.iter().map(of_group).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'v>(text: &'v str) -> StringEntry<'v> {
        let id = crate::symbols::string_id(text);
        StringEntry { id, text }
    }

    #[test]
    fn a_document_carries_categories_and_groups_of_spans_to_json_and_to_plain_data() {
        let (label, id, kb_id) = (entry("GAME"), entry("chess"), entry("Q718"));
        let nlp = crate::models::english().unwrap();
        let mut doc = nlp.tokenize("A game of chess").unwrap();
        let bytes = doc.heap_bytes();
        doc.set_cat("sport", 0.25);
        doc.set_cat("art", 0.5);
        doc.set_cat("sport", 0.1);
        let span = SpanData {
            label: Some(&label),
            id: Some(&id),
            kb_id: Some(&kb_id),
            ..SpanData::new(1, 4)
        };
        doc.set_span_group(Group {
            key: "sc".into(),
            spans: vec![span, SpanData::new(3, 4)],
            scores: vec![0.5, 1.0],
        });
        assert!(doc.heap_bytes() > bytes);

        assert_eq!(
            doc.cats().collect::<Vec<_>>(),
            [("sport", 0.1), ("art", 0.5)]
        );
        let group = doc.span_group("sc").unwrap();
        let first = group.spans().next().unwrap();
        assert_eq!(
            (first.text(), first.label(), first.id(), first.kb_id()),
            ("game of chess", "GAME", "chess", "Q718")
        );
        assert_eq!(group.scores(), Some(&[0.5, 1.0][..]));
        assert!(doc.span_group("other").is_none());

        let json = doc.to_json();
        assert_eq!(
            json["cats"],
            serde_json::json!({"art": 0.5, "sport": f64::from(0.1f32)})
        );
        assert_eq!(
            json["spans"]["sc"],
            serde_json::json!([
                {"start": 2, "end": 15, "label": "GAME", "kb_id": "Q718"},
                {"start": 10, "end": 15, "label": "", "kb_id": ""},
            ])
        );
        let read: crate::OwnedDoc = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        assert_eq!(read, doc.to_owned());
    }

    #[test]
    fn entities_that_are_set_read_back_with_their_ids_and_leave_nothing_of_the_old() {
        let (label, id) = (entry("GAME"), entry("chess"));
        let nlp = crate::models::english().unwrap();
        let mut doc = nlp.parse("Ada Lovelace played chess").unwrap();
        let ent = SpanData {
            label: Some(&label),
            id: Some(&id),
            ..SpanData::new(3, 4)
        };
        doc.set_ents(&[ent, SpanData::new(0, 2)]);
        let ents: Vec<_> = doc
            .ents()
            .iter()
            .map(|ent| (ent.text(), ent.label(), ent.id()))
            .collect();
        assert_eq!(ents, [("chess", "GAME", "chess")]);
        assert_eq!(doc.token(3).ent_id(), "chess");
        assert_eq!(doc.token(0).ent_iob().as_str(), "O");
    }
}
