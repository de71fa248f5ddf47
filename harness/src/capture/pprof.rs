//! Reads heap profiles in pprof's form (github.com/google/pprof, proto/profile.proto): Go's, tcmalloc's, jeprof's, those of
//! Rust, as it is or gzipped.

use super::heap_profile::grain;
use super::protobuf::{Fields, Value};
use super::stacks::FrameId;
use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::demangle::clean_function;
use crate::probe::text::{bounded, go_file};
use flate2::read::MultiGzDecoder;
use harness_judge::attribution::stack::Frame;
use harness_judge::counts::Trust;
use harness_model::{Linked, Place};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// A profile is believed to be no larger, unpacked.
const MAX_BYTES: u64 = 256 << 20;
/// It is believed to have no more samples, calls, functions, texts: an empty one takes two bytes of the file, and more here.
const MAX_ENTRIES: usize = 1 << 20;
/// Types of samples that say what is live, best first: bytes, and the blocks that go with them.
const LIVE: [(&str, &str); 5] = [
    ("inuse_space", "inuse_objects"),
    ("inuse_bytes", "inuse_objects"),
    ("space", "objects"),
    ("live_space", "live_objects"),
    ("retained_space", "retained_objects"),
];

/// Fields that a profile has: those that are messages or texts, and those that are numbers.
const MESSAGES: [u64; 7] = [1, 2, 3, 4, 5, 6, 11];
const NUMBERS: [u64; 7] = [7, 8, 9, 10, 12, 13, 14];
/// So many fields at its beginning have to be known ones.
const LOOKED_AT: usize = 4;

/// Whether bytes are the beginning of such a profile: a type of samples or of periods is among its first fields.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    let mut has_type = false;
    let mut fields = Fields::new(bytes);
    for (number, value) in fields.by_ref().take(LOOKED_AT) {
        match value {
            Value::Bytes(message) if MESSAGES.contains(&number) => {
                has_type |= matches!(number, 1 | 11) && is_type(message);
            }
            Value::Number(_) if NUMBERS.contains(&number) => {}
            // Several numbers in one place, as comments are.
            Value::Bytes(_) if number == 13 => {}
            _ => return false,
        }
    }
    has_type && !fields.is_broken()
}

/// A type: two numbers of texts.
fn is_type(message: &[u8]) -> bool {
    let mut fields = Fields::new(message);
    let are_numbers = fields
        .by_ref()
        .all(|(number, value)| number <= 2 && matches!(value, Value::Number(_)));
    !message.is_empty() && are_numbers && !fields.is_broken()
}

/// Reads one that is gzipped.
pub(super) fn read_gzip(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut bytes = Vec::new();
    let unpacked = MultiGzDecoder::new(input)
        .take(MAX_BYTES)
        .read_to_end(&mut bytes);
    of_bytes(&bytes, unpacked.err().map(|error| error.to_string()), table)
}

/// Reads one as it is.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES).read_to_end(&mut bytes);
    of_bytes(&bytes, read.err().map(|error| error.to_string()), table)
}

/// A profile, as far as it was read: texts by their number, the rest by their identities.
#[derive(Default)]
struct Profile<'b> {
    texts: Vec<&'b [u8]>,
    types: Vec<(u64, u64)>,
    samples: Vec<&'b [u8]>,
    mappings: HashMap<u64, MappingIds>,
    locations: HashMap<u64, &'b [u8]>,
    functions: HashMap<u64, FunctionIds>,
    period: u64,
    period_type: u64,
}

#[derive(Default, Clone, Copy)]
struct MappingIds {
    begin: u64,
    offset: u64,
    file: u64,
    build_id: u64,
}

#[derive(Default, Clone, Copy)]
struct FunctionIds {
    name: u64,
    symbol: u64,
    file: u64,
}

fn of_bytes(
    bytes: &[u8],
    failed: Option<String>,
    table: &mut StackTable,
) -> Result<Capture, String> {
    let mut profile = Profile {
        period: 1,
        ..Profile::default()
    };
    let mut fields = Fields::new(bytes);
    for (number, value) in fields.by_ref() {
        profile.field(number, value);
        if profile.entries() > MAX_ENTRIES {
            return Err(format!(
                "it has more than {} samples, calls or texts",
                harness_model::units::count(MAX_ENTRIES as u64)
            ));
        }
    }
    let mut capture = Capture::new(Kind::Pprof);
    if let Some(why) = failed {
        capture.truncated = Some(format!("it was cut short or damaged: {why}"));
    } else if fields.is_broken() {
        capture.truncated = Some(format!(
            "it was cut short or damaged: the last {} bytes are no field of a profile",
            fields.left()
        ));
    }
    let names: Vec<String> = profile
        .types
        .iter()
        .map(|(name, _)| profile.text(*name))
        .collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    let live = LIVE
        .iter()
        .find_map(|(bytes, blocks)| Some((place(bytes)?, place(blocks))));
    let Some((in_bytes, in_blocks)) = live else {
        if capture.truncated.is_some() && names.iter().all(String::is_empty) {
            capture.note(
                "The texts of the profile are behind its cut, and with them what its figures are.",
            );
            return Ok(capture);
        }
        return Err(format!(
            "it is a profile of {}, and what is live (inuse_space) is not in it",
            match names.is_empty() {
                true => "nothing".to_owned(),
                false => names.join(", "),
            }
        ));
    };
    capture.counts_blocks = in_blocks.is_some();
    let of_taken = place("alloc_objects");
    // Bytes between two samples, in the mean.
    let rate = match profile.text(profile.period_type).as_str() {
        "space" | "bytes" => profile.period as f64,
        _ => 1.0,
    };
    let mut calls: HashMap<u64, Vec<FrameId>> = HashMap::new();
    let mut process = Process::default();
    let mut is_of_go = false;
    for sample in &profile.samples {
        let (mut locations, mut values) = (Vec::new(), Vec::new());
        for (number, value) in Fields::new(sample) {
            match number {
                1 => value.numbers(|id| locations.push(id)),
                2 => value.numbers(|value| values.push(value)),
                _ => {}
            }
        }
        // Figures are signed, and less than nothing is nothing.
        let figure = |at: Option<usize>| {
            let value = at.and_then(|at| values.get(at)).copied().unwrap_or(0);
            i64::try_from(value).unwrap_or(0) as u64
        };
        let held = figure(Some(in_bytes));
        let blocks = in_blocks.map_or(held, |at| figure(Some(at)));
        let mut frames = Vec::new();
        for id in locations.iter().take(1_000) {
            let named = calls
                .entry(*id)
                .or_insert_with(|| profile.calls(*id, table));
            frames.extend_from_slice(named);
        }
        let stack = table.stack(&frames);
        is_of_go |= table.calls(stack).any(|call| {
            matches!(
                call.place.function.as_deref(),
                Some("runtime.main" | "runtime.goexit" | "runtime.mcall" | "runtime.mstart")
            )
        });
        let size = held as f64 / blocks.max(1) as f64;
        let each = match rate > 1.0 && size > 0.0 {
            true => 1.0 / -(-size / rate).exp_m1(),
            false => 1.0,
        };
        let taken = figure(of_taken);
        process.records.push(Record {
            taken: (in_blocks.is_some() && taken >= blocks && taken > 0).then_some(taken),
            grain: grain(size, each),
            ..Record::of_heap(stack, held, blocks)
        });
    }
    if is_of_go {
        "Go".clone_into(&mut capture.tool);
        // What its collector found at its last round, and nothing else.
        capture.trust = Trust::Scanned;
    }
    if rate > 1.0 {
        capture.note(format!(
            "It is sampled, one in {} bytes or so: what is small and rare may be missing, and figures are as good as the samples \
             are many.",
            harness_model::units::count(rate as u64)
        ));
    }
    capture.processes.push(process);
    Ok(capture)
}

impl<'b> Profile<'b> {
    fn field(&mut self, number: u64, value: Value<'b>) {
        let numbers = |wanted: [u64; 4]| {
            let mut found = [0; 4];
            for (number, value) in Fields::new(value.bytes()) {
                if let Some(at) = wanted.iter().position(|wanted| *wanted == number) {
                    found[at] = value.number();
                }
            }
            found
        };
        let id = || {
            let mut fields = Fields::new(value.bytes());
            fields
                .find(|(number, _)| *number == 1)
                .map_or(0, |(_, id)| id.number())
        };
        match number {
            1 => {
                let [name, unit, ..] = numbers([1, 2, 0, 0]);
                self.types.push((name, unit));
            }
            2 => self.samples.push(value.bytes()),
            3 => {
                let [begin, offset, file, build_id] = numbers([2, 4, 5, 6]);
                let ids = MappingIds {
                    begin,
                    offset,
                    file,
                    build_id,
                };
                self.mappings.insert(id(), ids);
            }
            4 => {
                self.locations.insert(id(), value.bytes());
            }
            5 => {
                let [name, symbol, file, _] = numbers([2, 3, 4, 0]);
                let ids = FunctionIds { name, symbol, file };
                self.functions.insert(id(), ids);
            }
            6 => self.texts.push(value.bytes()),
            11 => self.period_type = numbers([1, 2, 0, 0])[0],
            12 => self.period = value.number().max(1),
            _ => {}
        }
    }

    /// How many there are of what there are most of.
    fn entries(&self) -> usize {
        let all = [
            self.types.len(),
            self.texts.len(),
            self.samples.len(),
            self.mappings.len(),
            self.locations.len(),
            self.functions.len(),
        ];
        all.into_iter().max().unwrap_or(0)
    }

    fn text(&self, number: u64) -> String {
        let text = usize::try_from(number)
            .ok()
            .and_then(|at| self.texts.get(at));
        let text = String::from_utf8_lossy(text.copied().unwrap_or_default());
        bounded(&text).to_owned()
    }

    /// The calls at a location, innermost first.
    fn calls(&self, id: u64, table: &mut StackTable) -> Vec<FrameId> {
        let (mut mapping, mut address, mut lines) = (0, 0, Vec::new());
        let location = self.locations.get(&id).copied().unwrap_or_default();
        for (number, value) in Fields::new(location) {
            match number {
                2 => mapping = value.number(),
                3 => address = value.number(),
                4 => lines.push(value.bytes()),
                _ => {}
            }
        }
        let mapping = self.mappings.get(&mapping).copied();
        let object = mapping
            .map(|mapping| self.text(mapping.file))
            .filter(|file| !file.is_empty());
        let mut frames = Vec::new();
        for line in lines {
            let (mut function, mut number) = (0, 0);
            for (field, value) in Fields::new(line) {
                match field {
                    1 => function = value.number(),
                    2 => number = value.number(),
                    _ => {}
                }
            }
            let Some(function) = self.functions.get(&function) else {
                continue;
            };
            let known = |text: String| Some(text).filter(|text| !text.is_empty());
            let frame = Frame {
                place: Place {
                    function: clean_function(&self.text(function.name)),
                    file: known(go_file(&self.text(function.file)).to_owned()),
                    line: u32::try_from(number).ok().filter(|line| *line > 0),
                },
                linked: Linked {
                    symbol: known(self.text(function.symbol)),
                    object: object.clone(),
                },
                address: Some(address),
            };
            frames.push(table.frame(frame));
        }
        if !frames.is_empty() {
            return frames;
        }
        let offset = mapping.map_or(address, |mapping| {
            address
                .wrapping_sub(mapping.begin)
                .wrapping_add(mapping.offset)
        });
        let build_id = mapping.map_or(0, |mapping| mapping.build_id);
        let named = match &object {
            Some(object) => {
                let build_id = self.text(build_id);
                if !build_id.is_empty() {
                    table.files.expect(Path::new(object), &build_id);
                }
                table.files.calls_at_offset(Path::new(object), offset)
            }
            None => Vec::new(),
        };
        if named.is_empty() {
            let frame = Frame {
                address: Some(offset),
                linked: Linked {
                    symbol: None,
                    object,
                },
                ..Frame::default()
            };
            return vec![table.frame(frame)];
        }
        named.into_iter().map(|frame| table.frame(frame)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_by_function, read_as_bytes};
    use super::*;

    /// A field of a number below 128, or of bytes fewer than that.
    fn number(field: u8, value: u8) -> Vec<u8> {
        vec![field << 3, value]
    }

    fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
        let mut all = vec![field << 3 | 2, u8::try_from(value.len()).unwrap()];
        all.extend_from_slice(value);
        all
    }

    /// A profile of one sample of 96 bytes in 3 blocks; `period` as it stands in it.
    fn profile(types: [u8; 2], period: u8) -> Vec<u8> {
        let texts = [
            "",
            "inuse_objects",
            "count",
            "inuse_space",
            "bytes",
            "keep",
            "leaky.c",
            "main",
            "space",
            "cpu",
        ];
        let mut all = Vec::new();
        for name in types {
            all.extend(bytes(1, &[number(1, name), number(2, 4)].concat()));
        }
        all.extend(bytes(2, &[bytes(1, &[1, 2]), bytes(2, &[3, 96])].concat()));
        for (id, function, line) in [(1, 5, 22), (2, 7, 61)] {
            all.extend(bytes(
                4,
                &[
                    number(1, id),
                    bytes(4, &[number(1, id), number(2, line)].concat()),
                ]
                .concat(),
            ));
            all.extend(bytes(
                5,
                &[number(1, id), number(2, function), number(4, 6)].concat(),
            ));
        }
        for text in texts {
            all.extend(bytes(6, text.as_bytes()));
        }
        all.extend(bytes(11, &number(1, 8)));
        all.extend(number(12, period));
        all
    }

    #[test]
    fn functions_files_and_lines_come_from_the_profile() {
        let whole = profile([1, 3], 1);
        let capture = read_as_bytes(Kind::Pprof, &whole);
        assert_eq!(bytes_by_function(&capture), [("keep".to_owned(), 96)]);
        let record = capture.0.processes[0].records[0];
        let calls: Vec<String> = capture
            .1
            .calls(record.stack)
            .map(ToString::to_string)
            .collect();
        assert_eq!(calls, ["keep at leaky.c:22", "main at leaky.c:61"]);
        assert_eq!(record.end.blocks, 3);
        assert!(capture.0.notes.is_empty() && capture.0.truncated.is_none());
        let sampled = read_as_bytes(Kind::Pprof, &profile([1, 3], 100));
        assert!(sampled.0.notes[0].contains("one in 100 bytes"));
    }

    #[test]
    fn a_profile_that_is_cut_short_gives_what_was_before_the_cut() {
        let whole = profile([1, 3], 1);
        let capture = read_as_bytes(Kind::Pprof, &whole[..whole.len() - 5]);
        assert_eq!(bytes_by_function(&capture), [("keep".to_owned(), 96)]);
        assert!(capture.0.truncated.is_some());
    }

    #[test]
    fn a_profile_of_something_else_is_refused_with_its_name() {
        let mut table = StackTable::default();
        let refused = of_bytes(&profile([9, 2], 1), None, &mut table).unwrap_err();
        assert!(refused.contains("a profile of cpu, count"), "{refused}");
    }
}
