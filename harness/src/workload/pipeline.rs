//! The pipeline that is measured: the embedded one or the user's, and the faults that can be planted in it.

use super::{Fault, Spec};
use harness_model::StoreSample;
use nlp_core::{Language, LoadOptions, MemoryReport, Owner, faults, models};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A pipeline in place of the embedded one with all its components.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What it is loaded from, if it is not the embedded one: a package's name, a directory or an archive.
    pub source: Option<PathBuf>,
    /// Components that are left out.
    pub exclude: Vec<String>,
    /// Components that are loaded and do not run.
    pub disable: Vec<String>,
    /// The only components that run, if there are any.
    pub enable: Vec<String>,
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}", printable::path(source))?,
            None => f.write_str("the embedded one")?,
        }
        for (what, names) in [
            ("without", &self.exclude),
            ("disabled:", &self.disable),
            ("enabled alone:", &self.enable),
        ] {
            if !names.is_empty() {
                write!(f, ", {what} {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

/// Loads a pipeline, the embedded one unless there is another. Gives its name and version too.
///
/// # Errors
///
/// A sentence for the user: the pipeline cannot be loaded.
pub fn load(model: Option<&Model>) -> Result<(Language, String), String> {
    let all = Model::default();
    let model = model.unwrap_or(&all);
    let options = LoadOptions::new()
        .exclude(&model.exclude)
        .disable(&model.disable)
        .enable(&model.enable);
    let nlp = match &model.source {
        Some(source) => options.load(source),
        None => models::english_with(&options),
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

/// Plants the fault that `spec` asks for, if it is one of nlp-core's.
///
/// # Errors
///
/// A sentence for the user: the pipeline has no place for the fault.
pub fn plant_where_it_belongs(spec: &Spec, nlp: &Language) -> Result<(), String> {
    match spec.inject {
        Some(fault) if fault.of_the_pipeline().is_some() => plant(fault, spec.twin, nlp),
        _ => Ok(()),
    }
}

/// The stores of an owner, as samples have them.
pub fn stores(report: &MemoryReport, owner: Owner) -> Vec<StoreSample> {
    let samples = report.of(owner).map(|store| StoreSample {
        name: store.name.to_string(),
        entries: store.entries as u64,
        bytes: store.bytes as u64,
    });
    samples.collect()
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
    if planted == faults::Fault::ActivationLeak && !nlp.pipeline().any(steps_states) {
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
