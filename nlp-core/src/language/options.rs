//! Which components of a pipeline are loaded, and which of them run.

use std::collections::HashSet;
use std::path::Path;

use super::Language;
use crate::error::Error;
use crate::files;

/// Parts of a pipeline that are no components, and that spaCy leaves out by the same option.
const PARTS: [&str; 5] = ["vocab", "tokenizer", "strings", "vectors", "lookups"];

/// How to load a pipeline: the arguments of `spacy.load`.
///
/// ```no_run
/// use nlp_core::LoadOptions;
///
/// let mut nlp = LoadOptions::new()
///     .exclude(["parser"])
///     .disable(["ner"])
///     .load("en_core_web_sm")?;
/// // Its configuration has a faster way to find sentences, and disables it beside the parser.
/// nlp.enable_pipe("senter")?;
/// # Ok::<(), nlp_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    exclude: Vec<String>,
    disable: Vec<String>,
    enable: Vec<String>,
}

impl LoadOptions {
    /// Loads all components, and runs those that the configuration does not disable.
    pub fn new() -> LoadOptions {
        LoadOptions::default()
    }

    /// Leaves these components out: their files are not read, and they may be of kinds that do not run.
    pub fn exclude<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> LoadOptions {
        self.exclude.extend(names.into_iter().map(Into::into));
        self
    }

    /// Loads these components, beside those that the configuration disables, without running them:
    /// [`Language::enable_pipe`] has them run later.
    pub fn disable<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> LoadOptions {
        self.disable.extend(names.into_iter().map(Into::into));
        self
    }

    /// Loads all components, and runs no other than these.
    pub fn enable<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> LoadOptions {
        self.enable.extend(names.into_iter().map(Into::into));
        self
    }

    /// Loads the pipeline that `source` names, as [`Language::load`] does.
    ///
    /// # Errors
    /// As [`Language::load`], and [`Error::Pipes`] if a component is to be enabled that is disabled too, by these options
    /// or by the configuration: as in spaCy it then takes [`Language::enable_pipe`].
    pub fn load(&self, source: impl AsRef<Path>) -> Result<Language, Error> {
        let files = files::open(source.as_ref())?;
        Language::from_files(&*files, self)
    }

    /// What this means for a `pipeline` whose configuration disables and enables these.
    pub(super) fn select<'a>(
        &'a self,
        pipeline: &[&'a str],
        disabled: &[&'a str],
        enabled: &[&'a str],
    ) -> Result<Selection<'a>, Error> {
        let set = |names: &'a [String]| names.iter().map(String::as_str).collect::<HashSet<_>>();
        let known: HashSet<&str> = pipeline.iter().copied().collect();
        let (excluded, enable) = (set(&self.exclude), set(&self.enable));
        for part in PARTS {
            if excluded.contains(part) && !known.contains(part) {
                let reason = format!(
                    "cannot exclude {part:?}, which is a part of the pipeline and no component: nlp-core loads all parts"
                );
                return Err(Error::Pipes { reason });
            }
        }
        let mut disable = set(&self.disable);
        disable.extend(disabled);
        for name in &self.enable {
            if disable.contains(name.as_str()) {
                let reason = match disabled.contains(&name.as_str()) {
                    true => format!(
                        "cannot enable {name:?} alone, which the pipeline's configuration disables: load it, and enable it then"
                    ),
                    false => format!("cannot both enable and disable {name:?}"),
                };
                return Err(Error::Pipes { reason });
            }
        }
        if !enable.is_empty() {
            disable.extend(pipeline.iter().filter(|name| !enable.contains(**name)));
        }
        let mut warnings = Vec::new();
        if !enable.is_empty() && enabled.iter().any(|name| !enable.contains(name)) {
            warnings.push(format!(
                "the pipeline's configuration enables {enabled:?}, of which some are not enabled now; others may need them"
            ));
        }
        for (what, names) in [
            ("exclude", &self.exclude),
            ("disable", &self.disable),
            ("enable", &self.enable),
        ] {
            for name in names.iter().filter(|name| !known.contains(name.as_str())) {
                warnings.push(format!(
                    "cannot {what} {name:?}: the pipeline's components are {}",
                    pipeline.join(", ")
                ));
            }
        }
        Ok(Selection {
            excluded,
            disabled: disable,
            warnings,
        })
    }
}

/// Which components of a pipeline are not loaded or do not run.
pub(super) struct Selection<'a> {
    excluded: HashSet<&'a str>,
    disabled: HashSet<&'a str>,
    warnings: Vec<String>,
}

impl Selection<'_> {
    pub fn is_excluded(&self, name: &str) -> bool {
        self.excluded.contains(name)
    }

    pub fn is_disabled(&self, name: &str) -> bool {
        self.disabled.contains(name)
    }

    pub fn into_warnings(self) -> Vec<String> {
        self.warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPELINE: [&str; 4] = ["tok2vec", "tagger", "senter", "ner"];

    /// What is disabled of the pipeline, whose configuration disables the senter.
    fn disabled(options: LoadOptions) -> Result<Vec<String>, String> {
        let selection = options.select(&PIPELINE, &["senter"], &[]);
        let selection = selection.map_err(|error| error.to_string())?;
        let names = PIPELINE.iter().filter(|name| selection.is_disabled(name));
        Ok(names.map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_disabled_is_added_to_what_the_configuration_disables() {
        assert_eq!(disabled(LoadOptions::new()).unwrap(), ["senter"]);
        let options = LoadOptions::new().disable(["ner"]).disable(["tagger"]);
        assert_eq!(disabled(options).unwrap(), ["tagger", "senter", "ner"]);
    }

    #[test]
    fn what_is_enabled_runs_alone() {
        let options = LoadOptions::new().enable(["tok2vec", "ner"]);
        assert_eq!(disabled(options).unwrap(), ["tagger", "senter"]);
    }

    #[test]
    fn what_is_enabled_and_disabled_is_an_error_whoever_disabled_it() {
        let both = LoadOptions::new().enable(["ner"]).disable(["ner"]);
        assert_eq!(
            disabled(both).unwrap_err(),
            "cannot both enable and disable \"ner\""
        );
        let error = disabled(LoadOptions::new().enable(["senter"])).unwrap_err();
        assert!(error.contains("configuration disables"), "{error}");
        // Nothing is enabled that is no component.
        assert!(disabled(LoadOptions::new().enable(["x"]).disable(["x"])).is_err());
    }

    #[test]
    fn a_part_that_is_no_component_is_not_left_out_silently() {
        let error = disabled(LoadOptions::new().exclude(["vectors"])).unwrap_err();
        assert!(error.contains("cannot exclude \"vectors\""), "{error}");
        let options = LoadOptions::new().exclude(["vectors"]);
        assert!(options.select(&["vectors"], &[], &[]).is_ok());
    }

    #[test]
    fn a_name_that_is_no_components_is_told() {
        let options = LoadOptions::new().exclude(["nre"]).enable(["tagger"]);
        let selection = options.select(&PIPELINE, &[], &["tagger", "ner"]).unwrap();
        let warnings = selection.into_warnings();
        assert!(
            warnings[0].contains("enables [\"tagger\", \"ner\"]"),
            "{warnings:?}"
        );
        assert_eq!(
            warnings[1],
            "cannot exclude \"nre\": the pipeline's components are tok2vec, tagger, senter, ner"
        );
    }
}
