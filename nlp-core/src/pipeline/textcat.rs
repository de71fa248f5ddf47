//! Categories of whole documents: `textcat`, whose scores are those of classes that exclude each other, and
//! `textcat_multilabel`. The network makes the difference; components of both kinds set the same.

use super::batch::Batch;
use super::component::{Component, Source};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::TextClassifier;
use crate::vocab::Scope;

/// spaCy's `textcat` and `textcat_multilabel` components (`pipeline/textcat.py`, `pipeline/textcat_multilabel.py`).
pub(super) struct TextCategorizer {
    model: TextClassifier,
    labels: Vec<String>,
    ids: Vec<u64>,
}

frozen!(TextCategorizer { model, labels, ids });

impl TextCategorizer {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, path) = source.cfg()?;
        let labels = source.labels(&cfg, &path)?;
        let model = source.load_model(TextClassifier::load)?;
        if model.classes() != labels.len() {
            return Err(source.label_mismatch(model.classes(), labels.len()));
        }
        let ids = source.add_labels(&labels, &path)?;
        Ok(TextCategorizer { model, labels, ids })
    }
}

impl Component for TextCategorizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let scores = self.model.predict_within(&Batch::new(docs), budget)?;
        for (i, doc) in docs.iter_mut().enumerate() {
            for (&id, &score) in self.ids.iter().zip(scores.row(i)) {
                let label = scope.label(id).map_or("", |label| label.text());
                // What spaCy says of a document without tokens by itself. In a batch with others it fails, or says what
                // the network makes of no input; here a batch changes nothing.
                doc.set_cat(label, if doc.is_empty() { 0.0 } else { score });
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    fn needs_tokens(&self) -> bool {
        false
    }
}
