//! Whether the instruments tell the same story.
//!
//! The counters run in every child whatever its allocator, so the growth that a tool saw from n to 10n iterations can
//! be held against the growth that the counters of the same two processes saw: they have to be equal to the byte.

use super::findings::amount;
use crate::evidence::Evidence;
use harness_model::{SitePair, Zones};

/// One sentence a comparison.
pub fn agreement(evidence: &Evidence<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    for (name, probe) in evidence.tools() {
        let pairs = probe.ran().map_or(&[][..], |report| &report.pairs);
        sentences.extend(pairs.iter().map(|pair| with_counters(name, pair)));
    }
    sentences.extend(between_tools(evidence));
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

fn with_counters(name: &str, pair: &SitePair) -> String {
    let (seen, counted) = (seen(pair), counted(pair));
    let zones = pair.zones.phrase();
    if seen == counted {
        format!(
            "{} and the counters agree {zones}: {}.",
            capital(name),
            each(seen, pair)
        )
    } else {
        format!(
            "{} and the counters disagree {zones}: {} against {}.",
            capital(name),
            each(seen, pair),
            each(counted, pair)
        )
    }
}

/// A name at the beginning of a sentence. Those of programs stay as they are.
fn capital(name: &str) -> String {
    match name.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => name.to_owned(),
    }
}

/// What the measured loop with zones says beside the tools' shorter ones.
fn between_tools(evidence: &Evidence<'_>) -> Option<String> {
    let run = evidence.run(Zones::On)?;
    let (bytes, blocks) = (run.live_bytes.per_iteration, run.live_blocks.per_iteration);
    let pairs: Vec<(&str, &SitePair)> = evidence
        .tools()
        .into_iter()
        .filter_map(|(name, probe)| Some((name, probe.ran()?.pair(Zones::On)?)))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let told: Vec<String> = pairs
        .iter()
        .map(|(name, pair)| format!("{} by {name}", each(seen(pair), pair)))
        .collect();
    Some(format!(
        "With zones: {} by the counters over the whole loop, {}.",
        amount(bytes, blocks),
        told.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{flat, judged, not_run, pair};
    use harness_model::{Probe, SiteReport};

    /// From 2 to 20 iterations: bytes and blocks that the counters saw come to be live, and those that the tool saw.
    fn pair_of(zones: Zones, counted: (i64, i64), seen: (u64, u64)) -> SitePair {
        let mut pair = pair(zones, Vec::new());
        (pair.short.counted_bytes, pair.short.counted_blocks) = (1_000, 10);
        (pair.short.seen_bytes, pair.short.seen_blocks) = (600, 6);
        pair.long.counted_bytes = 1_000 + counted.0;
        pair.long.counted_blocks = 10 + counted.1;
        pair.long.seen_bytes = 600 + seen.0;
        pair.long.seen_blocks = 6 + seen.1;
        pair
    }

    fn ran(pairs: Vec<SitePair>) -> Probe<SiteReport> {
        Probe::Ran(SiteReport { pairs })
    }

    #[test]
    fn a_tool_that_saw_what_the_counters_saw_agrees_with_them() {
        let dhat = ran(vec![pair_of(Zones::Off, (1_800, 36), (1_800, 36))]);
        let says = judged(|evidence| evidence.dhat = &dhat).agreement;
        assert_eq!(
            says,
            ["dhat and the counters agree without zones: 100 bytes in 2 blocks an iteration."]
        );
    }

    #[test]
    fn a_tool_that_saw_another_growth_disagrees_and_both_figures_are_given() {
        let sites = ran(vec![pair_of(Zones::Off, (1_800, 36), (1_800, 18))]);
        let says = judged(|evidence| evidence.sites = &sites).agreement;
        assert_eq!(
            says,
            [
                "The allocator's records and the counters disagree without zones: 100 bytes in 1 block an iteration \
                 against 100 bytes in 2 blocks an iteration."
            ]
        );
    }

    #[test]
    fn the_loop_with_zones_is_held_against_each_tool_s_runs_with_zones() {
        let runs = [flat()];
        let valgrind = ran(vec![
            pair_of(Zones::Off, (1_800, 18), (1_800, 18)),
            pair_of(Zones::On, (36, 18), (36, 18)),
        ]);
        let says = judged(|evidence| {
            evidence.runs = &runs;
            evidence.valgrind = &valgrind;
        })
        .agreement;
        assert_eq!(
            says.last().unwrap(),
            "With zones: 0 bytes in 0 blocks an iteration by the counters over the whole loop, 2 bytes in 1 block an \
             iteration by valgrind."
        );
        assert_eq!(says.len(), 3);
        let nobody = not_run();
        let alone = judged(|evidence| {
            evidence.runs = &runs;
            evidence.valgrind = &nobody;
        });
        assert!(alone.agreement.is_empty());
    }
}
