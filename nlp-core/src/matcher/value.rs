//! What a token has for an attribute, as patterns see it.

use crate::attr::Attr;
use crate::doc::{Doc, TokenData};
use crate::symbols::symbol_name;
use crate::vocab::StringEntry;

/// The value of an attribute: a number, or the id of a string with the string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'d> {
    pub id: u64,
    /// What tells strings apart that share an id; `None` for numbers.
    pub text: Option<&'d str>,
}

impl<'d> Value<'d> {
    fn number(id: u64) -> Value<'d> {
        Value { id, text: None }
    }

    /// A string; the empty one where the attribute is not set.
    fn string(entry: Option<&StringEntry<'d>>) -> Value<'d> {
        Value {
            id: entry.map_or(0, |entry| entry.id),
            text: Some(entry.map_or("", |entry| entry.text)),
        }
    }

    /// What `REGEX` and `FUZZY` look at. spaCy looks numbers up among its strings, where the small ones stand for
    /// reserved symbols: so a part of speech reads as its name.
    pub fn as_text(self) -> &'d str {
        self.text
            .unwrap_or_else(|| symbol_name(self.id).unwrap_or_default())
    }
}

/// The string that a token has for `attr`, `None` where it is not set; of attributes that are strings in a vocabulary.
#[inline]
pub(super) fn string<'v>(token: &TokenData<'v>, attr: Attr) -> Option<Option<&'v StringEntry<'v>>> {
    let lexeme = token.lexeme;
    Some(match attr {
        Attr::Orth => Some(lexeme.orth),
        Attr::Lower => Some(lexeme.lower),
        Attr::Norm => Some(token.norm.unwrap_or(lexeme.norm)),
        Attr::Shape => Some(lexeme.shape),
        Attr::Prefix => Some(lexeme.prefix),
        Attr::Suffix => Some(lexeme.suffix),
        Attr::Lemma => token.lemma,
        Attr::Tag => token.tag,
        Attr::Dep => token.dep,
        Attr::Morph => token.morph,
        Attr::EntType => token.ent_type,
        Attr::EntId => token.ent_id,
        Attr::EntKbId => token.ent_kb_id,
        _ => return None,
    })
}

/// What token `i` has for `attr`: spaCy's `get_token_attr_for_matcher`.
pub(super) fn value<'d>(doc: &'d Doc<'_>, i: usize, attr: Attr) -> Value<'d> {
    let token = &doc.tokens[i];
    if let Some(entry) = string(token, attr) {
        return Value::string(entry);
    }
    match attr {
        Attr::Lang => Value {
            id: doc.attr(i, attr),
            text: Some(doc.vocab().lang().code()),
        },
        // Whether the token starts a sentence: that it does not, and that nobody knows, are the same.
        Attr::SentStart => Value::number(u64::from(token.sent_start == 1)),
        _ => Value::number(doc.attr(i, attr)),
    }
}
