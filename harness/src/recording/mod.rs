//! What the preloaded library recorded of any program, as plain data with names.
//!
//! The library writes one file for each process ([`harness_preload::record`]). [`read`] and [`read_folder`] make a
//! [`Recording`] of each; the process may still be writing it, may have been killed, or the file may be damaged.
//! [`Totals`] reads only the sums, often and cheaply. A [`Symbolizer`] names the calls of the stacks that are asked for,
//! and [`Symbolizer::call_site`] says which of them a person wants to see. [`StackKey`]s match stacks of several runs.

mod asking;
mod call_site;
mod functions;
mod head;
mod holders;
mod keys;
mod parts;
mod python;
mod reader;
mod recorded;
mod source;
mod stacks;
mod symbols;
#[cfg(test)]
mod testing;
mod totals;

pub use asking::{ask_to_look, state_of};
pub use call_site::{CallSite, serves_interpreter};
pub use holders::Held;
pub use keys::{StackKey, StackKeys};
pub use python::{Python, PythonFrames, PythonFunction};
pub use reader::{read, read_folder, read_from, read_sites, read_sites_of_folder};
pub use recorded::{
    Allocator, AllocatorKind, Amount, Kind, Module, RecordedSite, Recording, Resources, ScanKind,
    ScanOutcome, State, Trouble,
};
pub use source::Source;
pub use stacks::{Call, StackId, Stacks};
pub(crate) use symbols::FilesOfCode;
pub use symbols::{Language, NamedFrame, Symbolizer, source_name};
pub use totals::{LiveSite, Totals};
