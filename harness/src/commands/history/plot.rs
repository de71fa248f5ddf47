//! The trend: what an iteration keeps, and how much memory there is, run by run.

use super::{Line, conditions};
use crate::report::chart::{Across, Chart, Curve, LAYERS, Values, colour};
use crate::report::lines::range;
use crate::workload::Zones;
use harness_model::units::{bytes, count};
use plotters::style::RGBColor;

/// What is drawn of a run: how it is called, its colour where one workload has the plot to itself, and its value.
type Series<'s> = (&'s str, RGBColor, &'s dyn Fn(&Line) -> Option<f64>);

/// Workloads in one plot; more lines than these make could not be told apart.
const MOST_WORKLOADS: usize = 3;
/// No measurement is larger, in bytes: such a figure is none.
const LIMIT: f64 = 1e18;

/// What is kept, and memory, over the runs. One of which no run has a figure is left out.
pub(super) fn charts(lines: &[Line]) -> Vec<Chart> {
    let names = conditions(lines);
    let of: Vec<_> = names
        .iter()
        .map(|name| move |line: &Line| line.kept.get(*name).copied())
        .collect();
    let kept: Vec<Series<'_>> = (names.iter().zip(&of).enumerate())
        .map(|(at, (name, of))| (*name, condition_colour(at, name), of as &dyn Fn(&Line) -> _))
        .collect();
    let kept = chart_of(
        lines,
        &kept,
        "history-kept",
        "What an iteration keeps",
        "bytes per iteration, counted exactly",
    );
    let size = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64);
    let memory = chart_of(
        lines,
        &[
            ("resident at most", LAYERS[4], &|line| size(line.rss_bytes)),
            ("live at the end", LAYERS[2], &|line| size(line.live_bytes)),
        ],
        "history-memory",
        "Memory",
        "live bytes at the end, counted exactly, and the most that was resident",
    );
    kept.into_iter().chain(memory).collect()
}

/// The colour of a condition: that of the pipeline's own two loops, or the next of those that stand apart.
fn condition_colour(at: usize, name: &str) -> RGBColor {
    let known = Zones::ALL.map(Zones::condition);
    if known.iter().any(|condition| condition.name == name) {
        colour(&known, name)
    } else {
        LAYERS[at % LAYERS.len()]
    }
}

fn chart_of(
    lines: &[Line],
    series: &[Series<'_>],
    name: &'static str,
    title: &str,
    subtitle: &str,
) -> Option<Chart> {
    let workloads = workloads(lines);
    let drawn = &workloads[..workloads.len().min(MOST_WORKLOADS)];
    let mut curves: Vec<Curve> = Vec::new();
    for workload in drawn {
        for (what, own_colour, of) in series {
            let points: Vec<(f64, f64)> = (1_u32..)
                .zip(runs(lines, workload))
                .filter_map(|(at, line)| Some((f64::from(at), of(line)?)))
                .filter(|(_, value)| value.abs() < LIMIT)
                .collect();
            let (Some(first), Some(last)) = (points.first(), points.last()) else {
                continue;
            };
            let (name, colour) = if drawn.len() == 1 {
                ((*what).to_owned(), *own_colour)
            } else {
                (
                    format!("{workload} {what}"),
                    LAYERS[curves.len() % LAYERS.len()],
                )
            };
            let end = bytes(last.1);
            let label = if points.iter().all(|point| point.1 == last.1) {
                format!("{name}: {end}")
            } else {
                format!("{name}: {end}, was {}", bytes(first.1))
            };
            curves.push(Curve {
                name,
                label,
                end,
                colour,
                points,
            });
        }
    }
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let last = points().map(|point| point.0).fold(0.0, f64::max);
    let most = points().map(|point| point.1.abs()).fold(0.0, f64::max);
    if curves.is_empty() {
        return None;
    }
    let more = workloads.len() - drawn.len();
    let more = if more > 0 {
        format!("; not drawn: {more} more workloads (--workload NAME draws one)")
    } else {
        String::new()
    };
    let plural = if last == 1.0 { "" } else { "s" };
    Some(Chart {
        name: name.to_owned(),
        title: format!("{title}, in {} run{plural}", count(last as u64)),
        subtitle: format!("{subtitle}; {}{more}", when(lines)),
        stacked: false,
        values: Values::Bytes,
        // What moves by a twentieth of itself is seen to move; where all is nothing, any span will do.
        range: range(
            &curves,
            0.0,
            if most > 0.0 { most * 0.05 } else { 1.0 },
            Some(0.0),
        ),
        curves,
        across: Across {
            name: "run",
            place: |number| format!("run {number}"),
            notes: notes(lines, drawn, last as usize),
            marks: Vec::new(),
            shaded: "",
            warmup: 0.0,
            // Half a run of room on either side.
            first: 0.5,
            last: last + 0.5,
        },
    })
}

/// The names of the workloads, sorted.
pub(super) fn workloads(lines: &[Line]) -> Vec<&str> {
    let mut names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn runs<'l>(lines: &'l [Line], workload: &str) -> impl Iterator<Item = &'l Line> {
    lines.iter().filter(move |line| line.name == workload)
}

/// When each run was, and at which commit, where the workloads agree on it.
fn notes(lines: &[Line], workloads: &[&str], runs_at_most: usize) -> Vec<String> {
    let numbered: Vec<Vec<&Line>> = workloads
        .iter()
        .map(|workload| runs(lines, workload).collect())
        .collect();
    let note = |at: usize| {
        let mut same = numbered.iter().filter_map(|runs| runs.get(at));
        let first = same.next()?;
        let agree = same.all(|line| line.commit == first.commit && day(line) == day(first));
        agree.then(|| told(first))
    };
    (0..runs_at_most)
        .map(|at| note(at).unwrap_or_default())
        .collect()
}

/// "from 2026-11-01 (31c36ef) to 2026-11-21 (5d0b2aa)".
pub(super) fn when(lines: &[Line]) -> String {
    let ends = lines.first().map(told).zip(lines.last().map(told));
    match ends {
        Some((first, last)) if first != last => format!("from {first} to {last}"),
        Some((first, _)) => first,
        None => String::new(),
    }
}

/// The day of a run and its commit.
fn told(line: &Line) -> String {
    match &line.commit {
        Some(commit) => format!("{} ({})", day(line), short(commit)),
        None => day(line).to_owned(),
    }
}

fn day(line: &Line) -> &str {
    line.at.get(..10).unwrap_or(&line.at)
}

/// The beginning of a commit's name, with the mark of one that was changed.
pub(super) fn short(commit: &str) -> String {
    let changed = if commit.ends_with('+') { "+" } else { "" };
    match commit.get(..8) {
        Some(start) => format!("{start}{changed}"),
        None => commit.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::gate::testing;
    use crate::report::draw;
    use crate::report::draw::PICTURE;
    use crate::report::hover;

    fn line(name: &str, kept: f64) -> Line {
        let mut line = Line::of(&testing::summary("parse"), name, None);
        line.kept.insert("without zones".to_owned(), kept);
        line
    }

    #[test]
    fn any_number_of_runs_and_any_figures_are_drawn() {
        let values: [&[f64]; 7] = [
            &[298.0],
            &[0.0, 0.0],
            &[0.0001, 0.0002, 0.0001],
            &[-50.0, -100.0],
            &[1e12, 3e17, 5.0],
            &[f64::MAX, 1.0, f64::MIN],
            &[1e308],
        ];
        for values in values {
            let lines: Vec<Line> = values.iter().map(|value| line("parse", *value)).collect();
            for chart in charts(&lines) {
                assert!(chart.range.0 < chart.range.1, "{values:?}");
                draw::svg(&chart, PICTURE).unwrap();
            }
        }
        assert!(charts(&[]).is_empty());
    }

    #[test]
    fn the_runs_are_the_marks_of_the_axis_and_none_stands_twice() {
        for (runs, marks) in [
            (1, vec!["1"]),
            (2, vec!["1", "2"]),
            (3, vec!["1", "2", "3"]),
            (10, vec!["2", "4", "6", "8", "10"]),
        ] {
            let lines = vec![line("parse", 5.0); runs];
            let svg = draw::svg(&charts(&lines)[0], PICTURE).unwrap();
            // The marks stand in one row, above the name of the axis.
            let texts: Vec<(String, String)> = svg
                .split("<text ")
                .skip(1)
                .filter_map(|text| {
                    let y = text.split("y=\"").nth(1)?.split('"').next()?;
                    let words = text.split('>').nth(1)?.split('<').next()?;
                    Some((y.to_owned(), words.trim().to_owned()))
                })
                .collect();
            let row = &texts
                .iter()
                .filter(|(_, words)| words.bytes().all(|byte| byte.is_ascii_digit()))
                .max_by_key(|(y, _)| y.parse::<u32>().unwrap())
                .unwrap()
                .0;
            let found = texts.iter().filter(|(y, _)| y == row);
            let found: Vec<&str> = found.map(|(_, words)| words.as_str()).collect();
            assert_eq!(found, marks, "{runs} runs");
        }
    }

    #[test]
    fn a_run_is_told_by_its_day_and_its_commit() {
        let mut lines = vec![line("parse", 5.0); 2];
        lines[0].at = "2026-11-01T10:00:00Z".to_owned();
        lines[1].at = "2026-11-21T10:00:00Z".to_owned();
        lines[1].commit = Some("31c36ef2fc88+".to_owned());
        let chart = &charts(&lines)[0];
        assert!(
            chart
                .subtitle
                .ends_with("from 2026-11-01 to 2026-11-21 (31c36ef2+)"),
            "{}",
            chart.subtitle
        );
        let columns = hover::of_chart(chart, hover::MOST);
        assert_eq!(columns[1].title, "run 2: 2026-11-21 (31c36ef2+)");
    }

    #[test]
    fn workloads_have_lines_of_their_own_and_those_that_are_too_many_are_counted() {
        let lines: Vec<Line> = ["a", "b", "c", "d"].map(|name| line(name, 5.0)).into();
        let chart = &charts(&lines)[0];
        let names: Vec<&str> = chart.curves.iter().map(|curve| &*curve.name).collect();
        assert_eq!(names.len(), 2 * MOST_WORKLOADS);
        assert_eq!(names[2], "b with zones");
        assert!(chart.subtitle.contains("1 more"), "{}", chart.subtitle);
    }
}
