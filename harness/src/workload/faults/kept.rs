//! What threads leave behind.

use super::Strike;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

/// Scratch memory of a thread, in a list of all that there ever was. A list of links and not a vector: each costs the
/// same, and nothing is moved.
pub(super) struct Scratch {
    _bytes: [u8; SCRATCH_BYTES - size_of::<usize>()],
    _next: Option<Box<Scratch>>,
}

/// What each thread's scratch memory takes, with its place in the list.
pub const SCRATCH_BYTES: usize = 64 << 10;

static ALL_SCRATCH: Mutex<Option<Box<Scratch>>> = Mutex::new(None);

/// A thread in every iteration, whose scratch memory outlives it.
pub(super) struct ThreadScratch {
    pub freed: bool,
}

/// Makes the calling thread's scratch memory.
#[inline(never)]
fn make_scratch(next: Option<Box<Scratch>>) -> Box<Scratch> {
    black_box(Box::new(Scratch {
        _bytes: [1; _],
        _next: next,
    }))
}

/// Work that needs scratch memory of the thread that does it.
fn work_with_scratch(freed: bool) {
    if freed {
        drop(make_scratch(None));
        return;
    }
    let mut all = ALL_SCRATCH.lock().unwrap_or_else(PoisonError::into_inner);
    let next = all.take();
    *all = Some(make_scratch(next));
}

impl Strike for ThreadScratch {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        let freed = self.freed;
        let thread = std::thread::Builder::new().spawn(move || work_with_scratch(freed));
        thread.map_err(no_thread)?.join().map_err(|_| panicked())
    }
}

/// What each parked thread has touched of its stack.
pub const TOUCHED_STACK_BYTES: usize = 256 << 10;

/// A thread in every iteration that never ends.
pub(super) struct ParkedThreads {
    pub freed: bool,
}

/// Touches a good part of the stack.
#[inline(never)]
fn touch_stack() -> u8 {
    // Not moved, which would take a second copy of it where nothing is optimized.
    let mut stack = [1_u8; TOUCHED_STACK_BYTES];
    black_box(&mut stack);
    stack[stack.len() / 2]
}

impl Strike for ParkedThreads {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        let freed = self.freed;
        let (ready, is_ready) = std::sync::mpsc::sync_channel(0);
        let work = move || {
            black_box(touch_stack());
            // The iteration waits for it; should it have ended all the same, nobody listens.
            let _ = ready.send(());
            drop(ready);
            if !freed {
                loop {
                    std::thread::park();
                }
            }
        };
        let thread = std::thread::Builder::new()
            .stack_size(2 * TOUCHED_STACK_BYTES)
            .spawn(work);
        let thread = thread.map_err(no_thread)?;
        is_ready.recv().map_err(|_| panicked())?;
        if freed {
            thread.join().map_err(|_| panicked())?;
        }
        Ok(())
    }
}

fn no_thread(why: std::io::Error) -> String {
    format!(
        "the system has no further thread to give ({why}); raise its limit on threads or ask for fewer iterations"
    )
}

fn panicked() -> String {
    "its thread panicked".to_owned()
}
