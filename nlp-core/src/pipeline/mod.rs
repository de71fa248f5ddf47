//! The components of a pipeline: each reads documents and sets some of their annotations.

mod as_doc;
mod attribute_ruler;
mod batch;
mod columns;
mod component;
mod doc_cleaner;
mod edit_tree_lemmatizer;
mod edit_trees;
mod entity_linker;
mod entity_recognizer;
mod entity_ruler;
mod lemmatizer;
mod merging;
mod morphologizer;
mod parser;
mod pattern_lines;
mod registry;
mod rules;
mod sentencizer;
mod senter;
mod set_order;
mod span_filter;
mod span_finder;
mod span_ruler;
mod spancat;
mod suggester;
mod tagger;
mod tagging;
mod textcat;
mod tok2vec;
mod token_splitter;
mod token_vectors;
mod transitions;

pub(crate) use component::{Component, Earlier, Source};
pub use registry::Factory;
