//! What the memory of both runs did, loop by loop: A in grey, B in the loop's colour.

use crate::report::chart::{Across, Chart, Curve, LAYERS, Values, colour};
use crate::report::lines::range;
use harness_model::Sample;
use harness_model::condition::{behind, slug};
use harness_model::units;
use harness_model::{Run, Summary};
use plotters::style::RGBColor;

/// A run with its samples, and what it is called.
pub(super) struct Side<'r> {
    /// "A" or "B".
    pub name: &'static str,
    /// The run.
    pub summary: &'r Summary,
    /// Its samples.
    pub samples: &'r [Sample],
}

/// Live heap and resident set of each loop that either run has.
pub(super) fn charts(sides: &[Side<'_>; 2]) -> Vec<Chart> {
    let mut names: Vec<&str> = Vec::new();
    for condition in sides.iter().flat_map(|side| &side.summary.conditions) {
        if !names.contains(&condition.name.as_str()) {
            names.push(&condition.name);
        }
    }
    let of = |name| [live_heap(sides, name), resident_set(sides, name)];
    let all = names.into_iter().flat_map(of);
    all.flatten().collect()
}

fn live_heap(sides: &[Side<'_>; 2], condition: &str) -> Option<Chart> {
    let curves = curves(sides, condition, &|run, sample| {
        Some(sample.live_bytes as f64 - run.live_bytes.first as f64)
    });
    chart(sides, condition, "heap", "Live heap", curves, true)
}

fn resident_set(sides: &[Side<'_>; 2], condition: &str) -> Option<Chart> {
    let curves = curves(sides, condition, &|_, sample| {
        Some(sample.rss_bytes? as f64)
    });
    chart(
        sides,
        condition,
        "rss",
        "Resident memory (RSS)",
        curves,
        false,
    )
}

fn chart(
    sides: &[Side<'_>; 2],
    condition: &str,
    name: &str,
    what: &str,
    mut curves: Vec<Curve>,
    gains: bool,
) -> Option<Chart> {
    let last = |curve: &Curve| curve.points.last().map(|point| point.1);
    let value = |value: f64| {
        if gains {
            units::gain(value)
        } else {
            units::bytes(value)
        }
    };
    for curve in &mut curves {
        curve.end = last(curve).map(value).unwrap_or_default();
        curve.label = format!("{}: {}", curve.name, curve.end);
    }
    let said: Vec<String> = curves
        .iter()
        .map(|curve| format!("{} in {}", curve.end, curve.name))
        .collect();
    let all = curves.iter().flat_map(|curve| &curve.points);
    let (last, greatest) = all.fold((0.0_f64, 0.0_f64), |(last, greatest), (x, y)| {
        (last.max(*x), greatest.max(*y))
    });
    let warmup = sides
        .iter()
        .filter_map(|side| side.summary.run(condition))
        .map(|run| run.warmup)
        .max()? as f64;
    // A line that moves by less than this is flat to the eye as it is in fact: see the plots of one run.
    let (least, floor) = if gains {
        (4096.0, Some(0.0))
    } else {
        (greatest * 0.25, None)
    };
    (!curves.is_empty()).then(|| Chart {
        name: format!("{name}-{}", slug(condition)),
        title: format!("{what}{}: {}", behind(condition), said.join(", ")),
        subtitle: if gains {
            "in use after each iteration, counted exactly, against the end of each run's own warm-up".to_owned()
        } else {
            "what the system holds in memory for the whole process; the axis does not begin at zero".to_owned()
        },
        stacked: false,
        values: if gains {
            Values::Gains
        } else {
            Values::Bytes
        },
        range: range(&curves, warmup, least, floor),
        curves,
        across: Across::iterations(warmup, last),
    })
}

/// A curve for each run that has the loop and the figure.
fn curves(
    sides: &[Side<'_>; 2],
    condition: &str,
    value: &dyn Fn(&Run, &Sample) -> Option<f64>,
) -> Vec<Curve> {
    let curve = |side: &Side<'_>| {
        let run = side.summary.run(condition)?;
        let own = side
            .samples
            .iter()
            .filter(|sample| sample.condition == condition);
        let points: Vec<(f64, f64)> = own
            .filter_map(|sample| Some((sample.iteration as f64, value(run, sample)?)))
            .collect();
        (!points.is_empty()).then(|| Curve {
            name: side.name.to_owned(),
            label: String::new(),
            end: String::new(),
            colour: side.colour(condition),
            points,
        })
    };
    sides.iter().filter_map(curve).collect()
}

impl Side<'_> {
    fn colour(&self, condition: &str) -> RGBColor {
        match self.name {
            "A" => LAYERS[6],
            _ => colour(&self.summary.conditions, condition),
        }
    }
}
