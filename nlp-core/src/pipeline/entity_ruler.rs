//! Named entities by rules.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::component::{Component, Source};
use super::pattern_lines::{Entry, Pattern};
use super::rules::{Key, Match, Rules, check_fuzzy_compare, phrase_attr};
use super::set_order::set_order;
use crate::doc::{Doc, SpanData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// What stands between label and id in the names of keys, unless told otherwise.
const SEPARATOR: &str = "||";

/// spaCy's `entity_ruler` component (`pipeline/entityruler.py`).
pub(super) struct EntityRuler {
    rules: Rules,
    /// Whether matches take the place of entities that are there.
    overwrite: bool,
    labels: Vec<String>,
    warnings: Vec<String>,
}

frozen!(EntityRuler {
    rules,
    overwrite,
    labels,
    warnings
});

impl EntityRuler {
    /// Reads `patterns.jsonl`, and the settings from `cfg`; or, where spaCy 2 saved it, the patterns alone from a file
    /// beside the components' folders.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        check_fuzzy_compare(source)?;
        let beside = Path::new(source.name).with_extension("jsonl");
        let beside = beside.to_string_lossy();
        let alone = source.files.exists(&beside);
        let (bytes, path, settings, settings_path) = if alone {
            let content = source.files.read(&beside)?.into_owned();
            source.bytes.set(source.bytes.get() + content.len() as u64);
            let (settings, path) = (source.config.clone(), source.config_path());
            (content, source.files.path(&beside), settings, path)
        } else {
            let (_, cfg_path) = source.file("cfg")?;
            let (settings, _) = source.cfg()?;
            let (content, path) = source.file("patterns.jsonl")?;
            (content.into_owned(), path, settings, cfg_path)
        };
        let overwrite = settings.get(if alone { "overwrite_ents" } else { "overwrite" });
        let attr = phrase_attr(source, settings.get("phrase_matcher_attr"), &settings_path)?;
        let separator = match settings.get("ent_id_sep") {
            None => SEPARATOR,
            Some(Value::String(separator)) => separator,
            Some(other) => {
                let reason = format!("ent_id_sep is {other}, which is no string");
                return Err(FormatError::new(reason).in_file(&settings_path));
            }
        };
        let mut labels = BTreeSet::new();
        let key_of = |entry: &Entry| {
            let key = key_of(entry, separator);
            // What spaCy lists as labels are its keys up to the last separator.
            if let Some(key) = &key {
                let end = key.text.rfind(separator).unwrap_or(key.text.len());
                if !labels.contains(&key.text[..end]) {
                    labels.insert(key.text[..end].to_owned());
                }
            }
            Ok(key)
        };
        let rules = Rules::load(source, attr, (&bytes, &path), key_of)?;
        Ok(EntityRuler {
            warnings: rules.warnings(source.name),
            overwrite: overwrite.and_then(Value::as_bool).unwrap_or(false),
            labels: labels.into_iter().collect(),
            rules,
        })
    }

    /// The matches in the order in which they are taken: longest first, of these the first, and of those over the same
    /// tokens the one that Python finds first in its set of all.
    fn in_order(&self, mut matches: Vec<Match>) -> Vec<Match> {
        let found = matches.clone();
        matches.sort_unstable();
        matches.dedup();
        let same_tokens =
            |pair: &[Match]| pair[0].start == pair[1].start && pair[0].end == pair[1].end;
        if matches.windows(2).any(same_tokens) {
            let unique = matches;
            let mut taken = vec![false; unique.len()];
            let first = found.into_iter().filter(|one| {
                let at = unique.binary_search(one).unwrap_or_default();
                !std::mem::replace(&mut taken[at], true)
            });
            let list: Vec<Match> = first.collect();
            let triple = |m: &Match| [self.rules.key_id(m.key), m.start as u64, m.end as u64];
            let order = set_order(list.iter().map(triple));
            matches = order.into_iter().map(|i| list[i]).collect();
        }
        matches.sort_by_key(|m| (std::cmp::Reverse(m.end - m.start), m.start));
        matches
    }

    fn annotate_doc<'v>(
        &self,
        doc: &mut Doc<'v>,
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let matches = self.in_order(self.rules.matches(doc, budget)?);
        // How many tokens before each are of an entity.
        let mut typed = vec![0_u32];
        for token in &doc.tokens {
            typed.push(typed[typed.len() - 1] + u32::from(token.ent_type.is_some()));
        }
        let mut seen = vec![false; doc.len()];
        let mut ents = Vec::new();
        scope.with(|interner| {
            for found in matches {
                let Match { start, end, key } = found;
                if !self.overwrite && typed[end] > typed[start] {
                    continue;
                }
                // What was taken before is no shorter, so that it stands over an end of this one if they overlap.
                if seen[start] || seen[end - 1] {
                    continue;
                }
                seen[start..end].fill(true);
                ents.push(SpanData {
                    label: interner.string(self.rules.label(key)).non_empty(),
                    id: interner.string(self.rules.id(key)).non_empty(),
                    ..SpanData::new(start, end)
                });
            }
        });
        let old = doc.ent_data();
        ents.extend(old.filter(|ent| !seen[ent.start..ent.end].contains(&true)));
        doc.set_ents(&ents);
        Ok(())
    }
}

/// What spaCy keeps a pattern under: its label, and its id behind it. A pattern that is neither text nor list is skipped.
fn key_of(entry: &Entry, separator: &str) -> Option<Key> {
    // An empty id counts for nothing, but for a token pattern it makes another key.
    let id = match (&entry.pattern, &entry.id) {
        (Pattern::Other(_), _) => return None,
        (Pattern::Phrase(_), Some(id)) if id.is_empty() => None,
        (_, id) => id.clone(),
    };
    let text = match &id {
        Some(id) => format!("{}{separator}{id}", entry.label),
        None => entry.label.clone(),
    };
    Some(Key {
        text,
        label: entry.label.clone(),
        renames: id.is_some(),
        id,
    })
}

impl Component for EntityRuler {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        docs.iter_mut()
            .try_for_each(|doc| self.annotate_doc(doc, scope, budget))
    }

    fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    fn rules(&self) -> Option<usize> {
        Some(self.rules.patterns())
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
