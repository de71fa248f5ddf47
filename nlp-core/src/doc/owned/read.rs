//! Reading documents from JSON: every offset and position is checked before anything is made of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::token::natural;
use super::{OwnedDoc, OwnedGroupSpan, OwnedSpan, OwnedToken};
use crate::error::FormatError;

/// The fields of a document as they were read, not yet checked against each other.
#[derive(serde::Deserialize)]
pub(super) struct Fields {
    text: String,
    #[serde(default, deserialize_with = "ents")]
    ents: Option<Vec<OwnedSpan>>,
    #[serde(default, deserialize_with = "sents")]
    sents: Option<Vec<OwnedSpan>>,
    #[serde(deserialize_with = "tokens")]
    tokens: Vec<OwnedToken>,
    #[serde(default)]
    cats: BTreeMap<String, f64>,
    #[serde(default)]
    spans: BTreeMap<String, Vec<OwnedGroupSpan>>,
    #[serde(default, rename = "_")]
    user_data: BTreeMap<String, Value>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The fields of a span.
#[derive(serde::Deserialize)]
pub(super) struct SpanFields {
    start: i64,
    end: i64,
    #[serde(default)]
    label: String,
}

/// The fields of a span of a group.
#[derive(serde::Deserialize)]
pub(super) struct GroupSpanFields {
    #[serde(flatten)]
    span: SpanFields,
    #[serde(default)]
    kb_id: String,
}

impl TryFrom<GroupSpanFields> for OwnedGroupSpan {
    type Error = FormatError;

    fn try_from(fields: GroupSpanFields) -> Result<Self, FormatError> {
        let OwnedSpan { start, end, label } = fields.span.try_into()?;
        Ok(OwnedGroupSpan {
            start,
            end,
            label,
            kb_id: fields.kb_id,
        })
    }
}

impl TryFrom<Fields> for OwnedDoc {
    type Error = FormatError;

    fn try_from(fields: Fields) -> Result<Self, FormatError> {
        let doc = OwnedDoc {
            text: fields.text,
            ents: fields.ents,
            sents: fields.sents,
            tokens: fields.tokens,
            cats: fields.cats,
            spans: fields.spans,
            user_data: fields.user_data,
            other: fields.other,
        };
        doc.check()?;
        Ok(doc)
    }
}

impl TryFrom<SpanFields> for OwnedSpan {
    type Error = FormatError;

    fn try_from(fields: SpanFields) -> Result<Self, FormatError> {
        Ok(OwnedSpan {
            start: natural("start", fields.start)?,
            end: natural("end", fields.end)?,
            label: fields.label,
        })
    }
}

fn ents<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<OwnedSpan>>, D::Error> {
    numbered("ents", from).map(Some)
}

fn sents<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<OwnedSpan>>, D::Error> {
    numbered("sents", from).map(Some)
}

fn tokens<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<OwnedToken>, D::Error> {
    numbered("tokens", from)
}

/// A list whose errors say which element they are of.
fn numbered<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    name: &'static str,
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct Numbered<T>(&'static str, Vec<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Numbered<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "\"{}\" to be a list", self.0)
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Vec<T>, A::Error> {
            loop {
                let element = list
                    .next_element()
                    .map_err(|e| A::Error::custom(format!("{}[{}]: {e}", self.0, self.1.len())));
                match element? {
                    Some(element) => self.1.push(element),
                    None => return Ok(self.1),
                }
            }
        }
    }

    from.deserialize_seq(Numbered(name, Vec::new()))
}

impl OwnedDoc {
    /// Checks that offsets lie in the text, that tokens follow one another and are numbered from 0, that heads are
    /// tokens, that entities and sentences follow one another, that they and the spans of groups are made of whole tokens, and that an attribute is set
    /// for all tokens or for none. Reading a document from JSON ends with this; it is public for documents that were put
    /// together or changed by hand.
    ///
    /// Heads that go in a circle are no fault: of two parsers in one pipeline, the second keeps heads of the first where
    /// it finds none, as in spaCy, which reads such documents too.
    ///
    /// # Errors
    /// The first fault, and where it is: `tokens[3]: "head" is 12, and there are 9 tokens`.
    pub fn check(&self) -> Result<(), FormatError> {
        let chars = self.text.chars().count();
        let mut previous_end = 0;
        for (i, token) in self.tokens.iter().enumerate() {
            self.check_token(i, chars, previous_end)
                .map_err(|e| e.within(format_args!("tokens[{i}]")))?;
            previous_end = token.end;
        }
        self.check_spans("ents", &self.ents, chars)?;
        self.check_spans("sents", &self.sents, chars)?;
        for (key, spans) in &self.spans {
            for (i, span) in spans.iter().enumerate() {
                check_range(span.start, span.end, chars)
                    .and_then(|()| self.check_tokens_of(span.start, span.end))
                    .map_err(|e| e.within(format_args!("spans[{key:?}][{i}]")))?;
            }
        }
        for (i, ent) in self.ents.iter().flatten().enumerate() {
            if ent.label.is_empty() {
                return Err(FormatError::new(format!("ents[{i}]: has no \"label\"")));
            }
        }
        Ok(())
    }

    fn check_token(&self, i: usize, chars: usize, previous_end: usize) -> Result<(), FormatError> {
        let token = &self.tokens[i];
        let fault = |reason| Err(FormatError::new(reason));
        if token.id != i {
            return fault(format!(
                "\"id\" is {}, and tokens are numbered from 0",
                token.id
            ));
        }
        check_range(token.start, token.end, chars)?;
        check_order("token", token.start, previous_end)?;
        if let Some(head) = token.head
            && head >= self.tokens.len()
        {
            let tokens = self.tokens.len();
            return fault(format!("\"head\" is {head}, and there are {tokens} tokens"));
        }
        if token.head.is_some() && token.dep.is_none() {
            return fault("has a \"head\" without a \"dep\"".to_owned());
        }
        let first = self.tokens[0].is_set();
        for ((name, here), (_, first)) in token.is_set().zip(first) {
            if here != first {
                let (has, other) = if here { ("a", "none") } else { ("no", "one") };
                return fault(format!("has {has} \"{name}\", and tokens[0] has {other}"));
            }
        }
        Ok(())
    }

    fn check_spans(
        &self,
        name: &str,
        spans: &Option<Vec<OwnedSpan>>,
        chars: usize,
    ) -> Result<(), FormatError> {
        let mut previous_end = 0;
        for (i, span) in spans.iter().flatten().enumerate() {
            check_range(span.start, span.end, chars)
                .and_then(|()| check_order("one", span.start, previous_end))
                .and_then(|()| self.check_tokens_of(span.start, span.end))
                .map_err(|e| e.within(format_args!("{name}[{i}]")))?;
            previous_end = span.end;
        }
        Ok(())
    }

    /// Whether the span is made of whole tokens, which were checked before.
    fn check_tokens_of(&self, start: usize, end: usize) -> Result<(), FormatError> {
        let first = self
            .tokens
            .binary_search_by_key(&start, |token| token.start);
        let last = self.tokens.binary_search_by_key(&end, |token| token.end);
        match first.is_ok() && last.is_ok() {
            true => Ok(()),
            false => Err(FormatError::new(format!(
                "no tokens start at {start} and end at {end}"
            ))),
        }
    }
}

/// Tokens and spans have something in them, and end in the text.
fn check_range(start: usize, end: usize, chars: usize) -> Result<(), FormatError> {
    if start >= end {
        return Err(FormatError::new(format!(
            "\"start\" is {start}, not before \"end\", which is {end}"
        )));
    }
    if end > chars {
        return Err(FormatError::new(format!(
            "\"end\" is {end}, and the text has {chars} code points"
        )));
    }
    Ok(())
}

fn check_order(what: &str, start: usize, previous_end: usize) -> Result<(), FormatError> {
    if start < previous_end {
        return Err(FormatError::new(format!(
            "\"start\" is {start}, and the {what} before it ends at {previous_end}"
        )));
    }
    Ok(())
}
