//! Lemmas by edit trees that a model chooses.

use serde_json::Value;

use super::batch::tokens_mut;
use super::component::{Component, Source};
use super::edit_trees::{EditTrees, Form, Scratch};
use super::tagging::load_model;
use super::token_vectors::BatchRows;
use crate::doc::{Doc, TokenData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::tagger::first_of_largest;
use crate::nn::{TaggerModel, TokenRows};
use crate::vocab::{Interner, Scope, StringEntry};

/// Above this number of candidates spaCy sorts all scores instead of taking the best again and again.
const TOP_K_GUARDRAIL: usize = 20;

/// Tokens whose lemmas are put into the vocabulary at once.
const BLOCK: usize = 64;

/// Which string of a token is its lemma where no tree fits.
#[derive(Clone, Copy, Hash)]
enum Backoff {
    None,
    Orth,
    Lower,
    Norm,
    Shape,
    Prefix,
    Suffix,
    Tag,
    Lemma,
}

frozen!(hash Backoff);

/// spaCy's `trainable_lemmatizer` component (`pipeline/edit_tree_lemmatizer.py`).
pub(super) struct EditTreeLemmatizer {
    model: TaggerModel,
    trees: EditTrees,
    /// The tree of each label of the model.
    labels: Vec<usize>,
    top_k: usize,
    overwrite: bool,
    backoff: Backoff,
}

frozen!(EditTreeLemmatizer {
    model,
    trees,
    labels,
    top_k,
    overwrite,
    backoff
});

impl EditTreeLemmatizer {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (bytes, path) = source.file("trees")?;
        let trees = EditTrees::read(&bytes, source.vocab).map_err(|e| e.in_file(&path))?;
        let (cfg, path) = source.cfg()?;
        let bad = |reason: String| FormatError::new(reason).in_file(&path);
        let labels = cfg.get("labels").and_then(Value::as_array);
        let labels = labels.ok_or_else(|| bad("has no list \"labels\"".into()))?;
        let tree = |label: &Value| {
            let number = label.as_u64().and_then(|n| usize::try_from(n).ok());
            number.filter(|&tree| tree < trees.len()).ok_or_else(|| {
                let count = trees.len();
                bad(format!(
                    "\"labels\" has {label}, which is no tree: the file trees has {count}, from 0 on"
                ))
            })
        };
        let labels: Vec<usize> = labels.iter().map(tree).collect::<Result<_, _>>()?;
        let model = load_model(source, labels.len())?;
        let backoff = match source.config.get("backoff") {
            None => Backoff::Orth,
            Some(Value::Null) => Backoff::None,
            Some(name) => match name.as_str() {
                Some("orth") => Backoff::Orth,
                Some("lower") => Backoff::Lower,
                Some("norm") => Backoff::Norm,
                Some("shape") => Backoff::Shape,
                Some("prefix") => Backoff::Prefix,
                Some("suffix") => Backoff::Suffix,
                Some("tag") => Backoff::Tag,
                Some("lemma") => Backoff::Lemma,
                _ => return Err(source.unsupported(format!("backoff = {name}"))),
            },
        };
        let top_k = match source.config.get("top_k") {
            None => 1,
            Some(top_k) => match top_k.as_u64() {
                Some(top_k) => usize::try_from(top_k).unwrap_or(usize::MAX),
                None => return Err(source.unsupported(format!("top_k = {top_k}"))),
            },
        };
        let overwrite = source.flag(&Value::Null, "overwrite", false);
        Ok(EditTreeLemmatizer {
            model,
            trees,
            labels,
            top_k,
            overwrite,
            backoff,
        })
    }

    /// The lemma of the first tree, in the order of the scores, that fits the form.
    fn lemma<'s>(&self, scores: &[f32], form: &Form, scratch: &'s mut Scratch) -> Option<&'s str> {
        let mut fits = |label: usize| {
            let tree = self.labels[label];
            let lemma = self.trees.apply(tree, form, scratch);
            lemma.is_some().then_some(tree)
        };
        let tree = if self.top_k <= TOP_K_GUARDRAIL {
            let mut scores = scores.to_vec();
            (0..self.top_k.min(self.labels.len())).find_map(|_| {
                let best = first_of_largest(&scores);
                scores[best] = f32::MIN;
                fits(best)
            })
        } else {
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            order.into_iter().rev().take(self.top_k).find_map(fits)
        };
        tree.map(|_| scratch.lemma())
    }

    fn back_off<'v>(&self, token: &TokenData<'v>) -> Option<&'v StringEntry<'v>> {
        let lexeme = token.lexeme;
        match self.backoff {
            Backoff::None | Backoff::Lemma => token.lemma,
            Backoff::Orth => Some(lexeme.orth),
            Backoff::Lower => Some(lexeme.lower),
            Backoff::Norm => Some(token.norm.unwrap_or(lexeme.norm)),
            Backoff::Shape => Some(lexeme.shape),
            Backoff::Prefix => Some(lexeme.prefix),
            Backoff::Suffix => Some(lexeme.suffix),
            Backoff::Tag => token.tag,
        }
    }
}

/// Makes the lemma of a form, where some tree fits it.
type MakeLemma<'m> = dyn for<'s> Fn(&Form, &'s mut Scratch) -> Option<&'s str> + 'm;

impl Component for EditTreeLemmatizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mut vectors = BatchRows::new(self.model.tok2vec(), docs, budget);
        let classes = self.model.classes();
        let mut tokens = docs.iter().flat_map(|doc| &doc.tokens);
        let mut lemmas = Vec::with_capacity(vectors.count());
        let mut scratch = Scratch::default();
        let mut one = |interner: &mut Interner<'v, '_>, lemma: &MakeLemma<'_>| {
            let Some(token) = tokens.next() else { return };
            if !self.overwrite && token.lemma.is_some() {
                lemmas.push(token.lemma);
                return;
            }
            let form = Form::new(token.lexeme.orth.text());
            lemmas.push(match lemma(&form, &mut scratch) {
                Some(lemma) => interner.string(lemma).non_empty(),
                None => self.back_off(token),
            });
        };
        // What is added to the vocabulary is added for a block at once; the scores were made without its lock.
        if self.top_k == 1 {
            for best in self.model.best_within(&mut vectors, budget)?.chunks(BLOCK) {
                budget.check()?;
                scope.with(|interner| {
                    for &best in best {
                        let tree = self.labels[best as usize];
                        one(interner, &|form, scratch| {
                            self.trees.apply(tree, form, scratch)
                        });
                    }
                });
            }
        } else {
            self.model.each_block(&mut vectors, budget, |scores| {
                scope.with(|interner| {
                    for scores in scores.chunks_exact(classes) {
                        one(interner, &|form, scratch| self.lemma(scores, form, scratch));
                    }
                });
            })?;
        }
        for (token, lemma) in tokens_mut(docs).zip(lemmas) {
            token.lemma = lemma;
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.tok2vec().sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        self.labels.iter().map(usize::to_string).collect()
    }
}
