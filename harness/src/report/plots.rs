//! What each plot shows and says: from the run's figures to charts.

use super::by_site;
use super::chart::{Across, Chart, Curve, Values, colour};
use super::layers;
use super::lines::range;
use harness_judge::cause::is_too_short;
use harness_model::Sample;
use harness_model::condition::behind;
use harness_model::units;
use harness_model::{Expectation, Instrument, Run, Series, Shape, SitePair, Summary};

/// The charts of a run: live heap, resident set, and what grew by store and by call site. One whose figures were not
/// measured is left out.
pub(crate) fn charts(summary: &Summary, samples: &[Sample]) -> Vec<Chart> {
    [
        heap(summary, samples),
        rss(summary, samples),
        stores(summary, samples),
        sites(summary),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn heap(summary: &Summary, samples: &[Sample]) -> Option<Chart> {
    let curves = curves(
        summary,
        samples,
        |run| Some(&run.live_bytes),
        |sample| Some(sample.live_bytes),
        true,
    )?;
    let base = summary.runs.iter().map(|run| run.live_bytes.first).max()? as f64;
    Some(Chart {
        name: "heap".to_owned(),
        title: format!(
            "Live heap: {}",
            said(summary, |run| Some(&run.live_bytes), true)
        ),
        subtitle: format!(
            "in use after each iteration, counted exactly, against the end of the warm-up ({} live then)",
            units::bytes(base)
        ),
        stacked: false,
        values: Values::Gains,
        // A line that moves by less than this is flat to the eye as it is in fact.
        range: range(
            &curves,
            warmup(summary),
            (base * 0.001).max(4096.0),
            Some(0.0),
        ),
        curves,
        across: Across::iterations(warmup(summary), last_iteration(samples)?),
    })
}

fn rss(summary: &Summary, samples: &[Sample]) -> Option<Chart> {
    let curves = curves(
        summary,
        samples,
        |run| run.rss_bytes.as_ref(),
        |sample| sample.rss_bytes,
        false,
    )?;
    let greatest = summary
        .runs
        .iter()
        .filter_map(|run| run.rss_bytes.as_ref())
        .map(|series| series.max)
        .max()? as f64;
    Some(Chart {
        name: "rss".to_owned(),
        // What an allocator takes and gives back comes to a few hundredths of the whole; less than that is flat.
        title: format!("Resident memory (RSS): {}", said(summary, |run| run.rss_bytes.as_ref(), false)),
        subtitle: "what the system holds in memory for the whole process, after each iteration; the axis does not begin at zero".to_owned(),
        stacked: false,
        values: Values::Bytes,
        range: range(&curves, warmup(summary), greatest * 0.25, None),
        curves,
        across: Across::iterations(warmup(summary), last_iteration(samples)?),
    })
}

/// Where the growth of the loop without zones went (or of the only loop): a layer for each store that gained, and one
/// for what no store accounts for.
fn stores(summary: &Summary, samples: &[Sample]) -> Option<Chart> {
    let run = summary
        .runs
        .iter()
        .find(|run| summary.expects(&run.condition) != Expectation::Flat)
        .or(summary.runs.first())?;
    let samples: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.condition == run.condition && sample.iteration >= run.warmup)
        .collect();
    let (first, last) = (samples.first()?, samples.last()?);
    let names = last.stores.iter().map(|store| store.name.as_str());
    let gains: Vec<(String, Vec<f64>)> = names
        .map(|name| {
            let bytes = |sample: &Sample| store_bytes(sample, name);
            let gains = samples.iter().map(|sample| gained(first, sample, bytes));
            (units::words(name), gains.collect())
        })
        .collect();
    let live = samples
        .iter()
        .map(|sample| gained(first, sample, |sample| sample.live_bytes as f64));
    let xs: Vec<f64> = samples
        .iter()
        .map(|sample| sample.iteration as f64)
        .collect();
    let stack = layers::stack(&xs, gains, live.collect(), units::gain)?;
    Some(Chart {
        name: "stores".to_owned(),
        title: format!(
            "What grew{}: {}",
            behind(&run.condition),
            layers::most(&stack.shares)
        ),
        subtitle: "bytes gained after the warm-up by the stores, one on the other".to_owned(),
        curves: stack.curves,
        stacked: true,
        values: Values::Gains,
        across: Across::iterations(run.warmup as f64, last.iteration as f64),
        range: (0.0, stack.top * 1.05),
    })
}

/// What the call sites held that grow in the loop without zones, or in the only one.
fn sites(summary: &Summary) -> Option<Chart> {
    let pairs = &summary.stacks(Instrument::Sites)?.ran()?.pairs;
    let may_grow = |pair: &&SitePair| summary.expects(&pair.condition) != Expectation::Flat;
    let pair = pairs.iter().find(may_grow).or(pairs.first())?;
    let warmup = summary.options.warmup;
    let across = Across::iterations(warmup as f64, (warmup + pair.long.iterations) as f64);
    let sites = by_site::of_loop(&pair.growing, warmup);
    by_site::chart(sites, &behind(&pair.condition), across)
}

fn store_bytes(sample: &Sample, name: &str) -> f64 {
    let stores = sample.stores.iter().filter(|store| store.name == name);
    stores.map(|store| store.bytes as f64).sum()
}

fn gained(from: &Sample, to: &Sample, value: impl Fn(&Sample) -> f64) -> f64 {
    value(to) - value(from)
}

fn warmup(summary: &Summary) -> f64 {
    summary.runs.iter().map(|run| run.warmup).max().unwrap_or(0) as f64
}

fn last_iteration(samples: &[Sample]) -> Option<f64> {
    samples
        .iter()
        .map(|sample| sample.iteration)
        .max()
        .map(|last| last as f64)
}

/// One curve a run; `None` where no run has the figure.
fn curves(
    summary: &Summary,
    samples: &[Sample],
    series: impl Fn(&Run) -> Option<&Series>,
    value: impl Fn(&Sample) -> Option<u64>,
    relative: bool,
) -> Option<Vec<Curve>> {
    let mut curves = Vec::new();
    for run in &summary.runs {
        let Some(series) = series(run) else { continue };
        let base = if relative { series.first as f64 } else { 0.0 };
        let own = samples
            .iter()
            .filter(|sample| sample.condition == run.condition);
        let points: Vec<(f64, f64)> = own
            .filter_map(|sample| Some((sample.iteration as f64, value(sample)? as f64 - base)))
            .collect();
        if points.is_empty() {
            continue;
        }
        let gain = series.last as f64 - series.first as f64;
        let (label, end) = if relative {
            (
                format!("{} an iteration", units::rate(series.per_iteration)),
                units::gain(gain),
            )
        } else {
            let last = units::bytes(series.last as f64);
            (
                format!("from {} to {last}", units::bytes(series.first as f64)),
                last,
            )
        };
        curves.push(Curve {
            name: run.condition.clone(),
            label: named(&run.condition, &label),
            end,
            colour: colour(&summary.conditions, &run.condition),
            points,
        });
    }
    (!curves.is_empty()).then_some(curves)
}

/// What is said of a loop, after its condition: `with zones: +3 B an iteration`.
fn named(condition: &str, label: &str) -> String {
    match condition {
        "" => label.to_owned(),
        name => format!("{name}: {label}"),
    }
}

/// "+402 KiB without zones, flat with zones", or "flat without zones and with zones".
fn said(summary: &Summary, series: impl Fn(&Run) -> Option<&Series>, exact: bool) -> String {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    for run in &summary.runs {
        let Some(series) = series(run) else { continue };
        let gain = series.last as f64 - series.first as f64;
        let what = match series.shape {
            _ if run.iterations == 0 => "not measured".to_owned(),
            _ if is_too_short(run) => {
                format!(
                    "{} in {}",
                    units::gain(gain),
                    units::several(run.iterations, "iteration")
                )
            }
            Shape::Flat if exact && series.min == series.max => "flat to the byte".to_owned(),
            Shape::Flat => "flat".to_owned(),
            Shape::Sawtooth => "a sawtooth that keeps nothing".to_owned(),
            Shape::OneOff if series.steps.len() > 1 => {
                format!("{} in {} steps", units::gain(gain), series.steps.len())
            }
            Shape::OneOff => format!("one step of {}", units::gain(gain)),
            _ => units::gain(gain),
        };
        match parts.iter_mut().find(|(same, _)| *same == what) {
            Some((_, loops)) => loops.push(run.condition.as_str()),
            None => parts.push((what, vec![run.condition.as_str()])),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(what, loops)| format!("{what}{}", behind(&loops.join(" and "))))
        .collect();
    parts.join(", ")
}
