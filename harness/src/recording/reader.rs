//! Reads a record: one that is whole, one that a process still writes, one that was cut, and one that is no record.
//!
//! Nothing is believed that the file merely says: counts are bounded by the layout, by the length of the file and by
//! where it was ever written; a stack ends where its tree does not lead to smaller numbers.

use std::ffi::OsStr;
use std::fs;
use std::mem::offset_of;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness_preload::record::{self, Header, Lost, Site};

use super::holders;
use super::recorded::{
    Allocator, AllocatorKind, Amount, Kind, Module, RecordedSite, Recording, Resources, ScanKind,
    ScanOutcome, State, Trouble,
};
use super::source::{Source, Table, count_at, u32_at, u64_at};
use super::stacks::{Node, StackId, Stacks};
use crate::files;
use crate::probe::ReadError;

/// Reads the record of a process.
///
/// # Errors
///
/// The file cannot be read, is no record, or is one of another version.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    let open = |source| ReadError::Open {
        path: path.to_owned(),
        source,
    };
    let file = files::open(path).map_err(open)?.into_inner();
    let mut recording = read_from(&file, path)?;
    let (held, complaints) = holders::beside(path, recording.stacks.len());
    recording.held = held;
    recording.damage.extend(complaints);
    // The library makes the file when the process begins.
    recording.begun = file.metadata().and_then(|about| about.created()).ok();
    Ok(recording)
}

/// Reads every record of a folder (the files that are named `*.record`), in the order in which the processes began.
/// What could not be read, or not as a whole, is said in sentences.
pub fn read_folder(folder: &Path) -> (Vec<Recording>, Vec<String>) {
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
    let head = Head::read(source).map_err(unreadable)?;
    let foreign = |why: String| ReadError::Foreign {
        path: path.to_owned(),
        why,
    };
    head.check().map_err(foreign)?;
    let mut recording = head.recording(path);
    recording.modules = modules(source, &head, &mut recording).map_err(unreadable)?;
    recording.stacks = stacks(source, &head, &mut recording).map_err(unreadable)?;
    recording.sites = sites(source, &head, &mut recording).map_err(unreadable)?;
    Ok(recording)
}

/// The head of a record, as bytes.
pub(super) struct Head {
    bytes: Vec<u8>,
}

/// Where the fixed figures of the head end, and its texts begin.
const FIGURES: usize = offset_of!(Header, command);

impl Head {
    /// Reads the head, texts and all.
    fn read(source: &(impl Source + ?Sized)) -> std::io::Result<Head> {
        Head::read_bytes(source, size_of::<Header>())
    }

    /// Reads the head without its texts.
    pub(super) fn read_figures(source: &(impl Source + ?Sized)) -> std::io::Result<Head> {
        Head::read_bytes(source, FIGURES)
    }

    fn read_bytes(source: &(impl Source + ?Sized), count: usize) -> std::io::Result<Head> {
        let mut bytes = vec![0; count];
        let read = source.read_at(&mut bytes, 0)?;
        bytes.truncate(read);
        Ok(Head { bytes })
    }

    /// Whether this is the head of a record of this version, and a clause that says why not.
    pub(super) fn check(&self) -> Result<(), String> {
        let version = self.u32(offset_of!(Header, version));
        let magic = self.bytes.get(..record::MAGIC.len()).unwrap_or_default();
        if magic != record::MAGIC {
            return Err(match self.bytes.iter().all(|byte| *byte == 0) {
                true => "it is the record of a process that ended before its record was begun"
                    .to_owned(),
                false => "it is no record of a process".to_owned(),
            });
        }
        if version != record::VERSION {
            return Err(format!(
                "it was written by another version of the library (layout {version}, and this is {})",
                record::VERSION
            ));
        }
        if self.bytes.len() < FIGURES {
            return Err("it ends within its head".to_owned());
        }
        Ok(())
    }

    pub(super) fn u32(&self, at: usize) -> u32 {
        u32_at(&self.bytes, at)
    }

    pub(super) fn u64(&self, at: usize) -> u64 {
        u64_at(&self.bytes, at)
    }

    /// How far the process has come; what is not known of is taken for running.
    pub(super) fn state(&self) -> State {
        match self.u32(offset_of!(Header, state)) {
            record::State::LEAVING | record::State::LOOKED => State::Leaving,
            record::State::REPLACED => State::Replaced,
            _ => State::Running,
        }
    }

    /// The table of sites.
    pub(super) fn sites(&self) -> Table {
        Table {
            at: record::SITES,
            entry: size_of::<Site>(),
            count: self.count(offset_of!(Header, sites), record::SITE_LIMIT),
            in_order: true,
        }
    }

    fn count(&self, at: usize, limit: usize) -> usize {
        (self.u32(at) as usize).min(limit)
    }

    /// A text that a zero byte ends.
    fn text(&self, at: usize) -> &[u8] {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let text = &rest[..rest.len().min(record::TEXT)];
        text.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    fn command(&self) -> Vec<String> {
        let rest = self
            .bytes
            .get(offset_of!(Header, command)..)
            .unwrap_or_default();
        let text = &rest[..rest.len().min(record::TEXT)];
        let end = text.iter().rposition(|byte| *byte != 0);
        let Some(end) = end else {
            return Vec::new();
        };
        // Behind the last argument that is not empty stand its zero byte and those of empty ones, which cannot be told
        // from room that is not used.
        text[..=end]
            .split(|byte| *byte == 0)
            .map(|argument| String::from_utf8_lossy(argument).into_owned())
            .collect()
    }

    /// All that the head says.
    fn recording(&self, path: &Path) -> Recording {
        let state = self.state();
        let trouble = self.u32(offset_of!(Header, trouble));
        let left = self.u64(offset_of!(Header, left));
        Recording {
            file: path.to_owned(),
            pid: self.u32(offset_of!(Header, pid)),
            parent: self.u32(offset_of!(Header, parent)),
            forked: self.u32(offset_of!(Header, forked)) == 1,
            state,
            exit_code: (self.u32(offset_of!(Header, state)) == record::State::LEAVING)
                .then(|| self.u32(offset_of!(Header, exit_code))),
            command: self.command(),
            executable: PathBuf::from(OsStr::from_bytes(self.text(offset_of!(Header, executable)))),
            begun_ns: self.u64(offset_of!(Header, begun)),
            begun: None,
            left_ns: (left > 0).then_some(left),
            calls: self.u64(offset_of!(Header, calls)),
            unrecorded: self.u64(offset_of!(Header, unrecorded)),
            cut: self.u64(offset_of!(Header, cut)),
            too_deep: self.u64(offset_of!(Header, too_deep)),
            checked: self.u64(offset_of!(Header, checked)),
            different: self.u64(offset_of!(Header, different)),
            trouble: Trouble::ALL
                .iter()
                .filter(|(bit, _)| trouble & bit != 0)
                .map(|(_, trouble)| *trouble)
                .collect(),
            threads: self.u32(offset_of!(Header, threads)),
            scan: ScanOutcome {
                kind: match self.u32(offset_of!(Header, scan)) {
                    record::Scan::NONE => ScanKind::None,
                    record::Scan::DONE => ScanKind::Done,
                    record::Scan::DOUBTFUL => ScanKind::Doubtful {
                        unstopped: self.u32(offset_of!(Header, scan_unstopped)),
                    },
                    record::Scan::REFUSED => ScanKind::Refused,
                    _ => ScanKind::Broken,
                },
                pause: Duration::from_nanos(self.u64(offset_of!(Header, scan_pause))),
                time: Duration::from_nanos(self.u64(offset_of!(Header, scan_time))),
            },
            at_end: self.resources(),
            arenas: self.u32(offset_of!(Header, arenas)),
            sites: Vec::new(),
            stacks: Stacks::default(),
            modules: Vec::new(),
            held: Default::default(),
            damage: Vec::new(),
        }
    }

    fn resources(&self) -> Resources {
        use record::Resources as R;
        let known = |at| {
            let figure = self.u64(offset_of!(Header, at_end) + at);
            (figure > 0).then_some(figure)
        };
        Resources {
            resident: known(offset_of!(R, resident)),
            resident_peak: known(offset_of!(R, resident_peak)),
            proportional: known(offset_of!(R, proportional)),
            anonymous: known(offset_of!(R, anonymous)),
            huge_pages: known(offset_of!(R, huge_pages)),
            own: known(offset_of!(R, own)),
            own_anonymous: known(offset_of!(R, own_anonymous)),
            mapped: known(offset_of!(R, mapped)),
            mappings: known(offset_of!(R, mappings)),
            descriptors: known(offset_of!(R, descriptors)),
            threads: known(offset_of!(R, threads)),
            allocator: self.allocator(),
        }
    }

    fn allocator(&self) -> Option<Allocator> {
        use record::Resources as R;
        let kind = match self.u32(offset_of!(Header, allocator)) {
            record::Allocator::GLIBC => AllocatorKind::Glibc,
            record::Allocator::JEMALLOC => AllocatorKind::Jemalloc,
            record::Allocator::TCMALLOC => AllocatorKind::Tcmalloc,
            _ => return None,
        };
        let figure = |at| self.u64(offset_of!(Header, at_end) + at);
        Some(Allocator {
            kind,
            taken: figure(offset_of!(R, allocator_taken)),
            used: figure(offset_of!(R, allocator_used)),
            free: figure(offset_of!(R, allocator_free)),
            top: figure(offset_of!(R, allocator_top)),
            pages: figure(offset_of!(R, allocator_pages)),
            others: figure(offset_of!(R, allocator_others)),
            arenas: self.u32(offset_of!(Header, arenas_made)),
        })
    }
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

fn stacks(
    source: &(impl Source + ?Sized),
    head: &Head,
    recording: &mut Recording,
) -> std::io::Result<Stacks> {
    use record::Node as N;
    let table = Table {
        at: record::NODES,
        entry: size_of::<N>(),
        count: head.count(offset_of!(Header, nodes), record::NODE_LIMIT),
        in_order: true,
    };
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
    if broken > 0 {
        recording.damage.push(format!(
            "{broken} of its {found} calls have no caller that could be, and end their stacks"
        ));
    }
    Ok(Stacks { nodes })
}

fn sites(
    source: &(impl Source + ?Sized),
    head: &Head,
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
        let Some(kind) = Kind::from_record(u32_at(entry, offset_of!(Site, kind))) else {
            strange += 1;
            return;
        };
        let node = u32_at(entry, offset_of!(Site, node));
        let known = (node as usize) < recording.stacks.nodes.len();
        stackless += u64::from(!known);
        numbers.push(number);
        sites.push(RecordedSite {
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
            end: amount(
                entry,
                offset_of!(Site, end_bytes),
                offset_of!(Site, end_blocks),
            ),
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
    Ok(sites)
}

/// What lives of a site. The two counts of blocks are read one after the other while the program goes on.
pub(super) fn live(site: &[u8]) -> Amount {
    let (taken, freed) = (
        u64_at(site, offset_of!(Site, taken)),
        u64_at(site, offset_of!(Site, freed)),
    );
    Amount {
        bytes: count_at(site, offset_of!(Site, live_bytes)),
        blocks: taken.saturating_sub(freed),
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
