//! Labels of spans: `spancat`, which gives a span any number of labels, and `spancat_singlelabel`, which gives it one
//! or none.

use std::collections::BTreeMap;
use std::ops::Range;

use super::component::{Component, Source};
use super::suggester::Suggester;
use super::token_vectors;
use crate::doc::{Doc, Group, SpanData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::{SpanClassifier, first_of_largest};
use crate::vocab::Scope;

/// spaCy's `spancat` and `spancat_singlelabel` components (`pipeline/spancat.py`).
pub(super) struct SpanCategorizer {
    model: SpanClassifier,
    suggester: Suggester,
    /// A class each. `spancat_singlelabel` has one more after them, for no label.
    labels: Vec<String>,
    ids: Vec<u64>,
    spans_key: String,
    /// The least score of a label that counts.
    threshold: Option<f32>,
    /// Whether a span has its best label or none.
    single: bool,
    /// The most labels of a span else.
    most: usize,
    /// Whether spans with one label may overlap.
    allow_overlap: bool,
}

frozen!(SpanCategorizer {
    model,
    suggester,
    labels,
    ids,
    spans_key,
    threshold,
    single,
    most,
    allow_overlap
});

/// A label of a span, by its number.
struct Found {
    span: Range<usize>,
    label: usize,
    score: f32,
}

impl SpanCategorizer {
    /// Loads a `spancat`.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        SpanCategorizer::load_kind(source, false)
    }

    /// Loads a `spancat_singlelabel`.
    pub fn load_singlelabel(source: &mut Source<'_>) -> Result<Self, Error> {
        SpanCategorizer::load_kind(source, true)
    }

    fn load_kind(source: &mut Source<'_>, single: bool) -> Result<Self, Error> {
        let (cfg, path) = source.cfg()?;
        let labels = source.labels(&cfg, &path)?;
        let fault = |key: &str, expected: &str| {
            FormatError::new(format!("\"{key}\" is not {expected}")).in_file(&path)
        };
        let threshold = match source.setting(&cfg, "threshold") {
            None => None,
            Some(value) => {
                let threshold = value
                    .as_f64()
                    .ok_or_else(|| fault("threshold", "a number"))?;
                Some(threshold as f32)
            }
        };
        let classes = labels.len() + usize::from(single);
        let (single, most) = match source.setting(&cfg, "max_positive") {
            None => (single, classes),
            Some(value) => {
                let most = value.as_i64();
                let most = most.ok_or_else(|| fault("max_positive", "a whole number"))?;
                // Below zero, as many fewer than all.
                let size = usize::try_from(most.unsigned_abs()).unwrap_or(usize::MAX);
                match most {
                    0.. => (most == 1, size.min(classes)),
                    _ => (false, classes.saturating_sub(size)),
                }
            }
        };
        if threshold.is_none() && !single {
            return Err(fault(
                "threshold",
                "a number, as many labels a span need one",
            ));
        }
        let model = source.load_model(SpanClassifier::load)?;
        if model.classes() != classes {
            return Err(source.label_mismatch(model.classes(), classes));
        }
        Ok(SpanCategorizer {
            model,
            suggester: Suggester::load(source)?,
            ids: source.add_labels(&labels, &path)?,
            labels,
            spans_key: source.spans_key(&cfg, &path)?,
            threshold,
            single,
            most,
            allow_overlap: source.flag(&cfg, "allow_overlap", true),
        })
    }

    fn is_positive(&self, score: f32) -> bool {
        self.threshold.is_none_or(|threshold| score >= threshold)
    }

    /// Every label of a span that counts.
    fn add_labels(&self, span: Range<usize>, scores: &[f32], found: &mut Vec<Found>) {
        let labels = self.labels.len();
        let mut counts: Vec<bool> = scores
            .iter()
            .map(|&score| self.is_positive(score))
            .collect();
        if self.most < scores.len() {
            let mut ranked: Vec<usize> = (0..scores.len()).collect();
            // The class for no label comes last whatever its score is.
            let rank = |label: usize| match label < labels {
                true => scores[label],
                false => f32::NEG_INFINITY,
            };
            ranked.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)));
            for &label in &ranked[self.most..] {
                counts[label] = false;
            }
        }
        let counting = (0..labels).filter(|&label| counts[label]);
        found.extend(counting.map(|label| Found {
            span: span.clone(),
            label,
            score: scores[label],
        }));
    }

    /// The best label of a span, if it counts.
    fn add_label(&self, span: Range<usize>, scores: &[f32], found: &mut Vec<Found>) {
        let label = first_of_largest(scores);
        if label < self.labels.len() && self.is_positive(scores[label]) {
            let score = scores[label];
            found.push(Found { span, label, score });
        }
    }
}

/// From the best to the worst, those that overlap none before them.
fn without_overlap(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    // The ends of those that stay by their starts: they are apart, so the last that starts before a span's end is the
    // one that could reach into it.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    found.retain(|Found { span, .. }| {
        let before = taken.range(..span.end).next_back();
        let free = span.is_empty() || before.is_none_or(|(_, &end)| end <= span.start);
        if free && !span.is_empty() {
            taken.insert(span.start, span.end);
        }
        free
    });
    found
}

impl Component for SpanCategorizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let vectors = token_vectors::whole(self.model.tok2vec(), docs, budget)?;
        let mut first = 0;
        for doc in docs {
            let spans = self.suggester.spans(doc);
            let spans = spans.map(|span| first + span.start..first + span.end);
            let mut found = Vec::new();
            self.model
                .each_span(&vectors, spans, budget, |span, scores| {
                    let span = span.start - first..span.end - first;
                    match self.single {
                        true => self.add_label(span, scores, &mut found),
                        false => self.add_labels(span, scores, &mut found),
                    }
                })?;
            if self.single && !self.allow_overlap {
                found = without_overlap(found);
            }
            first += doc.len();
            let span = |found: &Found| SpanData {
                label: scope.label(self.ids[found.label]),
                ..SpanData::new(found.span.start, found.span.end)
            };
            doc.set_span_group(Group {
                key: self.spans_key.as_str().into(),
                spans: found.iter().map(span).collect(),
                scores: found.iter().map(|found| found.score).collect(),
            });
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.tok2vec().sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    fn needs_tokens(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(span: Range<usize>, score: f32) -> Found {
        Found {
            span,
            label: 0,
            score,
        }
    }

    #[test]
    fn of_spans_that_overlap_the_best_stays_and_of_equals_the_first() {
        let all = vec![
            found(0..2, 0.5),
            found(1..4, 0.9),
            found(4..6, 0.5),
            found(5..6, 0.5),
            found(3..5, 0.7),
            found(4..4, 0.1),
            found(0..1, 0.4),
        ];
        let kept = without_overlap(all).into_iter().map(|found| found.span);
        assert_eq!(kept.collect::<Vec<_>>(), [1..4, 4..6, 0..1, 4..4]);
    }
}
