//! Components that are loaded and do not run, and how they come to.

use std::ops::Deref;

use super::{Language, Step};
use crate::error::Error;

impl Language {
    /// The components that run.
    pub(super) fn enabled_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.enabled)
    }

    /// Name and factory of each component that runs, in the order they run: spaCy's `nlp.pipeline`.
    pub fn pipeline(&self) -> impl Iterator<Item = (&str, &str)> {
        self.enabled_steps()
            .map(|step| (step.name.as_str(), step.factory.name))
    }

    /// The names of the components that are loaded and do not run, in their order.
    pub fn disabled(&self) -> impl Iterator<Item = &str> {
        let steps = self.steps.iter().filter(|step| !step.enabled);
        steps.map(|step| step.name.as_str())
    }

    /// Has a component run that was disabled. Nothing changes if it runs already.
    ///
    /// # Errors
    /// [`Error::Pipes`] if there is no such component, or if it reads a tensor that one before it has dropped.
    pub fn enable_pipe(&mut self, name: &str) -> Result<(), Error> {
        self.switch(name, true)
    }

    /// Has a component run no more: it stays loaded. What listens to a `tok2vec` that is disabled reads zeros, as in
    /// spaCy.
    ///
    /// # Errors
    /// As [`Language::enable_pipe`].
    pub fn disable_pipe(&mut self, name: &str) -> Result<(), Error> {
        self.switch(name, false)
    }

    /// The pipeline with no other component running than these, until what is returned is dropped. What is disabled
    /// already stays so, and names that are no component's mean nothing, as in spaCy.
    ///
    /// ```
    /// let mut nlp = nlp_core::models::english()?;
    /// {
    ///     let tags = nlp.select_pipes(&["tok2vec", "tagger"])?;
    ///     assert_eq!(tags.parse("We saw her.")?.tokens().next().unwrap().dep(), "");
    /// }
    /// assert_eq!(nlp.parse("We saw her.")?.tokens().next().unwrap().dep(), "nsubj");
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Pipes`] if one reads a tensor that one before it has dropped.
    pub fn select_pipes<S: AsRef<str>>(
        &mut self,
        enable: &[S],
    ) -> Result<SelectedPipes<'_>, Error> {
        let before = self.switches();
        for step in &mut self.steps {
            step.enabled &= enable.iter().any(|name| name.as_ref() == step.name);
        }
        self.check(&before)?;
        Ok(SelectedPipes { nlp: self, before })
    }

    fn switch(&mut self, name: &str, enabled: bool) -> Result<(), Error> {
        let before = self.switches();
        let Some(step) = self.steps.iter_mut().find(|step| step.name == name) else {
            let names: Vec<&str> = self.components().map(|(name, _)| name).collect();
            let reason = format!(
                "there is no component {name:?}: they are {}",
                names.join(", ")
            );
            return Err(Error::Pipes { reason });
        };
        step.enabled = enabled;
        self.check(&before)
    }

    fn switches(&self) -> Vec<bool> {
        self.steps.iter().map(|step| step.enabled).collect()
    }

    fn restore(&mut self, switches: &[bool]) {
        for (step, enabled) in self.steps.iter_mut().zip(switches) {
            step.enabled = *enabled;
        }
    }

    /// Puts things as they were `before` if they cannot be as they are.
    fn check(&mut self, before: &[bool]) -> Result<(), Error> {
        let checked = check_tensors(&self.steps).map_err(|reason| Error::Pipes { reason });
        if checked.is_err() {
            self.restore(before);
        }
        checked
    }
}

/// A pipeline of which some components run: see [`Language::select_pipes`].
#[derive(Debug)]
pub struct SelectedPipes<'a> {
    nlp: &'a mut Language,
    before: Vec<bool>,
}

impl Deref for SelectedPipes<'_> {
    type Target = Language;

    fn deref(&self) -> &Language {
        self.nlp
    }
}

impl Drop for SelectedPipes<'_> {
    fn drop(&mut self) {
        self.nlp.restore(&self.before);
    }
}

/// Refuses a component that reads the tensor which one before it has dropped, or made in another width: spaCy fails there
/// while it runs.
pub(super) fn check_tensors(steps: &[Step]) -> Result<(), String> {
    // The component that dropped the tensors, until another makes new ones; who made the last, and how wide.
    let (mut dropped_by, mut made_by) = (None, None);
    for step in steps.iter().filter(|step| step.enabled) {
        let name = &step.name;
        for wanted in &step.listens {
            if let Some(cleaner) = dropped_by {
                return Err(format!(
                    "component \"{name}\" needs the tensor that \"{cleaner}\" has dropped before it: put \"{cleaner}\" after it"
                ));
            }
            if let Some((maker, width)) = made_by.filter(|(_, width)| width != wanted) {
                return Err(format!(
                    "component \"{name}\" listens to vectors of width {wanted}, and those that \"{maker}\" leaves for it are {width} wide"
                ));
            }
        }
        if let Some(width) = step.component.tensor_width() {
            dropped_by = None;
            made_by = Some((name, width));
        } else if step.component.drops_tensor() {
            dropped_by = Some(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LoadOptions, models};

    fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
        names.map(str::to_owned).collect()
    }

    #[test]
    fn what_is_excluded_is_not_there_and_what_is_disabled_does_not_run() {
        let options = LoadOptions::new().exclude(["ner"]).disable(["parser"]);
        let mut nlp = models::english_with(&options).unwrap();
        assert!(nlp.components().all(|(name, _)| name != "ner"));
        assert_eq!(names(nlp.disabled()), ["parser"]);
        assert!(nlp.pipeline().all(|(name, _)| name != "parser"));
        assert_eq!(nlp.weight_bytes("ner"), None);
        assert!(nlp.weight_bytes("parser").is_some());
        let text = "Ada saw London.";
        let said = |nlp: &Language| nlp.parse(text).unwrap().to_json();
        let without = said(&nlp);
        nlp.enable_pipe("parser").unwrap();
        let with = said(&nlp);
        assert_ne!(with, without);
        nlp.disable_pipe("parser").unwrap();
        assert_eq!(said(&nlp), without);
        assert!(nlp.parse(text).unwrap().ents().is_empty());
    }

    #[test]
    fn the_fingerprint_tells_what_runs() {
        let mut nlp = models::english().unwrap();
        let before = nlp.fingerprint();
        nlp.disable_pipe("ner").unwrap();
        assert_ne!(nlp.fingerprint(), before);
        nlp.enable_pipe("ner").unwrap();
        assert_eq!(nlp.fingerprint(), before);
    }

    #[test]
    fn a_selection_ends_where_it_began() {
        let options = LoadOptions::new().disable(["tagger"]);
        let mut nlp = models::english_with(&options).unwrap();
        let before = names(nlp.disabled());
        let some = nlp.select_pipes(&["tok2vec", "tagger", "nothing"]).unwrap();
        assert_eq!(names(some.pipeline().map(|(name, _)| name)), ["tok2vec"]);
        drop(some);
        assert_eq!(names(nlp.disabled()), before);
    }

    #[test]
    fn a_component_that_is_not_there_can_be_neither_enabled_nor_disabled() {
        let mut nlp = models::english().unwrap();
        for done in [nlp.enable_pipe("nre"), nlp.disable_pipe("nre")] {
            let error = done.unwrap_err().to_string();
            assert!(
                error.contains("no component \"nre\": they are tok2vec, "),
                "{error}"
            );
        }
    }

    #[test]
    fn what_would_leave_a_component_vectors_of_another_width_is_not_done() {
        let toy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pipelines/tr_toy");
        let mut nlp = Language::load(toy).unwrap();
        let before = nlp.fingerprint();
        let error = nlp.disable_pipe("shapes").unwrap_err().to_string();
        assert!(error.contains("listens to vectors of width"), "{error}");
        assert_eq!(nlp.fingerprint(), before);
        assert_eq!(nlp.disabled().count(), 0);
        let refused = LoadOptions::new()
            .disable(["shapes"])
            .load(toy)
            .unwrap_err();
        assert!(
            refused.to_string().contains("tr_toy/config.cfg"),
            "{refused}"
        );
    }
}
