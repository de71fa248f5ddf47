//! Opens a file, whatever kind it is of: it is known by what stands in it, or named where it cannot be read.

use super::lines::Lines;
use super::memcheck_log::LogLine;
use super::{
    Capture, Kind, StackTable, dhat, heap_profile, heaptrack, lsan, massif, memcheck, memcheck_log,
    pprof, smaps,
};
use crate::files;
use crate::probe::ReadError;
use flate2::read::MultiGzDecoder;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// The part of a file by which it is known; a log of a program is looked through further.
const HEAD_BYTES: usize = 64 << 10;
/// How far a program's own output is looked through for what a tool wrote between it.
const MOST_OUTPUT_BYTES: u64 = 4 << 30;

/// How a kind is read.
type Reader = fn(&mut dyn Read, &mut StackTable) -> Result<Capture, String>;

/// How each kind is read.
const READERS: [(Kind, Reader); 10] = [
    (Kind::MemcheckXml, memcheck::read_xml),
    (Kind::MemcheckLog, memcheck_log::read),
    (Kind::Dhat, dhat::read),
    (Kind::Massif, massif::read),
    (Kind::LeakSanitizer, lsan::read),
    (Kind::HeaptrackPrint, heaptrack::read_print),
    (Kind::CollapsedStacks, heaptrack::read_collapsed),
    (Kind::HeapProfile, heap_profile::read),
    (Kind::Pprof, pprof::read),
    (Kind::Smaps, smaps::read),
];

/// The reader of a kind.
fn reader(kind: Kind) -> Reader {
    let row = READERS.iter().find(|(known, _)| *known == kind);
    row.unwrap_or(&READERS[0]).1
}

/// What a beginning says.
enum Known {
    /// It is of this kind, packed or not.
    Is(Kind, Packed),
    /// It is something that cannot be read, as a clause with what to do about it.
    Other(String),
    /// It may be any program's output, with a tool's lines between.
    Output,
}

/// Whether a file is gzipped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packed {
    No,
    Gzip,
}

/// Reads the file at `path`, whatever kind it is of.
///
/// # Errors
/// The file cannot be opened, or it is of no kind that can be read: the error says what it is, as far as that is known. A file
/// cut short is no error.
pub fn read(path: &Path, table: &mut StackTable) -> Result<Capture, ReadError> {
    let open = || {
        files::open(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })
    };
    let written = std::fs::metadata(path).and_then(|about| about.modified());
    table.files.as_of(written.ok());
    read_from(|| open().map(|file| Box::new(file) as Box<dyn Read>), table)?.map_err(|why| {
        ReadError::Foreign {
            path: path.to_owned(),
            why,
        }
    })
}

/// Reads what a file holds.
///
/// # Errors
/// A clause: it is of no kind that can be read.
pub fn read_bytes(bytes: &[u8], table: &mut StackTable) -> Result<Capture, String> {
    let open = || Ok::<_, std::convert::Infallible>(Box::new(bytes) as Box<dyn Read + '_>);
    match read_from(open, table) {
        Ok(read) => read,
        Err(never) => match never {},
    }
}

/// Whether a file begins as one that can be read does: not whether a program's output has a tool's lines in it.
pub fn is_capture(head: &[u8]) -> bool {
    matches!(known(head), Known::Is(..))
}

/// Reads what `open` opens, once to know it and once to read it.
fn read_from<'r, E>(
    open: impl Fn() -> Result<Box<dyn Read + 'r>, E>,
    table: &mut StackTable,
) -> Result<Result<Capture, String>, E> {
    let mut head = Vec::new();
    let begun = open()?.take(HEAD_BYTES as u64).read_to_end(&mut head);
    if let Err(error) = begun {
        return Ok(Err(error.to_string()));
    }
    let known = match known(&head) {
        Known::Output => search(open()?),
        known => known,
    };
    let input = open()?;
    Ok(match known {
        Known::Is(Kind::Pprof, Packed::Gzip) => pprof::read_gzip(&mut { input }, table),
        Known::Is(kind, Packed::Gzip) => reader(kind)(&mut MultiGzDecoder::new(input), table),
        Known::Is(kind, Packed::No) => reader(kind)(&mut { input }, table),
        Known::Other(why) => Err(why),
        Known::Output => Err(format!(
            "it is of no kind that can be read; these are: {}",
            Kind::titles()
        )),
    })
}

/// Looks through a program's output for the lines of a tool.
fn search(input: Box<dyn Read + '_>) -> Known {
    let mut lines = Lines::new(input.take(MOST_OUTPUT_BYTES));
    match of_lines(std::iter::from_fn(|| lines.next_line())) {
        Some(kind) => Known::Is(kind, Packed::No),
        None => Known::Output,
    }
}

/// The kind that lines give away: the first that can be of one alone, or else the first that may be of one. A sanitizer
/// prefixes lines as valgrind does, and so does who cuts them out of a log.
fn of_lines(lines: impl Iterator<Item = impl AsRef<str>>) -> Option<Kind> {
    let mut likely = None;
    for line in lines {
        match line_of(line.as_ref()) {
            Some((kind, true)) => return Some(kind),
            Some((kind, false)) => likely = likely.or(Some(kind)),
            None => {}
        }
    }
    likely
}

/// The kind that a line gives away, and whether it can be of no other.
fn line_of(line: &str) -> Option<(Kind, bool)> {
    if line.contains("ERROR: LeakSanitizer") || is_leak(line) {
        return Some((Kind::LeakSanitizer, true));
    }
    if let Some(line) = LogLine::parse(line) {
        return Some(match line.says.trim_start().starts_with('#') {
            true => (Kind::LeakSanitizer, false),
            false => (Kind::MemcheckLog, line.is_memchecks()),
        });
    }
    let is_heaptrack = [
        "MEMORY LEAKS",
        "PEAK MEMORY CONSUMERS",
        "MOST CALLS TO ALLOCATION FUNCTIONS",
    ]
    .contains(&line.trim())
        || line.starts_with("Debuggee command was: ");
    is_heaptrack.then_some((Kind::HeaptrackPrint, true))
}

fn is_leak(line: &str) -> bool {
    line.contains(" leak of ") && line.contains(" byte(s) in ")
}

/// What a beginning says.
fn known(head: &[u8]) -> Known {
    let is = |kind| Known::Is(kind, Packed::No);
    let other = |what: &str| Known::Other(what.to_owned());
    if head.iter().all(u8::is_ascii_whitespace) {
        return other(
            "it is empty: the tool was stopped before it wrote anything (LeakSanitizer also writes nothing where nothing is lost)",
        );
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        return of_gzip(head);
    }
    if let Some(what) = foreign(head) {
        return Known::Other(what);
    }
    if pprof::is_it(head) {
        return is(Kind::Pprof);
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}');
    let begin = text.trim_start();
    if begin.starts_with("<?xml") || begin.starts_with("<valgrindoutput") {
        return of_xml(begin);
    }
    if begin.starts_with('{') {
        return match begin.contains("\"dhatFileVersion\"") {
            true => is(Kind::Dhat),
            false => other(
                "it is JSON, and not of dhat (a series of samples, or a harness's summary.json, is judged without --at)",
            ),
        };
    }
    let first = begin.lines().next().unwrap_or("");
    if heap_profile::Head::parse(first).is_some() || first.starts_with(heap_profile::SYMBOLS) {
        return is(Kind::HeapProfile);
    }
    if begin.starts_with("desc:") {
        return match begin.contains("time_unit:") || begin.contains("snapshot=") {
            true => is(Kind::Massif),
            false => other("it is of valgrind's cachegrind or callgrind, which count no memory"),
        };
    }
    if begin.starts_with("# callgrind format") || begin.contains("\ncreator: callgrind") {
        return other(
            "it is of callgrind's form, which has no blocks; of valgrind's --xtree-leak, the XML or the log of the same run can be read",
        );
    }
    let is_smaps = crate::probe::smaps::is_header(first.as_bytes());
    if is_smaps && begin.contains("\nRss:") {
        return is(Kind::Smaps);
    }
    if is_smaps {
        return other("it is /proc/PID/maps, which has no figures: /proc/PID/smaps has");
    }
    let mut lines = begin.lines().filter(|line| !line.trim().is_empty()).take(5);
    if let Some(kind) = of_lines(text.lines()) {
        return is(kind);
    }
    let is_collapsed = lines.clone().next().is_some()
        && lines.all(|line| {
            heaptrack::collapsed(line).is_some() || !begin.contains(&format!("{line}\n"))
        });
    match is_collapsed
        && begin
            .lines()
            .next()
            .is_some_and(|line| heaptrack::collapsed(line).is_some())
    {
        true => is(Kind::CollapsedStacks),
        false => Known::Output,
    }
}

/// What is gzipped.
fn of_gzip(head: &[u8]) -> Known {
    let mut inside = Vec::new();
    // What is cut short is known by what there is of it.
    let _ = MultiGzDecoder::new(Cursor::new(head))
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut inside);
    if inside.is_empty() {
        return Known::Other("it is gzipped, and cut short at its beginning".to_owned());
    }
    if inside.starts_with(&[0x1f, 0x8b]) {
        return Known::Other("it is gzipped twice".to_owned());
    }
    match known(&inside) {
        Known::Is(kind, _) => Known::Is(kind, Packed::Gzip),
        Known::Other(what) => Known::Other(format!("{what} (gzipped)")),
        Known::Output => {
            Known::Other("what is gzipped in it is of no kind that can be read".to_owned())
        }
    }
}

/// XML of valgrind's, of memcheck or of another tool.
fn of_xml(text: &str) -> Known {
    let inside = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        Some(rest.split('<').next().unwrap_or("").trim())
    };
    match inside("protocoltool").or_else(|| inside("tool")) {
        None | Some("memcheck") if text.contains("<valgrindoutput") || text.len() < 4096 => {
            Known::Is(Kind::MemcheckXml, Packed::No)
        }
        Some(tool) if text.contains("<valgrindoutput") => Known::Other(format!(
            "it was written by valgrind's {tool:.40}, and losses are told by memcheck's XML alone"
        )),
        _ => Known::Other("it is XML, and not of valgrind".to_owned()),
    }
}

/// What cannot be read, by how it begins, with what to do instead.
fn foreign(head: &[u8]) -> Option<String> {
    const BEGINNINGS: [(&[u8], &str); 11] = [
        (
            b"\x28\xb5\x2f\xfd",
            "it is packed with zstd, as heaptrack's own recordings are: run heaptrack_print --print-leaks=1 on it, and give what \
             that prints",
        ),
        (
            b"memray",
            "it is a capture of memray: `memray stats --json`, or harness run on the program itself, has figures",
        ),
        (
            b"PERFILE2",
            "it is perf.data, which has samples of the processor and no memory",
        ),
        (
            b"SQLite format 3",
            "it is a database of SQLite (of nsys or memray?), and no log",
        ),
        (b"PK\x03\x04", "it is a ZIP archive: unpack it"),
        (b"\xfd7zXZ", "it is packed with xz: unpack it"),
        (b"BZh", "it is packed with bzip2: unpack it"),
        (b"%PDF", "it is a PDF"),
        (b"\x89PNG", "it is a picture"),
        (
            b"\x80\x04",
            "it is a pickle of Python: tracemalloc's snapshots are read by Python alone",
        ),
        (
            b"JAVA PROFILE",
            "it is a heap dump of Java: a profiler of Java reads it",
        ),
    ];
    let known = BEGINNINGS.iter().find(|(begin, _)| head.starts_with(begin));
    if let Some((_, what)) = known {
        return Some((*what).to_owned());
    }
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = first.split(|byte| *byte == b' ');
    let is_version = |word: Option<&[u8]>| {
        word.is_some_and(|word| !word.is_empty() && word.iter().all(u8::is_ascii_hexdigit))
    };
    if words.next() == Some(b"v") && is_version(words.next()) && is_version(words.next()) {
        return Some(
            "it is heaptrack's own recording: run heaptrack_print --print-leaks=1 on it, and give what that prints".to_owned(),
        );
    }
    if head.starts_with(b"\x7fELF") {
        // The type stands behind sixteen bytes that say how the file is written.
        return Some(match head.get(16) {
            Some(4) => "it is a core file: a debugger reads it".to_owned(),
            _ => "it is a program or a library, and not what a tool wrote of one".to_owned(),
        });
    }
    None
}

/// What a file begins with, for whoever asks [`is_capture`].
pub fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    files::open(path)?
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        read_bytes(bytes, &mut StackTable::default()).unwrap_err()
    }

    #[test]
    fn what_cannot_be_read_is_named_and_so_is_what_to_do() {
        for (bytes, expected) in [
            (&b""[..], "it is empty"),
            (b"\n\n", "it is empty"),
            (b"\x28\xb5\x2f\xfd\x04\x00", "heaptrack_print"),
            (b"v 10400 2\nX ./leaky", "heaptrack_print"),
            (b"memray\x00\x0b", "memray"),
            (b"PERFILE2\x68", "perf.data"),
            (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00", "core file"),
            (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00", "a program"),
            (b"# callgrind format\nversion: 1\n", "callgrind"),
            (b"version: 1\ncreator: callgrind-3.19.0\n", "callgrind"),
            (b"{\"a\": 1}", "JSON"),
            (b"<?xml version=\"1.0\"?><valgrindoutput><protocolversion>4</protocolversion><protocoltool>helgrind</protocoltool>", "helgrind"),
            (b"time,rss\n1,2\n", "of no kind"),
            (b"==7== Helgrind, a thread error detector\n", "Helgrind"),
            (b"7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n", "/proc/PID/smaps"),
        ] {
            let why = refused(bytes);
            assert!(why.contains(expected), "{why}");
        }
    }

    #[test]
    fn a_tools_lines_are_found_behind_a_programs_output() {
        let mut text = "busy with something\n".repeat(20_000);
        text.push_str("==3==ERROR: LeakSanitizer: detected memory leaks\n");
        let mut table = StackTable::default();
        assert_eq!(
            read_bytes(text.as_bytes(), &mut table).unwrap().kind,
            Kind::LeakSanitizer
        );
        let excerpt = "==1== x\n==1==\n==1== Direct leak of 48 byte(s) in 1 object(s) allocated from:\n==1==     #0 0x1 in f /a.c:1\n";
        let read = read_bytes(excerpt.as_bytes(), &mut table).unwrap();
        assert_eq!(read.kind, Kind::LeakSanitizer);
        assert_eq!(read.processes[0].records[0].end.bytes, 48);
        let why = refused(b"==1==     #0 0x1 in f /a.c:1\n==1==     #1 0x2 in main /a.c:2\n");
        assert!(why.contains("Direct leak of"), "{why}");
        let why = refused(b"==1== hello\n==1== and goodbye\n");
        assert!(why.contains("HEAP SUMMARY"), "{why}");
        let log = text.replace("==3==ERROR: LeakSanitizer", "==3== LEAK SUMMARY");
        assert_eq!(
            read_bytes(log.as_bytes(), &mut table).unwrap().kind,
            Kind::MemcheckLog
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_whatever_make_it_panic(bytes: Vec<u8>, text in "\\PC{0,200}") {
            let mut table = StackTable::default();
            let _ = read_bytes(&bytes, &mut table);
            let _ = read_bytes(text.as_bytes(), &mut table);
        }
    }
}
