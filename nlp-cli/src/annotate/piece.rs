//! A piece of the output: what is written of one range. The pieces of all ranges, one after another, are the output, or
//! what it is made of in the end.

use std::borrow::Cow;
use std::io::Write;

use nlp_core::Doc;
use nlp_io::json::Part;
use nlp_io::{conllu, docbin, json};

use super::columns::{self, Kept};
use super::options::{Format, Options, Packing};

/// A piece that grows.
pub struct Piece {
    rows: Rows,
    packing: Packing,
}

enum Rows {
    Jsonl {
        lines: Vec<u8>,
        parts: Vec<Part>,
    },
    Conllu {
        lines: String,
        /// What the names of documents begin with.
        prefix: String,
    },
    DocBin(Box<docbin::Rows>),
    Columns(Box<columns::Rows>),
}

impl Piece {
    /// An empty piece, for a range of input number `input`.
    pub fn new(options: &Options, input: usize) -> Piece {
        let rows = match &options.format {
            Format::Jsonl { parts } => Rows::Jsonl {
                lines: Vec::new(),
                parts: parts.clone(),
            },
            Format::Conllu => Rows::Conllu {
                lines: String::new(),
                // Names are unique in a file, and numbers of lines in an input.
                prefix: match options.inputs.len() {
                    1 => String::new(),
                    _ => format!("{}.", input + 1),
                },
            },
            Format::DocBin { columns } => {
                Rows::DocBin(Box::new(docbin::Rows::new(columns.clone())))
            }
            Format::Arrow | Format::Parquet => Rows::Columns(Box::new(columns::Rows::new())),
        };
        Piece {
            rows,
            packing: options.packing,
        }
    }

    /// Whether the documents' vectors are written.
    pub fn reads_vectors(&self) -> bool {
        matches!(&self.rows, Rows::Jsonl { parts, .. } if parts.contains(&Part::Vectors))
    }

    /// Adds the document of line `number`.
    pub fn add(&mut self, doc: &Doc<'_>, number: u64) {
        match &mut self.rows {
            Rows::Jsonl { lines, parts } => {
                let start = lines.len();
                json::write_doc(lines, doc, parts).expect("writing to memory does not fail");
                let line = str::from_utf8(&lines[start..]).expect("JSON is UTF-8");
                // Nearly always it is printable as it is, and a long one is not copied.
                if let Cow::Owned(printable) = printable::json(line) {
                    lines.truncate(start);
                    lines.extend_from_slice(printable.as_bytes());
                }
            }
            Rows::Conllu { lines, prefix } => {
                conllu::write(lines, doc, &format!("{prefix}{number}"))
            }
            Rows::DocBin(rows) => rows.add(doc),
            Rows::Columns(rows) => rows.add(doc, number),
        }
    }

    /// The bytes of the piece, packed, with what is kept of its rows.
    pub fn finish(self, kept: Option<&Kept>) -> Vec<u8> {
        let bytes = match self.rows {
            Rows::Jsonl { lines, .. } => lines,
            Rows::Conllu { lines, .. } => lines.into_bytes(),
            Rows::DocBin(rows) => rows.to_piece(),
            Rows::Columns(rows) => rows.finish(kept),
        };
        pack(bytes, self.packing)
    }
}

/// A member of gzip or a frame of zstd: either file may have many. Of nothing there is none.
fn pack(bytes: Vec<u8>, packing: Packing) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    match packing {
        Packing::None => bytes,
        Packing::Gzip => {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder
                .write_all(&bytes)
                .and_then(|()| encoder.finish())
                .expect("writing to memory does not fail")
        }
        Packing::Zstd => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            ruzstd::encoding::compress_to_vec(&bytes[..], level)
        }
    }
}
