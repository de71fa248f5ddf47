//! The last snapshot: what lives when the program has done its work and before anything is torn down.

use crate::hooks::{filters, shared};
use crate::ledger::DESCRIPTORS;
use crate::record::{Header, Kind, Resources, Scan, Site};
use crate::{allocator, descriptor, host, scan, stacks, sys};
use core::sync::atomic::{AtomicU64, Ordering};

/// Takes it. The frames of the program begin at `bottom` on the stack of this thread.
pub fn take(bottom: usize) {
    let header = stacks::header();
    header.left.store(sys::clock(1), Ordering::Relaxed);
    let filtered = filters::is_filtered();
    if !filtered {
        shared::measure();
    }
    for number in 0..header.sites.load(Ordering::Acquire) {
        let site = stacks::site(number);
        let live = site
            .taken
            .load(Ordering::Relaxed)
            .wrapping_sub(site.freed.load(Ordering::Relaxed));
        site.end_blocks.store(live as i64, Ordering::Relaxed);
        site.end_bytes
            .store(site.live_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    if !filtered {
        descriptors(header);
        resources(header);
        allocator::measure(header);
    }
    if host::scan_wanted() {
        if filtered {
            header.scan.store(Scan::REFUSED, Ordering::Relaxed);
        } else {
            scan::run(bottom);
        }
    }
}

/// Descriptors that the program began with: they are whoever's that started it. (Those beyond have no bit, and count.)
static INHERITED: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];

/// Notes which descriptors are open, before the program opens any.
pub fn note_inherited() {
    sys::numbers_in(b"/proc/self/fd\0", |descriptor| {
        if let Some(word) = INHERITED.get(descriptor as usize / 64) {
            word.fetch_or(1 << (descriptor % 64), Ordering::Relaxed);
        }
    });
}

fn is_inherited(descriptor: u32) -> bool {
    let word = INHERITED.get(descriptor as usize / 64);
    word.is_some_and(|word| word.load(Ordering::Relaxed) >> (descriptor % 64) & 1 != 0)
}

/// What waits in the kernel behind each descriptor, and those that nobody recorded.
fn descriptors(header: &Header) {
    let waits = |site: &Site, descriptor: u32| {
        let bytes = waiting(descriptor as i32) as i64;
        site.end_bytes.fetch_add(bytes, Ordering::Relaxed);
    };
    let mut known = 0;
    DESCRIPTORS.each(|entry| {
        known += 1;
        waits(stacks::site(entry.site), entry.key as u32);
    });
    let mut open = 0;
    sys::numbers_in(b"/proc/self/fd\0", |descriptor| {
        open += 1;
        if !is_inherited(descriptor) && !DESCRIPTORS.has(descriptor as usize) {
            let unknown = stacks::site(Kind::DESCRIPTOR);
            unknown.end_blocks.fetch_add(1, Ordering::Relaxed);
            waits(unknown, descriptor);
        }
    });
    header
        .at_end
        .descriptors
        .store(if open == 0 { known } else { open }, Ordering::Relaxed);
}

/// Bytes in the kernel's memory that only this descriptor, or its other end, can reach.
fn waiting(descriptor: i32) -> u64 {
    const KIND: u32 = 0o170_000;
    const PIPE: u32 = 0o010_000;
    const SOCKET: u32 = 0o140_000;
    const FILE: u32 = 0o100_000;
    const UNREAD: usize = 0x541B;
    const UNSENT: usize = 0x5411;
    let Some(file) = descriptor::file(descriptor) else {
        return 0;
    };
    match file.mode & KIND {
        // Both ends of a pipe know of the same bytes, and so do both ends of a pair of sockets within the machine.
        PIPE if descriptor::is_written_only(descriptor) => 0,
        PIPE => descriptor::ask(descriptor, UNREAD),
        SOCKET if descriptor::is_local_socket(descriptor) => descriptor::ask(descriptor, UNREAD),
        SOCKET => descriptor::ask(descriptor, UNREAD) + descriptor::ask(descriptor, UNSENT),
        // Without a name: a file in memory, or one that goes away with its descriptor.
        FILE if file.names == 0 && !shared::is_in_memory(descriptor) => file.stored,
        _ => 0,
    }
}

fn resources(header: &Header) {
    let into = &header.at_end;
    let Resources {
        resident,
        resident_peak,
        mapped,
        threads,
        ..
    } = into;
    // Of this thread, since of the process nothing is told when its first thread has ended.
    let mut text = [0; 4096];
    let filled = sys::read_file(b"/proc/thread-self/status\0", &mut text);
    let status = &text[..filled];
    for (name, place, unit) in [
        (&b"VmRSS:"[..], resident, 1024),
        (b"VmHWM:", resident_peak, 1024),
        (b"VmSize:", mapped, 1024),
        (b"Threads:", threads, 1),
    ] {
        set(status, name, place, unit);
    }
    let filled = sys::read_file(b"/proc/thread-self/smaps_rollup\0", &mut text);
    let rollup = &text[..filled];
    for (name, place) in [
        (&b"Pss:"[..], &into.proportional),
        (b"Anonymous:", &into.anonymous),
        (b"AnonHugePages:", &into.huge_pages),
    ] {
        set(rollup, name, place, 1024);
    }
}

/// The number behind a name at the beginning of a line.
fn set(text: &[u8], name: &[u8], place: &AtomicU64, unit: u64) {
    let line = text
        .split(|byte| *byte == b'\n')
        .find(|line| line.starts_with(name));
    let Some(line) = line else { return };
    let digits = line[name.len()..]
        .iter()
        .filter(|byte| byte.is_ascii_digit());
    let number = digits.fold(0_u64, |number, digit| {
        number.saturating_mul(10) + u64::from(digit - b'0')
    });
    place.store(number.saturating_mul(unit), Ordering::Relaxed);
}
