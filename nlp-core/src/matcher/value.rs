//! What a token has for an attribute, as patterns see it.

use crate::attr::Attr;
use crate::doc::Doc;
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

/// What token `i` has for `attr`: spaCy's `get_token_attr_for_matcher`.
pub(super) fn value<'d>(doc: &'d Doc<'_>, i: usize, attr: Attr) -> Value<'d> {
    let token = &doc.tokens[i];
    let lexeme = token.lexeme;
    match attr {
        Attr::Orth => Value::string(Some(lexeme.orth)),
        Attr::Lower => Value::string(Some(lexeme.lower)),
        Attr::Norm => Value::string(Some(token.norm.unwrap_or(lexeme.norm))),
        Attr::Shape => Value::string(Some(lexeme.shape)),
        Attr::Prefix => Value::string(Some(lexeme.prefix)),
        Attr::Suffix => Value::string(Some(lexeme.suffix)),
        Attr::Lemma => Value::string(token.lemma),
        Attr::Tag => Value::string(token.tag),
        Attr::Dep => Value::string(token.dep),
        Attr::Morph => Value::string(token.morph),
        Attr::EntType => Value::string(token.ent_type),
        Attr::EntId => Value::string(token.ent_id),
        Attr::EntKbId => Value::string(token.ent_kb_id),
        Attr::Lang => Value {
            id: doc.attr(i, attr),
            text: Some(doc.vocab().lang().code()),
        },
        // Whether the token starts a sentence: that it does not, and that nobody knows, are the same.
        Attr::SentStart => Value::number(u64::from(token.sent_start == 1)),
        _ => Value::number(doc.attr(i, attr)),
    }
}
