//! One curve as a chart.

use crate::report::chart::{Across, Chart, Curve, LAYERS, Values};
use crate::report::lines::range;
use harness_model::Place;
use harness_model::program::{HeldAt, ProgramGrowth, Resource};
use harness_model::units::bytes;
use plotters::style::RGBColor;

/// The least span of a plot of bytes: less is a line.
const LEAST_SPAN: f64 = 1024.0;
/// The same of milliseconds, and of what is counted.
const LEAST_TIME: f64 = 1.0;

/// What the call sites that grow held, by the count of iterations: those that take most, one upon the other.
pub(super) fn by_site(growth: &[ProgramGrowth], across: Across) -> Option<Chart> {
    let mut sites: Vec<(&Place, &[HeldAt])> = Vec::new();
    let heap = growth.iter().filter(|one| one.resource == Resource::Heap);
    for site in heap.flat_map(|one| &one.sites) {
        // A site of which a part is lost and a part held is told twice.
        if site.held.len() > 1 && !sites.iter().any(|(place, _)| **place == site.place) {
            sites.push((&site.place, &site.held));
        }
    }
    let last = |held: &[HeldAt]| held.last().map_or(0, |at| at.bytes);
    sites.sort_by_key(|(_, held)| std::cmp::Reverse(last(held)));
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
    let top: f64 = sites.iter().map(|(_, held)| last(held) as f64).sum();
    let highest = counts.iter().enumerate().map(|(at, _)| {
        let layers = curves.iter().map(|curve| curve.points[at].1);
        layers.sum::<f64>()
    });
    let most = highest.fold(top, f64::max).max(LEAST_SPAN);
    Some(Chart {
        name: "sites".to_owned(),
        title: "Live heap by call site".to_owned(),
        subtitle: "the call sites that grow, those that take most at the bottom".to_owned(),
        curves,
        stacked: true,
        values: Values::Bytes,
        across,
        range: (0.0, most * 1.05),
    })
}

/// A chart of one curve: its name, its title and the line below that.
pub(crate) fn plot(
    (name, title, subtitle): (&str, &str, &str),
    points: Vec<(f64, f64)>,
    colour: RGBColor,
    across: Across,
    values: Values,
) -> Chart {
    let last = points.last().map_or(0.0, |point| point.1);
    let (said, least) = match values {
        Values::Milliseconds | Values::Count(_) => (values.said(last), LEAST_TIME),
        Values::Bytes | Values::Gains => (bytes(last), LEAST_SPAN),
    };
    let curves = vec![Curve {
        name: name.to_owned(),
        label: said.clone(),
        end: said,
        colour,
        points,
    }];
    Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        range: range(&curves, 0.0, least, None),
        curves,
        stacked: false,
        values,
        across,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing::program_growth;

    #[test]
    fn call_sites_are_layers_over_the_same_counts_and_each_is_there_once() {
        let growth = |function: &str, held: &[(u64, u64)]| {
            let mut growth = program_growth(Resource::Heap, function, 8.0);
            let at = |(iterations, bytes): &(u64, u64)| HeldAt {
                iterations: *iterations,
                bytes: *bytes,
                blocks: 1,
            };
            growth.sites[0].held = held.iter().map(at).collect();
            growth
        };
        let small = growth("small", &[(100, 50), (1_000, 60)]);
        let large = growth("large", &[(10, 100), (100, 900), (1_000, 9_000)]);
        // A part of it is lost and a part is held.
        let again = large.clone();
        let never = growth("never", &[]);
        let all = [small, large, again, never];
        let chart = by_site(&all, Across::iterations(0.0, 1_000.0)).unwrap();
        assert!(chart.stacked && chart.range.1 >= 9_060.0);
        let points: Vec<&[(f64, f64)]> = chart
            .curves
            .iter()
            .map(|curve| curve.points.as_slice())
            .collect();
        assert_eq!(
            points,
            [
                [(10.0, 100.0), (100.0, 900.0), (1_000.0, 9_000.0)],
                [(10.0, 0.0), (100.0, 50.0), (1_000.0, 60.0)],
            ]
        );
        assert!(by_site(&all[3..], Across::iterations(0.0, 1.0)).is_none());
    }
}
