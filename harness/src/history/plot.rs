//! The trend: what an iteration keeps, and how much memory there is, run by run.

use super::Line;
use crate::report::chart::{self, Chart, Curve, LAYERS};
use crate::report::lines::range;
use crate::report::units::{bytes, figure, unit_of};
use crate::report::write_whole;
use std::io;
use std::path::{Path, PathBuf};

/// What is drawn of a run, and how it is called.
type Series = (&'static str, fn(&Line) -> Option<f64>);

/// Draws both plots as SVG and PNG; gives the files.
pub fn write(lines: &[Line], out: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(if out.as_os_str().is_empty() {
        Path::new(".")
    } else {
        out
    })?;
    let kept: [Series; 2] = [
        ("without zones", |line| line.kept_without_zones),
        ("with zones", |line| line.kept_with_zones),
    ];
    let memory: [Series; 2] = [
        ("resident at most", |line| {
            line.rss_bytes.map(|bytes| bytes as f64)
        }),
        ("live at the end", |line| {
            line.live_bytes.map(|bytes| bytes as f64)
        }),
    ];
    let charts = [
        chart_of(
            lines,
            &kept,
            "history-kept",
            "What an iteration keeps",
            "bytes per iteration, counted exactly",
        ),
        chart_of(
            lines,
            &memory,
            "history-memory",
            "Memory",
            "live bytes counted exactly, and the resident set",
        ),
    ];
    let mut files = Vec::new();
    for chart in charts.into_iter().flatten() {
        let svg = chart::svg(&chart, chart::PICTURE).map_err(io::Error::other)?;
        let png = chart::png(&chart).map_err(io::Error::other)?;
        for (ending, data) in [("svg", svg.as_bytes()), ("png", &png)] {
            files.push(write_whole(
                &out.join(format!("{}.{ending}", chart.name)),
                data,
            )?);
        }
    }
    Ok(files)
}

fn chart_of(
    lines: &[Line],
    series: &[Series],
    name: &'static str,
    title: &str,
    subtitle: &str,
) -> Option<Chart> {
    let mut names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut curves: Vec<Curve> = Vec::new();
    for workload in &names {
        for (what, of) in series {
            let runs = lines.iter().filter(|line| line.name == *workload);
            let mut points: Vec<(f64, f64)> = (1_u32..)
                .zip(runs)
                .filter_map(|(at, line)| Some((f64::from(at), of(line)?)))
                .collect();
            let (Some(first), Some(last)) = (points.first().copied(), points.last().copied())
            else {
                continue;
            };
            // A single run is a point, and a point cannot be seen.
            if points.len() == 1 {
                points.insert(0, (0.0, first.1));
            }
            curves.push(Curve {
                label: format!(
                    "{workload} {what}: {}, was {}",
                    bytes(last.1),
                    bytes(first.1)
                ),
                end: bytes(last.1),
                colour: LAYERS[curves.len() % LAYERS.len()],
                points,
            });
        }
    }
    let most = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.1)
        .fold(0.0, f64::max);
    let last = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.0)
        .fold(1.0, f64::max);
    if curves.is_empty() {
        return None;
    }
    let runs = figure(last);
    Some(Chart {
        name,
        title: format!("{title}: {runs} runs"),
        subtitle: subtitle.to_owned(),
        stacked: false,
        range: range(
            &curves,
            0.0,
            (most * 0.05).max(unit_of(most).bytes.min(64.0)),
            Some(0.0),
        ),
        curves,
        x_name: "run",
        shaded: "",
        warmup: 0.0,
        last,
    })
}
