//! Reads the `samples.jsonl` of `harness record`. Its last line may be cut, where the recording was ended by force.

use super::Reading;
use harness_judge::over_time::{Evidence, Marks, Point, ProcessTrack, SiteTrack, Track};
use harness_model::record::{
    Measure, ProcessOverTime, RECORD_VERSION, RecordBegin, RecordFigures, RecordLine, RecordMark,
    RecordSample, RecordSite, Recorded, Whose,
};
use std::collections::BTreeMap;

/// Processes that are looked at by themselves: those with the most memory.
const MOST_PROCESSES: usize = 50;
/// A share of anonymous memory that lies in processes without a record, above which the sum of the heaps says little.
const UNRECORDED: f64 = 0.05;

/// Whether a file is one: it begins with what is recorded.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let line = serde_json::from_slice::<serde_json::Value>(first);
    line.is_ok_and(|line| line.get("kind").is_some_and(|kind| kind == "begin"))
}

/// Reads one.
///
/// # Errors
///
/// A sentence: a line but the last is none, or it is of another version.
pub(super) fn read(bytes: &[u8], shown: &str) -> Result<Reading, String> {
    let mut gathered = Gathered::default();
    let mut wrong: Option<String> = None;
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
        // Only the last line may be cut.
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        match serde_json::from_slice::<RecordLine>(line) {
            Ok(line) => gathered.take(line, shown)?,
            Err(error) => {
                wrong = Some(format!(
                    "line {} of {shown} is no line of a recording: {}",
                    at + 1,
                    printable::Line(error)
                ));
            }
        }
    }
    Ok(gathered.reading(wrong.is_some()))
}

/// What sites held at one moment: the seconds, and by the number of the site its bytes and blocks.
type Moment = (f64, BTreeMap<u32, (u64, u64)>);

/// What the lines said.
#[derive(Default)]
struct Gathered {
    begin: Option<RecordBegin>,
    recorded: Recorded,
    processes: BTreeMap<u32, Process>,
    marks: Vec<Marks>,
    samples: Vec<RecordSample>,
    sites: BTreeMap<u32, SiteTrack>,
    held: Vec<Moment>,
    notes: Vec<String>,
}

/// A process as it was last known.
struct Process {
    parent: u32,
    command: String,
    from: f64,
    to: f64,
    last: Option<u64>,
    peak: Option<u64>,
}

impl Gathered {
    fn take(&mut self, line: RecordLine, shown: &str) -> Result<(), String> {
        match line {
            RecordLine::Begin(begin) => {
                if begin.version != RECORD_VERSION {
                    return Err(format!(
                        "{shown} is of version {}, and this program reads version {RECORD_VERSION}",
                        begin.version
                    ));
                }
                self.recorded.command = begin.command.clone();
                self.recorded.started_at = Some(begin.started_at.clone());
                self.begin = Some(begin);
            }
            RecordLine::Process(one) => {
                let known = self.processes.entry(one.pid).or_insert(Process {
                    parent: one.parent,
                    command: String::new(),
                    from: one.seconds,
                    to: one.seconds,
                    last: None,
                    peak: None,
                });
                known.command = one.command;
            }
            RecordLine::Sample(sample) => self.sample(sample),
            RecordLine::Mark(mark) => self.mark(mark),
            RecordLine::Site(site) => self.site(site),
            RecordLine::Held(held) => {
                let sites = held.sites.into_iter();
                let sites = sites.map(|(site, bytes, blocks)| (site, (bytes, blocks)));
                self.held.push((held.seconds, sites.collect()));
            }
            RecordLine::Note(note) => self.notes.push(note.text),
            RecordLine::End(end) => {
                self.recorded.ended = Some(end.how);
                self.recorded.exit_code = end.exit_code;
                self.recorded.signal = end.signal;
                self.recorded.interrupted = end.interrupted;
            }
        }
        Ok(())
    }

    fn sample(&mut self, sample: RecordSample) {
        for one in &sample.each {
            if let Some(process) = self.processes.get_mut(&one.pid) {
                process.to = sample.seconds;
                process.last = one.figures.resident_bytes;
                process.peak = process.peak.max(one.figures.resident_bytes);
            }
        }
        // Time goes on: a line that says otherwise was not written by a recorder.
        if self
            .samples
            .last()
            .is_none_or(|last| last.seconds < sample.seconds)
        {
            self.samples.push(sample);
        }
    }

    fn mark(&mut self, mark: RecordMark) {
        let at = self.marks.iter().position(|known| known.text == mark.text);
        let at = at.unwrap_or_else(|| {
            self.marks.push(Marks {
                text: mark.text,
                points: Vec::new(),
            });
            self.marks.len() - 1
        });
        let marks = &mut self.marks[at];
        let value = marks.count().saturating_add(mark.count);
        marks.points.push(Point {
            at: mark.seconds,
            value,
        });
    }

    fn site(&mut self, site: RecordSite) {
        let command = self.processes.get(&site.pid);
        let command = command.map_or_else(String::new, |process| process.command.clone());
        self.sites.insert(
            site.site,
            SiteTrack {
                measure: site.measure,
                command,
                place: site.place,
                stack: site.stack,
                bytes: Vec::new(),
                blocks: Vec::new(),
            },
        );
    }

    fn reading(mut self, cut: bool) -> Reading {
        let main = self.begin.as_ref().map(|begin| begin.pid);
        if cut {
            self.notes.push(
                "The last line of the recording is cut: it was ended by force, and the lines before it are here."
                    .to_owned(),
            );
        }
        let recorded = Recorded {
            seconds: match (self.samples.first(), self.samples.last()) {
                (Some(first), Some(last)) => last.seconds - first.seconds,
                _ => 0.0,
            },
            samples: self.samples.len() as u64,
            ..std::mem::take(&mut self.recorded)
        };
        let mut processes: Vec<ProcessOverTime> = self
            .processes
            .iter()
            .map(|(pid, process)| ProcessOverTime {
                pid: *pid,
                parent: process.parent,
                command: process.command.clone(),
                from_seconds: process.from,
                to_seconds: process.to,
                resident_bytes: process.last,
                resident_peak_bytes: process.peak,
                shape: None,
                bytes_per_second: None,
            })
            .collect();
        processes.sort_by_key(|one| std::cmp::Reverse(one.resident_peak_bytes));
        processes.truncate(MOST_PROCESSES);
        self.marks
            .sort_by_key(|marks| std::cmp::Reverse(marks.count()));
        let evidence = Evidence {
            tracks: tracks(&self.samples, main),
            processes: processes
                .iter()
                .filter_map(|one| process_track(&self.samples, one, main))
                .collect(),
            partial_heap: is_partial(&self.samples),
            sites: sites(std::mem::take(&mut self.sites), &self.held),
            marks: std::mem::take(&mut self.marks),
            blind_spots: std::mem::take(&mut self.notes),
            ..Evidence::default()
        };
        let resident = processes.iter().map(|process| {
            let of = |sample: &RecordSample| {
                let one = sample.each.iter().find(|one| one.pid == process.pid)?;
                one.figures.resident_bytes
            };
            (process.pid, points(&self.samples, of))
        });
        Reading {
            recorded,
            resident: resident.collect(),
            processes,
            ..Reading::of_one(evidence)
        }
    }
}

/// What all processes have together; and where there are several, what the command's own has and what the others have.
fn tracks(samples: &[RecordSample], main: Option<u32>) -> Vec<Track> {
    let mut tracks: Vec<Track> = Measure::ALL
        .into_iter()
        .map(|measure| {
            let points = points(samples, |sample| match measure {
                Measure::Processes => Some(sample.processes),
                _ => sample.total.get(measure),
            });
            Track::new(measure, Whose::All, points)
        })
        .filter(|track| !track.points.is_empty())
        .collect();
    let Some(main) = main.filter(|_| samples.iter().any(|sample| sample.each.len() > 1)) else {
        return tracks;
    };
    let memory = [Measure::Heap, Measure::Anonymous, Measure::Resident];
    for measure in memory {
        for whose in [Whose::Main, Whose::Started] {
            let of = |sample: &RecordSample| {
                sample.total.get(measure)?;
                let each = sample.each.iter();
                let each = each.filter(|one| (one.pid == main) == (whose == Whose::Main));
                let sum = |sum: u64, value: u64| sum.saturating_add(value);
                Some(each.filter_map(|one| one.figures.get(measure)).fold(0, sum))
            };
            let points = points(samples, of);
            if !points.is_empty() {
                tracks.push(Track::new(measure, whose, points));
            }
        }
    }
    tracks
}

fn points(samples: &[RecordSample], of: impl Fn(&RecordSample) -> Option<u64>) -> Vec<Point> {
    let point = |sample: &RecordSample| {
        Some(Point {
            at: sample.seconds,
            value: of(sample)?,
        })
    };
    samples.iter().filter_map(point).collect()
}

/// A process by itself: its heap where that is recorded for most of its life, or else its anonymous or resident memory.
fn process_track(
    samples: &[RecordSample],
    process: &ProcessOverTime,
    main: Option<u32>,
) -> Option<ProcessTrack> {
    let of = |measure: Measure| {
        points(samples, |sample| {
            let one = sample.each.iter().find(|one| one.pid == process.pid)?;
            one.figures.get(measure)
        })
    };
    let resident = of(Measure::Resident);
    let (measure, points) = [Measure::Heap, Measure::Anonymous]
        .into_iter()
        .map(|measure| (measure, of(measure)))
        .find(|(_, points)| !points.is_empty() && points.len() * 2 >= resident.len())
        .unwrap_or((Measure::Resident, resident));
    (!points.is_empty()).then(|| ProcessTrack {
        pid: process.pid,
        is_main: Some(process.pid) == main,
        command: process.command.clone(),
        measure,
        points,
    })
}

/// Whether more than a little of the memory lies in processes whose heap is not recorded.
fn is_partial(samples: &[RecordSample]) -> bool {
    let (mut all, mut unrecorded) = (0.0, 0.0);
    for sample in samples.iter().filter(|one| one.total.heap_bytes.is_some()) {
        for RecordFigures {
            anonymous_bytes,
            heap_bytes,
            ..
        } in sample.each.iter().map(|one| one.figures)
        {
            let bytes = anonymous_bytes.unwrap_or(0) as f64;
            all += bytes;
            unrecorded += if heap_bytes.is_none() { bytes } else { 0.0 };
        }
    }
    unrecorded > all * UNRECORDED
}

/// The sites that were named, with what they held at each moment: nothing where they are not told.
fn sites(mut named: BTreeMap<u32, SiteTrack>, held: &[Moment]) -> Vec<SiteTrack> {
    for (number, track) in &mut named {
        for (seconds, sites) in held {
            let (bytes, blocks) = sites.get(number).copied().unwrap_or_default();
            let point = |value| Point {
                at: *seconds,
                value,
            };
            track.bytes.push(point(bytes));
            track.blocks.push(point(blocks));
        }
    }
    named.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = r#"{"kind":"begin","version":1,"tool":{"name":"harness","version":"0.1.0","profile":"debug"},"command":["./work"],"pid":7,"attached":false,"preloaded":false,"started_at":"2026-11-30T10:00:00Z","unix_seconds":1.0,"interval_seconds":0.1}"#;

    fn recording() -> String {
        let mut text = format!(
            "{BEGIN}\n{}\n",
            r#"{"kind":"process","seconds":0.0,"pid":7,"parent":1,"command":"./work"}"#
        );
        for at in 0..50 {
            let bytes = 1_000_000 + at * 4_096;
            text.push_str(&format!(
                "{{\"kind\":\"mark\",\"seconds\":{at}.5,\"text\":\"request\",\"count\":2}}\n\
                 {{\"kind\":\"sample\",\"seconds\":{at}.5,\"processes\":1,\"total\":{{\"resident_bytes\":{bytes}}},\
                 \"each\":[{{\"pid\":7,\"resident_bytes\":{bytes}}}]}}\n"
            ));
        }
        text
    }

    #[test]
    fn samples_processes_and_marks_are_read() {
        let reading = read(recording().as_bytes(), "x").unwrap();
        assert_eq!(
            (reading.recorded.samples, reading.recorded.seconds),
            (50, 49.0)
        );
        assert_eq!(reading.recorded.ended, None);
        assert_eq!(
            reading.processes[0].resident_peak_bytes,
            Some(1_000_000 + 49 * 4_096)
        );
        let marks = &reading.parts[0].evidence.marks[0];
        assert_eq!((marks.count(), marks.by(0.4), marks.by(10.0)), (100, 0, 20));
        let is_resident = |track: &&Track| track.measure == Measure::Resident;
        let track = reading.parts[0]
            .evidence
            .tracks
            .iter()
            .find(is_resident)
            .unwrap();
        assert_eq!(track.points.len(), 50);
    }

    #[test]
    fn a_last_line_that_is_cut_costs_no_other_and_one_before_it_is_refused() {
        let whole = recording();
        let last = whole.trim_end().rfind('\n').unwrap() + 1;
        for cut in last + 1..whole.len() - 1 {
            let reading = read(&whole.as_bytes()[..cut], "x").unwrap();
            assert_eq!(reading.recorded.samples, 49);
            assert!(reading.parts[0].evidence.blind_spots[0].contains("is cut"));
        }
        let within = whole.replacen("{\"kind\":\"mark\"", "{\"kind\":", 1);
        let why = read(within.as_bytes(), "x.jsonl").unwrap_err();
        assert!(
            why.starts_with("line 3 of x.jsonl is no line of a recording"),
            "{why}"
        );
    }

    #[test]
    fn another_version_is_refused_and_time_does_not_go_back() {
        let newer = recording().replace("\"version\":1", "\"version\":9");
        let why = read(newer.as_bytes(), "x").unwrap_err();
        assert_eq!(why, "x is of version 9, and this program reads version 1");
        let back = recording().replace("\"seconds\":9.5", "\"seconds\":2.5");
        assert_eq!(read(back.as_bytes(), "x").unwrap().recorded.samples, 49);
        assert!(is_it(recording().as_bytes()) && !is_it(b"{}\n") && !is_it(b"MEM 1 2"));
    }
}
