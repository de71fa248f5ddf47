//! A hash with a key that the process draws when it starts, for every table whose keys come from texts.
//!
//! spaCy's ids are no hash to build a table on: their seed is known, and each step of MurmurHash64A can be undone, so that
//! whoever writes a text can choose the ids of its words, and with them the places in a table. Here SipHash, whose key
//! nobody outside knows, stands between the ids and the tables.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The hash of an id.
#[inline]
pub(crate) fn id(id: u64) -> u64 {
    KEY.hash_one(id)
}

/// The hash of a text.
#[inline]
pub(crate) fn text(text: &str) -> u64 {
    KEY.hash_one(text)
}

/// The hash of a row of ids and other numbers.
#[inline]
pub(crate) fn row(row: &[u64]) -> u64 {
    KEY.hash_one(row)
}
