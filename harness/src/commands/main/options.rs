//! The main job's options: `harness --iters 1000`.

use super::spec::{LoopSpec, ZonesChoice};
use crate::options::{ExportOptions, PipelineOptions, ReportOptions};
use crate::options::{instrument, one_of};
use crate::workload::{Fault, Kind};
use clap::builder::TypedValueParser;
use clap::value_parser;
use harness_model::Instrument;
use std::path::PathBuf;

/// What the main job can be told.
#[derive(Clone, Debug, clap::Args)]
pub struct MainOptions {
    /// Measured iterations of each loop
    #[arg(long, value_name = "N", default_value_t = LoopSpec::default().iters, value_parser = value_parser!(u64).range(LoopSpec::ITERS))]
    pub iters: u64,

    /// Which loops to run: in memory zones, without them, or both, one after the other
    #[arg(long, value_name = "WHICH", value_parser = zones(), default_value_t = LoopSpec::default().zones)]
    pub zones: ZonesChoice,

    /// What to measure with, separated by commas
    #[arg(long, value_name = "LIST", value_parser = instrument(), value_delimiter = ',', default_values_t = LoopSpec::default().probes)]
    pub probes: Vec<Instrument>,

    /// Instruments without which the run is inconclusive (exit code 3)
    #[arg(long, value_name = "LIST", value_parser = instrument(), value_delimiter = ',')]
    pub require: Vec<Instrument>,

    /// Plant a fault, to see that it is found
    #[arg(long, value_name = "FAULT", value_enum)]
    pub inject: Option<Fault>,

    /// In place of the fault plant its twin, which takes the same memory and frees it
    #[arg(long, requires = "inject")]
    pub twin: bool,

    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportOptions,

    /// What is run again and again
    #[arg(long, value_name = "NAME", value_enum, default_value_t = LoopSpec::default().workload, help_heading = "The work")]
    pub workload: Kind,

    /// The pipeline and its texts.
    #[command(flatten)]
    pub pipeline: PipelineOptions,

    /// Texts in one iteration
    #[arg(long, value_name = "N", default_value_t = LoopSpec::default().texts, value_parser = value_parser!(u64).range(LoopSpec::TEXTS), help_heading = "The work")]
    pub texts: u64,

    /// The share of words replaced by new ones that no iteration has seen before, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = LoopSpec::default().novel_words, value_parser = share, help_heading = "The work")]
    pub novel_words: f64,

    /// Iterations before the measured ones [default: as many as it takes to see every text once, a quarter of --iters
    /// at most]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(LoopSpec::WARMUP), help_heading = "Sizes")]
    pub warmup: Option<u64>,

    /// n for dhat, which runs n and 10n iterations of each loop
    #[arg(long, value_name = "N", default_value_t = LoopSpec::default().dhat_iters, value_parser = value_parser!(u64).range(LoopSpec::TOOL_ITERS), help_heading = "Sizes")]
    pub dhat_iters: u64,

    /// n for valgrind, which runs n and 10n iterations of each loop
    #[arg(long, value_name = "N", default_value_t = LoopSpec::default().valgrind_iters, value_parser = value_parser!(u64).range(LoopSpec::TOOL_ITERS), help_heading = "Sizes")]
    pub valgrind_iters: u64,

    /// Seconds after which a run under valgrind or dhat is given up
    #[arg(long, value_name = "SECONDS", default_value_t = LoopSpec::default().tool_timeout, value_parser = value_parser!(u64).range(LoopSpec::TOOL_TIMEOUT), help_heading = "Sizes")]
    pub tool_timeout: u64,

    /// A further file of valgrind suppressions; can be given again
    #[arg(long, value_name = "FILE", help_heading = "Sizes")]
    pub suppressions: Vec<PathBuf>,

    /// The results for other programs.
    #[command(flatten)]
    pub export: ExportOptions,
}

impl From<&MainOptions> for LoopSpec {
    fn from(options: &MainOptions) -> LoopSpec {
        LoopSpec {
            workload: options.workload,
            texts: options.texts,
            novel_words: options.novel_words,
            seed: options.pipeline.seed,
            corpus: options.pipeline.corpus.clone(),
            model: options.pipeline.model(),
            inject: options.inject,
            twin: options.twin,
            zones: options.zones,
            iters: options.iters,
            warmup: options.warmup,
            probes: options.probes.clone(),
            require: options.require.clone(),
            dhat_iters: options.dhat_iters,
            valgrind_iters: options.valgrind_iters,
            tool_timeout: options.tool_timeout,
            suppressions: options.suppressions.clone(),
        }
    }
}

fn zones() -> impl TypedValueParser<Value = ZonesChoice> {
    one_of(&ZonesChoice::ALL, ZonesChoice::name, ZonesChoice::help)
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if LoopSpec::NOVEL_WORDS.contains(&share) => Ok(share),
        Ok(_) => Err("it is a share, from 0 to 1".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
