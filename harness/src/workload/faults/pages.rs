//! Memory that is resident and in no live block: free parts of pages, and mappings past the allocator.

use super::Strike;
use crate::probe::jemalloc;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

/// What every block asks for.
const BLOCK_BYTES: usize = 100;
/// By how many blocks each burst is larger than the one before.
const BURST: usize = 1024;
/// One block of the new ones in so many survives its burst: at least one on each run of pages that jemalloc fills with
/// blocks of this size (256 of 112 bytes on seven pages).
const SURVIVES_EVERY: usize = 128;
const SURVIVORS: usize = BURST / SURVIVES_EVERY;
/// Iterations for which there is a reserve. What comes after keeps its survivors in addition.
const RESERVED_ITERATIONS: usize = 2000;

/// A block from the allocator, freed when it is dropped.
struct Block {
    at: *mut u8,
    layout: Layout,
}

// SAFETY: a block is memory that nobody else has.
unsafe impl Send for Block {}

impl Block {
    /// A block with this alignment, touched.
    fn new(align: usize) -> Block {
        let layout = Layout::from_size_align(BLOCK_BYTES, align).expect("a power of two");
        // SAFETY: the layout has a size.
        let at = unsafe { alloc(layout) };
        if at.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: the block was just allocated with room for this.
        unsafe { at.write(1) };
        Block { at, layout }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout, and is freed once.
        unsafe { dealloc(self.at, self.layout) }
    }
}

/// Bursts, each larger than the one before, that leave a survivor on every run of pages that they made necessary. For
/// each survivor a block of the same size goes from a reserve, whose alignment has it on other pages: so live memory is
/// flat, to the byte and to the block, and the resident set grows.
pub(super) struct Bursts {
    reserve: Vec<Block>,
    survivors: Vec<Block>,
    burst: usize,
    freed: bool,
}

impl Bursts {
    pub fn new(freed: bool) -> Bursts {
        let most = SURVIVORS * RESERVED_ITERATIONS;
        Bursts {
            reserve: (0..if freed { 0 } else { most })
                .map(|_| Block::new(128))
                .collect(),
            survivors: Vec::with_capacity(most),
            burst: 0,
            freed,
        }
    }
}

impl Strike for Bursts {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        self.burst += BURST;
        let mut blocks: Vec<Block> = (0..self.burst).map(|_| Block::new(8)).collect();
        let new = blocks.split_off(self.burst - BURST);
        drop(blocks);
        if !self.freed {
            for survivor in new.into_iter().step_by(SURVIVES_EVERY) {
                self.survivors.push(survivor);
                self.reserve.pop();
            }
        }
        // What is free in whole pages goes back at once, where jemalloc would take some ten seconds: what stays is what
        // cannot go back.
        jemalloc::empty_thread_cache();
        jemalloc::give_back();
        Ok(())
    }
}

/// What is mapped in an iteration.
pub const MAPPED_BYTES: usize = 256 << 10;

/// A mapping in every iteration.
pub(super) struct Mapping {
    pub freed: bool,
}

impl Strike for Mapping {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        // SAFETY: a new anonymous mapping wherever the kernel likes touches nothing that there is.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                MAPPED_BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(refused("map"));
        }
        // SAFETY: the mapping is this long and may be written, and nobody else knows of it.
        unsafe { at.cast::<u8>().write_bytes(1, MAPPED_BYTES) };
        // SAFETY: nobody uses the mapping any more.
        if self.freed && unsafe { libc::munmap(at, MAPPED_BYTES) } != 0 {
            return Err(refused("unmap"));
        }
        Ok(())
    }
}

fn refused(what: &str) -> String {
    let why = std::io::Error::last_os_error();
    format!("the system refused to {what} {MAPPED_BYTES} bytes ({why})")
}
