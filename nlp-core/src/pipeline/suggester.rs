//! Which spans of a document are worth a look: spaCy's suggesters (`pipeline/spancat.py`).

use std::ops::Range;

use serde_json::Value;

use super::component::Source;
use crate::doc::{Doc, Span};
use crate::error::{Error, FormatError};
use crate::frozen::{Frozen, Walk};

/// Suggests spans of a document.
pub(super) enum Suggester {
    /// All of each of these lengths, in this order.
    Sizes(Vec<usize>),
    /// All of the lengths from one to another.
    Range(usize, usize),
    /// Those that an earlier component put under a key.
    Preset(String),
}

impl Frozen for Suggester {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Suggester::Sizes(sizes) => sizes.visit(walk),
            Suggester::Range(least, most) => [*least, *most].visit(walk),
            Suggester::Preset(key) => key.visit(walk),
        }
    }
}

impl Suggester {
    /// The suggester of the component's block `suggester`.
    pub fn load(source: &Source<'_>) -> Result<Suggester, Error> {
        let block = source.config.get("suggester");
        let fault = |key: &str, expected: &str| {
            let name = source.name;
            let reason = format!("[components.{name}.suggester] {key} should be {expected}");
            FormatError::new(reason).in_file(&source.config_path())
        };
        let name = block
            .and_then(|block| block.get("@misc"))
            .and_then(Value::as_str);
        let value = |key: &str| block.and_then(|block| block.get(key));
        let size = |value: &Value| {
            let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
            size.filter(|&size| size > 0)
        };
        let number = |key: &str| {
            let number = value(key).and_then(size);
            number.ok_or_else(|| fault(key, "a whole number above 0"))
        };
        match name {
            Some("spacy.ngram_suggester.v1") => {
                let sizes = value("sizes").and_then(Value::as_array);
                let sizes = sizes.and_then(|sizes| sizes.iter().map(size).collect());
                let sizes: Option<Vec<usize>> = sizes;
                Ok(Suggester::Sizes(sizes.ok_or_else(|| {
                    fault("sizes", "a list of whole numbers above 0")
                })?))
            }
            Some("spacy.ngram_range_suggester.v1") => {
                Ok(Suggester::Range(number("min_size")?, number("max_size")?))
            }
            Some("spacy.preset_spans_suggester.v1") => {
                let key = value("spans_key").and_then(Value::as_str);
                let key = key.ok_or_else(|| fault("spans_key", "text"))?;
                Ok(Suggester::Preset(key.to_owned()))
            }
            Some(other) => Err(source.unsupported(format!("the suggester {other}"))),
            None => Err(fault("@misc", "the name of a suggester")),
        }
    }

    /// The spans, in the order in which spaCy scores them.
    pub fn spans<'a>(&'a self, doc: &'a Doc<'_>) -> Box<dyn Iterator<Item = Range<usize>> + 'a> {
        let len = doc.len();
        let of_size = move |size: usize| {
            let starts = 0..(len + 1).saturating_sub(size);
            starts.map(move |start| start..start + size)
        };
        match self {
            Suggester::Sizes(sizes) => Box::new(sizes.iter().copied().flat_map(of_size)),
            Suggester::Range(least, most) => Box::new((*least..=*most.min(&len)).flat_map(of_size)),
            Suggester::Preset(key) => {
                let range = |span: Span<'_>| span.start()..span.end();
                let spans = doc
                    .span_group(key)
                    .map(|group| group.spans().map(range).collect());
                let spans: Vec<Range<usize>> = spans.unwrap_or_default();
                Box::new(spans.into_iter())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::{Group, SpanData};

    #[test]
    fn spans_come_by_their_lengths_and_those_of_others_as_they_stand() {
        let nlp = crate::models::english().unwrap();
        let mut doc = nlp.tokenize("One two three four").unwrap();
        doc.set_span_group(Group {
            key: "found".into(),
            spans: vec![SpanData::new(2, 4), SpanData::new(0, 3)],
            scores: Vec::new(),
        });
        let spans = |suggester: Suggester| suggester.spans(&doc).collect::<Vec<_>>();
        let sizes = Suggester::Sizes(vec![3, 9, 4, 3]);
        assert_eq!(spans(sizes), [0..3, 1..4, 0..4, 0..3, 1..4]);
        assert_eq!(spans(Suggester::Range(3, usize::MAX)), [0..3, 1..4, 0..4]);
        assert!(spans(Suggester::Range(3, 2)).is_empty());
        assert_eq!(spans(Suggester::Preset("found".into())), [2..4, 0..3]);
        assert!(spans(Suggester::Preset("other".into())).is_empty());
        let empty = nlp.tokenize("").unwrap();
        let all = Suggester::Range(1, 3);
        assert_eq!(all.spans(&empty).count(), 0);
    }
}
