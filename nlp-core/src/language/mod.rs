//! A loaded pipeline: from a directory that spaCy wrote to annotated documents.

mod earlier;
mod fingerprint;
#[cfg(test)]
mod fingerprint_tests;
mod load;
mod options;
mod phrases;
mod pipes;
mod run;
mod splitter;
mod version;

pub use options::LoadOptions;
pub use pipes::SelectedPipes;
use serde_json::Value;

use crate::doc::Doc;
use crate::error::Error;
use crate::format::config::Config;
use crate::frozen::frozen;
use crate::lang::Lang;
use crate::limits::Limits;
use crate::memory_report::MemoryReport;
use crate::parts::{Observed, Observer};
use crate::pipeline::{Component, Factory};
use crate::vocab::{Scope, Vocab};

use self::splitter::Splitter;

/// One step of the pipeline.
struct Step {
    name: String,
    factory: &'static Factory,
    /// The bytes of its files.
    bytes: u64,
    /// The bytes of memory that it takes.
    weight_bytes: usize,
    /// The widths of the tensor of an earlier one that it reads, if it reads one.
    listens: Vec<usize>,
    /// Whether it runs.
    enabled: bool,
    component: Box<dyn Component>,
}

frozen!(Step {
    name,
    factory,
    bytes,
    weight_bytes,
    listens,
    enabled,
    component
});

/// A pipeline: a tokenizer and the components that run after it, over one vocabulary.
///
/// Any number of threads may use it at once; what parsing adds to the vocabulary goes to a [`Zone`](crate::Zone), or without one to a
/// layer that grows.
///
/// # Parsing never changes what was loaded
/// There is one copy of the weights, and nothing in it can be written to: no component holds a cell, a lock or a cache,
/// as [`Language::fingerprint`] proves, which hashes all of it. What a network worked out of a word is kept beside them, in
/// a table whose memory is taken when the pipeline is loaded: finding it there makes no difference to any number.
///
/// A label that was not trained is never predicted. spaCy widens the output layer of a parser or an entity recogniser
/// while it predicts, where a document comes with labels of another component; here those labels belong to the batch,
/// can only confirm what the document says already, and are dropped with the batch. Files that disagree about the
/// labels (more of them than outputs, or fewer) are an error when the pipeline is loaded.
pub struct Language {
    vocab: Vocab,
    tokenizer: Splitter,
    steps: Vec<Step>,
    /// What whoever loaded the pipeline should know of it as a whole.
    warnings: Vec<String>,
    config: Config,
    meta: Value,
    /// The bytes of memory that the tokenizer takes.
    rule_bytes: usize,
    /// The bytes of memory that `config`, `meta` and `warnings` take.
    setting_bytes: usize,
    limits: Limits,
    observed: Observed,
}

impl Language {
    /// Every kind of component that runs: [`Language::load`] refuses others.
    pub fn factories() -> &'static [Factory] {
        Factory::all()
    }

    /// Every tokenizer that runs, by the name that a configuration has for it: [`Language::load`] refuses others. That of
    /// Vietnamese runs with `use_pyvi = false` alone.
    pub fn tokenizers() -> &'static [&'static str] {
        splitter::RUNS
    }

    /// Annotates `text` with every component of the pipeline. What is new in it stays in the vocabulary, as in spaCy:
    /// a service that sees new words forever should open a zone.
    ///
    /// # Errors
    /// If the text takes more than the [limits](Language::limits) allow, or a component panics.
    pub fn parse(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.parse_in(Scope::Shared(&self.vocab), text)
    }

    /// Annotates a batch of texts: each component runs over all of them at once, which is faster than one by one, and
    /// says the same. A text that fails, or on which a component panics, does not stop the others: they are then parsed
    /// one by one. All documents of the batch are in memory together.
    pub fn parse_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Result<Doc<'_>, Error>> {
        self.parse_batch_in(Scope::Shared(&self.vocab), texts)
    }

    /// Whether what is said of a text depends on the texts in the same batch. It never does, but for pipelines with
    /// `spacy.MishWindowEncoder`, which puts no padding between documents: there, as in spaCy's `nlp.pipe`, the ends of
    /// a text see its neighbours in the batch.
    pub fn depends_on_batch(&self) -> bool {
        self.enabled_steps()
            .any(|step| step.component.sees_neighbours())
    }

    /// Splits `text` into tokens and annotates nothing.
    ///
    /// # Errors
    /// As [`Language::parse`].
    pub fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.tokenize_in(Scope::Shared(&self.vocab), text)
    }

    /// Size and bound of each store of the pipeline: what was loaded, which never changes, and what documents made
    /// without a zone have added.
    pub fn memory_report(&self) -> MemoryReport {
        let mut report = MemoryReport::default();
        self.register_loaded(&mut report);
        self.vocab.register(&mut report);
        report
    }

    /// The vocabulary.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// The language that the pipeline was trained for.
    pub fn lang(&self) -> &'static Lang {
        self.vocab.lang()
    }

    /// The pipeline's `meta.json`; null where there is none.
    pub fn meta(&self) -> &Value {
        &self.meta
    }

    /// The pipeline's `config.cfg`.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Name and factory of each component, in the order they run; those that are [disabled](Language::disabled) among
    /// them.
    pub fn components(&self) -> impl Iterator<Item = (&str, &str)> {
        self.steps
            .iter()
            .map(|step| (step.name.as_str(), step.factory.name))
    }

    /// What to know of the pipeline, a sentence each: settings that were skipped, names that are no component's, a version
    /// of spaCy that is too new. spaCy warns of most of these, some of them while it runs.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        let of_steps = self.steps.iter().flat_map(|step| step.component.warnings());
        self.warnings.iter().chain(of_steps).map(String::as_str)
    }

    /// The labels of a component; `None` if the pipeline has no such component.
    pub fn labels(&self, name: &str) -> Option<Vec<String>> {
        self.steps
            .iter()
            .find(|step| step.name == name)
            .map(|step| step.component.labels())
    }

    /// The bytes of the files that a component was loaded from; `None` if the pipeline has no such component.
    pub fn file_bytes(&self, name: &str) -> Option<u64> {
        let step = self.steps.iter().find(|step| step.name == name)?;
        Some(step.bytes)
    }

    /// What a text may take, unless its zone has limits of its own.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sets what a text may take.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The most code points of a text that is accepted: spaCy's `nlp.max_length`. It is one of the
    /// [limits](Language::limits).
    pub fn max_length(&self) -> usize {
        self.limits.chars
    }

    /// Sets the most code points of a text that is accepted, and leaves the other limits as they are.
    pub fn set_max_length(&mut self, max_length: usize) {
        self.limits.chars = max_length;
    }

    /// Has `observer` stand around the work of each [part](crate::Part) of the pipeline from now on, in place of the one
    /// that did before. Without an observer this costs nothing.
    ///
    /// ```
    /// use nlp_core::{Observer, Part};
    ///
    /// struct Says;
    ///
    /// impl Observer for Says {
    ///     fn around(&self, part: Part<'_>, work: &mut dyn FnMut()) {
    ///         let began = std::time::Instant::now();
    ///         work();
    ///         println!("{:15} {:?}", part.name(), began.elapsed());
    ///     }
    /// }
    ///
    /// let mut nlp = nlp_core::models::english()?;
    /// nlp.observe(Box::new(Says));
    /// nlp.parse("Where does the time go?")?;
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observed = Observed::by(observer);
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.pipeline().map(|(name, _)| name).collect();
        f.debug_struct("Language")
            .field("lang", &self.lang().code())
            .field("pipeline", &names)
            .finish_non_exhaustive()
    }
}
