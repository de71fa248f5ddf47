//! The networks of a pipeline's components, as spaCy builds them and thinc computes them.

mod attention;
mod bag_of_words;
mod dense;
mod distinct;
mod documents;
mod embed;
mod encoder;
mod ensemble_words;
pub mod entity_encoder;
pub mod features;
pub mod gemm;
mod hash;
mod hash_embed;
mod isa;
mod layer;
pub mod linear;
pub mod matrix;
mod reduce;
mod rows;
pub mod source;
pub mod span_classifier;
pub mod tagger;
pub mod text_classifier;
pub mod tok2vec;
pub mod transition_model;
mod tree;
mod window;

#[cfg(test)]
mod classifier_tests;
#[cfg(test)]
mod tests;

pub(crate) use documents::Documents;
pub use entity_encoder::EntityEncoder;
pub use features::{Feature, Words};
pub use matrix::Matrix;
pub(crate) use rows::TokenRows;
pub use source::ModelSource;
pub use span_classifier::{SpanClassifier, SpanFinderModel};
pub use tagger::{TaggerModel, first_of_largest};
pub use text_classifier::TextClassifier;
pub use tok2vec::{Tok2Vec, TokenVectors};
pub use transition_model::TransitionModel;
