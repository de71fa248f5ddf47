//! From the files of a pipeline to a [`Language`].

use std::cell::Cell;
use std::collections::HashSet;
use std::path::{Component, Path};

use serde_json::Value;

use super::earlier::Before;
use super::options::LoadOptions;
use super::splitter::Splitter;
use super::{Language, Step, pipes, version};
use crate::error::{Error, FormatError};
use crate::files::PipelineFiles;
use crate::format::config::Config;
use crate::format::key_rows::KeyRows;
use crate::format::lookups::Lookups;
use crate::format::npy::Table;
use crate::format::vectors::Settings;
use crate::format::{self, strings};
use crate::frozen::Walk;
use crate::lang::Lang;
use crate::limits::Limits;
use crate::parts::Observed;
use crate::pipeline::{Factory, Source};
use crate::vocab::{Batch, Vectors, Vocab};

impl Language {
    /// Loads the pipeline that `source` names:
    /// - a directory, as `spacy train` or `nlp.to_disk` wrote it;
    /// - a wheel, a zip archive or a `.tar.gz`, as `spacy download` or `pip download` fetches them. They are read in
    ///   place, and nothing is unpacked to disk;
    /// - an installed package: `"en_core_web_sm"`.
    ///
    /// A name of letters, digits, `_` and `-` is first looked for among the installed packages, as `spacy.load` does,
    /// and is else a file or directory; `"./en_core_web_sm"` is nothing but that. Python does not run: packages are
    /// looked for in `PYTHONPATH`, the active virtual environment (`VIRTUAL_ENV`), conda's (`CONDA_PREFIX`), that of the
    /// `python3` on `PATH`, the user's and the system's `site-packages`, the newest version of Python first.
    ///
    /// Large tables of numbers (word vectors, a knowledge base) stay in their files, which are mapped: what nobody looks at
    /// takes no memory, and processes share the rest. Do not write to the files of a pipeline that is loaded; replace
    /// them by a rename.
    ///
    /// # Errors
    /// [`Error::NotFound`], which says where a package was looked for; [`Error::Read`] and [`Error::Format`] for files that are missing or are not what spaCy writes, and
    /// [`Error::Unsupported`] for components, architectures and settings that nlp-core does not run. Each names the
    /// file.
    pub fn load(source: impl AsRef<Path>) -> Result<Language, Error> {
        LoadOptions::new().load(source)
    }

    pub(crate) fn from_files(
        files: &dyn PipelineFiles,
        options: &LoadOptions,
    ) -> Result<Language, Error> {
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
            disabled: false,
        })?;

        let mut vocab = load_vocab(lang, files)?;
        let (tokenizer, note) = Splitter::load(nlp, &config_path, files, &mut vocab)?;
        let (steps, mut warnings) =
            load_steps(&config, nlp, files, &mut vocab, &tokenizer, options)?;
        warnings.extend(note);
        let meta = match files.exists("meta.json") {
            false => Value::Null,
            true => format::json(&files.read("meta.json")?)
                .map_err(|e| e.in_file(&files.path("meta.json")))?,
        };
        warnings.extend(version::warning(&meta));
        Ok(Language {
            rule_bytes: Walk::measure(&tokenizer),
            setting_bytes: Walk::measure(&((&config, &meta), &warnings)),
            vocab,
            tokenizer,
            steps,
            warnings,
            config,
            meta,
            limits: Limits::default(),
            observed: Observed::default(),
        })
    }
}

/// Refuses what would make the pipeline another than the one that is written: code that Python
/// runs while it loads.
fn check_nlp_block(nlp: &Value, path: &Path) -> Result<(), Error> {
    let unsupported = |component: &str, feature: String| {
        Err(Error::Unsupported {
            component: component.into(),
            feature,
            path: path.to_path_buf(),
            disabled: false,
        })
    };
    let registered = |key: &str, at: &str| nlp.get(key).and_then(|block| block.get(at)).cloned();
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
        let mut lookups =
            Lookups::read(&files.read("vocab/lookups.bin")?).map_err(|e| e.in_file(&path))?;
        lexeme_norms = lookups.take("lexeme_norm");
    }
    let mut vocab = Vocab::new(lang, lexeme_norms.unwrap_or_default());
    // A pipeline without any of these files has a vocabulary of its language alone.
    if ["strings.json", "lookups.bin", "vectors", "key2row"]
        .iter()
        .any(|name| files.exists(&format!("vocab/{name}")))
    {
        let path = files.path("vocab/strings.json");
        let list = files.read("vocab/strings.json")?;
        let mut batch = Batch::new(&mut vocab, strings::most(&list));
        strings::read(&list, |string| batch.add(string)).map_err(|e| e.in_file(&path))?;
        batch.finish();
    }
    vocab.set_vectors(load_vectors(files)?);
    Ok(vocab)
}

/// The pipeline's word vectors. The table is mapped, and not looked at.
fn load_vectors(files: &dyn PipelineFiles) -> Result<Vectors, Error> {
    let (table, keys, cfg) = ("vocab/vectors", "vocab/key2row", "vocab/vectors.cfg");
    let settings = match files.exists(cfg) {
        false => Settings::default(),
        true => Settings::read(&files.read(cfg)?).map_err(|e| e.in_file(&files.path(cfg)))?,
    };
    let table = match files.exists(table) {
        false => Table::default(),
        true => Table::read(files.map(table)?).map_err(|e| e.in_file(&files.path(table)))?,
    };
    let rows = match files.exists(keys) {
        false => KeyRows::default(),
        true => KeyRows::read(&files.read(keys)?, table.rows())
            .map_err(|e| e.in_file(&files.path(keys)))?,
    };
    Vectors::new(table, rows, settings).map_err(|e| e.in_file(&files.path(cfg)))
}

/// Whether the files of a component with this name are in the pipeline's directory.
fn is_inside(name: &str) -> bool {
    // One part, and nothing but it: `ner/` is the folder of `ner` by another name.
    let mut parts = Path::new(name).components();
    matches!(parts.next(), Some(Component::Normal(part)) if part == name) && parts.next().is_none()
}

fn load_steps(
    config: &Config,
    nlp: &Value,
    files: &dyn PipelineFiles,
    vocab: &mut Vocab,
    tokenizer: &Splitter,
    options: &LoadOptions,
) -> Result<(Vec<Step>, Vec<String>), Error> {
    let path = files.path("config.cfg");
    let fault = |reason: String| FormatError::new(reason).in_file(&path);
    let names = |key: &str| -> Result<Vec<&str>, Error> {
        let Some(list) = nlp.get(key).filter(|list| !list.is_null()) else {
            return Ok(Vec::new());
        };
        let names = list
            .as_array()
            .and_then(|list| list.iter().map(Value::as_str).collect());
        names.ok_or_else(|| fault(format!("[nlp] {key} is no list of names")))
    };
    let batch_size = nlp.get("batch_size").and_then(Value::as_u64);
    let pipeline = names("pipeline")?;
    let selection = options.select(&pipeline, &names("disabled")?, &names("enabled")?)?;
    let mut steps: Vec<Step> = Vec::new();
    let mut seen = HashSet::new();
    for name in &pipeline {
        if !seen.insert(name) {
            return Err(fault(format!(
                "[nlp] pipeline names component {name:?} twice: give each a name of its own"
            )));
        }
        let section = format!("components.{name}");
        let block = config.get(&section);
        let factory = block
            .and_then(|block| block.get("factory"))
            .and_then(Value::as_str);
        if selection.is_excluded(name) && block.is_some() {
            continue;
        }
        let (Some(block), Some(factory)) = (block, factory) else {
            return Err(fault(format!("[{section}] names no factory")));
        };
        if !is_inside(name) {
            return Err(fault(format!(
                "component {name:?} would have its files outside of the pipeline's directory: give it another name"
            )));
        }
        let before = Before {
            tokenizer,
            steps: &steps,
            batch_size: batch_size.unwrap_or(1000) as usize,
        };
        let mut source = Source {
            name,
            config: block,
            files,
            vocab,
            earlier: &before,
            bytes: Cell::new(0),
        };
        let loaded = Factory::load(factory, &mut source);
        let (factory, component) = loaded.map_err(|mut error| {
            if let Error::Unsupported { disabled, .. } = &mut error {
                *disabled = selection.is_disabled(name);
            }
            error
        })?;
        let (bytes, listens) = (source.bytes.get(), source.listens());
        for table in Walk::tables(&component) {
            vocab.keep_words(table);
        }
        steps.push(Step {
            name: (*name).to_owned(),
            factory,
            bytes,
            weight_bytes: Walk::measure(&component),
            listens,
            enabled: !selection.is_disabled(name),
            component,
        });
    }
    pipes::check_tensors(&steps).map_err(fault)?;
    Ok((steps, selection.into_warnings()))
}
