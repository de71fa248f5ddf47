//! The networks of a pipeline's components, as spaCy builds them and thinc computes them.

mod dense;
mod distinct;
mod embed;
mod encoder;
pub mod features;
pub mod gemm;
mod hash;
mod hash_embed;
mod isa;
pub mod linear;
pub mod matrix;
pub mod source;
pub mod tagger;
pub mod tok2vec;
pub mod transition_model;
mod tree;
mod window;

#[cfg(test)]
mod tests;

pub use features::{Feature, Words};
pub use matrix::Matrix;
pub use source::ModelSource;
pub use tagger::TaggerModel;
pub use tok2vec::{Tok2Vec, TokenVectors};
pub use transition_model::TransitionModel;
