//! Reading CoNLL-U.

use std::io::BufRead;

use nlp_core::{FormatError, OwnedDoc, OwnedSpan, OwnedToken, Pos};

use super::escapes::unescaped;

/// The documents of a file of CoNLL-U, whose lines may have `limit` bytes. A document begins at each comment `# newdoc`;
/// before the first of them, each sentence is a document.
///
/// Words are tokens: XPOS is the tag, `root` is spaCy's `ROOT`. Of a word that is written as several, the several are the
/// tokens, with nothing between them, as spaCy's converter has it. Empty words and enhanced dependencies are left out.
pub fn read<R: BufRead>(bytes: R, limit: usize) -> Docs<R> {
    Docs {
        bytes,
        limit,
        line: 0,
        grouped: false,
        begins: false,
        over: false,
    }
}

/// The documents of a file: see [`read`]. After an error there are no more.
pub struct Docs<R> {
    bytes: R,
    limit: usize,
    line: u64,
    /// Whether there was a `# newdoc`.
    grouped: bool,
    /// Whether the one that begins the next document was read.
    begins: bool,
    over: bool,
}

impl<R: BufRead> Iterator for Docs<R> {
    type Item = Result<OwnedDoc, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let mut builder = Builder::default();
        let doc = match self.read_doc(&mut builder) {
            Ok(false) => None,
            Ok(true) => Some(builder.finish().map_err(|fault| {
                fault.within(format_args!("the document before line {}", self.line + 1))
            })),
            Err(fault) => Some(Err(fault.within(format_args!("line {}", self.line)))),
        };
        self.over = !matches!(doc, Some(Ok(_)));
        doc
    }
}

impl<R: BufRead> Docs<R> {
    /// Reads up to the next document; false if there is none.
    fn read_doc(&mut self, builder: &mut Builder) -> Result<bool, FormatError> {
        self.grouped |= std::mem::take(&mut self.begins);
        while let Some(line) = self.read_line()? {
            let line = line.strip_suffix('\r').unwrap_or(&line);
            if line.is_empty() {
                let ended = builder.end_sentence();
                if ended && !self.grouped {
                    return Ok(true);
                }
            } else if let Some(comment) = line.strip_prefix('#') {
                let comment = comment.trim_start();
                let begins = comment
                    .strip_prefix("newdoc")
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
                if begins && builder.has_words() {
                    builder.end_sentence();
                    self.begins = true;
                    return Ok(true);
                }
                self.grouped |= begins;
            } else {
                builder.add(line)?;
            }
        }
        builder.end_sentence();
        Ok(builder.has_words())
    }

    fn read_line(&mut self) -> Result<Option<String>, FormatError> {
        let mut line = Vec::new();
        self.line += 1;
        let mut limited = std::io::Read::take(&mut self.bytes, self.limit as u64 + 1);
        limited
            .read_until(b'\n', &mut line)
            .map_err(|error| FormatError::new(error.to_string()))?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > self.limit {
            return Err(FormatError::new(format!(
                "it has more than {} bytes",
                self.limit
            )));
        }
        String::from_utf8(line)
            .map(Some)
            .map_err(|_| FormatError::new("it is not UTF-8"))
    }
}

/// What the words of a document say, before it is known of what all say something.
#[derive(Default)]
struct Builder {
    text: String,
    chars: usize,
    words: Vec<Word>,
    /// Where the sentence began.
    sentence: usize,
    sents: Vec<OwnedSpan>,
    /// The last word of one that is written as several, and what follows that.
    several: Option<(usize, String)>,
}

struct Word {
    start: usize,
    end: usize,
    lemma: Option<String>,
    pos: Option<Pos>,
    tag: Option<String>,
    morph: Option<String>,
    head: Option<usize>,
    dep: Option<String>,
    /// Its part of an entity, and the label.
    entity: Option<(char, String)>,
}

impl Builder {
    fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Adds a line that is no comment.
    fn add(&mut self, line: &str) -> Result<(), FormatError> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, form, lemma, pos, tag, morph, head, dep, _, misc] = columns[..] else {
            return Err(FormatError::new(format!(
                "it has {} columns, and not 10",
                columns.len()
            )));
        };
        let number = |text: &str| {
            let number = text.parse::<usize>();
            number.map_err(|_| FormatError::new(format!("{text:?} is no number of a word")))
        };
        if let Some((first, _)) = id.split_once('.') {
            return number(first).map(drop);
        }
        if let Some((_, last)) = id.split_once('-') {
            self.several = Some((number(last)?, space_after(misc)));
            return Ok(());
        }
        let (id, wanted) = (number(id)?, self.words.len() - self.sentence + 1);
        if id != wanted {
            return Err(FormatError::new(format!(
                "it is word {id}, and should be {wanted}"
            )));
        }
        if form.is_empty() {
            return Err(FormatError::new("it has no form"));
        }
        if let Some(space) = entry(misc, "SpacesBefore").filter(|_| !self.has_words()) {
            self.push(&unescaped(space));
        }
        let start = self.chars;
        self.push(form);
        let known = |column: &str| (column != "_").then(|| column.to_owned());
        let pos = match pos {
            "_" => None,
            name => Some(
                Pos::from_name(name)
                    .ok_or_else(|| FormatError::new(format!("{name:?} is no part of speech")))?,
            ),
        };
        let head = match head {
            "_" => None,
            "0" => Some(self.words.len()),
            head => {
                let head = number(head)?.checked_sub(1);
                let head = head.and_then(|head| head.checked_add(self.sentence));
                Some(head.ok_or_else(|| FormatError::new("its head is no word"))?)
            }
        };
        self.words.push(Word {
            start,
            end: self.chars,
            lemma: known(lemma),
            pos,
            tag: known(tag),
            morph: known(morph),
            head,
            dep: known(dep).map(|dep| {
                if dep == "root" {
                    "ROOT".to_owned()
                } else {
                    dep
                }
            }),
            entity: entity(misc),
        });
        let space = match &self.several {
            Some((last, _)) if id < *last => String::new(),
            Some((last, space)) if id == *last => space.clone(),
            _ => space_after(misc),
        };
        self.push(&space);
        Ok(())
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count();
    }

    /// Ends the sentence; false if it has no words.
    fn end_sentence(&mut self) -> bool {
        self.several = None;
        let (Some(first), Some(last)) = (self.words.get(self.sentence), self.words.last()) else {
            return false;
        };
        self.sents.push(OwnedSpan {
            start: first.start,
            end: last.end,
            label: String::new(),
        });
        self.sentence = self.words.len();
        true
    }

    /// The document. Of what only some words say something, the others say nothing.
    fn finish(self) -> Result<OwnedDoc, FormatError> {
        let any = |says: fn(&Word) -> bool| self.words.iter().any(says);
        let lemmas = any(|word| word.lemma.is_some());
        let poses = any(|word| word.pos.is_some());
        let tags = any(|word| word.tag.is_some());
        let morphs = any(|word| word.morph.is_some());
        let heads = any(|word| word.head.is_some());
        let deps = heads || any(|word| word.dep.is_some());
        let entities = any(|word| word.entity.is_some());
        let mut doc = OwnedDoc {
            ents: entities.then(|| ents(&self.words)),
            text: self.text,
            sents: Some(self.sents),
            ..OwnedDoc::default()
        };
        let tokens = self
            .words
            .into_iter()
            .enumerate()
            .map(|(id, word)| OwnedToken {
                id,
                start: word.start,
                end: word.end,
                tag: tags.then(|| word.tag.unwrap_or_default()),
                pos: poses.then(|| word.pos.unwrap_or_default()),
                morph: morphs.then(|| word.morph.unwrap_or_default()),
                lemma: lemmas.then(|| word.lemma.unwrap_or_default()),
                dep: deps.then(|| word.dep.unwrap_or_default()),
                head: heads.then(|| word.head.unwrap_or(id)),
            });
        doc.tokens = tokens.collect();
        doc.check()?;
        Ok(doc)
    }
}

/// The value under `key` in MISC.
fn entry<'m>(misc: &'m str, key: &str) -> Option<&'m str> {
    misc.split('|')
        .find_map(|entry| entry.strip_prefix(key)?.strip_prefix('='))
}

/// What stands between a word and the next.
fn space_after(misc: &str) -> String {
    match (entry(misc, "SpaceAfter"), entry(misc, "SpacesAfter")) {
        (Some("No"), _) => String::new(),
        (_, Some(space)) => unescaped(space),
        _ => " ".to_owned(),
    }
}

fn entity(misc: &str) -> Option<(char, String)> {
    let (part, label) = entry(misc, "NE")
        .or_else(|| entry(misc, "name"))?
        .split_once('-')?;
    let part = part
        .chars()
        .next()
        .filter(|c| part.len() == 1 && "BILU".contains(*c))?;
    Some((part, unescaped(label)))
}

/// The entities. One that nothing begins begins itself.
fn ents(words: &[Word]) -> Vec<OwnedSpan> {
    let mut ents: Vec<OwnedSpan> = Vec::new();
    let mut open = false;
    for word in words {
        let Some((part, label)) = word.entity.as_ref().filter(|(_, label)| !label.is_empty())
        else {
            open = false;
            continue;
        };
        match ents
            .last_mut()
            .filter(|ent| open && "IL".contains(*part) && ent.label == *label)
        {
            Some(ent) => ent.end = word.end,
            None => ents.push(OwnedSpan {
                start: word.start,
                end: word.end,
                label: label.clone(),
            }),
        }
        open = "BI".contains(*part);
    }
    ents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docs(file: &str) -> Result<Vec<OwnedDoc>, String> {
        read(file.as_bytes(), 1 << 20)
            .collect::<Result<_, _>>()
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn words_that_are_written_as_one_are_tokens_and_empty_ones_are_not() {
        let file = "# text = im Haus\n1-2\tim\t_\t_\t_\t_\t_\t_\t_\t_\n1\tin\tin\tADP\t_\t_\t3\tcase\t_\t_\n\
                    2\tdem\tder\tDET\t_\tCase=Dat\t3\tdet\t_\t_\n2.1\tx\t_\t_\t_\t_\t_\t_\t_\t_\n3\tHaus\tHaus\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No\n\n\
                    1\tJa\t_\t_\t_\t_\t_\t_\t_\t_";
        let docs = docs(file).unwrap();
        assert_eq!(docs[0].text, "indem Haus");
        assert_eq!(
            docs[0].token_texts().collect::<Vec<_>>(),
            ["in", "dem", "Haus"]
        );
        assert_eq!(docs[0].tokens[2].dep.as_deref(), Some("ROOT"));
        assert_eq!(
            (docs[0].tokens[0].head, docs[0].tokens[2].head),
            (Some(2), Some(2))
        );
        assert_eq!((docs.len(), docs[1].text.as_str()), (2, "Ja "));
        assert_eq!(docs[1].tokens[0].lemma, None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (file, told) in [
            ("1\tone\n", "line 1: it has 2 columns, and not 10"),
            (
                "\n2\ta\t_\t_\t_\t_\t_\t_\t_\t_\n",
                "line 2: it is word 2, and should be 1",
            ),
            (
                "1\ta\t_\tFOO\t_\t_\t_\t_\t_\t_\n",
                "line 1: \"FOO\" is no part of speech",
            ),
            (
                "1\ta\t_\t_\t_\t_\t7\tx\t_\t_\n\n",
                "the document before line 3: tokens[0]: \"head\" is 6, and there are 1 tokens",
            ),
        ] {
            assert_eq!(docs(file).unwrap_err(), told);
        }
        let long = format!("# {}", "x".repeat(100));
        let error = read(long.as_bytes(), 50).next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "line 1: it has more than 50 bytes");
    }
}
