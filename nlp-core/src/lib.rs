//! Runs pipelines that spaCy v3 trained: the same annotations, faster, from any number of threads over one copy of the
//! weights, in memory zones that free what a block of work made.
//!
//! ```
//! let nlp = nlp_core::models::english()?;
//! let doc = nlp.parse("Ada Lovelace wrote the first program in 1843.")?;
//! for token in doc.tokens() {
//!     println!("{:10} {:6} {:10} <- {}", token.text(), token.tag(), token.dep(), token.head().text());
//! }
//! assert_eq!(doc.ents()[0].text(), "Ada Lovelace");
//! # Ok::<(), nlp_core::Error>(())
//! ```
//!
//! # Memory
//! [`Language::parse`] keeps every new word, as spaCy does: memory grows with the words that a service sees. In a
//! [`Zone`] all that is freed when the zone closes, and the compiler sees to it that nothing made in the zone is used
//! afterwards:
//!
//! ```
//! let nlp = nlp_core::models::english()?;
//! let before = nlp.memory_report();
//! let verbs = nlp.memory_zone(|zone| {
//!     let doc = zone.parse("We frobnicate the widgets.")?;
//!     Ok::<_, nlp_core::Error>(doc.tokens().filter(|t| t.tag().starts_with("VB")).count())
//! })?;
//! assert_eq!(verbs, 1);
//! assert_eq!(nlp.memory_report(), before);
//! # Ok::<(), nlp_core::Error>(())
//! ```
//!
//! # What runs
//! Pipelines of any language that spaCy's rule tokenizer serves, with components of the kinds that
//! [`Language::factories`] lists: taggers, parsers, entity recognisers and others. [`Language::load`] refuses anything
//! else, and names it.
#![deny(missing_docs)]

pub mod attr;
mod bytes;
pub mod doc;
pub mod error;
#[cfg(feature = "faults")]
pub mod faults;
mod files;
mod frozen;
#[cfg(all(test, loom))]
mod interleavings;
mod kept;
mod keyed;
pub mod lang;
mod language;
mod limits;
pub mod matcher;
mod memory_report;
#[cfg(feature = "embedded-model")]
pub mod models;
mod parts;
pub mod pipe;
mod pipeline;
pub mod pos;
#[cfg_attr(
    not(feature = "internals"),
    allow(dead_code, reason = "tests use the rest")
)]
mod pyre;
mod segment;
mod sizes;
pub mod symbols;
mod sync;
pub mod vocab;
mod zone;

// The book's page about this library: its examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/library.md")]
mod book {}

// The page about matchers.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/matching.md")]
mod matching_page {}

// How it is done is nobody's business but that of this crate's own tests and fuzz targets, which the feature
// `internals` opens it to. Nothing in it is promised to anybody; some of it is there for them alone.
#[cfg(not(feature = "internals"))]
mod format;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod format;
#[cfg(not(feature = "internals"))]
mod hash;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod hash;
#[cfg(not(feature = "internals"))]
mod lemmas;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod lemmas;
#[cfg(not(feature = "internals"))]
mod nn;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod nn;
#[cfg(not(feature = "internals"))]
#[allow(dead_code, unused_imports, reason = "tests use the rest")]
mod tokenizer;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod tokenizer;
#[cfg(not(feature = "internals"))]
#[allow(dead_code, unused_imports, reason = "tests use the rest")]
mod transition;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod transition;

pub use attr::Attr;
pub use doc::{
    Doc, EntIob, OwnedDoc, OwnedGroupSpan, OwnedSpan, OwnedToken, Similar, Span, SpanGroup, Token,
};
pub use error::{Error, FormatError, TokenizeError};
pub use format::config::Config;
pub use language::{Language, LoadOptions, SelectedPipes};
pub use limits::{Limits, MAX_LENGTH, SCRATCH};
pub use memory_report::{MemoryReport, OnClose, Owner, Store};
pub use nn::Matrix;
pub use parts::{Observer, Part};
pub use pipe::Pipe;
pub use pipeline::Factory;
pub use pos::Pos;
pub use vocab::{Keep, Lexeme, StringEntry, Vectors, Vocab};
pub use zone::{NestedZone, PoolConfig, PooledZone, Zone, ZonePool};
