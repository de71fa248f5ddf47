//! Which site took each live block, and how many bytes were asked for: a map beside the heap, by address.
//!
//! A cell of 8 bytes stands for as much of the heap as the allocator's smallest block takes, so that at most one block
//! begins in it. Nothing is written into the program's memory, sizes and addresses stay its own, a block of somebody
//! else's is an empty cell, and the blocks come out in the order of their addresses. A cell belongs to whoever owns the
//! block: it takes no lock.

use crate::lock::Lock;
use crate::record::{SITE_BITS, Trouble};
use crate::stacks;
use crate::sys;
use core::ops::Range;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Addresses of a region, whose cells are reserved together: 32 MB.
const REGION_BITS: u32 = 25;
/// Regions in the addresses of a process.
const REGIONS: usize = 1 << (47 - REGION_BITS);

/// A cell: present, the block begins in the upper half, its site, and its size.
#[derive(Clone, Copy)]
pub struct Cell(u64);

const PRESENT: u64 = 1 << 63;
const SIZE_BITS: u32 = 40;
const SIZE_MASK: u64 = (1 << SIZE_BITS) - 1;
const PLACE_BITS: u32 = 2;
const PLACE_SHIFT: u32 = SIZE_BITS;
const SITE_SHIFT: u32 = SIZE_BITS + PLACE_BITS;
const SITE_MASK: u64 = (1 << SITE_BITS) - 1;
const _: () = assert!(
    SITE_SHIFT + SITE_BITS == 63,
    "the last bit says whether there is a block"
);

impl Cell {
    /// The number of the site.
    #[inline]
    pub fn site(self) -> u32 {
        (self.0 >> SITE_SHIFT & SITE_MASK) as u32
    }

    /// Bytes that were asked for.
    #[inline]
    pub fn bytes(self) -> u64 {
        self.0 & SIZE_MASK
    }
}

/// From the number of a region to its cells.
static TOP: AtomicPtr<AtomicPtr<AtomicU64>> = AtomicPtr::new(null_mut());
/// Bits of an address that lie within a cell.
static CELL_BITS: AtomicU32 = AtomicU32::new(5);
static GROW: Lock = Lock::new();

/// Regions that have cells, in the order in which they came.
static USED: [AtomicU32; USED_LIMIT] = [const { AtomicU32::new(0) }; USED_LIMIT];
static USED_COUNT: AtomicUsize = AtomicUsize::new(0);
/// 64 TB of heap.
const USED_LIMIT: usize = 1 << 16;

/// Prepares the map for blocks that lie at least `1 << cell_bits` bytes apart.
pub fn begin(cell_bits: u32) -> bool {
    CELL_BITS.store(cell_bits, Ordering::Relaxed);
    match sys::reserve(REGIONS * size_of::<AtomicPtr<AtomicU64>>()) {
        Some(top) => {
            TOP.store(top.cast(), Ordering::Release);
            true
        }
        None => false,
    }
}

/// Where in its cell a block begins, in 8 bytes; in smaller cells than the largest there is a bit too many, which is the
/// same for all blocks of a cell.
#[inline]
fn within(address: usize) -> u64 {
    (address >> 3) as u64 & ((1 << PLACE_BITS) - 1)
}

/// Where a block's cell is, and where in it the block begins.
#[inline]
fn place(address: usize) -> Option<(&'static AtomicU64, u64)> {
    let region = address >> REGION_BITS;
    if region >= REGIONS {
        return None;
    }
    let top = TOP.load(Ordering::Relaxed);
    if top.is_null() {
        return None;
    }
    // SAFETY: the map has an entry for each region.
    let cells = unsafe { (*top.add(region)).load(Ordering::Acquire) };
    if cells.is_null() {
        return None;
    }
    let bits = CELL_BITS.load(Ordering::Relaxed);
    let offset = address & ((1 << REGION_BITS) - 1);
    // SAFETY: a region's cells are all reserved.
    let cell = unsafe { &*cells.add(offset >> bits) };
    Some((cell, within(address)))
}

/// Notes a block; `false` without memory for the map.
#[inline]
pub fn put(address: usize, site: u32, bytes: usize) -> bool {
    let (cell, within) = match place(address) {
        Some(found) => found,
        None => match make(address) {
            Some(found) => found,
            None => return false,
        },
    };
    let bytes = (bytes as u64).min(SIZE_MASK);
    cell.store(
        PRESENT | u64::from(site) << SITE_SHIFT | within << PLACE_SHIFT | bytes,
        Ordering::Relaxed,
    );
    true
}

/// Takes the note of a block away, before the block itself is freed: afterwards another thread may own the address.
#[inline]
pub fn take(address: usize) -> Option<Cell> {
    let (cell, within) = place(address)?;
    let value = cell.load(Ordering::Relaxed);
    if value & PRESENT == 0 || value >> PLACE_SHIFT & ((1 << PLACE_BITS) - 1) != within {
        return None;
    }
    cell.store(0, Ordering::Relaxed);
    Some(Cell(value))
}

/// Puts back what [`take`] took: the block lives on after all.
pub fn put_back(address: usize, taken: Cell) {
    if let Some((cell, _)) = place(address) {
        cell.store(taken.0, Ordering::Relaxed);
    }
}

/// The bytes that were asked for of the live block that begins at an address, if one does.
pub fn bytes_of(address: usize) -> Option<u64> {
    let (cell, within) = place(address)?;
    let value = cell.load(Ordering::Relaxed);
    let begins = value & PRESENT != 0 && value >> PLACE_SHIFT & ((1 << PLACE_BITS) - 1) == within;
    begins.then(|| Cell(value).bytes())
}

#[cold]
fn make(address: usize) -> Option<(&'static AtomicU64, u64)> {
    let region = address >> REGION_BITS;
    let top = TOP.load(Ordering::Relaxed);
    if region >= REGIONS || top.is_null() {
        return None;
    }
    {
        let _held = GROW.hold();
        // SAFETY: the map has an entry for each region.
        let entry = unsafe { &*top.add(region) };
        let count = USED_COUNT.load(Ordering::Relaxed);
        if entry.load(Ordering::Acquire).is_null() && count < USED_LIMIT {
            let bytes =
                (1 << (REGION_BITS - CELL_BITS.load(Ordering::Relaxed))) * size_of::<AtomicU64>();
            if let Some(cells) = sys::reserve(bytes) {
                USED[count].store(region as u32, Ordering::Relaxed);
                USED_COUNT.store(count + 1, Ordering::Release);
                entry.store(cells.cast(), Ordering::Release);
            }
        }
    }
    let found = place(address);
    if found.is_none() {
        stacks::header()
            .trouble
            .fetch_or(Trouble::NO_MEMORY, Ordering::Relaxed);
    }
    found
}

/// Hands on every live block: its address and its cell, by region, in order of address within each. `there` hands on
/// which parts of a range of memory were ever touched: most cells never are.
pub fn each(
    mut there: impl FnMut(Range<usize>, &mut dyn FnMut(Range<usize>)),
    mut block: impl FnMut(usize, Cell),
) {
    let bits = CELL_BITS.load(Ordering::Relaxed);
    let top = TOP.load(Ordering::Relaxed);
    for used in &USED[..USED_COUNT.load(Ordering::Acquire)] {
        let region = used.load(Ordering::Relaxed) as usize;
        // SAFETY: as in `place`.
        let cells = unsafe { (*top.add(region)).load(Ordering::Acquire) };
        let first = cells as usize;
        let end = first + (size_of::<AtomicU64>() << (REGION_BITS - bits));
        there(first..end, &mut |part| {
            let index = |address: usize| (address - first) / size_of::<AtomicU64>();
            for index in index(part.start)..index(part.end) {
                // SAFETY: a region's cells are all reserved.
                let value = unsafe { &*cells.add(index) }.load(Ordering::Relaxed);
                if value & PRESENT != 0 {
                    let within = (value >> PLACE_SHIFT & ((1 << PLACE_BITS) - 1)) as usize * 8;
                    let cell = (region << REGION_BITS) + (index << bits);
                    block(cell | within, Cell(value));
                }
            }
        });
    }
}

/// Around `fork`: the map is whole on both sides.
pub fn hold_for_fork() {
    GROW.take();
}

/// On both sides of a `fork`.
pub fn let_go_after_fork() {
    GROW.let_go();
}
