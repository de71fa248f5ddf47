//! Polish (`spacy/lang/pl/lemmatizer.py`): a table for each part of speech.

use std::borrow::Cow;

use super::lookup::noun;
use super::tables::{ByPos, Tables};
use super::word::{Lemmatize, Word};
use super::words::Lookup;
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;

/// The mode `pos_lookup`.
pub(super) struct Polish {
    lookups: ByPos<Lookup>,
}

frozen!(Polish { lookups });

impl Polish {
    pub fn load(bytes: &[u8]) -> Result<Polish, FormatError> {
        let required = &[
            "lemma_lookup_adj",
            "lemma_lookup_adp",
            "lemma_lookup_adv",
            "lemma_lookup_aux",
            "lemma_lookup_noun",
            "lemma_lookup_num",
            "lemma_lookup_part",
            "lemma_lookup_pron",
            "lemma_lookup_verb",
        ];
        let mut tables = Tables::read(bytes, &["lemma_lookup_*"], required)?;
        Ok(Polish {
            lookups: tables.take_lookups_by_pos(),
        })
    }
}

impl Lemmatize for Polish {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        let table = match word.pos {
            Pos::Propn => self.lookups.get(Pos::Noun),
            pos => self.lookups.get(pos),
        };
        match word.pos {
            Pos::Noun => noun(table, word),
            Pos::Propn => (table.first(word.text)).map_or_else(|| word.lower(), Cow::Borrowed),
            pos => {
                let lower = word.lower();
                let lemma = without_prefixes(&lower, pos)
                    .find_map(|form| table.first(form))
                    .or_else(|| table.first(&lower));
                lemma.map_or(lower, Cow::Borrowed)
            }
        }
    }
}

/// The word without "nie" (not) and, of an adjective, "naj" (most), the shortest first; not the word itself.
fn without_prefixes(word: &str, pos: Pos) -> impl Iterator<Item = &str> {
    let negated = word.strip_prefix("nie");
    let forms = match pos {
        Pos::Adj => [
            negated.and_then(|rest| rest.strip_prefix("naj")),
            negated,
            word.strip_prefix("naj"),
        ],
        Pos::Verb => [negated, None, None],
        _ => [None; 3],
    };
    forms.into_iter().flatten()
}
