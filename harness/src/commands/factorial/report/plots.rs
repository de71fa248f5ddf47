//! The eight cells side by side, on one scale: what is resident over what is live.

use crate::child::zones::orders::ZonesSample;
use crate::commands::factorial::summary::{Cell, FactorialSummary};
use crate::report::chart::{Across, Chart, Curve, LAYERS, Values};
use crate::report::panels::Panels;
use harness_model::units;
use plotters::style::RGBColor;

const RESIDENT: RGBColor = LAYERS[4];
const LIVE: RGBColor = LAYERS[2];

/// One panel a cell: without zones on the left, with zones on the right.
pub(super) fn panels(summary: &FactorialSummary, samples: &[Vec<ZonesSample>]) -> Panels {
    let values = samples.iter().flatten();
    let top = values
        .flat_map(|sample| sample.resident().into_iter().chain([sample.live_bytes]))
        .max()
        .unwrap_or(1) as f64;
    let cells = summary.cells.iter().zip(samples);
    Panels {
        name: "factorial",
        title: "Live heap and resident memory: zones, new words, and free pages given back"
            .to_owned(),
        subtitle: format!(
            "{} words in each run, measured between blocks of {}; one scale throughout",
            units::count(summary.options.words),
            units::count(summary.options.words_per_block)
        ),
        legend: vec![
            ("resident memory".to_owned(), RESIDENT),
            ("live heap".to_owned(), LIVE),
        ],
        columns: 2,
        charts: cells
            .map(|(cell, samples)| chart(cell, samples, top))
            .collect(),
    }
}

fn chart(cell: &Cell, samples: &[ZonesSample], top: f64) -> Chart {
    let curve = |label: &str, colour, value: fn(&ZonesSample) -> Option<u64>| {
        let points: Vec<(f64, f64)> = samples
            .iter()
            .filter_map(|sample| Some((sample.words as f64, value(sample)? as f64)))
            .collect();
        Curve {
            name: label.to_owned(),
            label: label.to_owned(),
            end: points
                .last()
                .map_or_else(String::new, |last| units::bytes(last.1)),
            colour,
            points,
        }
    };
    Chart {
        name: String::new(),
        title: cell.phrase(),
        subtitle: String::new(),
        curves: vec![
            curve("resident memory", RESIDENT, ZonesSample::resident),
            curve("live heap", LIVE, |sample| Some(sample.live_bytes)),
        ],
        stacked: false,
        values: Values::Bytes,
        across: Across::words(
            "words",
            samples.last().map_or(0.0, |sample| sample.words as f64),
        ),
        range: (0.0, top * 1.1),
    }
}
