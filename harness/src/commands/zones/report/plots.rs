//! What each plot shows and says.

use crate::child::zones::orders::ZonesSample;
use crate::commands::zones::summary::ZonesSummary;
use crate::report::chart::{Across, Chart, Curve, Values, WITH_ZONES, WITHOUT_ZONES};
use crate::report::layers;
use crate::report::lines::range;
use harness_model::units;
use plotters::style::RGBColor;

const X_NAME: &str = "new words streamed";

/// Live heap, stores and resident set over the words streamed.
pub(super) fn charts(summary: &ZonesSummary, samples: &[ZonesSample]) -> Vec<Chart> {
    // The state before the first round is no part of what is compared.
    let after = samples.get(1..).unwrap_or_default();
    [heap(summary, after), stores(after), rss(summary, after)]
        .into_iter()
        .flatten()
        .collect()
}

fn colour(summary: &ZonesSummary) -> RGBColor {
    if summary.options.zones.has_zones() {
        WITH_ZONES
    } else {
        WITHOUT_ZONES
    }
}

fn heap(summary: &ZonesSummary, samples: &[ZonesSample]) -> Option<Chart> {
    let first = samples.first()?;
    let last = samples.last()?;
    let base = first.live_bytes as f64;
    let points = samples
        .iter()
        .map(|sample| (sample.words as f64, sample.live_bytes as f64 - base));
    let growth = &summary.run.growth;
    let said = match growth.live_bytes {
        0 => "flat to the byte".to_owned(),
        grown => units::gain(grown as f64),
    };
    let curves = vec![Curve {
        name: summary.options.zones.phrase().to_owned(),
        label: format!(
            "{}: {} a new word",
            summary.options.zones.phrase(),
            units::rate(growth.bytes_per_word)
        ),
        end: units::gain(growth.live_bytes as f64),
        colour: colour(summary),
        points: points.collect(),
    }];
    Some(Chart {
        name: "heap".to_owned(),
        title: format!(
            "Live heap: {said} over {} new words",
            units::count(last.words)
        ),
        subtitle: format!(
            "in use between zones, counted exactly, against the end of the first round ({} live then)",
            units::bytes(base)
        ),
        // A line that moves by less than this is flat to the eye as it is in fact.
        range: range(&curves, 0.0, (base * 0.001).max(4096.0), Some(0.0)),
        curves,
        stacked: false,
        values: Values::Gains,
        across: Across::words(X_NAME, last.words as f64),
    })
}

/// What memory consists of, or, where it grew, of what the growth consists.
fn stores(samples: &[ZonesSample]) -> Option<Chart> {
    let (first, last) = (samples.first()?, samples.last()?);
    let grown = last.live_bytes > first.live_bytes;
    let since = |value: &dyn Fn(&ZonesSample) -> f64| -> Vec<f64> {
        let base = if grown { value(first) } else { 0.0 };
        samples.iter().map(|sample| value(sample) - base).collect()
    };
    let values = last.stores.iter().map(|store| {
        let bytes = |sample: &ZonesSample| {
            let same = sample
                .stores
                .iter()
                .filter(|other| (&other.owner, &other.name) == (&store.owner, &store.name));
            same.map(|store| store.bytes as f64).sum()
        };
        let owner = match &*store.owner {
            "vocabulary" => "",
            owner => owner,
        };
        let name = format!("{owner} {}", units::words(&store.name));
        (name.trim_start().to_owned(), since(&bytes))
    });
    let whole = since(&|sample: &ZonesSample| sample.live_bytes as f64);
    let xs: Vec<f64> = samples.iter().map(|sample| sample.words as f64).collect();
    let label: fn(f64) -> String = if grown { units::gain } else { units::bytes };
    let stack = layers::stack(&xs, values.collect(), whole, label)?;
    let (title, subtitle) = if grown {
        (
            format!("What grew: {}", layers::most(&stack.shares)),
            "bytes gained since the first round, by store, one on the other",
        )
    } else {
        (
            format!(
                "What is live, and stays: {}",
                units::bytes(last.live_bytes as f64)
            ),
            "bytes by store, one on the other; what is in no store is the harness's own, for the most part",
        )
    };
    Some(Chart {
        name: "stores".to_owned(),
        title,
        subtitle: subtitle.to_owned(),
        curves: stack.curves,
        stacked: true,
        values: if grown { Values::Gains } else { Values::Bytes },
        across: Across::words(X_NAME, last.words as f64),
        range: (0.0, stack.top * 1.05),
    })
}

fn rss(summary: &ZonesSummary, samples: &[ZonesSample]) -> Option<Chart> {
    let rss = summary.run.rss?;
    let curve = |name: &str, colour, value: fn(&ZonesSample) -> Option<u64>| {
        let points: Vec<(f64, f64)> = samples
            .iter()
            .filter_map(|sample| Some((sample.words as f64, value(sample)? as f64)))
            .collect();
        let end = units::bytes(points.last()?.1);
        Some(Curve {
            name: name.to_owned(),
            label: name.to_owned(),
            end,
            colour,
            points,
        })
    };
    let curves: Vec<Curve> = [
        curve("resident memory", colour(summary), |sample| {
            sample.resident()
        }),
        curve("live heap", crate::report::chart::LAYERS[2], |sample| {
            Some(sample.live_bytes)
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let last = samples.last()?;
    let top = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.1);
    let top = top.fold(1.0, f64::max);
    // Only with zones is the growth judged, and only from here on.
    let mut across = Across::words(X_NAME, last.words as f64);
    if summary.options.zones.has_zones() && rss.settled_at < last.words {
        across.warmup = rss.settled_at as f64;
    }
    Some(Chart {
        name: "rss".to_owned(),
        title: format!(
            "Resident memory (RSS): {}",
            match rss.growth {
                0 => "no page more".to_owned(),
                growth => units::gain(growth as f64),
            }
        ),
        subtitle: format!(
            "what the system holds in memory for the process once free pages are given back; growth counts from {} words on",
            units::count(rss.settled_at)
        ),
        curves,
        stacked: false,
        values: Values::Bytes,
        across,
        range: (0.0, top * 1.1),
    })
}
