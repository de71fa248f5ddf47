//! Spans and named entities by rules.

use serde_json::Value;

use super::component::{Component, Source};
use super::pattern_lines::{Entry, Pattern};
use super::rules::{Key, Rules, check_fuzzy_compare, phrase_attr};
use super::span_filter::SpanFilter;
use crate::doc::{Doc, Group, SpanData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// Where spans go unless told otherwise.
const SPANS_KEY: &str = "ruler";

/// spaCy's `span_ruler` component (`pipeline/span_ruler.py`), also under the name `future_entity_ruler`.
pub(super) struct SpanRuler {
    rules: Rules,
    /// The group of spans that it fills, if any.
    spans_key: Option<String>,
    spans_filter: Option<SpanFilter>,
    /// Of the entities that are there and the matches, which become entities; `None` where it sets none.
    ents_filter: Option<SpanFilter>,
    /// Whether spans and entities that are there go.
    overwrite: bool,
    warnings: Vec<String>,
}

frozen!(SpanRuler {
    rules,
    spans_key,
    spans_filter,
    ents_filter,
    overwrite,
    warnings
});

impl SpanRuler {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let config = source.config;
        let filter = |setting: &str| match config.get(setting) {
            None | Some(Value::Null) => Ok(None),
            Some(block) => match SpanFilter::from_config(block) {
                Some(filter) => Ok(Some(filter)),
                None => Err(source.unsupported(format!("{setting} = {block}"))),
            },
        };
        let spans_key = match config.get("spans_key") {
            None => Some(SPANS_KEY.to_owned()),
            Some(Value::Null) => None,
            Some(Value::String(key)) => Some(key.clone()),
            Some(other) => {
                let reason = format!(
                    "component \"{}\" has the spans_key {other}, which is no string",
                    source.name
                );
                return Err(FormatError::new(reason).in_file(&source.config_path()));
            }
        };
        let spans_filter = filter("spans_filter")?;
        let ents_filter = filter("ents_filter")?.unwrap_or(SpanFilter::FirstLongest);
        let annotate_ents = source.flag(&Value::Null, "annotate_ents", false);
        let overwrite = source.flag(&Value::Null, "overwrite", true);
        let rules = load_rules(source)?;
        Ok(SpanRuler {
            warnings: rules.warnings(source.name),
            rules,
            spans_key,
            spans_filter,
            ents_filter: annotate_ents.then_some(ents_filter),
            overwrite,
        })
    }

    /// The ruler that sets entities as `entity_ruler` does.
    pub fn load_entity_ruler(source: &mut Source<'_>) -> Result<Self, Error> {
        let ents_filter = match source.flag(&Value::Null, "overwrite_ents", false) {
            true => SpanFilter::PrioritizeNew,
            false => SpanFilter::PrioritizeExisting,
        };
        let rules = load_rules(source)?;
        Ok(SpanRuler {
            warnings: rules.warnings(source.name),
            rules,
            spans_key: None,
            spans_filter: None,
            ents_filter: Some(ents_filter),
            overwrite: false,
        })
    }

    fn annotate_doc<'v>(
        &self,
        doc: &mut Doc<'v>,
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mut matches = self.rules.matches(doc, budget)?;
        matches.sort_unstable();
        matches.dedup();
        let mut spans: Vec<SpanData<'v>> = scope.with(|interner| {
            let span = |found: super::rules::Match| SpanData {
                label: interner.string(self.rules.label(found.key)).non_empty(),
                id: interner.string(self.rules.id(found.key)).non_empty(),
                ..SpanData::new(found.start, found.end)
            };
            matches.into_iter().map(span).collect()
        });
        spans.sort_by_key(|span| {
            let id = |entry: Option<&crate::vocab::StringEntry<'_>>| entry.map_or(0, |e| e.id());
            (span.start, span.end, id(span.label), id(span.id))
        });
        let tokens = doc.len();
        if let Some(key) = &self.spans_key {
            let old = doc.take_span_group(key).filter(|_| !self.overwrite);
            let mut group = old.unwrap_or_else(|| Group {
                key: key.as_str().into(),
                spans: Vec::new(),
                scores: Vec::new(),
            });
            // A filter returns what was there too, which is then there twice: so it is in spaCy.
            match self.spans_filter {
                Some(filter) => {
                    let kept = filter.apply(&group.spans, &spans, tokens);
                    group.spans.extend(kept);
                }
                None => group.spans.extend_from_slice(&spans),
            }
            doc.set_span_group(group);
        }
        if let Some(filter) = self.ents_filter {
            let there: Vec<_> = match self.overwrite {
                true => Vec::new(),
                false => doc.ent_data().collect(),
            };
            let ents = filter.apply(&there, &spans, tokens);
            doc.set_ents(&ents);
        }
        Ok(())
    }
}

fn load_rules(source: &mut Source<'_>) -> Result<Rules, Error> {
    check_fuzzy_compare(source)?;
    let attr = source.config.get("phrase_matcher_attr");
    let attr = phrase_attr(source, attr, &source.config_path())?;
    let (bytes, path) = source.file("patterns")?;
    let bytes = bytes.into_owned();
    Rules::load(source, attr, (&bytes, &path), key_of)
}

/// What a pattern is kept under: label and id.
fn key_of(entry: &Entry) -> Result<Option<Key>, FormatError> {
    if let Pattern::Other(pattern) = &entry.pattern {
        let reason = format!("\"pattern\" is {pattern}: neither a text nor a list of tokens");
        return Err(FormatError::new(reason));
    }
    let Entry { label, id, .. } = entry;
    let id = id.as_deref().unwrap_or_default();
    Ok(Some(Key {
        text: format!("{} {label} {id}", label.len()),
        label: label.clone(),
        id: Some(id.to_owned()),
        renames: false,
    }))
}

impl Component for SpanRuler {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        docs.iter_mut()
            .try_for_each(|doc| self.annotate_doc(doc, scope, budget))
    }

    /// A document without tokens has the group too.
    fn needs_tokens(&self) -> bool {
        self.spans_key.is_none()
    }

    fn labels(&self) -> Vec<String> {
        self.rules.labels()
    }

    fn rules(&self) -> Option<usize> {
        Some(self.rules.patterns())
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
