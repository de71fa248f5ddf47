//! What the main job will do, worked out from its options before anything is run.

use crate::child::Orders;
use crate::commands::main::options::{MainOptions, ZonesChoice};
use crate::engine::place;
use crate::engine::progress::Progress;
use crate::workload::Zones;
use crate::workload::corpus::Corpus;
use crate::workload::{Kind, Spec};
use harness_model::{Condition, Instrument};
use printable::Text;
use std::path::{Path, PathBuf};

/// How much longer the longer of a tool's two runs is.
pub const LONGER: u64 = 10;

/// The job, with every default filled in.
pub struct Plan {
    /// The work, but for its cycle, which each run sets for itself.
    spec: Spec,
    /// The loops to run, in this order.
    pub loops: Vec<Zones>,
    /// Measured iterations of each.
    pub iterations: u64,
    /// Iterations before them.
    pub warmup: u64,
    /// Iterations after which the texts come round again.
    pub cycle: u64,
    /// Instruments asked for.
    pub probes: Vec<Instrument>,
    /// Instruments that may not be missing.
    pub require: Vec<Instrument>,
    /// dhat's n.
    pub dhat_iterations: u64,
    /// valgrind's n.
    pub valgrind_iterations: u64,
    /// Seconds after which a run under a tool is given up.
    pub tool_timeout: u64,
    /// The user's files of suppressions.
    pub suppressions: Vec<PathBuf>,
    /// Where everything is written.
    pub out: PathBuf,
    /// Nobody is told how far the runs are: they are part of a larger job.
    pub quiet: bool,
}

impl Plan {
    /// Works the plan out.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus cannot be read.
    pub fn new(options: &MainOptions, started_at: &str) -> Result<Plan, String> {
        let corpus = match &options.pipeline.corpus {
            Some(path) => Corpus::read(path)?,
            None => Corpus::shipped(),
        };
        let whole_corpus = (corpus.len() as u64).div_ceil(options.texts);
        // The measured iterations go through the texts four times over, so that each quarter of the series has met the
        // same texts; a corpus that is larger than that is not gone through to its end.
        let cycle = whole_corpus.min((options.iters / 4).max(1));
        Ok(Plan {
            spec: Spec {
                kind: options.workload,
                texts: options.texts,
                cycle,
                seed: options.pipeline.seed,
                novel_words: options.novel_words,
                corpus: options.pipeline.corpus.clone(),
                model: options.pipeline.model.clone(),
                inject: options.inject,
                twin: options.twin,
            },
            loops: match options.zones {
                ZonesChoice::On => vec![Zones::On],
                ZonesChoice::Off => vec![Zones::Off],
                ZonesChoice::Both => vec![Zones::Off, Zones::On],
            },
            iterations: options.iters,
            warmup: options.warmup.unwrap_or(cycle),
            cycle,
            probes: options.probes.clone(),
            require: options.require.clone(),
            dhat_iterations: options.dhat_iters,
            valgrind_iterations: options.valgrind_iters,
            tool_timeout: options.tool_timeout,
            suppressions: options.suppressions.clone(),
            out: place::choose(&options.report, "", started_at),
            quiet: false,
        })
    }

    /// The progress of a phase of so many steps.
    pub fn progress(&self, name: impl Into<String>, steps: u64) -> Progress {
        if self.quiet {
            Progress::silent()
        } else {
            Progress::begin(name, steps, "iterations")
        }
    }

    /// Where what a child writes to standard error goes.
    pub fn log(&self, stem: &str) -> PathBuf {
        self.tool_file(stem, "err")
    }

    /// A file beside the report's own, for whoever wants to look closer.
    pub fn tool_file(&self, stem: &str, ending: &str) -> PathBuf {
        place::tool_file(&self.out, stem, ending)
    }

    /// A path as the report gives it: relative to the report's directory.
    pub fn relative(&self, file: &Path) -> String {
        let relative = file.strip_prefix(&self.out).unwrap_or(file);
        relative.to_string_lossy().into_owned()
    }

    /// Whether an instrument was asked for, or is required.
    pub fn wants(&self, instrument: Instrument) -> bool {
        self.probes.contains(&instrument) || self.require.contains(&instrument)
    }

    /// Whether the measured loops are run at all.
    pub fn measures_loops(&self) -> bool {
        self.wants(Instrument::Rss) || self.wants(Instrument::Heap)
    }

    /// Orders for a measured loop.
    pub fn measured(&self, zones: Zones) -> Orders {
        Orders {
            workload: self.spec.clone(),
            zones,
            warmup: self.warmup,
            iterations: self.iterations,
            dhat_file: None,
            plant_proof: false,
            records: None,
        }
    }

    /// Orders for a run of n or 10n iterations under a tool. Their texts come round after n: the shorter run sees all
    /// of them once and the longer ten times, so that what n and 10n differ by is nine times the same work.
    pub fn under_tool(&self, zones: Zones, n: u64, longer: bool) -> Orders {
        Orders {
            workload: Spec {
                cycle: n,
                ..self.spec.clone()
            },
            zones,
            warmup: 0,
            iterations: if longer { n * LONGER } else { n },
            dhat_file: None,
            plant_proof: false,
            records: None,
        }
    }

    /// The conditions of the loops, in this order.
    pub fn conditions(&self) -> Vec<Condition> {
        self.loops.iter().map(|zones| zones.condition()).collect()
    }

    /// The names of the conditions that nobody asked for.
    pub fn unmeasured(&self) -> Vec<String> {
        let left_out = Zones::ALL
            .iter()
            .filter(|zones| !self.loops.contains(zones));
        left_out.map(|zones| zones.phrase().to_owned()).collect()
    }

    /// The options in the summary's terms.
    pub fn options(&self) -> harness_model::Options {
        let names =
            |instruments: &[Instrument]| instruments.iter().map(|i| i.name().to_owned()).collect();
        harness_model::Options {
            command: std::env::args().collect(),
            iterations: self.iterations,
            warmup: self.warmup,
            probes: names(&self.probes),
            require: names(&self.require),
            seed: self.spec.seed,
            novel_words: self.spec.novel_words,
            inject: self.spec.planted(),
            corpus: place::shown(&self.spec.corpus),
            model: place::shown(&self.spec.model),
        }
    }

    /// The work in the summary's terms, as far as it is known before it is run.
    pub fn workload(&self) -> harness_model::Workload {
        harness_model::Workload {
            name: self.spec.kind.name().to_owned(),
            description: String::new(),
            subject: String::new(),
            texts_per_iteration: self.spec.texts,
            cycle: self.cycle,
        }
    }

    /// What is about to happen, in two lines.
    pub fn announcement(&self) -> Text {
        let Spec {
            texts, novel_words, ..
        } = self.spec;
        let work = match self.spec.kind {
            Kind::Parse => "parses",
            Kind::Words => "counts the words of",
        };
        let zones: Vec<&str> = self.loops.iter().map(|zones| zones.phrase()).collect();
        let mut tools = Vec::new();
        for (instrument, n) in [
            (Instrument::Dhat, self.dhat_iterations),
            (Instrument::Valgrind, self.valgrind_iterations),
        ] {
            if self.wants(instrument) {
                let name = instrument.name();
                tools.push(format!("{n} and {} iterations under {name}", n * LONGER));
            }
        }
        let loops = if self.measures_loops() {
            let warmup = self.warmup;
            format!(
                "{} iterations {}, after {warmup} to warm up",
                self.iterations,
                zones.join(" and again ")
            )
        } else {
            format!("No measured loop, {}", zones.join(" and "))
        };
        let fault = match self.spec.planted() {
            Some(fault) => format!(", with the fault {fault} planted"),
            None => String::new(),
        };
        let new = novel_words * 100.0;
        let tools = if tools.is_empty() {
            String::new()
        } else {
            format!("; then {}", tools.join(", "))
        };
        let mut text = Text::of_line(format_args!(
            "Each iteration {work} {texts} texts, {new}% of their words never seen before{fault}."
        ));
        text.line(format_args!("{loops}{tools}."));
        text
    }
}
