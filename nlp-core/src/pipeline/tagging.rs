//! What components have in common whose network scores labels for each token.

use super::component::Source;
use super::token_vectors::BatchRows;
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::limits::{Budget, OutOfTime};
use crate::nn::TaggerModel;

/// Reads the network of a component that has `labels` labels, and checks that it scores each of them and nothing else:
/// a label without a score was never taught, and a score without a label is no prediction.
pub(super) fn load_model(source: &Source<'_>, labels: usize) -> Result<TaggerModel, Error> {
    let model = source.load_model(TaggerModel::load)?;
    if labels == 0 {
        let reason = format!(
            "component \"{}\" has no labels: it was not trained",
            source.name
        );
        return Err(
            FormatError::new(reason).in_file(&source.files.path(&format!("{}/cfg", source.name)))
        );
    }
    if model.classes() != labels {
        return Err(source.label_mismatch(model.classes(), labels));
    }
    Ok(model)
}

/// The best label of each token of the batch: the first of equals.
pub(super) fn best_labels(
    model: &TaggerModel,
    docs: &[Doc<'_>],
    budget: Budget,
) -> Result<Vec<u32>, OutOfTime> {
    let mut vectors = BatchRows::new(model.tok2vec(), docs, budget);
    model.best_within(&mut vectors, budget)
}
