//! Special cases: texts whose tokens are given rather than found, such as "don't" and "a.m.".

use super::cache::{Cut, NormId};
use crate::attr::Attr;
use crate::error::FormatError;
use crate::format::msgpack::Value;
use crate::frozen::frozen;
use crate::keyed;
use hashbrown::HashTable;
use std::collections::{BTreeMap, HashMap};

/// The longest text of a special case, in bytes.
const MAX_LENGTH: usize = 1 << 20;

/// A special case: a text and its tokens.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) text: Box<str>,
    pub(super) cuts: Box<[Cut]>,
}

frozen!(Case { text, cuts });

/// All special cases of a tokenizer, in the order of their texts.
#[derive(Debug, Default)]
pub(super) struct Specials {
    cases: Vec<Case>,
    /// Indices of `cases`, by their texts' [keyed hash](keyed::text).
    table: HashTable<u32>,
    longest: usize,
}

frozen!(Specials {
    cases,
    table,
    longest
});

impl Specials {
    /// Whether `text` is short enough to be a special case.
    #[inline]
    pub(super) fn may_hold(&self, text: &str) -> bool {
        text.len() <= self.longest
    }

    /// The tokens of `text` if it is a special case.
    #[inline]
    pub(super) fn get(&self, text: &str) -> Option<&[Cut]> {
        if !self.may_hold(text) {
            return None;
        }
        let is = |&i: &u32| *self.cases[i as usize].text == *text;
        let index = *self.table.find(keyed::text(text), is)?;
        Some(&self.cases[index as usize].cuts)
    }

    /// All of them, in the order of their texts.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Case> {
        self.cases.iter()
    }

    /// Reads the rules of a tokenizer's file: a map from texts to lists of tokens, each a map with the token's own
    /// text and perhaps its norm (`Tokenizer.add_special_case` in `spacy/tokenizer.pyx`).
    ///
    /// # Errors
    /// If a rule is no such list, gives other attributes than these two, or does not add up to its text.
    pub(super) fn read(
        rules: &[(Value<'_>, Value<'_>)],
        norms: &mut Norms,
    ) -> Result<Specials, FormatError> {
        // the order decides what spaCy's cache holds afterwards; a text given twice counts once, as it was given last
        let mut sorted = BTreeMap::new();
        for (text, tokens) in rules {
            let Some(text) = text.as_str() else {
                let what = format!("a special case is named by {}, not by text", text.kind());
                return Err(FormatError::new(what));
            };
            sorted.insert(text, tokens);
        }
        let mut specials = Specials::default();
        for (text, tokens) in sorted {
            let cuts =
                read_tokens(text, tokens, norms).map_err(|e| e.within(format!("{text:?}")))?;
            if text.is_empty() {
                continue; // no token is empty, so this case never comes up
            }
            let index = specials.cases.len() as u32;
            specials.longest = specials.longest.max(text.len());
            specials.cases.push(Case {
                text: text.into(),
                cuts: cuts.into(),
            });
            let cases = &specials.cases;
            let hash = |&i: &u32| keyed::text(&cases[i as usize].text);
            specials.table.insert_unique(keyed::text(text), index, hash);
        }
        Ok(specials)
    }
}

/// The norms that special cases give, each once.
#[derive(Debug, Default)]
pub(super) struct Norms {
    norms: Vec<String>,
    ids: HashMap<String, NormId>,
}

impl Norms {
    fn intern(&mut self, norm: &str) -> Result<NormId, FormatError> {
        if let Some(&id) = self.ids.get(norm) {
            return Ok(id);
        }
        let id = NormId::new(self.norms.len())
            .ok_or_else(|| FormatError::new("more norms than can be told apart"))?;
        self.norms.push(norm.to_owned());
        self.ids.insert(norm.to_owned(), id);
        Ok(id)
    }

    /// The norms by number.
    pub(super) fn into_vec(self) -> Vec<String> {
        self.norms
    }
}

/// Reads the tokens of the special case `text`.
fn read_tokens(text: &str, tokens: &Value<'_>, norms: &mut Norms) -> Result<Vec<Cut>, FormatError> {
    let fault = |what: String| Err(FormatError::new(what));
    let Some(tokens) = tokens.as_array() else {
        return fault(format!("special case is {}, not a list", tokens.kind()));
    };
    if text.len() > MAX_LENGTH {
        return fault(format!("special case is longer than {MAX_LENGTH} bytes"));
    }
    let mut rest = text;
    let mut cuts = Vec::with_capacity(tokens.len());
    for token in tokens {
        let Some(attributes) = token.as_map() else {
            return fault(format!("token is {}, not a map", token.kind()));
        };
        let (mut orth, mut norm) = (None, None);
        for (name, value) in attributes {
            match attribute(name)? {
                Some(Attr::Orth) => orth = Some(value),
                Some(Attr::Norm) => norm = Some(value),
                _ => {}
            }
        }
        let Some(orth) = orth.and_then(Value::as_str).filter(|orth| !orth.is_empty()) else {
            return fault("token without a text of its own (ORTH)".into());
        };
        let Some(after) = rest.strip_prefix(orth) else {
            return fault(format!(
                "tokens do not add up to it: {orth:?} is not in place"
            ));
        };
        rest = after;
        let norm = match norm {
            None => None,
            Some(norm) => match norm.as_str() {
                Some("") => None,
                Some(norm) => Some(norms.intern(norm)?),
                None => return fault(format!("norm is {}, not text", norm.kind())),
            },
        };
        cuts.push(Cut {
            end: (text.len() - rest.len()) as u32,
            norm,
        });
    }
    if !rest.is_empty() {
        return fault(format!("tokens do not add up to it: {rest:?} is left"));
    }
    Ok(cuts)
}

/// The attribute that a token's map names, by number or by name; `None` for a name that spaCy does not know, which it
/// passes over.
fn attribute(name: &Value<'_>) -> Result<Option<Attr>, FormatError> {
    let attr = match (name.as_u64(), name.as_str()) {
        (Some(number), _) if number == Attr::Orth as u64 => Some(Attr::Orth),
        (Some(number), _) if number == Attr::Norm as u64 => Some(Attr::Norm),
        (_, Some("F")) => Some(Attr::Orth),
        (_, Some(name)) => match Attr::from_name(name) {
            None => return Ok(None),
            known => known,
        },
        _ => None,
    };
    match attr {
        Some(Attr::Orth | Attr::Norm) => Ok(attr),
        _ => {
            let name = match (name.as_str(), name.as_i64()) {
                (Some(name), _) => name.to_owned(),
                (_, Some(number)) => format!("number {number}"),
                _ => name.kind(),
            };
            Err(FormatError::new(format!(
                "token has the attribute {name}: a special case gives ORTH and NORM only"
            )))
        }
    }
}
