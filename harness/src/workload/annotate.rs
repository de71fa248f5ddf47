//! The workload of a batch: a file of texts, annotated to another on threads, as `nlp annotate` does it.

use super::texts::Texts;
use super::{Description, Spec, Work, Workload, pipeline};
use crate::allocator::parts;
use crate::files::{self, Access};
use crate::workload::Zones;
use crate::workload::settled::settle;
use harness_model::StoreSample;
use harness_model::units::several;
use nlp_cli::annotate::{self, Follow, Hands, InputKind, Options, State, annotate};
use nlp_core::{Language, Owner};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// Threads that parse, begun and ended in each iteration.
const THREADS: usize = 2;
/// Bytes of a range: small, so that an iteration has several.
const RANGE: usize = 256;

/// Annotates files.
pub struct Annotate {
    texts: Texts,
    nlp: Language,
    subject: String,
    /// Where the files are: each iteration makes its own and takes them away.
    place: TempDir,
}

impl Annotate {
    /// Loads the pipeline and plants the fault that was asked for.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus or the pipeline cannot be read, the pipeline has no place for the fault, or
    /// there is no place for files.
    pub fn new(spec: &Spec) -> Result<Annotate, String> {
        let texts = Texts::new(spec)?;
        let (mut nlp, subject) = pipeline::load(spec.model.as_ref())?;
        if let Some(observer) = parts::observer() {
            nlp.observe(observer);
        }
        pipeline::plant_where_it_belongs(spec, &nlp)?;
        let place = TempDir::new()
            .map_err(|error| format!("no folder for temporary files can be made: {error}"))?;
        Ok(Annotate {
            texts,
            nlp,
            subject,
            place,
        })
    }

    fn annotate(&self, texts: &[String], zones: Zones) -> Result<Work, String> {
        let (input, output) = (self.file("texts.jsonl"), self.file("docs.jsonl"));
        let mut lines = Vec::new();
        for text in texts {
            let line = serde_json::json!({ "text": text });
            writeln!(lines, "{line}").expect("writing to memory does not fail");
        }
        files::replace(&input, &lines, Access::Private)
            .map_err(|error| format!("the texts cannot be written: {error}"))?;
        let options = Options {
            inputs: vec![input],
            input: Some(InputKind::Jsonl),
            out: Some(output),
            range_bytes: RANGE,
            zones: match zones {
                Zones::On => annotate::Zones::Batch,
                Zones::Off => annotate::Zones::None,
            },
            restart: true,
            ..Options::default()
        };
        let hands = Hands::Threads {
            nlp: &self.nlp,
            count: THREADS,
        };
        let mut problems = Problems::default();
        let summary = annotate(&options, &hands, &AtomicBool::new(false), &mut problems)
            .map_err(|failure| failure.to_string())?;
        match problems.first {
            Some(first) => Err(format!("a text cannot be annotated: {first}")),
            None => Ok(Work {
                words: summary.tokens,
            }),
        }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join(name)
    }
}

/// The first text that failed.
#[derive(Default)]
struct Problems {
    first: Option<String>,
}

impl Follow for Problems {
    fn problem(&mut self, _: &Path, line: u64, reason: &str) {
        self.first
            .get_or_insert_with(|| format!("line {line}: {reason}"));
    }

    fn warning(&mut self, _: &str) {}

    fn advanced(&mut self, _: &State) {}
}

impl Workload for Annotate {
    fn description(&self) -> Description {
        let texts = self.texts.per_iteration();
        Description {
            subject: self.subject.clone(),
            iteration: format!(
                "a file of {} annotated on {THREADS} threads",
                several(texts, "text")
            ),
        }
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        let texts = self.texts.of(iteration);
        let work = self.annotate(&texts, zones);
        drop(texts);
        // A scope ends before its threads have freed what they were started with.
        settle(|| true);
        work
    }

    fn stores(&self) -> Vec<StoreSample> {
        pipeline::stores(&self.nlp.memory_report(), Owner::Vocabulary)
    }
}
