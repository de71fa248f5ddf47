//! Which of the things of a knowledge base an entity is.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;

use super::as_doc::as_doc;
use super::component::{Component, Source};
use super::token_vectors;
use crate::doc::{Doc, Span};
use crate::error::{Error, FormatError};
use crate::format::kb::{Candidate, KnowledgeBase};
use crate::format::strings;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::EntityEncoder;
use crate::symbols::string_id;
use crate::vocab::Scope;

/// What is set on an entity that is nothing in the knowledge base.
const NIL: &str = "NIL";

/// spaCy's `entity_linker` component (`pipeline/entity_linker.py`), and the one that it makes for networks of version 1
/// (`spacy_legacy/components/entity_linker.py`).
pub(super) struct EntityLinker {
    model: EntityEncoder,
    kb: KnowledgeBase,
    labels_discard: Vec<String>,
    /// How many sentences on either side of an entity's count as what is around it.
    n_sents: usize,
    incl_prior: bool,
    incl_context: bool,
    overwrite: bool,
    candidates_batch_size: usize,
    /// The least score of a candidate that counts, as the bits of a number.
    threshold: Option<u64>,
}

frozen!(EntityLinker {
    model,
    kb,
    labels_discard,
    n_sents,
    incl_prior,
    incl_context,
    overwrite,
    candidates_batch_size,
    threshold
});

impl EntityLinker {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, _) = source.cfg()?;
        // The settings are the configuration's; of what older versions wrote in the file, one counts.
        let none = Value::Null;
        let overwrite = source.flag(&cfg, "overwrite", true);
        let fault = |key: &str, expected: &str| {
            let reason = format!("[components.{}] {key} should be {expected}", source.name);
            FormatError::new(reason).in_file(&source.config_path())
        };
        for (key, known) in [
            ("get_candidates", "spacy.CandidateGenerator.v1"),
            ("get_candidates_batch", "spacy.CandidateBatchGenerator.v1"),
            ("generate_empty_kb", "spacy.EmptyKB.v2"),
        ] {
            let function = source.setting(&none, key).and_then(|f| f.get("@misc"));
            if let Some(function) = function
                && function != known
            {
                return Err(source.unsupported(format!("{key} = {function}")));
            }
        }
        let number = |key: &str, least: u64, default: usize| match source.setting(&none, key) {
            None => Ok(default),
            Some(value) => value
                .as_u64()
                .filter(|&number| number >= least)
                .map(|number| usize::try_from(number).unwrap_or(usize::MAX))
                .ok_or_else(|| fault(key, &format!("a whole number of at least {least}"))),
        };
        let threshold = match source.setting(&none, "threshold") {
            None => None,
            Some(value) => {
                let threshold = value.as_f64().filter(|t| (0.0..=1.0).contains(t));
                let threshold = threshold.ok_or_else(|| fault("threshold", "from 0 to 1"))?;
                Some(threshold.to_bits())
            }
        };
        let labels_discard = match source.setting(&none, "labels_discard") {
            None => Some(Vec::new()),
            Some(labels) => labels.as_array().and_then(|labels| {
                let label = |label: &Value| label.as_str().map(str::to_owned);
                labels.iter().map(label).collect()
            }),
        };
        let labels_discard =
            labels_discard.ok_or_else(|| fault("labels_discard", "a list of labels"))?;
        let n_sents = number("n_sents", 0, 0)?;
        let candidates_batch_size = number("candidates_batch_size", 1, 1)?;
        let incl_prior = source.flag(&none, "incl_prior", true);
        let incl_context = source.flag(&none, "incl_context", true);
        let model = source.load_model(EntityEncoder::load)?;
        let kb = load_kb(source)?;
        if incl_context && model.outputs() != kb.width() {
            let reason = format!(
                "makes vectors of {} numbers, where those of the knowledge base have {}",
                model.outputs(),
                kb.width()
            );
            let path = source.files.path(&format!("{}/model", source.name));
            return Err(FormatError::new(reason).in_file(&path));
        }
        let second = model.reads_sentence();
        Ok(EntityLinker {
            model,
            kb,
            labels_discard,
            n_sents,
            incl_prior,
            incl_context,
            overwrite,
            // Version 1 of the component knows neither.
            candidates_batch_size: if second { candidates_batch_size } else { 1 },
            threshold: threshold.filter(|_| second),
        })
    }

    /// The id of what each entity of a document is in the knowledge base; `None` where it is nothing.
    fn link(
        &self,
        doc: &Doc<'_>,
        ents: &[Span<'_>],
        budget: Budget,
    ) -> Result<Vec<Option<u64>>, OutOfTime> {
        let mut context = Context::default();
        let starts: Vec<usize> = doc.sents().map(|sent| sent.start()).collect();
        let mut ids = Vec::with_capacity(ents.len());
        for batch in ents.chunks(self.candidates_batch_size) {
            let discards = |ent: &Span<'_>| self.labels_discard.iter().any(|l| l == ent.label());
            let kept: Vec<&Span<'_>> = batch.iter().filter(|ent| !discards(ent)).collect();
            for (i, ent) in batch.iter().enumerate() {
                budget.check()?;
                if discards(ent) {
                    ids.push(None);
                    continue;
                }
                // spaCy lists the candidates of the entities that are kept and then looks them up by the place among
                // all. Where that is beyond the list, it fails.
                let named = kept.get(i).copied().unwrap_or(ent);
                let candidates: Vec<Candidate> =
                    self.kb.candidates(string_id(named.text())).collect();
                ids.push(match candidates[..] {
                    [] => None,
                    [one] if self.threshold.is_none() => Some(one.entity),
                    _ => {
                        if self.incl_context {
                            let window = self.window(ent, &starts, doc.len());
                            self.see(&mut context, doc, window, budget)?;
                        }
                        self.best(&candidates, &context)
                    }
                });
            }
        }
        Ok(ids)
    }

    /// The tokens of the sentences around an entity.
    fn window(&self, ent: &Span<'_>, starts: &[usize], len: usize) -> Range<usize> {
        let sentence = |token: usize| starts.partition_point(|&start| start <= token) - 1;
        let first = sentence(ent.start());
        // Version 1 counts from the sentence in which the entity begins.
        let last = match self.model.reads_sentence() {
            true => sentence(ent.end() - 1),
            false => first,
        };
        let first = first.saturating_sub(self.n_sents);
        let after = last.saturating_add(self.n_sents).saturating_add(1);
        starts[first]..starts.get(after).copied().unwrap_or(len)
    }

    /// Makes sure that `context` is that of a window.
    fn see(
        &self,
        context: &mut Context,
        doc: &Doc<'_>,
        window: Range<usize>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        if context.window == window {
            return Ok(());
        }
        let part = as_doc(doc, window.clone());
        let vectors =
            token_vectors::whole(self.model.tok2vec(), std::slice::from_ref(&part), budget)?;
        // Whichever entity the window is of, spaCy takes what is made for the first one in it.
        let first = part.ents().first().map(|ent| ent.sent());
        let rows = match first.filter(|_| self.model.reads_sentence()) {
            None => vectors.data(),
            Some(sent) => {
                &vectors.data()[sent.start() * vectors.cols()..sent.end() * vectors.cols()]
            }
        };
        *context = Context {
            window,
            vector: self.model.encode(rows),
        };
        Ok(())
    }

    /// The best of several candidates, if it counts. Of equals, spaCy takes any.
    fn best(&self, candidates: &[Candidate], context: &Context) -> Option<u64> {
        let norm = context.vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        let scores: Vec<f64> = (candidates.iter())
            .map(|candidate| {
                let prior = match self.incl_prior {
                    true => f64::from(candidate.prior),
                    false => 0.0,
                };
                if !self.incl_context {
                    return prior;
                }
                let (mut product, mut square) = (0.0, 0.0);
                for (x, &y) in self.kb.vector(candidate.vector).zip(&context.vector) {
                    product += f64::from(x) * f64::from(y);
                    square += f64::from(x) * f64::from(x);
                }
                let similarity = product / (f64::from(norm) * square.sqrt());
                prior + similarity - prior * similarity
            })
            .collect();
        // A score that is no number counts as the largest, and is above no threshold.
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_best = |score: &f64| match scores.iter().any(|score| score.is_nan()) {
            true => score.is_nan(),
            false => *score == largest,
        };
        let best = scores.iter().position(is_best)?;
        let counts = self
            .threshold
            .is_none_or(|threshold| scores[best] >= f64::from_bits(threshold));
        counts.then_some(candidates[best].entity)
    }
}

/// What is around an entity, which those after it may share.
#[derive(Default)]
struct Context {
    /// The tokens.
    window: Range<usize>,
    vector: Vec<f32>,
}

/// Reads the component's knowledge base, and sees to it that the names of all that is in it are in the vocabulary.
fn load_kb(source: &mut Source<'_>) -> Result<KnowledgeBase, Error> {
    let (contents, path) = source.map("kb/contents")?;
    let kb = KnowledgeBase::read(contents).map_err(|e| e.in_file(&path))?;
    if kb.is_empty() {
        return Err(FormatError::new("the knowledge base is empty").in_file(&path));
    }
    let nil = source.vocab.add_label(NIL);
    nil.map_err(|e| e.in_file(&path))?;
    let entities: HashSet<u64> = kb.entities().collect();
    let (bytes, strings_path) = source.file("kb/strings.json")?;
    let mut names = Vec::new();
    let read = strings::read(&bytes, |string| {
        if entities.contains(&string_id(string)) {
            names.push(string.to_owned());
        }
    });
    read.map_err(|e| e.in_file(&strings_path))?;
    drop(bytes);
    for name in names {
        let added = source.vocab.add_label(&name);
        added.map_err(|e| e.in_file(&strings_path))?;
    }
    let unknown = |id: &&u64| source.vocab.permanent_string(**id).is_none();
    if let Some(id) = entities.iter().find(unknown) {
        let reason = format!("has no string with the id {id}, which is that of an entity");
        return Err(FormatError::new(reason).in_file(&strings_path));
    }
    Ok(kb)
}

impl Component for EntityLinker {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let nil = string_id(NIL);
        for doc in docs {
            let ents = doc.ents();
            let ids = self.link(doc, &ents, budget)?;
            let ranges: Vec<Range<usize>> = ents.iter().map(|e| e.start()..e.end()).collect();
            for (range, id) in ranges.into_iter().zip(ids) {
                let id = scope.label(id.unwrap_or(nil));
                for token in &mut doc.tokens[range] {
                    if self.overwrite || token.ent_kb_id.is_none() {
                        token.ent_kb_id = id;
                    }
                }
            }
        }
        Ok(())
    }
}
