//! What the judge is given: who was measured, what, and when.

use super::points::Point;
use harness_model::record::{Axis, Measure, SeriesOverTime, Whose};
use harness_model::{Frame, Place};

/// What was measured over time. All of it counts from one moment, in what the axis says.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What the points lie along.
    pub axis: Axis,
    /// Where the warm-up ends, as far from the first point, where it is known; else it is found.
    pub warm_up: Option<f64>,
    /// Figures of the processes together.
    pub tracks: Vec<Track>,
    /// Marks of one text each, those that came most often first.
    pub marks: Vec<Marks>,
    /// Each process by itself.
    pub processes: Vec<ProcessTrack>,
    /// Whether the heap of some process is not recorded, so that the sum of those that are is not all of it.
    pub partial_heap: bool,
    /// Call sites.
    pub sites: Vec<SiteTrack>,
    /// What keeps the recording from a conclusion, as sentences.
    pub doubts: Vec<String>,
    /// What it could not have seen, as sentences.
    pub blind_spots: Vec<String>,
}

/// One figure over time.
#[derive(Clone, Debug)]
pub struct Track {
    /// What was measured.
    pub measure: Measure,
    /// Of which processes.
    pub whose: Whose,
    /// The points.
    pub points: Vec<Point>,
    /// Its own name, where it has one.
    pub name: Option<String>,
    /// Parts of the unit that values count, for what has fractions; 1 otherwise.
    pub scale: f64,
    /// Given where these are exact counts, one an iteration or at even distances: points after which the inputs come
    /// round again.
    pub cycle: Option<u64>,
    /// Where only some of what was measured became points: the least and the greatest values of what lies between.
    pub peaks: Vec<Point>,
    /// Whether its growth decides.
    pub decides: Decides,
}

/// Whether growth of a series is a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decides {
    /// Where what it measures is what tells best: resident memory does where nothing better is known.
    #[default]
    ByMeasure,
    /// Whatever it measures.
    Always,
    /// Never: it is told, and no more.
    Never,
}

impl Track {
    /// Measurements that vary by themselves.
    pub fn new(measure: Measure, whose: Whose, points: Vec<Point>) -> Track {
        Track {
            measure,
            whose,
            points,
            name: None,
            scale: 1.0,
            cycle: None,
            peaks: Vec::new(),
            decides: Decides::ByMeasure,
        }
    }

    /// What it is called.
    pub fn words(&self) -> &str {
        match &self.name {
            Some(name) if self.measure.is_other() => name,
            _ => self.measure.words(),
        }
    }

    /// Whether a series was judged from it.
    pub(super) fn is_of(&self, series: &SeriesOverTime) -> bool {
        (self.measure, self.whose, &self.name) == (series.measure, series.whose, &series.name)
    }
}

/// How often the program had set marks of one text.
#[derive(Clone, Debug)]
pub struct Marks {
    /// The text.
    pub text: String,
    /// How many there had been, by the time.
    pub points: Vec<Point>,
}

impl Marks {
    /// How many there had been at a time.
    pub fn by(&self, seconds: f64) -> u64 {
        let after = self.points.partition_point(|point| point.at <= seconds);
        after
            .checked_sub(1)
            .map_or(0, |last| self.points[last].value)
    }

    /// How many there were in all.
    pub fn count(&self) -> u64 {
        self.points.last().map_or(0, |last| last.value)
    }

    /// Points over seconds as points over these marks.
    pub(super) fn against(&self, points: &[Point]) -> Vec<Point> {
        let by = |point: &Point| Point {
            at: self.by(point.at) as f64,
            value: point.value,
        };
        points.iter().map(by).collect()
    }
}

/// One process.
#[derive(Clone, Debug)]
pub struct ProcessTrack {
    /// Its number.
    pub pid: u32,
    /// Whether it is the command's own.
    pub is_main: bool,
    /// Its command line.
    pub command: String,
    /// What is known of its memory: its heap where it is recorded, or else anonymous or resident memory.
    pub measure: Measure,
    /// The points.
    pub points: Vec<Point>,
}

/// One call site of one process.
#[derive(Clone, Debug)]
pub struct SiteTrack {
    /// What it takes.
    pub measure: Measure,
    /// The command line of its process.
    pub command: String,
    /// The call that is answerable.
    pub place: Place,
    /// The stack, innermost first.
    pub stack: Vec<Frame>,
    /// Its bytes.
    pub bytes: Vec<Point>,
    /// Its blocks, or what else it takes.
    pub blocks: Vec<Point>,
}

impl SiteTrack {
    /// What its growth is counted in: bytes, or blocks where it takes no memory.
    pub(super) fn amounts(&self) -> &[Point] {
        match self.measure.is_bytes() {
            true => &self.bytes,
            false => &self.blocks,
        }
    }
}
