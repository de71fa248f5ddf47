//! The options that every job over a pipeline has.

use crate::workload::{Model, SEED};
use std::path::PathBuf;

/// The pipeline, its texts, and the seed of what is random about them.
#[derive(Clone, Debug, PartialEq, clap::Args)]
#[command(next_help_heading = "The work")]
pub struct PipelineOptions {
    /// A file of texts, one a line, in place of the English sentences that ship with the harness
    #[arg(long, value_name = "FILE")]
    pub corpus: Option<PathBuf>,

    /// A pipeline that spaCy v3 trained, in place of the English one that ships with the harness: the name of an
    /// installed package (en_core_web_sm), a directory, or a wheel, zip archive or .tar.gz as it was fetched
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<PathBuf>,

    /// Components of the pipeline to leave out
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub exclude: Vec<String>,

    /// Components to load and not to run
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub disable: Vec<String>,

    /// The only components to run
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub enable: Vec<String>,

    /// The seed of everything random: the order of the texts, the new words
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub seed: u64,
}

impl Default for PipelineOptions {
    fn default() -> PipelineOptions {
        PipelineOptions {
            corpus: None,
            model: None,
            exclude: Vec::new(),
            disable: Vec::new(),
            enable: Vec::new(),
            seed: SEED,
        }
    }
}

impl PipelineOptions {
    /// The pipeline, unless it is the English one with all its components.
    pub fn model(&self) -> Option<Model> {
        let model = Model {
            source: self.model.clone(),
            exclude: self.exclude.clone(),
            disable: self.disable.clone(),
            enable: self.enable.clone(),
        };
        (model != Model::default()).then_some(model)
    }
}
