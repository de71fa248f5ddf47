//! What is written of a document on request.

use clap::ValueEnum;
use nlp_io::json::Part;

/// What is printed of a document on request.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rest {
    /// Of each token: the entity's id from a ruler, and its id in a knowledge base
    Ids,
    /// The score of each category of the text
    Cats,
    /// The groups of spans by key: [start, end, label, id, knowledge base id, score]
    Spans,
    /// The vector of each token: of the word, or from the tensor in a pipeline without word vectors; [] where there is none
    Vectors,
}

impl From<Rest> for Part {
    fn from(rest: Rest) -> Part {
        match rest {
            Rest::Ids => Part::Ids,
            Rest::Cats => Part::Cats,
            Rest::Spans => Part::Spans,
            Rest::Vectors => Part::Vectors,
        }
    }
}
