//! What the parser and the entity recogniser have in common, which both run a transition system.

use std::collections::BTreeSet;

use super::component::Source;
use crate::error::{Error, FormatError};
use crate::nn::TransitionModel;
use crate::transition::{LabelTable, unsupported_setting};

/// Loads the network, and what `make` builds of it and of the file `moves`.
pub(super) fn load_transitions<T>(
    source: &Source<'_>,
    make: impl FnOnce(TransitionModel, &[u8]) -> Result<T, FormatError>,
) -> Result<T, Error> {
    let (cfg, _) = source.cfg()?;
    if let Some(setting) = unsupported_setting(&cfg) {
        return Err(source.unsupported(setting));
    }
    let model = source.load_model(TransitionModel::load)?;
    let (bytes, path) = source.file("moves")?;
    make(model, &bytes).map_err(|e| e.in_file(&path))
}

/// Adds the labels of a transition system to the vocabulary.
pub(super) fn add_labels(source: &mut Source<'_>, labels: &LabelTable) -> Result<(), Error> {
    let path = source.files.path(&format!("{}/moves", source.name));
    for (_, label) in labels.iter() {
        source
            .vocab
            .add_label(label)
            .map_err(|e| e.in_file(&path))?;
    }
    Ok(())
}

/// The labels of a transition system in alphabetical order. Of a label that also names the head's, for a tree that is
/// not projective, spaCy lists the head's.
pub(super) fn sorted_labels(labels: &LabelTable) -> Vec<String> {
    let labels = labels.iter().map(|(_, label)| label);
    let labels: BTreeSet<&str> = labels
        .map(|label| label.split("||").nth(1).unwrap_or(label))
        .filter(|label| !label.is_empty())
        .collect();
    labels.into_iter().map(str::to_owned).collect()
}
