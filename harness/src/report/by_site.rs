//! What the call sites that grow held, as layers over the iterations.

use super::chart::{Across, Chart, Curve, LAYERS, Values};
use harness_model::program::{ProgramGrowth, Resource};
use harness_model::units::bytes;
use harness_model::{GrowingSite, HeldAt, Place};
use std::collections::{BTreeMap, HashMap};

/// The least span of the plot: less is a line.
const LEAST_SPAN: f64 = 1024.0;

/// Call sites, and what each held.
pub(crate) type Sites<'a> = Vec<(&'a Place, Vec<HeldAt>)>;

/// The call sites of a program whose heap grows.
pub(crate) fn of_program(growth: &[ProgramGrowth]) -> Sites<'_> {
    let mut sites: Sites<'_> = Vec::new();
    let heap = growth.iter().filter(|one| one.resource == Resource::Heap);
    for site in heap.flat_map(|one| &one.sites) {
        // A site of which a part is lost and a part held is told twice.
        if !sites.iter().any(|(place, _)| **place == site.place) {
            sites.push((&site.place, site.held.clone()));
        }
    }
    sites
}

/// The call sites of a loop: the stacks that end in one are added up, and the iterations of its warm-up are counted
/// too.
pub(crate) fn of_loop(growing: &[GrowingSite], warmup: u64) -> Sites<'_> {
    let mut places: HashMap<&Place, BTreeMap<u64, HeldAt>> = HashMap::new();
    for site in growing {
        let place = places.entry(&site.place).or_default();
        for at in &site.held {
            let iterations = warmup + at.iterations;
            let sum = place.entry(iterations).or_insert(HeldAt {
                iterations,
                bytes: 0,
                blocks: 0,
            });
            sum.bytes += at.bytes;
            sum.blocks += at.blocks;
        }
    }
    let sites = places.into_iter();
    sites
        .map(|(place, held)| (place, held.into_values().collect()))
        .collect()
}

/// The sites that take most, one upon the other; none where nobody looked more than once. `of` says in the title of
/// which loop they are.
pub(crate) fn chart(mut sites: Sites<'_>, of: &str, across: Across) -> Option<Chart> {
    sites.retain(|(_, held)| held.len() > 1);
    let last = |held: &[HeldAt]| held.last().map_or(0, |at| at.bytes);
    sites.sort_by(|(place, held), (other, also)| {
        let by_size = last(also).cmp(&last(held));
        by_size.then_with(|| place.to_string().cmp(&other.to_string()))
    });
    sites.truncate(LAYERS.len() - 1);
    let mut counts: Vec<u64> = sites
        .iter()
        .flat_map(|(_, held)| held.iter().map(|at| at.iterations))
        .collect();
    counts.sort_unstable();
    counts.dedup();
    let curves: Vec<Curve> = sites
        .iter()
        .zip(LAYERS)
        .map(|((place, held), colour)| {
            let at = |count: &u64| {
                let held = held.iter().find(|at| at.iterations == *count);
                (*count as f64, held.map_or(0.0, |at| at.bytes as f64))
            };
            let said = bytes(last(held) as f64);
            Curve {
                name: place.to_string(),
                label: format!("{place}: {said}"),
                end: said,
                colour,
                points: counts.iter().map(at).collect(),
            }
        })
        .collect();
    if curves.is_empty() {
        return None;
    }
    let highest = (0..counts.len()).map(|at| {
        let layers = curves.iter().map(|curve| curve.points[at].1);
        layers.sum::<f64>()
    });
    let most = highest.fold(LEAST_SPAN, f64::max);
    Some(Chart {
        name: "sites".to_owned(),
        title: format!("Live heap by call site{of}"),
        subtitle: "the call sites that grow, those that take most at the bottom".to_owned(),
        curves,
        stacked: true,
        values: Values::Bytes,
        across,
        range: (0.0, most * 1.05),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing::program_growth;

    fn held(held: &[(u64, u64)]) -> Vec<HeldAt> {
        let at = |(iterations, bytes): &(u64, u64)| HeldAt {
            iterations: *iterations,
            bytes: *bytes,
            blocks: 1,
        };
        held.iter().map(at).collect()
    }

    fn points(chart: &Chart) -> Vec<&[(f64, f64)]> {
        let curves = chart.curves.iter();
        curves.map(|curve| curve.points.as_slice()).collect()
    }

    #[test]
    fn call_sites_are_layers_over_the_same_counts_and_each_is_there_once() {
        let growth = |function: &str, at: &[(u64, u64)]| {
            let mut growth = program_growth(Resource::Heap, function, 8.0);
            growth.sites[0].held = held(at);
            growth
        };
        let small = growth("small", &[(100, 50), (1_000, 60)]);
        let large = growth("large", &[(10, 100), (100, 900), (1_000, 9_000)]);
        // A part of it is lost and a part is held.
        let again = large.clone();
        let never = growth("never", &[]);
        let all = [small, large, again, never];
        let across = || Across::iterations(0.0, 1_000.0);
        let chart = super::chart(of_program(&all), "", across()).unwrap();
        assert!(chart.stacked && chart.range.1 >= 9_060.0);
        assert_eq!(
            points(&chart),
            [
                [(10.0, 100.0), (100.0, 900.0), (1_000.0, 9_000.0)],
                [(10.0, 0.0), (100.0, 50.0), (1_000.0, 60.0)],
            ]
        );
        assert!(super::chart(of_program(&all[3..]), "", across()).is_none());
    }

    #[test]
    fn the_stacks_of_a_loop_that_end_in_one_call_are_added_up() {
        let site = |line: u32, at: &[(u64, u64)]| GrowingSite {
            leak_kind: None,
            bytes_per_iteration: 1.0,
            blocks_per_iteration: 1.0,
            short_bytes: 0,
            short_blocks: 0,
            long_bytes: 0,
            long_blocks: 0,
            place: Place {
                function: "intern".to_owned(),
                file: Some("strings.rs".to_owned()),
                line: Some(line),
            },
            part: None,
            frames: Vec::new(),
            held: held(at),
        };
        let sites = [
            site(7, &[(25, 10), (50, 20)]),
            site(9, &[(50, 5)]),
            site(7, &[(50, 300)]),
            site(9, &[(25, 1)]),
        ];
        let across = Across::iterations(100.0, 150.0);
        let chart = super::chart(of_loop(&sites, 100), ", by it", across).unwrap();
        assert!(chart.title.ends_with(", by it"));
        assert_eq!(
            points(&chart),
            [
                [(125.0, 10.0), (150.0, 320.0)],
                [(125.0, 1.0), (150.0, 5.0)]
            ]
        );
    }
}
