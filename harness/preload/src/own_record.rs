//! The file of this process's record: how it is made, described, and copied for a child.

use crate::record::{self, BYTES, Header, MAGIC, State, TEXT, Trouble, VERSION};
use crate::{addresses, blocks, host, stacks, sys, valgrind};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

/// Maps the record and all that goes with it. Without room for it there is only a head, which says so.
pub fn begin_record(file: isize, libc_allocates: bool) -> bool {
    if addresses::are_scarce() {
        return say_only(file, Trouble::NO_ADDRESSES);
    }
    // SAFETY: at a place of the kernel's choice.
    let Some(base) = (unsafe { sys::map_shared(file, BYTES, None) }) else {
        return say_only(file, Trouble::NO_ADDRESSES);
    };
    stacks::BASE.store(base, Ordering::Release);
    valgrind::leave_alone(base as usize..base as usize + BYTES);
    let room = sys::populate(base, size_of::<Header>().next_multiple_of(4096)).is_ok();
    if room && stacks::begin() && blocks::begin(if libc_allocates { 5 } else { 3 }) {
        return true;
    }
    stacks::BASE.store(null_mut(), Ordering::Release);
    // SAFETY: it was mapped above, and nobody knows of it any more.
    unsafe { sys::unmap(base, BYTES) };
    say_only(
        file,
        if room {
            Trouble::NO_MEMORY
        } else {
            Trouble::DISK_FULL
        },
    )
}

/// Where the record lies; empty without one.
pub fn range() -> core::ops::Range<usize> {
    let base = stacks::BASE.load(Ordering::Relaxed) as usize;
    base..if base == 0 { 0 } else { base + BYTES }
}

/// Writes a record of a process of which nothing is recorded, with what stood in the way. Always `false`.
fn say_only(file: isize, trouble: u32) -> bool {
    const PAGES: usize = size_of::<Header>().next_multiple_of(4096);
    // SAFETY: the file has this size, and the mapping is gone before anybody else is there.
    unsafe {
        let Some(base) = sys::map_shared(file, PAGES, None) else {
            return false;
        };
        if sys::populate(base, PAGES).is_ok() {
            stacks::BASE.store(base, Ordering::Release);
            describe(false);
            let header = stacks::header();
            header.trouble.store(trouble, Ordering::Relaxed);
            header.nodes.store(1, Ordering::Relaxed);
            header
                .magic
                .store(u64::from_le_bytes(MAGIC), Ordering::Release);
            stacks::BASE.store(null_mut(), Ordering::Release);
        }
        sys::unmap(base, PAGES);
    }
    false
}

/// Makes `FOLDER/PID-N.record` with the first number that is free: a process that became another by `exec` keeps its
/// own, and numbers of processes come round. The file has its full size, and takes no room yet.
pub fn new_file() -> Option<isize> {
    const FILE_SIZE: usize = 1;
    if sys::limit(FILE_SIZE) < BYTES as u64 {
        // A file of this size would end the program with a signal.
        return None;
    }
    let file = named_file()?;
    if sys::truncate(file, BYTES) != 0 {
        sys::close(file);
        return None;
    }
    Some(file)
}

/// The number of this record among those of the process: how many programs it has been before.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How many programs this process has been before this one, as far as they were recorded.
pub fn number() -> u32 {
    NUMBER.load(Ordering::Relaxed)
}

fn named_file() -> Option<isize> {
    for number in 0..10_000_u32 {
        let file = sys::open(
            path(sys::process(), number, b".record\0", &mut [0; PATH]),
            sys::NEW_FILE,
        );
        if file >= 0 {
            NUMBER.store(number, Ordering::Relaxed);
            return Some(file);
        }
        if file != sys::EXISTS {
            return None;
        }
    }
    None
}

/// Room for the path of a record.
const PATH: usize = TEXT + 64;

/// Makes a file beside this process's record, of its name but for the ending, which ends with a zero byte. One that is
/// there already is emptied.
pub fn file_beside(ending: &[u8]) -> Option<isize> {
    // A copy of the process has another number than the record says.
    let process = stacks::header().pid;
    let file = sys::open(
        path(process, number(), ending, &mut [0; PATH]),
        sys::EMPTY_FILE,
    );
    (file >= 0).then_some(file)
}

fn path<'p>(process: u32, number: u32, ending: &[u8], into: &'p mut [u8; PATH]) -> &'p [u8] {
    let mut at = 0;
    let mut push = |bytes: &[u8]| {
        into[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    push(host::folder());
    push(b"/");
    push(decimal(process, &mut [0; 10]));
    push(b"-");
    push(decimal(number, &mut [0; 10]));
    push(ending);
    &into[..at]
}

fn decimal(mut number: u32, into: &mut [u8; 10]) -> &[u8] {
    let mut at = into.len();
    loop {
        at -= 1;
        into[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &into[at..];
        }
    }
}

/// Fills in whose record it is.
pub fn describe(forked: bool) {
    let header: *mut Header = stacks::BASE.load(Ordering::Relaxed).cast();
    // SAFETY: the record is mapped, and nobody reads it before its first word is written.
    unsafe {
        (&raw mut (*header).version).write(VERSION);
        (&raw mut (*header).pid).write(sys::process());
        (&raw mut (*header).parent).write(sys::parent());
        (&raw mut (*header).begun).write(sys::clock(1));
        (&raw mut (*header).forked).write(u32::from(forked));
        (*header).state.store(State::RUNNING, Ordering::Relaxed);
        (*header).left.store(0, Ordering::Relaxed);
        if !forked {
            sys::read_file(b"/proc/self/cmdline\0", &mut (*header).command);
            sys::read_link(b"/proc/self/exe\0", &mut (*header).executable);
        }
    }
}

/// Puts a copy of the record in its place.
///
/// # Safety
///
/// The record is mapped at `base`, and no other thread runs.
pub unsafe fn copy_record(base: *mut u8) -> bool {
    let header = stacks::header();
    let parts = [
        (0, record::MODULES),
        (
            record::MODULES,
            header.modules.load(Ordering::Relaxed) as usize * size_of::<record::Module>(),
        ),
        (
            record::NODES,
            header.nodes.load(Ordering::Relaxed) as usize * size_of::<record::Node>(),
        ),
        (
            record::SITES,
            header.sites.load(Ordering::Relaxed) as usize * size_of::<record::Site>(),
        ),
        (
            record::CODES,
            header.codes.load(Ordering::Relaxed) as usize * size_of::<record::Code>(),
        ),
        (record::TEXTS, header.texts.load(Ordering::Relaxed) as usize),
    ];
    let copied = new_file().and_then(|file| {
        // SAFETY: at a place of the kernel's choice.
        let mapped = unsafe { sys::map_shared(file, BYTES, None) };
        let copy = mapped.filter(|copy| {
            parts.iter().all(|(at, bytes)| {
                // SAFETY: both are mapped, and the pages of the copy are there before they are written.
                unsafe {
                    let room = sys::populate(copy.add(*at), bytes.div_ceil(4096) * 4096).is_ok();
                    if room {
                        core::ptr::copy_nonoverlapping(base.add(*at), copy.add(*at), *bytes);
                    }
                    room
                }
            })
        });
        // SAFETY: the same file in the place of the parent's, and nobody uses the first place.
        let done = copy.is_some() && unsafe { sys::map_shared(file, BYTES, Some(base)) }.is_some();
        if let Some(mapped) = mapped {
            // SAFETY: it was mapped above.
            unsafe { sys::unmap(mapped, BYTES) };
        }
        sys::close(file);
        done.then_some(())
    });
    if copied.is_none() {
        // The parent's file is the parent's: what the child counts goes nowhere, which the parent's says.
        stacks::header()
            .trouble
            .fetch_or(Trouble::NO_FILE, Ordering::Relaxed);
        // SAFETY: the record is there, and is replaced by memory of the same size.
        unsafe { sys::map_private_over(base, BYTES) };
        return false;
    }
    stacks::after_fork();
    let header = stacks::header();
    header.threads.store(1, Ordering::Relaxed);
    for counter in [
        &header.unrecorded,
        &header.cut,
        &header.too_deep,
        &header.python_cut,
        &header.checked,
        &header.different,
    ] {
        counter.store(0, Ordering::Relaxed);
    }
    header.scan.store(record::Scan::NONE, Ordering::Relaxed);
    header.python_collected.store(0, Ordering::Relaxed);
    header.asked.store(0, Ordering::Relaxed);
    header
        .trouble
        .fetch_and(!Trouble::NO_FILE, Ordering::Relaxed);
    describe(true);
    true
}
