//! What the memory of both runs did, loop by loop: A in grey, B in the loop's colour.

use crate::report::chart::{Across, Chart, Curve, LAYERS, WITH_ZONES, WITHOUT_ZONES};
use crate::report::lines::range;
use harness_model::Sample;
use harness_model::units;
use harness_model::{Run, Summary, Zones};
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
    let of = |zones| [live_heap(sides, zones), resident_set(sides, zones)];
    let all = [Zones::Off, Zones::On].map(of).into_iter().flatten();
    all.flatten().collect()
}

fn live_heap(sides: &[Side<'_>; 2], zones: Zones) -> Option<Chart> {
    let curves = curves(sides, zones, &|run, sample| {
        Some(sample.live_bytes as f64 - run.live_bytes.first as f64)
    });
    let name = match zones {
        Zones::Off => "heap-off",
        Zones::On => "heap-on",
    };
    chart(sides, zones, name, "Live heap", curves, true)
}

fn resident_set(sides: &[Side<'_>; 2], zones: Zones) -> Option<Chart> {
    let curves = curves(sides, zones, &|_, sample| Some(sample.rss_bytes? as f64));
    let name = match zones {
        Zones::Off => "rss-off",
        Zones::On => "rss-on",
    };
    chart(sides, zones, name, "Resident memory (RSS)", curves, false)
}

fn chart(
    sides: &[Side<'_>; 2],
    zones: Zones,
    name: &'static str,
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
        .filter_map(|side| side.summary.run(zones))
        .map(|run| run.warmup)
        .max()? as f64;
    // A line that moves by less than this is flat to the eye as it is in fact: see the plots of one run.
    let (least, floor) = if gains {
        (4096.0, Some(0.0))
    } else {
        (greatest * 0.25, None)
    };
    (!curves.is_empty()).then(|| Chart {
        name,
        title: format!("{what} {}: {}", zones.phrase(), said.join(", ")),
        subtitle: if gains {
            "in use after each iteration, counted exactly, against the end of each run's own warm-up".to_owned()
        } else {
            "what the system holds in memory for the whole process; the axis does not begin at zero".to_owned()
        },
        stacked: false,
        gains,
        range: range(&curves, warmup, least, floor),
        curves,
        across: Across::iterations(warmup, last),
    })
}

/// A curve for each run that has the loop and the figure.
fn curves(
    sides: &[Side<'_>; 2],
    zones: Zones,
    value: &dyn Fn(&Run, &Sample) -> Option<f64>,
) -> Vec<Curve> {
    let curve = |side: &Side<'_>| {
        let run = side.summary.run(zones)?;
        let own = side.samples.iter().filter(|sample| sample.zones == zones);
        let points: Vec<(f64, f64)> = own
            .filter_map(|sample| Some((sample.iteration as f64, value(run, sample)?)))
            .collect();
        (!points.is_empty()).then(|| Curve {
            name: side.name.to_owned(),
            label: String::new(),
            end: String::new(),
            colour: side.colour(zones),
            points,
        })
    };
    sides.iter().filter_map(curve).collect()
}

impl Side<'_> {
    fn colour(&self, zones: Zones) -> RGBColor {
        match (self.name, zones) {
            ("A", _) => LAYERS[6],
            (_, Zones::Off) => WITHOUT_ZONES,
            (_, Zones::On) => WITH_ZONES,
        }
    }
}
