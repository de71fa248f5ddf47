//! The instruments: what is read of this process, and what outside tools say of a child.

pub mod jemalloc;
pub mod proof;
pub mod rss;
