//! CoNLL-U, the format of Universal Dependencies: a word a line, an empty line after each sentence.
//!
//! ```
//! use nlp_io::conllu;
//!
//! let nlp = nlp_core::models::english()?;
//! let mut file = String::new();
//! conllu::write(&mut file, &nlp.parse("Ada wrote it.\nWe read it.")?, "1");
//! assert!(file.starts_with("# newdoc id = 1\n# sent_id = 1-1\n# text = Ada wrote it.\n1\tAda\tAda\tPROPN\t"));
//!
//! let doc = conllu::read(file.as_bytes(), 1 << 20).next().unwrap()?;
//! assert_eq!(doc.text, "Ada wrote it.\nWe read it.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A word of CoNLL-U is no white space, and some tokens of spaCy's are: what stands between two words and is not one space is
//! in the column MISC, `SpacesAfter=\s\n`, as UDPipe writes it. Entities are in MISC too, as spaCy's converter reads them:
//! `NE=B-PER` begins one, `I-` goes on, `L-` ends it, `U-` is one alone.

mod escapes;
mod read;
mod sentence;
mod write;

pub use read::{Docs, read};
pub use write::write;
