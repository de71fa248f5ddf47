//! Transition systems: the dependency parser and the entity recogniser.
//!
//! Both read a document from left to right and take, step by step, the best of the moves that their state allows, as
//! scored by a small network over the vectors of a few tokens. Documents are stepped together, a step of each at a
//! time; or, one by one, several states of each in a beam.

mod activations;
mod arc_eager;
mod beam;
mod biluo;
mod greedy;
mod labels;
mod lists;
mod moves;
mod nonproj;
mod parser;
mod precomputed;
#[cfg(test)]
mod property_tests;
mod recognizer;
mod state;
mod system;
mod tree;
#[cfg(test)]
mod walks_tests;

pub use beam::Beam;
pub use biluo::{EntitySpan, NerInput};
pub use labels::LabelTable;
pub use parser::{ParsedDoc, Parser, ParserInput};
pub use recognizer::{Entities, Recognizer};
pub use tree::Tree;
