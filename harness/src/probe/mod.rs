//! The instruments: what is read of this process, and what outside tools say of a child.

pub mod checkout;
pub mod demangle;
pub mod dhat_json;
pub mod jemalloc;
pub(crate) mod leak_search;
mod lossy;
pub(crate) mod nvml;
pub(crate) mod process;
pub mod proof;
mod read_error;
pub mod records;
pub mod room;
pub mod rss;
pub mod smaps;
pub mod source;
pub(crate) mod text;
pub mod valgrind_xml;

pub use read_error::ReadError;
