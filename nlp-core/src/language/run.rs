//! From texts to documents: tokenizes, then runs each component over all documents of a batch.
//!
//! What goes wrong with a text ends that text, not the process: too many characters, tokens or seconds are errors, and so
//! is a panic in a component. A batch in which something went wrong is done again text by text, to see whose fault it was.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::splitter::Splitter;
use super::{Language, Step};
use crate::doc::{Doc, TokenData};
use crate::error::Error;
use crate::limits::{Budget, Limits, OutOfTime};
use crate::parts::{Observed, Part};
use crate::tokenizer::{Bounds, Piece, Stopped};
use crate::vocab::{Interner, Scope, Vocab};

/// Tokens that are made before the clock is looked at again.
const BLOCK: usize = 256;

/// What of a pipeline makes documents of texts.
#[derive(Clone, Copy)]
pub(super) struct Works<'v> {
    pub vocab: &'v Vocab,
    pub tokenizer: &'v Splitter,
    pub steps: &'v [Step],
    pub limits: Limits,
    pub observed: &'v Observed,
}

impl Language {
    fn works(&self) -> Works<'_> {
        Works {
            vocab: &self.vocab,
            tokenizer: &self.tokenizer,
            steps: &self.steps,
            limits: self.limits,
            observed: &self.observed,
        }
    }

    pub(crate) fn parse_in<'v>(&'v self, scope: Scope<'v>, text: &str) -> Result<Doc<'v>, Error> {
        self.works().parse_in(scope, text)
    }

    pub(crate) fn parse_batch_in<'v, T: AsRef<str>>(
        &'v self,
        scope: Scope<'v>,
        texts: &[T],
    ) -> Vec<Result<Doc<'v>, Error>> {
        self.works().parse_batch_in(scope, texts)
    }

    pub(crate) fn tokenize_in<'v>(
        &'v self,
        scope: Scope<'v>,
        text: &str,
    ) -> Result<Doc<'v>, Error> {
        self.works().tokenize_in(scope, text)
    }
}

impl<'v> Works<'v> {
    pub fn parse_in(self, scope: Scope<'v>, text: &str) -> Result<Doc<'v>, Error> {
        Run::guard(self, scope, 1, |run| {
            let mut docs = [run.tokenize(text)?];
            run.annotate(&mut docs)?;
            let [doc] = docs;
            Ok(doc)
        })
    }

    pub fn parse_batch_in<T: AsRef<str>>(
        self,
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
        let done = Run::guard(self, scope, docs.len(), |run| run.annotate(&mut docs));
        let results: Vec<_> = match done {
            Ok(()) => docs.into_iter().map(Ok).collect(),
            Err(error) if docs.len() == 1 => vec![Err(error)],
            Err(_) => {
                drop(docs);
                let failed = |i: usize| failed.binary_search_by_key(&i, |(i, _)| *i).is_ok();
                let well = texts.iter().enumerate().filter(|(i, _)| !failed(*i));
                well.map(|(_, text)| self.parse_in(scope, text.as_ref()))
                    .collect()
            }
        };
        // Each error where its text stood, and the results between them, in one walk.
        let mut failed = failed.into_iter().peekable();
        let mut results = results.into_iter();
        (0..texts.len())
            .map(|i| match failed.next_if(|(at, _)| *at == i) {
                Some((_, error)) => Err(error),
                None => results.next().expect("a result for each text that is left"),
            })
            .collect()
    }

    pub fn tokenize_in(self, scope: Scope<'v>, text: &str) -> Result<Doc<'v>, Error> {
        Run::guard(self, scope, 1, |run| run.tokenize(text))
    }
}

/// Work on a text, or on a batch of them, that is under way.
struct Run<'v> {
    nlp: Works<'v>,
    scope: Scope<'v>,
    limits: Limits,
    budget: Budget,
    /// The part that is at work, for errors.
    part: Cell<Part<'v>>,
}

impl<'v> Run<'v> {
    /// Starts the clock for `texts` texts and does `work`. If it panics, that is an error, and the zone is not used by
    /// others after.
    fn guard<R>(
        nlp: Works<'v>,
        scope: Scope<'v>,
        texts: usize,
        work: impl FnOnce(&Run<'v>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let limits = scope.limits().unwrap_or(nlp.limits);
        let texts = u32::try_from(texts).unwrap_or(u32::MAX);
        let time = limits.time.map(|time| time.saturating_mul(texts));
        let run = Run {
            nlp,
            scope,
            limits,
            budget: Budget::start(time).with_scratch(limits.scratch),
            part: Cell::new(Part::Tokenizer),
        };
        // What is seen after a panic: the documents, which nobody gets; the pipeline, which never changes; and the layer
        // that grows, whose entries are found only once they are whole.
        match catch_unwind(AssertUnwindSafe(|| work(&run))) {
            Ok(result) => result,
            Err(panic) => {
                scope.spoil();
                let message = message_of(panic.as_ref());
                // What was thrown may panic once more when it is dropped, and so may what that throws.
                if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                    std::mem::forget(again);
                }
                Err(Error::Panicked {
                    part: run.part.get().name().to_owned(),
                    message,
                })
            }
        }
    }

    /// Does the work of `part`, observed.
    fn part<R>(&self, part: Part<'v>, work: impl FnOnce() -> R) -> R {
        self.part.set(part);
        self.nlp.observed.around(part, work)
    }

    fn out_of_time(&self, _: OutOfTime) -> Error {
        Error::OutOfTime {
            limit: self.limits.time.unwrap_or(Duration::MAX),
            part: self.part.get().name().to_owned(),
        }
    }

    fn tokenize(&self, text: &str) -> Result<Doc<'v>, Error> {
        // A text has at most as many code points as bytes: counting is for those that might be too long.
        if text.len() > self.limits.chars {
            let chars = text.chars().count();
            if chars > self.limits.chars {
                return Err(Error::TextTooLong {
                    chars,
                    limit: self.limits.chars,
                });
            }
        }
        let bounds = Bounds {
            tokens: self.limits.tokens,
            budget: self.budget,
        };
        let mut pieces = Vec::new();
        // The layer is taken inside the observed work: an observer may ask for what is in it.
        let split = || {
            self.scope.with(|interner| {
                let tokenizer = self.nlp.tokenizer;
                tokenizer.split(text, interner, &mut pieces, bounds)
            })
        };
        self.part(Part::Tokenizer, split)
            .map_err(|stopped| match stopped {
                Stopped::Fault(error) => Error::Tokenize(error),
                Stopped::TooManyTokens => Error::TooManyTokens {
                    limit: self.limits.tokens,
                },
                Stopped::OutOfTime => self.out_of_time(OutOfTime),
            })?;
        let find = || {
            self.scope
                .with(|interner| self.tokens(text, &pieces, interner))
        };
        let tokens = self.part(Part::Vocabulary, find);
        let tokens = tokens.map_err(|stopped| self.out_of_time(stopped))?;
        Ok(Doc::new(self.nlp.vocab, text, tokens))
    }

    fn tokens(
        &self,
        text: &str,
        pieces: &[Piece],
        interner: &mut Interner<'v, '_>,
    ) -> Result<Vec<TokenData<'v>>, OutOfTime> {
        let mut tokens = Vec::with_capacity(pieces.len());
        let mut idx = 0;
        for (i, piece) in pieces.iter().enumerate() {
            if i % BLOCK == 0 {
                self.budget.check()?;
            }
            let lexeme = interner.lexeme(&text[piece.start as usize..piece.end as usize]);
            let mut token = TokenData::new(lexeme, i, idx, piece.start);
            token.norm = piece
                .norm
                .and_then(|norm| self.nlp.tokenizer.norm(norm))
                .and_then(|norm| self.scope.label(norm));
            token.space = piece.space;
            token.sent_start = i8::from(i == 0 && !piece.rewritten);
            tokens.push(token);
            idx += lexeme.length + u32::from(piece.space);
        }
        Ok(tokens)
    }

    fn annotate(&self, docs: &mut [Doc<'v>]) -> Result<(), Error> {
        let empty = docs.iter().all(Doc::is_empty);
        for step in self.nlp.steps.iter().filter(|step| step.enabled) {
            if empty && step.component.needs_tokens() {
                continue;
            }
            let work = || {
                self.budget.check()?;
                step.component.annotate(docs, self.scope, self.budget)
            };
            self.part(Part::Component(&step.name), work)
                .map_err(|stopped| self.out_of_time(stopped))?;
        }
        Ok(())
    }
}

/// What a panic said.
fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it left no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_that_reads_tokens_looks_at_the_clock_in_its_own_loops() {
        let nlp = crate::models::english().unwrap();
        let zone = nlp.zone();
        let scope = zone.scope();
        let up = Budget::start(Some(Duration::ZERO));
        let mut docs = [zone.tokenize("The time is up already.").unwrap()];
        for step in &nlp.steps {
            let stopped = step.component.annotate(&mut docs, scope, up);
            assert_eq!(stopped, Err(OutOfTime), "{}", step.name);
            // What comes after may need what it sets.
            let done = step.component.annotate(&mut docs, scope, Budget::UNLIMITED);
            assert_eq!(done, Ok(()));
        }
    }
}
