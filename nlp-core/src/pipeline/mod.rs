//! The components of a pipeline: each reads documents and sets some of their annotations.

mod batch;
mod component;
mod doc_cleaner;
mod edit_tree_lemmatizer;
mod edit_trees;
mod entity_recognizer;
mod lemmas;
mod lemmatizer;
mod merging;
mod morphologizer;
mod parser;
mod registry;
mod sentencizer;
mod senter;
mod tagger;
mod tagging;
mod tok2vec;
mod token_splitter;
mod transitions;

pub(crate) use component::{Component, Source};
pub use registry::Factory;
