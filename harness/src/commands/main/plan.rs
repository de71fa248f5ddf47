//! What the main job will do, worked out from its spec before anything is run.

use crate::child::Orders;
use crate::commands::main::spec::{FEWEST, LONGER, LoopSpec};
use crate::engine::place;
use crate::engine::progress::Progress;
use crate::workload::Zones;
use crate::workload::corpus::Corpus;
use crate::workload::{Kind, Spec};
use harness_model::units::several;
use harness_model::{Condition, Instrument};
use printable::Text;
use std::path::{Path, PathBuf};

/// The job, with what depends on the texts worked out.
pub struct Plan {
    /// What was asked for.
    pub spec: LoopSpec,
    /// The loops to run, in this order.
    pub loops: Vec<Zones>,
    /// Iterations before the measured ones.
    pub warmup: u64,
    /// Iterations after which the texts come round again.
    pub cycle: u64,
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
    pub fn new(spec: &LoopSpec, out: PathBuf) -> Result<Plan, String> {
        let corpus = match &spec.pipeline.corpus {
            Some(path) => Corpus::read(path)?,
            None => Corpus::shipped(),
        };
        let whole_corpus = (corpus.len() as u64).div_ceil(spec.texts);
        // The measured iterations go through the texts four times over, so that each quarter of the series has met the
        // same texts; a corpus that is larger than that is not gone through to its end.
        let cycle = whole_corpus.min((spec.iters / 4).max(1));
        Ok(Plan {
            spec: spec.clone(),
            loops: spec.zones.loops().to_vec(),
            warmup: spec.warmup.unwrap_or(cycle),
            cycle,
            out,
            quiet: false,
        })
    }

    /// The work as a child is told it, whose texts come round after so many iterations.
    fn work(&self, cycle: u64) -> Spec {
        let spec = &self.spec;
        Spec {
            kind: spec.workload,
            texts: spec.texts,
            cycle,
            seed: spec.pipeline.seed,
            novel_words: spec.novel_words,
            corpus: spec.pipeline.corpus.clone(),
            model: spec.pipeline.model(),
            inject: spec.inject,
            twin: spec.twin,
        }
    }

    /// The name of the fault that is planted, if any.
    fn planted(&self) -> Option<String> {
        self.work(self.cycle).planted()
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

    /// The folder of such files.
    pub fn tools(&self) -> PathBuf {
        self.out.join(place::TOOLS)
    }

    /// A path as the report gives it: relative to the report's directory.
    pub fn relative(&self, file: &Path) -> String {
        let relative = file.strip_prefix(&self.out).unwrap_or(file);
        relative.to_string_lossy().into_owned()
    }

    /// Whether an instrument was asked for, or is required.
    pub fn wants(&self, instrument: Instrument) -> bool {
        self.spec.wants(instrument)
    }

    /// Whether the measured loops are run at all.
    pub fn measures_loops(&self) -> bool {
        self.wants(Instrument::Rss) || self.wants(Instrument::Heap)
    }

    /// Orders for a measured loop.
    pub fn measured(&self, zones: Zones) -> Orders {
        Orders {
            workload: self.work(self.cycle),
            zones,
            warmup: self.warmup,
            iterations: self.spec.iters,
            dhat_file: None,
            plant_proof: false,
            records: None,
        }
    }

    /// Orders for a run of n or 10n iterations under a tool. Their texts come round after n: the shorter run sees all
    /// of them once and the longer ten times, so that what n and 10n differ by is nine times the same work.
    pub fn under_tool(&self, zones: Zones, n: u64, longer: bool) -> Orders {
        Orders {
            workload: self.work(n),
            warmup: 0,
            iterations: if longer { n * LONGER } else { n },
            ..self.measured(zones)
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
            iterations: self.spec.iters,
            warmup: self.warmup,
            probes: names(&self.spec.probes),
            require: names(&self.spec.require),
            seed: self.spec.pipeline.seed,
            novel_words: self.spec.novel_words,
            inject: self.planted(),
            corpus: place::shown(&self.spec.pipeline.corpus),
            model: self.spec.pipeline.model().as_ref().map(ToString::to_string),
        }
    }

    /// The work in the summary's terms, as far as it is known before it is run.
    pub fn workload(&self) -> harness_model::Workload {
        harness_model::Workload {
            name: self.spec.workload.name().to_owned(),
            description: String::new(),
            subject: String::new(),
            texts_per_iteration: self.spec.texts,
            cycle: self.cycle,
        }
    }

    /// What is about to happen, in two lines.
    pub fn announcement(&self) -> Text {
        let LoopSpec {
            texts, novel_words, ..
        } = self.spec;
        let work = match self.spec.workload {
            Kind::Parse => "parses",
            Kind::Pipe => "streams",
            Kind::Annotate => "annotates a file of",
            Kind::Serve => "has a service parse",
            Kind::Words => "counts the words of",
        };
        let zones: Vec<&str> = self.loops.iter().map(|zones| zones.phrase()).collect();
        let mut tools = Vec::new();
        for (instrument, n) in [
            (Instrument::Dhat, self.spec.dhat_n()),
            (Instrument::Valgrind, self.spec.valgrind_n()),
            (Instrument::Scan, self.spec.scan_n()),
        ] {
            if self.wants(instrument) {
                let name = instrument.name();
                tools.push(format!(
                    "{n} and {} under {name}",
                    several(n * LONGER, "iteration")
                ));
            }
        }
        let loops = if self.measures_loops() {
            let warmup = self.warmup;
            format!(
                "{} {}, after {warmup} to warm up",
                several(self.spec.iters, "iteration"),
                zones.join(" and again ")
            )
        } else {
            format!("No measured loop, {}", zones.join(" and "))
        };
        let fault = match self.planted() {
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
            "Each iteration {work} {}, {new}% of the words never seen before{fault}.",
            several(texts, "text")
        ));
        text.line(format_args!("{loops}{tools}."));
        if self.spec.iters < FEWEST {
            text.line(format_args!(
                "A smoke test: it shows that all of it runs. What grows slowly takes more, such as --iters 1000."
            ));
        }
        text
    }
}
