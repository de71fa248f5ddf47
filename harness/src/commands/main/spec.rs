//! The job spec: what the engine has to know to run the main job's loops, whoever asks for them.
//!
//! The command line, the gate's configuration, its control and the victims each make one, and none of them is known here.

use crate::workload::{self, Fault, Kind, Model, Zones};
use harness_model::Instrument;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The loops to run, and what to measure them with. Its default is the main job's without a word on its command line.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopSpec {
    /// What is run again and again.
    pub workload: Kind,
    /// Texts in one iteration, within [`LoopSpec::TEXTS`].
    pub texts: u64,
    /// The share of words replaced by new ones, within [`LoopSpec::NOVEL_WORDS`].
    pub novel_words: f64,
    /// The seed of everything random.
    pub seed: u64,
    /// A file of texts in place of those that ship with the harness.
    pub corpus: Option<PathBuf>,
    /// A pipeline in place of the one that ships with the harness.
    pub model: Option<Model>,
    /// A fault to plant.
    pub inject: Option<Fault>,
    /// In place of the fault its twin, which frees what it takes.
    pub twin: bool,
    /// Which loops to run.
    pub zones: ZonesChoice,
    /// Measured iterations of each loop, within [`LoopSpec::ITERS`].
    pub iters: u64,
    /// Iterations before them, within [`LoopSpec::WARMUP`]. None: one cycle of the texts.
    pub warmup: Option<u64>,
    /// What to measure with.
    pub probes: Vec<Instrument>,
    /// Instruments that may not be missing.
    pub require: Vec<Instrument>,
    /// n for dhat, within [`LoopSpec::TOOL_ITERS`].
    pub dhat_iters: u64,
    /// n for valgrind, within [`LoopSpec::TOOL_ITERS`].
    pub valgrind_iters: u64,
    /// Seconds after which a run under a tool is given up, within [`LoopSpec::TOOL_TIMEOUT`].
    pub tool_timeout: u64,
    /// Further files of valgrind suppressions.
    pub suppressions: Vec<PathBuf>,
}

impl Default for LoopSpec {
    fn default() -> LoopSpec {
        LoopSpec {
            workload: Kind::Parse,
            texts: 8,
            novel_words: 0.02,
            seed: workload::SEED,
            corpus: None,
            model: None,
            inject: None,
            twin: false,
            zones: ZonesChoice::Both,
            iters: 1000,
            warmup: None,
            probes: Instrument::ALL.to_vec(),
            require: Vec::new(),
            dhat_iters: 20,
            valgrind_iters: 5,
            tool_timeout: 600,
            suppressions: Vec::new(),
        }
    }
}

impl LoopSpec {
    /// What [`LoopSpec::texts`] may be.
    pub const TEXTS: RangeInclusive<u64> = 1..=1_000_000;
    /// What [`LoopSpec::novel_words`] may be.
    pub const NOVEL_WORDS: RangeInclusive<f64> = 0.0..=1.0;
    /// What [`LoopSpec::iters`] may be.
    pub const ITERS: RangeInclusive<u64> = 1..=100_000_000;
    /// What [`LoopSpec::warmup`] may be.
    pub const WARMUP: RangeInclusive<u64> = 0..=100_000_000;
    /// What [`LoopSpec::dhat_iters`] and [`LoopSpec::valgrind_iters`] may be.
    pub const TOOL_ITERS: RangeInclusive<u64> = 1..=1_000_000;
    /// What [`LoopSpec::tool_timeout`] may be. The end is three years away: a clock cannot be asked for any later moment.
    pub const TOOL_TIMEOUT: RangeInclusive<u64> = 1..=100_000_000;

    /// Whether an instrument is asked for, or is required.
    pub fn wants(&self, instrument: Instrument) -> bool {
        self.probes.contains(&instrument) || self.require.contains(&instrument)
    }
}

/// Which loops to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZonesChoice {
    /// In memory zones.
    On,
    /// Without them.
    Off,
    /// First without, then with.
    Both,
}

impl ZonesChoice {
    /// All choices.
    pub const ALL: [ZonesChoice; 3] = [ZonesChoice::On, ZonesChoice::Off, ZonesChoice::Both];

    /// Its name on the command line and in the gate's configuration.
    pub fn name(self) -> &'static str {
        match self {
            ZonesChoice::On => "on",
            ZonesChoice::Off => "off",
            ZonesChoice::Both => "both",
        }
    }

    /// What it means, in a line.
    pub fn help(self) -> &'static str {
        match self {
            ZonesChoice::On => "In memory zones",
            ZonesChoice::Off => "Without them",
            ZonesChoice::Both => "First without, then with",
        }
    }

    /// The loops, in the order in which they are run.
    pub fn loops(self) -> &'static [Zones] {
        match self {
            ZonesChoice::On => &[Zones::On],
            ZonesChoice::Off => &[Zones::Off],
            ZonesChoice::Both => &Zones::ALL,
        }
    }
}

impl fmt::Display for ZonesChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
