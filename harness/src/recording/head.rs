//! The head of a record: what is known of the process as a whole.

use std::ffi::OsStr;
use std::mem::offset_of;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness_preload::record::{self, Header, Site};

use super::recorded::{
    Allocator, AllocatorKind, Recording, Resources, ScanKind, ScanOutcome, State, Trouble,
};
use super::source::{Source, Table, u32_at, u64_at};
use super::stacks::Stacks;

/// The head of a record, as bytes.
pub(super) struct Head {
    bytes: Vec<u8>,
}

/// Where the fixed figures of the head end, and its texts begin.
const FIGURES: usize = offset_of!(Header, command);

impl Head {
    /// Reads the head, texts and all.
    pub(super) fn read(source: &(impl Source + ?Sized)) -> std::io::Result<Head> {
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

    pub(super) fn count(&self, at: usize, limit: usize) -> usize {
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
    pub(super) fn recording(&self, path: &Path) -> Recording {
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
            failed: None,
            crash: None,
            at_end: self.resources(),
            arenas: self.u32(offset_of!(Header, arenas)),
            python: None,
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
