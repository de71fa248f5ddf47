//! What a service keeps of its clients.

use nlp_cli::serve::Observer;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The texts of every request.
    Texts,
    /// A buffer of every connection.
    Buffers,
    /// The scratch memory of every piece of work.
    Scratch,
}

/// Bytes of a connection's buffer, with its place in the list of all.
const BUFFER_BYTES: usize = 8 << 10;
/// Bytes of a piece of work's scratch memory, likewise.
const SCRATCH_BYTES: usize = 4 << 10;

/// Keeps it, or makes the same and drops it.
pub(super) struct Keeper {
    kept: Kept,
    freed: bool,
    texts: List<Box<str>>,
    buffers: List<[u8; BUFFER_BYTES - size_of::<usize>()]>,
    scratch: List<[u8; SCRATCH_BYTES - size_of::<usize>()]>,
}

impl Keeper {
    /// A keeper that has nothing yet.
    pub fn new(kept: Kept, freed: bool) -> Keeper {
        Keeper {
            kept,
            freed,
            texts: List::default(),
            buffers: List::default(),
            scratch: List::default(),
        }
    }

    fn has(&self, kept: Kept) -> bool {
        self.kept == kept
    }
}

impl Observer for Keeper {
    fn connected(&self) {
        if self.has(Kept::Buffers) {
            keep_buffer(&self.buffers, self.freed);
        }
    }

    fn texts(&self, texts: &[String]) {
        if self.has(Kept::Texts) {
            texts
                .iter()
                .for_each(|text| keep_text(&self.texts, text, self.freed));
        }
    }

    fn worked(&self) {
        if self.has(Kept::Scratch) {
            keep_scratch(&self.scratch, self.freed);
        }
    }
}

#[inline(never)]
fn keep_text(texts: &List<Box<str>>, text: &str, freed: bool) {
    texts.keep(black_box(Box::new(Link::new(text.into()))), freed);
}

#[inline(never)]
fn keep_buffer(buffers: &List<[u8; BUFFER_BYTES - size_of::<usize>()]>, freed: bool) {
    buffers.keep(black_box(Box::new(Link::new([1; _]))), freed);
}

#[inline(never)]
fn keep_scratch(scratch: &List<[u8; SCRATCH_BYTES - size_of::<usize>()]>, freed: bool) {
    scratch.keep(black_box(Box::new(Link::new([1; _]))), freed);
}

/// A list of links and not a vector: each costs the same, and nothing is moved.
struct List<T> {
    last: Mutex<Option<Box<Link<T>>>>,
}

struct Link<T> {
    _one: T,
    before: Option<Box<Link<T>>>,
}

impl<T> Link<T> {
    fn new(one: T) -> Link<T> {
        Link {
            _one: one,
            before: None,
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List {
            last: Mutex::new(None),
        }
    }
}

impl<T> List<T> {
    fn keep(&self, mut link: Box<Link<T>>, freed: bool) {
        if freed {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        link.before = last.take();
        *last = Some(link);
    }
}

impl<T> Drop for List<T> {
    /// One link after the other: dropping the first would drop all others from inside its own drop.
    fn drop(&mut self) {
        let last = self.last.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut next = last.take();
        while let Some(mut link) = next {
            next = link.before.take();
        }
    }
}
