//! What is run again and again.
//!
//! A [`Workload`] does one iteration of work and lets go of all of it; the loop around it measures. Iterations come in
//! cycles: iteration i works on the same texts as iteration i + cycle, only the novel words in them are others. So after
//! one cycle every buffer has met the largest text it will meet, and what still grows is growth.

pub mod annotate;
pub mod control;
pub mod corpus;
mod faults;
pub mod novel;
pub mod parse;
pub mod pipe;
pub mod pipeline;
pub mod serve;
mod settled;
pub mod texts;
pub mod words;
mod zones;

pub use faults::{Expected, Fault, Loop};
pub use pipeline::Model;
pub use zones::Zones;

use harness_model::StoreSample;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A program that can be run an iteration at a time.
pub trait Workload {
    /// What it is, in words for a person.
    fn description(&self) -> Description;

    /// Runs one iteration, counted from 0, and lets go of everything it made but what the program itself keeps.
    ///
    /// # Errors
    ///
    /// A sentence saying what failed, on which text.
    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String>;

    /// The stores that may grow, and their sizes now. Called between iterations; what it allocates is freed before the
    /// next one.
    fn stores(&self) -> Vec<StoreSample>;
}

/// What a workload is, in words for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// What is run, with its version: the pipeline's name.
    pub subject: String,
    /// What one iteration does: "8 sentences of English".
    pub iteration: String,
}

/// What one iteration worked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Words in it.
    pub words: u64,
}

/// The seed of everything random where nobody gives another.
pub const SEED: u64 = 1;

/// The workloads there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Annotates texts with a pipeline
    Parse,
    /// Streams texts through a pipeline on threads
    Pipe,
    /// Annotates files as nlp annotate does
    Annotate,
    /// Has nlp serve parse texts for a client in another process
    Serve,
    /// Counts words in a hash map: tiny and fast, to try the instruments with
    Words,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [
        Kind::Parse,
        Kind::Pipe,
        Kind::Annotate,
        Kind::Serve,
        Kind::Words,
    ];

    /// Its name on the command line and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Parse => "parse",
            Kind::Pipe => "pipe",
            Kind::Annotate => "annotate",
            Kind::Serve => "serve",
            Kind::Words => "words",
        }
    }
}

/// Everything that decides what a workload does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Which workload.
    pub kind: Kind,
    /// Texts in one iteration.
    pub texts: u64,
    /// Iterations in one cycle.
    pub cycle: u64,
    /// The seed of everything random.
    pub seed: u64,
    /// The share of words that are novel, from 0 to 1.
    pub novel_words: f64,
    /// A corpus in place of the shipped one.
    pub corpus: Option<PathBuf>,
    /// A pipeline in place of the embedded one.
    pub model: Option<Model>,
    /// A fault to plant.
    pub inject: Option<Fault>,
    /// In place of the fault its twin, which frees what it takes.
    #[serde(default)]
    pub twin: bool,
}

impl Spec {
    /// The name of the fault that is planted, or of its twin: `mapping`, `mapping-freed`.
    pub fn planted(&self) -> Option<String> {
        let twin = if self.twin { "-freed" } else { "" };
        self.inject.map(|fault| format!("{}{twin}", fault.name()))
    }
}

/// Sets a workload up.
///
/// # Errors
///
/// A sentence for the user: the corpus or the model cannot be read, or the workload has no such fault.
pub fn build(spec: &Spec) -> Result<Box<dyn Workload + Send>, String> {
    let workload: Box<dyn Workload + Send> = match spec.kind {
        Kind::Parse => Box::new(parse::Parse::new(spec)?),
        Kind::Pipe => Box::new(pipe::Pipe::new(spec)?),
        Kind::Annotate => Box::new(annotate::Annotate::new(spec)?),
        Kind::Serve => Box::new(serve::Serve::new(spec)?),
        Kind::Words => Box::new(words::Words::new(spec)?),
    };
    faults::plant(spec, workload)
}
