//! Where a chunk of text is cut, and the cache of that.

use crate::frozen::frozen;
use std::num::NonZeroU32;

/// The number of a norm in [`Tokenizer::norms`](super::Tokenizer::norms).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NormId(NonZeroU32);

impl NormId {
    /// The norm at `index`; `None` beyond the four thousand million that can be told apart.
    pub(super) fn new(index: usize) -> Option<NormId> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(NormId)
    }

    /// The norm's index.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The end of one token of a chunk; the next begins there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// The byte after the token's last, counted from the start of the chunk.
    pub end: u32,
    /// The norm that a special case gives the token.
    pub norm: Option<NormId>,
}

frozen!(hash Cut);

/// Remembers how chunks of text (what stands between spaces) were cut, so that each is worked out once.
///
/// What a cache holds, forgets or never took up does not change the tokens that come out, only how fast.
pub trait SplitCache {
    /// The cuts of `chunk`, if they are known.
    fn get(&mut self, chunk: &str) -> Option<&[Cut]>;

    /// Takes note of the cuts of `chunk`, or does not. [`SplitCache::get`] did not know them.
    fn insert(&mut self, chunk: &str, cuts: &[Cut]);
}

/// A cache that remembers nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl SplitCache for NoCache {
    fn get(&mut self, _chunk: &str) -> Option<&[Cut]> {
        None
    }

    fn insert(&mut self, _chunk: &str, _cuts: &[Cut]) {}
}
