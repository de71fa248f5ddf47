//! Reads the `.dat` files of memory_profiler's `mprof run`: a line `MEM MiB time` a sample, `CHLD pid MiB time` for each
//! child after it, `FUNC name MiB time MiB time level` for each call of a function that is profiled, and the command line.
//!
//! A call of a function is taken for a mark.

use super::Reading;
use harness_judge::over_time::{Evidence, Marks, Point, ProcessTrack, Track};
use harness_model::record::{Measure, ProcessOverTime, Recorded, Whose};
use std::collections::BTreeMap;

/// Bytes of its unit.
const MIB: f64 = 1024.0 * 1024.0;
/// No measurement is larger, in MiB: such a figure is none.
const MOST_MIB: f64 = 1e9;
/// Children and functions that are told apart.
const MOST_NAMES: usize = 200;
/// What the command's own process is called: its number is not in the file.
const MAIN: u32 = 0;

/// Whether a file is one: its first line is one of the four kinds.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    let kinds: [&[u8]; 4] = [b"CMDLINE ", b"MEM ", b"FUNC ", b"CHLD "];
    kinds.iter().any(|kind| bytes.starts_with(kind))
}

/// Reads one. A last line without its end is left out: a figure that is cut is another figure.
///
/// # Errors
///
/// A sentence: a line is of no kind that mprof writes.
pub(super) fn read(bytes: &[u8], shown: &str) -> Result<Reading, String> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let text = String::from_utf8_lossy(&bytes[..whole.map_or(0, |end| end + 1)]);
    let mut file = File::default();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        file.take(line).ok_or_else(|| {
            format!(
                "line {} of {shown} is none of mprof's: {}",
                at + 1,
                printable::Line(line)
            )
        })?;
    }
    Ok(file.reading())
}

/// What the lines said. Times are seconds since 1970.
#[derive(Default)]
struct File {
    command: String,
    main: Vec<(f64, u64)>,
    /// Of each sample of the main process, what its children had together.
    children: Vec<u64>,
    each: BTreeMap<u32, Vec<(f64, u64)>>,
    /// Ends of calls, by function.
    calls: BTreeMap<String, Vec<f64>>,
}

impl File {
    fn take(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        let mut words = rest.split_whitespace();
        match kind {
            "CMDLINE" => self.command = rest.trim().to_owned(),
            "MEM" => {
                let (bytes, time) = (mib(words.next()?)?, seconds(words.next()?)?);
                // Time goes on.
                if self.main.last().is_none_or(|last| last.0 < time) {
                    self.main.push((time, bytes));
                    self.children.push(0);
                }
            }
            "CHLD" => {
                let child = words.next()?.parse().ok()?;
                let (bytes, time) = (mib(words.next()?)?, seconds(words.next()?)?);
                if let Some(sum) = self.children.last_mut() {
                    *sum = sum.saturating_add(bytes);
                }
                if self.each.len() < MOST_NAMES || self.each.contains_key(&child) {
                    let points = self.each.entry(child).or_default();
                    if points.last().is_none_or(|last| last.0 < time) {
                        points.push((time, bytes));
                    }
                }
            }
            "FUNC" => {
                let name = words.next()?;
                mib(words.next()?)?;
                seconds(words.next()?)?;
                mib(words.next()?)?;
                let end = seconds(words.next()?)?;
                if self.calls.len() < MOST_NAMES || self.calls.contains_key(name) {
                    self.calls.entry(name.to_owned()).or_default().push(end);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn reading(self) -> Reading {
        let from = self.main.first().map_or(0.0, |first| first.0);
        let to = self.main.last().map_or(from, |last| last.0);
        let points = |of: &[(f64, u64)]| -> Vec<Point> {
            let point = |(at, value): &(f64, u64)| Point {
                at: at - from,
                value: *value,
            };
            of.iter().map(point).collect()
        };
        let main = points(&self.main);
        let with = main
            .iter()
            .zip(&self.children)
            .map(|(main, children)| Point {
                at: main.at,
                value: main.value.saturating_add(*children),
            });
        let started = main
            .iter()
            .zip(&self.children)
            .map(|(main, children)| Point {
                at: main.at,
                value: *children,
            });
        let track = |whose, points| Track::new(Measure::Resident, whose, points);
        let mut tracks = vec![track(Whose::All, with.collect())];
        let mut each: Vec<(u32, String, Vec<Point>)> =
            vec![(MAIN, self.command.clone(), main.clone())];
        if !self.each.is_empty() {
            tracks.push(track(Whose::Started, started.collect()));
            tracks.push(track(Whose::Main, main));
            let children = self.each.iter();
            each.extend(children.map(|(pid, of)| (*pid, format!("child {pid}"), points(of))));
        }
        let calls = self.calls.into_iter().map(|(text, mut ends)| {
            ends.sort_by(f64::total_cmp);
            let ends = (1..).zip(ends);
            Marks {
                text,
                points: ends
                    .map(|(count, end)| Point {
                        at: end - from,
                        value: count,
                    })
                    .collect(),
            }
        });
        let mut marks: Vec<Marks> = calls.collect();
        marks.sort_by_key(|marks| std::cmp::Reverse(marks.count()));
        Reading {
            recorded: Recorded {
                command: vec![self.command],
                seconds: to - from,
                samples: self.main.len() as u64,
                ..Recorded::default()
            },
            processes: each.iter().map(|(pid, name, points)| process(*pid, name, points)).collect(),
            resident: each.iter().map(|(pid, _, points)| (*pid, points.clone())).collect(),
            ..Reading::of_one(Evidence {
                tracks,
                marks,
                processes: each
                    .into_iter()
                    .map(|(pid, command, points)| ProcessTrack {
                        pid,
                        is_main: pid == MAIN,
                        command,
                        measure: Measure::Resident,
                        points,
                    })
                    .collect(),
                blind_spots: vec![
                    "mprof measures resident memory alone: pages of files are in it, and what takes it is not told.".to_owned(),
                ],
                ..Evidence::default()
            })
        }
    }
}

fn process(pid: u32, name: &str, points: &[Point]) -> ProcessOverTime {
    ProcessOverTime {
        pid,
        parent: MAIN,
        command: name.to_owned(),
        from_seconds: points.first().map_or(0.0, |point| point.at),
        to_seconds: points.last().map_or(0.0, |point| point.at),
        resident_bytes: points.last().map(|point| point.value),
        resident_peak_bytes: points.iter().map(|point| point.value).max(),
        shape: None,
        bytes_per_second: None,
    }
}

fn mib(word: &str) -> Option<u64> {
    let mib: f64 = word.parse().ok()?;
    (0.0..MOST_MIB)
        .contains(&mib)
        .then(|| (mib * MIB).round() as u64)
}

/// Seconds since 1970, in this age.
fn seconds(word: &str) -> Option<f64> {
    let seconds: f64 = word.parse().ok()?;
    (0.0..1e11).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "CMDLINE python3 job.py\n\
        FUNC __main__.work 10.5 1000.5 12.0 1002.5 1\n\
        MEM 10.500000 1000.0000\nCHLD 77 2.000000 1000.0100\nCHLD 78 1.000000 1000.0200\n\
        MEM 11.500000 1001.0000\nCHLD 77 3.000000 1001.0100\n";

    fn values(track: &Track) -> Vec<(f64, u64)> {
        track.points.iter().map(|one| (one.at, one.value)).collect()
    }

    #[test]
    fn memory_children_and_calls_are_read() {
        let reading = read(FILE.as_bytes(), "x").unwrap();
        assert_eq!(reading.recorded.command, ["python3 job.py"]);
        let tracks = &reading.parts[0].evidence.tracks;
        let mib = |mib: f64| (mib * MIB) as u64;
        assert_eq!(values(&tracks[0]), [(0.0, mib(13.5)), (1.0, mib(14.5))]);
        assert_eq!(values(&tracks[1]), [(0.0, mib(3.0)), (1.0, mib(3.0))]);
        assert_eq!(reading.processes.len(), 3);
        let marks = &reading.parts[0].evidence.marks[0];
        assert_eq!(
            (marks.text.as_str(), marks.points[0].at),
            ("__main__.work", 2.5)
        );
    }

    #[test]
    fn a_cut_end_is_left_out_and_a_line_of_another_kind_is_refused() {
        for cut in 0..FILE.len() {
            let reading = read(&FILE.as_bytes()[..cut], "x").unwrap();
            // The samples are in the third and in the sixth line.
            let lines = FILE[..cut].matches('\n').count();
            let samples = u64::from(lines >= 3) + u64::from(lines >= 6);
            assert_eq!(reading.recorded.samples, samples);
        }
        for wrong in [
            "MEM x 1\n",
            "MEM 1\n",
            "MEM 1 nan\n",
            "MEM -1 5\n",
            "LINE 1\n",
            "CHLD 1 2\n",
        ] {
            let why = read(format!("CMDLINE a\n{wrong}").as_bytes(), "m.dat").unwrap_err();
            assert!(
                why.starts_with("line 2 of m.dat is none of mprof's"),
                "{why}"
            );
        }
    }

    #[test]
    fn it_is_known_by_its_first_word() {
        assert!(is_it(b"CMDLINE x") && is_it(b"MEM 1 2") && !is_it(b"{}") && !is_it(b""));
    }
}
