//! The way to the node of a stack. Two stacks that are met for the first time one after the other have nearly all of their
//! frames in common: the way goes on from where it parts from the last one.

use super::child;
use crate::modules;
use crate::python::Places;
use crate::python::frames::Frames;
use crate::record::PYTHON;
use crate::walk::Frame;
use core::cell::UnsafeCell;

/// Of the interpreter's own calls so many are kept, the innermost: they say what took the memory, and those further out
/// only by which of a thousand ways the interpreter came there.
const INTERPRETERS_OWN: usize = 2;

/// Frames of the last way that are known.
const KNOWN: usize = 256;

/// The last way. Under the lock.
struct Last {
    /// Frames that are known, outermost first.
    known: usize,
    frames: [Step; KNOWN],
    /// Frames of Python that are known.
    known_python: usize,
    python: [Python; KNOWN],
    /// From here on all frames were told of.
    told_from: usize,
    /// Whose frames of Python they are.
    whose: usize,
}

/// A frame of the last way, and how far it had come before.
#[derive(Clone, Copy)]
struct Step {
    pc: u64,
    node: u32,
    python: u32,
}

#[derive(Clone, Copy)]
struct Python {
    word: u64,
    place: u32,
}

struct Shared(UnsafeCell<Last>);

// SAFETY: it is touched under the lock for what is rare.
unsafe impl Sync for Shared {}

static LAST: Shared = Shared(UnsafeCell::new(Last {
    known: 0,
    frames: [const {
        Step {
            pc: 0,
            node: 0,
            python: 0,
        }
    }; KNOWN],
    known_python: 0,
    python: [const { Python { word: 0, place: 0 } }; KNOWN],
    told_from: 0,
    whose: 0,
}));

/// The node of a path of frames, outermost first; `None` without room. Python's stand in the place of the calls of the
/// interpreter's loop that run them. Under the lock.
pub fn node_of(frames: &[Frame], mut python: Option<Frames<'_>>) -> Option<u32> {
    // SAFETY: under the lock.
    let last = unsafe { &mut *LAST.0.get() };
    let places = python
        .as_mut()
        .map(|python| python.places(frames))
        .unwrap_or_default();
    let told_from = frames.len().saturating_sub(INTERPRETERS_OWN);
    let common = last.common(frames, &places, told_from);
    let (mut node, mut next) = match last.frames.get(common).filter(|_| common < last.known) {
        Some(step) => (step.node, step.python as usize),
        None => (0, 0),
    };
    let first = if next == 0 && node == 0 { 0 } else { common };
    // Should there be no room, nothing more is known than this.
    (last.known, last.known_python) = (first, next);
    (last.told_from, last.whose) = (told_from, places.whose());
    while next < places.count() && places.place(next).is_none() {
        node = last.go_python(node, &places, next, 0)?;
        next += 1;
    }
    for (at, frame) in frames.iter().enumerate().skip(first) {
        if let Some(step) = last.frames.get_mut(at) {
            *step = Step {
                pc: frame.pc,
                node,
                python: next as u32,
            };
        }
        let before = node;
        while next < places.count() && places.place(next) == Some(at as u32) {
            node = last.go_python(node, &places, next, at as u32)?;
            next += 1;
        }
        if node == before && (at >= told_from || !places.serves(frame.pc)) {
            let module = modules::number_at(frame.pc.wrapping_sub(1) as usize);
            node = child(node, module, frame.pc)?;
        }
    }
    last.known = frames.len().min(KNOWN);
    last.known_python = next.min(KNOWN);
    Some(node)
}

impl Last {
    /// How many of the outermost frames are those of the last way, stand for the same, and have the same frames of Python
    /// in their places.
    fn common(&self, frames: &[Frame], places: &Places<'_>, told_from: usize) -> usize {
        if self.whose != places.whose() {
            return 0;
        }
        let most = self.known.min(told_from).min(self.told_from);
        let both = frames.iter().zip(&self.frames[..most]);
        let differs = both.into_iter().position(|(new, known)| new.pc != known.pc);
        differs.unwrap_or(most).min(self.common_python(places))
    }

    /// Before which frame the frames of Python are those of the last way, and at the same places.
    fn common_python(&self, places: &Places<'_>) -> usize {
        let known = &self.python[..self.known_python];
        let place = |at| places.place(at).unwrap_or(0);
        let is_same = |at: &usize| {
            known[*at].word == places.word(*at).unwrap_or(0) && known[*at].place == place(*at)
        };
        let both = known.len().min(places.count());
        let first = (0..both).find(|at| !is_same(at)).unwrap_or(both);
        let before = known.get(first).map_or(KNOWN, |known| known.place as usize);
        let now = (first < places.count()).then(|| place(first) as usize);
        now.unwrap_or(KNOWN).min(before)
    }

    /// Goes on to a frame of Python, which stands in the place of a frame.
    fn go_python(&mut self, node: u32, places: &Places<'_>, at: usize, place: u32) -> Option<u32> {
        let word = places.word(at);
        if let Some(known) = self.python.get_mut(at) {
            *known = Python {
                word: word.unwrap_or(0),
                place,
            };
        }
        match word {
            Some(word) => child(node, PYTHON, word),
            None => Some(node),
        }
    }
}

/// What is known of modules holds no more. Under the lock.
pub fn forget() {
    // SAFETY: under the lock.
    unsafe { (*LAST.0.get()).known = 0 };
}
