//! From the files of a pipeline to a [`Language`].

use std::cell::Cell;
use std::collections::HashSet;
use std::path::{Component, Path};

use serde_json::Value;

use super::options::LoadOptions;
use super::{Language, Step, pipes, version};
use crate::error::{Error, FormatError};
use crate::files::PipelineFiles;
use crate::format::config::Config;
use crate::format::lookups::Lookups;
use crate::format::vectors::{self, Vectors};
use crate::format::{self, strings};
use crate::frozen::Walk;
use crate::lang::Lang;
use crate::limits::Limits;
use crate::parts::Observed;
use crate::pipeline::{Factory, Source};
use crate::tokenizer::Tokenizer;
use crate::vocab::Vocab;

impl Language {
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
        let norms: Result<Vec<u64>, FormatError> = tokenizer
            .norms()
            .iter()
            .map(|norm| vocab.add_label(norm))
            .collect();
        let norms = norms.map_err(|e| e.in_file(&path))?;
        let (steps, mut warnings) = load_steps(&config, nlp, files, &mut vocab, options)?;
        let meta = match files.exists("meta.json") {
            false => Value::Null,
            true => format::json(&files.read("meta.json")?)
                .map_err(|e| e.in_file(&files.path("meta.json")))?,
        };
        warnings.extend(version::warning(&meta));
        Ok(Language {
            rule_bytes: Walk::over(&tokenizer).bytes(),
            setting_bytes: Walk::over(&((&config, &meta), (&norms, &warnings))).bytes(),
            vocab,
            tokenizer,
            norms,
            steps,
            warnings,
            config,
            meta,
            limits: Limits::default(),
            observed: Observed::default(),
        })
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
    // A pipeline without any of these files has a vocabulary of its language alone.
    if ["strings.json", "lookups.bin", "vectors", "key2row"]
        .iter()
        .any(|name| files.exists(&format!("vocab/{name}")))
    {
        let path = files.path("vocab/strings.json");
        let strings = strings::read(&files.read("vocab/strings.json")?);
        for string in strings.map_err(|e| e.in_file(&path))? {
            vocab.add_permanent(&string);
        }
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
        let mut source = Source {
            name,
            config: block,
            files,
            vocab,
            bytes: Cell::new(0),
        };
        let (factory, component) = Factory::load(factory, &mut source)?;
        steps.push(Step {
            name: (*name).to_owned(),
            factory,
            bytes: source.bytes.get(),
            weight_bytes: Walk::over(&component).bytes(),
            listens: source.listens(),
            enabled: !selection.is_disabled(name),
            component,
        });
    }
    pipes::check_tensors(&steps).map_err(fault)?;
    Ok((steps, selection.into_warnings()))
}
