//! Sentence starts, without a parse.

use super::batch::tokens_mut;
use super::component::{Component, Source};
use super::tagging::{best_labels, load_model};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::TaggerModel;
use crate::vocab::Scope;

/// The labels: inside a sentence, and at its start.
const LABELS: [&str; 2] = ["I", "S"];

/// spaCy's `senter` component (`pipeline/senter.pyx`).
pub(super) struct Senter {
    model: TaggerModel,
    overwrite: bool,
}

frozen!(Senter { model, overwrite });

impl Senter {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, _) = source.cfg()?;
        let model = load_model(source, LABELS.len())?;
        Ok(Senter {
            model,
            overwrite: source.flag(&cfg, "overwrite", false),
        })
    }
}

impl Component for Senter {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        _scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let best = best_labels(&self.model, docs, budget)?;
        for (token, label) in tokens_mut(docs).zip(best) {
            if self.overwrite || token.sent_start == 0 {
                token.sent_start = if label == 1 { 1 } else { -1 };
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.tok2vec().sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        LABELS.map(str::to_owned).to_vec()
    }
}
