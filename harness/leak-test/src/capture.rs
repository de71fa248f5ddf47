//! Finds where the blocks that stay are allocated: the stack of every allocation, for as long as it is switched on.
//!
//! A test that passes never comes here. One that does not runs some more iterations with this on, so that no block needs
//! a header and no program needs frame pointers: the unwinder is slow, but it is used for those iterations alone.
//!
//! One capture runs at a time. Blocks of every thread are watched, since they may change threads, and stacks are walked
//! for those of one thread, or of all. A block that was there before and is resized counts with what it gained.

use crate::own::uncounted;
use harness_tally::thread;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls of a stack that are kept, innermost first.
const DEPTH: usize = 96;

static ON: AtomicBool = AtomicBool::new(false);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// Bytes and blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub bytes: i64,
    pub blocks: i64,
}

impl Amount {
    pub fn add(&mut self, other: Amount) {
        self.bytes += other.bytes;
        self.blocks += other.blocks;
    }

    pub fn subtract(&mut self, other: Amount) {
        self.bytes -= other.bytes;
        self.blocks -= other.blocks;
    }
}

/// A block that is live.
#[derive(Clone, Copy)]
pub struct Block {
    /// None for a block of a thread whose stacks are not walked.
    stack: Option<usize>,
    /// What is kept of it: less than the block where it was there before and was resized.
    gained: Amount,
    owner: u64,
}

#[derive(Default)]
struct Table {
    /// The thread whose stacks are walked; those of all where there is none.
    only: Option<u64>,
    blocks: HashMap<usize, Block>,
    stacks: HashMap<Box<[usize]>, usize>,
    live: Vec<Amount>,
    moved: Moved,
    marks: Vec<Kept>,
}

impl Table {
    fn mark(&mut self) -> Amount {
        let mut kept = Kept {
            moved: self.moved,
            ..Kept::default()
        };
        for (stack, amount) in self.live.iter().enumerate() {
            if *amount != Amount::default() {
                kept.by_stack.push((stack, *amount));
                kept.total.add(*amount);
            }
        }
        let total = kept.total;
        self.marks.push(kept);
        total
    }

    fn number(&mut self, stack: &[usize]) -> usize {
        if let Some(number) = self.stacks.get(stack) {
            return *number;
        }
        let number = self.live.len();
        self.live.push(Amount::default());
        self.stacks.insert(stack.into(), number);
        number
    }

    fn insert(&mut self, address: usize, block: Block) {
        if let Some(stack) = block.stack {
            self.live[stack].add(block.gained);
        }
        self.blocks.insert(address, block);
    }

    fn remove(&mut self, address: usize) -> Option<Block> {
        let block = self.blocks.remove(&address)?;
        if let Some(stack) = block.stack {
            self.live[stack].subtract(block.gained);
        }
        Some(block)
    }

    /// This thread freed a block.
    fn note_who_frees(&mut self, block: Block) {
        let Some(only) = self.only else {
            return;
        };
        match (block.owner == only, thread::number() == only) {
            (true, false) => self.moved.handed_over.add(block.gained),
            (false, true) => self.moved.received.add(block.gained),
            _ => {}
        }
    }
}

fn table() -> MutexGuard<'static, Option<Table>> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether allocations are to be reported here.
#[inline]
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

/// The stack of the call.
fn walk() -> Vec<usize> {
    let mut stack = Vec::with_capacity(DEPTH);
    backtrace::trace(|frame| {
        stack.push(frame.ip() as usize);
        stack.len() < DEPTH
    });
    stack
}

/// Takes in a block that this call made or resized.
fn take_in(address: usize, gained: Amount) {
    let owner = thread::number();
    // The stack is walked without the lock: the unwinder has locks of its own.
    let Some(only) = table().as_ref().map(|table| table.only) else {
        return;
    };
    let walked = only.is_none_or(|only| only == owner);
    let stack = walked.then(walk);
    if let Some(table) = table().as_mut() {
        let block = Block {
            stack: stack.map(|stack| table.number(&stack)),
            gained,
            owner,
        };
        table.insert(address, block);
    }
}

/// A block was allocated.
#[cold]
pub fn allocated(address: usize, bytes: usize) {
    let bytes = bytes as i64;
    take_in(address, Amount { bytes, blocks: 1 });
}

/// A block is about to be freed.
#[cold]
pub fn freed(address: usize) {
    if let Some(table) = table().as_mut()
        && let Some(block) = table.remove(address)
    {
        table.note_who_frees(block);
    }
}

/// A block is about to be resized, and may move.
#[cold]
pub fn forget(address: usize) -> Option<Block> {
    table().as_mut()?.remove(address)
}

/// It could not be resized.
#[cold]
pub fn restore(address: usize, block: Option<Block>) {
    if let (Some(table), Some(block)) = (table().as_mut(), block) {
        table.insert(address, block);
    }
}

/// It was resized.
#[cold]
pub fn resized(address: usize, before: Option<Block>, old: usize, new: usize) {
    if let (Some(table), Some(block)) = (table().as_mut(), before) {
        table.note_who_frees(block);
    }
    let mut gained = before.map_or(Amount::default(), |block| block.gained);
    gained.bytes += new as i64 - old as i64;
    take_in(address, gained);
}

/// What is live, at one moment, of the blocks that were allocated since the capture began.
#[derive(Clone, Default)]
pub struct Kept {
    /// By stack: the number of the stack, and what it has live. Stacks with nothing are left out.
    pub by_stack: Vec<(usize, Amount)>,
    /// All of it.
    pub total: Amount,
    /// What changed threads so far.
    pub moved: Moved,
}

/// What was freed on another thread than it was allocated on.
#[derive(Clone, Copy, Default)]
pub struct Moved {
    /// Allocated on the thread that is looked at.
    pub handed_over: Amount,
    /// Freed on it.
    pub received: Amount,
}

/// What a capture found.
#[derive(Default)]
pub struct Captured {
    /// The return addresses of every stack, innermost call first, by the stack's number.
    pub stacks: Vec<Vec<usize>>,
    /// What was live at each mark.
    pub marks: Vec<Kept>,
}

/// A capture, until it is dropped.
pub struct Capture {
    _alone: MutexGuard<'static, ()>,
}

impl Capture {
    /// Begins to capture what the calling thread allocates, or what all threads do. Waits for captures of other tests.
    pub fn begin(all_threads: bool) -> Capture {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        uncounted(|| {
            *table() = Some(Table {
                only: (!all_threads).then(thread::number),
                ..Table::default()
            });
        });
        ON.store(true, Relaxed);
        Capture { _alone: alone }
    }

    /// Writes down what is live now, and says how much it is. What it allocates is not counted.
    pub fn mark(&self) -> Amount {
        uncounted(|| table().as_mut().map_or(Amount::default(), Table::mark))
    }

    /// Ends it.
    pub fn end(self) -> Captured {
        let Some(ended) = stop() else {
            return Captured::default();
        };
        let mut captured = Captured {
            stacks: vec![Vec::new(); ended.live.len()],
            marks: ended.marks.clone(),
        };
        for (frames, number) in &ended.stacks {
            captured.stacks[*number] = frames.to_vec();
        }
        uncounted(|| drop(ended));
        captured
    }
}

fn stop() -> Option<Table> {
    ON.store(false, Relaxed);
    table().take()
}

impl Drop for Capture {
    fn drop(&mut self) {
        let ended = stop();
        uncounted(|| drop(ended));
    }
}
