//! What a network asks of documents that is more than token vectors.

use super::Matrix;
use super::tok2vec::TokenVectors;
use crate::attr::Attr;
use crate::limits::{Budget, OutOfTime};

/// The documents of a batch, as a network reads them.
pub(crate) trait Documents {
    /// How many tokens each has.
    fn lengths(&self) -> &[usize];

    /// A row a token with the values of `attrs`, all documents one after the other.
    fn attrs(&self, attrs: &[Attr], budget: Budget) -> Result<Vec<u64>, OutOfTime>;

    /// A row a token, all documents one after the other.
    fn vectors(&self, vectors: &TokenVectors, budget: Budget) -> Result<Matrix, OutOfTime>;
}
