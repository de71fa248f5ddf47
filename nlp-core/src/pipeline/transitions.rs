//! What the parser and the entity recogniser have in common, which both run a transition system.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::component::Source;
use crate::error::{Error, FormatError};
use crate::nn::TransitionModel;
use crate::transition::{Beam, LabelTable};

/// The widest beam that is searched: no pipeline has so wide a one, and every state takes time and memory.
const MAX_WIDTH: f64 = 4096.0;

/// Loads the network, and what `make` builds of it and of the file `moves`; and the beam that it is searched with. `default`
/// is the beam of the factory: its width and density, where neither `cfg`, which is returned too, nor the configuration says.
pub(super) fn load_transitions<T>(
    source: &Source<'_>,
    default: (u64, f64),
    make: impl FnOnce(TransitionModel, &[u8]) -> Result<T, FormatError>,
) -> Result<(T, Option<Beam>, Value), Error> {
    let (cfg, path) = source.cfg()?;
    let beam = load_beam(source, (&cfg, &path), default)?;
    let model = source.load_model(TransitionModel::load)?;
    let (bytes, path) = source.file("moves")?;
    let made = make(model, &bytes).map_err(|e| e.in_file(&path))?;
    Ok((made, beam, cfg))
}

/// The beam, if there is more to it than the best state.
fn load_beam(
    source: &Source<'_>,
    (cfg, path): (&Value, &Path),
    (width, density): (u64, f64),
) -> Result<Option<Beam>, Error> {
    let setting = |key: &str| match cfg.get(key) {
        Some(value) => Some((value, path.to_path_buf())),
        None => source.config.get(key).map(|v| (v, source.config_path())),
    };
    let fault = |key: &str, value: &Value, wanted: &str, path: &Path| {
        let reason = format!(
            "component \"{}\" has {key} = {value}, where {wanted} is meant",
            source.name
        );
        FormatError::new(reason).in_file(path)
    };
    let width = match setting("beam_width") {
        None => width,
        Some((value, path)) => match value.as_f64() {
            Some(width) if width.fract() == 0.0 && (1.0..=MAX_WIDTH).contains(&width) => {
                width as u64
            }
            _ => {
                let wanted = format!("a number from 1 to {MAX_WIDTH}");
                return Err(fault("beam_width", value, &wanted, &path));
            }
        },
    };
    let density = match setting("beam_density") {
        None => density,
        // With more than 1, not even the best state would be left.
        Some((value, path)) => match value.as_f64() {
            Some(density) if (0.0..=1.0).contains(&density) => density,
            _ => return Err(fault("beam_density", value, "a number from 0 to 1", &path)),
        },
    };
    Ok((width > 1).then(|| Beam::new(width as usize, density as f32)))
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
