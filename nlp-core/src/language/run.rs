//! From texts to documents: tokenizes, then runs each component over all documents of a batch.

use super::Language;
use crate::doc::{Doc, TokenData};
use crate::error::Error;
use crate::parts::Part;
use crate::pos::Pos;
use crate::vocab::Scope;

impl Language {
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
            let split = || self.tokenizer.tokenize(text, interner, &mut pieces);
            self.observed
                .around(Part::Tokenizer, split)
                .map_err(Error::Tokenize)?;
            let mut tokens = Vec::with_capacity(pieces.len());
            let mut idx = 0;
            self.observed.around(Part::Vocabulary, || {
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
            });
            Ok::<_, Error>(tokens)
        })?;
        Ok(Doc::new(&self.vocab, text, tokens))
    }

    fn annotate<'v>(&'v self, scope: Scope<'v>, docs: &mut [Doc<'v>]) {
        let empty = docs.iter().all(Doc::is_empty);
        for step in &self.steps {
            if empty && step.component.needs_tokens() {
                continue;
            }
            let part = Part::Component(&step.name);
            self.observed
                .around(part, || step.component.annotate(docs, scope));
        }
    }
}
