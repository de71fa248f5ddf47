//! Reading a DocBin.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use flate2::read::ZlibDecoder;
use nlp_core::symbols::{string_id, symbol_name};
use nlp_core::{Attr, FormatError, OwnedDoc, OwnedGroupSpan, OwnedSpan, OwnedToken, Pos};

use super::budget::Budget;
use super::message::Message;
use super::spans::read_groups;
use super::trees::starts;
use super::user_data::read_user_data;

/// How many times its own length a DocBin's documents may take. A token takes 8 bytes of the file for each attribute, and
/// a string of the document for some of them; features are the longest, of some 40 bytes.
const TIMES_UNPACKED: u64 = 8;

/// The documents of a DocBin, which may have at most `limit` bytes once unpacked, and 8 times as many in the strings and
/// spans of the documents. They have what [`OwnedDoc`] has room for: texts, tokens with tag, part of speech, features,
/// lemma, head and relation, entities, sentences, groups of spans, categories, custom attributes. Norms and the ids of
/// entities are not kept.
///
/// # Errors
/// What is wrong with the file, and in which document.
pub fn read(file: &[u8], limit: u64) -> Result<Vec<OwnedDoc>, FormatError> {
    let mut bytes = Vec::new();
    let unpacked = ZlibDecoder::new(file)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes);
    unpacked.map_err(|error| FormatError::new(format!("it is not packed with zlib: {error}")))?;
    if bytes.len() as u64 > limit {
        return Err(FormatError::new(format!(
            "it has more than {limit} bytes once unpacked"
        )));
    }
    Contents::read(&bytes)?.docs(&Budget::new(limit.saturating_mul(TIMES_UNPACKED)))
}

/// What stands in a DocBin.
#[derive(Default)]
struct Contents<'b> {
    attrs: Vec<u64>,
    tokens: &'b [u8],
    spaces: &'b [u8],
    lengths: &'b [u8],
    strings: HashMap<u64, &'b str>,
    cats: Vec<BTreeMap<String, f64>>,
    unknown_spaces: Vec<bool>,
    groups: Vec<&'b [u8]>,
    user_data: Vec<Option<&'b [u8]>>,
}

impl<'b> Contents<'b> {
    fn read(bytes: &'b [u8]) -> Result<Self, FormatError> {
        let mut message = Message::new(bytes);
        let mut contents = Contents::default();
        for _ in 0..message.map_len()? {
            let key = message.text()?;
            contents
                .read_entry(key, &mut message)
                .map_err(|fault| fault.within(key))?;
        }
        Ok(contents)
    }

    fn read_entry(&mut self, key: &str, message: &mut Message<'b>) -> Result<(), FormatError> {
        match key {
            "tokens" => self.tokens = message.bin()?,
            "spaces" => self.spaces = message.bin()?,
            "lengths" => self.lengths = message.bin()?,
            "attrs" | "strings" | "cats" | "flags" | "span_groups" | "user_data" => {
                for _ in 0..message.array_len()? {
                    self.read_element(key, message)?;
                }
            }
            _ => message.skip()?,
        }
        Ok(())
    }

    fn read_element(&mut self, key: &str, message: &mut Message<'b>) -> Result<(), FormatError> {
        match key {
            "attrs" => self.attrs.push(message.number()?),
            "strings" => {
                let text = message.text()?;
                self.strings.insert(string_id(text), text);
            }
            "cats" => {
                let mut cats = BTreeMap::new();
                for _ in 0..message.map_len()? {
                    cats.insert(message.text()?.to_owned(), message.score()?);
                }
                self.cats.push(cats);
            }
            "flags" => {
                let mut unknown = false;
                for _ in 0..message.map_len()? {
                    match message.text()? {
                        "has_unknown_spaces" => unknown = message.flag()?,
                        _ => message.skip()?,
                    }
                }
                self.unknown_spaces.push(unknown);
            }
            "span_groups" => self.groups.push(message.bin()?),
            _ => {
                let data = match message.nil()? {
                    true => None,
                    false => Some(message.bin()?),
                };
                self.user_data.push(data);
            }
        }
        Ok(())
    }

    fn docs(self, budget: &Budget) -> Result<Vec<OwnedDoc>, FormatError> {
        let fault = |reason: String| Err(FormatError::new(reason));
        if self.attrs.first() != Some(&(Attr::Orth as u64)) {
            return fault("its first attribute is not ORTH, the text of the tokens".into());
        }
        let (values, odd) = self.tokens.as_chunks::<8>();
        let (lengths, odd_lengths) = self.lengths.as_chunks::<4>();
        let width = self.attrs.len();
        let tokens = values.len() / width;
        if !odd.is_empty()
            || !odd_lengths.is_empty()
            || values.len() % width > 0
            || self.spaces.len() != tokens
        {
            return fault(format!(
                "{} bytes of tokens with {width} attributes, {} spaces and {} bytes of lengths do not fit together",
                self.tokens.len(),
                self.spaces.len(),
                self.lengths.len()
            ));
        }
        let (mut values, mut spaces) = (values, self.spaces);
        let mut docs = Vec::new();
        for (i, length) in lengths.iter().enumerate() {
            // Of a negative one there are not as many.
            let length = u32::from_le_bytes(*length) as usize;
            let (Some((row, more)), Some((space, after))) = (
                values.split_at_checked(length.saturating_mul(width)),
                spaces.split_at_checked(length),
            ) else {
                return fault(format!(
                    "document {i} has {length} tokens, and there are {} left",
                    spaces.len()
                ));
            };
            (values, spaces) = (more, after);
            let table = Table {
                contents: &self,
                values: row,
                budget,
            };
            docs.push(
                table
                    .doc(i, space)
                    .map_err(|fault| fault.within(format_args!("document {i}")))?,
            );
        }
        match spaces.is_empty() {
            true => Ok(docs),
            false => fault(format!("{} tokens are in no document", spaces.len())),
        }
    }
}

/// The attributes of the tokens of a document.
struct Table<'t, 'b> {
    contents: &'t Contents<'b>,
    values: &'t [[u8; 8]],
    budget: &'t Budget,
}

impl<'t, 'b> Table<'t, 'b> {
    fn column(&self, attr: Attr) -> Option<impl ExactSizeIterator<Item = u64> + use<'t, 'b>> {
        let attrs = &self.contents.attrs;
        let column = attrs.iter().position(|&id| id == attr as u64)?;
        let values = self.values.iter().skip(column).step_by(attrs.len());
        Some(values.map(|value| u64::from_le_bytes(*value)))
    }

    /// A column, if it says something of any token.
    fn annotated(&self, attr: Attr) -> Option<Vec<u64>> {
        let column: Vec<u64> = self.column(attr)?.collect();
        column.iter().any(|&value| value != 0).then_some(column)
    }

    fn string(&self, id: u64) -> Result<&'b str, FormatError> {
        symbol_name(id)
            .or_else(|| self.contents.strings.get(&id).copied())
            .ok_or_else(|| {
                FormatError::new(format!("the string with id {id} is not among its strings"))
            })
    }

    fn copy(&self, id: u64) -> Result<String, FormatError> {
        self.budget.copy(self.string(id)?)
    }

    fn strings(&self, attr: Attr) -> Result<Option<Vec<String>>, FormatError> {
        let Some(ids) = self.annotated(attr) else {
            return Ok(None);
        };
        let strings = ids.into_iter().map(|id| self.copy(id));
        strings.collect::<Result<_, FormatError>>().map(Some)
    }

    fn doc(&self, i: usize, spaces: &[u8]) -> Result<OwnedDoc, FormatError> {
        let contents = self.contents;
        let unknown = contents.unknown_spaces.get(i).copied().unwrap_or(false);
        let mut doc = OwnedDoc {
            cats: contents.cats.get(i).cloned().unwrap_or_default(),
            ..OwnedDoc::default()
        };
        self.read_text(&mut doc, |token| unknown || spaces[token] != 0)?;
        self.read_annotations(&mut doc)?;
        self.read_sents(&mut doc);
        self.read_ents(&mut doc)?;
        if let Some(groups) = contents.groups.get(i) {
            self.read_spans(&mut doc, groups)?;
        }
        if let Some(Some(data)) = contents.user_data.get(i) {
            doc.user_data = read_user_data(data)?;
        }
        doc.check()?;
        Ok(doc)
    }

    fn read_text(
        &self,
        doc: &mut OwnedDoc,
        space: impl Fn(usize) -> bool,
    ) -> Result<(), FormatError> {
        let mut start = 0;
        for (id, word) in self.column(Attr::Orth).into_iter().flatten().enumerate() {
            let word = self.string(word)?;
            let end = start + word.chars().count();
            // The text, and what the token itself takes.
            self.budget.spend(word.len() + size_of::<OwnedToken>())?;
            doc.text.push_str(word);
            doc.tokens.push(OwnedToken {
                id,
                start,
                end,
                ..OwnedToken::default()
            });
            start = end;
            if space(id) {
                doc.text.push(' ');
                start += 1;
            }
        }
        Ok(())
    }

    fn read_annotations(&self, doc: &mut OwnedDoc) -> Result<(), FormatError> {
        let tags = self.strings(Attr::Tag)?;
        let morphs = self.strings(Attr::Morph)?;
        let lemmas = self.strings(Attr::Lemma)?;
        let deps = self.strings(Attr::Dep)?;
        let poses = self.annotated(Attr::Pos);
        let heads = self
            .column(Attr::Head)
            .map(|column| column.collect::<Vec<u64>>());
        let of = |strings: &Option<Vec<String>>, i: usize| {
            strings.as_ref().map(|strings| strings[i].clone())
        };
        for (i, token) in doc.tokens.iter_mut().enumerate() {
            token.tag = of(&tags, i);
            token.lemma = of(&lemmas, i);
            token.dep = of(&deps, i);
            token.morph =
                of(&morphs, i).map(|morph| if morph == "_" { String::new() } else { morph });
            if let Some(poses) = &poses {
                let pos = Pos::from_id(poses[i]);
                let fault =
                    || FormatError::new(format!("token {i}: {} is no part of speech", poses[i]));
                token.pos = Some(pos.ok_or_else(fault)?);
            }
            if let (Some(heads), Some(_)) = (&heads, &deps) {
                let head = i.checked_add_signed(heads[i] as i32 as isize);
                let fault =
                    || FormatError::new(format!("token {i}: its head is not in the document"));
                token.head = Some(head.ok_or_else(fault)?);
            }
        }
        Ok(())
    }

    /// Sentences are what the tree says where there is one, as in spaCy, and else what is said of the tokens.
    fn read_sents(&self, doc: &mut OwnedDoc) {
        let heads: Option<Vec<usize>> = doc.tokens.iter().map(|token| token.head).collect();
        let first: Vec<bool> = match heads {
            Some(heads) if !heads.is_empty() && heads.iter().all(|&head| head < heads.len()) => {
                starts(&heads)
            }
            _ => match self.column(Attr::SentStart) {
                Some(column) => {
                    let column: Vec<u64> = column.collect();
                    if column.len() != 1 && column.iter().skip(1).all(|&start| start == 0) {
                        return;
                    }
                    column.into_iter().map(|start| start == 1).collect()
                }
                None => return,
            },
        };
        let mut sents: Vec<OwnedSpan> = Vec::new();
        for (token, first) in doc.tokens.iter().zip(first) {
            match sents.last_mut() {
                Some(sent) if !first => sent.end = token.end,
                _ => sents.push(OwnedSpan {
                    start: token.start,
                    end: token.end,
                    label: String::new(),
                }),
            }
        }
        doc.sents = Some(sents);
    }

    fn read_ents(&self, doc: &mut OwnedDoc) -> Result<(), FormatError> {
        let (Some(iobs), Some(types)) = (self.annotated(Attr::EntIob), self.column(Attr::EntType))
        else {
            return Ok(());
        };
        let mut ents: Vec<OwnedSpan> = Vec::new();
        let mut within = false;
        for (token, (iob, label)) in doc.tokens.iter().zip(iobs.into_iter().zip(types)) {
            let label = self.string(label)?;
            match (iob, ents.last_mut()) {
                (1, Some(ent)) if within => ent.end = token.end,
                // One that nothing begins begins itself. No entity may cover what begins without a type.
                (1 | 3, _) if !label.is_empty() => {
                    within = true;
                    ents.push(OwnedSpan {
                        start: token.start,
                        end: token.end,
                        label: self.budget.copy(label)?,
                    });
                }
                _ => within = false,
            }
        }
        doc.ents = Some(ents);
        Ok(())
    }

    fn read_spans(&self, doc: &mut OwnedDoc, groups: &[u8]) -> Result<(), FormatError> {
        for (keys, spans) in read_groups(groups)? {
            let mut group = Vec::new();
            for span in &spans {
                let token = |at: i32| usize::try_from(at).ok().and_then(|at| doc.tokens.get(at));
                let (Some(first), Some(last)) =
                    (token(span.start), token(span.end.saturating_sub(1)))
                else {
                    let key = keys.first().map_or("", String::as_str);
                    let reason = format!(
                        "the span {}..{} under {key:?} is not in the document",
                        span.start, span.end
                    );
                    return Err(FormatError::new(reason));
                };
                group.push(OwnedGroupSpan {
                    start: first.start,
                    end: last.end,
                    label: self.copy(span.label)?,
                    // spaCy keeps the string of an id only where it knows it.
                    kb_id: self
                        .budget
                        .copy(self.string(span.kb_id).unwrap_or_default())?,
                });
            }
            let strings = group.iter().map(|span| span.label.len() + span.kb_id.len());
            let bytes = strings.sum::<usize>() + group.len() * size_of::<OwnedGroupSpan>();
            for key in keys {
                self.budget.spend(bytes)?;
                doc.spans.insert(key, group.clone());
            }
        }
        Ok(())
    }
}
