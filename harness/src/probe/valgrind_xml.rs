//! Reads what `valgrind --tool=memcheck --xml=yes` writes (protocol 4, valgrind's docs/internals/xml-output-protocol4.txt).
//!
//! The file is read as a stream. A child that was killed or a disk that was full leaves it cut short: what was there
//! is returned, and [`ValgrindReport::truncated`] says where it ends.

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::ReadError;
use super::lossy::Lossy;
use crate::probe::demangle::clean_function;
use harness_judge::attribution::sites::{Observation, Record};
use harness_judge::attribution::stack::Frame;
use harness_model::LeakKind;

/// Bounds on what is believed of a file: more than any real one has, less than memory.
const MAX_FILE_BYTES: u64 = 1 << 30;
const MAX_ERRORS: usize = 1_000_000;
const MAX_FRAMES: usize = 1_000;
const MAX_TEXT_BYTES: usize = 16 << 10;
const MAX_DEPTH: usize = 64;

/// One run under memcheck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValgrindReport {
    /// valgrind's version, e.g. `3.19.0`, where the preamble tells it.
    pub version: Option<String>,
    /// The process that was watched.
    pub pid: Option<u64>,
    /// The program and its arguments.
    pub args: Vec<String>,
    /// What memcheck reported, in the order of the file.
    pub errors: Vec<MemcheckError>,
    /// Suppressions that were used, and how often.
    pub suppressions: Vec<(String, u64)>,
    /// The signal that ended the process, where valgrind tells it.
    pub fatal_signal: Option<String>,
    /// The program came to its end, and the search for leaks began.
    pub finished: bool,
    /// Why the file's end is missing, as a sentence; `None` for a whole file.
    pub truncated: Option<String>,
}

/// One error or loss record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemcheckError {
    /// What kind it is.
    pub kind: ErrorKind,
    /// valgrind's sentence.
    pub what: String,
    /// How often it happened (loss records: once).
    pub count: u64,
    /// Where, innermost call first: for a loss record, where the blocks were allocated.
    pub frames: Vec<Frame>,
    /// Further stacks with their captions: where the block that was misused was allocated or freed.
    pub auxiliary: Vec<(String, Vec<Frame>)>,
}

/// The kinds of errors, with the figures that loss records carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// Blocks that were not freed.
    Loss {
        /// How they were held at the end.
        kind: LeakKind,
        /// Their bytes, without those of the blocks that only they point to (these have records of their own).
        bytes: u64,
        /// How many blocks.
        blocks: u64,
    },
    /// Anything else, by memcheck's name: `InvalidRead`, `UninitCondition`, `InvalidFree`...
    Other(String),
}

impl Default for ErrorKind {
    fn default() -> ErrorKind {
        ErrorKind::Other(String::new())
    }
}

impl ValgrindReport {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// The file cannot be opened, or it is not memcheck's. A file cut short is no error.
    pub fn read(path: &Path) -> Result<ValgrindReport, ReadError> {
        let file = crate::files::open(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        ValgrindReport::parse(file).map_err(|why| ReadError::Foreign {
            path: path.to_owned(),
            why,
        })
    }

    /// Reads a stream.
    ///
    /// # Errors
    /// A sentence that says why this is not memcheck's output.
    pub fn parse(input: impl Read) -> Result<ValgrindReport, String> {
        Parser::default().run(input)
    }

    /// The loss records: kind, bytes, blocks and the stack that allocated them.
    pub fn losses(&self) -> impl Iterator<Item = (LeakKind, u64, u64, &[Frame])> {
        self.errors.iter().filter_map(|error| match error.kind {
            ErrorKind::Loss {
                kind,
                bytes,
                blocks,
            } => Some((kind, bytes, blocks, error.frames.as_slice())),
            ErrorKind::Other(_) => None,
        })
    }

    /// The errors that are not loss records: invalid reads and writes, jumps on uninitialised values...
    pub fn misuses(&self) -> impl Iterator<Item = &MemcheckError> {
        self.errors
            .iter()
            .filter(|error| matches!(error.kind, ErrorKind::Other(_)))
    }

    /// The file is whole, so a missing loss record means that there was none.
    pub fn is_complete(&self) -> bool {
        self.finished && self.truncated.is_none()
    }
}

/// The state of reading: the names of the open elements, the text of the innermost, and what is being put together.
#[derive(Default)]
struct Parser {
    report: ValgrindReport,
    open: Vec<String>,
    text: String,
    error: Option<OpenError>,
    frame: Frame,
    directory: Option<String>,
    frames: Vec<Frame>,
    /// `<pair>` of errorcounts and suppcounts.
    pair: (Option<u64>, String),
    /// The place in `report.errors` of each identity, since the counts come at the end.
    places: HashMap<String, usize>,
    root_seen: bool,
    root_closed: bool,
}

/// An `<error>` that is being read.
#[derive(Default)]
struct OpenError {
    identity: String,
    kind: String,
    what: String,
    bytes: u64,
    blocks: u64,
    stacks: Vec<Vec<Frame>>,
    captions: Vec<String>,
}

impl Parser {
    fn run(mut self, input: impl Read) -> Result<ValgrindReport, String> {
        let mut reader =
            Reader::from_reader(BufReader::new(Lossy::new(input.take(MAX_FILE_BYTES))));
        let mut buffer = Vec::new();
        let damage = loop {
            buffer.clear();
            let taken = match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(tag)) => self.start(tag.name().as_ref()),
                Ok(Event::End(_)) => self.end(),
                Ok(Event::Text(text)) => self.add_text(&text),
                Ok(Event::CData(text)) => self.add_text(&text),
                Ok(Event::GeneralRef(reference)) => {
                    let character = reference
                        .resolve_char_ref()
                        .ok()
                        .flatten()
                        .map(String::from);
                    let text = character
                        .or_else(|| resolve_predefined_entity(&reference).map(str::to_owned));
                    self.add_text(text.as_deref().unwrap_or("?"))
                }
                Ok(Event::Eof) => break None,
                Ok(_) => Ok(()),
                Err(error) => {
                    break Some(format!(
                        "it is damaged at byte {}: {error}",
                        reader.error_position()
                    ));
                }
            };
            if let Err(why) = taken {
                break Some(format!(
                    "it was read up to byte {}: {why}",
                    reader.buffer_position()
                ));
            }
            if self.root_closed {
                break None;
            }
        };
        if !self.root_seen {
            return match damage {
                Some(why) => Err(format!("this is not valgrind's XML: {why}")),
                // Killed before it wrote anything.
                None => {
                    self.report.truncated = Some("the file is empty".to_owned());
                    Ok(self.report)
                }
            };
        }
        if !self.root_closed {
            let at =
                damage.unwrap_or_else(|| format!("it ends at byte {}", reader.buffer_position()));
            let inside = self.open.last().map_or("", String::as_str);
            self.report.truncated =
                Some(format!("the file was cut short: {at}, inside <{inside}>"));
        }
        Ok(self.report)
    }

    fn start(&mut self, name: &str) -> Result<(), String> {
        if self.open.is_empty() {
            if name != "valgrindoutput" {
                return Err(format!(
                    "the outermost element is <{name}>, not <valgrindoutput>"
                ));
            }
            self.root_seen = true;
        }
        if self.open.len() == MAX_DEPTH {
            return Err(format!("elements are nested more than {MAX_DEPTH} deep"));
        }
        match name {
            "error" => self.error = Some(OpenError::default()),
            "stack" => self.frames = Vec::new(),
            "frame" => (self.frame, self.directory) = (Frame::default(), None),
            "pair" => self.pair = (None, String::new()),
            _ => {}
        }
        self.open.push(name.to_owned());
        self.text.clear();
        Ok(())
    }

    fn add_text(&mut self, text: &str) -> Result<(), String> {
        let room = MAX_TEXT_BYTES.saturating_sub(self.text.len());
        let fits = text.char_indices().take_while(|(at, _)| *at < room);
        self.text.extend(fits.map(|(_, character)| character));
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(name) = self.open.pop() else {
            return Ok(());
        };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let parent = self.open.last().map_or("", String::as_str);
        match (parent, name.as_str()) {
            ("", _) => self.root_closed = true,
            ("valgrindoutput", "protocolversion") if text != "4" => {
                return Err(format!(
                    "its protocol is {text:.20}, and only 4 is understood"
                ));
            }
            ("valgrindoutput", "protocoltool") if text != "memcheck" => {
                return Err(format!("it was written by {text:.40}, not by memcheck"));
            }
            ("valgrindoutput", "pid") => self.report.pid = text.parse().ok(),
            ("preamble", "line") => {
                if let Some((_, rest)) = text.split_once("Valgrind-") {
                    let version: String = rest
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '.')
                        .collect();
                    self.report.version = Some(version);
                }
            }
            ("argv", "exe" | "arg") => self.report.args.push(text.to_owned()),
            ("status", "state") => self.report.finished |= text == "FINISHED",
            ("fatal_signal", "signame") => self.report.fatal_signal = Some(text.to_owned()),
            ("pair", "count") => self.pair.0 = text.parse().ok(),
            ("pair", "unique" | "name") => self.pair.1 = text.to_owned(),
            ("errorcounts", "pair") => self.count_error(),
            ("suppcounts", "pair") => {
                if let (Some(count), name) = std::mem::take(&mut self.pair) {
                    self.report.suppressions.push((name, count));
                }
            }
            ("frame", "ip") => self.frame.address = parse_hex(text),
            ("frame", "obj") => self.frame.linked.object = Some(text.to_owned()),
            ("frame", "fn") => {
                self.frame.place.function = clean_function(text);
                self.frame.linked.symbol = Some(text.to_owned());
            }
            ("frame", "dir") => self.directory = Some(text.to_owned()),
            ("frame", "file") => self.frame.place.file = Some(text.to_owned()),
            ("frame", "line") => self.frame.place.line = text.parse().ok(),
            ("stack", "frame") => self.end_frame(),
            (_, "stack") => {
                if let Some(error) = &mut self.error {
                    error.stacks.push(std::mem::take(&mut self.frames));
                }
            }
            ("valgrindoutput", "error") => return self.end_error(),
            (parent, name) => {
                if let Some(error) = &mut self.error {
                    error.field(parent, name, text);
                }
            }
        }
        Ok(())
    }

    fn end_frame(&mut self) {
        let mut frame = std::mem::take(&mut self.frame);
        if let (Some(directory), Some(file)) = (self.directory.take(), &mut frame.place.file)
            && !file.starts_with('/')
        {
            *file = format!("{}/{file}", directory.trim_end_matches('/'));
        }
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(frame);
        }
    }

    fn end_error(&mut self) -> Result<(), String> {
        let Some(error) = self.error.take() else {
            return Ok(());
        };
        if self.report.errors.len() == MAX_ERRORS {
            return Err(format!("it holds more than {MAX_ERRORS} errors"));
        }
        let mut stacks = error.stacks.into_iter();
        let loss = |kind| ErrorKind::Loss {
            kind,
            bytes: direct_bytes(&error.what).unwrap_or(error.bytes),
            blocks: error.blocks,
        };
        let kind = match error.kind.as_str() {
            "Leak_DefinitelyLost" => loss(LeakKind::DefinitelyLost),
            "Leak_IndirectlyLost" => loss(LeakKind::IndirectlyLost),
            "Leak_PossiblyLost" => loss(LeakKind::PossiblyLost),
            "Leak_StillReachable" => loss(LeakKind::StillReachable),
            other => ErrorKind::Other(other.to_owned()),
        };
        self.places.insert(error.identity, self.report.errors.len());
        self.report.errors.push(MemcheckError {
            kind,
            frames: stacks.next().unwrap_or_default(),
            auxiliary: error
                .captions
                .into_iter()
                .zip(stacks.chain(std::iter::repeat_with(Vec::new)))
                .collect(),
            what: error.what,
            count: 1,
        });
        Ok(())
    }

    fn count_error(&mut self) {
        if let (Some(count), identity) = std::mem::take(&mut self.pair)
            && let Some(&at) = self.places.get(&identity)
        {
            self.report.errors[at].count = count;
        }
    }
}

impl OpenError {
    fn field(&mut self, parent: &str, name: &str, text: &str) {
        match (parent, name) {
            ("error", "unique") => self.identity = text.to_owned(),
            ("error", "kind") => self.kind = text.to_owned(),
            ("error", "what") | ("xwhat", "text") => self.what = text.to_owned(),
            ("xwhat", "leakedbytes") => self.bytes = text.parse().unwrap_or(0),
            ("xwhat", "leakedblocks") => self.blocks = text.parse().unwrap_or(0),
            ("error", "auxwhat") | ("xauxwhat", "text") => self.captions.push(text.to_owned()),
            _ => {}
        }
    }
}

/// The direct bytes of "1,440 (560 direct, 880 indirect) bytes in 10 blocks are definitely lost...". `leakedbytes`
/// holds the sum, whose indirect part the records of the indirectly lost blocks count again.
fn direct_bytes(what: &str) -> Option<u64> {
    let (_, rest) = what.split_once('(')?;
    let (figure, _) = rest.split_once(" direct")?;
    figure
        .chars()
        .filter(|c| *c != ',')
        .collect::<String>()
        .parse()
        .ok()
}

fn parse_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
impl ValgrindReport {
    /// The loss records of a memcheck run of so many iterations.
    pub fn observation(&self, iterations: u64) -> Observation {
        let records = self.losses().map(|(kind, bytes, blocks, frames)| Record {
            kind: Some(kind),
            part: None,
            bytes,
            blocks,
            frames: frames.to_vec(),
        });
        Observation {
            iterations,
            records: records.collect(),
        }
    }
}
