//! Coarse parts of speech and morphological features, predicted together.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::batch::tokens_mut;
use super::component::{Component, Source};
use super::tagging::{best_labels, load_model};
use crate::doc::{Doc, TokenData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::TaggerModel;
use crate::pos::Pos;
use crate::vocab::{Scope, morphology};

/// One label of the model: features and part of speech together.
struct Label {
    name: String,
    features: BTreeMap<String, String>,
    /// The string id of the features.
    morph: u64,
    pos: Pos,
}

frozen!(Label {
    name,
    features,
    morph,
    pos
});

/// spaCy's `morphologizer` component (`pipeline/morphologizer.pyx`).
pub(super) struct Morphologizer {
    model: TaggerModel,
    labels: Vec<Label>,
    overwrite: bool,
    extend: bool,
}

frozen!(Morphologizer {
    model,
    labels,
    overwrite,
    extend
});

impl Morphologizer {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, path) = source.cfg()?;
        let bad = |reason: &str| FormatError::new(reason).in_file(&path);
        let morphs = cfg.get("labels_morph").and_then(Value::as_object);
        let morphs = morphs.ok_or_else(|| bad("has no object \"labels_morph\""))?;
        let poses = cfg.get("labels_pos").and_then(Value::as_object);
        let poses = poses.ok_or_else(|| bad("has no object \"labels_pos\""))?;
        let mut labels = Vec::with_capacity(morphs.len());
        for (name, feats) in morphs {
            let feats = feats
                .as_str()
                .ok_or_else(|| bad("\"labels_morph\" holds something other than strings"))?;
            let features = morphology::parse(feats);
            let pos = poses
                .get(name)
                .map_or(Some(Pos::NoTag), |id| Pos::from_id(id.as_u64()?));
            let pos = pos.ok_or_else(|| {
                bad("\"labels_pos\" holds something other than ids of parts of speech")
            })?;
            let morph = source.vocab.add_label(&morphology::format(&features));
            let morph = morph.map_err(|e| e.in_file(&path))?;
            labels.push(Label {
                name: name.clone(),
                features,
                morph,
                pos,
            });
        }
        let model = load_model(source, labels.len())?;
        let overwrite = source.flag(&cfg, "overwrite", true);
        let extend = source.flag(&cfg, "extend", false);
        Ok(Morphologizer {
            model,
            labels,
            overwrite,
            extend,
        })
    }

    /// The features of the token and of the label in one analysis: the label's win if they are to overwrite.
    fn extended<'v>(&self, token: &TokenData<'v>, label: &Label) -> String {
        let mut features = morphology::parse(token.morph.map_or("", |entry| entry.text()));
        for (field, values) in &label.features {
            match features.get_mut(field) {
                Some(_) if !self.overwrite => {}
                Some(old) => old.clone_from(values),
                None => drop(features.insert(field.clone(), values.clone())),
            }
        }
        morphology::format(&features)
    }
}

impl Component for Morphologizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let best = best_labels(&self.model, docs, budget)?;
        // What became of an analysis and a label: each pair is worked out once, however long its features are.
        let mut extended = HashMap::new();
        for (token, best) in tokens_mut(docs).zip(best) {
            let label = &self.labels[best as usize];
            if self.extend {
                let before = token.morph.map_or("", |entry| entry.text());
                let after = extended.entry((before, best)).or_insert_with(|| {
                    let morph = self.extended(token, label);
                    scope.with(|interner| interner.string(&morph))
                });
                token.morph = Some(*after);
            } else if self.overwrite || token.morph.is_none() {
                token.morph = scope.label(label.morph);
            }
            if self.overwrite || token.pos == Pos::NoTag {
                token.pos = label.pos;
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.tok2vec().sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        self.labels.iter().map(|label| label.name.clone()).collect()
    }
}
