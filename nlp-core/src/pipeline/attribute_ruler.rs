//! Sets attributes of tokens that patterns find: exceptions to what models say, and tables from tags to features.

mod read;

use super::component::{Component, Source};
use crate::doc::{Doc, TokenData};
use crate::error::Error;
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Clock, OutOfTime};
use crate::matcher::Matcher;
use crate::pos::Pos;
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

/// What is done where one of the patterns of a rule is found.
struct Rule {
    /// The token that is meant, counted from the start of what is found, or from its end if it is negative. It is within
    /// whatever the patterns find.
    index: i64,
    sets: Vec<Set>,
}

frozen!(Rule { index, sets });

/// One attribute that is set; strings by their ids, as labels of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Set {
    Tag(u64),
    Pos(Pos),
    Morph(u64),
    Lemma(u64),
    Norm(u64),
    Dep(u64),
    EntType(u64),
    EntIob(u8),
    EntId(u64),
    EntKbId(u64),
    SentStart(bool),
}

impl Frozen for Set {
    fn visit(&self, walk: &mut Walk) {
        const { assert!(!std::mem::needs_drop::<Set>()) };
        std::hash::Hash::hash(self, walk);
    }
}

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

impl Set {
    /// Sets the attribute, as spaCy's `set_token_attrs`.
    fn set<'v>(self, token: &mut TokenData<'v>, scope: Scope<'v>) {
        match self {
            Set::Tag(id) => token.tag = scope.label(id),
            Set::Pos(pos) => token.pos = pos,
            Set::Morph(id) => token.morph = scope.label(id),
            Set::Lemma(id) => token.lemma = scope.label(id),
            Set::Norm(id) => token.norm = scope.label(id),
            Set::Dep(id) => token.dep = scope.label(id),
            Set::EntType(id) => token.ent_type = scope.label(id),
            Set::EntIob(iob) => token.ent_iob = iob,
            Set::EntId(id) => token.ent_id = scope.label(id),
            Set::EntKbId(id) => token.ent_kb_id = scope.label(id),
            Set::SentStart(starts) => token.sent_start = starts.into(),
        }
    }
}

impl Component for AttributeRuler {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        clock: Clock,
    ) -> Result<(), OutOfTime> {
        for doc in docs {
            clock.check()?;
            // All is found before anything is set; later rules come after earlier ones, wherever they apply.
            let mut found = self.matcher.find_numbers(&*doc, clock)?;
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

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
