//! What the allocator says of itself at the last snapshot, and what of the resident memory is this library's.

use crate::record::{Allocator, Header, LOST, Lost, MODULES, Module, NODES, Node, SITES, Site};
use crate::scan::kernel;
use crate::scan::mappings::{self, Pages};
use crate::{definers, glibc, module, next, reserves, stacks, sys};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::transmute;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

type Control =
    unsafe extern "C" fn(*const c_char, *mut c_void, *mut usize, *mut c_void, usize) -> c_int;
type Property = unsafe extern "C" fn(*const c_char, *mut usize) -> c_int;

/// jemalloc's `mallctl`, and tcmalloc's `MallocExtension_GetNumericProperty`; 0 where the allocator has none.
static CONTROL: AtomicUsize = AtomicUsize::new(0);
static PROPERTY: AtomicUsize = AtomicUsize::new(0);

/// Finds out whose allocator it is. What one of those that are known takes from the kernel is noted from now on.
pub fn resolve() {
    if next::is_libc() {
        return;
    }
    let Some(allocator) = module::at(next::malloc() as usize) else {
        return;
    };
    let own = |name: &CStr| {
        let found = definers::of(name, allocator.start);
        let within = (allocator.start..allocator.end).contains(&found);
        if within { found } else { 0 }
    };
    let (control, property) = (own(c"mallctl"), own(c"MallocExtension_GetNumericProperty"));
    CONTROL.store(control, Ordering::Relaxed);
    PROPERTY.store(property, Ordering::Relaxed);
    if control != 0 || property != 0 || own(c"mi_version") != 0 {
        reserves::begin(&allocator);
    }
}

/// Writes all of it into the record.
pub fn measure(header: &Header) {
    own(header);
    // The file of pages is opened once, and closed with it.
    let mut pages = Pages::new();
    if next::is_libc() {
        glibc::measure(header, &mut pages);
    } else {
        let mut mappings = 0;
        if mappings::each(&mut [0; 2048], |_| mappings += 1) {
            header.at_end.mappings.store(mappings, Ordering::Relaxed);
        }
        if CONTROL.load(Ordering::Relaxed) != 0 || PROPERTY.load(Ordering::Relaxed) != 0 {
            ask(header);
        }
    }
    pages.close();
}

/// What the record and the tables take.
fn own(header: &Header) {
    let mut tables = 0;
    sys::each_own(|range| tables += mappings::resident(range));
    let base = stacks::BASE.load(Ordering::Relaxed) as usize;
    let counted = |counter: &AtomicU32| counter.load(Ordering::Relaxed) as usize;
    let sites = counted(&header.sites);
    let record: usize = [
        (0, size_of::<Header>()),
        (MODULES, counted(&header.modules) * size_of::<Module>()),
        (NODES, counted(&header.nodes) * size_of::<Node>()),
        (SITES, sites * size_of::<Site>()),
        (LOST, sites * size_of::<Lost>()),
    ]
    .into_iter()
    .map(|(at, bytes)| mappings::resident(base + at..base + at + bytes))
    .sum();
    let into = &header.at_end;
    into.own_anonymous.store(tables as u64, Ordering::Relaxed);
    into.own.store((tables + record) as u64, Ordering::Relaxed);
}

/// The copy's stack.
const STACK: usize = 256 << 10;
/// How often it is tried, and how long the answer may take, in nanoseconds: another thread may hold a lock of the
/// allocator at the moment of the copy, and in the copy for ever.
const TRIES: usize = 4;
const PATIENCE: u64 = 200_000_000;

/// Asks another allocator. Its functions take its locks, which a handler that ends the process may have interrupted the
/// owner of: so a copy of the process asks, which can be given up.
fn ask(header: &Header) {
    let Some(stack) = sys::reserve(STACK) else {
        return;
    };
    for _ in 0..TRIES {
        let mask = kernel::set_mask(u64::MAX);
        // SAFETY: the stack is the copy's alone. What the allocator does in the copy, it does to the copy.
        let copy = unsafe { kernel::copy_process(stack as usize + STACK, answer) };
        kernel::set_mask(mask);
        if copy < 0 {
            break;
        }
        wait_for(copy);
        if header.allocator.load(Ordering::Acquire) != Allocator::UNKNOWN {
            break;
        }
    }
    // SAFETY: the copies have ended.
    unsafe { sys::unmap(stack, STACK) };
}

fn wait_for(copy: isize) {
    let begun = sys::clock(1);
    let nobody = AtomicU32::new(0);
    while let Ok(false) = kernel::is_over(copy) {
        if sys::clock(1) - begun > PATIENCE {
            kernel::kill(copy);
        }
        kernel::sleep_on(&nobody, 0, 100_000);
    }
}

extern "C" fn answer() -> ! {
    kernel::end_with_parent();
    let header = stacks::header();
    if sys::parent() == header.pid {
        kernel::leave_no_core();
        if jemalloc(&header.at_end).is_some() {
            header
                .allocator
                .store(Allocator::JEMALLOC, Ordering::Release);
        } else if tcmalloc(&header.at_end).is_some() {
            header
                .allocator
                .store(Allocator::TCMALLOC, Ordering::Release);
        }
    }
    sys::end(0)
}

fn jemalloc(into: &crate::record::Resources) -> Option<()> {
    let control = CONTROL.load(Ordering::Relaxed);
    if control == 0 {
        return None;
    }
    // SAFETY: looked up by that name.
    let control = unsafe { transmute::<usize, Control>(control) };
    // Figures are those of the moment when the epoch was last raised.
    let mut epoch = 1_u64;
    let bytes = size_of::<u64>();
    // SAFETY: the name is a string, and a number of 8 bytes is what this one takes.
    unsafe {
        control(
            c"epoch".as_ptr(),
            null_mut(),
            null_mut(),
            (&raw mut epoch).cast(),
            bytes,
        )
    };
    let figure = |name: &CStr| {
        let (mut figure, mut bytes) = (0_u64, size_of::<u64>());
        // SAFETY: as above, and it is written.
        let failed = unsafe {
            control(
                name.as_ptr(),
                (&raw mut figure).cast(),
                &raw mut bytes,
                null_mut(),
                0,
            )
        };
        (failed == 0 && bytes == size_of::<u64>()).then_some(figure)
    };
    let (used, active) = (figure(c"stats.allocated")?, figure(c"stats.active")?);
    let (resident, metadata) = (figure(c"stats.resident")?, figure(c"stats.metadata")?);
    let resident = resident.saturating_sub(metadata);
    put(
        into,
        [
            figure(c"stats.mapped")?,
            used,
            resident.saturating_sub(used),
            resident.saturating_sub(active),
        ],
    );
    Some(())
}

fn tcmalloc(into: &crate::record::Resources) -> Option<()> {
    let property = PROPERTY.load(Ordering::Relaxed);
    if property == 0 {
        return None;
    }
    // SAFETY: looked up by that name.
    let property = unsafe { transmute::<usize, Property>(property) };
    let figure = |name: &CStr| {
        let mut figure = 0_usize;
        // SAFETY: the name is a string, and one number is written.
        let known = unsafe { property(name.as_ptr(), &raw mut figure) };
        (known != 0).then_some(figure as u64)
    };
    let (used, taken) = (
        figure(c"generic.current_allocated_bytes")?,
        figure(c"generic.heap_size")?,
    );
    let gone = figure(c"tcmalloc.pageheap_unmapped_bytes").unwrap_or(0);
    let whole_pages = figure(c"tcmalloc.pageheap_free_bytes").unwrap_or(0);
    put(
        into,
        [
            taken,
            used,
            taken.saturating_sub(gone).saturating_sub(used),
            whole_pages,
        ],
    );
    Some(())
}

/// Taken, used, free, and whole pages of what is free.
fn put(into: &crate::record::Resources, figures: [u64; 4]) {
    let places: [&AtomicU64; 4] = [
        &into.allocator_taken,
        &into.allocator_used,
        &into.allocator_free,
        &into.allocator_pages,
    ];
    for (place, figure) in places.into_iter().zip(figures) {
        place.store(figure, Ordering::Relaxed);
    }
}
