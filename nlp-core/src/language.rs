//! A loaded pipeline: from a directory that spaCy wrote to annotated documents.

use std::cell::Cell;
use std::path::Path;

use serde_json::Value;

use crate::doc::{Doc, TokenData};
use crate::error::{Error, FormatError};
use crate::files::{Directory, PipelineFiles};
use crate::format::config::Config;
use crate::format::lookups::Lookups;
use crate::format::vectors::{self, Vectors};
use crate::format::{self, strings};
use crate::lang::Lang;
use crate::pipeline::{self, Component, Source};
use crate::pos::Pos;
use crate::tokenizer::Tokenizer;
use crate::vocab::{Scope, Store, Vocab};
use crate::zone::Zone;

/// The most code points of a text that is accepted unless told otherwise: spaCy's `nlp.max_length`.
pub const MAX_LENGTH: usize = 1_000_000;

/// One step of the pipeline.
struct Step {
    name: String,
    factory: String,
    /// The bytes of its files.
    bytes: u64,
    component: Box<dyn Component>,
}

/// A pipeline: a tokenizer and the components that run after it, over one vocabulary.
///
/// It never changes once it is loaded, and any number of threads may use it at once; what parsing adds to the
/// vocabulary goes to a [`Zone`], or without one to a layer that grows.
pub struct Language {
    vocab: Vocab,
    tokenizer: Tokenizer,
    /// The string id of each norm that the tokenizer's special cases give.
    norms: Vec<u64>,
    steps: Vec<Step>,
    config: Config,
    meta: Value,
    max_length: usize,
}

impl Language {
    /// Loads the pipeline in `dir`, as `spacy train` or `nlp.to_disk` wrote it.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Format`] for files that are missing or are not what spaCy writes, and
    /// [`Error::Unsupported`] for components, architectures and settings that nlp-core does not run. Each names the
    /// file.
    pub fn load(dir: impl AsRef<Path>) -> Result<Language, Error> {
        Language::from_files(&Directory(dir.as_ref()))
    }

    pub(crate) fn from_files(files: &dyn PipelineFiles) -> Result<Language, Error> {
        let config_path = files.path("config.cfg");
        let in_config = |e: FormatError| e.in_file(&config_path);
        let config = Config::parse(&files.read_text("config.cfg")?).map_err(in_config)?;
        let nlp = config
            .get("nlp")
            .ok_or_else(|| in_config(FormatError::new("has no section [nlp]")))?;
        check_nlp_block(nlp, &config_path)?;
        let code = nlp.get("lang").and_then(Value::as_str);
        let code = code.ok_or_else(|| in_config(FormatError::new("[nlp] names no lang")))?;
        let lang = Lang::get(code).ok_or_else(|| Error::Unsupported {
            component: "nlp".into(),
            feature: format!("the language \"{code}\""),
            path: config_path.clone(),
        })?;

        let mut vocab = load_vocab(lang, files)?;
        let path = files.path("tokenizer");
        let tokenizer =
            Tokenizer::from_bytes(&files.read("tokenizer")?).map_err(|e| e.in_file(&path))?;
        for case in tokenizer.special_cases() {
            let mut start = 0;
            for cut in case.cuts {
                vocab.add_permanent_lexeme(&case.text[start..cut.end as usize]);
                start = cut.end as usize;
            }
        }
        let norms = tokenizer
            .norms()
            .iter()
            .map(|norm| vocab.add_permanent(norm))
            .collect();
        let steps = load_steps(&config, nlp, files, &mut vocab)?;
        let meta = match files.exists("meta.json") {
            false => Value::Null,
            true => format::json(&files.read("meta.json")?)
                .map_err(|e| e.in_file(&files.path("meta.json")))?,
        };
        Ok(Language {
            vocab,
            tokenizer,
            norms,
            steps,
            config,
            meta,
            max_length: MAX_LENGTH,
        })
    }

    /// Annotates `text` with every component of the pipeline. What is new in it stays in the vocabulary, as in spaCy:
    /// a service that sees new words forever should open a zone.
    ///
    /// # Errors
    /// If the text is longer than [`Language::max_length`].
    pub fn parse(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.parse_in(Scope::Shared(&self.vocab), text)
    }

    /// Annotates a batch of texts: each component runs over all of them at once, which is faster than one by one, and
    /// says the same. A text that fails does not stop the others. All documents of the batch are in memory together.
    pub fn parse_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Result<Doc<'_>, Error>> {
        self.parse_batch_in(Scope::Shared(&self.vocab), texts)
    }

    /// Whether what is said of a text depends on the texts in the same batch. It never does, but for pipelines with
    /// `spacy.MishWindowEncoder`, which puts no padding between documents: there, as in spaCy's `nlp.pipe`, the ends of
    /// a text see its neighbours in the batch.
    pub fn depends_on_batch(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.component.sees_neighbours())
    }

    /// Splits `text` into tokens and annotates nothing.
    ///
    /// # Errors
    /// As [`Language::parse`].
    pub fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.tokenize_in(Scope::Shared(&self.vocab), text)
    }

    /// Runs `work` with a zone, and frees all that the zone holds at the end, also if `work` panics. Nothing that
    /// borrows the zone can leave:
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let nouns: Vec<String> = nlp.memory_zone(|zone| {
    ///     let doc = zone.parse("A service sees strange wrods every day.")?;
    ///     Ok::<_, nlp_core::Error>(doc.tokens().filter(|t| t.tag() == "NN").map(|t| t.text().to_owned()).collect())
    /// })?;
    /// assert_eq!(nouns[0], "service");
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn memory_zone<R>(&self, work: impl FnOnce(&Zone<'_>) -> R) -> R {
        work(&self.zone())
    }

    /// Opens a zone that lives until it is dropped.
    pub fn zone(&self) -> Zone<'_> {
        Zone::open(self)
    }

    /// Length and bytes of each store of the vocabulary that grows when documents are made without a zone.
    pub fn stores(&self) -> Vec<Store> {
        self.vocab.shared_stores()
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

    /// Name and factory of each component, in the order they run.
    pub fn components(&self) -> impl Iterator<Item = (&str, &str)> {
        self.steps
            .iter()
            .map(|step| (step.name.as_str(), step.factory.as_str()))
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

    /// The most code points of a text that is accepted: [`MAX_LENGTH`] unless it was set.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Sets the most code points of a text that is accepted. The parser and the entity recogniser need a few kilobytes
    /// a token while they run.
    pub fn set_max_length(&mut self, max_length: usize) {
        self.max_length = max_length;
    }

    pub(crate) fn parse_in<'v>(&'v self, scope: Scope<'v>, text: &str) -> Result<Doc<'v>, Error> {
        let mut docs = [self.tokenize_in(scope, text)?];
        self.annotate(scope, &mut docs);
        let [doc] = docs;
        Ok(doc)
    }

    pub(crate) fn parse_batch_in<'v, T: AsRef<str>>(
        &'v self,
        scope: Scope<'v>,
        texts: &[T],
    ) -> Vec<Result<Doc<'v>, Error>> {
        let mut docs = Vec::with_capacity(texts.len());
        let mut failed = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            match self.tokenize_in(scope, text.as_ref()) {
                Ok(doc) => docs.push(doc),
                Err(error) => failed.push((i, error)),
            }
        }
        self.annotate(scope, &mut docs);
        let mut results: Vec<_> = docs.into_iter().map(Ok).collect();
        // Positions ascend, so that each error lands where its text stood.
        failed
            .into_iter()
            .for_each(|(i, error)| results.insert(i, Err(error)));
        results
    }

    pub(crate) fn tokenize_in<'v>(
        &'v self,
        scope: Scope<'v>,
        text: &str,
    ) -> Result<Doc<'v>, Error> {
        // A text has at most as many code points as bytes: counting is for those that might be too long.
        if text.len() > self.max_length {
            let chars = text.chars().count();
            if chars > self.max_length {
                return Err(Error::TextTooLong {
                    chars,
                    limit: self.max_length,
                });
            }
        }
        let tokens = scope.with(|interner| {
            let mut pieces = Vec::new();
            self.tokenizer
                .tokenize(text, interner, &mut pieces)
                .map_err(Error::Tokenize)?;
            let mut tokens = Vec::with_capacity(pieces.len());
            let mut idx = 0;
            for (i, piece) in pieces.iter().enumerate() {
                let lexeme = interner.lexeme(&text[piece.start as usize..piece.end as usize]);
                let norm = piece
                    .norm
                    .and_then(|norm| scope.label(self.norms[norm.index()]));
                tokens.push(TokenData {
                    lexeme,
                    norm,
                    tag: None,
                    morph: None,
                    lemma: None,
                    dep: None,
                    ent_type: None,
                    idx,
                    start: piece.start,
                    head: 0,
                    left_kids: 0,
                    right_kids: 0,
                    left_edge: i as u32,
                    right_edge: i as u32,
                    pos: Pos::NoTag,
                    space: piece.space,
                    sent_start: i8::from(i == 0 && !piece.rewritten),
                    ent_iob: 0,
                });
                idx += lexeme.length + u32::from(piece.space);
            }
            Ok::<_, Error>(tokens)
        })?;
        Ok(Doc::new(&self.vocab, text, tokens))
    }

    fn annotate<'v>(&'v self, scope: Scope<'v>, docs: &mut [Doc<'v>]) {
        if docs.iter().all(Doc::is_empty) {
            return;
        }
        for step in &self.steps {
            step.component.annotate(docs, scope);
        }
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.components().map(|(name, _)| name).collect();
        f.debug_struct("Language")
            .field("lang", &self.lang().code())
            .field("pipeline", &names)
            .finish_non_exhaustive()
    }
}

/// Refuses what would make the pipeline another than the one that is written: other tokenizers, and code that Python
/// runs while it loads.
fn check_nlp_block(nlp: &Value, path: &Path) -> Result<(), Error> {
    let unsupported = |component: &str, feature: String| {
        Err(Error::Unsupported {
            component: component.into(),
            feature,
            path: path.to_path_buf(),
        })
    };
    let registered = |key: &str, at: &str| nlp.get(key).and_then(|block| block.get(at)).cloned();
    if let Some(tokenizer) = registered("tokenizer", "@tokenizers")
        && tokenizer != "spacy.Tokenizer.v1"
    {
        return unsupported("nlp.tokenizer", format!("the tokenizer {tokenizer}"));
    }
    if let Some(vectors) = registered("vectors", "@vectors")
        && vectors != "spacy.Vectors.v1"
    {
        return unsupported("nlp.vectors", format!("the vectors {vectors}"));
    }
    for hook in [
        "before_creation",
        "after_creation",
        "after_pipeline_creation",
    ] {
        if nlp.get(hook).is_some_and(|hook| !hook.is_null()) {
            return unsupported("nlp", format!("the hook \"{hook}\""));
        }
    }
    Ok(())
}

fn load_vocab(lang: &'static Lang, files: &dyn PipelineFiles) -> Result<Vocab, Error> {
    let mut lexeme_norms = None;
    if files.exists("vocab/lookups.bin") {
        let path = files.path("vocab/lookups.bin");
        let lookups =
            Lookups::read(&files.read("vocab/lookups.bin")?).map_err(|e| e.in_file(&path))?;
        lexeme_norms = lookups.table("lexeme_norm").cloned();
    }
    let mut vocab = Vocab::new(lang, lexeme_norms.unwrap_or_default());
    let path = files.path("vocab/strings.json");
    for string in strings::read(&files.read("vocab/strings.json")?).map_err(|e| e.in_file(&path))? {
        vocab.add_permanent(&string);
    }
    check_vectors(files)?;
    Ok(vocab)
}

/// Reads the pipeline's word vectors, which no component that runs looks at, to say where they are damaged: files that
/// were cut short or swapped are not let through because nobody happens to need them.
fn check_vectors(files: &dyn PipelineFiles) -> Result<(), Error> {
    let mut rows = 0;
    for name in ["vocab/vectors.cfg", "vocab/vectors", "vocab/key2row"] {
        if !files.exists(name) {
            continue;
        }
        let bytes = files.read(name)?;
        let read = match name {
            "vocab/vectors.cfg" => vectors::read_mode(&bytes).map(drop),
            "vocab/vectors" => Vectors::read(&bytes).map(|vectors| rows = vectors.rows),
            _ => vectors::read_key2row(&bytes, rows).map(drop),
        };
        read.map_err(|e| e.in_file(&files.path(name)))?;
    }
    Ok(())
}

fn load_steps(
    config: &Config,
    nlp: &Value,
    files: &dyn PipelineFiles,
    vocab: &mut Vocab,
) -> Result<Vec<Step>, Error> {
    let path = files.path("config.cfg");
    let names = |key: &str| -> Result<Vec<&str>, Error> {
        let Some(list) = nlp.get(key) else {
            return Ok(Vec::new());
        };
        let names = list
            .as_array()
            .and_then(|list| list.iter().map(Value::as_str).collect());
        names.ok_or_else(|| {
            FormatError::new(format!("[nlp] {key} is no list of names")).in_file(&path)
        })
    };
    let disabled = names("disabled")?;
    let mut steps: Vec<Step> = Vec::new();
    for name in names("pipeline")? {
        let section = format!("components.{name}");
        let block = config.get(&section);
        let factory = block
            .and_then(|block| block.get("factory"))
            .and_then(Value::as_str);
        let (Some(block), Some(factory)) = (block, factory) else {
            return Err(FormatError::new(format!("[{section}] names no factory")).in_file(&path));
        };
        if disabled.contains(&name) {
            continue;
        }
        let mut source = Source {
            name,
            config: block,
            files,
            vocab,
            bytes: Cell::new(0),
        };
        let component = pipeline::load(factory, &mut source)?;
        steps.push(Step {
            name: name.to_owned(),
            factory: factory.to_owned(),
            bytes: source.bytes.get(),
            component,
        });
    }
    Ok(steps)
}
