//! Every allocation attributed to its whole stack and to the part of the pipeline that made it, live at any moment.
//!
//! Each allocation walks its stack by frame pointers, up to [`stack::DEPTH`] calls, hashes it, finds its site in a table
//! without locks, and keeps the site's number in a header before the block, so that freeing needs no lookup. What it
//! costs beside the plain allocator is the walk: some tens of nanoseconds.
//!
//! The program has to be built with frame pointers (`-C force-frame-pointers=yes`, which `.cargo/config.toml` sets; the
//! standard library has them). Where a call has none, the stack ends there.

mod table;

pub use table::{LiveSite, SiteState, overflowed};

use crate::stack;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

/// Bytes before a block, for the number of its site: as many as keep the block's alignment.
const HEADER: usize = 16;

thread_local! {
    /// The part that is at work in this thread. Const and without a destructor: reading it never allocates.
    static PART: Cell<u32> = const { Cell::new(0) };
    /// Whether what this thread allocates is the instrument's own.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

/// Ends the work of a part when dropped.
pub struct Inside {
    before: u32,
}

/// Attributes what this thread allocates to the part of this number, until the guard is dropped.
pub fn enter(part: u32) -> Inside {
    Inside {
        before: PART.replace(part),
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        PART.set(self.before);
    }
}

/// Runs `work`, whose allocations are the instrument's own and belong to no site.
pub fn unattributed<R>(work: impl FnOnce() -> R) -> R {
    let before = OWN.replace(true);
    let result = work();
    OWN.set(before);
    result
}

/// All sites as they are now. Exact when no other thread allocates meanwhile; what this allocates belongs to no site.
pub fn snapshot() -> Vec<SiteState> {
    unattributed(table::read)
}

/// The sites that hold something now, without their stacks. As exact as [`snapshot`], and as unattributed.
pub fn live() -> Vec<LiveSite> {
    unattributed(table::live)
}

#[inline]
fn this_site() -> u32 {
    if OWN.get() {
        return table::NOBODY;
    }
    let mut frames = [0; stack::DEPTH];
    let depth = stack::walk(&mut frames);
    table::site(PART.get(), &frames[..depth])
}

/// The block with its header, and the header's size.
fn whole(layout: Layout) -> Option<(Layout, usize)> {
    let before = layout.align().max(HEADER);
    let size = layout.size().checked_add(before)?;
    Some((Layout::from_size_align(size, before).ok()?, before))
}

/// # Safety
/// `block` points into a block of this allocator, behind its header.
unsafe fn site_of(block: *mut u8) -> *mut u32 {
    // SAFETY: a header of at least 16 bytes, aligned to 16, lies before every block.
    unsafe { block.sub(HEADER).cast() }
}

/// An allocator whose every block is attributed to a site, over another.
pub struct Attributed<A>(pub A);

impl<A: GlobalAlloc> Attributed<A> {
    /// # Safety
    /// As for [`GlobalAlloc::alloc`] and [`GlobalAlloc::alloc_zeroed`].
    #[inline]
    unsafe fn allocate(&self, layout: Layout, zeroed: bool) -> *mut u8 {
        let Some((outer, before)) = whole(layout) else {
            return std::ptr::null_mut();
        };
        // SAFETY: the layout has a size, at least that of the header.
        let start = unsafe {
            match zeroed {
                false => self.0.alloc(outer),
                true => self.0.alloc_zeroed(outer),
            }
        };
        if start.is_null() {
            return start;
        }
        let site = this_site();
        table::add(site, layout.size());
        // SAFETY: the block begins `before` bytes into what was allocated, which is larger than that.
        unsafe {
            let block = start.add(before);
            site_of(block).write(site);
            block
        }
    }
}

// SAFETY: every block lies behind a header in a block of the inner allocator, with the alignment that was asked for, and
// goes back to it with the layout that it was made with. Counting is additions alone: nothing here unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Attributed<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { self.allocate(layout, false) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in alloc.
        unsafe { self.allocate(layout, true) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((outer, before)) = whole(layout) else {
            return;
        };
        // SAFETY: `alloc` made the block with this layout, and so with this header.
        unsafe {
            table::remove(site_of(block).read(), layout.size());
            self.0.dealloc(block.sub(before), outer);
        }
    }

    /// The block belongs to the site that resized it last.
    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let (Some((outer, before)), Some(grown)) = (
            whole(layout),
            new_size.checked_add(layout.align().max(HEADER)),
        ) else {
            return std::ptr::null_mut();
        };
        // SAFETY: `alloc` made the block with this layout; the header moves with it, and is written anew.
        unsafe {
            let site = site_of(block).read();
            let start = self.0.realloc(block.sub(before), outer, grown);
            if start.is_null() {
                return start;
            }
            table::remove(site, layout.size());
            let site = this_site();
            table::add(site, new_size);
            let block = start.add(before);
            site_of(block).write(site);
            block
        }
    }
}
