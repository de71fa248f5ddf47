//! Reads `dhat-heap.json`, as dhat-rs and valgrind's dhat write it (version 2 of the form that dh_view shows).
//!
//! The program points come first and the table of frames that they refer to last. A file cut short may have lost the
//! table: then the figures are there and the stacks are empty, and [`DhatReport::truncated`] says so.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufReader, Read};
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::ReadError;
use crate::probe::text::valgrind_frame as parse_frame;
use harness_judge::attribution::answering::program_begins;
use harness_judge::attribution::sites::{Observation, Record};
use harness_judge::attribution::sources::Sources;
use harness_judge::attribution::stack::Frame;

/// More than a real file has, less than memory.
const MAX_FILE_BYTES: u64 = 1 << 30;
const VERSION: u64 = 2;
/// A stack is believed to be no longer: it names its frames by number, so that two bytes of the file stand for as much as a
/// frame has.
const MAX_FRAMES: usize = 1_000;

/// A file of dhat's whose stacks begin where the program calls for memory: without the calls within the allocator and the
/// standard library, which are the same for all, and fill a screen of the viewer. Stacks that are the same then are one.
/// `None` for what is no such file.
pub fn from_the_program_on(file: &[u8], tree: &dyn Sources) -> Option<Vec<u8>> {
    let mut document: serde_json::Value = serde_json::from_slice(file).ok()?;
    let table = document.get("ftbl")?.as_array()?.iter();
    let frames: Vec<Frame> = table
        .map(|frame| parse_frame(frame.as_str().unwrap_or_default()))
        .collect();
    let mut merged: Vec<serde_json::Value> = Vec::new();
    let mut places: HashMap<Vec<u64>, usize> = HashMap::new();
    for point in document.get_mut("pps")?.as_array_mut()? {
        let numbers = point.get("fs")?.as_array()?.iter();
        let numbers: Vec<u64> = numbers.filter_map(serde_json::Value::as_u64).collect();
        let calls: Vec<&Frame> = numbers
            .iter()
            .filter_map(|number| frames.get(usize::try_from(*number).ok()?))
            .collect();
        let begins = program_begins(&calls, tree).min(numbers.len());
        let calls = numbers[begins..].to_vec();
        point["fs"] = calls.clone().into();
        match places.get(&calls) {
            Some(&known) => add_up(&mut merged[known], point),
            None => {
                places.insert(calls, merged.len());
                merged.push(point.take());
            }
        }
    }
    document["pps"] = merged.into();
    serde_json::to_vec(&document).ok()
}

/// Adds the figures of a point to those of another. The most that was live at once is then a bound.
fn add_up(known: &mut serde_json::Value, point: &serde_json::Value) {
    let Some(known) = known.as_object_mut() else {
        return;
    };
    for (key, value) in known {
        if let (Some(one), Some(other)) = (value.as_u64(), point.get(key).and_then(|v| v.as_u64()))
        {
            *value = one.saturating_add(other).into();
        }
    }
}

/// One run under dhat.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DhatReport {
    /// `rust-heap` (dhat-rs) or `heap` (valgrind's dhat).
    pub mode: String,
    /// The command that was run.
    pub command: String,
    /// The process that was watched.
    pub pid: Option<u64>,
    /// The points of the program that allocated.
    pub points: Vec<ProgramPoint>,
    /// Why the file's end is missing, as a sentence; `None` for a whole file.
    pub truncated: Option<String>,
    frames: Vec<Frame>,
}

/// One stack that allocated, and what became of its blocks. The figures are totals over the whole run, unless they
/// say at which moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProgramPoint {
    /// Bytes allocated.
    #[serde(rename = "tb")]
    pub total_bytes: u64,
    /// Blocks allocated.
    #[serde(rename = "tbk")]
    pub total_blocks: u64,
    /// The most bytes that were live at once.
    #[serde(rename = "mb")]
    pub max_bytes: u64,
    /// The most blocks that were live at once.
    #[serde(rename = "mbk")]
    pub max_blocks: u64,
    /// Bytes that were live at the whole heap's peak.
    #[serde(rename = "gb")]
    pub peak_bytes: u64,
    /// Blocks that were live at the whole heap's peak.
    #[serde(rename = "gbk")]
    pub peak_blocks: u64,
    /// Bytes that were live at the end.
    #[serde(rename = "eb")]
    pub end_bytes: u64,
    /// Blocks that were live at the end.
    #[serde(rename = "ebk")]
    pub end_blocks: u64,
    /// Places of the stack's frames in the table.
    #[serde(rename = "fs")]
    frames: Vec<u32>,
}

impl DhatReport {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// The file cannot be opened, or it is not a heap profile of dhat's. A file cut short is no error.
    pub fn read(path: &Path) -> Result<DhatReport, ReadError> {
        let file = crate::files::open(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        DhatReport::parse(BufReader::new(file)).map_err(|why| ReadError::Foreign {
            path: path.to_owned(),
            why,
        })
    }

    /// Reads a stream.
    ///
    /// # Errors
    /// A sentence that says why this is no heap profile of dhat's.
    pub fn parse(input: impl Read) -> Result<DhatReport, String> {
        let mut reading = Reading::default();
        let mut json = serde_json::Deserializer::from_reader(input.take(MAX_FILE_BYTES));
        // What follows the document's end is damage too.
        let outcome = Document(&mut reading)
            .deserialize(&mut json)
            .and_then(|()| json.end());
        let Reading {
            mut report,
            version,
            has_table,
        } = reading;
        match (version, outcome.as_ref().err()) {
            (Some(VERSION), None) if !has_table => {
                report.truncated = Some("the file has no table of frames".to_owned())
            }
            (Some(VERSION), None) => {}
            (Some(VERSION), Some(error)) => {
                let lost = if has_table {
                    ""
                } else {
                    ", before the table of frames, so the stacks are not known"
                };
                report.truncated =
                    Some(format!("the file was cut short or damaged{lost}: {error}"));
            }
            (Some(other), _) => {
                return Err(format!(
                    "it is version {other} of dhat's form, and only {VERSION} is understood"
                ));
            }
            // Killed while it wrote the first bytes.
            (None, Some(error)) if error.is_eof() => {
                report.truncated = Some(format!("the file was cut short at its beginning: {error}"))
            }
            (None, Some(error)) => return Err(format!("this is not dhat's JSON: {error}")),
            (None, None) => {
                return Err("this is not dhat's JSON: it has no dhatFileVersion".to_owned());
            }
        }
        if !matches!(report.mode.as_str(), "rust-heap" | "heap" | "") {
            return Err(format!(
                "it is a profile of {:?}, not of the heap",
                report.mode
            ));
        }
        Ok(report)
    }

    /// The stack of a program point of this report, innermost call first.
    pub fn stack(&self, point: &ProgramPoint) -> Vec<Frame> {
        self.calls(point).cloned().collect()
    }

    /// The calls of the same.
    pub(crate) fn calls(&self, point: &ProgramPoint) -> impl Iterator<Item = &Frame> {
        // The first entry of the table is the root of the tree that dh_view draws.
        let calls = point.frames.iter().filter(|at| **at != 0);
        calls
            .take(MAX_FRAMES)
            .filter_map(|at| self.frames.get(*at as usize))
    }

    /// Bytes and blocks that were live at the end, in all.
    pub fn live_at_end(&self) -> (u64, u64) {
        self.points.iter().fold((0, 0), |(bytes, blocks), point| {
            (
                bytes.saturating_add(point.end_bytes),
                blocks.saturating_add(point.end_blocks),
            )
        })
    }
}

/// What has been read so far: it survives an error further on.
#[derive(Default)]
struct Reading {
    report: DhatReport,
    version: Option<u64>,
    has_table: bool,
}

/// The whole document, read into a place that outlives a failure.
struct Document<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with dhatFileVersion, pps and ftbl")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Reading {
            report,
            version,
            has_table,
        } = self.0;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "dhatFileVersion" => *version = Some(map.next_value()?),
                "mode" => report.mode = map.next_value()?,
                "cmd" => report.command = map.next_value()?,
                "pid" => report.pid = Some(map.next_value()?),
                "pps" => {
                    map.next_value_seed(each(|point: ProgramPoint| report.points.push(point)))?
                }
                "ftbl" => {
                    *has_table = true;
                    map.next_value_seed(each(|text: String| {
                        report.frames.push(parse_frame(&text))
                    }))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// An array whose elements are handed on one by one.
struct Each<T, F>(F, PhantomData<T>);

/// See [`Each`].
fn each<T, F: FnMut(T)>(take: F) -> Each<T, F> {
    Each(take, PhantomData)
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            (self.0)(element);
        }
        Ok(())
    }
}

impl DhatReport {
    /// What was live at the end of a dhat run of so many iterations.
    pub fn observation(&self, iterations: u64) -> Observation {
        let live = self.points.iter().filter(|point| point.end_blocks > 0);
        let records = live.map(|point| Record {
            kind: None,
            part: None,
            bytes: point.end_bytes,
            blocks: point.end_blocks,
            frames: self.stack(point),
            held: Vec::new(),
        });
        Observation {
            iterations,
            records: records.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::text::MAX_TEXT_BYTES;

    #[test]
    fn a_stack_does_not_become_a_book_whatever_two_bytes_of_the_file_stand_for() {
        let frame = format!("0x1: {}é (a.rs:1)", "x".repeat(MAX_TEXT_BYTES - 6));
        let name = parse_frame(&frame).place.function.unwrap();
        assert!(name.len() <= MAX_TEXT_BYTES && name.ends_with('x'));
        let file = serde_json::json!({
            "dhatFileVersion": 2, "mode": "rust-heap",
            "pps": [{"fs": vec![1; 100_000]}], "ftbl": ["[root]", "y".repeat(1 << 20)],
        });
        let report = DhatReport::parse(file.to_string().as_bytes()).unwrap();
        let stack = report.stack(&report.points[0]);
        let bytes: usize = stack
            .iter()
            .map(|frame| frame.place.function.as_ref().unwrap().len())
            .sum();
        assert_eq!(
            (stack.len(), bytes),
            (MAX_FRAMES, MAX_FRAMES * MAX_TEXT_BYTES)
        );
    }

    #[test]
    fn what_follows_the_end_of_the_document_is_damage() {
        let file = r#"{"dhatFileVersion": 2, "mode": "rust-heap", "pps": [], "ftbl": ["[root]"]}"#;
        let truncated = |file: &str| DhatReport::parse(file.as_bytes()).unwrap().truncated;
        assert_eq!(truncated(&format!("{file}\n")), None);
        assert!(truncated(&format!("{file},{{\"tb\":150")).is_some());
    }

    #[test]
    fn a_frame_as_long_as_any_is_read_whole() {
        let frame = parse_frame("0x5568: demo::take (demo/src/main.rs:18:60)");
        assert_eq!(frame.place.function.as_deref(), Some("demo::take"));
        assert_eq!((frame.address, frame.place.line), (Some(0x5568), Some(18)));
    }
}
