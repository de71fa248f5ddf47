//! Fine-grained tags: the best label for each token.

use super::batch::tokens_mut;
use super::component::{Component, Source};
use super::tagging::{best_labels, load_model};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::TaggerModel;
use crate::vocab::Scope;

/// spaCy's `tagger` component (`pipeline/tagger.pyx`).
pub(super) struct Tagger {
    model: TaggerModel,
    labels: Vec<String>,
    ids: Vec<u64>,
    overwrite: bool,
}

frozen!(Tagger {
    model,
    labels,
    ids,
    overwrite
});

impl Tagger {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, path) = source.cfg()?;
        let labels = source.labels(&cfg, &path)?;
        let model = load_model(source, labels.len())?;
        let ids = source.add_labels(&labels, &path)?;
        Ok(Tagger {
            model,
            labels,
            ids,
            overwrite: source.flag(&cfg, "overwrite", false),
        })
    }
}

impl Component for Tagger {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let best = best_labels(&self.model, docs, budget)?;
        for (token, label) in tokens_mut(docs).zip(best) {
            if self.overwrite || token.tag.is_none() {
                token.tag = scope.label(self.ids[label as usize]);
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.tok2vec().sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }
}
