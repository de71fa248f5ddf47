//! What was loaded, as one number: see [`crate::frozen`].

use std::borrow::Cow;

use super::Language;
use crate::frozen::{Walk, frozen};
use crate::memory_report::{MemoryReport, OnClose, Owner, Store};

frozen!(Language {
    vocab,
    tokenizer,
    steps,
    warnings,
    config,
    meta,
    rule_bytes,
    setting_bytes,
    limits,
    observed
});

impl Language {
    /// A hash of everything that was loaded: every weight and table of every component, in the form in which it is used,
    /// labels, moves and edit trees; the tokenizer's rules, compiled; the strings and lexemes that came with the
    /// pipeline; the configuration and all settings. What documents made without a zone add to the vocabulary is no
    /// part of it.
    ///
    /// It stays the same for as long as the pipeline lives, whatever is parsed. Loading the same files again gives the
    /// same number on a processor with the same vector instructions, for which the weights are laid out.
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let before = nlp.fingerprint();
    /// nlp.parse("A word like floccinaucinihilipilification changes nothing.")?;
    /// assert_eq!(nlp.fingerprint(), before);
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn fingerprint(&self) -> u64 {
        Walk::over(self).fingerprint()
    }

    /// The bytes of memory that a component's weights, tables and labels take, as they are laid out for use; `None` if
    /// the pipeline has no such component.
    pub fn weight_bytes(&self, name: &str) -> Option<usize> {
        let step = self.steps.iter().find(|step| step.name == name)?;
        Some(step.weight_bytes)
    }

    /// Enters what was loaded, beside the vocabulary, in `report`.
    pub(super) fn register_loaded(&self, report: &mut MemoryReport) {
        let frozen = |name: Cow<'static, str>, entries, bytes| Store {
            owner: Owner::Pipeline,
            name,
            entries,
            capacity: 0,
            bytes,
            bound: Some(entries),
            on_close: OnClose::Frozen,
        };
        let (mut others, mut weights) = (0, 0);
        for step in &self.steps {
            match step.component.rules() {
                Some(rules) => {
                    let name = step.name.clone().into();
                    report.register(frozen(name, rules, step.weight_bytes));
                }
                None => {
                    others += 1;
                    weights += step.weight_bytes;
                }
            }
        }
        report.register(frozen("components".into(), others, weights));
        let rules = self.tokenizer.special_cases();
        report.register(frozen("tokenizer_rules".into(), rules, self.rule_bytes));
        report.register(frozen("settings".into(), 2, self.setting_bytes));
    }
}
