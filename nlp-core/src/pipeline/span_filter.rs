//! Which of the spans that overlap stay: the filters that spaCy registers (`pipeline/span_ruler.py`, `util.filter_spans`).

use serde_json::Value;

use crate::doc::SpanData;
use crate::frozen::frozen;

/// A filter, by what it prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SpanFilter {
    /// The longest, whether it was there or is new; of equals the first.
    FirstLongest,
    /// What was there.
    PrioritizeExisting,
    /// What is new.
    PrioritizeNew,
}

frozen!(hash SpanFilter);

impl SpanFilter {
    /// The filter that a block of the configuration names.
    pub fn from_config(block: &Value) -> Option<SpanFilter> {
        match block.get("@misc")?.as_str()? {
            "spacy.first_longest_spans_filter.v1" => Some(SpanFilter::FirstLongest),
            "spacy.prioritize_existing_ents_filter.v1" => Some(SpanFilter::PrioritizeExisting),
            "spacy.prioritize_new_ents_filter.v1" => Some(SpanFilter::PrioritizeNew),
            _ => None,
        }
    }

    /// What stays of the spans that were `there` and those that are `new`, in a document of `tokens` tokens.
    pub fn apply<'v>(
        self,
        there: &[SpanData<'v>],
        new: &[SpanData<'v>],
        tokens: usize,
    ) -> Vec<SpanData<'v>> {
        let mut covered = Covered(vec![false; tokens]);
        if self == SpanFilter::FirstLongest {
            let mut taken = longest_first([there, new].concat());
            taken.retain(|span| covered.take(span));
            taken.sort_by_key(|span| span.start);
            return taken;
        }
        let mut there = there.to_vec();
        // How many tokens before each are covered already.
        let mut before = vec![0_u32; tokens + 1];
        if self == SpanFilter::PrioritizeExisting {
            for span in &there {
                covered.0[span.start..span.end].fill(true);
            }
            for i in 0..tokens {
                before[i + 1] = before[i] + u32::from(covered.0[i]);
            }
        }
        let mut taken = longest_first(new.to_vec());
        taken.retain(|span| before[span.start] == before[span.end] && covered.take(span));
        if self == SpanFilter::PrioritizeNew {
            there.retain(|span| !covered.0[span.start..span.end].contains(&true));
        }
        there.extend(taken);
        there
    }
}

/// The longest first, of these the first.
fn longest_first(mut spans: Vec<SpanData<'_>>) -> Vec<SpanData<'_>> {
    spans.sort_by_key(|span| (std::cmp::Reverse(span.end - span.start), span.start));
    spans
}

/// The tokens that spans cover.
struct Covered(Vec<bool>);

impl Covered {
    /// Covers the tokens of a span, unless another span, none of which is shorter, covers some of them.
    fn take(&mut self, span: &SpanData<'_>) -> bool {
        let is = |i: Option<usize>| {
            i.and_then(|i| self.0.get(i))
                .is_some_and(|covered| *covered)
        };
        if is(Some(span.start)) || is(span.end.checked_sub(1)) {
            return false;
        }
        self.0[span.start..span.end].fill(true);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(ranges: &[(usize, usize)]) -> Vec<SpanData<'static>> {
        ranges
            .iter()
            .map(|&(start, end)| SpanData::new(start, end))
            .collect()
    }

    /// What stays, as ranges.
    fn kept(
        filter: SpanFilter,
        there: &[(usize, usize)],
        new: &[(usize, usize)],
    ) -> Vec<(usize, usize)> {
        let kept = filter.apply(&spans(there), &spans(new), 10);
        kept.iter().map(|span| (span.start, span.end)).collect()
    }

    #[test]
    fn the_longest_stays_and_of_equals_the_first() {
        let filter = SpanFilter::FirstLongest;
        assert_eq!(
            kept(filter, &[(0, 2)], &[(1, 4), (3, 6), (6, 7)]),
            [(1, 4), (6, 7)]
        );
        assert_eq!(kept(filter, &[(5, 6)], &[(5, 6), (0, 10)]), [(0, 10)]);
    }

    #[test]
    fn what_was_there_stays_whatever_is_new() {
        let filter = SpanFilter::PrioritizeExisting;
        let new = [(0, 6), (4, 7), (4, 6), (7, 9)];
        assert_eq!(kept(filter, &[(2, 3)], &new), [(2, 3), (4, 7), (7, 9)]);
    }

    #[test]
    fn what_is_new_takes_the_place_of_what_was_there() {
        let filter = SpanFilter::PrioritizeNew;
        let there = [(0, 1), (2, 3), (8, 10)];
        assert_eq!(
            kept(filter, &there, &[(1, 5), (0, 2), (9, 10)]),
            [(0, 1), (1, 5), (9, 10)]
        );
    }

    #[test]
    fn filters_are_known_by_the_names_that_spacy_registers() {
        let block = |name: &str| serde_json::json!({"@misc": name});
        let named = |name: &str| SpanFilter::from_config(&block(name));
        assert_eq!(
            named("spacy.prioritize_new_ents_filter.v1"),
            Some(SpanFilter::PrioritizeNew)
        );
        assert_eq!(named("my_filter.v1"), None);
        assert_eq!(SpanFilter::from_config(&Value::Null), None);
    }
}
