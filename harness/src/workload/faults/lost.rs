//! Blocks that nothing can reach any more.

use super::Strike;
use std::cell::RefCell;
use std::hint::black_box;
use std::num::ParseIntError;
use std::rc::Rc;

/// A value that can own another of its kind.
struct Node {
    other: RefCell<Option<Rc<Node>>>,
    _payload: [u8; 2000],
}

/// A reference cycle in every iteration.
pub(super) struct RcCycle {
    pub freed: bool,
}

/// Makes two nodes, each of which owns the other.
#[inline(never)]
fn tie_cycle() -> Rc<Node> {
    let empty = || Node {
        other: RefCell::default(),
        _payload: black_box([0; 2000]),
    };
    let (one, other) = (Rc::new(empty()), Rc::new(empty()));
    *other.other.borrow_mut() = Some(Rc::clone(&one));
    *one.other.borrow_mut() = Some(other);
    one
}

impl Strike for RcCycle {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        let one = tie_cycle();
        if self.freed {
            // Whoever takes the cycle apart frees it.
            one.other.borrow_mut().take();
        }
        Ok(())
    }
}

/// What a record's scratch memory takes.
pub const SCRATCH_BYTES: usize = 16 << 10;
/// One record in so many is malformed.
pub const MALFORMED_EVERY: u64 = 4;

/// A reader that forgets its scratch memory where a record is malformed.
pub(super) struct ErrorPath {
    pub freed: bool,
}

/// Reads a number with scratch memory of its own, as a reader does that is bound to a C library: by hand.
#[inline(never)]
fn read_record(record: &str, frees_on_error: bool) -> Result<u64, ParseIntError> {
    let scratch = Box::into_raw(black_box(Box::new([0_u8; SCRATCH_BYTES])));
    let number = record.parse();
    if number.is_ok() || frees_on_error {
        // SAFETY: it was made by Box::into_raw above, and nobody else has it.
        drop(unsafe { Box::from_raw(scratch) });
    }
    number
}

impl Strike for ErrorPath {
    fn strike(&mut self, iteration: u64) -> Result<(), String> {
        let malformed = iteration % MALFORMED_EVERY == MALFORMED_EVERY - 1;
        let record = if malformed { "12x" } else { "12" };
        let read = black_box(read_record(black_box(record), self.freed));
        debug_assert_eq!(read.is_err(), malformed);
        Ok(())
    }
}

/// A byte is lost once in so many iterations.
pub const CREEP_EVERY: u64 = 1000;

/// One byte every thousand iterations.
pub(super) struct Creep {
    pub freed: bool,
}

/// Allocates one byte and forgets where.
#[inline(never)]
fn lose_a_byte() -> *mut u8 {
    Box::into_raw(black_box(Box::new(0_u8)))
}

impl Strike for Creep {
    fn strike(&mut self, iteration: u64) -> Result<(), String> {
        if iteration % CREEP_EVERY == CREEP_EVERY - 1 {
            let byte = lose_a_byte();
            if self.freed {
                // SAFETY: it came from Box::into_raw, and nobody else has it.
                drop(unsafe { Box::from_raw(byte) });
            }
        }
        Ok(())
    }
}
