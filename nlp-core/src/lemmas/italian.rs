//! Italian (`spacy/lang/it/lemmatizer.py`): a table for each part of speech, and some words of grammar by hand.

use std::borrow::Cow;

use super::lookup::noun;
use super::tables::{ByPos, Tables};
use super::word::{Lemmatize, Word};
use super::words::Lookup;
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;

/// The mode `pos_lookup`.
pub(super) struct Italian {
    lookups: ByPos<Lookup>,
    other: Lookup,
    /// The table of words of all parts of speech.
    all: Lookup,
}

frozen!(Italian {
    lookups,
    other,
    all
});

impl Italian {
    pub fn load(bytes: &[u8]) -> Result<Italian, FormatError> {
        let required = &[
            "lemma_lookup_num",
            "lemma_lookup_det",
            "lemma_lookup_adp",
            "lemma_lookup_adj",
            "lemma_lookup_noun",
            "lemma_lookup_pron",
            "lemma_lookup_verb",
            "lemma_lookup_aux",
            "lemma_lookup_adv",
            "lemma_lookup_other",
            "lemma_lookup",
        ];
        let mut tables = Tables::read(bytes, &["lemma_lookup*"], required)?;
        Ok(Italian {
            other: tables.take_lookup("lemma_lookup_other"),
            all: tables.take_lookup("lemma_lookup"),
            lookups: tables.take_lookups_by_pos(),
        })
    }
}

impl Lemmatize for Italian {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        let table = self.lookups.get(match word.pos {
            Pos::Propn => Pos::Noun,
            Pos::Part => Pos::Pron,
            pos => pos,
        });
        if word.pos == Pos::Noun {
            return noun(table, word);
        }
        let form = word.lower_unless_name();
        if let Some(lemma) = of_grammar(&form, word.pos) {
            return Cow::Borrowed(lemma);
        }
        let lemma = table.first(&form);
        match word.pos {
            Pos::Det | Pos::Adp => lemma.map_or(form, Cow::Borrowed),
            Pos::Pron | Pos::Adj => match lemma.unwrap_or(&form) {
                "alcun" => Cow::Borrowed("alcuno"),
                "qualcun" => Cow::Borrowed("qualcuno"),
                _ => lemma.map_or(form, Cow::Borrowed),
            },
            _ => {
                let tables = [lemma, self.other.first(&form)];
                let some = tables.into_iter().flatten().find(|lemma| !lemma.is_empty());
                let lemma = some.or_else(|| self.all.first(&form));
                lemma.map_or_else(|| word.lower(), Cow::Borrowed)
            }
        }
    }
}

/// Articles and what looks like them.
fn of_grammar(form: &str, pos: Pos) -> Option<&'static str> {
    Some(match (pos, form) {
        (Pos::Det, "l'" | "lo" | "la" | "i" | "gli" | "le") => "il",
        (Pos::Pron, "l'" | "li" | "la" | "gli" | "le") => "lo",
        (Pos::Det | Pos::Pron, "un'" | "un" | "una") => "uno",
        (Pos::Adp, "d'") => "di",
        _ => return None,
    })
}
