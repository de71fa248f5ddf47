//! The pipeline that is measured: the embedded one or the user's, and the faults that can be planted in it.

use super::Fault;
use nlp_core::{Language, faults, models};
use std::path::Path;

/// Loads a pipeline: the one in the directory, or the embedded one. Gives its name and version too.
///
/// # Errors
///
/// A sentence for the user: the pipeline cannot be loaded.
pub fn load(directory: Option<&Path>) -> Result<(Language, String), String> {
    let nlp = match directory {
        Some(directory) => Language::load(directory),
        None => models::english(),
    };
    let nlp = nlp.map_err(|error| format!("cannot load the pipeline: {error}"))?;
    let subject = name(&nlp);
    Ok((nlp, subject))
}

/// `en_ewt_sm 0.1.0`, as far as the pipeline says it.
fn name(nlp: &Language) -> String {
    let meta = |key: &str| nlp.meta().get(key).and_then(|value| value.as_str());
    let name = meta("name").unwrap_or("pipeline");
    let version = meta("version").map_or(String::new(), |version| format!(" {version}"));
    format!("{}_{name}{version}", nlp.lang().code())
}

/// Plants a fault that nlp-core knows, or its twin, for the whole process.
///
/// # Errors
///
/// A sentence for the user: the pipeline has no place for the fault, or it is none of nlp-core's.
pub fn plant(fault: Fault, twin: bool, nlp: &Language) -> Result<(), String> {
    let Some(planted) = fault.of_the_pipeline() else {
        return Err(format!(
            "the fault {} is planted beside the main job's loops alone: leave the subcommand out",
            fault.name()
        ));
    };
    let steps_states = |(_, factory): (&str, &str)| matches!(factory, "parser" | "ner");
    if planted == faults::Fault::ActivationLeak && !nlp.components().any(steps_states) {
        let subject = name(nlp);
        return Err(format!(
            "the pipeline {subject} has neither a parser nor an entity recogniser, and so no activations to leak"
        ));
    }
    if twin {
        faults::set_twin(planted);
    } else {
        faults::set(Some(planted));
    }
    Ok(())
}
