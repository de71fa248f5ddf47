//! The job spec: what the engine has to know to run the main job's loops, whoever asks for them, and every option of it.
//!
//! The command line, the gate's configuration, its control and the victims each make one. The first two know the options
//! from [`loop_options`]: an option is a row there, and the place that uses it.

use crate::options::{Bounds, PipelineOptions};
use crate::options::{instrument, one_of};
use crate::workload::{Fault, Kind, Zones};
use clap::builder::TypedValueParser;
use harness_model::Instrument;
use std::fmt;
use std::path::PathBuf;

/// Makes [`LoopSpec`] of its rows, and a macro that hands those rows on that the gate's configuration may set.
///
/// A row is the option's help, how the command line reads it, and its field, with a default that the help shows, or else
/// its type's. With `gate` the gate's configuration may set it under the same name: `figure` writes it down among what
/// decides figures, and `aside` does not. Behind that stand a number's bounds.
macro_rules! loop_options {
    ($(
        $(#[$meta:meta])*
        $name:ident: $Type:ty $(, default $default:expr)? $(, defaults $defaults:expr)?
            $(, gate $how:ident $(within $bounds:expr)?)?;
    )*) => {
        /// The loops to run, and what to measure them with. Its default is the main job's without a word on its command
        /// line.
        #[derive(Clone, Debug, PartialEq, clap::Args)]
        pub struct LoopSpec {
            $(
                $(#[$meta])*
                $(#[arg(default_value_t = $default)])?
                $(#[arg(default_values_t = $defaults)])?
                $($(#[arg(value_parser = Bounds::parser($bounds))])?)?
                pub $name: $Type,
            )*
        }

        impl Default for LoopSpec {
            fn default() -> LoopSpec {
                LoopSpec {
                    $($name: or_default!($($default)? $($defaults.to_vec())?),)*
                }
            }
        }

        /// Calls a macro with the options that a file may set: `name: Type, bounds, how;` each.
        macro_rules! loop_settings {
            ($then:ident) => {
                $then! { $($($name: $Type, ($($bounds)?), $how;)?)* }
            };
        }
    };
}

macro_rules! or_default {
    () => {
        Default::default()
    };
    ($value:expr) => {
        $value
    };
}

loop_options! {
    /// Measured iterations of each loop
    #[arg(long, value_name = "N")]
    iters: u64, default 1000, gate figure within 1..=100_000_000;

    /// Which loops to run: in memory zones, without them, or both, one after the other
    #[arg(long, value_name = "WHICH", value_parser = zones())]
    zones: ZonesChoice, default ZonesChoice::Both, gate figure;

    /// What to measure with, separated by commas
    #[arg(long, value_name = "LIST", value_parser = instrument(), value_delimiter = ',')]
    probes: Vec<Instrument>, defaults Instrument::BY_DEFAULT, gate figure;

    /// Instruments without which the run is inconclusive (exit code 3)
    #[arg(long, value_name = "LIST", value_parser = instrument(), value_delimiter = ',')]
    require: Vec<Instrument>, gate figure;

    /// Plant a fault, to see that it is found
    #[arg(long, value_name = "FAULT", value_enum)]
    inject: Option<Fault>;

    /// In place of the fault plant its twin, which takes the same memory and frees it
    #[arg(long, requires = "inject")]
    twin: bool;

    /// What is run again and again
    #[arg(long, value_name = "NAME", value_enum, help_heading = "The work")]
    workload: Kind, default Kind::Parse, gate figure;

    /// The pipeline and its texts.
    #[command(flatten)]
    pipeline: PipelineOptions;

    /// Texts in one iteration
    #[arg(long, value_name = "N", help_heading = "The work")]
    texts: u64, default 8, gate figure within 1..=1_000_000;

    /// The share of words replaced by new ones that no iteration has seen before, from 0 to 1
    #[arg(long, value_name = "SHARE", help_heading = "The work")]
    novel_words: f64, default 0.02, gate figure within 0.0..=1.0;

    /// Iterations before the measured ones [default: as many as it takes to see every text once, a quarter of --iters
    /// at most]
    #[arg(long, value_name = "N", help_heading = "Sizes")]
    warmup: Option<u64>, gate figure within 0..=100_000_000;

    /// n for dhat, which runs n and 10n iterations of each loop [default: 20, a tenth of --iters at most]
    #[arg(long, value_name = "N", help_heading = "Sizes")]
    dhat_iters: Option<u64>, gate figure within 1..=1_000_000;

    /// n for valgrind, which runs n and 10n iterations of each loop [default: 5, a tenth of --iters at most]
    #[arg(long, value_name = "N", help_heading = "Sizes")]
    valgrind_iters: Option<u64>, gate figure within 1..=1_000_000;

    /// n for the scan, which runs n and 10n iterations of each loop [default: 20, a tenth of --iters at most]
    #[arg(long, value_name = "N", help_heading = "Sizes")]
    scan_iters: Option<u64>, gate figure within 1..=1_000_000;

    // It decides whether a run ends, and no figure. The latest end is three years away: a clock cannot be asked for any
    // later moment.
    /// Seconds after which a run under valgrind or dhat is given up
    #[arg(long, value_name = "SECONDS", help_heading = "Sizes")]
    tool_timeout: u64, default 600, gate aside within 1..=100_000_000;

    /// A further file of valgrind suppressions; can be given again
    #[arg(long, value_name = "FILE", help_heading = "Sizes")]
    suppressions: Vec<PathBuf>;
}

pub(crate) use loop_settings;

impl LoopSpec {
    /// Whether an instrument is asked for, or is required.
    pub fn wants(&self, instrument: Instrument) -> bool {
        self.probes.contains(&instrument) || self.require.contains(&instrument)
    }

    /// n for dhat.
    pub fn dhat_n(&self) -> u64 {
        self.n(self.dhat_iters, 20)
    }

    /// n for valgrind.
    pub fn valgrind_n(&self) -> u64 {
        self.n(self.valgrind_iters, 5)
    }

    /// n for the scan.
    pub fn scan_n(&self) -> u64 {
        self.n(self.scan_iters, 20)
    }

    /// n for a tool that runs n and 10n iterations. Where nobody says, a short job is short as a whole: the tools go no
    /// further than the measured loops.
    fn n(&self, given: Option<u64>, usual: u64) -> u64 {
        given.unwrap_or(usual.min(self.iters.div_ceil(LONGER)))
    }
}

/// With fewer measured iterations a run is a smoke test: a leak that is not there every few iterations is not in it.
pub const FEWEST: u64 = 20;

/// How much longer the longer of a tool's two runs is.
pub const LONGER: u64 = 10;

fn zones() -> impl TypedValueParser<Value = ZonesChoice> {
    one_of(&ZonesChoice::ALL, ZonesChoice::name, ZonesChoice::help)
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
