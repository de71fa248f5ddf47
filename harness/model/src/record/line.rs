//! A line of the `samples.jsonl` of `harness record`: what was seen of a command and of all that it started, as it went.
//!
//! The first line is a [`RecordBegin`]. A process has a line of its own when it is first seen, and again when it becomes
//! another program; samples name it by its number. Lines are written as they come about, so that a recording that was
//! ended by force is whole up to there; its last line may be cut.

use super::measure::Measure;
use crate::frame::Frame;
use crate::place::Place;
use crate::summary::Tool;
use serde::{Deserialize, Serialize};

/// The version of the lines' form that this program writes.
pub const RECORD_VERSION: u32 = 1;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordLine {
    /// What is recorded: the first line.
    Begin(RecordBegin),
    /// A process that was not there before, or has become another program.
    Process(RecordProcess),
    /// Figures of one moment.
    Sample(RecordSample),
    /// The program said that something was done.
    Mark(RecordMark),
    /// A call site of a process, named.
    Site(RecordSite),
    /// What call sites held at one moment.
    Held(RecordHeld),
    /// Something that whoever reads the figures has to know, in a sentence.
    Note(RecordNote),
    /// The end. A recording that was ended by force has none.
    End(RecordEnd),
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordBegin {
    /// The version of the form of all lines: [`RECORD_VERSION`].
    pub version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// The command, or the command line of the process that was running already.
    pub command: Vec<String>,
    /// The number of its process.
    pub pid: u32,
    /// Whether it was running already.
    pub attached: bool,
    /// Whether its heap is recorded by call site.
    pub preloaded: bool,
    /// When the recording began: UTC, RFC 3339, to the second.
    pub started_at: String,
    /// The same in seconds since 1970: the seconds of all lines count from there.
    pub unix_seconds: f64,
    /// Seconds between samples that were asked for; where looking takes long there are more.
    pub interval_seconds: f64,
}

/// A process of the command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordProcess {
    /// When it was first seen so.
    pub seconds: f64,
    /// Its number.
    pub pid: u32,
    /// The number of its parent.
    pub parent: u32,
    /// Its command line.
    pub command: String,
}

/// What was seen at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordSample {
    /// When.
    pub seconds: f64,
    /// Marks that the program had set by then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub marks: u64,
    /// The processes of the command that lived.
    pub processes: u64,
    /// All of them together.
    pub total: RecordFigures,
    /// Each of them.
    #[serde(default)]
    pub each: Vec<RecordProcessFigures>,
}

/// Figures of one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordProcessFigures {
    /// Its number.
    pub pid: u32,
    /// Its figures.
    #[serde(flatten)]
    pub figures: RecordFigures,
}

/// What a process, or several together, held at one moment. What is not known, or was not looked at then, is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RecordFigures {
    /// Resident memory, in bytes (RSS). Of several processes, what they share counts for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
    /// Resident memory with shared pages divided among those who share them (PSS). It costs more to know, and is not in
    /// every sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proportional_bytes: Option<u64>,
    /// Resident memory that nobody else shares (USS); in the same samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_bytes: Option<u64>,
    /// Resident memory that is of no file: what is left of resident memory where files are read over and over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous_bytes: Option<u64>,
    /// Memory that is of no file and that several can share, divided among those who do; in the same samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_bytes: Option<u64>,
    /// Bytes in live blocks of the heap, where they are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heap_bytes: Option<u64>,
    /// Live blocks of the heap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heap_blocks: Option<u64>,
    /// Addresses that the program mapped by itself, where they are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapped_bytes: Option<u64>,
    /// Open descriptors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
    /// Threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u64>,
    /// Memory of graphics processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_bytes: Option<u64>,
}

impl RecordFigures {
    /// What is known of a measure; that of how many processes there are is no figure of a process.
    pub fn get(&self, measure: Measure) -> Option<u64> {
        match measure {
            Measure::Resident => self.resident_bytes,
            Measure::Proportional => self.proportional_bytes,
            Measure::Unique => self.unique_bytes,
            Measure::Anonymous => self.anonymous_bytes,
            Measure::Heap => self.heap_bytes,
            Measure::HeapBlocks => self.heap_blocks,
            Measure::Mapped => self.mapped_bytes,
            Measure::Descriptors => self.descriptors,
            Measure::Threads => self.threads,
            Measure::Shared => self.shared_bytes,
            Measure::Gpu => self.gpu_bytes,
            Measure::Processes
            | Measure::Virtual
            | Measure::Swap
            | Measure::OtherBytes
            | Measure::Other => None,
        }
    }

    /// Adds the figures of another process. What is known of one of the two alone is kept.
    pub fn add(&mut self, other: &RecordFigures) {
        let add = |own: &mut Option<u64>, other: Option<u64>| {
            *own = match (*own, other) {
                (Some(a), Some(b)) => Some(a.saturating_add(b)),
                (a, b) => a.or(b),
            };
        };
        add(&mut self.resident_bytes, other.resident_bytes);
        add(&mut self.proportional_bytes, other.proportional_bytes);
        add(&mut self.unique_bytes, other.unique_bytes);
        add(&mut self.anonymous_bytes, other.anonymous_bytes);
        add(&mut self.shared_bytes, other.shared_bytes);
        add(&mut self.heap_bytes, other.heap_bytes);
        add(&mut self.heap_blocks, other.heap_blocks);
        add(&mut self.mapped_bytes, other.mapped_bytes);
        add(&mut self.descriptors, other.descriptors);
        add(&mut self.threads, other.threads);
        add(&mut self.gpu_bytes, other.gpu_bytes);
    }
}

/// Something was done, as the program says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordMark {
    /// When, or when the last of them.
    pub seconds: f64,
    /// What.
    pub text: String,
    /// How often, since the line before: many marks of one text that come together have one line.
    pub count: u64,
}

/// A call site, named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordSite {
    /// Its number in this recording.
    pub site: u32,
    /// The process.
    pub pid: u32,
    /// What it takes: blocks of the heap, mappings or descriptors.
    pub measure: Measure,
    /// The call that is answerable: function, file and line.
    #[serde(flatten)]
    pub place: Place,
    /// The stack, innermost first.
    pub stack: Vec<Frame>,
}

/// What call sites held at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordHeld {
    /// When.
    pub seconds: f64,
    /// Number of the site, bytes, and blocks (or what else it takes). Sites that are not here held nothing.
    pub sites: Vec<(u32, u64, u64)>,
}

/// A sentence about the recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordNote {
    /// The sentence.
    pub text: String,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordEnd {
    /// When.
    pub seconds: f64,
    /// How the command ended, as a clause: `ended with exit code 0`.
    pub how: String,
    /// Its exit code, where it ended by itself and is known.
    pub exit_code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// Whether somebody stopped the recording before the command's end.
    pub interrupted: bool,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_zero_and_sums_keep_what_is_known() {
        let mut sum = RecordFigures::default();
        let one = RecordFigures {
            resident_bytes: Some(5),
            threads: Some(1),
            ..RecordFigures::default()
        };
        sum.add(&one);
        sum.add(&RecordFigures {
            descriptors: Some(3),
            ..one
        });
        assert_eq!(
            serde_json::to_string(&sum).unwrap(),
            r#"{"resident_bytes":10,"descriptors":3,"threads":2}"#
        );
    }

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let line = RecordLine::Sample(RecordSample {
            seconds: 0.1,
            marks: 0,
            processes: 1,
            total: RecordFigures::default(),
            each: vec![RecordProcessFigures {
                pid: 7,
                figures: RecordFigures {
                    heap_bytes: Some(1),
                    ..RecordFigures::default()
                },
            }],
        });
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(
            text,
            r#"{"kind":"sample","seconds":0.1,"processes":1,"total":{},"each":[{"pid":7,"heap_bytes":1}]}"#
        );
        assert_eq!(serde_json::from_str::<RecordLine>(&text).unwrap(), line);
        let site = RecordLine::Site(RecordSite {
            site: 1,
            pid: 7,
            measure: Measure::Heap,
            place: Place {
                function: "take".to_owned(),
                file: Some("work.c".to_owned()),
                line: Some(16),
            },
            stack: Vec::new(),
        });
        let text = serde_json::to_string(&site).unwrap();
        assert_eq!(serde_json::from_str::<RecordLine>(&text).unwrap(), site);
    }
}
