//! What the judge is given: who was measured, what, and when.

use super::points::Point;
use harness_model::record::{Measure, Whose};
use harness_model::{Frame, Place};

/// What was measured over time. All of it counts from one moment, in seconds.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
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
