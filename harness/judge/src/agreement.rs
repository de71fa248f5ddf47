//! Whether the instruments tell the same story.
//!
//! The counters run in every child whatever its allocator, so the growth that a tool saw from n to 10n iterations can
//! be held against the growth that the counters of the same two processes saw: they have to be equal to the byte.

use crate::evidence::Evidence;
use crate::findings::amount;
use crate::sentence::sentence_of;
use harness_model::condition::{behind, under};
use harness_model::{Instrument, SitePair};

/// One sentence a comparison.
pub fn agreement(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    for stacks in evidence.stacks {
        let pairs = stacks.result.ran().map_or(&[][..], |report| &report.pairs);
        let compared = pairs
            .iter()
            .map(|pair| with_counters(stacks.instrument, pair));
        sentences.extend(compared);
    }
    let flat = evidence.conditions.iter().map(|condition| &condition.name);
    let flat = flat.filter(|name| evidence.is_flat(name));
    sentences.extend(flat.filter_map(|name| over_the_whole_loop(evidence, name)));
    sentences
}

/// Bytes and blocks.
type Growth = (i128, i128);

fn counted(pair: &SitePair) -> Growth {
    let (short, long) = (&pair.short, &pair.long);
    (
        i128::from(long.counted_bytes) - i128::from(short.counted_bytes),
        i128::from(long.counted_blocks) - i128::from(short.counted_blocks),
    )
}

fn seen(pair: &SitePair) -> Growth {
    let gained = |short: u64, long: u64| i128::from(long) - i128::from(short);
    (
        gained(pair.short.seen_bytes, pair.long.seen_bytes),
        gained(pair.short.seen_blocks, pair.long.seen_blocks),
    )
}

fn each(growth: Growth, pair: &SitePair) -> String {
    let between = pair
        .long
        .iterations
        .saturating_sub(pair.short.iterations)
        .max(1) as f64;
    amount(growth.0 as f64 / between, growth.1 as f64 / between)
}

/// The two runs under the instrument, and the counters of the same two processes.
fn with_counters(instrument: Instrument, pair: &SitePair) -> String {
    let (seen, counted) = (seen(pair), counted(pair));
    let name = capital(instrument.title());
    let under = behind(&pair.condition);
    let runs = format!(
        "{} and {} iterations",
        pair.short.iterations, pair.long.iterations
    );
    if seen == counted {
        format!(
            "{name} and the counters of the same runs ({runs}) agree{under}: {} by both.",
            each(seen, pair)
        )
    } else {
        format!(
            "{name} and the counters of the same runs ({runs}) disagree{under}: {} against {}.",
            each(seen, pair),
            each(counted, pair)
        )
    }
}

/// An instrument at the beginning of a sentence. Names of programs stay as they are.
fn capital(title: &str) -> String {
    match title.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => title.to_owned(),
    }
}

/// What the measured loop says where memory should be flat, beside the instruments' own runs over other texts.
fn over_the_whole_loop(evidence: &Evidence<'_>, condition: &str) -> Option<String> {
    let run = evidence.run(condition).filter(|run| run.iterations > 0)?;
    let (bytes, blocks) = (run.live_bytes.per_iteration, run.live_blocks.per_iteration);
    let pairs = evidence.pairs_of(condition);
    if pairs.is_empty() {
        return None;
    }
    let told: Vec<String> = pairs
        .iter()
        .map(|(instrument, pair)| {
            let (short, long) = (pair.short.iterations, pair.long.iterations);
            let title = instrument.title();
            format!(
                "{} by {title} (from {short} to {long})",
                each(seen(pair), pair)
            )
        })
        .collect();
    let counted = format!(
        "{} by the counters over the whole loop of {} iterations, {}",
        amount(bytes, blocks),
        run.iterations,
        told.join(", ")
    );
    Some(sentence_of(&[under(condition, &counted)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{flat, judged, not_run, pair, seen_by};
    use harness_model::testing::{WITH, WITHOUT};
    use harness_model::{Probe, SiteReport, Stacks};

    /// From 2 to 20 iterations: bytes and blocks that the counters saw come to be live, and those that the tool saw.
    fn pair_of(condition: &str, counted: (i64, i64), seen: (u64, u64)) -> SitePair {
        let mut pair = pair(condition, Vec::new());
        (pair.short.counted_bytes, pair.short.counted_blocks) = (1_000, 10);
        (pair.short.seen_bytes, pair.short.seen_blocks) = (600, 6);
        pair.long.counted_bytes = 1_000 + counted.0;
        pair.long.counted_blocks = 10 + counted.1;
        pair.long.seen_bytes = 600 + seen.0;
        pair.long.seen_blocks = 6 + seen.1;
        pair
    }

    fn ran(instrument: Instrument, pairs: Vec<SitePair>) -> [Stacks; 1] {
        [seen_by(instrument, &Probe::Ran(SiteReport { pairs }))]
    }

    #[test]
    fn a_tool_that_saw_what_the_counters_saw_agrees_with_them() {
        let dhat = ran(
            Instrument::Dhat,
            vec![pair_of(WITHOUT, (1_800, 36), (1_800, 36))],
        );
        let says = judged(|evidence| evidence.stacks = &dhat).agreement;
        assert_eq!(
            says,
            [
                "dhat and the counters of the same runs (2 and 20 iterations) agree without zones: 100 bytes in 2 blocks an \
             iteration by both."
            ]
        );
    }

    #[test]
    fn a_tool_that_saw_another_growth_disagrees_and_both_figures_are_given() {
        let sites = ran(
            Instrument::Sites,
            vec![pair_of(WITHOUT, (1_800, 36), (1_800, 18))],
        );
        let says = judged(|evidence| evidence.stacks = &sites).agreement;
        assert_eq!(
            says,
            [
                "The allocator's records and the counters of the same runs (2 and 20 iterations) disagree without \
                 zones: 100 bytes in 1 block an iteration against 100 bytes in 2 blocks an iteration."
            ]
        );
    }

    #[test]
    fn a_loop_that_should_be_flat_is_compared_with_each_instrument_s_runs() {
        let runs = [flat()];
        let valgrind = ran(
            Instrument::Valgrind,
            vec![
                pair_of(WITHOUT, (1_800, 18), (1_800, 18)),
                pair_of(WITH, (36, 18), (36, 18)),
            ],
        );
        let says = judged(|evidence| {
            evidence.runs = &runs;
            evidence.stacks = &valgrind;
        })
        .agreement;
        assert_eq!(
            says.last().unwrap(),
            "With zones 0 bytes in 0 blocks an iteration by the counters over the whole loop of 40 iterations, 2 bytes in \
             1 block an iteration by valgrind (from 2 to 20)."
        );
        assert_eq!(says.len(), 3);
        let nobody = [seen_by(Instrument::Valgrind, &not_run())];
        let alone = judged(|evidence| {
            evidence.runs = &runs;
            evidence.stacks = &nobody;
        });
        assert!(alone.agreement.is_empty());
    }
}
