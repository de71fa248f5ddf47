//! The instruments: what is read of this process, and what outside tools say of a child.

pub mod dhat_json;
pub mod functions;
pub mod jemalloc;
mod lossy;
pub mod origin;
pub mod proof;
pub mod rate;
mod read_error;
pub mod records;
pub mod room;
pub mod rss;
pub mod sites;
pub mod smaps;
pub mod source;
pub mod stack;
pub mod valgrind_xml;

pub use read_error::ReadError;
