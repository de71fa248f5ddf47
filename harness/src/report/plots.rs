//! What each plot shows and says: from the run's figures to charts.

use super::chart::{Chart, Curve, LAYERS, WITH_ZONES, WITHOUT_ZONES};
use super::units;
use crate::sample::Sample;
use crate::summary::{Run, Series, Shape, Summary, Zones};

/// More points than this to a curve are thinned; the least and the greatest of each stretch stay.
const MAX_POINTS: usize = 1_200;
/// How far below the measured part the warm-up may pull the axis, in parts of the measured span.
const WARMUP_SHARE: f64 = 0.35;

/// The charts of a run: live heap, resident set, and what grew by store. One whose figures were not measured is left
/// out.
pub(crate) fn charts(summary: &Summary, samples: &[Sample]) -> Vec<Chart> {
    [
        heap(summary, samples),
        rss(summary, samples),
        stores(summary, samples),
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
        name: "heap",
        title: format!(
            "Live heap: {}",
            said(summary, |run| Some(&run.live_bytes), true)
        ),
        subtitle: format!(
            "in use after each iteration, counted exactly, against the end of the warm-up ({} live then)",
            units::bytes(base)
        ),
        stacked: false,
        // A line that moves by less than this is flat to the eye as it is in fact.
        range: range(
            &curves,
            warmup(summary),
            (base * 0.001).max(4096.0),
            Some(0.0),
        ),
        curves,
        warmup: warmup(summary),
        last: last_iteration(samples)?,
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
        .filter_map(|run| run.rss_bytes)
        .map(|series| series.max)
        .max()? as f64;
    Some(Chart {
        name: "rss",
        // What an allocator takes and gives back comes to a few hundredths of the whole; less than that is flat.
        title: format!("Resident memory (RSS): {}", said(summary, |run| run.rss_bytes.as_ref(), false)),
        subtitle: "what the system holds in memory for the whole process, after each iteration; the axis does not begin at zero".to_owned(),
        stacked: false,
        range: range(&curves, warmup(summary), greatest * 0.25, None),
        curves,
        warmup: warmup(summary),
        last: last_iteration(samples)?,
    })
}

/// Where the growth of the loop without zones went (or of the only loop): a layer for each store that gained, and one
/// for what no store accounts for.
fn stores(summary: &Summary, samples: &[Sample]) -> Option<Chart> {
    let run = summary
        .runs
        .iter()
        .find(|run| run.zones == Zones::Off)
        .or(summary.runs.first())?;
    let samples: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.zones == run.zones && sample.iteration >= run.warmup)
        .collect();
    let (first, last) = (samples.first()?, samples.last()?);
    let mut names: Vec<&str> = last
        .stores
        .iter()
        .map(|store| store.name.as_str())
        .collect();
    let gain_of = |name: &str| gained(first, last, |sample| store_bytes(sample, &[name]));
    names.retain(|name| gain_of(name) > 0.0);
    names.sort_by(|a, b| gain_of(b).total_cmp(&gain_of(a)));
    // A store that also shrinks (room kept for later) lies on those that only grow: their edges stay easy to follow.
    let shrinks = |name: &str| {
        samples
            .windows(2)
            .any(|pair| store_bytes(pair[1], &[name]) < store_bytes(pair[0], &[name]))
    };
    names.sort_by_cached_key(|name| shrinks(name));
    // The last two colours are for the stores that gained least and for what is in no store.
    let shown = names.len().min(LAYERS.len() - 2);
    let mut layers: Vec<(&str, Vec<&str>)> = names[..shown]
        .iter()
        .map(|name| (*name, vec![*name]))
        .collect();
    if names.len() > shown {
        layers.push(("other stores", names[shown..].to_vec()));
    }
    let in_stores: Vec<f64> = samples
        .iter()
        .map(|sample| gained(first, sample, |sample| store_bytes(sample, &names)))
        .collect();
    let unaccounted = gained(first, last, |sample| sample.live_bytes as f64) - in_stores.last()?;
    let total = in_stores.last()? + unaccounted.max(0.0);
    if total <= 0.0 {
        return None;
    }
    let mut under = vec![0.0; samples.len()];
    let mut curves = Vec::new();
    let mut add = |name: &str, colour, gains: Vec<f64>| {
        let label = units::words(name);
        let own = gains.last().copied().unwrap_or(0.0);
        let points = samples
            .iter()
            .zip(&mut under)
            .zip(gains)
            .map(|((sample, under), gain)| {
                *under += gain.max(0.0);
                (sample.iteration as f64, *under)
            });
        curves.push(Curve {
            label: format!("{label} {}", units::gain(own)),
            end: label.clone(),
            colour,
            // A stack is thinned evenly, so that its layers keep the same iterations.
            points: evenly(points.collect()),
        });
        (label, own)
    };
    let mut shares: Vec<(String, f64)> = layers
        .into_iter()
        .zip(LAYERS)
        .map(|((name, names), colour)| {
            add(
                name,
                colour,
                samples
                    .iter()
                    .map(|sample| gained(first, sample, |sample| store_bytes(sample, &names)))
                    .collect(),
            )
        })
        .collect();
    if unaccounted > 0.0 {
        let rest = samples.iter().zip(&in_stores).map(|(sample, in_stores)| {
            gained(first, sample, |sample| sample.live_bytes as f64) - in_stores
        });
        shares.push(add("in no store", LAYERS[LAYERS.len() - 1], rest.collect()));
    }
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let top = under.iter().copied().fold(1.0, f64::max);
    Some(Chart {
        name: "stores",
        title: format!("What grew {}: {}", run.zones.phrase(), most(&shares, total)),
        subtitle:
            "bytes gained after the warm-up by the stores of the vocabulary, one on the other"
                .to_owned(),
        curves,
        stacked: true,
        warmup: run.warmup as f64,
        last: last.iteration as f64,
        range: (0.0, top * 1.05),
    })
}

/// "all of it strings", "71% of it lexemes and strings".
fn most(shares: &[(String, f64)], total: f64) -> String {
    let named: Vec<&str> = shares
        .iter()
        .take(2)
        .map(|(name, _)| name.as_str())
        .collect();
    let share = shares.iter().take(2).map(|(_, gain)| gain).sum::<f64>() / total;
    match shares {
        [(name, gain), ..] if gain / total > 0.9 && shares.len() > 1 => {
            format!("{:.0}% of it {name}", (gain / total * 100.0).floor())
        }
        _ if shares.len() <= 2 => format!("all of it {}", named.join(" and ")),
        _ => format!(
            "{:.0}% of it {}",
            (share * 100.0).floor(),
            named.join(" and ")
        ),
    }
}

fn store_bytes(sample: &Sample, names: &[&str]) -> f64 {
    sample
        .stores
        .iter()
        .filter(|store| names.contains(&store.name.as_str()))
        .map(|store| store.bytes as f64)
        .sum()
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
        let own = samples.iter().filter(|sample| sample.zones == run.zones);
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
            label: format!("{}: {label}", run.zones.phrase()),
            end,
            colour: if run.zones == Zones::Off {
                WITHOUT_ZONES
            } else {
                WITH_ZONES
            },
            points: thinned(points),
        });
    }
    (!curves.is_empty()).then_some(curves)
}

/// "+402 KiB without zones, flat with zones", or "flat without zones and with zones".
fn said(summary: &Summary, series: impl Fn(&Run) -> Option<&Series>, exact: bool) -> String {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    for run in &summary.runs {
        let Some(series) = series(run) else { continue };
        let gain = series.last as f64 - series.first as f64;
        let what = match series.shape {
            Shape::Flat if exact && series.min == series.max => "flat to the byte".to_owned(),
            Shape::Flat => "flat".to_owned(),
            Shape::OneOff => format!("one step of {}", units::gain(gain)),
            _ => units::gain(gain),
        };
        match parts.iter_mut().find(|(same, _)| *same == what) {
            Some((_, loops)) => loops.push(run.zones.phrase()),
            None => parts.push((what, vec![run.zones.phrase()])),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(what, loops)| format!("{what} {}", loops.join(" and ")))
        .collect();
    parts.join(", ")
}

/// The least and greatest value to show: those of the measured part, with air around them, no less than `least_span`
/// apart; the warm-up pulls the lower end by a part of the span only, and its line is cut there.
fn range(curves: &[Curve], warmup: f64, least_span: f64, with: Option<f64>) -> (f64, f64) {
    let measured = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points)
            .filter(|point| point.0 >= warmup)
            .map(|point| point.1)
            .chain(with)
    };
    let (mut low, mut high) = measured()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    let missing = (least_span - (high - low)).max(0.0);
    (low, high) = (low - missing / 2.0, high + missing / 2.0);
    let span = high - low;
    let lowest = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.1)
        .fold(low, f64::min);
    (
        lowest.max(low - span * WARMUP_SHARE) - span * 0.04,
        high + span * 0.08,
    )
}

/// Few enough points to draw: of each stretch the least and the greatest, in order.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MAX_POINTS {
        return points;
    }
    let stretch = points.len().div_ceil(MAX_POINTS / 2);
    let last = points[points.len() - 1];
    let mut kept = Vec::with_capacity(MAX_POINTS + 1);
    for part in points.chunks(stretch) {
        let least = *part
            .iter()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(&part[0]);
        let greatest = *part
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(&part[0]);
        let (first, second) = if least.0 <= greatest.0 {
            (least, greatest)
        } else {
            (greatest, least)
        };
        kept.push(first);
        if second != first {
            kept.push(second);
        }
    }
    if kept.last() != Some(&last) {
        kept.push(last);
    }
    kept
}

/// Every so many points, and the last.
fn evenly(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(MAX_POINTS);
    let last = points.len() - 1;
    points
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at % step == 0 || *at == last)
        .map(|(_, point)| point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_line_keeps_its_extremes_and_its_end() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|x| (f64::from(x), 5.0)).collect();
        points[54_321].1 = 9.0;
        points[54_330].1 = 1.0;
        let thin = thinned(points.clone());
        assert!(thin.len() <= MAX_POINTS + 1);
        assert!(thin.contains(&(54_321.0, 9.0)) && thin.contains(&(54_330.0, 1.0)));
        assert_eq!(thin.last(), points.last());
        assert!(thin.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_warm_up_does_not_press_the_measured_part_flat() {
        let points = vec![(0.0, -1e9), (10.0, 0.0), (20.0, 100.0)];
        let curve = Curve {
            label: String::new(),
            end: String::new(),
            colour: WITH_ZONES,
            points,
        };
        let (low, high) = range(&[curve], 10.0, 1.0, None);
        assert!(low > -60.0 && high < 120.0, "{low} to {high}");
    }
}
