//! Reads a record: one that is whole, one that a process still writes, one that was cut, and one that is no record.
//!
//! Nothing is believed that the file merely says: counts are bounded by the layout, by the length of the file and by
//! where it was ever written; a stack ends where its tree does not lead to smaller numbers.

use std::ffi::OsStr;
use std::fs;
use std::mem::offset_of;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use harness_preload::record::{self, Header, Lost, Site};

use super::functions;
use super::head::Head;
use super::holders;
use super::parts;
use super::recorded::{Amount, Kind, Module, RecordedSite, Recording, ScanKind};
use super::source::{Source, Table, count_at, u16_at, u32_at, u64_at};
use super::stacks::{Node, StackId, Stacks};
use crate::files;
use crate::probe::ReadError;

/// Reads the record of a process.
///
/// # Errors
///
/// The file cannot be read, is no record, or is one of another version.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    let file = open(path)?;
    let mut recording = read_from(&file, path)?;
    let (held, complaints) = holders::beside(path, recording.stacks.len());
    recording.held = held;
    recording.damage.extend(complaints);
    // The library makes the file when the process begins.
    recording.begun = file.metadata().and_then(|about| about.created()).ok();
    Ok(recording)
}

/// Reads what the call sites of a process hold by now, and neither its stacks nor its modules: those of a later reading
/// have the same numbers.
///
/// # Errors
///
/// As [`read`].
pub fn read_sites(path: &Path) -> Result<Recording, ReadError> {
    let file = open(path)?;
    let unreadable = |source| ReadError::Open {
        path: path.to_owned(),
        source,
    };
    let head = begin(&file, path)?;
    let mut recording = head.recording(path);
    let nodes = nodes(&head).count;
    recording.sites = sites(&file, &head, nodes, &mut recording).map_err(unreadable)?;
    Ok(recording)
}

fn open(path: &Path) -> Result<fs::File, ReadError> {
    let file = files::open(path).map_err(|source| ReadError::Open {
        path: path.to_owned(),
        source,
    })?;
    Ok(file.into_inner())
}

/// Reads every record of a folder (the files that are named `*.record`), in the order in which the processes began.
/// What could not be read, or not as a whole, is said in sentences.
pub fn read_folder(folder: &Path) -> (Vec<Recording>, Vec<String>) {
    read_each(folder, read)
}

/// The same by [`read_sites`].
pub fn read_sites_of_folder(folder: &Path) -> (Vec<Recording>, Vec<String>) {
    read_each(folder, read_sites)
}

fn read_each(
    folder: &Path,
    read: fn(&Path) -> Result<Recording, ReadError>,
) -> (Vec<Recording>, Vec<String>) {
    let (mut recordings, mut complaints) = (Vec::new(), Vec::new());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let folder = printable::path(&folder);
            complaints.push(format!(
                "the folder of records {folder} could not be read: {error}"
            ));
            return (recordings, complaints);
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension() == Some(OsStr::new("record")));
    paths.sort();
    for path in paths {
        match read(&path) {
            Ok(recording) => {
                if !recording.damage.is_empty() {
                    let shown = printable::path(&path);
                    complaints.push(format!("{shown}: {}", recording.damage.join("; ")));
                }
                recordings.push(recording);
            }
            Err(error) => complaints.push(error.to_string()),
        }
    }
    recordings.sort_by_key(|recording| (recording.begun_ns, recording.pid));
    (recordings, complaints)
}

/// Reads a record from anything that can be read by position; `path` is what it is called.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(source: &(impl Source + ?Sized), path: &Path) -> Result<Recording, ReadError> {
    let unreadable = |source| ReadError::Open {
        path: path.to_owned(),
        source,
    };
    let head = begin(source, path)?;
    let mut recording = head.recording(path);
    recording.python = functions::interpreter(&head);
    recording.modules = modules(source, &head, &mut recording).map_err(unreadable)?;
    recording.stacks = stacks(source, &head, &mut recording).map_err(unreadable)?;
    let nodes = recording.stacks.nodes.len();
    recording.sites = sites(source, &head, nodes, &mut recording).map_err(unreadable)?;
    let stack_of = |at| stack_of_site(source, &head, at, &recording);
    let failed = stack_of(offset_of!(Header, failed_site)).map_err(unreadable)?;
    let crash = stack_of(offset_of!(Header, crash_site)).map_err(unreadable)?;
    recording.failed = failed;
    let signal = head.u32(offset_of!(Header, crash_signal)) as i32;
    recording.crash = (signal != 0).then(|| (crash.unwrap_or(StackId::UNKNOWN), signal));
    Ok(recording)
}

/// The head of a record, if it is one.
fn begin(source: &(impl Source + ?Sized), path: &Path) -> Result<Head, ReadError> {
    let head = Head::read(source).map_err(|source| ReadError::Open {
        path: path.to_owned(),
        source,
    })?;
    head.check().map_err(|why| ReadError::Foreign {
        path: path.to_owned(),
        why,
    })?;
    Ok(head)
}

/// Says that entries are missing which the head counts. While the process runs, the last few may be on their way.
fn missing(recording: &mut Recording, what: &str, said: usize, found: usize) {
    if found < said {
        let count = said - found;
        recording
            .damage
            .push(format!("its last {count} of {said} {what} are missing"));
    }
}

fn modules(
    source: &(impl Source + ?Sized),
    head: &Head,
    recording: &mut Recording,
) -> std::io::Result<Vec<Module>> {
    use record::Module as M;
    let table = Table {
        at: record::MODULES,
        entry: size_of::<M>(),
        count: head.count(offset_of!(Header, modules), record::MODULE_LIMIT),
        in_order: true,
    };
    let mut modules = Vec::new();
    let found = table.for_each(source, |_, entry| {
        let length = u32_at(entry, offset_of!(M, path_bytes)) as usize;
        let path = &entry[offset_of!(M, path)..][..length.min(record::MODULE_PATH)];
        modules.push(Module {
            bias: u64_at(entry, offset_of!(M, bias)),
            start: u64_at(entry, offset_of!(M, start)),
            end: u64_at(entry, offset_of!(M, end)),
            path: match path {
                [] => recording.executable.clone(),
                path => PathBuf::from(OsStr::from_bytes(path)),
            },
            unloaded: u32_at(entry, offset_of!(M, unloaded)) != 0,
        });
    })?;
    missing(recording, "modules", table.count, found);
    Ok(modules)
}

/// The table of calls.
fn nodes(head: &Head) -> Table {
    Table {
        at: record::NODES,
        entry: size_of::<record::Node>(),
        count: head.count(offset_of!(Header, nodes), record::NODE_LIMIT),
        in_order: true,
    }
}

fn stacks(
    source: &(impl Source + ?Sized),
    head: &Head,
    recording: &mut Recording,
) -> std::io::Result<Stacks> {
    use record::Node as N;
    let table = nodes(head);
    let (mut nodes, mut broken) = (Vec::new(), 0_u64);
    let found = table.for_each(source, |number, entry| {
        let mut node = Node {
            parent: u32_at(entry, offset_of!(N, parent)),
            module: u32_at(entry, offset_of!(N, module)),
            pc: u64_at(entry, offset_of!(N, pc)),
        };
        // A caller is always met before what it calls. So trees have no circles.
        if number > 0 && node.parent as usize >= number {
            node.parent = 0;
            broken += 1;
        }
        nodes.push(node);
    })?;
    missing(recording, "calls", table.count, found);
    let known = functions::functions(source, head)?;
    let said = head.count(offset_of!(Header, codes), record::CODE_LIMIT);
    missing(recording, "functions of Python", said, known.len());
    if broken > 0 {
        recording.damage.push(format!(
            "{broken} of its {found} calls have no caller that could be, and end their stacks"
        ));
    }
    Ok(Stacks {
        nodes,
        functions: known,
    })
}

fn sites(
    source: &(impl Source + ?Sized),
    head: &Head,
    nodes: usize,
    recording: &mut Recording,
) -> std::io::Result<Vec<RecordedSite>> {
    let table = head.sites();
    let amount = |entry: &[u8], bytes, blocks| Amount {
        bytes: count_at(entry, bytes),
        blocks: count_at(entry, blocks),
    };
    let (mut sites, mut strange, mut stackless) = (Vec::new(), 0_u64, 0_u64);
    let mut numbers = Vec::new();
    let found = table.for_each(source, |number, entry| {
        let taken = u64_at(entry, offset_of!(Site, taken));
        if entry[size_of::<u64>()..].iter().all(|byte| *byte == 0) {
            // It was made, or not even that, and took nothing yet.
            return;
        }
        let Some(kind) = Kind::from_record(u16_at(entry, offset_of!(Site, kind)).into()) else {
            strange += 1;
            return;
        };
        let node = u32_at(entry, offset_of!(Site, node));
        let known = (node as usize) < nodes;
        stackless += u64::from(!known);
        numbers.push(number);
        sites.push(RecordedSite {
            number: number as u32,
            kind,
            stack: if known {
                StackId(node)
            } else {
                StackId::UNKNOWN
            },
            taken,
            live: live(entry),
            peak: amount(
                entry,
                offset_of!(Site, peak_bytes),
                offset_of!(Site, peak_blocks),
            ),
            end: Amount {
                bytes: u64_at(entry, offset_of!(Site, end_bytes)),
                blocks: u64_at(entry, offset_of!(Site, end_blocks)),
            },
            definite: Amount::default(),
            indirect: Amount::default(),
            possible: Amount::default(),
        });
    })?;
    missing(recording, "sites", table.count, found);
    if strange > 0 {
        recording.damage.push(format!(
            "{strange} of its {found} sites are of no kind that is known"
        ));
    }
    if stackless > 0 {
        recording.damage.push(format!(
            "{stackless} of its {found} sites have a stack that is missing"
        ));
    }
    if matches!(
        recording.scan.kind,
        ScanKind::Done | ScanKind::Doubtful { .. }
    ) {
        verdicts(source, found, &numbers, &mut sites)?;
    }
    parts::add_up(head, &mut sites);
    Ok(sites)
}

/// The stack of the site whose number the head has at `at`; none where that is 0. It may have taken nothing.
fn stack_of_site(
    source: &(impl Source + ?Sized),
    head: &Head,
    at: usize,
    recording: &Recording,
) -> std::io::Result<Option<StackId>> {
    let number = head.u32(at) as usize;
    if number == 0 || number >= head.sites().count {
        return Ok(None);
    }
    let mut entry = [0; size_of::<Site>()];
    let place = record::SITES + number * size_of::<Site>();
    source.read_at(&mut entry, place as u64)?;
    let node = u32_at(&entry, offset_of!(Site, node));
    let known = (node as usize) < recording.stacks.nodes.len();
    Ok(Some(if known {
        StackId(node)
    } else {
        StackId::UNKNOWN
    }))
}

/// What lives of a site, below 0 for a part that only gives back: see [`Amount::add_part`]. The two counts of blocks are
/// read one after the other while the program goes on.
pub(super) fn live(site: &[u8]) -> Amount {
    let (taken, freed) = (
        u64_at(site, offset_of!(Site, taken)),
        u64_at(site, offset_of!(Site, freed)),
    );
    Amount {
        bytes: u64_at(site, offset_of!(Site, live_bytes)),
        blocks: taken.wrapping_sub(freed),
    }
}

/// Adds what the scan says to the sites, which have these numbers in the record.
fn verdicts(
    source: &(impl Source + ?Sized),
    count: usize,
    numbers: &[usize],
    sites: &mut [RecordedSite],
) -> std::io::Result<()> {
    let table = Table {
        at: record::LOST,
        entry: size_of::<Lost>(),
        count,
        in_order: false,
    };
    let mut sites = numbers.iter().zip(sites).peekable();
    // Where the table is not there, nothing was written into it: nothing is lost.
    table.for_each(source, |number, entry| {
        let Some((_, site)) = sites.next_if(|(of, _)| **of == number) else {
            return;
        };
        let amount = |bytes, blocks| Amount {
            bytes: u64_at(entry, bytes),
            blocks: u64_at(entry, blocks),
        };
        site.definite = amount(
            offset_of!(Lost, definite_bytes),
            offset_of!(Lost, definite_blocks),
        );
        site.indirect = amount(
            offset_of!(Lost, indirect_bytes),
            offset_of!(Lost, indirect_blocks),
        );
        site.possible = amount(
            offset_of!(Lost, possible_bytes),
            offset_of!(Lost, possible_blocks),
        );
    })?;
    Ok(())
}

#[cfg(test)]
mod tests;
