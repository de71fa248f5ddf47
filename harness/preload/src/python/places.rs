//! Where frames of Python stand among those of machine code: in the place of the calls of the interpreter's loop that run
//! them.
//!
//! Up to 3.10 each call runs one. Later ones run several, and keep a structure in their own frame on the C stack, which
//! tells which call it is, whatever a compiler made of it.

use super::codes;
use super::frames::{Frames, NONE, PART, UNKNOWN, load};
use super::interpreter::Interpreter;
use super::version::Chain;
use crate::walk;

/// A frame whose place is not known.
const NOWHERE: u32 = u32::MAX;

/// The places of frames of Python, from the outermost on.
#[derive(Default)]
pub struct Places<'f> {
    words: &'f [u64],
    places: &'f [u32],
    interpreter: Option<&'static Interpreter>,
}

impl Frames<'_> {
    /// Their places among the frames of the stack, which are given outermost first.
    pub fn places(&mut self, stack: &[walk::Frame]) -> Places<'_> {
        if let Some(interpreter) = self.interpreter {
            self.places.fill(NOWHERE);
            match interpreter.offsets.chain {
                Chain::Objects => self.by_count(stack, interpreter),
                Chain::Marked => self.by_mark(stack, interpreter),
                Chain::Parted => self.by_part(stack),
            }
            self.fill();
            self.find_words(interpreter);
        }
        Places {
            words: self.words,
            places: self.places,
            interpreter: self.interpreter,
        }
    }

    /// Each call of the loop runs one.
    fn by_count(&mut self, stack: &[walk::Frame], interpreter: &Interpreter) {
        let is_loop = |frame: &walk::Frame| {
            interpreter
                .eval
                .contains(&(frame.pc.wrapping_sub(1) as usize))
        };
        let mut calls = (0..stack.len()).rev().filter(|at| is_loop(&stack[*at]));
        let innermost = calls.clone().next();
        let mut place = self.places.iter_mut().rev();
        let all = place
            .by_ref()
            .zip(calls.by_ref())
            .fold(0, |all, (place, at)| {
                *place = at as u32;
                all + 1
            });
        // A compiler may have put a piece of the loop elsewhere: then it is not known which call is which.
        if all != self.list.len() || calls.next().is_some() {
            let somewhere = innermost.map_or(NOWHERE, |at| at as u32);
            self.places.fill(somewhere);
        }
    }

    /// The outermost of a call is marked, and the structures of the calls hang together.
    fn by_mark(&mut self, stack: &[walk::Frame], interpreter: &Interpreter) {
        let offsets = &interpreter.offsets;
        let (Some(innermost), Some(outermost)) = (stack.last(), stack.first()) else {
            return;
        };
        let bounds = innermost.slot..outermost.slot;
        // SAFETY: the state of this thread.
        let mut of_call: usize = unsafe { load(self.thread + offsets.thread_frame) };
        let mut search = Search::new(stack);
        let mut place = search.place_of(of_call);
        for at in (0..self.list.len()).rev() {
            self.places[at] = place;
            // SAFETY: a frame of this thread; what lies on the stack of live frames can be read.
            unsafe {
                if load::<u8>(self.list[at].at + offsets.owner) != 0 {
                    let next = offsets.loop_frame.unwrap_or(0) + 8;
                    of_call = match bounds.contains(&of_call) {
                        true => load(of_call + next),
                        false => 0,
                    };
                    place = search.place_of(of_call);
                }
            }
        }
    }

    /// Further out than the outermost of a call stands a frame of its own, on the C stack.
    fn by_part(&mut self, stack: &[walk::Frame]) {
        let mut search = Search::new(stack);
        let mut end = self.list.len();
        for at in (0..self.list.len()).rev() {
            if self.list[at].code == PART {
                let place = search.place_of(self.list[at].at);
                self.places[at..end].fill(place);
                end = at;
            }
        }
    }

    /// The words of those that have been asked for none yet.
    fn find_words(&mut self, interpreter: &Interpreter) {
        for (word, frame) in self.words.iter_mut().zip(self.list) {
            if *word == UNKNOWN {
                *word = match frame.code {
                    PART => NONE,
                    _ => codes::word(interpreter, frame).unwrap_or(NONE),
                };
            }
        }
    }

    /// Those whose place is not known stand where the next ones further in do, or else with the innermost.
    fn fill(&mut self) {
        let mut place = NOWHERE;
        for one in self.places.iter_mut().rev() {
            if *one == NOWHERE {
                *one = place;
            }
            place = *one;
        }
        let last = self.places.iter().rev().find(|one| **one != NOWHERE);
        let last = last.copied().unwrap_or(NOWHERE);
        for one in self.places.iter_mut().rev() {
            if *one != NOWHERE {
                break;
            }
            *one = last;
        }
    }
}

/// Looks for the frames that hold addresses, from the innermost on.
struct Search<'s> {
    stack: &'s [walk::Frame],
    /// Those further in have been passed.
    end: usize,
}

impl Search<'_> {
    fn new(stack: &[walk::Frame]) -> Search<'_> {
        Search {
            stack,
            end: stack.len(),
        }
    }

    /// The frame that holds an address: what lies between its call and that of its caller is its own.
    fn place_of(&mut self, address: usize) -> u32 {
        for at in (0..self.end).rev() {
            let outer = match at.checked_sub(1) {
                Some(outer) => self.stack[outer].slot,
                None => usize::MAX,
            };
            if self.stack[at].slot < address && address < outer {
                self.end = at + 1;
                return at as u32;
            }
            if address <= self.stack[at].slot {
                break;
            }
        }
        NOWHERE
    }
}

impl Places<'_> {
    /// Whether a frame only serves those of Python: the interpreter's own code, of which there are many ways to one line.
    pub fn serves(&self, pc: u64) -> bool {
        let address = pc.wrapping_sub(1) as usize;
        self.interpreter.is_some_and(|one| one.has(address))
    }

    /// Whose frames they are: the same number for those of one interpreter, and 0 for none.
    pub fn whose(&self) -> usize {
        self.interpreter
            .map_or(0, |one| core::ptr::from_ref(one).addr())
    }

    /// How many frames of Python there are.
    pub fn count(&self) -> usize {
        self.words.len()
    }

    /// The place of one of them: the number of a frame of the stack. `None` where that is not known, and then of all.
    pub fn place(&self, at: usize) -> Option<u32> {
        Some(self.places[at]).filter(|place| *place != NOWHERE)
    }

    /// Its word in the record, where it has one.
    pub fn word(&self, at: usize) -> Option<u64> {
        Some(self.words[at]).filter(|word| *word != NONE)
    }
}
