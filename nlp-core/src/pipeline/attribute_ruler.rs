//! Sets attributes of tokens that patterns find: exceptions to what models say, and tables from tags to features.

mod read;
mod rule;

use self::rule::Rule;
use super::component::{Component, Source};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::matcher::Matcher;
use crate::vocab::Scope;

/// spaCy's `attribute_ruler` component (`pipeline/attributeruler.py`).
pub(super) struct AttributeRuler {
    /// Its keys are the rules, in order.
    matcher: Matcher,
    rules: Vec<Rule>,
    warnings: Vec<String>,
}

frozen!(AttributeRuler {
    matcher,
    rules,
    warnings
});

impl AttributeRuler {
    /// Reads the file `patterns`.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (matcher, rules) = read::rules(source)?;
        let mut warnings = Vec::new();
        if rules.is_empty() {
            warnings.push(format!(
                "component \"{}\" has no patterns: it does nothing",
                source.name
            ));
        }
        Ok(AttributeRuler {
            matcher,
            rules,
            warnings,
        })
    }
}

impl Component for AttributeRuler {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        for doc in docs {
            budget.check()?;
            // All is found before anything is set; later rules come after earlier ones, wherever they apply.
            let mut found = self.matcher.find_numbers(&*doc, budget)?;
            found.sort_unstable();
            for (rule, start, end) in found {
                let Rule { index, sets } = &self.rules[rule as usize];
                let from = if *index < 0 { end } else { start };
                let token = &mut doc.tokens[(i64::from(from) + index) as usize];
                for set in sets {
                    set.set(token, scope);
                }
            }
        }
        Ok(())
    }

    fn rules(&self) -> Option<usize> {
        Some(self.rules.len())
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
