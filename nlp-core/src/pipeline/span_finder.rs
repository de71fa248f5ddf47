//! Spans without labels, from where one could start and where one could end.

use super::component::{Component, Source};
use super::token_vectors::BatchRows;
use crate::doc::{Doc, Group, SpanData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::SpanFinderModel;
use crate::vocab::Scope;

/// Starts whose ends are listed before the clock is looked at again.
const STARTS_A_LOOK: usize = 64;

/// spaCy's `span_finder` component (`pipeline/span_finder.py`).
pub(super) struct SpanFinder {
    model: SpanFinderModel,
    spans_key: String,
    /// The least score of a start or an end.
    threshold: f32,
    min_length: usize,
    max_length: usize,
}

frozen!(SpanFinder {
    model,
    spans_key,
    threshold,
    min_length,
    max_length
});

impl SpanFinder {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, path) = source.cfg()?;
        let fault = |key: &str, expected: &str| {
            FormatError::new(format!("\"{key}\" is not {expected}")).in_file(&path)
        };
        let threshold = source.setting(&cfg, "threshold");
        let threshold = threshold.and_then(|value| value.as_f64());
        let length = |key: &str, default: usize| match source.setting(&cfg, key) {
            None => Ok(default),
            Some(value) => value
                .as_u64()
                .filter(|&length| length > 0)
                .map(|length| usize::try_from(length).unwrap_or(usize::MAX))
                .ok_or_else(|| fault(key, "a whole number above 0")),
        };
        Ok(SpanFinder {
            threshold: threshold.ok_or_else(|| fault("threshold", "a number"))? as f32,
            min_length: length("min_length", 1)?,
            max_length: length("max_length", usize::MAX)?,
            spans_key: source.spans_key(&cfg, &path)?,
            model: source.load_model(SpanFinderModel::load)?,
        })
    }
}

/// Every span from one of `starts` to one of `ends`, which ascend, of at least and at most so many tokens.
fn spans_between<'v>(
    starts: &[usize],
    ends: &[usize],
    (min_length, max_length): (usize, usize),
    budget: Budget,
) -> Result<Vec<SpanData<'v>>, OutOfTime> {
    let mut spans = Vec::new();
    for (i, &start) in starts.iter().enumerate() {
        if i % STARTS_A_LOOK == 0 {
            budget.check()?;
        }
        let least = start.saturating_add(min_length - 1);
        let most = start.saturating_add(max_length - 1);
        let ends = &ends[ends.partition_point(|&end| end < least)..];
        let ends = ends.iter().take_while(|&&end| end <= most);
        spans.extend(ends.map(|&end| SpanData::new(start, end + 1)));
    }
    Ok(spans)
}

impl Component for SpanFinder {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        _scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mut vectors = BatchRows::new(self.model.tok2vec(), docs, budget);
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        let mut token = 0;
        self.model
            .each_token(&mut vectors, budget, |[start, end]| {
                if start >= self.threshold {
                    starts.push(token);
                }
                if end >= self.threshold {
                    ends.push(token);
                }
                token += 1;
            })?;
        let (mut starts, mut ends) = (&starts[..], &ends[..]);
        let lengths = (self.min_length, self.max_length);
        let mut first = 0;
        for doc in docs {
            let last = first + doc.len();
            let own = |tokens: &mut &[usize]| {
                let (own, others) = tokens.split_at(tokens.partition_point(|&i| i < last));
                *tokens = others;
                own.iter().map(|i| i - first).collect::<Vec<_>>()
            };
            let (own_starts, own_ends) = (own(&mut starts), own(&mut ends));
            doc.set_span_group(Group {
                key: self.spans_key.as_str().into(),
                spans: spans_between(&own_starts, &own_ends, lengths, budget)?,
                scores: Vec::new(),
            });
            first = last;
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.tok2vec().sees_neighbours()
    }

    fn needs_tokens(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_goes_from_every_start_to_every_end_that_is_neither_too_near_nor_too_far() {
        let spans = |lengths| {
            let spans = spans_between(&[0, 2, 5], &[1, 2, 6], lengths, Budget::UNLIMITED);
            let spans = spans.unwrap().into_iter();
            spans.map(|span| (span.start, span.end)).collect::<Vec<_>>()
        };
        let all = [(0, 2), (0, 3), (0, 7), (2, 3), (2, 7), (5, 7)];
        assert_eq!(spans((1, usize::MAX)), all);
        assert_eq!(spans((2, 3)), [(0, 2), (0, 3), (5, 7)]);
        assert_eq!(spans((5, 4)), []);
    }
}
