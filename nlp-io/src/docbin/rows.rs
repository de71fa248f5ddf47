//! Documents on their way into a DocBin.

use std::collections::BTreeSet;
use std::io::{self, Cursor};

use nlp_core::{Doc, Token};

use super::assemble::assemble;
use super::columns::Columns;
use super::sections::Section;
use super::spans::write_groups;
use super::user_data::write_user_data;

/// Documents that will be a DocBin: alone, with [`Rows::to_docbin`], or with others, with [`Rows::to_piece`] and
/// [`assemble`].
#[derive(Debug)]
pub struct Rows {
    columns: Columns,
    sections: [Vec<u8>; Section::COUNT],
    strings: BTreeSet<String>,
}

impl Rows {
    /// No document yet.
    pub fn new(columns: Columns) -> Rows {
        Rows {
            columns,
            sections: Default::default(),
            strings: BTreeSet::new(),
        }
    }

    /// Adds a document.
    pub fn add(&mut self, doc: &Doc<'_>) {
        self.put(Section::Lengths, &(doc.len() as u32).to_le_bytes());
        for token in doc.tokens() {
            for attr in 0..self.columns.attrs().len() {
                let value = doc.attr(token.i(), self.columns.attrs()[attr]);
                self.put(Section::Tokens, &value.to_le_bytes());
            }
            self.put(Section::Spaces, &[u8::from(!token.whitespace().is_empty())]);
            self.add_strings(&token);
        }
        write_cats(&mut self.sections[Section::Cats as usize], doc);
        write_groups(&mut self.sections[Section::Groups as usize], doc);
        for span in doc
            .span_groups()
            .flat_map(|group| group.spans().collect::<Vec<_>>())
        {
            for text in [span.label(), span.kb_id(), span.id()] {
                self.add_string(text);
            }
        }
        if self.columns.has_user_data() {
            write_user_data(
                &mut self.sections[Section::UserData as usize],
                &doc.user_data,
            );
        }
    }

    fn put(&mut self, section: Section, bytes: &[u8]) {
        self.sections[section as usize].extend_from_slice(bytes);
    }

    /// The strings that spaCy keeps of a token, whatever attributes are kept.
    fn add_strings(&mut self, token: &Token<'_>) {
        for text in [
            token.text(),
            token.tag(),
            token.lemma(),
            token.norm(),
            token.morph(),
            token.dep(),
            token.ent_type(),
            token.ent_kb_id(),
            token.ent_id(),
        ] {
            self.add_string(text);
        }
    }

    fn add_string(&mut self, text: &str) {
        if !self.strings.contains(text) {
            self.strings.insert(text.to_owned());
        }
    }

    /// The documents as a piece, to be made into a DocBin with others by [`assemble`].
    pub fn to_piece(mut self) -> Vec<u8> {
        for text in &self.strings {
            rmp::encode::write_str(&mut self.sections[Section::Strings as usize], text)
                .expect("writing to memory does not fail");
        }
        let lengths = self.sections.iter().map(|section| section.len() as u64);
        let mut piece: Vec<u8> = lengths.flat_map(u64::to_le_bytes).collect();
        self.sections
            .iter()
            .for_each(|section| piece.extend_from_slice(section));
        piece
    }

    /// The documents as a DocBin.
    ///
    /// # Errors
    /// If there are more tokens than a DocBin can hold: see [`MOST_BYTES`](super::MOST_BYTES).
    pub fn to_docbin(self) -> io::Result<Vec<u8>> {
        let columns = self.columns.clone();
        let mut out = Vec::new();
        assemble(&mut Cursor::new(self.to_piece()), &columns, &mut out)?;
        Ok(out)
    }
}

/// The categories of a document as a map.
fn write_cats(out: &mut Vec<u8>, doc: &Doc<'_>) {
    let write = |out: &mut Vec<u8>| {
        rmp::encode::write_map_len(out, doc.cats().len() as u32)?;
        for (label, score) in doc.cats() {
            rmp::encode::write_str(out, label)?;
            rmp::encode::write_f64(out, score.into())?;
        }
        Ok::<(), rmp::encode::ValueWriteError>(())
    };
    write(out).expect("writing to memory does not fail");
}
