//! What the plot shows: the share of leaks found, by rate, in counters and in resident sets.

use crate::commands::calibrate::summary::{CalibrationSummary, Detection, PlantedIn};
use crate::report::chart::LAYERS;
use crate::report::rates::{Panel, RateCurve, Rates};
use harness_judge::simulation::leaks::Leak;
use harness_model::units::count;

/// What a leak keeps.
const KEPT: &str = "bytes kept an iteration";
/// Kinds of leaks that have a curve; the page has a table of all.
const DRAWN: [Leak; 6] = [
    Leak::Linear,
    Leak::MidRun,
    Leak::Poisson,
    Leak::OnFilling,
    Leak::OnSawtooth,
    Leak::Faster,
];

/// The picture of the power: a panel for each length of the run, a curve for each kind of leak.
pub(super) fn power(summary: &CalibrationSummary) -> Rates {
    let mut lengths: Vec<u64> = summary.power.iter().map(|row| row.iterations).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let curve = |iterations: u64, kind: Leak, colour| {
        let row = summary
            .power
            .iter()
            .find(|row| row.iterations == iterations && row.kind == kind.name());
        row.map(|row| RateCurve {
            label: row.kind.clone(),
            colour,
            points: row
                .points
                .iter()
                .map(|point| (point.rate, point.share()))
                .collect(),
        })
    };
    let panel = |iterations: u64| Panel {
        title: format!("Over {} iterations", count(iterations)),
        unit: "deviations of the noise gained over the run",
        curves: DRAWN
            .iter()
            .zip(LAYERS)
            .filter_map(|(kind, colour)| curve(iterations, *kind, colour))
            .collect(),
    };
    Rates {
        title: "Simulated leaks found, by how far they rise above the noise".to_owned(),
        subtitle: "the share that is called growing; a curve for each kind of leak".to_owned(),
        panels: lengths.into_iter().map(panel).collect(),
    }
}

/// The picture: exact counters on the left, resident sets on the right.
pub(super) fn detection(summary: &CalibrationSummary) -> Rates {
    let of = |wanted: &[PlantedIn]| -> Vec<RateCurve> {
        let rows = summary.detection.iter();
        rows.filter(|row| wanted.contains(&row.planted_in) && !row.points.is_empty())
            .zip([
                LAYERS[3],
                LAYERS[2],
                crate::report::chart::WITH_ZONES,
                LAYERS[4],
            ])
            .map(|(row, colour)| RateCurve {
                label: label(row),
                colour,
                points: row
                    .points
                    .iter()
                    .map(|point| (point.rate, point.share()))
                    .collect(),
            })
            .collect()
    };
    let mut rates = Rates {
        title: "Leaks found, by what they keep an iteration and how long the run is".to_owned(),
        subtitle:
            "the share of planted leaks that are called growing; a curve for each length of the run"
                .to_owned(),
        panels: vec![
            Panel {
                title: "By the exact counters".to_owned(),
                unit: KEPT,
                curves: of(&[PlantedIn::Counters, PlantedIn::CountersAtRandom]),
            },
            Panel {
                title: "In the resident set of this machine".to_owned(),
                unit: KEPT,
                curves: of(&[PlantedIn::ResidentSet]),
            },
        ],
    };
    // Without real runs there is nothing to draw of the resident set.
    rates.panels.retain(|panel| !panel.curves.is_empty());
    rates
}

fn label(row: &Detection) -> String {
    let iterations = count(row.iterations);
    match row.planted_in {
        PlantedIn::CountersAtRandom => format!("{iterations} iterations, kept at random"),
        PlantedIn::Counters | PlantedIn::ResidentSet => format!("{iterations} iterations"),
    }
}
