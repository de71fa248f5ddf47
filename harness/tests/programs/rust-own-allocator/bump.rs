// Build: rustc --edition 2021 -g -C opt-level=1 -o bump bump.rs
// Usage: bump N [--twin]
// The program has a global allocator of its own, over mmap: it takes pieces of 256 KiB and gives blocks back only to
// itself, by size. No function of the C library's heap is called for what leaks. The twin frees.
use std::alloc::{GlobalAlloc, Layout};
use std::sync::Mutex;

unsafe extern "C" {
    fn mmap(at: *mut u8, bytes: usize, may: i32, flags: i32, file: i32, offset: i64) -> *mut u8;
}

struct Bump;

struct State {
    next: usize,
    end: usize,
    free: [usize; 64],
}

static STATE: Mutex<State> = Mutex::new(State { next: 0, end: 0, free: [0; 64] });

fn class(layout: Layout) -> usize {
    layout.size().max(layout.align()).max(16).next_power_of_two().trailing_zeros() as usize
}

#[inline(never)]
fn piece(bytes: usize) -> usize {
    // SAFETY: a new mapping anywhere, readable and writable (3), private and without a file (0x22).
    let at = unsafe { mmap(std::ptr::null_mut(), bytes, 3, 0x22, -1, 0) as usize }; /*@site*/
    assert_ne!(at, usize::MAX, "no memory"); // and so no tail call, of which no frame is left
    at
}

// SAFETY: blocks are as large as their class, aligned to it, and come from a free list or from fresh memory.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut state = STATE.lock().unwrap();
        let class = class(layout);
        let size = 1 << class;
        if state.free[class] != 0 {
            let block = state.free[class];
            // SAFETY: a free block holds the address of the next.
            state.free[class] = unsafe { *(block as *const usize) };
            return block as *mut u8;
        }
        let mut at = (state.next + size - 1) & !(size - 1);
        if at + size > state.end {
            let bytes = (2 * size).max(256 << 10);
            at = piece(bytes);
            state.end = at + bytes;
            at = (at + size - 1) & !(size - 1);
        }
        state.next = at + size;
        at as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let mut state = STATE.lock().unwrap();
        // SAFETY: the block is free and at least 16 bytes long.
        unsafe { *(block as *mut usize) = state.free[class(layout)] };
        state.free[class(layout)] = block as usize;
    }
}

#[global_allocator]
static ALLOCATOR: Bump = Bump;

#[inline(never)]
fn work(i: usize, twin: bool) -> u8 {
    let page = vec![i as u8; 4096];
    let last = page[4095];
    if !twin {
        std::mem::forget(page);
    }
    last
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let sum: u64 = (0..n).map(|i| u64::from(work(i, twin))).sum();
    println!("{sum}");
}
