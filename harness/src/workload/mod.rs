//! What is run again and again.
//!
//! A [`Workload`] does one iteration of work and lets go of all of it; the loop around it measures. Iterations come in
//! cycles: iteration i works on the same texts as iteration i + cycle, only the novel words in them are others. So after
//! one cycle every buffer has met the largest text it will meet, and what still grows is growth.

pub mod control;
pub mod corpus;
pub mod novel;
pub mod parse;
pub mod pipeline;
pub mod texts;
pub mod words;

use crate::sample::StoreSample;
use crate::summary::Zones;
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

/// The workloads there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Annotates texts with a pipeline
    Parse,
    /// Counts words in a hash map: tiny and fast, to try the instruments with
    Words,
}

impl Kind {
    /// Its name on the command line and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Parse => "parse",
            Kind::Words => "words",
        }
    }
}

/// A fault that can be planted, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "kebab-case")]
pub enum Fault {
    /// The parser's activation arrays are allocated anew on resize and never freed (spaCy #3618)
    ActivationLeak,
    /// Each new word is kept once more, in a cache that no zone empties and no report of memory lists
    UnregisteredCache,
    /// Each iteration of the workload "words" takes a block of 24 bytes that nobody keeps
    LostBlock,
    /// The twin of lost-block: the same block, given back
    FreedBlock,
}

impl Fault {
    /// Its name on the command line and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Fault::ActivationLeak => "activation-leak",
            Fault::UnregisteredCache => "unregistered-cache",
            Fault::LostBlock => "lost-block",
            Fault::FreedBlock => "freed-block",
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
    /// A pipeline's directory in place of the embedded one.
    pub model: Option<PathBuf>,
    /// A fault to plant.
    pub inject: Option<Fault>,
}

/// Sets a workload up.
///
/// # Errors
///
/// A sentence for the user: the corpus or the model cannot be read, or the workload has no such fault.
pub fn build(spec: &Spec) -> Result<Box<dyn Workload + Send>, String> {
    match spec.kind {
        Kind::Parse => Ok(Box::new(parse::Parse::new(spec)?)),
        Kind::Words => Ok(Box::new(words::Words::new(spec)?)),
    }
}
