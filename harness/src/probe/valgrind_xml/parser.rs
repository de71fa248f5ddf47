//! The state machine that makes reports of valgrind's XML.

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::iter;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::{ErrorKind, MemcheckError, ValgrindReport};
use crate::probe::demangle::clean_function;
use crate::probe::leak_search::Searches;
use crate::probe::lossy::Lossy;
use harness_judge::attribution::stack::Frame;
use harness_model::LeakKind;

/// Bounds on what is believed of a file: more than any real one has, less than memory.
const MAX_FILE_BYTES: u64 = 4 << 30;
const MAX_ERRORS: usize = 1_000_000;
const MAX_FRAMES: usize = 1_000;
const MAX_TEXT_BYTES: usize = 16 << 10;
const MAX_DOCUMENTS: usize = 10_000;
const MAX_DEPTH: usize = 64;

/// The outermost element.
const ROOT: &str = "valgrindoutput";
/// The protocols that are understood: 5 has descriptors (valgrind 3.21), and 6 sums (3.26).
const PROTOCOLS: [&str; 3] = ["4", "5", "6"];

/// The state of reading: the names of the open elements, the text of the innermost, and what is being put together.
#[derive(Default)]
pub(super) struct Parser {
    /// The document that was whole last, until it is known whether it had the head of the next.
    done: Option<ValgrindReport>,
    /// How many were.
    documents: usize,
    /// Documents around the one that is read: of those who forked it.
    around: Vec<Document>,
    /// The one that is read.
    document: Document,
    open: Vec<String>,
    text: String,
    error: Option<OpenError>,
    frame: Frame,
    directory: Option<String>,
    frames: Vec<Frame>,
    /// `<pair>` of errorcounts and suppcounts.
    pair: (Option<u64>, String),
    root_seen: bool,
}

/// A document that is being read.
#[derive(Default)]
struct Document {
    report: ValgrindReport,
    /// The place in `report.errors` of each identity, since the counts come at the end.
    places: HashMap<String, usize>,
    searches: Searches,
}

impl Document {
    /// The last search for leaks comes at the end of the process: what the program asked for before is in it again.
    fn forget_earlier_searches(&mut self) {
        let is_loss = |error: &MemcheckError| matches!(error.kind, ErrorKind::Loss { .. });
        let errors = &mut self.report.errors;
        let mut left = 0;
        let moved: Vec<Option<usize>> = errors
            .iter()
            .map(|error| {
                let place = (!is_loss(error)).then_some(left);
                left += usize::from(place.is_some());
                place
            })
            .collect();
        errors.retain(|error| !is_loss(error));
        self.places.retain(|_, place| {
            let to = moved.get(*place).copied().flatten();
            *place = to.unwrap_or_default();
            to.is_some()
        });
    }
}

/// An `<error>` that is being read.
#[derive(Default)]
struct OpenError {
    identity: String,
    kind: String,
    what: String,
    bytes: u64,
    blocks: u64,
    frames: Option<Vec<Frame>>,
    /// Captions, with the stacks that follow them: some have none.
    auxiliary: Vec<(String, Option<Vec<Frame>>)>,
}

impl Parser {
    pub(super) fn run(
        mut self,
        input: impl Read,
        mut each: impl FnMut(ValgrindReport),
    ) -> Result<(), String> {
        let mut reader =
            Reader::from_reader(BufReader::new(Lossy::new(input.take(MAX_FILE_BYTES))));
        // What is left of a document after that of a forked child has an end and no beginning.
        reader.config_mut().allow_unmatched_ends = true;
        let mut buffer = Vec::new();
        let damage = loop {
            buffer.clear();
            let taken = match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(tag)) => self.start(tag.name().as_ref()),
                Ok(Event::End(_)) => self.end(&mut each),
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
        };
        if !self.root_seen {
            return match damage {
                Some(why) => Err(format!("this is not valgrind's XML: {why}")),
                // Killed before it wrote anything.
                None => {
                    self.document.report.truncated = Some("the file is empty".to_owned());
                    each(self.document.report);
                    Ok(())
                }
            };
        }
        self.done.into_iter().for_each(&mut each);
        // What comes after whole documents and is none says nothing of them.
        if !self.open.is_empty() {
            let at =
                damage.unwrap_or_else(|| format!("it ends at byte {}", reader.buffer_position()));
            let inside = self.open.last().map_or("", String::as_str);
            let why = format!("the file was cut short: {at}, inside <{inside}>");
            let around = self.around.into_iter().rev();
            for mut document in iter::once(self.document).chain(around) {
                document.report.truncated = Some(why.clone());
                each(document.report);
            }
        }
        Ok(())
    }

    fn start(&mut self, name: &str) -> Result<(), String> {
        if self.open.is_empty() {
            match name {
                ROOT => {}
                // The child's document is whole, and its head was that of the process that forked it.
                "error"
                | "status"
                | "stack"
                | "errorcounts"
                | "suppcounts"
                | "heap_summary"
                | "leak_summary"
                | "all_heap_blocks_freed"
                | "fatal_signal"
                    if self.root_seen =>
                {
                    self.open.push(ROOT.to_owned());
                    if let Some(child) = &mut self.done {
                        self.document.report = ValgrindReport {
                            version: child.version.clone(),
                            pid: child.pid.take(),
                            parent: child.parent.take(),
                            args: child.args.clone(),
                            ..ValgrindReport::default()
                        };
                    }
                }
                _ => return Err(format!("the outermost element is <{name}>, not <{ROOT}>")),
            }
            self.root_seen = true;
        } else if name == ROOT {
            if self.open.last().is_some_and(|last| last != ROOT) || self.documents == MAX_DOCUMENTS
            {
                return Err("a document begins within an element of another".to_owned());
            }
            self.around.push(std::mem::take(&mut self.document));
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

    fn end(&mut self, each: &mut impl FnMut(ValgrindReport)) -> Result<(), String> {
        let Some(name) = self.open.pop() else {
            return Ok(());
        };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let parent = self.open.last().map_or("", String::as_str);
        match (parent, name.as_str()) {
            ("" | ROOT, ROOT) => {
                let report = std::mem::take(&mut self.document).report;
                self.done.replace(report).into_iter().for_each(each);
                self.documents += 1;
                self.document = self.around.pop().unwrap_or_default();
            }
            ("valgrindoutput", "protocolversion") if !PROTOCOLS.contains(&text) => {
                return Err(format!(
                    "its protocol is {text:.20}, and only 4 to 6 are understood"
                ));
            }
            ("valgrindoutput", "protocoltool") if text != "memcheck" => {
                return Err(format!("it was written by {text:.40}, not by memcheck"));
            }
            ("valgrindoutput", "pid") => self.document.report.pid = text.parse().ok(),
            ("valgrindoutput", "ppid") => self.document.report.parent = text.parse().ok(),
            ("preamble", "line") => {
                if let Some((_, rest)) = text.split_once("Valgrind-") {
                    let version: String = rest
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '.')
                        .collect();
                    self.document.report.version = Some(version);
                }
            }
            ("argv", "exe" | "arg") => self.document.report.args.push(text.to_owned()),
            ("status", "state") if text == "FINISHED" => {
                self.document.report.finished = true;
                self.document.searches.end();
                self.document.forget_earlier_searches();
            }
            ("fatal_signal", "signame") => {
                self.document.report.fatal_signal = Some(text.to_owned())
            }
            ("pair", "count") => self.pair.0 = text.parse().ok(),
            ("pair", "unique" | "name") => self.pair.1 = text.to_owned(),
            ("errorcounts", "pair") => self.count_error(),
            ("suppcounts", "pair") => {
                if let (Some(count), name) = std::mem::take(&mut self.pair) {
                    self.document.report.suppressions.push((name, count));
                }
            }
            (kind, "bytes") if summed(kind).is_some() => {
                if let (Some(kind), Some(bytes)) = (summed(kind), figure(text)) {
                    self.document.report.sums.push((kind, bytes, 0));
                }
            }
            (kind, "blocks") if summed(kind).is_some() => {
                if let (Some(sum), Some(blocks)) =
                    (self.document.report.sums.last_mut(), figure(text))
                    && Some(sum.0) == summed(kind)
                {
                    sum.2 = blocks;
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
                let frames = std::mem::take(&mut self.frames);
                match &mut self.error {
                    Some(error) => error.stack(frames),
                    // Before 3.21 the rest of what it says of an open descriptor stands in the log.
                    None if parent == ROOT => {
                        return self.report_error(MemcheckError {
                            kind: ErrorKind::OpenDescriptor,
                            what: "file descriptor open at exit".to_owned(),
                            count: 1,
                            frames,
                            auxiliary: Vec::new(),
                        });
                    }
                    None => {}
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
            "FdNotClosed" => ErrorKind::OpenDescriptor,
            other => ErrorKind::Other(other.to_owned()),
        };
        // What a program asks for again and again, without coming to its end, it tells again and again.
        if matches!(kind, ErrorKind::Loss { .. }) && self.document.searches.begins(&error.what) {
            self.document.forget_earlier_searches();
        }
        let place = self.document.report.errors.len();
        self.document.places.insert(error.identity, place);
        self.report_error(MemcheckError {
            kind,
            frames: error.frames.unwrap_or_default(),
            auxiliary: error
                .auxiliary
                .into_iter()
                .map(|(caption, frames)| (caption, frames.unwrap_or_default()))
                .collect(),
            what: error.what,
            count: 1,
        })
    }

    fn report_error(&mut self, error: MemcheckError) -> Result<(), String> {
        if self.document.report.errors.len() == MAX_ERRORS {
            return Err(format!("it holds more than {MAX_ERRORS} errors"));
        }
        self.document.report.errors.push(error);
        Ok(())
    }

    fn count_error(&mut self) {
        if let (Some(count), identity) = std::mem::take(&mut self.pair)
            && let Some(&at) = self.document.places.get(&identity)
            && let Some(error) = self.document.report.errors.get_mut(at)
        {
            error.count = count;
        }
    }
}

impl OpenError {
    /// The first stack is the error's own, unless captions came before; each other belongs to the caption before it.
    fn stack(&mut self, frames: Vec<Frame>) {
        match self.auxiliary.last_mut() {
            Some((_, stack)) if stack.is_none() => *stack = Some(frames),
            None if self.frames.is_none() => self.frames = Some(frames),
            _ => self.auxiliary.push((String::new(), Some(frames))),
        }
    }

    fn field(&mut self, parent: &str, name: &str, text: &str) {
        match (parent, name) {
            ("error", "unique") => self.identity = text.to_owned(),
            ("error", "kind") => self.kind = text.to_owned(),
            ("error", "what") | ("xwhat", "text") => self.what = text.to_owned(),
            ("xwhat", "leakedbytes") => self.bytes = text.parse().unwrap_or(0),
            ("xwhat", "leakedblocks") => self.blocks = text.parse().unwrap_or(0),
            ("error", "auxwhat") | ("xauxwhat", "text") => {
                self.auxiliary.push((text.to_owned(), None));
            }
            _ => {}
        }
    }
}

/// The direct bytes of "1,440 (560 direct, 880 indirect) bytes in 10 blocks are definitely lost...". `leakedbytes`
/// holds the sum, whose indirect part the records of the indirectly lost blocks count again.
fn direct_bytes(what: &str) -> Option<u64> {
    let (_, rest) = what.split_once('(')?;
    let (direct, _) = rest.split_once(" direct")?;
    figure(direct)
}

/// The kind that an element of `<leak_summary>` sums up.
fn summed(element: &str) -> Option<LeakKind> {
    Some(match element {
        "definitely_lost" => LeakKind::DefinitelyLost,
        "indirectly_lost" => LeakKind::IndirectlyLost,
        "possibly_lost" => LeakKind::PossiblyLost,
        "still_reachable" => LeakKind::StillReachable,
        _ => return None,
    })
}

/// A figure with commas: `64,146`.
fn figure(text: &str) -> Option<u64> {
    text.replace(',', "").parse().ok()
}

fn parse_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
