//! What the chart shows: the course of a few figures so far, and what they are now.

use super::namer::Named;
use harness_model::record::{Measure, RecordFigures, RecordLine};

/// Points that are kept of each figure; of more, every second goes.
const MOST_POINTS: usize = 2_000;
/// What is drawn as lines.
pub(super) const LINES: [Measure; 4] = [
    Measure::Resident,
    Measure::Proportional,
    Measure::Anonymous,
    Measure::Heap,
];
/// The time over which a rate is told, in seconds.
const MINUTE: f64 = 60.0;

/// All that is shown.
pub(super) struct State {
    /// What is recorded.
    pub title: String,
    /// What else whoever looks at it has to know.
    pub note: String,
    /// How long it has been.
    pub seconds: f64,
    /// The figures of the last sample; those that are not in every sample are of the last one that has them.
    pub now: RecordFigures,
    /// Processes.
    pub processes: u64,
    /// Marks.
    pub marks: u64,
    /// Call sites that gain the most.
    pub sites: Vec<Named>,
    lines: Vec<(Measure, Vec<(f64, f64)>)>,
}

impl State {
    /// With nothing known yet.
    pub(super) fn new(title: String, note: String) -> State {
        State {
            title,
            note,
            seconds: 0.0,
            now: RecordFigures::default(),
            processes: 0,
            marks: 0,
            sites: Vec::new(),
            lines: LINES.map(|measure| (measure, Vec::new())).into(),
        }
    }

    /// Takes in a line of the recording.
    pub(super) fn take(&mut self, line: &RecordLine) {
        let RecordLine::Sample(sample) = line else {
            return;
        };
        self.processes = sample.processes;
        self.marks = sample.marks;
        let before = self.now;
        self.now = sample.total;
        let keep = |now: &mut Option<u64>, before: Option<u64>| *now = now.or(before);
        keep(&mut self.now.proportional_bytes, before.proportional_bytes);
        keep(&mut self.now.unique_bytes, before.unique_bytes);
        keep(&mut self.now.heap_bytes, before.heap_bytes);
        keep(&mut self.now.gpu_bytes, before.gpu_bytes);
        for (measure, points) in &mut self.lines {
            let Some(value) = sample.total.get(*measure) else {
                continue;
            };
            points.push((sample.seconds, value as f64));
            if points.len() > MOST_POINTS {
                let mut keep = false;
                points.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
    }

    /// The course of a figure.
    pub(super) fn line(&self, measure: Measure) -> &[(f64, f64)] {
        let line = self.lines.iter().find(|line| line.0 == measure);
        line.map_or(&[], |line| &line.1)
    }

    /// By how much a figure rose in the last minute, for a minute. None as long as there is too little to tell.
    pub(super) fn rate(&self, measure: Measure) -> Option<f64> {
        let points = self.line(measure);
        let last = points.last()?;
        let from = points.partition_point(|point| point.0 < last.0 - MINUTE);
        let first = points.get(from)?;
        let length = last.0 - first.0;
        (length >= 1.0).then(|| (last.1 - first.1) / length * MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::record::RecordSample;

    fn sample(seconds: f64, bytes: u64) -> RecordLine {
        RecordLine::Sample(RecordSample {
            seconds,
            marks: 0,
            processes: 1,
            total: RecordFigures {
                resident_bytes: Some(bytes),
                ..RecordFigures::default()
            },
            each: Vec::new(),
        })
    }

    #[test]
    fn the_rate_is_that_of_the_last_minute_and_a_long_course_is_thinned() {
        let mut state = State::new(String::new(), String::new());
        assert_eq!(state.rate(Measure::Resident), None);
        // An hour of nothing, and then ten bytes a second.
        for second in 0..3_600 {
            state.take(&sample(f64::from(second), 500));
        }
        for second in 3_600..3_720 {
            state.take(&sample(
                f64::from(second),
                500 + 10 * u64::from(second as u32 - 3_600),
            ));
        }
        let rate = state.rate(Measure::Resident).unwrap();
        assert!((rate - 600.0).abs() < 15.0, "{rate}");
        let line = state.line(Measure::Resident);
        assert!(line.len() <= MOST_POINTS && line[0].0 < 5.0);
        assert_eq!(state.line(Measure::Heap), []);
    }
}
